"""Canary publishing: a new course version for some destinations first, then for all, or back.

Once that version or a newer one is published, it is everybody's and nobody is ahead any more.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import connection, transaction
from django.db.models import QuerySet

from heliograph.audit.actions import record
from heliograph.core.actor import Actor
from heliograph.core.errors import Invalid
from heliograph.core.permissions import Permission
from heliograph.core.scope import is_limited, limited
from heliograph.core.translation import gettext
from heliograph.courses.actions import refuse_unplayable
from heliograph.dispatch.models import Canary, Destination, Dispatch

if TYPE_CHECKING:
    from heliograph.courses.models import Course, CourseVersion
    from heliograph.runtime.models import Registration


@transaction.atomic
def release_to(actor: Actor, version: CourseVersion, destinations: list[Destination]) -> None:
    """Give these destinations' new attempts a version that is not published yet; those who are in the middle
    stay where they are.
    """
    actor.require(Permission.COURSES_MANAGE)
    if not destinations:
        raise Invalid(gettext("Select at least one customer."), field="destination")
    refuse_unplayable(version)
    published = version.course.published
    if published and version.number <= published.number:
        raise Invalid(
            gettext("This version isn't newer than the published one. Release a newer version."),
            code="version_not_ahead",
        )
    for destination in destinations:
        Canary.objects.update_or_create(
            organization_id=actor.organization_id,
            course_id=version.course_id,
            destination=destination,
            defaults={"version": version},
        )
    names = ", ".join(destination.name for destination in destinations)
    record(
        actor,
        "started early release of",
        "course version",
        version.id,
        str(version),
        destinations=names[:1000],
    )


@transaction.atomic
def take_back(actor: Actor, course: Course, destinations: list[Destination] | None = None) -> None:
    """Give these destinations, or all, the published version again; attempts that began on the other one go
    on with it.
    """
    actor.require(Permission.COURSES_MANAGE)
    canaries = ahead(course) if destinations is None else ahead(course).filter(destination__in=destinations)
    names = [canary.destination.name for canary in canaries]
    if names:
        canaries.delete()
        record(
            actor,
            "rolled back early release of",
            "course",
            course.id,
            course.title,
            destinations=", ".join(names)[:1000],
        )


def end_early_releases(version: CourseVersion) -> None:
    """This version is published: who got it or an older one first is ahead no more, also not after a
    roll-back.
    """
    Canary.objects.filter(
        organization_id=version.organization_id,
        course_id=version.course_id,
        version__number__lte=version.number,
    ).delete()


@dataclass(frozen=True)
class VersionAssignment:
    """What the learners of a destination get: the version of their next attempt, and how many stand at which
    one now.
    """

    destination: Destination
    version: CourseVersion | None
    first: bool  # before everybody else
    learners: dict[int, int]  # by the number of the version


def version_assignments(course: Course) -> list[VersionAssignment]:
    """Every destination the course is dispatched to, by name, with the version it gets."""
    first = {canary.destination_id: canary.version for canary in ahead(course)}
    destinations = (
        limited(Destination.objects.filter(organization_id=course.organization_id))
        .filter(dispatches__course=course)
        .distinct()
        .order_by("name", "id")
    )
    learners = _learners_by_version(course)
    return [
        VersionAssignment(
            destination,
            first.get(destination.id, course.published),
            destination.id in first,
            learners.get(destination.id, {}),
        )
        for destination in destinations
    ]


_STANDING = """
SELECT d.destination_id, v.number, count(*)
  FROM dispatch_dispatch d
  JOIN report_registrations r
    ON r.organization_id = d.organization_id AND r.dispatch_id = d.id AND r.purpose = 'learning'
  JOIN report_attempts a
    ON a.organization_id = r.organization_id AND a.registration_id = r.id AND a.number = r.attempt_number
  JOIN report_course_versions v ON v.id = a.version_id
 WHERE d.organization_id = %s AND d.course_id = %s
 GROUP BY 1, 2
 ORDER BY 2
"""


def _learners_by_version(course: Course) -> dict[UUID, dict[int, int]]:
    learners: dict[UUID, dict[int, int]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_STANDING, [course.organization_id, course.id])
        for destination_id, number, count in cursor.fetchall():
            learners.setdefault(destination_id, {})[number] = count
    return learners


def ahead(course: Course) -> QuerySet[Canary]:
    """The destinations that were given a version before everybody else."""
    canaries = Canary.objects.filter(organization_id=course.organization_id, course=course)
    if is_limited():
        mine = limited(Destination.objects.filter(organization_id=course.organization_id))
        canaries = canaries.filter(destination__in=mine.values("id"))
    return canaries.select_related("version", "destination").order_by("id")


def chosen_version(registration: Registration) -> CourseVersion | None:
    """The version that the registration's destination gets before everybody else; None where it gets the
    published one.
    """
    if registration.dispatch_id is None:
        return None
    destination = Dispatch.objects.filter(id=registration.dispatch_id).values("destination_id")
    canary = (
        Canary.objects.select_related("version")
        .filter(
            organization_id=registration.organization_id,
            course_id=registration.course_id,
            destination_id__in=destination,
        )
        .first()
    )
    published = registration.course.published
    return (
        canary.version if canary and (published is None or canary.version.number > published.number) else None
    )
