"""What orders and shares may become, what an order costs, and what is refunded. No Django, no clock."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import NamedTuple


class OrderState(StrEnum):
    OPEN = "open"  # a share is neither paid nor authorized
    FUNDED = "funded"  # every share is authorized or paid
    PAID = "paid"
    CANCELED = "canceled"


class AllocationState(StrEnum):
    REQUESTED = "requested"
    AUTHORIZED = "authorized"
    INVOICED = "invoiced"
    PAID = "paid"
    DENIED = "denied"
    CANCELED = "canceled"


_S = AllocationState
FOLLOWING: dict[AllocationState, frozenset[AllocationState]] = {
    _S.REQUESTED: frozenset({_S.AUTHORIZED, _S.INVOICED, _S.PAID, _S.DENIED, _S.CANCELED}),
    _S.AUTHORIZED: frozenset({_S.INVOICED, _S.PAID, _S.DENIED, _S.CANCELED}),
    _S.INVOICED: frozenset({_S.PAID, _S.DENIED, _S.CANCELED}),
    _S.PAID: frozenset(),  # refunds are amounts, not a state
    _S.DENIED: frozenset(),
    _S.CANCELED: frozenset(),
}
PROMISED = frozenset({_S.AUTHORIZED, _S.INVOICED})  # a receivable
STANDING = frozenset({_S.REQUESTED, _S.PAID}) | PROMISED  # counts toward the order's total
STARTS_WHEN = ("paid", "authorized")
MOST_INSTALMENTS = 24


class Line(NamedTuple):
    """A line of an order, in cents."""

    kind: str
    title: str
    amount_cents: int


class Window(NamedTuple):
    """Until so many days after the enrollment, so many percent are refunded."""

    days: int
    percent: int


def may_follow(before: str, after: str) -> bool:
    """Whether a share goes from one state to the other."""
    return AllocationState(after) in FOLLOWING[AllocationState(before)]


def state_of(states: Iterable[str]) -> OrderState:
    """The state of an order that is not canceled, by its shares' states."""
    standing = {AllocationState(state) for state in states} & STANDING
    if AllocationState.REQUESTED in standing:
        return OrderState.OPEN
    return OrderState.FUNDED if standing & PROMISED else OrderState.PAID


def may_start(state: str, starts_when: str) -> bool:
    """Whether a student starts with an order in this state."""
    return state == OrderState.PAID or (state == OrderState.FUNDED and starts_when == "authorized")


def lines_of(
    tuition: str, price_cents: int, fees: Sequence[tuple[str, int]], tax_percent: Decimal, tax: str
) -> list[Line]:
    """The lines of an order: tuition, fees, and the tax on them, rounded half up to the cent."""
    lines = [Line("tuition", tuition, price_cents)] if price_cents else []
    lines += [Line("fee", title, cents) for title, cents in fees if cents]
    taxed = sum(line.amount_cents for line in lines)
    cents = int((taxed * tax_percent / 100).quantize(Decimal(1), ROUND_HALF_UP))
    return [*lines, Line("tax", tax, cents)] if cents else lines


def instalments(amount_cents: int, number: int) -> list[int]:
    """An amount in equal parts, the first ones a cent larger where it does not divide."""
    number = min(number, amount_cents)
    each, more = divmod(amount_cents, number)
    return [each + (position < more) for position in range(number)]


def refundable(paid_cents: int, windows: Sequence[Window], days: int) -> int:
    """What a policy refunds of what was paid, ``days`` after the enrollment: by the first window that is not
    over, rounded down to the cent.
    """
    for window in sorted(windows):
        if days <= window.days:
            return paid_cents * window.percent // 100
    return 0
