"""What orders and shares may become, what an order costs, and what is refunded. No Django, no clock."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
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


def verbs_of(payer: str, state: str, *, waived: bool, left_cents: int) -> frozenset[str]:
    """What the operator may do with a share: authorize, invoice, record its payment, deny, refund. ``waived``
    is what no money comes for; ``left_cents`` is what was paid and not given back.
    """
    if state == AllocationState.PAID:
        return frozenset({"refund"}) if left_cents > 0 and not waived else frozenset()
    verbs = set()
    if payer != "scholarship" and may_follow(state, AllocationState.PAID):
        verbs.add("pay")
    if payer != "student":
        if may_follow(state, AllocationState.DENIED):
            verbs.add("deny")
        if may_follow(state, AllocationState.AUTHORIZED):
            verbs.add("authorize")
        if payer != "scholarship" and may_follow(state, AllocationState.INVOICED):
            verbs.add("invoice")
    return frozenset(verbs)


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
