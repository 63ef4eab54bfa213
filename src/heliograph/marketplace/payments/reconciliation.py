"""Each night, Stripe's records beside ours: what we missed is taken over, what differs is shown to a person
until it no longer does.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import transaction

from heliograph.audit.actions import record
from heliograph.core import clock
from heliograph.core.database.fields import refuse_too_long
from heliograph.core.errors import Problem
from heliograph.core.permissions import Permission
from heliograph.marketplace.models import CheckoutSession, PaymentAccount, PaymentDifference, Refund
from heliograph.marketplace.payments import checkout, refunds, stripe_api
from heliograph.marketplace.payments.stripe_api import NotThere

if TYPE_CHECKING:
    from heliograph.core.actor import Actor
    from heliograph.marketplace.payments.stripe_api import Session

log = logging.getLogger(__name__)
LOOKS_BACK = timedelta(days=7)
State = CheckoutSession.State


def reconcile_all() -> None:
    """Reconcile every organization that takes payments by card; one that fails holds up no other."""
    for account in PaymentAccount.objects.order_by("id"):
        try:
            reconcile(account)
        except Problem as problem:
            log.warning("reconciling %s: %s", account.organization_id, problem.details.get("reason", problem))


def reconcile(account: PaymentAccount) -> None:
    """Compare the last week. Raises `PaymentRefused`."""
    since = clock.now() - LOOKS_BACK
    seen = {said.id: said for said in stripe_api.sessions_since(account, since) if said.ours}
    for said in seen.values():
        row = checkout.by_session(account, said)
        if row is not None:
            checkout.apply(account, row, said)
        elif said.payment_status == "paid":
            _differs(account, "unknown_payment", said.id, said.amount or 0, said.currency or "")
    for returned in stripe_api.refunds_since(account, since):
        refunds.take_over(account, returned)
    _look_for_missing(account, since, seen)


def _look_for_missing(account: PaymentAccount, since: datetime, seen: dict[str, Session]) -> None:
    """What we call paid, Stripe says so too."""
    mine = CheckoutSession.objects.filter(organization_id=account.organization_id)
    recent = mine.filter(state=State.PAID, created_at__gte=since).select_related("allocation__order")
    for row in recent:
        if not _is_paid(account, row, seen):
            currency = row.allocation.order.currency
            _differs(account, "payment_not_there", row.provider_id, row.amount_cents, currency, row)
        elif row.fee_cents is None:
            checkout.note_fee(account, row)
    late = Refund.objects.filter(
        organization_id=account.organization_id, state=Refund.State.PENDING, created_at__lt=since
    )
    for refund in late.select_related("allocation__order"):
        order = refund.allocation.order
        _differs(account, "refund_not_made", str(refund.id), refund.amount_cents, order.currency)


def _is_paid(account: PaymentAccount, row: CheckoutSession, seen: dict[str, Session]) -> bool:
    try:
        said = seen.get(row.provider_id) or stripe_api.session(account, row.provider_id)
    except NotThere:
        return False
    return said.payment_status == "paid"


@transaction.atomic
def resolve(actor: Actor, difference: PaymentDifference, note: str) -> PaymentDifference:
    """Note that somebody dealt with a difference, and how."""
    actor.require(Permission.ORDERS_MANAGE)
    refuse_too_long(PaymentDifference, {"note": note})
    held = PaymentDifference.objects.select_for_update().get(id=difference.id)
    if held.resolved_at is None:
        held.resolved_at, held.resolved_by, held.note = clock.now(), actor.label[:200], note.strip()
        held.save(update_fields=["resolved_at", "resolved_by", "note"])
        record(actor, "resolved", "payment difference", held.id, held.subject, note=note.strip())
    return held


def _differs(
    account: PaymentAccount,
    kind: str,
    subject: str,
    amount: int,
    currency: str,
    row: CheckoutSession | None = None,
) -> None:
    PaymentDifference.objects.get_or_create(
        organization_id=account.organization_id,
        kind=kind,
        subject=subject,
        defaults={
            "amount_cents": amount,
            "currency": currency.upper(),
            "order": row.allocation.order if row else None,
        },
    )
