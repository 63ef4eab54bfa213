"""Cursor pages for the API: a list is read in order of its UUIDv7 ids, newest first, and the cursor is the
last id seen.

Keyset paging costs the same on the thousandth page as on the first, and rows that appear meanwhile shift
nothing.
"""

from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import HttpRequest
from ninja import Field, Schema

from heliograph.core.errors import Invalid
from heliograph.core.ids import lowest_id, parse_id
from heliograph.core.translation import gettext
from heliograph.core.web.schemas import AwareMoment

LARGEST_PAGE = 200


class PageQuery(Schema):
    """How a list is paged."""

    limit: int = Field(50, ge=1, le=LARGEST_PAGE, description="Number of items per page.")
    cursor: str = Field("", description="The `next_cursor` of the previous page.")


class DatedQuery(PageQuery):
    """How a list is paged that may be cut to what was made within some time."""

    since: AwareMoment | None = Field(None, description="Only items created at or after this time.")
    until: AwareMoment | None = Field(None, description="Only items created before this time.")


def page_of(
    request: HttpRequest, rows: QuerySet[Any], query: PageQuery, show: Any, load: Any = list
) -> dict[str, Any]:
    """One page of ``rows`` (ordered by ``-id``): ``{"items", "next_cursor", "next"}``.

    Raises `Invalid` for a cursor that is none.

    ``load`` adds what all rows of the page need, at once.
    """
    if query.cursor:
        after = parse_id(query.cursor)
        if after is None:
            raise invalid_cursor()
        rows = rows.filter(id__lt=after)
    if isinstance(query, DatedQuery):
        rows = made_between(rows, query.since, query.until)
    page = list(rows[: query.limit + 1])
    more, page = len(page) > query.limit, page[: query.limit]
    cursor = str(page[-1].id) if more else None
    return {"items": [show(row) for row in load(page)], **next_page(request, cursor)}


def next_page(request: HttpRequest, cursor: str | None) -> dict[str, Any]:
    """The fields that lead to the page from a cursor on; None: there is no other page."""
    return {"next_cursor": cursor, "next": _address(request, cursor) if cursor else None}


def invalid_cursor() -> Invalid:
    """What a cursor that is none is refused with."""
    return Invalid(gettext("Invalid cursor. Start from the first page."), code="cursor_invalid")


def made_between(rows: QuerySet[Any], since: datetime | None, until: datetime | None) -> QuerySet[Any]:
    """Those of ``rows`` that were made from ``since`` on and before ``until``: ids begin with their time."""
    if since:
        rows = rows.filter(id__gte=lowest_id(since))
    return rows.filter(id__lt=lowest_id(until)) if until else rows


def _address(request: HttpRequest, cursor: str) -> str:
    return f"{request.path}?{urlencode({**request.GET.dict(), 'cursor': cursor})}"
