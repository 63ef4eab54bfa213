"""The one place that asks what time it is."""

import time
from datetime import UTC, datetime


def now() -> datetime:
    """The current moment, in UTC."""
    return datetime.now(UTC)


def epoch_seconds() -> int:
    """Whole seconds since 1970, for expiry times."""
    return int(time.time())
