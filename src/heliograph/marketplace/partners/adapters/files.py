"""Results as files, CSV or XLSX, with a saved mapping of columns. A file is read row by row."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

from heliograph.accounts.user_imports import reading
from heliograph.core.translation import gettext
from heliograph.marketplace.partners.adapters.base import Base
from heliograph.marketplace.partners.events import Event

MOST_BYTES = 2 * 2**30
MOST_ROWS = 5_000_000
MOST_COLUMNS = 200
LONGEST_LINE = 100_000  # characters
LONGEST_CELL = 20_000


class Refused(Exception):
    """A file that cannot be read; the text says why."""


class FileConnector(Base):
    def parse_file(self, path: Path) -> Iterator[Event]:
        """The results in a file. Raises `Refused`."""
        rows = self.rows(path)
        headings = next(rows, None)
        if not headings:
            raise Refused(gettext("The file is empty."))
        try:
            read = self.reader().by_columns(headings)
        except ValueError as reason:
            raise Refused(
                gettext("The file has no column “%(names)s”. Check the mapping of columns.")
                % {"names": str(reason)[:200]}
            ) from None
        for row in rows:
            if row:
                yield read(row)

    def rows(self, path: Path) -> Iterator[list[str]]:
        """The cells of each row, the headings first. Raises `Refused`."""
        with path.open("rb") as file:
            head = file.read(8)
        try:
            if head.startswith(reading.ZIP):
                yield from _limited(reading.workbook_rows(path))
            elif head.startswith(reading.OLD_EXCEL):
                raise reading.Refused("old_excel")
            else:
                yield from _limited(self._text_rows(path))
        except reading.Refused as reason:
            raise Refused(gettext(str(reason.sentence))) from None

    def _text_rows(self, path: Path) -> Iterator[list[str]]:
        with path.open("rb") as file:
            encoding = self.settings.encoding or reading.encoding_of(file)
            if encoding == "utf-8":
                encoding = "utf-8-sig"
            text = io.TextIOWrapper(file, encoding=encoding, newline="")
            try:
                first = text.readline(LONGEST_LINE)
                delimiter = {"tab": "\t"}.get(self.settings.delimiter, self.settings.delimiter)
                delimiter = delimiter or max(",;\t|", key=first.count)
                yield from csv.reader(_lines(text, first), delimiter=delimiter, strict=True)
            except csv.Error as reason:
                raise Refused(gettext("The file cannot be read: %(reason)s.") % {"reason": reason}) from None
            except UnicodeError:
                raise Refused(
                    gettext("The file is not in the encoding %(encoding)s.") % {"encoding": encoding}
                ) from None


def _lines(text: io.TextIOWrapper, first: str) -> Iterator[str]:
    line = first
    while line:
        if len(line) >= LONGEST_LINE:
            raise reading.Refused("line_too_long")
        if "\0" in line:
            raise reading.Refused("not_text")
        yield line
        line = text.readline(LONGEST_LINE)


def _limited(rows: Iterator[list[str]]) -> Iterator[list[str]]:
    for number, cells in enumerate(rows):
        if len(cells) > MOST_COLUMNS:
            raise Refused(gettext("Row %(row)s has more than 200 columns.") % {"row": number + 1})
        if number > MOST_ROWS:
            raise Refused(gettext("The file has more than 5,000,000 rows. Split it into several files."))
        yield cells
