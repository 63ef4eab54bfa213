"""The rows of a file, one after the other, whatever somebody sends as one: CSV of any spreadsheet, or XLSX.

Nothing is held but a line or a row. A workbook is read by a process of its own with limits (`xlsx_rows`):
what is wrong with it must not harm the worker.
"""

import codecs
import csv
import io
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from heliograph.core.translation import gettext_noop, told

MOST_BYTES = 32 * 2**20
MOST_ROWS = 100_000
MOST_COLUMNS = 50
LONGEST_LINE = 100_000  # characters
CHUNK = 2**16
ZIP = b"PK\x03\x04"
OLD_EXCEL = b"\xd0\xcf\x11\xe0"
BOMS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
SENTENCES = {
    "empty": gettext_noop("The file is empty. Add a row of headings and a row for each user."),
    "not_text": gettext_noop(
        "This is not a CSV file: it holds characters that no text has. Export it as CSV again."
    ),
    "name_differs": gettext_noop(
        "The content of the file is not what its name says. Save it again as CSV or XLSX and upload that."
    ),
    "old_excel": gettext_noop(
        "This is a workbook of an old Excel (XLS), or one with a password. Save it as XLSX."
    ),
    "line_too_long": gettext_noop(
        "A line of the file is longer than 100,000 characters. Export it as CSV again."
    ),
    "quote_open": gettext_noop(
        "Row %(row)s cannot be read: a quotation mark is not closed, or stands where none may be."
    ),
    "too_many_columns": gettext_noop(
        "Row %(row)s has more than 50 columns. Keep only those that are needed."
    ),
    "too_many_rows": gettext_noop("The file has more than 100,000 rows. Split it into several files."),
    "workbook_unreadable": gettext_noop("The workbook cannot be read. Save it again as XLSX, or as CSV."),
    "workbook_too_large": gettext_noop(
        "The workbook is too large when unpacked. Save its first sheet as CSV."
    ),
}


class Refused(Exception):
    """A file that cannot be read: ``code`` is one of `SENTENCES`."""

    def __init__(self, code: str, **values: object) -> None:
        super().__init__(code)
        self.code = code
        self.sentence = told(SENTENCES[code], **{name: str(value) for name, value in values.items()})


def rows(path: Path, filename: str) -> Iterator[list[str]]:
    """The cells of each row, the headings first, empty rows included. Raises `Refused`."""
    with open(path, "rb") as file:
        head = file.read(4)
        if not head:
            raise Refused("empty")
        if head == OLD_EXCEL:
            raise Refused("old_excel")
        is_workbook, named = head == ZIP, Path(filename.lower()).suffix
        if is_workbook != (named == ".xlsx") and named in (".xlsx", ".csv", ".txt", ".tsv", ""):
            raise Refused("name_differs")
        file.seek(0)
        for number, cells in enumerate(workbook_rows(path) if is_workbook else text_rows(file), 1):
            if len(cells) > MOST_COLUMNS:
                raise Refused("too_many_columns", row=number)
            if number > MOST_ROWS + 1:
                raise Refused("too_many_rows")
            yield cells


def text_rows(file: IO[bytes]) -> Iterator[list[str]]:
    """The rows of a CSV file (UTF-8, UTF-16, Windows-1252), its cells parted by comma, semicolon or tab."""
    text = io.TextIOWrapper(file, encoding=encoding_of(file), newline="")
    number = 1
    try:
        first = text.readline(LONGEST_LINE)
        delimiter = max(",;\t", key=first.count)
        reader = csv.reader(_lines(text, first), delimiter=delimiter, strict=True)
        for cells in reader:
            yield cells
            number += 1
    except csv.Error:
        raise Refused("quote_open", row=number) from None
    except UnicodeError:
        raise Refused("not_text") from None
    finally:
        text.detach()


def _lines(text: io.TextIOWrapper, first: str) -> Iterator[str]:
    line = first
    while line:
        if len(line) >= LONGEST_LINE:
            raise Refused("line_too_long")
        if "\0" in line:
            raise Refused("not_text")
        yield line
        line = text.readline(LONGEST_LINE)


def encoding_of(file: IO[bytes]) -> str:
    """UTF-8, unless the beginning or some byte says otherwise; the file is read from its start afterwards."""
    head = file.read(3)
    file.seek(0)
    for bom, encoding in BOMS.items():
        if head.startswith(bom):
            return encoding
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for chunk in iter(lambda: file.read(CHUNK), b""):
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return "cp1252"
    finally:
        file.seek(0)
    return "utf-8"


def workbook_rows(path: Path) -> Iterator[list[str]]:
    """The rows of a workbook's first sheet, read by a process with limits. Raises `Refused`."""
    command = [sys.executable, "-m", "heliograph.accounts.user_imports.xlsx_rows", str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as reader:  # noqa: S603 - our own module
        try:
            assert reader.stdout  # noqa: S101 - it is a pipe
            for line in iter(lambda: reader.stdout.readline(2**20), b""):  # type: ignore[union-attr]
                answer = json.loads(line)
                if isinstance(answer, str):
                    raise Refused(answer if answer in SENTENCES else "workbook_unreadable")
                yield answer
            if reader.wait() != 0:
                raise Refused("workbook_unreadable")
        except ValueError:
            raise Refused("workbook_unreadable") from None
        finally:
            reader.kill()
