"""The record store's pages: statements found, followed live, exported and saved as views; one statement."""

import mimetypes
from collections.abc import Callable, Iterator, Mapping
from typing import Final
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
from heliograph.core.permissions import Permission
from heliograph.core.translation import gettext
from heliograph.core.web.csv_files import as_csv
from heliograph.lrs.browser import detail, search, tables, views
from heliograph.lrs.browser.forms import SaveView
from heliograph.lrs.browser.highlighting import highlighted
from heliograph.lrs.browser.search import Choice, StatementFilters
from heliograph.lrs.credentials import queries as credential_queries
from heliograph.lrs.errors import RecordNotFound
from heliograph.ui import filter_menus
from heliograph.ui.confirmation import question
from heliograph.ui.filter_menus import Filtered, sought
from heliograph.ui.lookups import Option

UNTRUSTED: Final = "sandbox; default-src 'none'"


# -- the list


@page(Permission.RECORDS_VIEW)
def records(request: HttpRequest) -> HttpResponseBase:
    """Statements by the filters of the address, newest first."""
    organization_id = _organization(request)
    if (terms := tables.tidy(request)) != request.GET.dict():
        return redirect(_address(urlencode(terms)))
    asked, problem = _asked(request)
    if text := request.GET.get("id", ""):
        named = parse_id(text)
        if named and detail.find(organization_id, named):
            return redirect("record", named)
        if named and not problem:
            return redirect(_address(_going_on(request, asked.query(registration=str(named)))))
        problem = problem or gettext("Enter the UUID of a registration or statement.")
    upto = search.newest_readable()
    listed = tables.listed(request, organization_id, asked, upto, _languages(request), refused=bool(problem))
    shown = {
        "asked": asked,
        "table": listed,
        "after": upto,
        "save_form": SaveView(organization=request.member.organization.name),  # type: ignore[attr-defined]
        "problem": problem,
        "endpoint": credential_queries.endpoint(),
    }
    return render(request, "lrs/records.html", shown, status=422 if problem else 200)


@page(Permission.RECORDS_VIEW)
def newest(request: HttpRequest) -> HttpResponseBase:
    """What came to the top of a list since its last look, and where the next one begins."""
    asked = StatementFilters.of(request.GET)
    after = parse_id(request.GET.get("after", "")) or search.newest_readable()
    tail = search.tail(_organization(request), asked, after, _languages(request))
    return render(
        request, "lrs/tail.html", {"asked": asked, "rows": tail.rows, "after": tail.after, "fresh": True}
    )


@page(Permission.RECORDS_VIEW)
def choices(request: HttpRequest, name: str) -> HttpResponseBase:
    """The learners, activities or verbs that a filter can be set to."""
    found = _FINDERS[name](_organization(request), sought(request), _languages(request))
    filtered = Filtered(gettext("Learning records"), reverse("records"), name, tables.LABELS[name])
    return filter_menus.choices(
        request,
        filtered,
        (
            Option(choice.value, choice.name, choice.note if choice.note != choice.name else "")
            for choice in found
        ),
    )


_FINDERS: Final[Mapping[str, Callable[[UUID, str, list[str]], list[Choice]]]] = {
    "learner": lambda organization_id, text, languages: search.learners(organization_id, text),
    "activity": search.activities,
    "verb": lambda organization_id, text, languages: search.verbs(organization_id, text),
}


def _asked(request: HttpRequest) -> tuple[StatementFilters, str]:
    """The filters of the address; none of them, and the reason, where they cannot be meant."""
    try:
        return StatementFilters.of(request.GET), ""
    except Invalid as problem:
        return StatementFilters(), problem.sentence


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


@page(Permission.RECORDS_VIEW)
def record(request: HttpRequest, statement_id: str) -> HttpResponseBase:
    """A statement: words, facts, what refers to it, its JSON."""
    read = detail.read(_organization(request), _statement_id(statement_id), _languages(request))
    return render(request, "lrs/record.html", {"read": read, "json": highlighted(read.json)})


@page(Permission.RECORDS_VIEW)
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


@page(Permission.RECORDS_VIEW)
def as_table(request: HttpRequest) -> HttpResponseBase:
    """All that the filters find, a statement a line, as CSV."""
    organization_id, asked = _organization(request), StatementFilters.of(request.GET)
    return as_csv(
        "statements",
        tables.STATEMENTS.csv,
        search.in_rows(organization_id, _languages(request), search.exported(organization_id, asked)),
    )


@page(Permission.RECORDS_VIEW)
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
@page(Permission.RECORDS_VIEW)
def view_save(request: HttpRequest) -> HttpResponseBase:
    asked = StatementFilters.of(request.GET)
    sent = SaveView.sent(request)
    made = views.save_view(actor_of(request), sent["name"], asked, shared=sent["shared"])
    messages.success(request, gettext("View saved."))
    return redirect(_address(made.query))


@require_POST
@page(Permission.RECORDS_VIEW)
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
    *(
        path(f"records/choices/{name}", choices, {"name": name}, name=f"records_choices_{name}")
        for name in _FINDERS
    ),
    path("records/statements.csv", as_table, name="records_csv"),
    path("records/statements.jsonl", as_lines, name="records_jsonl"),
    path("records/views/", view_save, name="view_save"),
    path("records/views/<str:view_id>/delete", view_delete, name="view_delete"),
    path("records/<str:statement_id>", record, name="record"),
    path("records/<str:statement_id>/attachments/<str:sha2>", attachment, name="record_attachment"),
]
