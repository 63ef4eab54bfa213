"""Marking many students complete: those who are ticked in a list, or those of a file. The same pages for the
operator's people and for those of program holders, each below their own address.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.db.models import Count
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.views.decorators.http import require_POST

from heliograph.accounts.page_access import actor_of, page
from heliograph.core.errors import Invalid, Problem
from heliograph.core.ids import parse_id
from heliograph.core.permissions import Permission
from heliograph.core.translation import gettext, gettext_lazy, grouped, ngettext
from heliograph.courses.imports import uploads
from heliograph.marketplace.completion import files
from heliograph.marketplace.completion.actions import Completion, refuse_impossible
from heliograph.marketplace.completion.forms import MarkCompleteForm
from heliograph.marketplace.completion_lists import actions, queries
from heliograph.marketplace.completion_lists.tables import LIST_STATES, ROWS, STATES
from heliograph.marketplace.holder_portal import marking
from heliograph.ui.forms import Form

if TYPE_CHECKING:
    from heliograph.marketplace.models import CompletionList, Enrollment

MOST_SELECTED = 100
SHOWN_LISTS = 50
SHOWN_PROBLEMS = 5


class UploadCompletions(Form):
    file = forms.FileField(
        label=gettext_lazy("File"),
        widget=forms.FileInput({"accept": ".csv,.txt,.tsv,.xlsx"}),
        help_text=gettext_lazy(
            "CSV or XLSX with the columns “email” or “enrollment ID”, and “completed” (YYYY-MM-DD); if you "
            "like, “program”, “certificate” and “notes”. You see what it would do first."
        ),
        error_messages={"required": gettext_lazy("Choose a file.")},
    )


@dataclass(frozen=True)
class Portal:
    """Whose pages these are. ``names`` begins the names of their addresses, ``at`` the addresses."""

    names: str
    at: str
    students: str  # the list that they come from
    guard: Callable[..., Any]

    def name(self, view: str) -> str:
        return f"{self.names}{view}"

    @property
    def views(self) -> dict[str, str]:
        """The names of the addresses, as the templates have them."""
        names = ("completion_files", "completion_file", "completion_upload", "completion_file_apply",
                 "completion_file_discard", "mark_many")  # fmt: skip
        return {name: self.name(name) for name in names} | {"students": self.students}


OPERATOR = Portal("", "admin/marketplace/", "enrollments", page(Permission.ENROLLMENTS_MANAGE))
HOLDER = Portal("holder_", "program-holder/", "holder_students", page(everybody=True))


def mark_many(portal: Portal, request: HttpRequest) -> HttpResponseBase:
    """Marks the students complete who were ticked, each by themselves: what is wrong with one of them keeps
    nobody else from it.
    """
    actor = actor_of(request)
    said = MarkCompleteForm.sent(request)
    refuse_impossible(Completion(said["completed_at"], None, said["certificate_url"], said["notes"]))
    chosen = _chosen(queries.markable(actor), list(dict.fromkeys(request.POST.getlist("enrollment"))))
    done, problems = 0, []
    for enrollment in chosen:
        for upload in said["proof"]:
            upload.seek(0)
        try:
            with files.received(enrollment.organization_id, said["proof"]) as stored:
                marking.mark_complete(
                    actor,
                    str(enrollment.id),
                    said["completed_at"],
                    certificate_url=said["certificate_url"],
                    notes=said["notes"],
                    files=stored,
                )
            done += 1
        except Problem as reason:
            problems.append(f"{enrollment.student}: {reason.sentence}")
    _tell(request, done, problems)
    return redirect(portal.students)


def completion_files(portal: Portal, request: HttpRequest) -> HttpResponseBase:
    lists = queries.lists(actor_of(request)).annotate(count=Count("rows"))[:SHOWN_LISTS]
    shown = {"views": portal.views, "lists": lists, "states": LIST_STATES, "form": UploadCompletions()}
    return render(request, "marketplace/completion_files.html", shown)


def completion_upload(portal: Portal, request: HttpRequest) -> HttpResponseBase:
    """Read a file; nothing is marked before somebody looked at it."""
    file = UploadCompletions.sent(request)["file"]
    kept = uploads.take_over(file)
    try:
        made = actions.from_file(actor_of(request), kept, file.name or "")
    finally:
        kept.unlink(missing_ok=True)
    return redirect(portal.name("completion_file"), made.id)


def completion_file(portal: Portal, request: HttpRequest, list_id: str) -> HttpResponseBase:
    found = _list(request, list_id)
    query = ROWS.read(request)
    rows = found.rows.select_related("enrollment__student__user", "enrollment__version").order_by("number")
    if query.filters["state"]:
        rows = rows.filter(state=query.filters["state"])
    if query.csv:
        return ROWS.file(query, rows)
    counts = dict(found.rows.values_list("state").annotate(Count("id")).order_by())
    shown = {
        "views": portal.views,
        "list": found,
        "state": LIST_STATES[found.state],
        "states": STATES,
        "table": ROWS.page(request, query, rows),
        "ready": counts.get("ready", 0),
        "refused": counts.get("refused", 0),
        "done": counts.get("done", 0),
    }
    return render(request, "marketplace/completion_file.html", shown)


def completion_file_apply(portal: Portal, request: HttpRequest, list_id: str) -> HttpResponseBase:
    found = actions.apply(actor_of(request), _list(request, list_id))
    return redirect(portal.name("completion_file"), found.id)


def completion_file_discard(portal: Portal, request: HttpRequest, list_id: str) -> HttpResponseBase:
    actions.discard(_list(request, list_id))
    messages.success(request, gettext("File discarded. Nobody was marked complete."))
    return redirect(portal.name("completion_files"))


def _list(request: HttpRequest, list_id: str) -> CompletionList:
    return queries.one(actor_of(request), list_id)


def _chosen(mine: Any, ids: list[str]) -> list[Enrollment]:
    """The enrollments that were ticked and may be marked. Raises `Invalid`."""
    if not ids:
        raise Invalid(gettext("Select students first."))
    if len(ids) > MOST_SELECTED:
        raise Invalid(gettext("Select at most 100 students, or upload a file."))
    known = [by_id for each in ids if (by_id := parse_id(each))]
    found = list(
        mine.filter(id__in=known).select_related("student__user", "student__organization", "version")
    )
    if len(found) != len(ids):
        raise Invalid(gettext("A student is not in your list any more. Load the page again."))
    return found


def _tell(request: HttpRequest, done: int, problems: list[str]) -> None:
    if done:
        sentence = ngettext(
            "%(count)s student is marked complete.", "%(count)s students are marked complete.", done
        )
        messages.success(request, sentence % {"count": grouped(done)})
    for problem in problems[:SHOWN_PROBLEMS]:
        messages.error(request, problem)
    if len(problems) > SHOWN_PROBLEMS:
        more = ngettext(
            "%(count)s more was not marked.",
            "%(count)s more were not marked.",
            len(problems) - SHOWN_PROBLEMS,
        )
        messages.error(request, more % {"count": grouped(len(problems) - SHOWN_PROBLEMS)})


def _routes(portal: Portal) -> list[URLPattern]:
    def route(address: str, view: Callable[..., HttpResponseBase], *, posts: bool) -> URLPattern:
        @portal.guard
        def guarded(request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
            return view(portal, request, **kwargs)

        name = portal.name(view.__name__)
        return path(f"{portal.at}{address}", require_POST(guarded) if posts else guarded, name=name)

    at = "completion-files/"
    return [
        route("mark-complete", mark_many, posts=True),
        route(at, completion_files, posts=False),
        route(f"{at}upload", completion_upload, posts=True),
        route(f"{at}<str:list_id>/", completion_file, posts=False),
        route(f"{at}<str:list_id>/apply", completion_file_apply, posts=True),
        route(f"{at}<str:list_id>/discard", completion_file_discard, posts=True),
    ]


urlpatterns = [*_routes(OPERATOR), *_routes(HOLDER)]
