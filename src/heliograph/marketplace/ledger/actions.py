"""Posting to the ledger: once for each key, in the caller's transaction."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Sum

from heliograph.marketplace.models import LedgerAccount, LedgerEntry, LedgerTransaction

if TYPE_CHECKING:
    from heliograph.core.actor import Actor
    from heliograph.marketplace.models import Order

Kind = LedgerAccount.Kind
KINDS = (
    "promise",  # of a payer: what it will pay
    "promise_withdrawn",
    "payment",
    "provider_fee",
    "share",  # of revenue: what each party is due, or is held for it
    "refund",
    "refund_failed",
    "dispute",
    "dispute_won",
    "dispute_lost",
    "unexpected",  # a payment that nothing was asked for
)


@transaction.atomic
def post(
    actor: Actor,
    organization_id: UUID,
    kind: str,
    key: str,
    currency: str,
    amounts: Mapping[tuple[str, str], int],
    *,
    order: Order | None = None,
    note: str = "",
) -> LedgerTransaction | None:
    """Post ``amounts`` in cents by (kind of account, party); they sum to zero. None where the key was posted
    before, or there is nothing to post.
    """
    if kind not in KINDS or sum(amounts.values()) != 0:
        raise ValueError(f"{kind} {key} does not balance: {amounts}")
    amounts = {at: cents for at, cents in amounts.items() if cents}
    if not amounts or LedgerTransaction.objects.filter(organization_id=organization_id, key=key).exists():
        return None
    try:
        with transaction.atomic():
            made = LedgerTransaction.objects.create(
                organization_id=organization_id,
                order=order,
                kind=kind,
                key=key,
                by=actor.label[:200],
                note=note[:1000],
            )
    except IntegrityError:
        return None
    LedgerEntry.objects.bulk_create(
        LedgerEntry(transaction=made, account=_account(organization_id, *at, currency), amount_cents=cents)
        for at, cents in amounts.items()
    )
    return made


def balances(order: Order) -> dict[tuple[str, str], int]:
    """What an order has on each (kind of account, party), in cents."""
    rows = (
        LedgerEntry.objects.filter(transaction__order=order)
        .values_list("account__kind", "account__party")
        .annotate(total=Sum("amount_cents"))
        .order_by()
    )
    return {(kind, party): total for kind, party, total in rows if total}


def _account(organization_id: UUID, kind: str, party: str, currency: str) -> LedgerAccount:
    account, _ = LedgerAccount.objects.get_or_create(
        organization_id=organization_id, kind=kind, party=party, currency=currency
    )
    return account
