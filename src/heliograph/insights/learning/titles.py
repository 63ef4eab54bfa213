"""What the activities of a course are called, in the versions that learners have played."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from heliograph.courses import queries as courses


def titles_of(organization_id: UUID, course_id: UUID) -> dict[str, str]:
    """The titles of a course's activities by their identifiers, of its newest versions; the newest title."""
    titles: dict[str, str] = {}
    for structure in courses.structures(organization_id, course_id):
        for organization in structure.get("organizations", []):
            for identifier, title in _titles(organization.get("items", [])):
                titles.setdefault(identifier, title)
    return titles


def _titles(items: list[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    for item in items:
        if item.get("title"):
            yield item["identifier"], item["title"]
        yield from _titles(item.get("items", []))
