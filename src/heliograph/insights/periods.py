"""Ranges of days: the last 7, 30 or 90, or any from one day to another.

Days are UTC, so that everybody counts the same ones.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from heliograph.core import clock
from heliograph.core.days import parse_day
from heliograph.core.errors import Invalid
from heliograph.core.translation import gettext

PERIODS = {"7d": 7, "30d": 30, "90d": 90}
USUAL = "30d"
LONGEST = 3 * 366


@dataclass(frozen=True)
class Days:
    """From ``first`` to ``last``, both included; ``period`` is one of `PERIODS`, or “custom”."""

    period: str
    first: date
    last: date

    @property
    def before(self) -> "Days":
        """As many days, right before."""
        length = timedelta(days=(self.last - self.first).days + 1)
        return Days("custom", self.first - length, self.first - timedelta(days=1))

    @property
    def all(self) -> list[date]:
        return [self.first + timedelta(days=n) for n in range((self.last - self.first).days + 1)]


def days(period: str = "", first: str = "", last: str = "") -> Days:
    """The range that an address asks for: `USUAL` where it does not say; today where it says no end.

    Raises `Invalid`.
    """
    today = clock.now().date()
    if not first and not last:
        period = period or USUAL
        if period not in PERIODS:
            raise Invalid(
                gettext("Period must be 7d, 30d or 90d. For other ranges, use “from” and “to”."),
                code="period_invalid",
            )
        return Days(period, today - timedelta(days=PERIODS[period] - 1), today)
    end = _day(last) if last else today
    start = _day(first) if first else end - timedelta(days=PERIODS[USUAL] - 1)
    if start > end:
        raise Invalid(gettext("Start date must be before end date."), code="period_invalid")
    if (end - start).days >= LONGEST:
        raise Invalid(gettext("Maximum range: 3 years."), code="period_invalid")
    return Days("custom", start, end)


def _day(text: str) -> date:
    day = parse_day(text)
    if day is None:
        raise Invalid(gettext("Dates must have the format 2026-03-31."), code="period_invalid")
    return day
