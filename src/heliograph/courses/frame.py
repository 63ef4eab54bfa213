"""The frame around the pages of one course: a header with what to do next, and tabs."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.defaultfilters import filesizeformat

from heliograph.core.translation import gettext_lazy
from heliograph.courses import limits_of_roles, queries, report
from heliograph.courses.forms import UploadPackage
from heliograph.courses.models import Course
from heliograph.ui.tabs import Tab, Tabs

OVERVIEW = Tab(gettext_lazy("Overview"), "course")
VERSIONS = Tab(gettext_lazy("Versions"), "course_versions")
REPORT = Tab(gettext_lazy("Import report"), "course_report")
SETTINGS = Tab(gettext_lazy("Settings"), "course_settings")
ACTIVITY = Tab(gettext_lazy("Activity"), "course_activity", only=limits_of_roles.sees_all_of_courses)
TABS = Tabs(OVERVIEW, VERSIONS, REPORT, SETTINGS, ACTIVITY)


def show(request: HttpRequest, template: str, course: Course, tab: Tab, /, **content: Any) -> HttpResponse:
    """A page of a course, in its frame, below that tab."""
    newest = queries.versions(course).first()
    waits = newest is not None and queries.is_newer(newest, course.published)
    frame = {
        "frame": "courses/frame.html",
        "course": course,
        "tabs": TABS.shown(tab, course),
        "newest": newest,
        "waiting": newest if waits else None,
        "can_be_published": newest is not None and report.is_playable(newest),
        "version_form": upload_form(course),
    }
    return render(request, template, {**frame, **content})


def upload_form(course: Course | None = None) -> UploadPackage:
    """The form that imports a course, or a new version of one."""
    form = UploadPackage(
        limit=filesizeformat(settings.HELIOGRAPH.upload_limit),
        initial={"course": course.key if course else ""},
        key="new-version" if course else "",
    )
    if course is None:
        del form.fields["publish"]
    return form
