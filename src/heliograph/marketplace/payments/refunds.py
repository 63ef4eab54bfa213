"""Refunds by card: written first, then sent to Stripe with the row's id as key, so that each is made once."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from django.db import transaction

from heliograph.core import clock
from heliograph.core.background.backoff import next_try
from heliograph.core.ids import parse_id
from heliograph.marketplace.errors import PaymentRefused
from heliograph.marketplace.models import (
    CheckoutSession,
    PaymentAccount,
    PaymentDifference,
    Refund,
)
from heliograph.marketplace.orders import actions as orders
from heliograph.marketplace.payments import stripe_api
from heliograph.marketplace.payments.checkout import stripe_actor

if TYPE_CHECKING:
    from heliograph.marketplace.payments.stripe_api import Returned

log = logging.getLogger(__name__)
AT_A_TIME = 100
ENDED_BADLY = ("failed", "canceled")


def send_pending() -> None:
    """Send what was not sent yet. What Stripe does not answer is tried again later; what it refuses has
    failed.
    """
    rows = Refund.objects.filter(state=Refund.State.PENDING, provider_id="", try_at__lte=clock.now())
    sendable = rows.filter(organization__payment_account__isnull=False)
    for row in sendable.select_related("allocation__order").order_by("try_at")[:AT_A_TIME]:
        try:
            _send(row)
        except Exception as reason:  # one that fails holds up no other
            log.warning("refund %s was not sent", row.id, exc_info=reason)
            row.tries += 1
            row.try_at = next_try(row.tries, clock.now())
            row.save(update_fields=["tries", "try_at"])


def _send(row: Refund) -> None:
    account = PaymentAccount.objects.get(organization_id=row.organization_id)
    paid = row.allocation.checkouts.get(state=CheckoutSession.State.PAID)
    try:
        said = stripe_api.give_back(account, row, paid.payment_intent)
    except PaymentRefused as refused:
        if not refused.details.get("final"):
            raise
        orders.refund_failed(stripe_actor(account), row, refused.sentence)
        return
    take_over(account, said)


def take_over(account: PaymentAccount, said: Returned) -> None:
    """Take over what became of a refund; one that was made at Stripe itself is recorded here."""
    rows = Refund.objects.filter(organization_id=account.organization_id)
    row = rows.select_related("allocation__order").filter(provider_id=said.id).first()
    ours = parse_id(said.ours)
    if row is None and ours:
        row = rows.select_related("allocation__order").filter(id=ours).first()
    if row is None:
        row = _made_elsewhere(account, said)
    if row is None or row.state != Refund.State.PENDING:
        return
    if said.status in ENDED_BADLY:
        orders.refund_failed(stripe_actor(account), row, said.reason or said.status)
        return
    ended = said.status == "succeeded"
    rows.filter(id=row.id, state=Refund.State.PENDING).update(
        provider_id=said.id,
        state=Refund.State.SUCCEEDED if ended else Refund.State.PENDING,
        ended_at=clock.now() if ended else None,
    )


@transaction.atomic
def _made_elsewhere(account: PaymentAccount, said: Returned) -> Refund | None:
    """A refund that somebody made in Stripe's dashboard, of a payment that is ours."""
    if said.status in ENDED_BADLY or not said.payment_intent:
        return None
    paid = CheckoutSession.objects.filter(
        organization_id=account.organization_id, payment_intent=said.payment_intent
    ).first()
    if paid is None:
        return None
    share = paid.allocation
    left = share.amount_cents - share.refunded_cents - share.disputed_cents
    if paid.state == CheckoutSession.State.PAID and share.state == "paid" and 0 < said.amount <= left:
        made = orders.refund(stripe_actor(account), share, said.amount, "Refunded at Stripe.")
        Refund.objects.filter(id=made.id).update(provider_id=said.id)
        made.provider_id = said.id
        return made
    PaymentDifference.objects.get_or_create(
        organization_id=account.organization_id,
        kind="unknown_refund",
        subject=said.id,
        defaults={
            "order": share.order,
            "amount_cents": said.amount,
            "currency": share.order.currency,
        },
    )
    return None
