"""Whose turn it is at a pipe (`delivery.lease`), and what a turn has come to."""

from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from heliograph.core import clock
from heliograph.core.background import jobs
from heliograph.core.database.prepared import PreparedStatement
from heliograph.delivery import lease
from heliograph.delivery.lease import TurnOver, Wait, release, wait
from heliograph.lrs.models import Pipe, Undelivered

__all__ = ["TurnOver", "Wait", "release", "wait"]

SECONDS_TO_ANSWER: Final = 30.0
# Longer than a request takes; longer ones `extend` it.
LEASE: Final = timedelta(seconds=SECONDS_TO_ANSWER + 15)
SECONDS_AT_A_TIME: Final = 10.0  # then it is another pipe's turn

# A forwarding pipe has something to do where a statement lies behind its cursor, or somebody wants one sent
# again.
_DUE = PreparedStatement("""
SELECT p.id FROM lrs_pipe p
 WHERE p.next_try_at <= %(now)s AND (p.leased_until IS NULL OR p.leased_until < %(now)s)
   AND (p.direction = 'import'
        OR EXISTS (SELECT FROM lrs_statement s
                    WHERE s.organization_id = p.organization_id AND s.id > p.cursor)
        OR EXISTS (SELECT FROM lrs_undelivered u WHERE u.pipe_id = p.id AND u.state = 'again'))
 ORDER BY p.next_try_at
""")


def due() -> list[UUID]:
    """The pipes that have something to do now, those that have waited longest first."""
    return [row[0] for row in _DUE.rows({"now": clock.now()})]


def enqueue(pipe_id: UUID) -> None:
    """Have the pipe worked on soon; one job for each waits at a time.

    The job has no lock of the queue's: one that waits for a lock is only found at the next poll, and a turn
    that follows another would.
    """
    jobs.enqueue("lrs.run_pipe", only_one=f"pipe {pipe_id}", pipe_id=str(pipe_id))


def claim(pipe_id: UUID) -> Pipe | None:
    """The pipe, if it is due and nobody works on it."""
    return lease.claim(Pipe, pipe_id, LEASE)


def note(pipe: Pipe, **columns: Any) -> None:
    """Record how far this turn has come, and hold the pipe on. Raises `TurnOver`."""
    lease.note(pipe, LEASE, **columns)


def extend(pipe: Pipe, seconds: float) -> None:
    """Hold the pipe for a request that takes so much longer than others. Raises `TurnOver`."""
    if seconds:
        note(pipe, leased_until=clock.now() + LEASE + timedelta(seconds=seconds))


def succeeded(moved: int, pipe: Pipe) -> dict[str, Any]:
    """The columns of a pipe that has moved something, or found nothing to move."""
    columns: dict[str, Any] = {"tries": 0, "last_error": "", "last_status": None}
    return {**columns, "moved": pipe.moved + moved, "moved_at": clock.now()} if moved else columns


def set_aside(
    pipe: Pipe,
    statement_id: str,
    reason: str,
    status: int | None,
    *,
    position: UUID | None = None,
    sent: str = "",
) -> bool:
    """Keep a statement that cannot be moved, and why; whether it was not known yet."""
    row, made = Undelivered.objects.get_or_create(
        pipe=pipe,
        statement_id=statement_id,
        defaults={
            "reason": reason[:1000].replace("\x00", "\ufffd"),
            "status": status,
            "position": position,
            "sent": sent,
            "at": clock.now(),
        },
    )
    if not made and row.state == Undelivered.State.AGAIN:
        Undelivered.objects.filter(id=row.id).update(
            state=Undelivered.State.REFUSED,
            reason=reason[:1000].replace("\x00", "\ufffd"),
            status=status,
            tries=row.tries + 1,
            at=clock.now(),
        )
    return made
