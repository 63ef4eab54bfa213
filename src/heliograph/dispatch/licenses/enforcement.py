"""Licenses at work: which one is active, what it lets in, what it counts, and when it warns.

A dispatch is under its own licenses, or, where it has none, under those of its destination. They follow each
other in the order in which they were attached: the first that has not ended is active. Every count is raised
by one conditional update, so that no number of parallel launches passes a limit.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.conf import settings as django_settings
from django.db import connection, transaction
from django.db.models import F, Q, QuerySet

from heliograph.accounts import queries as people
from heliograph.audit.actions import record
from heliograph.core import clock
from heliograph.core.actor import system
from heliograph.core.ids import new_id
from heliograph.delivery import mail
from heliograph.dispatch import webhook_events
from heliograph.dispatch.licenses import rules
from heliograph.dispatch.models import Admission, Destination, Dispatch, License, Seat
from heliograph.dispatch.postbacks import actions as postbacks
from heliograph.runtime import actions as runtime
from heliograph.runtime import queries as registrations

if TYPE_CHECKING:
    from heliograph.runtime.models import Registration

SEAT_FREE_AFTER_IDLE = timedelta(minutes=15)


def licenses_of(to: Dispatch | Destination) -> QuerySet[License]:
    """The licenses attached to a dispatch or destination, in the order in which they follow each other."""
    owner = {"dispatch": to} if isinstance(to, Dispatch) else {"destination": to}
    return License.objects.filter(organization_id=to.organization_id, **owner).order_by("id")


def licenses_applying_to(dispatch: Dispatch) -> list[License]:
    """The licenses a dispatch is under: its own, or its destination's."""
    mine = Q(dispatch_id=dispatch.id) | Q(destination_id=dispatch.destination_id)
    licenses = list(License.objects.filter(mine, organization_id=dispatch.organization_id).order_by("id"))
    own = [license for license in licenses if license.dispatch_id]
    return own or licenses


def active(dispatch: Dispatch) -> License | None:
    """The license that decides now; None where none was ever attached.

    Raises `Expired` where all have ended, `NotStarted` before the first.
    """
    chain = licenses_applying_to(dispatch)
    return _active_of(chain) if chain else None


def refuse_returning_learner(dispatch: Dispatch, registration: Registration) -> None:
    """A known learner is kept out by the end of the term or of their own access, never by a full license."""
    license = active(dispatch)
    if license:
        rules.refuse_access_over(registration.first_launched_at, license.access_days, clock.now())


def admit_returning_learner(dispatch: Dispatch, registration: Registration) -> None:
    """Count a launch of a learner who was here before, and give them a seat.

    Raises `AccessEnded`, `NoSeatFree`, `Expired`.
    """
    license = active(dispatch)
    if license is None:
        return
    rules.refuse_access_over(registration.first_launched_at, license.access_days, clock.now())
    with transaction.atomic():
        runtime.lock(registration.id)
        _take_seat(license, registration)
        License.objects.filter(id=license.id).update(launches_used=F("launches_used") + 1)
    warn(license.id)


def admit_new_learner(dispatch: Dispatch, registration: Registration) -> License | None:
    """Count a new learner's registration and first launch in the active license, or the next where that one
    is used up. Call it in a transaction.

    Raises `LimitReached` with the count that is used up, `NoSeatFree`, `Expired`.
    """
    chain = licenses_applying_to(dispatch)
    while chain:
        license = _active_of(chain)
        if license is None or _count_new_learner(license, registration):
            return license
        following = [other for other in chain if other.id > license.id and not other.ended_at]
        if not following:
            license.refresh_from_db()
            raise rules.limit_reached(_first_used_up(license))
        License.objects.filter(id=license.id, ended_at=None).update(ended_at=clock.now())
        record(
            system(license.organization_id),
            "used up",
            "license",
            license.id,
            license.name,
        )
        chain = following
    return None


def count_late_admission(dispatch: Dispatch, registration: Registration, new: bool) -> None:
    """Count somebody who learned while nobody could be asked, whatever is left: what was used is used.

    Call it in a transaction.
    """
    chain = licenses_applying_to(dispatch)
    if not chain:
        return
    license = next((entry for entry in chain if not entry.ended_at), chain[-1])
    if new:
        _count_within_limits(license, registration, _note_learner(license, registration), Q())
    else:
        License.objects.filter(id=license.id).update(launches_used=F("launches_used") + 1)
    warn(license.id)


def count_download(dispatch: Dispatch) -> None:
    """Count a package's download. Raises `DownloadsUsedUp` where the active license has none left."""
    chain = licenses_applying_to(dispatch)
    license = _active_of(chain) if chain else None
    if license is None:
        return
    if not License.objects.filter(_within_limit("downloads"), id=license.id).update(
        downloads_used=F("downloads_used") + 1
    ):
        raise rules.limit_reached("downloads")
    warn(license.id)


@transaction.atomic
def warn(license_id: UUID) -> list[str]:
    """Say once in a period that 75, 90, 95 or 100 per cent of a count or of the term are used; returns what
    was said now.
    """
    license = License.objects.select_for_update().get(id=license_id)
    counts = {
        count: (getattr(license, f"{count}_used"), getattr(license, rules.LIMITS[count]))
        for count in rules.COUNTS
    }
    reached = rules.warnings(counts, term_of(license), clock.now())
    fresh = [warning for warning in reached if warning not in license.warnings_sent]
    if not fresh:
        return []
    license.warnings_sent = [*license.warnings_sent, *fresh]
    license.save(update_fields=["warnings_sent"])
    for warning in rules.highest_warning(fresh):
        what, share = warning.split(" ")
        _send_warning(license, what, int(share))
    return fresh


def _send_warning(license: License, what: str, share: int) -> None:
    """In the audit log, to the postback address, and by mail to those who manage licenses."""
    record(
        system(license.organization_id),
        f"used {share}% of the {what} of",
        "license",
        license.id,
        license.name,
        what=what,
        share=share,
    )
    postbacks.announce_warning(license, what, share)
    webhook_events.tell_license(license, what, share)
    page = (
        f"admin/dispatch/{license.dispatch_id}/"
        if license.dispatch_id
        else f"admin/destinations/{license.destination_id}/"
    )
    sentence = (
        f"License “{license.name}” for {license.dispatch or license.destination}: {share}% of {what} used."
    )
    if managers := people.managers(license.organization_id)[: mail.MOST_RECIPIENTS]:
        mail.send(
            license.organization_id,
            to=managers,
            subject=f"{license.name}: {share}% of {what} used",
            text=f"{sentence}\n\nView or renew the license:\n{django_settings.HELIOGRAPH.url}/{page}\n",
        )


def warn_of_terms() -> None:
    """The chore: every license whose term goes on says how much of it is gone, and ends when it is over."""
    running = License.objects.filter(ended_at=None, expires_at__isnull=False)
    for license in running.iterator():
        warn(license.id)
        _end_if_over(license)


def _active_of(chain: list[License]) -> License | None:
    moment = clock.now()
    for license in chain:
        if license.ended_at or _end_if_over(license):
            continue
        rules.refuse_early(license.starts_at, moment)
        return license
    raise rules.expired()


def _end_if_over(license: License) -> bool:
    if not rules.is_over(term_of(license), clock.now()):
        return False
    if License.objects.filter(id=license.id, ended_at=None).update(ended_at=clock.now()):
        record(
            system(license.organization_id),
            "ended the term of",
            "license",
            license.id,
            license.name,
        )
    return True


def _count_new_learner(license: License, registration: Registration) -> bool:
    """Whether the license took this new learner in; nothing is left behind where it did not."""
    with transaction.atomic():
        _take_seat(license, registration)
        new_learner = _note_learner(license, registration)
        room = (
            _within_limit("registrations")
            & _within_limit("learners", new_learner)
            & _within_limit("launches")
        )
        if not _count_within_limits(license, registration, new_learner, room & Q(ended_at=None)):
            transaction.set_rollback(True)
            return False
    warn(license.id)
    return True


def _note_learner(license: License, registration: Registration) -> int:
    """How many learners this makes more: none where another registration of theirs was counted."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO dispatch_licenselearner (id, organization_id, license_id, learner_id, period)
            VALUES (%s, %s, %s, %s, %s)
                ON CONFLICT DO NOTHING
            """,
            [new_id(), license.organization_id, license.id, registration.learner_id, license.period],
        )
        return cursor.rowcount


def _count_within_limits(license: License, registration: Registration, new_learner: int, room: Q) -> bool:
    """Count a registration with its first launch, where there is ``room``."""
    counted = License.objects.filter(room, id=license.id).update(
        registrations_used=F("registrations_used") + 1,
        learners_used=F("learners_used") + new_learner,
        launches_used=F("launches_used") + 1,
    )
    if counted:
        Admission.objects.create(
            organization_id=license.organization_id,
            license=license,
            registration=registration,
            period=license.period,
        )
    return bool(counted)


def _within_limit(count: str, more: int = 1) -> Q:
    """That this many more fit within the limit and its grace; rounded down."""
    limit = rules.LIMITS[count]
    return Q(**{limit: None}) | Q(
        **{f"{count}_used__lte": F(limit) + F(limit) * F("grace_share") / 100 - more}
    )


_TAKE_SEAT = """
UPDATE dispatch_seat
   SET registration_id = %(registration)s, taken_at = %(now)s
 WHERE id = (
   SELECT s.id
     FROM dispatch_seat s
     LEFT JOIN report_registrations r ON r.id = s.registration_id
    WHERE s.license_id = %(license)s AND s.number <= %(limit)s
      AND (
          s.registration_id IS NULL
          OR s.registration_id = %(registration)s
          -- Its learner was not heard of for a while.
          OR greatest(s.taken_at, coalesce(r.last_activity_at, s.taken_at)) < %(idle)s
          -- Its learner has left the course that they opened last.
          OR (SELECT l.ended_at IS NOT NULL
                FROM report_launches l
               WHERE l.registration_id = s.registration_id AND l.opened_at >= s.taken_at
               ORDER BY l.id DESC
               LIMIT 1))
    -- The learner's own seat first.
    ORDER BY (s.registration_id = %(registration)s) DESC NULLS LAST, s.number
    LIMIT 1
      -- Two who come at the same moment take two seats, and none waits for the other.
      FOR UPDATE OF s SKIP LOCKED)
"""


def _take_seat(license: License, registration: Registration) -> None:
    """A seat for the learner: the one they have, or one whose learner has left or was not heard of for
    `SEAT_FREE_AFTER_IDLE`. Raises `NoSeatFree`.
    """
    if license.seat_limit is None:
        return
    moment = clock.now()
    values: dict[str, Any] = {
        "registration": registration.id, "license": license.id, "limit": license.seat_limit,
        "now": moment, "idle": moment - SEAT_FREE_AFTER_IDLE,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_TAKE_SEAT, values)
        if cursor.rowcount:
            return
    raise rules.no_seat_free()


def seats_taken(license: License) -> int:
    """How many seats somebody was heard from within `SEAT_FREE_AFTER_IDLE`."""
    since = clock.now() - SEAT_FREE_AFTER_IDLE
    active = registrations.active_since(since)
    return license.seats.filter(
        Q(taken_at__gte=since) | Q(registration_id__in=active), registration_id__isnull=False
    ).count()


def make_seats(license: License) -> None:
    have = license.seats.count()
    Seat.objects.bulk_create(
        Seat(organization_id=license.organization_id, license=license, number=number)
        for number in range(have + 1, (license.seat_limit or 0) + 1)
    )


def term_of(license: License) -> rules.Term:
    return rules.Term(license.starts_at or license.created_at, license.expires_at, license.grace_days)


def is_used_up(license: License) -> bool:
    return any(
        getattr(license, rules.LIMITS[count]) is not None
        and getattr(license, f"{count}_used") >= getattr(license, rules.LIMITS[count])
        for count in ("registrations", "learners", "launches")
    )


def _first_used_up(license: License) -> str:
    for count in ("registrations", "learners", "launches"):
        limit = getattr(license, rules.LIMITS[count])
        if (
            limit is not None
            and getattr(license, f"{count}_used") + 1 > limit + limit * license.grace_share // 100
        ):
            return count
    return "registrations"
