"""The record store's pages: statements found, followed live, exported and saved as views; one statement."""

import mimetypes
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.views.decorators.http import require_POST

from heliograph.accounts.page_access import actor_of, page
from heliograph.core.errors import Invalid
from heliograph.core.ids import parse_id, slug
from heliograph.core.roles import Role
from heliograph.core.translation import gettext
from heliograph.core.web.csv_files import as_csv
from heliograph.lrs.browser import detail, search, views
from heliograph.lrs.browser.forms import SaveView
from heliograph.lrs.browser.highlighting import highlighted
from heliograph.lrs.browser.search import Row, StatementFilters
from heliograph.lrs.credentials import queries as credential_queries
from heliograph.lrs.errors import RecordNotFound
from heliograph.lrs.rules import keys, values, wording
from heliograph.lrs.statements import query as statement_query
from heliograph.ui.confirmation import question

SHORTEST_SEARCH: Final = 2
UNTRUSTED: Final = "sandbox; default-src 'none'"


# -- the list


@page(Role.REPORTER)
def records(request: HttpRequest) -> HttpResponseBase:
    """Statements by the filters of the address, newest first."""
    organization_id = _organization(request)
    if not all(request.GET.values()):
        return redirect(_address(_without_empty(request)))
    asked, problem = _asked(request)
    offered = _offered(request, asked)
    if sought := request.GET.get("id", ""):
        named = parse_id(sought)
        if named and detail.find(organization_id, named):
            return redirect("record", named)
        if named and not problem:
            return redirect(_address(_going_on(request, asked.query(registration=str(named)))))
        problem = problem or gettext("Enter the UUID of a registration or statement.")
    if len(offered) == 1 and not problem:
        return redirect(_address(offered[0]["query"]))
    shown = {
        "asked": asked,
        "save_form": SaveView(organization=request.member.organization.name),  # type: ignore[attr-defined]
        "problem": problem,
        "offered": offered,
        "searched": _searched(request),
        "endpoint": credential_queries.endpoint(),
    }
    return render(
        request, "lrs/records.html", shown | _listed(request, asked, problem), status=422 if problem else 200
    )


def _listed(request: HttpRequest, asked: StatementFilters, problem: str) -> dict[str, Any]:
    """The rows of a list and what stands around them."""
    actor = actor_of(request)
    cursor, languages = parse_id(request.GET.get("cursor", "")), _languages(request)
    live = "live" in request.GET and cursor is None and not problem
    upto = search.newest_readable()
    limits = asked.filter()
    before = min(
        limits.before,
        cursor or statement_query.HIGHEST,
        UUID(int=upto.int + 1) if live else statement_query.HIGHEST,
    )
    statements = (
        statement_query.page(actor.organization_id, replace(limits, before=before))
        if not problem
        else statement_query.Page([])
    )
    rows = search.rows(actor.organization_id, statements.statements, languages)
    return {
        "rows": rows,
        "cursor": cursor,
        "next_cursor": statements.next_after,
        "live": live,
        "after": upto,
        "verb": search.WELL_KNOWN_BY_IRI.get(asked.verb) or asked.verb or request.GET.get("verb", ""),
        "verbs": search.verbs(rows, languages),
        "views": list(views.views(actor)),
        "unused": not rows and not asked.anything and search.is_empty(actor.organization_id),
        "learner": search.learner(actor.organization_id, asked.learner) if asked.learner else None,
        "activity": search.chosen_activity(actor.organization_id, asked.activity, languages)
        if asked.activity
        else None,
    }


@page(Role.REPORTER)
def newest(request: HttpRequest) -> HttpResponseBase:
    """What came to the top of a list since its last look, and where the next one begins."""
    asked = StatementFilters.of(request.GET)
    after = parse_id(request.GET.get("after", "")) or search.newest_readable()
    tail = search.tail(_organization(request), asked, after, _languages(request))
    return render(
        request, "lrs/tail.html", {"asked": asked, "rows": tail.rows, "after": tail.after, "fresh": True}
    )


@page(Role.REPORTER)
def choices(request: HttpRequest) -> HttpResponseBase:
    """The learners or activities that what is being typed finds."""
    asked, _ = _asked(request)
    return render(
        request, "lrs/choices.html", {"offered": _offered(request, asked), "searched": _searched(request)}
    )


def _asked(request: HttpRequest) -> tuple[StatementFilters, str]:
    """The filters of the address; none of them, and the reason, where they cannot be meant."""
    try:
        return StatementFilters.of(request.GET), ""
    except Invalid as problem:
        return StatementFilters(), problem.sentence


def _searched(request: HttpRequest) -> str:
    """What somebody typed to find a learner or a course."""
    return (request.GET.get("who") or request.GET.get("what") or "").strip()


def _offered(request: HttpRequest, asked: StatementFilters) -> list[dict[str, str]]:
    """What a search found, each with the query string that filters by it."""
    text, by_learner = _searched(request), bool(request.GET.get("who"))
    if len(text) < SHORTEST_SEARCH:
        return []
    if by_learner:
        return [
            {
                "name": choice.name,
                "note": choice.note,
                "query": _going_on(request, asked.query(learner=choice.value)),
            }
            for choice in search.learners(_organization(request), text)
        ]
    return [
        {
            "name": choice.name,
            "note": choice.note,
            "query": _going_on(request, asked.query(activity=choice.value)),
        }
        for choice in search.activities(_organization(request), text, _languages(request))
    ]


def _without_empty(request: HttpRequest) -> str:
    """The query string of a form without empty fields, and without a time zone where no day is asked for."""
    terms = {name: value for name, value in request.GET.items() if value}
    if not terms.keys() & {"since", "until"}:
        terms.pop("zone", None)
    return urlencode(terms)


def _going_on(request: HttpRequest, query: str) -> str:
    """A query string that follows what comes where the address does."""
    return f"{query}&live=1" if "live" in request.GET else query


def _address(query: str) -> str:
    return f"{reverse('records')}{'?' if query else ''}{query}"


def _organization(request: HttpRequest) -> UUID:
    organization_id: UUID = actor_of(request).organization_id
    return organization_id


def _languages(request: HttpRequest) -> list[str]:
    return search.languages(request.headers.get("accept-language", ""))


# -- one statement


@page(Role.REPORTER)
def record(request: HttpRequest, statement_id: str) -> HttpResponseBase:
    """A statement: words, facts, what refers to it, its JSON."""
    read = detail.read(_organization(request), _statement_id(statement_id), _languages(request))
    return render(request, "lrs/record.html", {"read": read, "json": highlighted(read.json)})


@page(Role.REPORTER)
def attachment(request: HttpRequest, statement_id: str, sha2: str) -> HttpResponseBase:
    """What came with a statement, to be kept and never shown on this origin."""
    file, content = detail.attachment(_organization(request), _statement_id(statement_id), sha2)
    ending = mimetypes.guess_extension(file.content_type.partition(";")[0].strip()) or ""
    answer = HttpResponse(content, content_type="application/octet-stream")
    answer["Content-Disposition"] = f'attachment; filename="{slug(file.name, "attachment")}{ending}"'
    answer["Content-Security-Policy"] = UNTRUSTED
    return answer


def _statement_id(text: str) -> UUID:
    statement_id = parse_id(text)
    if statement_id is None:
        raise RecordNotFound(gettext("Statement not found in this LRS."), code="statement_not_found")
    return statement_id


# -- exports

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


COLUMNS: dict[str, Show] = {
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
}


@page(Role.REPORTER)
def as_table(request: HttpRequest) -> HttpResponseBase:
    """All that the filters find, a statement a line, as CSV."""
    organization_id, asked = _organization(request), StatementFilters.of(request.GET)
    return as_csv(
        "statements",
        COLUMNS,
        search.in_rows(organization_id, _languages(request), search.exported(organization_id, asked)),
    )


@page(Role.REPORTER)
def as_lines(request: HttpRequest) -> HttpResponseBase:
    """All that the filters find as they are stored, a statement a line."""
    lines = _lines(_organization(request), StatementFilters.of(request.GET))
    answer = StreamingHttpResponse(lines, content_type="application/jsonl; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="statements.jsonl"'
    return answer


def _lines(organization_id: UUID, asked: StatementFilters) -> Iterator[str]:
    for statement in search.exported(organization_id, asked):
        yield statement.json.replace("\r", " ").replace("\n", " ") + "\n"  # inside its texts JSON has neither


# -- saved views


@require_POST
@page(Role.REPORTER)
def view_save(request: HttpRequest) -> HttpResponseBase:
    asked = StatementFilters.of(request.GET)
    sent = SaveView.sent(request)
    made = views.save_view(actor_of(request), sent["name"], asked, shared=sent["shared"])
    messages.success(request, gettext("View saved."))
    return redirect(_address(made.query))


@require_POST
@page(Role.REPORTER)
def view_delete(request: HttpRequest, view_id: str) -> HttpResponseBase:
    actor = actor_of(request)
    view = views.view(actor, view_id)
    views.refuse_strangers(actor, view)
    follows = [
        gettext("Everyone in the organization loses it.")
        if view.shared
        else gettext("Only you could see it.")
    ]
    if asked := question(
        request, gettext("Delete “%(name)s”?") % {"name": view.name}, gettext("Delete view"), follows
    ):
        return asked
    views.delete_view(actor, view)
    return redirect("records")


urlpatterns = [
    path("records/", records, name="records"),
    path("records/new", newest, name="records_newest"),
    path("records/choices", choices, name="records_choices"),
    path("records/statements.csv", as_table, name="records_csv"),
    path("records/statements.jsonl", as_lines, name="records_jsonl"),
    path("records/views/", view_save, name="view_save"),
    path("records/views/<str:view_id>/delete", view_delete, name="view_delete"),
    path("records/<str:statement_id>", record, name="record"),
    path("records/<str:statement_id>/attachments/<str:sha2>", attachment, name="record_attachment"),
]
