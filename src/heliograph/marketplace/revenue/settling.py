"""Sharing what an order has received, by its agreement: whatever happened to it, the ledger gets the
difference between what each party has by now and what it is to have.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db.models import Q, Sum

from heliograph.core import clock
from heliograph.marketplace.ledger import actions as ledger
from heliograph.marketplace.ledger.actions import Kind
from heliograph.marketplace.models import LedgerEntry, Order, OrderAgreement, RevenueAgreement
from heliograph.marketplace.revenue import rules
from heliograph.marketplace.revenue.rules import Received, Term
from heliograph.marketplace.rules import EnrollmentState

if TYPE_CHECKING:
    from heliograph.core.actor import Actor
    from heliograph.marketplace.models import Enrollment

SHARED = (Kind.TAX, Kind.HELD, Kind.DUE)
GIVEN_BACK = ("refund", "refund_failed", "dispute_lost")


def agree(order: Order) -> None:
    """Note the agreement that is in force for an order now; without one, all is the operator's."""
    program, today = order.enrollment.program, clock.now().date()
    of_all = Q(program=None, holder=None)
    of_holder = Q(holder_id=program.holder_id, holder__isnull=False)
    rows = RevenueAgreement.objects.filter(
        Q(program=program) | of_holder | of_all,
        Q(ends_on=None) | Q(ends_on__gte=today),
        organization_id=order.organization_id,
        starts_on__lte=today,
    )
    found = max(rows, key=_closeness, default=None)
    if found is not None:
        OrderAgreement.objects.create(order=order, agreement=found)


def settle(actor: Actor, order: Order, enrollment: Enrollment) -> None:
    """Post what changed in the shares of a locked order. ``enrollment`` says whether it is completed."""
    received = received_of(order, enrollment)
    agreed = OrderAgreement.objects.select_related("agreement").filter(order=order).first()
    completed = enrollment.state == EnrollmentState.COMPLETED
    wanted: dict[tuple[str, str], int] = {(Kind.TAX.value, ""): -received.tax}
    terms = terms_of(agreed.agreement) if agreed else ()
    for party, share in rules.shares(terms, received, completed=completed).items():
        wanted[Kind.HELD.value, party] = -share.held
        wanted[Kind.DUE.value, party] = -share.due
    posted = {at: cents for at, cents in ledger.balances(order).items() if at[0] in SHARED}
    changed = rules.difference(posted, wanted)
    if changed:
        number = order.transactions.filter(kind="share").count() + 1
        changed[Kind.REVENUE.value, ""] = -sum(changed.values())
        key = f"share:{order.id}:{number}"
        ledger.post(actor, order.organization_id, "share", key, order.currency, changed, order=order)


def settle_of(actor: Actor, enrollment: Enrollment) -> None:
    """The same of an enrollment that was completed, or whose completion was taken back."""
    for order in Order.objects.select_for_update().filter(enrollment=enrollment).order_by("id"):
        settle(actor, order, enrollment)


def received_of(order: Order, enrollment: Enrollment) -> Received:
    """What an order has received by now, by the ledger."""
    rows = list(
        LedgerEntry.objects.filter(transaction__order=order, account__kind=Kind.REVENUE)
        .exclude(transaction__kind="share")
        .values_list("transaction__kind", "transaction__created_at")
        .annotate(total=Sum("amount_cents"))
        .order_by("transaction__created_at")
    )
    fees = sum(total for kind, _, total in rows if kind == "provider_fee")
    gross = -sum(total for kind, _, total in rows if kind != "provider_fee")
    refunds = [
        (_days(enrollment.completed_at, moment), total) for kind, moment, total in rows if kind in GIVEN_BACK
    ]
    taxes = sum(order.lines.filter(kind="tax").values_list("amount_cents", flat=True))
    tax = taxes * gross // order.total_cents if order.total_cents else 0
    return Received(gross, tax, fees, refunds)


def terms_of(agreement: RevenueAgreement) -> tuple[Term, ...]:
    """The terms of an agreement as `rules.shares` takes them."""
    return tuple(term_from(term) for term in agreement.terms)


def term_from(said: dict[str, Any]) -> Term:
    """A term as it is kept: percentages as text, so that nothing is rounded."""
    return Term(
        party=said["party"],
        base=said["base"],
        percent=Decimal(said["percent"]),
        fixed_cents=said["fixed_cents"],
        tiers=tuple((start, Decimal(percent)) for start, percent in said["tiers"]),
        cap_cents=said["cap_cents"],
        priority=said["priority"],
        holdback_percent=Decimal(said["holdback_percent"]),
        clawback_days=said["clawback_days"],
    )


def _closeness(row: RevenueAgreement) -> tuple[bool, bool, date, int]:
    """What is for the program comes before what is for its holder, and the newest first."""
    return bool(row.program_id), bool(row.holder_id), row.starts_on, row.version


def _days(completed_at: datetime | None, moment: datetime) -> int | None:
    return (moment - completed_at).days if completed_at and moment >= completed_at else None
