"""Whose turn it is at work that never ends: one worker at a time has it, and only the latest turn may note
what came of it.

A turn ends by itself with its lease, so a worker that was killed holds the work no longer; each step that is
recorded makes it last again.
"""

from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.db import transaction
from django.db.models import F, Q, Value
from django.db.models.functions import Coalesce

from heliograph.core import clock
from heliograph.core.background.backoff import next_try
from heliograph.delivery.models import Leased

Row = TypeVar("Row", bound=Leased)


class TurnOver(Exception):
    """Somebody changed or paused the work, or it is another one's turn: what it found is not recorded."""


class Wait(Exception):
    """Nothing can be done now; the text says why. ``until`` is when the other server wants us back."""

    def __init__(self, sentence: str, status: int | None = None, until: datetime | None = None) -> None:
        super().__init__(sentence)
        self.status, self.until = status, until


def claim(model: type[Row], row_id: object, lease: timedelta) -> Row | None:
    """The row, if it is due and nobody works on it."""
    moment = clock.now()
    rows = model._default_manager.filter(pk=row_id)
    free = Q(leased_until=None) | Q(leased_until__lt=moment)
    with transaction.atomic():
        claimed = rows.filter(free, next_try_at__lte=moment).update(
            turn=F("turn") + 1, leased_until=moment + lease, begun_at=Coalesce("begun_at", Value(moment))
        )
        return rows.get() if claimed else None


def note(row: Leased, lease: timedelta, **columns: Any) -> None:
    """Record how far this turn has come, and hold the work on for a lease. Raises `TurnOver`."""
    columns = {"leased_until": clock.now() + lease, **columns}
    if not type(row)._default_manager.filter(pk=row.pk, turn=row.turn).update(**columns):
        raise TurnOver
    for name, value in columns.items():
        setattr(row, name, value)


def release(row: Leased, **columns: Any) -> None:
    """End this turn."""
    try:
        note(row, timedelta(0), **{"leased_until": None, **columns})
    except TurnOver:
        return


def wait(row: Leased, reason: Wait) -> None:
    """End this turn because nothing can be done now; the next comes when the other server wants it, or ever
    later.
    """
    tries = row.tries + 1
    release(
        row,
        tries=tries,
        next_try_at=reason.until or next_try(tries, clock.now()),
        last_error=str(reason)[:500].replace("\x00", "\ufffd"),
        last_status=reason.status,
    )
