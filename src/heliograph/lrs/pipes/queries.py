"""Reading pipes, and how far each of them is."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import connection
from django.db.models import Count, Q, QuerySet

from heliograph.core import clock
from heliograph.core.ids import parse_id
from heliograph.core.translation import gettext, grouped, ngettext
from heliograph.lrs.models import Pipe, Undelivered
from heliograph.lrs.pipes.errors import PipeNotFound
from heliograph.lrs.statements import query as statement_query

MOST_COUNTED: Final = 1_000
OPEN: Final = (Undelivered.State.REFUSED, Undelivered.State.AGAIN)


@dataclass(frozen=True)
class Lag:
    """What a forwarding pipe has not looked at yet: how many statements, counted up to `MOST_COUNTED`, and
    when the oldest was stored.
    """

    count: int = 0
    more: bool = False
    oldest: datetime | None = None

    @property
    def text(self) -> str:
        """The count as pages say it."""
        return grouped(self.count) + ("+" if self.more else "")

    @property
    def seconds(self) -> float:
        return max((clock.now() - self.oldest).total_seconds(), 0.0) if self.oldest else 0.0


def pipes(organization_id: UUID) -> QuerySet[Pipe]:
    """The organization's pipes, newest first, each with how many of its statements were refused."""
    rows = Pipe.objects.filter(organization_id=organization_id).order_by("-id")
    return rows.annotate(refused=Count("undelivered", filter=Q(undelivered__state__in=OPEN)))


def pipe(organization_id: UUID, pipe_id: str) -> Pipe:
    """One of them. Raises `PipeNotFound`."""
    by_id = parse_id(pipe_id)
    pipe = pipes(organization_id).filter(id=by_id).first() if by_id else None
    if pipe is None:
        raise PipeNotFound(gettext("LRS connection not found."))
    return pipe


def undelivered(pipe: Pipe) -> QuerySet[Undelivered]:
    """The statements that the pipe could not move and nobody has dismissed, newest first."""
    return pipe.undelivered.filter(state__in=OPEN).order_by("-id")


def one_undelivered(pipe: Pipe, undelivered_id: str) -> Undelivered:
    """One of them. Raises `PipeNotFound`."""
    by_id = parse_id(undelivered_id)
    undelivered_one = undelivered(pipe).filter(id=by_id).first() if by_id else None
    if undelivered_one is None:
        raise PipeNotFound(
            gettext("Failed statement not found in this connection."),
            code="undelivered_not_found",
        )
    return undelivered_one


_BEHIND = """
SELECT count(*), min(id::text)::uuid FROM (
  SELECT id FROM lrs_statement
   WHERE organization_id = %(organization)s AND id > %(cursor)s
   ORDER BY id LIMIT %(limit)s
) AS behind
"""


def lag(pipe: Pipe) -> Lag:
    """How far a forwarding pipe is behind; what its filter will pass over counts too."""
    if pipe.direction != Pipe.Direction.FORWARD:
        return Lag()
    with connection.cursor() as cursor:
        cursor.execute(
            _BEHIND, {"organization": pipe.organization_id, "cursor": pipe.cursor, "limit": MOST_COUNTED + 1}
        )
        count, oldest = cursor.fetchone()
    return Lag(
        min(count, MOST_COUNTED), count > MOST_COUNTED, statement_query.stored_at(oldest) if oldest else None
    )


@dataclass(frozen=True)
class PipeState:
    """How a pipe does: ``paused``, ``finished``, ``waiting`` after a failure, ``not begun``, ``running`` or
    ``up to date``; and its lag.
    """

    state: str
    lag: Lag


def state_of(pipe: Pipe) -> PipeState:
    """How a pipe does, at this moment."""
    behind = lag(pipe)
    return PipeState(_state(pipe, behind), behind)


def _state(pipe: Pipe, behind: Lag) -> str:
    if pipe.paused:
        return "paused"
    if pipe.finished_at:
        return "finished"
    if pipe.tries:
        return "waiting"
    if pipe.begun_at is None:
        return "not begun"
    if pipe.direction == Pipe.Direction.FORWARD:
        return "running" if behind.count else "up to date"
    return "up to date" if pipe.next_try_at and pipe.next_try_at > clock.now() else "running"


def oldest_waiting() -> float:
    """Of all pipes that are not paused: how many seconds ago the oldest statement was stored that one has not
    looked at.
    """
    with connection.cursor() as cursor:
        cursor.execute(_OLDEST)
        row: Any = cursor.fetchone()
    return (
        max((clock.now() - statement_query.stored_at(row[0])).total_seconds(), 0.0) if row and row[0] else 0.0
    )


_OLDEST = """
SELECT min(first.id::text)::uuid FROM lrs_pipe p, LATERAL (
  SELECT s.id FROM lrs_statement s
   WHERE s.organization_id = p.organization_id AND s.id > p.cursor
   ORDER BY s.id LIMIT 1
) AS first
 WHERE p.direction = 'forward' AND NOT p.paused
"""


def consequences_of_removing(pipe: Pipe) -> Iterator[str]:
    """What follows from removing a pipe, in sentences."""
    yield ngettext(
        "%(count)s statement it has moved is kept.", "%(count)s statements it has moved are kept.", pipe.moved
    ) % {"count": grouped(pipe.moved)}
    failed = undelivered(pipe).count()
    if failed:
        yield ngettext(
            "The list of %(count)s failed statement is deleted.",
            "The list of %(count)s failed statements is deleted.",
            failed,
        ) % {"count": grouped(failed)}
    waiting = lag(pipe)
    if waiting.count:
        yield ngettext(
            "%(count)s statement that waits is not moved.",
            "%(count)s statements that wait are not moved.",
            waiting.count,
        ) % {"count": waiting.text}
    yield gettext("A new connection would start from the beginning.")
