"""Disputes: a bank took a payment back until it decides. Meanwhile the money is nobody's; what is lost is
taken off the shares, what is won is as if nothing had been.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import F

from heliograph.audit.actions import record
from heliograph.core import clock
from heliograph.marketplace.ledger import actions as ledger
from heliograph.marketplace.ledger.actions import Kind
from heliograph.marketplace.models import Allocation, CheckoutSession, Dispute, Order, PaymentDifference
from heliograph.marketplace.payments.checkout import stripe_actor
from heliograph.marketplace.revenue import settling
from heliograph.marketplace.states import lock

if TYPE_CHECKING:
    from heliograph.core.actor import Actor
    from heliograph.marketplace.models import PaymentAccount
    from heliograph.marketplace.payments.stripe_api import Disputed

State = Dispute.State
CASH, DISPUTED, REVENUE = (Kind.CASH.value, ""), (Kind.DISPUTED.value, ""), (Kind.REVENUE.value, "")


@transaction.atomic
def take_over(account: PaymentAccount, said: Disputed) -> None:
    """Take over what Stripe says of a dispute: opened, won or lost, in whatever order we hear of it."""
    paid = (
        CheckoutSession.objects.filter(
            organization_id=account.organization_id, payment_intent=said.payment_intent, state="paid"
        )
        .exclude(payment_intent="")
        .select_related("allocation__order")
        .first()
    )
    if paid is None or said.status.startswith("warning"):
        return  # of another program at the same account; or an inquiry, which takes nothing
    enrollment = lock(paid.allocation.order.enrollment_id)
    order = Order.objects.select_for_update().get(id=paid.allocation.order_id)
    share = Allocation.objects.select_for_update().get(id=paid.allocation_id)
    row = Dispute.objects.filter(organization_id=account.organization_id, provider_id=said.id).first()
    actor = stripe_actor(account)
    if row is None:
        left = share.amount_cents - share.refunded_cents - share.disputed_cents
        if not 0 < said.amount <= left:
            PaymentDifference.objects.get_or_create(
                organization_id=account.organization_id,
                kind="unknown_dispute",
                subject=said.id,
                defaults={"order": order, "amount_cents": said.amount, "currency": order.currency},
            )
            return
        row = Dispute.objects.create(
            organization_id=account.organization_id,
            allocation=share,
            provider_id=said.id,
            amount_cents=said.amount,
            state=State.OPEN,
            reason=said.reason[:100],
        )
        Allocation.objects.filter(id=share.id).update(disputed_cents=F("disputed_cents") + said.amount)
        _post(actor, order, "dispute", row, {CASH: -said.amount, DISPUTED: said.amount})
        record(actor, "disputed a payment of", "order", order.id, str(order), amount=said.amount)
    if row.state == State.OPEN and said.status in ("won", "lost"):
        row.state, row.ended_at = State(said.status), clock.now()
        row.save(update_fields=["state", "ended_at"])
        if row.state == State.WON:
            won = F("disputed_cents") - row.amount_cents
            Allocation.objects.filter(id=share.id).update(disputed_cents=won)
            _post(actor, order, "dispute_won", row, {CASH: row.amount_cents, DISPUTED: -row.amount_cents})
        else:
            _post(actor, order, "dispute_lost", row, {REVENUE: row.amount_cents, DISPUTED: -row.amount_cents})
        settling.settle(actor, order, enrollment)


def _post(actor: Actor, order: Order, kind: str, row: Dispute, amounts: dict[tuple[str, str], int]) -> None:
    key = f"{kind}:{row.id}"
    ledger.post(actor, order.organization_id, kind, key, order.currency, amounts, order=order)
