"""Pages of courses: the list with its upload, an import on its way, a course with its versions, two versions
compared.
"""

from collections.abc import Iterator

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.template.defaultfilters import filesizeformat
from django.urls import path, reverse
from django.views.decorators.http import require_POST

from heliograph.accounts.page_access import actor_of, page
from heliograph.core.ids import parse_number
from heliograph.core.roles import Role
from heliograph.core.words import counted
from heliograph.courses import actions, hooks, queries
from heliograph.courses.forms import CourseSettings, UploadPackage
from heliograph.courses.imports import uploads
from heliograph.courses.models import Course, Import
from heliograph.courses.serving import downloads
from heliograph.ui.confirmation import question
from heliograph.ui.tables import ChoiceFilter, Column, Table
from heliograph.ui.templatetags.heliograph import STANDARDS
from heliograph.ui.undo import undoable

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
    filters=(ChoiceFilter("standard", "Standard", STANDARDS),),
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
        {
            "table": COURSES.page(request, query, rows),
            "imports": unfinished,
            "upload_form": _upload_form(),
        },
    )


@require_POST
@page(Role.MANAGER)
def upload(request: HttpRequest) -> HttpResponseBase:
    """Take the package over and go on at the page of its import."""
    sent = UploadPackage.sent(request)
    file = sent["file"]
    started = actions.start_import(
        actor_of(request), uploads.take_over(file), file.name or "", sent["course"], sent["publish"]
    )
    return redirect("import", started.id)


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
        {
            "course": course,
            "versions": queries.versions(course),
            "shown": shown,
            "upload_form": _upload_form(course),
            "settings_form": CourseSettings(
                of_xapi=_is_of_xapi(course),
                initial={name: getattr(course, name) for name in CourseSettings.base_fields},
            ),
        },
    )


@require_POST
@page(Role.MANAGER)
def change(request: HttpRequest, course_id: str) -> HttpResponseBase:
    actor = actor_of(request)
    course = queries.course(actor.organization_id, course_id)
    actions.change_course(actor, course, **CourseSettings.sent(request, of_xapi=_is_of_xapi(course)))
    messages.success(request, "Saved.")
    return redirect("course", course.id)


@require_POST
@page(Role.MANAGER)
def publish(request: HttpRequest, course_id: str, number: int) -> HttpResponseBase:
    actor = actor_of(request)
    course = queries.course(actor.organization_id, course_id)
    before = course.published
    actions.publish_version(actor, queries.version(course, number))
    sentence = f"Version {number} published. New attempts use it in every package."
    if before and before.number != number:
        undoable(request, sentence, reverse("version_publish", args=[course.id, before.number]))
    else:
        messages.success(request, sentence)
    return redirect("course", course.id)


@require_POST
@page(Role.ADMIN)
def delete(request: HttpRequest, course_id: str) -> HttpResponseBase:
    actor = actor_of(request)
    course = queries.course(actor.organization_id, course_id)
    title = f"Delete “{course.title}”?"
    if asked := question(request, title, "Delete course", _consequences(course), name=course.title):
        return asked
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


def _upload_form(course: Course | None = None) -> UploadPackage:
    """The form that imports a course, or a new version of one."""
    form = UploadPackage(
        limit=filesizeformat(settings.HELIOGRAPH.upload_limit),
        initial={"course": course.key if course else ""},
    )
    if course is None:
        del form.fields["publish"]
    return form


def _consequences(course: Course) -> Iterator[str]:
    """What follows from deleting a course."""
    others = [sentence for told in hooks.course_consequences.call(course) for sentence in told]
    yield f"{counted(course.versions.count(), 'version is', 'versions are')} deleted with all files."
    yield from others
    yield "This cannot be undone."


def _is_of_xapi(course: Course) -> bool:
    version = course.published or course.versions.order_by("-number").first()
    return version is not None and version.standard == "xapi"


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
