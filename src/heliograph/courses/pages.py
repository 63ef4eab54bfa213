"""Pages of courses: the list with its upload, an import on its way, a course with its versions, two versions
compared.
"""

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.views.decorators.http import require_POST

from heliograph.accounts.page_access import actor_of, page
from heliograph.core.errors import Invalid, Problem
from heliograph.core.ids import parse_number
from heliograph.core.roles import Role
from heliograph.courses import actions, queries
from heliograph.courses.imports import uploads
from heliograph.courses.models import Import
from heliograph.courses.serving import downloads
from heliograph.ui.tables import Choice, Column, Table
from heliograph.ui.templatetags.heliograph import STANDARDS

COURSES = Table(
    "courses",
    "course",
    "courses",
    columns=(
        Column("title", "Course", "title"),
        Column("standard", "Standard"),
        Column("version", "Published version", number=True),
        Column("key", "ID", "key"),
        Column("created", "Imported", "id"),
    ),
    filters=(Choice("standard", "Standard", STANDARDS),),
    dated=True,
    searched="Search courses",
    csv={
        "key": lambda course: course.key,
        "title": lambda course: course.title,
        "standard": lambda course: course.published.standard if course.published else "",
        "published version": lambda course: course.published.number if course.published else "",
        "created": lambda course: course.created_at.isoformat(),
    },
)


@page()
def courses(request: HttpRequest) -> HttpResponseBase:
    organization_id = actor_of(request).organization_id
    query = COURSES.read(request)
    rows = queries.courses(organization_id, query.search)
    if query.filters["standard"]:
        rows = rows.filter(published__standard=query.filters["standard"])
    if query.csv:
        return COURSES.file(query, rows)
    unfinished = queries.imports(organization_id).exclude(state=Import.State.DONE)[:5]
    return render(
        request,
        "courses/courses.html",
        {"table": COURSES.page(request, query, rows), "imports": unfinished, **_limits()},
    )


@require_POST
@page(Role.MANAGER)
def upload(request: HttpRequest) -> HttpResponseBase:
    """Take the package over and go on at the page of its import; a script that shows progress learns the
    address from X-Next.
    """
    scripted = request.headers.get("X-Requested-With") == "upload"
    try:
        file = request.FILES.get("file")
        if file is None:
            raise Invalid("Choose a file to import.", code="file_missing")
        key, publish = request.POST.get("course", ""), bool(request.POST.get("publish"))
        started = actions.start_import(
            actor_of(request), uploads.take_over(file), file.name or "", key, publish
        )
    except Problem as problem:
        if not scripted:
            raise
        return HttpResponse(problem.sentence, status=problem.status, content_type="text/plain")
    address = reverse("import", args=[started.id])
    return HttpResponse(headers={"X-Next": address}) if scripted else redirect(address)


@page()
def import_(request: HttpRequest, import_id: str) -> HttpResponseBase:
    """An import and its report; the page asks again while the import runs."""
    job = queries.one_import(actor_of(request).organization_id, import_id)
    template = "courses/import_state.html" if request.htmx else "courses/import.html"  # type: ignore[attr-defined]
    return render(request, template, {"job": job, "running": job.state in ("queued", "running")})


@page()
def course(request: HttpRequest, course_id: str) -> HttpResponseBase:
    course = queries.course(actor_of(request).organization_id, course_id)
    shown = course.published or course.versions.order_by("-number").first()
    return render(
        request,
        "courses/course.html",
        {"course": course, "versions": queries.versions(course), "shown": shown, **_limits()},
    )


@require_POST
@page(Role.MANAGER)
def change(request: HttpRequest, course_id: str) -> HttpResponseBase:
    actor = actor_of(request)
    course = queries.course(actor.organization_id, course_id)
    form = request.POST
    changes = {
        "title": form.get("title", ""),
        "description": form.get("description", ""),
        "opens_in": form.get("opens_in", "frame"),
        "strict": bool(form.get("strict")),
        "completes_by": form.get("completes_by", course.completes_by),
    }
    actions.change_course(actor, course, **changes)
    messages.success(request, "Saved.")
    return redirect("course", course.id)


@require_POST
@page(Role.MANAGER)
def publish(request: HttpRequest, course_id: str, number: int) -> HttpResponseBase:
    actor = actor_of(request)
    course = queries.course(actor.organization_id, course_id)
    actions.publish_version(actor, queries.version(course, number))
    messages.success(request, f"Version {number} published. New attempts use it in every package.")
    return redirect("course", course.id)


@require_POST
@page(Role.ADMIN)
def delete(request: HttpRequest, course_id: str) -> HttpResponseBase:
    actor = actor_of(request)
    course = queries.course(actor.organization_id, course_id)
    actions.delete_course(actor, course)
    messages.success(request, f"“{course.title}” was deleted.")
    return redirect("courses")


@page()
def download(request: HttpRequest, course_id: str, number: int) -> HttpResponseBase:
    course = queries.course(actor_of(request).organization_id, course_id)
    return downloads.package(queries.version(course, number))


@page()
def compare(request: HttpRequest, course_id: str, number: int) -> HttpResponseBase:
    course = queries.course(actor_of(request).organization_id, course_id)
    new = queries.version(course, number)
    since = parse_number(request.GET.get("since", ""))
    old = queries.version(course, number - 1 if since is None else since)
    return render(
        request,
        "courses/compare.html",
        {"course": course, "old": old, "new": new, "changes": queries.compare(old, new)},
    )


def _limits() -> dict[str, int]:
    """What the form for uploads says of itself."""
    return {"upload_limit": settings.HELIOGRAPH.upload_limit}


urlpatterns = [
    path("admin/courses/", courses, name="courses"),
    path("admin/courses/upload", upload, name="upload"),
    path("admin/courses/imports/<str:import_id>/", import_, name="import"),
    path("admin/courses/<str:course_id>/", course, name="course"),
    path("admin/courses/<str:course_id>/change", change, name="course_change"),
    path("admin/courses/<str:course_id>/delete", delete, name="course_delete"),
    path("admin/courses/<str:course_id>/versions/<int:number>/publish", publish, name="version_publish"),
    path("admin/courses/<str:course_id>/versions/<int:number>/package", download, name="version_download"),
    path("admin/courses/<str:course_id>/versions/<int:number>/changes", compare, name="version_compare"),
]
