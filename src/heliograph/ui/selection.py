"""What is done with many rows of a list: with those that are ticked, or with all that match its filters.

The page of a list sends the ids of its ticked rows. For all that match it sends the list's own query string,
which the server evaluates again, and how many rows there were: what is done to all of them is confirmed with
their number, and refused where there are more by then.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, TypeVar

from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict

from heliograph.core.errors import Conflict, Invalid
from heliograph.core.ids import parse_number
from heliograph.core.translation import gettext, grouped
from heliograph.ui.confirmation import CONFIRMED, question

if TYPE_CHECKING:
    from heliograph.ui.tables import Query, Table

Row = TypeVar("Row", bound=Model)
ALL = "all"  # the field that says that all that match are meant, with how many there were
MATCHING = "matching"  # the field with the list's query string
MOST = 20_000  # rows


class SelectionGrew(Conflict):
    code = "selection_grew"


def means_all(request: HttpRequest) -> bool:
    """Whether all that match are meant, and not the ticked rows."""
    return bool(request.POST.get(ALL))


def all_matching(request: HttpRequest, table: Table, matching: Callable[[Query], QuerySet[Row]]) -> list[Row]:
    """The rows that match now what the list asked for; ``matching`` are those of search and filters.

    Raises `Invalid` for too many of them, and as `Table.read` does.
    """
    query = table.read_parameters(QueryDict(request.POST.get(MATCHING, "")))
    rows = table.ordered(query, matching(query))
    count = rows.count()
    if count > MOST:
        raise Invalid(
            gettext("%(count)s match. At most %(most)s can be changed at once: narrow the list.")
            % {"count": grouped(count), "most": grouped(MOST)},
            code="selection_too_large",
        )
    return list(rows)


def question_of_all(
    request: HttpRequest, count: int, title: str, button: str, consequences: Iterable[str]
) -> HttpResponse | None:
    """As `confirmation.question`, of ``count`` rows that match; None where that number was confirmed.

    Raises `SelectionGrew` where more match than were confirmed.
    """
    if request.POST.get(CONFIRMED):
        confirmed = parse_number(request.POST[ALL]) or 0
        if count > confirmed:
            raise SelectionGrew(
                gettext(
                    "%(count)s match now, and you confirmed %(confirmed)s. Nothing was changed. Try again."
                )
                % {"count": grouped(count), "confirmed": grouped(confirmed)}
            )
    return question(request, title, button, consequences, instead={ALL: str(count)})
