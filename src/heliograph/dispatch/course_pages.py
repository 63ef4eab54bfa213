"""What dispatches add to the pages of a course: the tab that lists them."""

from django.http import HttpRequest, HttpResponseBase
from django.urls import path

from heliograph.accounts.page_access import actor_of, page
from heliograph.core.permissions import Permission
from heliograph.core.translation import gettext_lazy
from heliograph.courses import frame
from heliograph.courses import queries as courses
from heliograph.dispatch import states
from heliograph.dispatch.tables import OF_COURSE
from heliograph.ui.tabs import Tab

DISPATCHES = Tab(gettext_lazy("Dispatches"), "course_dispatches", Permission.DISPATCHES_VIEW)


@page(Permission.DISPATCHES_VIEW)
def course_dispatches(request: HttpRequest, course_id: str) -> HttpResponseBase:
    """The dispatches that deliver a course."""
    organization_id = actor_of(request).organization_id
    course = courses.course(organization_id, course_id)
    query = OF_COURSE.read(request)
    rows = states.dispatches(organization_id, query.search, query.filters["state"]).filter(course=course)
    if query.filters["mode"]:
        rows = rows.filter(mode=query.filters["mode"])
    if query.csv:
        return OF_COURSE.file(query, rows)
    table = OF_COURSE.page(request, query, rows)
    return frame.show(request, "dispatch/course_dispatches.html", course, DISPATCHES, table=table)


urlpatterns = [
    path("admin/courses/<str:course_id>/dispatches/", course_dispatches, name="course_dispatches"),
]
