"""Events about courses and imports, for webhooks; each is written in the transaction of its change."""

from collections.abc import Iterator
from uuid import UUID

from heliograph.courses import queries
from heliograph.courses.models import Course, CourseVersion, Import
from heliograph.ui.lookups import MOST_LISTED
from heliograph.webhooks import topics
from heliograph.webhooks.actions import About, emit


def tell_course(what: str, course: Course, version: CourseVersion | None = None) -> None:
    """A course was published or deleted, or has a new version: ``what`` is the topic after the dot."""
    data = topics.CourseEvent(_named(course), version.number if version else None)
    emit(course.organization_id, f"course.{what}", data, About(course=course.id))


def tell_import(job: Import) -> None:
    """An import has ended, either way."""
    version = job.version
    course = version.course if version else None
    data = topics.ImportEvent(
        topics.Import(str(job.id), job.filename),
        _named(course) if course else None,
        version.number if version else None,
        topics.Error(job.error_code, job.error) if job.error_code else None,
    )
    topic = "import.succeeded" if version else "import.failed"
    emit(job.organization_id, topic, data, About(course=course.id if course else None))


def filter_object(organization_id: UUID, name: str, id_or_key: str) -> tuple[UUID, str] | None:
    """The course that an endpoint is narrowed to. Raises `CourseNotFound`."""
    if name != "course":
        return None
    course = queries.course(organization_id, id_or_key)
    return course.id, course.title


def filter_options(organization_id: UUID, name: str, search: str) -> Iterator[tuple[UUID, str, str]] | None:
    """The courses that an endpoint can be narrowed to."""
    if name != "course":
        return None
    rows = queries.courses(organization_id, search).order_by("title", "id")
    return ((course.id, course.title, course.key) for course in rows[: MOST_LISTED + 1])


def _named(course: Course) -> topics.Course:
    return topics.Course(str(course.id), course.key, course.title)
