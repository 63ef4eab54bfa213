"""Importing users from a file: the upload, its preview, the progress of the work, and taking it back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.http import require_POST

from heliograph.accounts.page_access import actor_of, page
from heliograph.accounts.user_imports import actions, queries
from heliograph.core.permissions import Permission
from heliograph.core.translation import gettext, gettext_lazy, pgettext_lazy
from heliograph.core.web.csv_files import as_csv
from heliograph.courses.imports import uploads
from heliograph.organizations.forms import ImportUsers, MapColumns
from heliograph.ui.confirmation import question

if TYPE_CHECKING:
    from heliograph.accounts.models import UserImport

SHOWN = 50  # wrong cells, and earlier imports
EXAMPLE = {"email": "ada@example.com", "name": "Ada Byron", "role": "learner", "groups": "Sales; Spring"}
COUNTED = {
    "create": gettext_lazy("New users"),
    "change": gettext_lazy("Users to change"),
    "unchanged": gettext_lazy("Unchanged"),
    "skip": pgettext_lazy("rows of an import", "Skipped"),
    "wrong": gettext_lazy("Rows with errors"),
}
TITLES = {
    "checking": gettext_lazy("Checking the file"),
    "unmapped": gettext_lazy("Which column holds the email addresses?"),
    "ready": gettext_lazy("Ready to import"),
    "applying": gettext_lazy("Importing users"),
    "done": gettext_lazy("Users imported"),
    "undoing": gettext_lazy("Undoing the import"),
    "undone": gettext_lazy("Import undone"),
    "refused": gettext_lazy("The file cannot be imported"),
}
PROBLEM_COLUMNS = {
    column: lambda problem, column=column: problem[column]
    for column in ("row", "column", "value", "code", "message")
}


@page(Permission.USERS_MANAGE)
def user_imports(request: HttpRequest) -> HttpResponseBase:
    shown = {
        "form": ImportUsers(mails=bool(settings.EMAIL_HOST)),
        "imports": [(job, TITLES[job.state]) for job in _all(request)[:SHOWN]],
    }
    return render(request, "organizations/user_imports.html", shown)


@page(Permission.USERS_MANAGE)
def template(request: HttpRequest) -> HttpResponseBase:
    """A file with the columns that an import takes, and one user in it."""
    cells = {name: lambda row, name=name: row[name] for name in EXAMPLE}
    return as_csv("users", cells, [EXAMPLE])


@require_POST
@page(Permission.USERS_MANAGE)
def upload(request: HttpRequest) -> HttpResponseBase:
    """Take the file over and go on at the page of its import."""
    sent = ImportUsers.sent(request)
    file = sent.pop("file")
    started = actions.start(actor_of(request), uploads.take_over(file), file.name or "", **sent)
    return redirect("user_import", started.id)


@page(Permission.USERS_MANAGE)
def user_import(request: HttpRequest, user_import_id: str) -> HttpResponseBase:
    """An import, and what its rows would do or did; the page asks again while the worker is at it."""
    job = _one(request, user_import_id)
    doing = job.counts.get("create", 0) + job.counts.get("change", 0)
    shown = {
        "job": job,
        "title": gettext("Nothing to import") if job.state == "ready" and not doing else TITLES[job.state],
        "working": job.state in queries.WORKING,
        "percent": 100 * job.done // job.total if job.total else 0,
        "counts": [(label, job.counts.get(verdict, 0)) for verdict, label in COUNTED.items()],
        "doing": doing,
        "new_groups": queries.new_groups(job) if job.state == "ready" else None,
        "problems": list(queries.problems(queries.wrong(job)[:SHOWN])),
        "left": queries.left(job)[:SHOWN] if job.state == "undone" else [],
        "form": MapColumns(job=job, mails=bool(settings.EMAIL_HOST)),
    }
    name = "user_import_state" if request.htmx else "user_import"  # type: ignore[attr-defined]
    return render(request, f"organizations/{name}.html", shown)


@page(Permission.USERS_MANAGE)
def errors(request: HttpRequest, user_import_id: str) -> HttpResponseBase:
    """Every wrong cell as CSV."""
    job = _one(request, user_import_id)
    return as_csv("errors", PROBLEM_COLUMNS, queries.problems(queries.wrong(job).iterator(chunk_size=500)))


@require_POST
@page(Permission.USERS_MANAGE)
def map_columns(request: HttpRequest, user_import_id: str) -> HttpResponseBase:
    job = _one(request, user_import_id)
    sent = MapColumns.sent(request, job=job)
    actions.map_columns(
        actor_of(request),
        job,
        [sent[f"column_{number}"] for number in range(len(job.headings))],
        update_existing=sent["update_existing"],
        invites=sent["invites"],
    )
    return redirect("user_import", job.id)


@require_POST
@page(Permission.USERS_MANAGE)
def apply(request: HttpRequest, user_import_id: str) -> HttpResponseBase:
    job = actions.apply(actor_of(request), _one(request, user_import_id))
    return redirect("user_import", job.id)


@require_POST
@page(Permission.USERS_MANAGE)
def undo(request: HttpRequest, user_import_id: str) -> HttpResponseBase:
    job = _one(request, user_import_id)
    follows = [
        gettext("Users that the import created are removed, or deactivated if they have signed in since."),
        gettext("Changed users get back what they had, unless somebody changed them since."),
    ]
    title = gettext("Undo the import of “%(name)s”?") % {"name": job.filename}
    if asked := question(request, title, gettext("Undo import"), follows):
        return asked
    actions.undo(actor_of(request), job)
    messages.success(request, gettext("The import is being undone."))
    return redirect("user_import", job.id)


def _all(request: HttpRequest) -> Any:
    return queries.user_imports(actor_of(request).organization_id)


def _one(request: HttpRequest, user_import_id: str) -> UserImport:
    return queries.user_import(actor_of(request).organization_id, user_import_id)


urlpatterns = [
    path("admin/org/users/import/", user_imports, name="user_imports"),
    path("admin/org/users/import/template.csv", template, name="user_import_template"),
    path("admin/org/users/import/upload", upload, name="user_import_upload"),
    path("admin/org/users/import/<str:user_import_id>/", user_import, name="user_import"),
    path("admin/org/users/import/<str:user_import_id>/errors.csv", errors, name="user_import_errors"),
    path("admin/org/users/import/<str:user_import_id>/columns", map_columns, name="user_import_columns"),
    path("admin/org/users/import/<str:user_import_id>/apply", apply, name="user_import_apply"),
    path("admin/org/users/import/<str:user_import_id>/undo", undo, name="user_import_undo"),
]
