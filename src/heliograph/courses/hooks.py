"""Where the courses part asks and tells the parts above it."""

from collections.abc import Sequence
from uuid import UUID

from heliograph.core.hooks import hook
from heliograph.courses.models import Course, CourseVersion


@hook
def version_published(version: CourseVersion) -> None:  # type: ignore[empty-body]
    """Everybody gets this version from now on. Called in the transaction that publishes it."""


@hook
def course_consequences(course: Course) -> list[str]:  # type: ignore[empty-body]
    """What of other parts would go with a course, each in a sentence. Raises what keeps the course."""


@hook
def course_deleting(course: Course) -> None:  # type: ignore[empty-body]
    """A course is about to be deleted, with all that belongs to it.

    Called in its transaction, before any row goes.
    """


@hook
def course_usage(organization_id: UUID, course_ids: Sequence[UUID]) -> dict[str, dict[UUID, int]]:  # type: ignore[empty-body]
    """How much of a part above belongs to courses: by what is counted, as *dispatches* or *learners*, the
    number for each course that has any. A statement for all courses of a page.
    """
