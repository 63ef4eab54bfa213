"""Pages of courses: the list with its upload, and an import on its way."""

from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.http import require_POST

from heliograph.accounts.page_access import actor_of, page
from heliograph.core.permissions import Permission
from heliograph.courses import actions, course_list, frame, queries, report
from heliograph.courses.folder_pages import bulk_choices
from heliograph.courses.forms import UploadPackage
from heliograph.courses.imports import uploads
from heliograph.courses.models import Import


@page(Permission.COURSES_VIEW)
def courses(request: HttpRequest) -> HttpResponseBase:
    actor = actor_of(request)
    organization_id = actor.organization_id
    table = course_list.table_of(organization_id)
    query = table.read(request)
    rows = course_list.matching(organization_id, query)
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
