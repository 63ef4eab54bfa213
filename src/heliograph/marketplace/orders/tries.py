"""How often a student tries voucher codes, and asks about a payment: so many times a minute."""

from collections.abc import Hashable

from heliograph.core.errors import TooMany
from heliograph.core.translation import gettext
from heliograph.core.web.rate_limits import RateLimit

VOUCHERS = RateLimit(20)  # of one student; a code is one of 32^12
CHECKS = RateLimit(20)


def take(limit: RateLimit, student: Hashable) -> None:
    """Count a try. Raises `TooMany`."""
    if not limit.take(student).allowed:
        raise TooMany(gettext("You tried this too often. Try again in a minute."))
