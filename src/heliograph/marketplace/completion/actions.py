"""Completion: claims by three routes and from our own courses, and what follows when they are verified.

One transaction takes a claim through to its end, under the lock of its enrollment: claim, part, enrollment,
credential, mail and event stand together, or not at all. Whatever arrives twice, or from two sides at once,
finds what the first did.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from heliograph.audit.actions import record
from heliograph.core import clock
from heliograph.core.actor import Actor
from heliograph.core.database.fields import refuse_too_long
from heliograph.core.errors import Conflict, Invalid
from heliograph.core.translation import gettext
from heliograph.marketplace import mails, rules, webhook_topics
from heliograph.marketplace.completion.files import ProofFile, keep
from heliograph.marketplace.credentials.actions import award, revoke_of
from heliograph.marketplace.errors import WrongState
from heliograph.marketplace.models import Claim, Enrollment, EnrollmentPart, ProgramPart
from heliograph.marketplace.participants import feeding
from heliograph.marketplace.revenue.settling import settle_of
from heliograph.marketplace.rules import ClaimState
from heliograph.marketplace.rules import EnrollmentState as State
from heliograph.marketplace.states import activate, lock, move, set_state, wrong

AHEAD = timedelta(days=1)  # of our clock: a day that has begun elsewhere
LONGEST_NOTES = 5_000
EARLIEST = 1950  # the year of a completion

# What the audit log says.
DECIDED = {
    ClaimState.VERIFIED: "verified a claim of",
    ClaimState.REJECTED: "rejected a claim of",
    ClaimState.REVOKED: "revoked a claim of",
}


@dataclass(frozen=True)
class Completion:
    """What is said of a part: when it was completed, a score from 0 to 1, and what proves it."""

    completed_at: datetime
    score: float | None = None
    certificate_url: str = ""
    notes: str = ""
    files: Sequence[ProofFile] = ()


@transaction.atomic
def claim(
    actor: Actor, part: EnrollmentPart, route: str, said: Completion, *, verified: bool, source: str = ""
) -> Claim:
    """Claim that a part was completed. ``verified``: whoever claims it is believed, unless another route said
    something else before; then a person decides, as of any claim that is not verified.

    The same ``source`` again gives the claim that it made. Raises `WrongState` where the enrollment takes no
    claims, `Conflict` for a second claim of a student that waits, and `Invalid`.
    """
    locked = lock(part.enrollment_id)
    part = EnrollmentPart.objects.select_related("part", "enrollment").get(id=part.id)
    mine = Claim.objects.filter(organization_id=locked.organization_id)
    if source and (known := mine.filter(source=source).first()):
        return known
    if locked.state not in rules.LEARNING | {State.ON_HOLD, State.COMPLETED}:
        raise wrong(locked)
    refuse_impossible(said)
    made = _store(actor, locked, part, route, said, source)
    if not verified:
        mails.send(locked, mails.CLAIM_RECEIVED, part=made.part.part.title)
        webhook_topics.tell_claim("received", made, locked)
    elif _stands_against(made) is None:
        _verify(actor, locked, made, "")
    return made


@transaction.atomic
def verify(actor: Actor, claim: Claim, reason: str = "") -> Claim:
    """Believe a claim: its part is completed, and with the last of them the program. Raises `WrongState`."""
    locked, held = _held(claim)
    if held.state in rules.STANDING:
        return held
    _verify(actor, locked, held, _reason(reason, needed=False))
    return held


@transaction.atomic
def reject(actor: Actor, claim: Claim, reason: str) -> Claim:
    """Do not believe a claim; the student reads why. Raises `WrongState`, and `Invalid` without a reason."""
    locked, held = _held(claim)
    _decide(actor, held, ClaimState.REJECTED, _reason(reason, needed=True))
    if held.route == Claim.Route.STUDENT:
        mails.send(locked, mails.CLAIM_REJECTED, part=held.part.part.title, reason=held.reason)
    webhook_topics.tell_claim("rejected", held, locked)
    return held


@transaction.atomic
def revoke(actor: Actor, claim: Claim, reason: str) -> Claim:
    """Take back a claim that was verified. Unless another one stands for the part, it is open again, and what
    followed is reversed: the credential is revoked and the enrollment is active.

    Raises `WrongState`, and `Invalid` without a reason.
    """
    locked, held = _held(claim)
    reason = _reason(reason, needed=True)
    _decide(actor, held, ClaimState.REVOKED, reason)
    part = held.part
    another = part.claims.filter(state__in=rules.STANDING).order_by("id").first()
    part.completed_at = another.completed_at if another else None
    part.score = another.score if another else None
    part.save(update_fields=["completed_at", "score"])
    if locked.state == State.COMPLETED and not _is_complete(locked):
        revoke_of(actor, locked, reason)
        set_state(actor, locked, State.ACTIVE, reason)
        settle_of(actor, locked)
    feeding.follow(actor, locked)
    return held


def complete_if_done(actor: Actor, locked: Enrollment) -> None:
    """Complete a locked enrollment whose required parts are all completed: credential, mail and event."""
    if locked.state not in rules.LEARNING or not _is_complete(locked):
        return
    moments = [moment for moment in locked.parts.values_list("completed_at", flat=True) if moment]
    move(actor, locked, State.COMPLETED)
    claims = Claim.objects.filter(part__enrollment=locked, state=ClaimState.VERIFIED)
    claims.update(state=ClaimState.AWARDED)
    award(actor, locked, max(moments))
    settle_of(actor, locked)
    feeding.follow(actor, locked)
    webhook_topics.tell_enrollment("completed", locked)


def refuse_impossible(said: Completion) -> None:
    """Raise `Invalid` for a completion that cannot be."""
    refuse_too_long(Claim, {"certificate_url": said.certificate_url})
    if len(said.notes) > LONGEST_NOTES:
        raise Invalid(
            gettext("Notes can have at most %(most)s characters.") % {"most": LONGEST_NOTES}, field="notes"
        )
    moment = said.completed_at
    if moment.tzinfo is None:
        raise Invalid(gettext("Enter the date with a time zone."), field="completed_at")
    if moment > clock.now() + AHEAD:
        raise Invalid(gettext("The date of completion is in the future."), field="completed_at")
    if moment.year < EARLIEST:
        raise Invalid(gettext("Check the year of the date of completion."), field="completed_at")
    if said.score is not None and not 0 <= said.score <= 1:
        raise Invalid(gettext("Enter a score from 0 to 100%."), field="score")
    if said.certificate_url and not said.certificate_url.startswith(("https://", "http://")):
        raise Invalid(gettext("Enter an address that begins with https://."), field="certificate_url")


def _store(
    actor: Actor, locked: Enrollment, part: EnrollmentPart, route: str, said: Completion, source: str
) -> Claim:
    if route == Claim.Route.STUDENT:
        _refuse_second(part)
        if not said.files:
            raise Invalid(gettext("Choose a file that proves it, such as a photo."), field="proof")
    activate(actor, locked)
    made = Claim.objects.create(
        organization_id=locked.organization_id,
        part=part,
        route=route,
        source=source,
        state=ClaimState.PROPOSED,
        completed_at=said.completed_at,
        score=said.score,
        certificate_url=said.certificate_url.strip(),
        notes=said.notes.strip(),
        claimed_by=actor.label[:200],
    )
    for file in said.files:
        keep(made, file)
    record(actor, "claimed completion of", "enrollment", locked.id, str(locked), part=part.part.title)
    return made


def _refuse_second(part: EnrollmentPart) -> None:
    """Raise `Conflict` where a student has nothing to claim."""
    if part.part.kind == ProgramPart.Kind.COURSE:
        raise Conflict(
            gettext("Heliograph records the completion of this course itself."), code="completed_by_course"
        )
    if part.completed_at is not None:
        raise Conflict(gettext("This part is recorded as completed already."), code="already_completed")
    if part.claims.filter(route=Claim.Route.STUDENT, state=ClaimState.PROPOSED).exists():
        raise Conflict(
            gettext("Your proof for this part is being checked. You will be mailed the result."),
            code="claim_waits",
        )


def _stands_against(made: Claim) -> Claim | None:
    """A claim that was verified before and says something else of the same part."""
    said = (made.completed_at, made.score)
    for before in made.part.claims.filter(state__in=rules.STANDING):
        if not rules.agree((before.completed_at, before.score), said):
            return before
    return None


def _verify(actor: Actor, locked: Enrollment, held: Claim, reason: str) -> None:
    _decide(actor, held, ClaimState.VERIFIED, reason)
    part = held.part
    if part.completed_at is None:
        part.completed_at, part.score = held.completed_at, held.score
        part.save(update_fields=["completed_at", "score"])
    if held.route == Claim.Route.STUDENT:
        mails.send(locked, mails.CLAIM_VERIFIED, part=part.part.title)
    webhook_topics.tell_claim("verified", held, locked)
    feeding.follow(actor, locked)
    complete_if_done(actor, locked)


def _decide(actor: Actor, held: Claim, after: ClaimState, reason: str) -> None:
    if not rules.claim_may_follow(held.state, after):
        raise WrongState(
            gettext("This claim was decided already. Load the page again."), state=str(held.state)
        )
    held.state, held.decided_by, held.decided_at = after, actor.label[:200], clock.now()
    held.reason = reason
    held.save(update_fields=["state", "decided_by", "decided_at", "reason"])
    details = {"part": held.part.part.title, "route": held.route} | ({"reason": reason} if reason else {})
    enrollment = held.part.enrollment
    record(actor, DECIDED[after], "enrollment", enrollment.id, str(enrollment), **details)


def _held(claim: Claim) -> tuple[Enrollment, Claim]:
    """The claim's enrollment, locked, and the claim as it is since then."""
    locked = lock(claim.part.enrollment_id)
    return locked, Claim.objects.select_related(
        "part__part", "part__enrollment__version", "part__enrollment__student__user"
    ).get(id=claim.id)


def _is_complete(locked: Enrollment) -> bool:
    rows = locked.parts.values_list("part__required", "completed_at")
    return rules.is_complete((required, moment is not None) for required, moment in rows)


def _reason(reason: str, *, needed: bool) -> str:
    reason = reason.strip()
    refuse_too_long(Claim, {"reason": reason})
    if needed and not reason:
        raise Invalid(gettext("Enter a reason. The student reads it."), field="reason")
    return reason
