"""Marks below the charts: what happened on a day that may explain its figures.

Each part registers its own, from its `apps.py`, so that the charts know no part.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

MOST = 40  # marks of a chart


@dataclass(frozen=True)
class Annotation:
    """What happened on a day (UTC), in a few words, and the address of what it happened to."""

    day: date
    text: str
    address: str


@dataclass(frozen=True)
class AnnotatedRange:
    """Whose days, from ``first`` to ``last``, both included (UTC), and of which dispatch, course, destination
    and LMS: what is None leaves nothing out.
    """

    organization_id: UUID
    first: date
    last: date
    dispatch_id: UUID | None = None
    course_id: UUID | None = None
    destination_id: UUID | None = None
    domain: str | None = None


@dataclass(frozen=True)
class Annotations:
    """The newest annotations of a range, newest first, and how many ``more`` there are."""

    newest: list[Annotation]
    more: int = 0

    def by_day(self) -> dict[date, list[Annotation]]:
        """The annotations of each day that has any."""
        days: dict[date, list[Annotation]] = {}
        for annotation in self.newest:
            days.setdefault(annotation.day, []).append(annotation)
        return days


# Up to `MOST` annotations of a range, newest first, and the number of all of them.
Source = Callable[[AnnotatedRange], tuple[list[Annotation], int]]
_sources: list[Source] = []


def register_annotations(*sources: Source) -> None:
    """Add what a part has to tell of days."""
    _sources.extend(sources)


def annotations(asked: AnnotatedRange) -> Annotations:
    """What all parts tell of a range: the `MOST` newest of it."""
    found: list[Annotation] = []
    total = 0
    for source in _sources:
        some, count = source(asked)
        found += some
        total += count
    newest = sorted(found, key=lambda annotation: annotation.day, reverse=True)[:MOST]
    return Annotations(newest, total - len(newest))
