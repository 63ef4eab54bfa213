"""Pages of one course: its tabs, and what is done on them."""

from collections.abc import Iterator

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import path, reverse
from django.views.decorators.http import require_POST

from heliograph.accounts.page_access import actor_of, page
from heliograph.audit import queries as audit
from heliograph.audit.tables import activity
from heliograph.core.ids import parse_number
from heliograph.core.permissions import Permission
from heliograph.core.scope import refuse_limited
from heliograph.core.translation import gettext, grouped, ngettext
from heliograph.courses import actions, frame, hooks, organizing, queries, report
from heliograph.courses.folder_pages import place_form
from heliograph.courses.forms import CourseSettings
from heliograph.courses.limits_of_roles import sees_all_of_courses
from heliograph.courses.models import Course, CourseVersion
from heliograph.courses.next_steps import next_steps
from heliograph.courses.serving import downloads
from heliograph.ui.confirmation import question
from heliograph.ui.undo import undoable


@page(Permission.COURSES_VIEW)
def course(request: HttpRequest, course_id: str) -> HttpResponseBase:
    course = queries.course(actor_of(request).organization_id, course_id)
    usage = {
        what: numbers.get(course.id, 0)
        for what, numbers in queries.usage(course.organization_id, [course.id]).items()
    }
    return frame.show(
        request,
        "courses/course.html",
        course,
        frame.OVERVIEW,
        usage=usage,
        shown=_current(course),
        next_steps=list(next_steps(course, usage)),
        entries=audit.matching(course.organization_id, subjects=queries.rows_of(course))[:5]
        if sees_all_of_courses()
        else None,
    )


@page(Permission.COURSES_VIEW)
def versions(request: HttpRequest, course_id: str) -> HttpResponseBase:
    course = queries.course(actor_of(request).organization_id, course_id)
    listed = [(version, report.summary(version)) for version in queries.versions(course)]
    return frame.show(request, "courses/versions.html", course, frame.VERSIONS, versions=listed)


@page(Permission.COURSES_VIEW)
def import_report(request: HttpRequest, course_id: str) -> HttpResponseBase:
    """What was found in one version: the one that is asked for, or else the newest."""
    course = queries.course(actor_of(request).organization_id, course_id)
    number = parse_number(request.GET.get("version", ""))
    newest = course.versions.order_by("-number").first()
    shown = newest if number is None else queries.version(course, number)
    return frame.show(
        request,
        "courses/report.html",
        course,
        frame.REPORT,
        shown=shown,
        found=report.summary(shown) if shown else [],
        versions=queries.versions(course),
    )


@page(Permission.COURSES_VIEW)
def course_settings(request: HttpRequest, course_id: str) -> HttpResponseBase:
    course = queries.course(actor_of(request).organization_id, course_id)
    kept = {name: getattr(course, name) for name in CourseSettings.base_fields}
    form = CourseSettings(of_xapi=_is_of_xapi(course), initial=kept)
    return frame.show(
        request,
        "courses/settings.html",
        course,
        frame.SETTINGS,
        form=form,
        place_form=place_form(course),
        place=organizing.folder_label(course.organization_id, course.folder_id),
    )


@page(Permission.COURSES_VIEW)
def course_activity(request: HttpRequest, course_id: str) -> HttpResponseBase:
    course = queries.course(actor_of(request).organization_id, course_id)
    if not sees_all_of_courses(course):
        refuse_limited()
    listed = activity(request, course.organization_id, queries.rows_of(course))
    if isinstance(listed, HttpResponseBase):
        return listed
    return frame.show(request, "audit/activity.html", course, frame.ACTIVITY, thing=course, table=listed)


@require_POST
@page(Permission.COURSES_MANAGE)
def change(request: HttpRequest, course_id: str) -> HttpResponseBase:
    actor = actor_of(request)
    course = queries.course(actor.organization_id, course_id)
    actions.change_course(actor, course, **CourseSettings.sent(request, of_xapi=_is_of_xapi(course)))
    messages.success(request, gettext("Saved."))
    return redirect("course_settings", course.id)


@require_POST
@page(Permission.COURSES_MANAGE)
def publish(request: HttpRequest, course_id: str, number: int) -> HttpResponseBase:
    actor = actor_of(request)
    course = queries.course(actor.organization_id, course_id)
    before = course.published
    actions.publish_version(actor, queries.version(course, number))
    sentence = gettext("Version %(number)s published. New attempts use it in every package.") % {
        "number": number
    }
    if before and before.number != number:
        undoable(request, sentence, reverse("version_publish", args=[course.id, before.number]))
    else:
        messages.success(request, sentence)
    return redirect("course", course.id)


@require_POST
@page(Permission.COURSES_DELETE)
def delete(request: HttpRequest, course_id: str) -> HttpResponseBase:
    actor = actor_of(request)
    course = queries.course(actor.organization_id, course_id)
    title = gettext("Delete “%(title)s”?") % {"title": course.title}
    if asked := question(request, title, gettext("Delete course"), _consequences(course), name=course.title):
        return asked
    actions.delete_course(actor, course)
    messages.success(request, gettext("“%(title)s” was deleted.") % {"title": course.title})
    return redirect("courses")


@page(Permission.COURSES_VIEW)
def download(request: HttpRequest, course_id: str, number: int) -> HttpResponseBase:
    course = queries.course(actor_of(request).organization_id, course_id)
    return downloads.package(queries.version(course, number))


@page(Permission.COURSES_VIEW)
def compare(request: HttpRequest, course_id: str, number: int) -> HttpResponseBase:
    course = queries.course(actor_of(request).organization_id, course_id)
    new = queries.version(course, number)
    since = parse_number(request.GET.get("since", ""))
    old = queries.version(course, number - 1 if since is None else since)
    return frame.show(
        request,
        "courses/compare.html",
        course,
        frame.VERSIONS,
        old=old,
        new=new,
        changes=queries.compare(old, new),
    )


def _consequences(course: Course) -> Iterator[str]:
    """What follows from deleting a course."""
    others = [sentence for told in hooks.course_consequences.call(course) for sentence in told]
    count = course.versions.count()
    sentence = ngettext(
        "%(count)s version is deleted with all files.",
        "%(count)s versions are deleted with all files.",
        count,
    )
    yield sentence % {"count": grouped(count)}
    yield from others
    yield gettext("This cannot be undone.")


def _current(course: Course) -> CourseVersion | None:
    """The version that learners get; the newest where none is published."""
    return course.published or course.versions.order_by("-number").first()


def _is_of_xapi(course: Course) -> bool:
    version = _current(course)
    return version is not None and version.standard == "xapi"


urlpatterns = [
    path("admin/courses/<str:course_id>/", course, name="course"),
    path("admin/courses/<str:course_id>/versions/", versions, name="course_versions"),
    path("admin/courses/<str:course_id>/report/", import_report, name="course_report"),
    path("admin/courses/<str:course_id>/settings/", course_settings, name="course_settings"),
    path("admin/courses/<str:course_id>/activity/", course_activity, name="course_activity"),
    path("admin/courses/<str:course_id>/change", change, name="course_change"),
    path("admin/courses/<str:course_id>/delete", delete, name="course_delete"),
    path("admin/courses/<str:course_id>/versions/<int:number>/publish", publish, name="version_publish"),
    path("admin/courses/<str:course_id>/versions/<int:number>/package", download, name="version_download"),
    path("admin/courses/<str:course_id>/versions/<int:number>/changes", compare, name="version_compare"),
]
