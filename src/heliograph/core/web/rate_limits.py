"""How often somebody may ask: buckets that fill up evenly, in each web process's memory.

Each web process lets its share through, so that all of them together keep a limit without asking each other.
"""

import math
import time
from collections.abc import Hashable
from dataclasses import dataclass

from django.conf import settings

MOST_BUCKETS = 20_000


@dataclass(frozen=True)
class RateRemaining:
    """What is left after a request: ``remaining`` of ``limit`` in a minute; ``seconds`` until one more is let
    through, or the bucket is full.
    """

    allowed: bool
    limit: int
    remaining: int
    seconds: int


class RateLimit:
    """A limit for each key."""

    def __init__(self, a_minute: float) -> None:
        self._a_minute = a_minute
        self._full = a_minute / settings.HELIOGRAPH.web_workers
        self._buckets: dict[Hashable, tuple[float, float]] = {}

    def take(self, key: Hashable) -> RateRemaining:
        """Count one request, if it is let through."""
        moment = time.monotonic()
        left, since = self._buckets.get(key, (self._full, moment))
        left = min(self._full, left + (moment - since) * self._full / 60)
        if left < 1:
            return RateRemaining(False, int(self._a_minute), 0, math.ceil((1 - left) * 60 / self._full))
        if len(self._buckets) >= MOST_BUCKETS:
            self._buckets.clear()
        self._buckets[key] = (left - 1, moment)
        remaining = int((left - 1) * settings.HELIOGRAPH.web_workers)
        return RateRemaining(
            True, int(self._a_minute), remaining, math.ceil((self._full - left + 1) * 60 / self._full)
        )

    def forget(self) -> None:
        """Fill every bucket."""
        self._buckets.clear()
