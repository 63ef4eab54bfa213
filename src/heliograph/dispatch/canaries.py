"""Canary publishing: a new course version for some destinations first, then for all, or back.

Once that version or a newer one is published, it is everybody's and nobody is ahead any more.
"""

from django.db import transaction
from django.db.models import QuerySet

from heliograph.core.actor import Actor, Role
from heliograph.core.errors import Invalid
from heliograph.courses.models import Course, CourseVersion
from heliograph.dispatch.models import Canary, Destination, Dispatch
from heliograph.journal.actions import record
from heliograph.runtime.models import Registration


@transaction.atomic
def release_to(actor: Actor, version: CourseVersion, destinations: list[Destination]) -> None:
    """Give these destinations' new attempts a version that is not published yet; those who are in the middle stay where they are."""
    actor.require(Role.MANAGER)
    if not destinations:
        raise Invalid("Choose at least one destination that gets the version first.")
    for destination in destinations:
        Canary.objects.update_or_create(
            organisation_id=actor.organisation_id, course_id=version.course_id, destination=destination, defaults={"version": version}
        )
    names = ", ".join(destination.name for destination in destinations)
    record(actor, "released first to some", "course version", version.id, str(version), destinations=names[:1000])


@transaction.atomic
def take_back(actor: Actor, course: Course) -> None:
    """Give every destination the published version again; attempts that began on the other one go on with it."""
    actor.require(Role.MANAGER)
    removed, _ = Canary.objects.filter(organisation_id=actor.organisation_id, course=course).delete()
    if removed:
        record(actor, "took back the version released first of", "course", course.id, course.title)


def ahead(course: Course) -> QuerySet[Canary]:
    """The destinations that were given a version before everybody else."""
    return (
        Canary.objects.filter(organisation_id=course.organisation_id, course=course).select_related("version", "destination").order_by("id")
    )


def chosen_version(registration: Registration) -> CourseVersion | None:
    """The version that the registration's destination gets before everybody else; None where it gets the published one."""
    if registration.dispatch_id is None:
        return None
    destination = Dispatch.objects.filter(id=registration.dispatch_id).values("destination_id")
    found = (
        Canary.objects.select_related("version")
        .filter(organisation_id=registration.organisation_id, course_id=registration.course_id, destination_id__in=destination)
        .first()
    )
    published = registration.course.published
    return found.version if found and (published is None or found.version.number > published.number) else None
