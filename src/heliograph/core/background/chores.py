"""Chores that look whether there is something to do, so often that the queue of jobs would cost more than
they do.

The worker calls each of them every so many seconds, in a thread (`config.server.worker`). With several
workers, one at a time does each; what it fails at, it tells the log, and the next time comes soon.
"""

import contextlib
import logging
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass

from django.db import close_old_connections

from heliograph.core.database.prepared import AWAY, PreparedStatement

log = logging.getLogger(__name__)
LOCK_NAMESPACE = 0x48454C49  # the first half of each advisory lock's key
_WAIT, _TRY, _UNLOCK = (
    PreparedStatement(f"SELECT pg_{verb}({LOCK_NAMESPACE}, hashtext(%(name)s))")
    for verb in ("advisory_lock", "try_advisory_lock", "advisory_unlock")
)


@dataclass(frozen=True)
class Chore:
    """Something that is done every ``seconds``."""

    name: str
    seconds: float
    work: Callable[[], None]


CHORES: list[Chore] = []


def often(name: str, seconds: float) -> Callable[[Callable[[], None]], Callable[[], None]]:
    """Has the worker call a function every so many seconds, never twice at the same time."""

    def registered(work: Callable[[], None]) -> Callable[[], None]:
        CHORES.append(Chore(name, seconds, work))
        return work

    return registered


def do(chore: Chore) -> None:
    """Do it now, unless somebody else is at it; nothing is raised."""
    try:
        close_old_connections()
        with alone_with(chore.name, wait=False) as mine:
            if mine:
                chore.work()
    except AWAY as reason:
        log.warning("chore %s: the database is away", chore.name, exc_info=reason)
    except Exception:
        log.exception("chore %s", chore.name)


@contextlib.contextmanager
def alone_with(name: str, *, wait: bool) -> Iterator[bool]:
    """Hold a chore's lock, or learn that somebody else does.

    PostgreSQL lets go of it when this connection ends.
    """
    row = (_WAIT if wait else _TRY).row({"name": name})
    mine = wait or bool(row and row[0])
    try:
        yield mine
    finally:
        if mine:
            with contextlib.suppress(*AWAY):
                _UNLOCK.row({"name": name})


@contextlib.contextmanager
def one_of(name: str, most: int) -> Iterator[bool]:
    """Hold one of the ``most`` places that a name has, or learn that all are taken."""
    with ExitStack() as held:
        yield any(held.enter_context(alone_with(f"{name}, {place}", wait=False)) for place in range(most))
