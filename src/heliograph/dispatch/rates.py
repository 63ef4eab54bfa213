"""How much one LMS may ask of us in a minute: buckets that fill up evenly, in each web process's memory.

Each web process lets its share through, so that all of them together keep a limit without asking each other. An LMS says its own name, so what a
dispatch takes from all of them is limited too.
"""

import math
import time
from collections.abc import Hashable
from uuid import UUID

from django.conf import settings

from heliograph.dispatch.errors import RateLimited
from heliograph.dispatch.rules import domain_of

MOST_BUCKETS = 20_000
LONGEST_HOST = 253  # RFC 1035, section 2.3.4, without the last dot; what is longer is made up
OF_A_DISPATCH = 5  # as much as five busy deployments


class Rate:
    """A limit for each key."""

    def __init__(self, a_minute: float) -> None:
        self._full = a_minute / settings.HELIOGRAPH.web_workers
        self._buckets: dict[Hashable, tuple[float, float]] = {}

    def spend(self, key: Hashable) -> None:
        """One message. Raises `RateLimited` with the seconds to wait."""
        moment = time.monotonic()
        left, since = self._buckets.get(key, (self._full, moment))
        left = min(self._full, left + (moment - since) * self._full / 60)
        if left < 1:
            seconds = math.ceil((1 - left) * 60 / self._full)
            raise RateLimited("This learning system sends more than can be taken in at once. Try again in a moment.", retry_after=seconds)
        if len(self._buckets) >= MOST_BUCKETS:
            self._buckets.clear()
        self._buckets[key] = (left - 1, moment)

    def forget(self) -> None:
        """Fill every bucket."""
        self._buckets.clear()


class DeploymentRate:
    """A limit for each LMS that opens a dispatch, and one for the dispatch."""

    def __init__(self, a_minute: float) -> None:
        self._deployments, self._dispatches = Rate(a_minute), Rate(a_minute * OF_A_DISPATCH)

    def spend(self, dispatch_id: UUID, origin: str) -> None:
        """One message from a page of ``origin``. Raises `RateLimited`."""
        self._dispatches.spend(dispatch_id)
        self._deployments.spend((dispatch_id, domain_of(origin)[:LONGEST_HOST]))


CALLBACKS = Rate(600)  # by deployment
LAUNCHES = DeploymentRate(600)
RECEIPTS = DeploymentRate(1_200)
