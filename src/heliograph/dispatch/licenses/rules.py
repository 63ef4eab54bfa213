"""When a license has begun, has ended, is used up, and when it warns."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from heliograph.core.errors import Forbidden
from heliograph.dispatch import errors
from heliograph.dispatch.rules import ASK


@dataclass(frozen=True)
class Term:
    """How long a license runs; ``grace_days`` after its end nobody is kept out yet."""

    starts_at: datetime
    expires_at: datetime | None
    grace_days: int = 0


WARN_AT = (75, 90, 95, 100)  # per cent
USED_UP = {
    "registrations": (
        errors.LimitReached,
        f"This course is full. {ASK} to ask for a place.",
    ),
    "learners": (
        errors.LearnersUsedUp,
        f"The learner limit for this course has been reached. {ASK}.",
    ),
    "launches": (
        errors.LaunchesUsedUp,
        f"The launch limit for this course has been reached. {ASK}.",
    ),
    "downloads": (
        errors.DownloadsUsedUp,
        "The download limit of this package's license has been reached. Raise the limit or reset usage.",
    ),
}


def is_over(term: Term, now: datetime) -> bool:
    """Whether the term and its grace have passed."""
    return term.expires_at is not None and term.expires_at + timedelta(days=term.grace_days) <= now


def expired() -> errors.Expired:
    """The refusal where every license has ended."""
    return errors.Expired(f"Access to this course has expired. {ASK} to renew it.")


def refuse_early(starts_at: datetime | None, now: datetime) -> None:
    """Raise `NotStarted` before a license's first day."""
    if starts_at is not None and now < starts_at:
        raise errors.NotStarted(f"This course isn't available yet. {ASK} to find out when it starts.")


def refuse_access_over(first_launched_at: datetime | None, access_days: int | None, now: datetime) -> None:
    """Raise `AccessEnded` where the learner's own time, from the first launch, has passed."""
    if (
        access_days is not None
        and first_launched_at is not None
        and first_launched_at + timedelta(days=access_days) <= now
    ):
        raise errors.AccessEnded(
            f"Your {access_days}-day access to this course has ended. {ASK} to extend it.",
            days=access_days,
        )


def limit_reached(count: str) -> Forbidden:
    """The refusal of a license whose ``count`` is used up."""
    kind, sentence = USED_UP[count]
    return kind(sentence)


def no_seat_free() -> errors.NoSeatFree:
    """The refusal where as many learn at this moment as the license has seats."""
    return errors.NoSeatFree(
        "The maximum number of learners are using this course right now. "
        "Try again in a few minutes. Your progress is safe."
    )


def warnings(counts: dict[str, tuple[int, int | None]], term: Term, now: datetime) -> list[str]:
    """What has been reached, as "registrations 90"; ``counts`` are (used, limit).

    The term's share is of time.
    """
    shares = {name: used / limit for name, (used, limit) in counts.items() if limit}
    if term.expires_at is not None and term.expires_at > term.starts_at:
        shares["term"] = (now - term.starts_at) / (term.expires_at - term.starts_at)
    return [f"{name} {level}" for name, share in shares.items() for level in WARN_AT if share * 100 >= level]


def highest_warning(warnings: list[str]) -> list[str]:
    """Of several shares of one thing that were reached at once, the highest."""
    return list(
        {
            sentence.split(" ")[0]: sentence
            for sentence in sorted(warnings, key=lambda sentence: int(sentence.split(" ")[1]))
        }.values()
    )


COUNTS = ("registrations", "learners", "launches", "downloads")


LIMITS = {count: f"{count[:-1] if count != 'launches' else 'launch'}_limit" for count in COUNTS}
