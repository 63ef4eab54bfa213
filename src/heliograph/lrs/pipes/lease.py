"""Whose turn it is at a pipe: one worker at a time works on it, and only the latest turn may say what came of
it.

A turn ends by itself after `LEASE`, so a worker that was killed holds a pipe no longer than this; each step
that is recorded makes it last again.
"""

from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import connection

from heliograph.core import clock, jobs
from heliograph.core.backoff import next_try
from heliograph.core.prepared import Statement
from heliograph.lrs.models import Pipe, Undelivered

SECONDS_TO_ANSWER: Final = 30.0
LEASE: Final = timedelta(
    seconds=SECONDS_TO_ANSWER + 15
)  # longer than a request takes; for one that takes longer, see `extend`
SECONDS_AT_A_TIME: Final = 10.0  # then it is another pipe's turn


class TurnOver(Exception):
    """Somebody changed or paused the pipe, or it is another one's turn: what was found out is not recorded."""


class Wait(Exception):
    """Nothing can be moved now; the text says why. ``until`` is when the other store wants us back."""

    def __init__(self, sentence: str, status: int | None = None, until: datetime | None = None) -> None:
        super().__init__(sentence)
        self.status, self.until = status, until


# A forwarding pipe has something to do where a statement lies behind its cursor, or somebody wants one sent
# again.
_DUE = Statement("""
SELECT p.id FROM lrs_pipe p
 WHERE p.next_try_at <= %(now)s AND (p.leased_until IS NULL OR p.leased_until < %(now)s)
   AND (p.direction = 'import' OR EXISTS (SELECT 1 FROM lrs_statement s WHERE s.organization_id = p.organization_id AND s.id > p.cursor)
        OR EXISTS (SELECT 1 FROM lrs_undelivered u WHERE u.pipe_id = p.id AND u.state = 'again'))
 ORDER BY p.next_try_at
""")

_CLAIM = """
UPDATE lrs_pipe SET turn = turn + 1, leased_until = %(lease)s, begun_at = coalesce(begun_at, %(now)s)
 WHERE id = %(pipe)s AND next_try_at <= %(now)s AND (leased_until IS NULL OR leased_until < %(now)s)
RETURNING id
"""


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
    moment = clock.now()
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, {"pipe": pipe_id, "now": moment, "lease": moment + LEASE})
        row = cursor.fetchone()
    return Pipe.objects.get(id=row[0]) if row else None


def note(pipe: Pipe, **columns: Any) -> None:
    """Record how far this turn has come, and hold the pipe on. Raises `TurnOver`."""
    columns = {"leased_until": clock.now() + LEASE, **columns}
    if not Pipe.objects.filter(id=pipe.id, turn=pipe.turn).update(**columns):
        raise TurnOver
    for name, value in columns.items():
        setattr(pipe, name, value)


def extend(pipe: Pipe, seconds: float) -> None:
    """Hold the pipe for a request that takes so much longer than others. Raises `TurnOver`."""
    if seconds:
        note(pipe, leased_until=clock.now() + LEASE + timedelta(seconds=seconds))


def succeeded(moved: int, pipe: Pipe) -> dict[str, Any]:
    """The columns of a pipe that has moved something, or found nothing to move."""
    columns: dict[str, Any] = {"tries": 0, "last_error": "", "last_status": None}
    return {**columns, "moved": pipe.moved + moved, "moved_at": clock.now()} if moved else columns


def release(pipe: Pipe, **columns: Any) -> None:
    """End this turn."""
    try:
        note(pipe, **{"leased_until": None, **columns})
    except TurnOver:
        return


def wait(pipe: Pipe, reason: Wait) -> None:
    """End this turn because nothing can be moved now; the next one comes when the other store wants it, or
    ever later.
    """
    moment = clock.now()
    tries = pipe.tries + 1
    release(
        pipe,
        tries=tries,
        next_try_at=reason.until or next_try(tries, moment),
        last_error=str(reason)[:500].replace("\x00", "\ufffd"),
        last_status=reason.status,
    )


def set_aside(
    pipe: Pipe,
    statement_id: str,
    reason: str,
    status: int | None,
    *,
    place: UUID | None = None,
    sent: str = "",
) -> bool:
    """Keep a statement that cannot be moved, and why; whether it was not known yet."""
    row, made = Undelivered.objects.get_or_create(
        pipe=pipe,
        statement_id=statement_id,
        defaults={
            "reason": reason[:1000].replace("\x00", "\ufffd"),
            "status": status,
            "place": place,
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
