"""How the revenue of an order is shared. No Django, no clock.

Shares are computed anew from what the order has received by now, never added up: whatever is paid, refunded
or completed in whatever order, the same end gives the same shares, and the ledger gets the difference.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Literal, NamedTuple

OPERATOR = "operator"


@dataclass(frozen=True)
class Term:
    """A party's share: ``percent`` of the base, ``fixed_cents`` of each order, or a percentage by tiers of
    the base (each from an amount on); at most ``cap_cents``.

    The base is *gross* (what was paid without tax) or *net* (less what the payment provider kept). Terms are
    served by ``priority``, the lowest number first, while something is left. ``holdback_percent`` of the
    share waits for the completion of the program. A refund later than ``clawback_days`` after the completion
    is borne by the operator.
    """

    party: str
    base: Literal["gross", "net"] = "net"
    percent: Decimal = Decimal(0)
    fixed_cents: int = 0
    tiers: tuple[tuple[int, Decimal], ...] = ()
    cap_cents: int | None = None
    priority: int = 1
    holdback_percent: Decimal = Decimal(0)
    clawback_days: int | None = None


class Received(NamedTuple):
    """What an order has by now, in cents: ``gross`` with tax and less refunds, of which ``tax``; what the
    provider kept; and refunds as (days after the completion or None, cents) that were taken off already.
    """

    gross: int
    tax: int
    fees: int
    refunds: Sequence[tuple[int | None, int]] = ()


class Share(NamedTuple):
    """What a party gets: ``held`` until the program is completed, ``due`` at once."""

    held: int
    due: int


def shares(terms: Sequence[Term], received: Received, *, completed: bool) -> dict[str, Share]:
    """Each party's share; the operator has what is left, which can be below zero. They sum to what was
    received less tax and fees.
    """
    whole = received.gross - received.tax - received.fees
    left = max(whole + sum(cents for _, cents in received.refunds), 0)
    given: dict[str, Share] = {}
    for priority in sorted({term.priority for term in terms}):
        group = [term for term in terms if term.priority == priority]
        wanted = [max(_exact(term, received), Fraction(0)) for term in group]
        total = sum(wanted, Fraction(0))
        if total > left:
            wanted = [part * left / total for part in wanted]
        for term, cents in zip(group, rounded(wanted), strict=True):
            left -= cents
            held = 0 if completed else int(cents * Fraction(term.holdback_percent) / 100)
            before = given.get(term.party, Share(0, 0))
            given[term.party] = Share(before.held + held, before.due + cents - held)
    rest = whole - sum(share.held + share.due for share in given.values())
    before = given.get(OPERATOR, Share(0, 0))
    given[OPERATOR] = Share(before.held, before.due + rest)
    return given


def rounded(amounts: Sequence[Fraction]) -> list[int]:
    """Amounts as whole cents whose sum is the rounded-down sum of the exact ones: the largest remainders are
    rounded up, of equal ones the first.
    """
    floors = [int(amount) for amount in amounts]
    missing = int(sum(amounts, Fraction(0))) - sum(floors)
    order = sorted(range(len(amounts)), key=lambda at: (floors[at] - amounts[at], at))
    for at in order[:missing]:
        floors[at] += 1
    return floors


def difference(
    posted: Mapping[tuple[str, str], int], wanted: Mapping[tuple[str, str], int]
) -> dict[tuple[str, str], int]:
    """What to post on (kind, party), so that what was posted becomes what is wanted."""
    changed = {at: wanted.get(at, 0) - posted.get(at, 0) for at in posted.keys() | wanted.keys()}
    return {at: cents for at, cents in sorted(changed.items()) if cents}


def _exact(term: Term, received: Received) -> Fraction:
    base = received.gross - received.tax - (received.fees if term.base == "net" else 0)
    late = term.clawback_days
    for days, cents in received.refunds:
        if late is not None and days is not None and days > late:
            base += cents  # the party keeps its share of what was refunded too late
    if base <= 0:
        return Fraction(0)
    amount = Fraction(term.percent) * base / 100 + _tiered(term, base) + term.fixed_cents
    return amount if term.cap_cents is None else min(amount, Fraction(term.cap_cents))


def _tiered(term: Term, base: int) -> Fraction:
    """Each tier's percentage of the part of the base that lies in it."""
    amount = Fraction(0)
    starts = sorted(term.tiers)
    for at, (start, percent) in enumerate(starts):
        end = starts[at + 1][0] if at + 1 < len(starts) else base
        amount += max(min(base, end) - start, 0) * Fraction(percent) / 100
    return amount
