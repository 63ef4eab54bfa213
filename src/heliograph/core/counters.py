"""Counting what happens, for /metrics: each process collects in memory and adds to the table every few
seconds.

So that counting costs no request a write, and no two of them wait for each other; a process that is killed
loses its last seconds of counting.
"""

import contextlib
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import Error, connection

from heliograph.core.errors import Problem
from heliograph.core.models import Counter

WRITE_EVERY = 5.0  # seconds


class _Collected:
    """What this process has counted and not written yet."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.counted: dict[str, tuple[int, float]] = {}
        self.written_at = time.monotonic()

    def add(self, counted: dict[str, tuple[int, float]]) -> None:
        with self.lock:
            for name, (count, seconds) in counted.items():
                before = self.counted.get(name, (0, 0.0))
                self.counted[name] = (before[0] + count, before[1] + seconds)

    def take(self, after: float = 0.0) -> dict[str, tuple[int, float]]:
        """All of it, to be written; nothing where that was done less than ``after`` seconds ago."""
        with self.lock:
            if time.monotonic() - self.written_at < after:
                return {}
            taken, self.counted, self.written_at = self.counted, {}, time.monotonic()
            return taken


_collected = _Collected()


@contextmanager
def measured(name: str) -> Iterator[None]:
    """Counts the block as ``name_done`` with its seconds; as ``name_refused`` where it raises a problem of
    the caller's, else as ``name_failed``.
    """
    begun, how = time.perf_counter(), "done"
    try:
        yield
    except Problem as problem:
        how = "refused" if problem.status < 500 else "failed"
        raise
    except Exception:
        how = "failed"
        raise
    finally:
        count(f"{name}_{how}", time.perf_counter() - begun)


def count(name: str, seconds: float = 0.0, *, times: int = 1) -> None:
    """One more ``name``, or some.

    Written with what else was collected when it is time to; nobody's request fails because of it.
    """
    if times:
        _collected.add({name: (times, seconds)})
    if connection.in_atomic_block:
        return
    with contextlib.suppress(Error):
        _write(_collected.take(WRITE_EVERY))


def totals() -> dict[str, tuple[int, float]]:
    """How often each thing happened, and its seconds in all; of other processes, as they last wrote it."""
    _write(_collected.take())
    return {row.name: (row.count, row.seconds) for row in Counter.objects.all()}


def _write(counted: dict[str, tuple[int, float]]) -> None:
    if not counted:
        return
    names = sorted(counted)  # in one order, so that two processes never wait for each other
    try:
        with connection.cursor() as cursor:
            cursor.execute(
                """
                INSERT INTO core_counter AS c (name, count, seconds)
                SELECT * FROM unnest(%s::text[], %s::bigint[], %s::float[])
                    ON CONFLICT (name) DO UPDATE
                   SET count = c.count + excluded.count, seconds = c.seconds + excluded.seconds
                """,
                [names, [counted[name][0] for name in names], [counted[name][1] for name in names]],
            )
    except Error:
        _collected.add(counted)
        raise
