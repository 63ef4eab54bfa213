"""How much one LMS may ask of us in a minute.

An LMS says its own name, so what a dispatch takes from all of them is limited too.
"""

from collections.abc import Hashable
from uuid import UUID

from heliograph.core.web import rate_limits
from heliograph.dispatch.errors import RateLimited
from heliograph.dispatch.rules import domain_of

LONGEST_HOST = 253  # RFC 1035, section 2.3.4, without the last dot; what is longer is made up
OF_A_DISPATCH = 5  # as much as five busy deployments


class RefusingRateLimit(rate_limits.RateLimit):
    """A limit for each key."""

    def spend(self, key: Hashable) -> None:
        """One message. Raises `RateLimited` with the seconds to wait."""
        left = self.take(key)
        if not left.allowed:
            raise RateLimited(
                "Too many requests from this learning platform. Try again shortly.",
                retry_after=left.seconds,
            )


class DeploymentRate:
    """A limit for each LMS that opens a dispatch, and one for the dispatch."""

    def __init__(self, a_minute: float) -> None:
        self._deployments, self._dispatches = (
            RefusingRateLimit(a_minute),
            RefusingRateLimit(a_minute * OF_A_DISPATCH),
        )

    def spend(self, dispatch_id: UUID, origin: str) -> None:
        """One message from a page of ``origin``. Raises `RateLimited`."""
        self._dispatches.spend(dispatch_id)
        self._deployments.spend((dispatch_id, domain_of(origin)[:LONGEST_HOST]))


CALLBACKS = RefusingRateLimit(600)  # by deployment
LAUNCHES = DeploymentRate(600)
RECEIPTS = DeploymentRate(1_200)
