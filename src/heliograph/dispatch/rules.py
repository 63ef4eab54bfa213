"""Who may be launched: the limits of a dispatch, in the order in which they are asked (product facts: SCORM Cloud's order)."""

from dataclasses import dataclass
from datetime import datetime

from heliograph.dispatch import errors


@dataclass(frozen=True)
class Limits:
    """The limits of a dispatch as they stand."""

    enabled: bool
    expires_at: datetime | None
    new_learners_allowed: bool


def refuse_closed(limits: Limits, now: datetime) -> None:
    """Raise `Disabled` or `Expired`: these two keep everybody out, known learners too."""
    if not limits.enabled:
        raise errors.Disabled(
            "This course is switched off at the moment. Ask the person who gave you the course when it will be available again."
        )
    if limits.expires_at is not None and limits.expires_at <= now:
        raise errors.Expired("The licence for this course has ended. Ask the person who gave you the course to renew it.")


def refuse_new_learner(limits: Limits) -> None:
    """Raise `NewLearnersRefused` where only learners who have been here before may enter."""
    if not limits.new_learners_allowed:
        raise errors.NewLearnersRefused(
            "This course takes no new learners at the moment. If you took it before, sign in to your learning system with the same account."
        )


def full() -> errors.LimitReached:
    """The refusal of a dispatch whose registrations are used up."""
    return errors.LimitReached(
        "All places in this course are taken. Ask the person who gave you the course for more places; your learning system is not at fault."
    )
