"""Lists on pages: paged by cursor like the API's, or all their rows as CSV."""

import csv
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpRequest, StreamingHttpResponse

from heliograph.core.ids import parse_id

ROWS, AT_ONCE = 50, 500
FORMULA = ("=", "+", "-", "@", "\t", "\r")
Load = Callable[[Iterable[Any]], list[Any]]


@dataclass(frozen=True)
class Listing:
    """One page of rows, newest first, and the cursor of the next."""

    rows: list[Any]
    next_cursor: UUID | None
    first: bool


def listing(request: HttpRequest, rows: QuerySet[Any], load: Load = list) -> Listing:
    """The page of ``rows`` (ordered by ``-id``) that the address asks for; ``load`` adds what all of them
    need, at once.
    """
    after = parse_id(request.GET.get("cursor", ""))
    if after:
        rows = rows.filter(id__lt=after)
    page = list(rows[: ROWS + 1])
    more, page = len(page) > ROWS, page[:ROWS]
    return Listing(load(page), page[-1].id if more else None, after is None)


def as_csv(
    name: str, columns: dict[str, Callable[[Any], Any]], rows: Iterable[Any], load: Load = list
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


def _lines(columns: dict[str, Callable[[Any], Any]], rows: Iterable[Any], load: Load) -> Iterator[str]:
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
