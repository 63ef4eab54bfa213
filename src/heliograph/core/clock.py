"""The one place that asks what time it is.

Rows, ids and SQL take their time from here, so that something can be done `at` another moment: the demo plays
90 days of history with it.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime

_set: ContextVar[datetime | None] = ContextVar("moment", default=None)


def now() -> datetime:
    """The current moment, in UTC."""
    return _set.get() or datetime.now(UTC)


def epoch_seconds() -> int:
    """Whole seconds since 1970, for expiry times."""
    moment = _set.get()
    return int(moment.timestamp()) if moment else int(time.time())


def set_moment() -> datetime | None:
    """The moment that `at` has set the clock to; None while it goes by itself."""
    return _set.get()


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """Whatever is done inside, in this thread, is done at ``moment``: the clock stands there.

    For history that is written afterwards. Ids made inside begin with that moment and still follow each other
    (`core.ids.new_id`).
    """
    token = _set.set(moment.astimezone(UTC))
    try:
        yield
    finally:
        _set.reset(token)
