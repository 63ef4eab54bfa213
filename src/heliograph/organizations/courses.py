"""Every course of the organization, whoever imported it: its versions, use, completion and storage."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.urls import path

from heliograph.accounts.page_access import actor_of, page
from heliograph.core.permissions import Permission
from heliograph.core.translation import gettext_lazy
from heliograph.courses import queries as courses
from heliograph.dispatch import queries as dispatching
from heliograph.insights import queries as figures
from heliograph.organizations import frame
from heliograph.ui.tables import Column, Table


@dataclass(frozen=True)
class Oversight:
    """What an organization has of a course: ``registered`` and ``completed`` are of everybody, ever."""

    stored: courses.Stored
    registered: int
    completed: int

    @property
    def completion_rate(self) -> float | None:
        """From 0 to 1; None where nobody was registered."""
        return self.completed / self.registered if self.registered else None


def with_oversight(rows: Iterable[Any]) -> list[Any]:
    """Courses with the dispatches of their ``usage``, and their ``oversight``."""
    loaded = list(rows)
    if loaded:
        organization_id, ids = loaded[0].organization_id, [course.id for course in loaded]
        dispatches = dispatching.dispatches_by_course(organization_id, ids)["dispatches"]
        stored = courses.stored(organization_id, ids)
        progress = figures.progress_of_courses(organization_id, ids)
        for course in loaded:
            course.usage = {"dispatches": dispatches.get(course.id, 0)}
            course.oversight = Oversight(
                stored.get(course.id, courses.Stored(0, 0, "")), *progress.get(course.id, (0, 0))
            )
    return loaded


COURSES = Table(
    "org-courses",
    gettext_lazy("course"),
    gettext_lazy("courses"),
    columns=(
        Column("title", gettext_lazy("Course"), "title"),
        Column("owner", gettext_lazy("Owner"), "owner__user__name"),
        Column("imported-by", gettext_lazy("Imported by"), hidden=True),
        Column("versions", gettext_lazy("Versions"), number=True),
        Column("dispatches", gettext_lazy("Dispatches"), number=True),
        Column("registrations", gettext_lazy("Registrations"), number=True),
        Column("rate", gettext_lazy("Completion rate"), number=True),
        Column("storage", gettext_lazy("Storage"), number=True),
        Column("key", gettext_lazy("ID"), "key", hidden=True),
        Column("created", gettext_lazy("Imported"), "id", hidden=True),
    ),
    dated=True,
    searched=gettext_lazy("Search courses"),
    load=with_oversight,
    csv={
        "key": lambda course: course.key,
        "title": lambda course: course.title,
        "owner": lambda course: str(course.owner) if course.owner else "",
        "imported by": lambda course: course.oversight.stored.imported_by,
        "versions": lambda course: course.oversight.stored.versions,
        "dispatches": lambda course: course.usage.get("dispatches", 0),
        "registrations": lambda course: course.oversight.registered,
        "completed": lambda course: course.oversight.completed,
        "stored bytes": lambda course: course.oversight.stored.package_bytes,
        "created": lambda course: course.created_at.isoformat(),
    },
)


@page(Permission.ORGANIZATION_VIEW)
def listed(request: HttpRequest) -> HttpResponseBase:
    query = COURSES.read(request)
    rows = courses.courses(actor_of(request).organization_id, query.search)
    if query.csv:
        return COURSES.file(query, rows)
    table = COURSES.page(request, query, rows)
    return frame.show(request, "organizations/courses.html", frame.COURSES, table=table)


urlpatterns = [path("admin/org/courses/", listed, name="organization_courses")]
