"""Licences at work: which one is active, what it lets in, what it counts, and when it warns.

A dispatch is under its own licences, or, where it has none, under those of its destination. They follow each other in the order in which they
were attached: the first that has not ended is active. Every count is raised by one conditional update, so that no number of parallel launches
passes a limit.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.conf import settings as django_settings
from django.db import connection, transaction
from django.db.models import F, Q, QuerySet

from heliograph.accounts import queries as people
from heliograph.core import clock
from heliograph.core.actor import Actor, Role, system
from heliograph.core.errors import Invalid
from heliograph.core.fields import refuse_too_long
from heliograph.core.ids import new_id
from heliograph.dispatch.licenses import rules
from heliograph.dispatch.models import Admission, Destination, Dispatch, Licence, Seat
from heliograph.dispatch.postbacks import actions as postbacks
from heliograph.journal import mail
from heliograph.journal.actions import record
from heliograph.runtime import actions as runtime
from heliograph.runtime import queries as registrations

if TYPE_CHECKING:
    from heliograph.runtime.models import Registration

SEAT_IDLE = timedelta(minutes=15)
SETTINGS = {
    "name", "starts_at", "expires_at", "grace_days", "registration_limit", "learner_limit", "launch_limit", "download_limit", "seat_limit",
    "grace_share", "access_days",
}  # fmt: skip
MOST_SEATS = 10_000


@transaction.atomic
def attach(actor: Actor, to: Dispatch | Destination, **settings: Any) -> Licence:
    """A new licence for a dispatch, or for all of a destination; it follows those that are attached already. Raises `Invalid`."""
    actor.require(Role.MANAGER)
    _refuse_settings(settings)
    owner: dict[str, Any] = {"dispatch": to} if isinstance(to, Dispatch) else {"destination": to}
    count = chain_of(to).count()
    settings["name"] = (settings.get("name") or f"Licence {count + 1}").strip()
    refuse_too_long(Licence, settings)
    made = Licence.objects.create(organisation_id=actor.organisation_id, **owner, **settings)
    _make_seats(made)
    record(actor, "attached", "licence", made.id, f"{made.name} for {to}"[:300], **{next(iter(owner)): str(to.id)})
    return made


@transaction.atomic
def change(actor: Actor, licence: Licence, **changes: Any) -> Licence:
    """Change a licence's limits; raised limits or a later expiry bring one back that had ended for want of them."""
    actor.require(Role.MANAGER)
    _refuse_settings({**{name: getattr(licence, name) for name in SETTINGS}, **changes})
    refuse_too_long(Licence, changes)
    locked = Licence.objects.select_for_update().get(id=licence.id)
    before = {name: getattr(locked, name) for name in changes}
    for name, value in changes.items():
        setattr(locked, name, value)
    if locked.ended_at and not rules.is_over(_term(locked), clock.now()) and not _used_up(locked):
        locked.ended_at = None
    locked.save()
    _make_seats(locked)
    record(actor, "changed", "licence", locked.id, locked.name, before=_plain(before), after=_plain(changes))
    return locked


@transaction.atomic
def reset_counters(actor: Actor, licence: Licence) -> Licence:
    """Begin counting again from nothing. What was counted stays in the journal, and every admission keeps the period it was made in."""
    actor.require(Role.MANAGER)
    locked = Licence.objects.select_for_update().get(id=licence.id)
    counted = {count: getattr(locked, f"{count}_used") for count in rules.COUNTS}
    for count in rules.COUNTS:
        setattr(locked, f"{count}_used", 0)
    locked.period += 1
    locked.warned = [said for said in locked.warned if said.startswith("term")]
    if not rules.is_over(_term(locked), clock.now()):
        locked.ended_at = None
    locked.save()
    record(actor, "reset the counters of", "licence", locked.id, locked.name, counted=counted, period=locked.period - 1)
    return locked


@transaction.atomic
def end(actor: Actor, licence: Licence) -> None:
    """End a licence now; the next one follows."""
    actor.require(Role.MANAGER)
    if Licence.objects.filter(id=licence.id, ended_at=None).update(ended_at=clock.now()):
        record(actor, "ended", "licence", licence.id, licence.name)


def chain_of(to: Dispatch | Destination) -> QuerySet[Licence]:
    """The licences attached to a dispatch or destination, in the order in which they follow each other."""
    owner = {"dispatch": to} if isinstance(to, Dispatch) else {"destination": to}
    return Licence.objects.filter(organisation_id=to.organisation_id, **owner).order_by("id")


def chain_over(dispatch: Dispatch) -> list[Licence]:
    """The licences a dispatch is under: its own, or its destination's."""
    mine = Q(dispatch_id=dispatch.id) | Q(destination_id=dispatch.destination_id)
    found = list(Licence.objects.filter(mine, organisation_id=dispatch.organisation_id).order_by("id"))
    own = [licence for licence in found if licence.dispatch_id]
    return own or found


def active(dispatch: Dispatch) -> Licence | None:
    """The licence that decides now; None where none was ever attached. Raises `Expired` where all have ended, `NotStarted` before the first."""
    chain = chain_over(dispatch)
    return _active_of(chain) if chain else None


def refuse_known(dispatch: Dispatch, registration: Registration) -> None:
    """A known learner is kept out by the end of the term or of their own access, never by a full licence."""
    licence = active(dispatch)
    if licence:
        rules.refuse_access_over(registration.first_launched_at, licence.access_days, clock.now())


def admit_known(dispatch: Dispatch, registration: Registration) -> None:
    """Count a launch of a learner who was here before, and give them a seat. Raises `AccessEnded`, `NoSeatFree`, `Expired`."""
    licence = active(dispatch)
    if licence is None:
        return
    rules.refuse_access_over(registration.first_launched_at, licence.access_days, clock.now())
    with transaction.atomic():
        runtime.lock(registration.id)
        _take_seat(licence, registration)
        Licence.objects.filter(id=licence.id).update(launches_used=F("launches_used") + 1)
    warn(licence.id)


def admit_new(dispatch: Dispatch, registration: Registration) -> Licence | None:
    """Count a new learner's registration and first launch in the active licence, or the next where that one is used up. Call it in a transaction.

    Raises `LimitReached` with the count that is used up, `NoSeatFree`, `Expired`.
    """
    chain = chain_over(dispatch)
    while chain:
        licence = _active_of(chain)
        if licence is None or _count_new(licence, registration):
            return licence
        following = [other for other in chain if other.id > licence.id and not other.ended_at]
        if not following:
            licence.refresh_from_db()
            raise rules.used_up(_first_used_up(licence))
        Licence.objects.filter(id=licence.id, ended_at=None).update(ended_at=clock.now())
        record(system(licence.organisation_id), "used up, so the next follows", "licence", licence.id, licence.name)
        chain = following
    return None


def count_late(dispatch: Dispatch, registration: Registration, new: bool) -> None:
    """Count somebody who learned while nobody could be asked, whatever is left: what was used is used. Call it in a transaction."""
    chain = chain_over(dispatch)
    if not chain:
        return
    licence = next((one for one in chain if not one.ended_at), chain[-1])
    if new:
        _count(licence, registration, _note_learner(licence, registration), Q())
    else:
        Licence.objects.filter(id=licence.id).update(launches_used=F("launches_used") + 1)
    warn(licence.id)


def count_download(dispatch: Dispatch) -> None:
    """Count a package's download. Raises `LimitReached` where the active licence's downloads are used up."""
    chain = chain_over(dispatch)
    licence = _active_of(chain) if chain else None
    if licence is None:
        return
    if not Licence.objects.filter(_room("downloads"), id=licence.id).update(downloads_used=F("downloads_used") + 1):
        raise rules.used_up("downloads")
    warn(licence.id)


@transaction.atomic
def warn(licence_id: UUID) -> list[str]:
    """Say once in a period that 75, 90, 95 or 100 per cent of a count or of the term are used; returns what was said now."""
    licence = Licence.objects.select_for_update().get(id=licence_id)
    counts = {count: (getattr(licence, f"{count}_used"), getattr(licence, rules.LIMITS[count])) for count in rules.COUNTS}
    reached = rules.warnings(counts, _term(licence), clock.now())
    fresh = [said for said in reached if said not in licence.warned]
    if not fresh:
        return []
    licence.warned = [*licence.warned, *fresh]
    licence.save(update_fields=["warned"])
    for said in rules.loudest(fresh):
        what, share = said.split(" ")
        _say(licence, what, int(share))
    return fresh


def _say(licence: Licence, what: str, share: int) -> None:
    """In the journal, to the postback address, and by mail to those who manage licences."""
    record(system(licence.organisation_id), f"used {share} % of the {what} of", "licence", licence.id, licence.name, what=what, share=share)
    postbacks.announce_warning(licence, what, share)
    page = f"admin/dispatch/{licence.dispatch_id}/" if licence.dispatch_id else f"admin/destinations/{licence.destination_id}/"
    sentence = f"{share} % of the {what} of the licence “{licence.name}” for {licence.dispatch or licence.destination} are used."
    if managers := people.managers(licence.organisation_id)[: mail.MOST_RECIPIENTS]:
        mail.send(
            licence.organisation_id,
            to=managers,
            subject=f"{licence.name}: {share} % of the {what} used",
            text=f"{sentence}\n\nLook at it or renew it here:\n{django_settings.HELIOGRAPH.url}/{page}\n",
        )


def warn_of_terms() -> None:
    """The chore: every licence whose term goes on says how much of it is gone, and ends when it is over."""
    running = Licence.objects.filter(ended_at=None, expires_at__isnull=False)
    for licence in running.iterator():
        warn(licence.id)
        _end_if_over(licence)


def _active_of(chain: list[Licence]) -> Licence | None:
    moment = clock.now()
    for licence in chain:
        if licence.ended_at or _end_if_over(licence):
            continue
        rules.refuse_early(licence.starts_at, moment)
        return licence
    raise rules.expired()


def _end_if_over(licence: Licence) -> bool:
    if not rules.is_over(_term(licence), clock.now()):
        return False
    if Licence.objects.filter(id=licence.id, ended_at=None).update(ended_at=clock.now()):
        record(system(licence.organisation_id), "reached the end of its term", "licence", licence.id, licence.name)
    return True


def _count_new(licence: Licence, registration: Registration) -> bool:
    """Whether the licence took this new learner in; nothing is left behind where it did not."""
    with transaction.atomic():
        _take_seat(licence, registration)
        new_learner = _note_learner(licence, registration)
        room = _room("registrations") & _room("learners", new_learner) & _room("launches")
        if not _count(licence, registration, new_learner, room & Q(ended_at=None)):
            transaction.set_rollback(True)
            return False
    warn(licence.id)
    return True


def _note_learner(licence: Licence, registration: Registration) -> int:
    """How many learners this makes more: none where another registration of theirs was counted."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO dispatch_licencelearner (id, organisation_id, licence_id, learner_id, period) VALUES (%s, %s, %s, %s, %s)"
            " ON CONFLICT DO NOTHING",
            [new_id(), licence.organisation_id, licence.id, registration.learner_id, licence.period],
        )
        return cursor.rowcount


def _count(licence: Licence, registration: Registration, new_learner: int, room: Q) -> bool:
    """Count a registration with its first launch, where there is ``room``."""
    counted = Licence.objects.filter(room, id=licence.id).update(
        registrations_used=F("registrations_used") + 1,
        learners_used=F("learners_used") + new_learner,
        launches_used=F("launches_used") + 1,
    )
    if counted:
        Admission.objects.create(organisation_id=licence.organisation_id, licence=licence, registration=registration, period=licence.period)
    return bool(counted)


def _room(count: str, more: int = 1) -> Q:
    """That this many more fit within the limit and its grace; rounded down."""
    limit = rules.LIMITS[count]
    return Q(**{limit: None}) | Q(**{f"{count}_used__lte": F(limit) + F(limit) * F("grace_share") / 100 - more})


_TAKE_SEAT = """
UPDATE dispatch_seat SET registration_id = %(registration)s, taken_at = %(now)s
 WHERE id = (
   SELECT s.id FROM dispatch_seat s LEFT JOIN runtime_registration r ON r.id = s.registration_id
    WHERE s.licence_id = %(licence)s AND s.number <= %(limit)s AND (
          s.registration_id IS NULL OR s.registration_id = %(registration)s
          OR greatest(s.taken_at, coalesce(r.last_activity_at, s.taken_at)) < %(idle)s
          OR (SELECT l.ended_at IS NOT NULL FROM runtime_launch l
               WHERE l.registration_id = s.registration_id AND l.opened_at >= s.taken_at ORDER BY l.id DESC LIMIT 1))
    ORDER BY (s.registration_id = %(registration)s) DESC NULLS LAST, s.number
    LIMIT 1 FOR UPDATE OF s SKIP LOCKED)
"""


def _take_seat(licence: Licence, registration: Registration) -> None:
    """A seat for the learner: the one they have, or one whose learner has left or was not heard of for `SEAT_IDLE`. Raises `NoSeatFree`."""
    if licence.seat_limit is None:
        return
    moment = clock.now()
    values: dict[str, Any] = {
        "registration": registration.id, "licence": licence.id, "limit": licence.seat_limit, "now": moment, "idle": moment - SEAT_IDLE,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_TAKE_SEAT, values)
        if cursor.rowcount:
            return
    raise rules.no_seat_free()


def seats_taken(licence: Licence) -> int:
    """How many seats somebody was heard from within `SEAT_IDLE`."""
    since = clock.now() - SEAT_IDLE
    heard = registrations.heard_since(since)
    return licence.seats.filter(Q(taken_at__gte=since) | Q(registration_id__in=heard), registration_id__isnull=False).count()


def _make_seats(licence: Licence) -> None:
    have = licence.seats.count()
    Seat.objects.bulk_create(
        Seat(organisation_id=licence.organisation_id, licence=licence, number=number)
        for number in range(have + 1, (licence.seat_limit or 0) + 1)
    )


def _term(licence: Licence) -> rules.Term:
    return rules.Term(licence.starts_at or licence.created_at, licence.expires_at, licence.grace_days)


def _used_up(licence: Licence) -> bool:
    return any(
        getattr(licence, rules.LIMITS[count]) is not None and getattr(licence, f"{count}_used") >= getattr(licence, rules.LIMITS[count])
        for count in ("registrations", "learners", "launches")
    )


def _first_used_up(licence: Licence) -> str:
    for count in ("registrations", "learners", "launches"):
        limit = getattr(licence, rules.LIMITS[count])
        if limit is not None and getattr(licence, f"{count}_used") + 1 > limit + limit * licence.grace_share // 100:
            return count
    return "registrations"


def _refuse_settings(settings: dict[str, Any]) -> None:
    unknown = sorted(settings.keys() - SETTINGS)
    if unknown:
        raise Invalid(f"A licence has no setting “{unknown[0]}”.")
    for name, most in (
        *((limit, 2_000_000_000) for limit in rules.LIMITS.values()), ("seat_limit", MOST_SEATS), ("access_days", 36_500),
    ):  # fmt: skip
        value = settings.get(name)
        if value is not None and (not isinstance(value, int) or isinstance(value, bool) or not 0 < value <= most):
            raise Invalid(f"“{name}” is a whole number from 1 to {most:,}, or empty for no limit.")
    for name, most in (("grace_days", 3_650), ("grace_share", 100)):
        value = settings.get(name, 0)
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= most:
            raise Invalid(f"“{name}” is a whole number from 0 to {most:,}.")
    starts, expires = settings.get("starts_at"), settings.get("expires_at")
    for moment in (starts, expires):
        if moment is not None and (not isinstance(moment, datetime) or moment.tzinfo is None or not 1970 < moment.year < 9999):
            raise Invalid("A licence's beginning and end are dates and times with their time zone, or empty.")
    if starts and expires and expires <= starts:
        raise Invalid("A licence ends after it begins. Choose a later expiry.")


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in values.items()}
