"""Pages of courses: the list with its upload, and an import on its way."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.http import require_POST

from heliograph.accounts.page_access import actor_of, page
from heliograph.core.permissions import Permission
from heliograph.core.translation import gettext_lazy
from heliograph.courses import actions, frame, organizing, queries, report
from heliograph.courses.folder_pages import bulk_choices
from heliograph.courses.forms import UploadPackage
from heliograph.courses.imports import uploads
from heliograph.courses.models import Course, Import
from heliograph.ui.tables import ChoiceFilter, Column, Table
from heliograph.ui.templatetags.heliograph import STANDARDS

STATE = ChoiceFilter(
    "state",
    gettext_lazy("Status"),
    {
        "published": gettext_lazy("Published"),
        "waiting": gettext_lazy("New version not published"),
        "unpublished": gettext_lazy("Not published"),
    },
    open=True,
)
COURSES = Table(
    "courses",
    gettext_lazy("course"),
    gettext_lazy("courses"),
    columns=(
        Column("title", gettext_lazy("Course"), "title"),
        Column("standard", gettext_lazy("Format")),
        Column("status", gettext_lazy("Status")),
        Column("version", gettext_lazy("Published version"), number=True, hidden=True),
        Column("dispatches", gettext_lazy("Dispatches"), number=True),
        Column("learners", gettext_lazy("Learners"), number=True),
        Column("folder", gettext_lazy("Folder")),
        Column("tags", gettext_lazy("Tags"), hidden=True),
        Column("owner", gettext_lazy("Owner"), "owner__user__name", hidden=True),
        Column("key", gettext_lazy("ID"), "key", hidden=True),
        Column("created", gettext_lazy("Imported"), "id"),
    ),
    dated=True,
    searched=gettext_lazy("Search courses"),
    load=lambda rows: with_places(queries.with_usage(rows)),
    csv={
        "key": lambda course: course.key,
        "title": lambda course: course.title,
        "standard": lambda course: course.published.standard if course.published else "",
        "published version": lambda course: course.published.number if course.published else "",
        "status": queries.state_of,
        "dispatches": lambda course: course.usage.get("dispatches", 0),
        "learners": lambda course: course.usage.get("learners", 0),
        "folder": lambda course: course.place,
        "tags": lambda course: ", ".join(course.tags),
        "owner": lambda course: str(course.owner) if course.owner else "",
        "created": lambda course: course.created_at.isoformat(),
    },
)


def with_places(rows: list[Course]) -> list[Course]:
    """Courses with their ``place``: the names of their folders from the top down."""
    labels = (
        {place.folder.id: place.label for place in organizing.open_places(rows[0].organization_id)}
        if rows
        else {}
    )
    for course in rows:
        course.place = labels.get(course.folder_id, "")  # type: ignore[attr-defined, arg-type]
    return rows


def _table(organization_id: UUID) -> Table:
    """The list with the folders and tags of this organization."""
    folders = {str(place.folder.id): place.label for place in organizing.open_places(organization_id)}
    tags = {tag: tag for tag in organizing.tags(organization_id)}
    return replace(
        COURSES,
        filters=(
            STATE,
            ChoiceFilter("standard", gettext_lazy("Format"), STANDARDS),
            *([ChoiceFilter("folder", gettext_lazy("Folder"), folders)] if folders else []),
            *([ChoiceFilter("tag", gettext_lazy("Tag"), tags)] if tags else []),
        ),
    )


@page(Permission.COURSES_VIEW)
def courses(request: HttpRequest) -> HttpResponseBase:
    actor = actor_of(request)
    organization_id = actor.organization_id
    table = _table(organization_id)
    query = table.read(request)
    chosen = query.filters
    rows = queries.listed(organization_id, query.search, chosen["standard"], chosen["state"])
    rows = queries.kept(rows, organization_id, chosen.get("folder", ""), chosen.get("tag", ""))
    if query.csv:
        return table.file(query, rows)
    unfinished = queries.imports(organization_id).exclude(state=Import.State.DONE)[:5]
    return render(
        request,
        "courses/courses.html",
        {
            "table": table.page(request, query, rows),
            **(bulk_choices(organization_id) if actor.may(Permission.COURSES_MANAGE) else {}),
            "imports": unfinished,
            "upload_form": frame.upload_form(),
        },
    )


@require_POST
@page(Permission.COURSES_MANAGE)
def upload(request: HttpRequest) -> HttpResponseBase:
    """Take the package over and go on at the page of its import."""
    sent = UploadPackage.sent(request)
    file = sent["file"]
    started = actions.start_import(
        actor_of(request), uploads.take_over(file), file.name or "", sent["course"], sent["publish"]
    )
    return redirect("import", started.id)


@page(Permission.COURSES_VIEW)
def import_(request: HttpRequest, import_id: str) -> HttpResponseBase:
    """An import and its report; the page asks again while the import runs."""
    job = queries.one_import(actor_of(request).organization_id, import_id)
    template = "courses/import_state.html" if request.htmx else "courses/import.html"  # type: ignore[attr-defined]
    return render(
        request, template, {"job": job, "running": job.state in ("queued", "running"), **_result(job)}
    )


def _result(job: Import) -> dict[str, Any]:
    """What became of an import: its steps, and what was found in its version."""
    version = job.version
    published = version is not None and version.course.published_id == version.id
    return {
        "steps": list(report.steps(job.state, published)),
        "published": published,
        "found": report.summary(version) if version else [],
    }


urlpatterns = [
    path("admin/courses/", courses, name="courses"),
    path("admin/courses/upload", upload, name="upload"),
    path("admin/courses/imports/<str:import_id>/", import_, name="import"),
]
