"""Tables of rows: search, filters, order, page and columns, all but the columns in the page's address.

A part declares a `Table` for each of its lists. Its view asks the table what the address says, finds the rows
by search and filters, and hands them back to be ordered and cut into a page, or to be written as CSV. The
component ``<c-table>`` shows the result.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db.models import F, QuerySet
from django.http import HttpRequest, QueryDict, StreamingHttpResponse

from heliograph.core import clock
from heliograph.core.days import parse_day
from heliograph.core.errors import Invalid
from heliograph.core.ids import parse_number
from heliograph.core.translation import gettext, gettext_lazy, grouped
from heliograph.core.web.csv_files import as_csv
from heliograph.core.web.paging import made_between

ROWS = 50
MOST_COUNTED = 10_000  # rows; to count more takes time that nobody gains anything by
LONGEST_SEARCH = 200
HIDDEN_COLUMNS_COOKIE = "heliograph_columns_{}"
ACTIONS = "actions"  # the name of the column with each row's menu


@dataclass(frozen=True)
class Column:
    """A column with its heading; ``order`` is the field or annotation that rows can be ordered by.

    A ``number`` stands at the right, and is ordered from the largest one down at first. A column that is
    ``hidden`` is shown to whoever asks for it.
    """

    name: str
    heading: str
    order: str = ""
    number: bool = False
    hidden: bool = False


@dataclass(frozen=True)
class ChoiceFilter:
    """A filter that lets one of some values through: by what they are in the address, their labels.

    One that is ``open`` stands above the table with all its values, others are menus. ``all_label`` is what
    the page shows without the filter.
    """

    name: str
    label: str
    values: Mapping[str, str]
    open: bool = False
    all_label: str = gettext_lazy("All")


@dataclass(frozen=True)
class TextFilter:
    """A filter by a text that is typed."""

    name: str
    label: str
    placeholder: str = ""


@dataclass(frozen=True)
class RelatedFilter:
    """A filter that only links of other pages set: the id of a thing that the rows belong to.

    The view tells `Listed` what the thing is called.
    """

    name: str
    label: str


@dataclass(frozen=True)
class SearchedFilter:
    """A filter that lets what belongs to one of many things through, which are searched while one types.

    ``view`` names the view that finds them, which answers with `filter_menus.choices`. The view of the list
    tells `Listed` what the chosen one is called.
    """

    name: str
    label: str
    view: str
    placeholder: str = ""


Filter = ChoiceFilter | TextFilter | RelatedFilter | SearchedFilter


@dataclass(frozen=True)
class Query:
    """What an address asks of a table."""

    search: str
    filters: dict[str, str]  # by its name, "" where it is not set
    since: date | None  # the first day of what was made, UTC
    until: date | None  # the last one
    order: str  # a column's name, with "-" before it for downward; "" for the table's own order
    page: int  # from 1
    csv: bool

    @property
    def narrowed(self) -> bool:
        """Whether rows are left out."""
        return bool(self.search or self.since or self.until or any(self.filters.values()))


@dataclass(frozen=True)
class Heading:
    """A column as the page shows it: ``address`` orders by it, ``sorted`` is how the rows are ordered now."""

    column: Column
    address: str
    sorted: str  # ascending, descending, or empty


@dataclass(frozen=True)
class Option:
    """A value of a filter, with how many rows it has where that was counted."""

    label: str
    address: str
    chosen: bool
    count: int | None


@dataclass(frozen=True)
class Chip:
    """A filter that is set; its address is the page's without it."""

    label: str
    value: str
    address: str


@dataclass(frozen=True)
class ViewLink:
    """A view of a list that somebody has saved: its name, its address, and where it is deleted; that is empty
    for whoever may not. ``note`` says whose it is, where it is not one's own alone.
    """

    name: str
    address: str
    deletes: str
    note: str = ""


SavedViews = Callable[[HttpRequest, str], list[ViewLink]]
_saved_views: list[SavedViews] = []


def show_saved_views(of: SavedViews) -> None:
    """Show in each list's menu what ``of`` says for a request and a table's name."""
    _saved_views.append(of)


def saved_views(request: HttpRequest, table: str) -> list[ViewLink]:
    """What whoever asks has saved of a table."""
    return [link for of in _saved_views for link in of(request, table)]


@dataclass(frozen=True)
class Listed:
    """One page of a table, as ``<c-table>`` shows it: a `NumberedPage` or a `CursorPage`."""

    table: "Table"
    query: Query
    rows: list[Any]
    hidden_columns: frozenset[str]
    parameters: QueryDict
    names: Mapping[str, str]  # by their values, what filters are set to whose table does not know it
    counts: Mapping[str, int] = field(default_factory=dict)  # of each value of the open filter; "" for all
    follows: bool = False  # whether new rows appear at the top while the page is open

    @property
    def bare(self) -> bool:
        """Whether there is nothing to list, whatever is asked for."""
        return not self.rows and not self.query.narrowed

    @property
    def position(self) -> str:
        """Which rows these are, in words."""
        return ""

    @property
    def matching(self) -> str:
        """How many rows match on all pages; empty where there is no other page, or nobody counts."""
        return ""

    @property
    def first_page(self) -> str:
        """Its address; this one and those of other pages are empty where there is no such page to go to."""
        return ""

    @property
    def previous_page(self) -> str:
        return ""

    @property
    def next_page(self) -> str:
        return ""

    @property
    def headings(self) -> list[Heading]:
        return [
            Heading(column, self._ordered_by(column) if column.order else "", self._sorted(column))
            for column in self.table.columns
        ]

    @property
    def open_filters(self) -> list[tuple[Filter, list[Option]]]:
        """The filters above the table, each with its values."""
        return [(filter, self._options(filter)) for filter in self.table.filters if _is_open(filter)]

    @property
    def menus(self) -> list[tuple[Filter, list[Option]]]:
        """The other filters that can be set here, each with its values."""
        return [
            (filter, self._options(filter))
            for filter in self.table.filters
            if not isinstance(filter, RelatedFilter) and not _is_open(filter)
        ]

    @property
    def chips(self) -> list[Chip]:
        query, chips = self.query, []
        if query.search:
            chips.append(Chip(gettext("Search"), query.search, self._address(search="")))
        for filter in self.table.filters:
            value = query.filters[filter.name]
            if value and not _is_open(filter):
                said = (
                    filter.values[value] if isinstance(filter, ChoiceFilter) else self.names.get(value, value)
                )
                chips.append(Chip(filter.label, said, self._address(**{filter.name: ""})))
        if query.since:
            chips.append(Chip(gettext("From"), query.since.isoformat(), self._address(since="")))
        if query.until:
            chips.append(Chip(gettext("Until"), query.until.isoformat(), self._address(until="")))
        return chips

    @property
    def unfiltered(self) -> str:
        return self._address(
            search="", since="", until="", **{filter.name: "" for filter in self.table.filters}
        )

    @property
    def as_csv(self) -> str:
        """The address of all rows that the filters let through."""
        return self._address(csv=1)

    @property
    def columns_shown(self) -> list[tuple[int, Column, bool]]:
        """The columns that can be hidden, each with its place from 1 and whether it is shown.

        The first one, and the menu of a row, always are.
        """
        return [
            (place, column, column.name not in self.hidden_columns)
            for place, column in enumerate(self.table.columns, 1)
            if place > 1 and column.name != ACTIONS
        ]

    @property
    def hidden_places(self) -> str:
        """The places of hidden columns, from 1, as the style sheet takes them."""
        return " ".join(str(place) for place, _, shown in self.columns_shown if not shown)

    @property
    def latest_days(self) -> list[tuple[str, str]]:
        """Addresses of the rows of the last 7, 30 and 90 days."""
        today = clock.now().date()
        return [
            (
                gettext("Last %(days)s days") % {"days": days},
                self._address(since=(today - timedelta(days=days - 1)).isoformat(), until=""),
            )
            for days in (7, 30, 90)
        ]

    def _options(self, filter: Filter) -> list[Option]:
        if not isinstance(filter, ChoiceFilter):
            return []
        counted = self.counts if filter.open else {}
        return [
            Option(
                label,
                self._address(**{filter.name: value}),
                self.query.filters[filter.name] == value,
                counted.get(value),
            )
            for value, label in {"": filter.all_label, **filter.values}.items()
        ]

    def _ordered_by(self, column: Column) -> str:
        """Ordered by it one way, then the other, then as the table is by itself."""
        ways = [f"-{column.name}", column.name] if column.number else [column.name, f"-{column.name}"]
        following = dict(zip(ways, [*ways[1:], ""], strict=True))
        return self._address(sort=following.get(self.query.order, ways[0]))

    def _sorted(self, column: Column) -> str:
        order = self.query.order
        if order.removeprefix("-") != column.name:
            return ""
        return "descending" if order.startswith("-") else "ascending"

    def _address(self, **changes: Any) -> str:
        return address(self.parameters, **changes)


@dataclass(frozen=True, kw_only=True)
class NumberedPage(Listed):
    """A page that is counted from the first row."""

    total: int  # of all pages, at most `MOST_COUNTED` + 1

    @property
    def first(self) -> int:
        return (self.query.page - 1) * ROWS + 1

    @property
    def last(self) -> int:
        return self.first + len(self.rows) - 1

    @property
    def position(self) -> str:
        return gettext("%(first)s–%(last)s of %(total_text)s") % {
            "first": grouped(self.first),
            "last": grouped(self.last),
            "total_text": self._total,
        }

    @property
    def matching(self) -> str:
        return self._total if self.total > len(self.rows) else ""

    @property
    def _total(self) -> str:
        return f"{grouped(MOST_COUNTED)}+" if self.total > MOST_COUNTED else grouped(self.total)

    @property
    def previous_page(self) -> str:
        return self._address(page=self.query.page - 1) if self.query.page > 1 else ""

    @property
    def next_page(self) -> str:
        """Empty also where no more rows are counted."""
        return self._address(page=self.query.page + 1) if self.last < min(self.total, MOST_COUNTED) else ""


@dataclass(frozen=True, kw_only=True)
class CursorPage(Listed):
    """A page of rows that nobody counts, newest first: it begins where the one before ended."""

    next_cursor: str  # empty on the last page
    csv: str  # the address of all rows that the filters let through
    unused: bool  # whether there is no row at all, with or without filters

    @property
    def bare(self) -> bool:
        return self.unused

    @property
    def position(self) -> str:
        if self.follows:
            return gettext("Live updates on")
        return gettext("%(rows)s shown") % {"rows": grouped(len(self.rows))}

    @property
    def first_page(self) -> str:
        return self._address() if "cursor" in self.parameters else ""

    @property
    def next_page(self) -> str:
        return self._address(cursor=self.next_cursor) if self.next_cursor else ""

    @property
    def as_csv(self) -> str:
        return self.csv


@dataclass(frozen=True)
class Table:
    """A list of the product: its name in addresses and cookies, what one and many of its rows are called."""

    name: str
    singular: str
    plural: str
    columns: tuple[Column, ...]
    csv: Mapping[str, Callable[[Any], Any]]  # headings of the file, and what stands below them
    filters: tuple[Filter, ...] = ()
    dated: bool = False  # rows can be cut to those made within some days
    zoned: bool = False  # these are days of the reader's time zone, which is in the address, and not of UTC
    searched: str = ""  # what a search finds rows by, as the field's placeholder; empty: no search
    load: Callable[[Iterable[Any]], list[Any]] = field(default=list)  # adds what all rows of a page need

    def read(self, request: HttpRequest) -> Query:
        """What the address asks for. Raises `Invalid` for a filter's value that there is not."""
        return self.read_parameters(request.GET)

    def read_parameters(self, given: QueryDict) -> Query:
        """The same of the parameters of an address."""
        filters = {filter.name: _value(filter, given.get(filter.name, "")) for filter in self.filters}
        orders = {column.name for column in self.columns if column.order}
        order = given.get("sort", "")
        return Query(
            search=given.get("search", "").strip()[:LONGEST_SEARCH] if self.searched else "",
            filters=filters,
            since=_day(given.get("since", "")) if self.dated else None,
            until=_day(given.get("until", "")) if self.dated else None,
            order=order if order.removeprefix("-") in orders else "",
            page=max(parse_number(given.get("page", "")) or 1, 1),
            csv=bool(given.get("csv")),
        )

    def ordered(self, query: Query, rows: QuerySet[Any]) -> QuerySet[Any]:
        """The rows of those days, in the order that is asked for."""
        rows = made_between(rows, _midnight(query.since), _midnight(query.until, days=1))
        if not query.order:
            return rows
        column = next(column for column in self.columns if column.name == query.order.removeprefix("-"))
        by = F(column.order)
        if query.order.startswith("-"):
            return rows.order_by(by.desc(nulls_last=True), "-id")
        return rows.order_by(by.asc(nulls_last=True), "-id")

    def page(
        self,
        request: HttpRequest,
        query: Query,
        rows: QuerySet[Any],
        counts: Mapping[str, int] | None = None,
        names: Mapping[str, str] | None = None,
    ) -> NumberedPage:
        """The page of ``rows`` that is asked for."""
        ordered = self.ordered(query, rows)
        total = ordered.order_by()[: MOST_COUNTED + 1].count()
        last_page = max(1, -(-min(total, MOST_COUNTED) // ROWS))
        query = replace(query, page=min(query.page, last_page))
        first = (query.page - 1) * ROWS
        shown = self._shown(request, query, ordered[first : first + ROWS], names)
        return NumberedPage(**shown, total=total, counts=counts or {})

    def page_of(
        self,
        request: HttpRequest,
        query: Query,
        rows: Iterable[Any],
        total: int,
        names: Mapping[str, str] | None = None,
    ) -> NumberedPage:
        """The page that is asked for, of rows that were searched, ordered and cut into `ROWS` elsewhere."""
        shown = self._shown(request, query, rows, names)
        return NumberedPage(**shown, total=min(total, MOST_COUNTED + 1))

    def page_by_cursor(
        self,
        request: HttpRequest,
        query: Query,
        rows: Iterable[Any],
        names: Mapping[str, str],
        **more: Any,
    ) -> CursorPage:
        """A page of rows that were found elsewhere, from a cursor on; ``more`` is what `CursorPage` adds."""
        return CursorPage(**self._shown(request, query, rows, names), **more)

    def _shown(
        self, request: HttpRequest, query: Query, rows: Iterable[Any], names: Mapping[str, str] | None
    ) -> dict[str, Any]:
        return {
            "table": self,
            "query": query,
            "rows": self.load(rows),
            "hidden_columns": self._hidden(request),
            "parameters": request.GET,
            "names": names or {},
        }

    def file(self, query: Query, rows: QuerySet[Any]) -> StreamingHttpResponse:
        """All of ``rows`` as CSV, in the order that is asked for."""
        return as_csv(self.name, self.csv, self.ordered(query, rows), self.load)

    def _hidden(self, request: HttpRequest) -> frozenset[str]:
        """The columns that are hidden in this browser."""
        chosen = request.COOKIES.get(HIDDEN_COLUMNS_COOKIE.format(self.name))
        if chosen is None:
            return frozenset(column.name for column in self.columns if column.hidden)
        return frozenset(chosen.split("."))


def address(parameters: QueryDict, **changes: Any) -> str:
    """The query string with some parameters changed; an empty value removes one.

    The page never survives a change of anything else.
    """
    changed = parameters.copy()
    for name in ("cursor", "page", "csv"):
        changed.pop(name, None)
    for name, value in changes.items():
        if value in (None, ""):
            changed.pop(name, None)
        else:
            changed[name] = str(value)
    encoded = changed.urlencode()
    return f"?{encoded}" if encoded else "?"


def _is_open(filter: Filter) -> bool:
    return isinstance(filter, ChoiceFilter) and filter.open


def _value(filter: Filter, given: str) -> str:
    if isinstance(filter, ChoiceFilter) and given and given not in filter.values:
        raise Invalid(
            gettext("“%(value)s” is not a value of the filter “%(filter)s”. Clear the filters.")
            % {"value": given[:50], "filter": filter.label},
            code="filter_invalid",
        )
    return given.strip()[:LONGEST_SEARCH]


def _day(given: str) -> date | None:
    """The day that is written; None where the field is empty. Raises `Invalid`."""
    day = parse_day(given)
    if given and day is None:
        raise Invalid(gettext("Enter a date as YYYY-MM-DD."), code="filter_invalid")
    return day


def _midnight(day: date | None, days: int = 0) -> datetime | None:
    """When the day begins, or the one so many days later; UTC."""
    if day is None:
        return None
    return datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=days)
