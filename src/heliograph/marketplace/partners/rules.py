"""What a partner's result means, why it may wait, and when a partner is asked again. No Django, no clock."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum


class Outcome(StrEnum):
    COMPLETED = "completed"
    FAILED = "failed"
    REVOKED = "revoked"
    OPEN = "open"  # under way; not stored
    UNKNOWN = "unknown"  # a word that the settings do not know


# The words of partners that need no settings, in lower case.
WORDS = {
    Outcome.COMPLETED: ("pass", "passed", "complete", "completed", "certified", "accepted", "awarded"),
    Outcome.FAILED: ("fail", "failed", "not passed", "no show", "no-show", "absent"),
    Outcome.REVOKED: ("revoked", "canceled", "withdrawn", "invalidated"),
    Outcome.OPEN: ("", "open", "in progress", "registered", "scheduled", "pending", "not started", "started"),
}
# Why a result was not matched, or cannot be read.
REASONS = (
    "program_unknown",
    "nobody",
    "ambiguous",
    "contradictory",
    "date_missing",
    "date_invalid",
    "in_future",
    "score_invalid",
    "status_unknown",
    "program_missing",
    "person_missing",
    "not_an_object",
    "not_completed",
    "refused",
    "put_away",
)
AHEAD = timedelta(days=1)  # of our clock: a day that has begun elsewhere
EARLIEST = 1950

RETRIED = frozenset({408, 425, 429})
TRIES = 5
FIRST_WAIT, LONGEST_WAIT = 1.0, 60.0  # seconds
OVERLAP = timedelta(hours=48)

FAILURES_TO_OPEN = 5
FIRST_CLOSED, LONGEST_CLOSED = timedelta(minutes=15), timedelta(hours=6)
MISSED_TO_ALERT = 3


def is_retried(status: int) -> bool:
    """Whether a request that was answered so is sent again."""
    return status in RETRIED or status >= 500


def longest_pause(failed: int) -> float:
    """The longest wait in seconds after so many failed tries; the real one is any time below it."""
    return min(LONGEST_WAIT, FIRST_WAIT * 2.0 ** min(failed, 10))


def breaker_pause(failures: int) -> timedelta | None:
    """How long no run begins after so many failed ones in succession; None while it may begin at once."""
    if failures < FAILURES_TO_OPEN:
        return None
    return min(LONGEST_CLOSED, FIRST_CLOSED * (1 << min(failures - FAILURES_TO_OPEN, 10)))


def next_run(failures: int, every: timedelta, now: datetime) -> datetime:
    """When the next scheduled run begins: after an hour while the last ones failed, but not before the
    breaker lets one try.
    """
    if not failures:
        return now + every
    return now + (breaker_pause(failures) or min(every, timedelta(hours=1)))


def missed(last_success: datetime, every: timedelta, now: datetime) -> int:
    """How many runs should have succeeded since the last that did."""
    return max(0, int((now - last_success) / every))
