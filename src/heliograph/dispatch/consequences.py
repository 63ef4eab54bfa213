"""What follows from what cannot be undone, in sentences with figures: for the question before it is done."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from heliograph.core import clock
from heliograph.core.words import counted
from heliograph.courses.errors import CourseInUse
from heliograph.dispatch import errors, queries
from heliograph.dispatch.models import (
    Deployment,
    Destination,
    Dispatch,
    Postback,
    Session,
    ShareLink,
)
from heliograph.runtime import queries as registrations

if TYPE_CHECKING:
    from heliograph.courses.models import Course

AT_NEXT_LAUNCH = "stop at their next launch"


def of_deleting_course(course: Course) -> list[str]:
    """Nothing but what keeps the course: raises `CourseInUse`."""
    using = Dispatch.objects.filter(organization_id=course.organization_id, course_id=course.id).count()
    if using:
        raise CourseInUse(
            f"{counted(using, 'dispatch uses', 'dispatches use')} this course. "
            "Delete them before deleting the course."
        )
    return []


def of_deleting(dispatch: Dispatch) -> Iterator[str]:
    """Of deleting a dispatch. Raises `DispatchInUse` for one with learners."""
    if queries.learner_counts(dispatch)["learners"]:
        raise errors.DispatchInUse(
            "This dispatch has learner results and can't be deleted. Disable it instead."
        )
    yield from _of_packages(dispatch.download_count)
    yield from _of_licenses(dispatch)
    yield "This cannot be undone."


def of_deleting_many(dispatches: list[Dispatch]) -> Iterator[str]:
    """Of deleting those that are ticked in the list; those with learners stay."""
    ids = [dispatch.id for dispatch in dispatches]
    used = set(
        registrations.learning(dispatches[0].organization_id)
        .filter(dispatch_id__in=ids)
        .values_list("dispatch_id", flat=True)
    )
    going = [dispatch for dispatch in dispatches if dispatch.id not in used]
    yield f"{counted(len(going), 'dispatch is', 'dispatches are')} deleted."
    if used:
        yield f"{counted(len(used), 'dispatch is', 'dispatches are')} kept: learners have results in it."
    yield from _of_packages(sum(dispatch.download_count for dispatch in going))
    yield "This cannot be undone."


def of_deleting_destination(destination: Destination) -> Iterator[str]:
    """Of deleting a customer. Raises `DestinationInUse` for one with dispatches."""
    if destination.dispatches.exists():
        raise errors.DestinationInUse("Delete this customer's dispatches first.")
    yield from _of_licenses(destination)
    links = ShareLink.objects.filter(
        destination=destination, revoked_at=None, expires_at__gt=clock.now()
    ).count()
    if links:
        sentence = counted(links, "link to the customer portal stops", "links to the customer portal stop")
        yield f"{sentence} working."
    yield "This cannot be undone."


def of_new_key(dispatch: Dispatch, grace_days: int) -> Iterator[str]:
    """Of giving a dispatch's packages another key."""
    packages = counted(dispatch.download_count, "package download")
    learners = counted(queries.learner_counts(dispatch)["learners"], "learner needs", "learners need")
    if grace_days:
        days = counted(grace_days, "day")
        yield f"{packages} so far: those packages work for another {days}, then they stop."
    else:
        yield f"{packages} so far: those packages {AT_NEXT_LAUNCH}."
    yield f"{learners} the new package in the customer’s LMS."


def of_new_secret(dispatch: Dispatch) -> Iterator[str]:
    """Of signing a dispatch's webhooks with another secret."""
    waiting = Postback.objects.filter(dispatch=dispatch, state="waiting").count()
    yield f"Messages to {dispatch.postback_url} are signed with the new secret from now on."
    if waiting:
        yield f"{counted(waiting, 'message')} that wait are signed with it, too."
    yield "The current secret stops working immediately."


def of_suspending(deployment: Deployment) -> Iterator[str]:
    """Of suspending an LMS connection."""
    learners = (
        Session.objects.filter(organization_id=deployment.organization_id, deployment=deployment)
        .values("registration_id")
        .distinct()
        .count()
    )
    yield f"{counted(learners, 'learner loses', 'learners lose')} access in {deployment} until it is resumed."
    yield "Results so far are kept."


def of_revoking(link: ShareLink) -> Iterator[str]:
    """Of revoking a link for people without an account."""
    yield "Everyone who has the link loses access immediately."
    if link.last_used_at:
        yield f"It was last used on {link.last_used_at:%B %-d, %Y}."
    yield "A revoked link cannot be restored."


def _of_packages(downloads: int) -> Iterator[str]:
    if downloads:
        yield f"Packages that were downloaded ({downloads:,}×) {AT_NEXT_LAUNCH}."


def _of_licenses(of: Dispatch | Destination) -> Iterator[str]:
    licenses = of.licenses.count()
    if licenses:
        yield f"{counted(licenses, 'license is', 'licenses are')} deleted with all counts."
