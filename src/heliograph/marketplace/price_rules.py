"""What an order of a program costs, and within which limits. No Django, no clock."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

STARTS_WHEN = ("paid", "authorized")
MOST_INSTALMENTS = 24
MOST_FEES = MOST_WINDOWS = 5
LARGEST = 2_000_000_000  # cents of an order


class Line(NamedTuple):
    """A line of an order, in cents."""

    kind: str
    title: str
    amount_cents: int


def lines_of(
    tuition: str, price_cents: int, fees: Sequence[tuple[str, int]], tax_percent: Decimal, tax: str
) -> list[Line]:
    """The lines of an order: tuition, fees, and the tax on them, rounded half up to the cent."""
    lines = [Line("tuition", tuition, price_cents)] if price_cents else []
    lines += [Line("fee", title, cents) for title, cents in fees if cents]
    taxed = sum(line.amount_cents for line in lines)
    cents = int((taxed * tax_percent / 100).quantize(Decimal(1), ROUND_HALF_UP))
    return [*lines, Line("tax", tax, cents)] if cents else lines
