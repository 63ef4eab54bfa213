"""What follows from what cannot be undone, in sentences with figures: for the question before it is done."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from heliograph.core import clock
from heliograph.core.translation import gettext, grouped, long_day, ngettext
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


def of_deleting_course(course: Course) -> list[str]:
    """Nothing but what keeps the course: raises `CourseInUse`."""
    using = Dispatch.objects.filter(organization_id=course.organization_id, course_id=course.id).count()
    if using:
        raise CourseInUse(
            ngettext(
                "%(count)s dispatch uses this course. Delete it before deleting the course.",
                "%(count)s dispatches use this course. Delete them before deleting the course.",
                using,
            )
            % {"count": grouped(using)}
        )
    return []


def of_deleting(dispatch: Dispatch) -> Iterator[str]:
    """Of deleting a dispatch. Raises `DispatchInUse` for one with learners."""
    if queries.learner_counts(dispatch)["learners"]:
        raise errors.DispatchInUse(
            gettext("This dispatch has learner results and can't be deleted. Disable it instead.")
        )
    yield from _of_packages(dispatch.download_count)
    yield from _of_licenses(dispatch)
    yield gettext("This cannot be undone.")


def of_deleting_many(dispatches: list[Dispatch]) -> Iterator[str]:
    """Of deleting those that are ticked in the list; those with learners stay."""
    ids = [dispatch.id for dispatch in dispatches]
    used = set(
        registrations.learning(dispatches[0].organization_id)
        .filter(dispatch_id__in=ids)
        .values_list("dispatch_id", flat=True)
    )
    going = [dispatch for dispatch in dispatches if dispatch.id not in used]
    yield ngettext("%(count)s dispatch is deleted.", "%(count)s dispatches are deleted.", len(going)) % {
        "count": grouped(len(going))
    }
    if used:
        yield ngettext(
            "%(count)s dispatch is kept: learners have results in it.",
            "%(count)s dispatches are kept: learners have results in them.",
            len(used),
        ) % {"count": grouped(len(used))}
    yield from _of_packages(sum(dispatch.download_count for dispatch in going))
    yield gettext("This cannot be undone.")


def of_deleting_destination(destination: Destination) -> Iterator[str]:
    """Of deleting a customer. Raises `DestinationInUse` for one with dispatches."""
    if destination.dispatches.exists():
        raise errors.DestinationInUse(gettext("Delete this customer's dispatches first."))
    yield from _of_licenses(destination)
    links = ShareLink.objects.filter(
        destination=destination, revoked_at=None, expires_at__gt=clock.now()
    ).count()
    if links:
        yield ngettext(
            "%(count)s link to the customer portal stops working.",
            "%(count)s links to the customer portal stop working.",
            links,
        ) % {"count": grouped(links)}
    yield gettext("This cannot be undone.")


def of_new_key(dispatch: Dispatch, grace_days: int) -> Iterator[str]:
    """Of giving a dispatch's packages another key."""
    learners = queries.learner_counts(dispatch)["learners"]
    yield ngettext(
        "%(count)s package download so far.", "%(count)s package downloads so far.", dispatch.download_count
    ) % {"count": grouped(dispatch.download_count)}
    if grace_days:
        yield ngettext(
            "Those packages work for another %(count)s day, then they stop.",
            "Those packages work for another %(count)s days, then they stop.",
            grace_days,
        ) % {"count": grouped(grace_days)}
    else:
        yield gettext("Those packages stop at their next launch.")
    yield ngettext(
        "%(count)s learner needs the new package in the customer’s LMS.",
        "%(count)s learners need the new package in the customer’s LMS.",
        learners,
    ) % {"count": grouped(learners)}


def of_new_secret(dispatch: Dispatch) -> Iterator[str]:
    """Of signing a dispatch's webhooks with another secret."""
    waiting = Postback.objects.filter(dispatch=dispatch, state="waiting").count()
    yield gettext("Messages to %(url)s are signed with the new secret from now on.") % {
        "url": dispatch.postback_url
    }
    if waiting:
        yield ngettext(
            "%(count)s message that waits is signed with it, too.",
            "%(count)s messages that wait are signed with it, too.",
            waiting,
        ) % {"count": grouped(waiting)}
    yield gettext("The current secret stops working immediately.")


def of_removing_webhook(dispatch: Dispatch) -> Iterator[str]:
    """Of telling nobody of a dispatch's learners any more."""
    waiting = Postback.objects.filter(dispatch=dispatch, state="waiting").count()
    yield gettext("%(url)s is not notified any more.") % {"url": dispatch.postback_url}
    if waiting:
        yield ngettext(
            "%(count)s message that waits is not delivered.",
            "%(count)s messages that wait are not delivered.",
            waiting,
        ) % {"count": grouped(waiting)}


def of_rolling_back(course: Course) -> Iterator[str]:
    """Of giving customers the published version of a course again."""
    if course.published:
        yield gettext("New attempts use version %(number)s, which is published.") % {
            "number": course.published.number
        }
    yield gettext("Learners in progress stay on the version that they began with.")


def of_suspending(deployment: Deployment) -> Iterator[str]:
    """Of suspending an LMS connection."""
    learners = (
        Session.objects.filter(organization_id=deployment.organization_id, deployment=deployment)
        .values("registration_id")
        .distinct()
        .count()
    )
    yield ngettext(
        "%(count)s learner loses access in %(lms)s until it is resumed.",
        "%(count)s learners lose access in %(lms)s until it is resumed.",
        learners,
    ) % {"count": grouped(learners), "lms": deployment}
    yield gettext("Results so far are kept.")


def of_revoking(link: ShareLink) -> Iterator[str]:
    """Of revoking a link for people without an account."""
    yield gettext("Everyone who has the link loses access immediately.")
    if link.last_used_at:
        yield gettext("It was last used on %(day)s.") % {"day": long_day(link.last_used_at)}
    yield gettext("A revoked link cannot be restored.")


def _of_packages(downloads: int) -> Iterator[str]:
    if downloads:
        yield gettext("Packages that were downloaded (%(count)s×) stop at their next launch.") % {
            "count": grouped(downloads)
        }


def _of_licenses(of: Dispatch | Destination) -> Iterator[str]:
    licenses = of.licenses.count()
    if licenses:
        yield ngettext(
            "%(count)s license is deleted with all counts.",
            "%(count)s licenses are deleted with all counts.",
            licenses,
        ) % {"count": grouped(licenses)}
