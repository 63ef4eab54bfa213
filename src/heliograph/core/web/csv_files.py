"""Rows as a CSV file, streamed."""

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

from django.db.models import QuerySet
from django.http import StreamingHttpResponse

AT_ONCE = 500
FORMULA = ("=", "+", "-", "@", "\t", "\r")
Load = Callable[[Iterable[Any]], list[Any]]


def as_csv(
    name: str, columns: Mapping[str, Callable[[Any], Any]], rows: Iterable[Any], load: Load = list
) -> StreamingHttpResponse:
    """All rows as a CSV file, streamed; ``columns`` maps headings to what stands under them, ``load`` adds
    what some rows need, at once.
    """
    response = StreamingHttpResponse(_lines(columns, rows, load), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response


class _Echo:
    def write(self, text: str) -> str:
        return text


def _lines(columns: Mapping[str, Callable[[Any], Any]], rows: Iterable[Any], load: Load) -> Iterator[str]:
    writer = csv.writer(_Echo())
    yield "\ufeff" + writer.writerow(columns)
    following = iter(rows.iterator(chunk_size=AT_ONCE) if isinstance(rows, QuerySet) else rows)
    while some := load(islice(following, AT_ONCE)):
        for row in some:
            yield writer.writerow([_cell(show(row)) for show in columns.values()])


def _cell(value: Any) -> str:
    """Text that a spreadsheet will not take for a formula."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(FORMULA) and not isinstance(value, int | float) else text
