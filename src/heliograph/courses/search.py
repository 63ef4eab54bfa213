"""What the palette finds of courses: by title, key or id."""

from collections.abc import Iterator
from uuid import UUID

from django.urls import reverse

from heliograph.core.ids import parse_id
from heliograph.core.translation import gettext
from heliograph.courses import queries
from heliograph.ui.search import Hit


def find(organization_id: UUID, text: str, most: int) -> Iterator[Hit]:
    """Courses, newest first."""
    by_id = parse_id(text)
    courses = queries.courses(organization_id, "" if by_id else text)
    for course in (courses.filter(id=by_id) if by_id else courses)[:most]:
        yield Hit(
            gettext("Course"), course.title, course.key, reverse("course", args=[course.id]), "book-open"
        )
