"""What a manager puts right by hand: completing a registration, taking that back, and forgetting all
progress.

An outcome set by hand is the registration's; the attempt keeps what the learner did, so it can be taken back.
Each change raises the revision of the attempt: a process that remembers it as it was computes its next commit
again. docs/protocols/commit.md tells what an open window hears of it.
"""

from typing import Any

from django.db import transaction
from django.db.models import F

from heliograph.core import clock
from heliograph.core.actor import Actor
from heliograph.core.errors import Invalid
from heliograph.core.permissions import Permission
from heliograph.runtime import actions, hooks, queries
from heliograph.runtime.errors import NotByHand, ReasonMissing
from heliograph.runtime.models import Registration
from heliograph.runtime.sequencing import ActivityOutcome

LONGEST_REASON = 1_000


@transaction.atomic
def complete(
    actor: Actor,
    registration: Registration,
    reason: str,
    success: str | None = None,
    points: float | None = None,
) -> Registration:
    """Complete a registration by hand; ``success`` and ``points`` (of 100) that are not given stay as they
    are. Raises `ReasonMissing`, `Invalid`.
    """
    actor.require(Permission.REGISTRATIONS_MANAGE)
    reason = _reason(reason)
    if not reason:
        raise ReasonMissing(
            "Enter a reason. It is visible to everyone with access to this registration.", field="reason"
        )
    _refuse(registration, success, points)
    locked = _held(registration)
    before = _shown(locked)
    locked.completion, locked.progress = "completed", 1.0
    locked.success = success or locked.success
    if points is not None:
        locked.score_raw, locked.score_min, locked.score_max, locked.score_scaled = (
            points,
            0.0,
            100.0,
            points / 100,
        )
    locked.completed_at = locked.completed_at or clock.now()
    locked.manual_at, locked.manual_by, locked.manual_reason = clock.now(), actor.label[:200], reason
    _save(locked)
    actions.record_of(
        actor, "recorded completion of", locked, reason=reason, before=before, after=_shown(locked)
    )
    hooks.registration_changed.call(locked)
    return locked


@transaction.atomic
def take_back(actor: Actor, registration: Registration) -> Registration:
    """The registration stands again where the learner has come. Raises `NotByHand`."""
    actor.require(Permission.REGISTRATIONS_MANAGE)
    locked = _held(registration)
    if locked.manual_at is None:
        raise NotByHand("This registration was not marked as complete manually.")
    before = _shown(locked)
    achieved = _achieved(locked)
    for column, value in achieved._asdict().items():
        setattr(locked, column, value)
    if achieved.completion != "completed":
        locked.completed_at = None
    locked.manual_at, locked.manual_by, locked.manual_reason = None, "", ""
    _save(locked)
    actions.record_of(actor, "took back the completion of", locked, before=before, after=_shown(locked))
    hooks.registration_changed.call(locked)
    return locked


@transaction.atomic
def reset(actor: Actor, registration: Registration, reason: str = "") -> Registration:
    """Forget all progress, with every attempt and its log.

    The registration stays, and so does the learner's place on each license.
    """
    actor.require(Permission.REGISTRATIONS_MANAGE)
    reason = _reason(reason)
    locked = actions.lock_anew(registration)
    before = _shown(locked)
    actions.forget_outcome(locked)
    locked.attempts.all().delete()  # with the log of their calls (`forgetting`)
    actions.record_of(actor, "reset", locked, reason=reason, before=before, attempts=locked.attempt_number)
    hooks.registration_changed.call(locked)
    return locked


def _reason(given: str) -> str:
    reason = given.strip()
    if len(reason) > LONGEST_REASON or "\x00" in reason:
        raise Invalid(f"Reasons can have up to {LONGEST_REASON:,} characters.", field="reason")
    return reason


def _refuse(registration: Registration, success: str | None, points: float | None) -> None:
    if registration.purpose != Registration.Purpose.LEARNING:
        raise Invalid("Trials and previews cannot be marked as complete.")
    if success not in (None, "passed", "failed"):
        raise Invalid("Result must be passed or failed.", field="success")
    if points is not None and not 0 <= points <= 100:
        raise Invalid("Score must be a number from 0 to 100.", field="points")


def _held(registration: Registration) -> Registration:
    """The registration as it stands, locked; what this process or another remembers of its attempt is out of
    date from now on.
    """
    locked = (
        Registration.objects.select_for_update(of=("self",), no_key=True)
        .select_related("learner", "course")
        .get(id=registration.id)
    )
    locked.attempts.filter(number=locked.attempt_number).update(revision=F("revision") + 1)
    return locked


def _achieved(registration: Registration) -> ActivityOutcome:
    outcome = hooks.external_outcome.first(registration)
    attempt = queries.current_attempt(registration)
    return outcome or (actions.outcome_of(attempt) if attempt else ActivityOutcome())


def _save(registration: Registration) -> None:
    registration.save(
        update_fields=[*ActivityOutcome._fields, "completed_at", "manual_at", "manual_by", "manual_reason"]
    )


def _shown(registration: Registration) -> dict[str, Any]:
    """What the audit log keeps of how it stood."""
    completed_at = registration.completed_at
    return {
        **actions.outcome_of(registration)._asdict(),
        "completed_at": completed_at.isoformat() if completed_at else None,
    }
