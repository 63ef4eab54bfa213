"""The statements of the store as a table: newest first from a cursor on, and never counted."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final
from uuid import UUID

from django.http import HttpRequest
from django.urls import reverse

from heliograph.core.days import parse_day
from heliograph.core.ids import parse_id
from heliograph.core.translation import gettext_lazy as _
from heliograph.lrs.browser import search
from heliograph.lrs.browser.search import Row, StatementFilters
from heliograph.lrs.rules import keys, values, wording
from heliograph.lrs.statements import query as statement_query
from heliograph.lrs.statements.query import Page
from heliograph.ui.tables import (
    ChoiceFilter,
    Column,
    CursorPage,
    Query,
    RelatedFilter,
    SearchedFilter,
    Table,
    TextFilter,
)

Show = Callable[[Row], Any]


def _value_at(*way: str) -> Show:
    """Shows a value of the statement, or nothing where it has none."""

    def show(row: Row) -> Any:
        value: Any = row.statement
        for name in way:
            value = value.get(name) if type(value) is dict else None
        return value

    return show


def _seconds(row: Row) -> float | None:
    spent = values.centiseconds(row.statement.get("result", {}).get("duration", ""))
    return None if spent is None else spent / 100


STATEMENTS: Final = Table(
    "statements",
    _("statement"),
    _("statements"),
    columns=(
        Column("at", _("Date")),
        Column("statement", _("Statement")),
        Column("course", _("Course")),
    ),
    filters=(
        SearchedFilter("learner", _("Learner"), "records_choices_learner", _("Name, email or ID")),
        ChoiceFilter(
            "related",
            _("Role"),
            {"1": _("Any, such as instructor or group member")},
            all_label=_("Learner"),
        ),
        SearchedFilter("activity", _("Course or activity"), "records_choices_activity", _("Name or IRI")),
        SearchedFilter("verb", _("Verb"), "records_choices_verb", _("Name or IRI")),
        TextFilter("id", _("ID"), _("Statement or registration")),
        RelatedFilter("registration", _("Registration")),
    ),
    dated=True,
    zoned=True,
    csv={
        "stored": lambda row: row.stored.isoformat(timespec="milliseconds"),
        "timestamp": _value_at("timestamp"),
        "statement": lambda row: str(row.words),
        "learner": lambda row: row.words.who,
        "learner id": lambda row: wording.identifier(keys.identifier(row.statement["actor"]) or ""),
        "verb": lambda row: wording.english_verb(row.statement["verb"]),
        "verb id": _value_at("verb", "id"),
        "object": lambda row: row.words.what,
        "object id": _value_at("object", "id"),
        "course": lambda row: row.course,
        "course id": lambda row: row.course_id,
        "registration": _value_at("context", "registration"),
        "score scaled": _value_at("result", "score", "scaled"),
        "score raw": _value_at("result", "score", "raw"),
        "score min": _value_at("result", "score", "min"),
        "score max": _value_at("result", "score", "max"),
        "success": _value_at("result", "success"),
        "completion": _value_at("result", "completion"),
        "seconds": _seconds,
        "response": _value_at("result", "response"),
        "statement id": lambda row: row.id,
    },
)
OF_EVERYBODY: Final = replace(
    STATEMENTS, filters=tuple(filter for filter in STATEMENTS.filters if filter.name != "related")
)


LABELS: Final = {filter.name: filter.label for filter in STATEMENTS.filters}


def listed(
    request: HttpRequest,
    organization_id: UUID,
    asked: StatementFilters,
    upto: UUID,
    languages: list[str],
    refused: bool = False,
) -> CursorPage:
    """The page that an address asks for; without rows where it was ``refused``, because it cannot be meant.

    A page that follows what comes begins with ``upto``.
    """
    cursor = parse_id(request.GET.get("cursor", ""))
    follows = "live" in request.GET and cursor is None and not refused
    limits = asked.filter()
    before = min(
        limits.before,
        cursor or statement_query.HIGHEST,
        UUID(int=upto.int + 1) if follows else statement_query.HIGHEST,
    )
    page = Page([]) if refused else statement_query.page(organization_id, replace(limits, before=before))
    query = _query(request)
    return (STATEMENTS if asked.learner else OF_EVERYBODY).page_by_cursor(
        request,
        query,
        search.rows(organization_id, page.statements, languages),
        _names(organization_id, asked, query, languages),
        follows=follows,
        next_cursor=str(page.next_after or ""),
        csv=f"{reverse('records_csv')}?{asked.query()}",
        unused=not (page.statements or query.narrowed or refused) and search.is_empty(organization_id),
    )


def _query(request: HttpRequest) -> Query:
    """What the address asks for, also where that cannot be meant."""
    filters = {filter.name: request.GET.get(filter.name, "").strip() for filter in STATEMENTS.filters}
    return Query(
        search="",
        filters=filters | {"related": "1" if filters["related"] else ""},
        since=parse_day(request.GET.get("since", "")),
        until=parse_day(request.GET.get("until", "")),
        order="",
        page=1,
        csv=False,
    )


def _names(
    organization_id: UUID, asked: StatementFilters, query: Query, languages: list[str]
) -> dict[str, str]:
    """What the values of the filters are called, by what they are in the address."""
    names: dict[str, str] = {}
    if asked.learner:
        name = search.learner(organization_id, asked.learner).name
        known_by = wording.actor(keys.agent_of(asked.learner))
        names[asked.learner] = name if name == known_by else f"{name} ({known_by})"
    if asked.activity:
        names[asked.activity] = search.chosen_activity(organization_id, asked.activity, languages).name
    if asked.verb:
        names[query.filters["verb"]] = search.chosen_verb(organization_id, asked.verb).name
    return names


def tidy(request: HttpRequest) -> dict[str, str]:
    """The address's parameters without what is empty, and without what means nothing alone: a time zone where
    no day is asked for, a role where no learner is.
    """
    terms: dict[str, str] = {name: str(value) for name, value in request.GET.items() if value}
    if not terms.keys() & {"since", "until"}:
        terms.pop("zone", None)
    if "learner" not in terms:
        terms.pop("related", None)
    return terms
