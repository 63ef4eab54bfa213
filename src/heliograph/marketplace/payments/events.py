"""Webhooks of Stripe: kept before they are answered, worked on afterwards. An event only says where to look;
what is true is asked of Stripe. So events may come twice, late and in any order.
"""

from __future__ import annotations

import hashlib
import logging
from typing import Any

from heliograph.core import clock
from heliograph.core.background.backoff import next_try
from heliograph.core.errors import Problem
from heliograph.marketplace.models import PaymentAccount, PaymentDifference, PaymentEvent
from heliograph.marketplace.payments import checkout, disputes, refunds, stripe_api
from heliograph.marketplace.payments.stripe_api import NotThere

log = logging.getLogger(__name__)
LONGEST = 500_000  # bytes of a body
AT_A_TIME = 100
MOST_TRIES = 50  # about two days
KINDS = ("checkout.session.", "charge.refund.", "refund.", "charge.dispute.")


def receive(account: PaymentAccount, body: bytes, signature: str) -> None:
    """Keep an event, once, whose signature is right. Raises `SignatureRefused`."""
    said = stripe_api.event(account, body, signature)
    found: Any = (said.get("data") or {}).get("object") or {}
    kind, object_id = str(said.get("type", ""))[:100], str(found.get("id", ""))[:255]
    if not kind.startswith(KINDS) or not object_id:
        return
    PaymentEvent.objects.bulk_create(
        [
            PaymentEvent(
                organization_id=account.organization_id,
                event_id=str(said.get("id") or hashlib.sha256(body).hexdigest())[:255],
                kind=kind,
                object_id=object_id,
            )
        ],
        ignore_conflicts=True,
    )


def work() -> None:
    """Look into the events that wait, the oldest first; what fails is tried again later."""
    waiting = PaymentEvent.objects.filter(handled_at=None, tries__lt=MOST_TRIES, try_at__lte=clock.now())
    for event in waiting.order_by("try_at")[:AT_A_TIME]:
        account = PaymentAccount.objects.filter(organization_id=event.organization_id).first()
        try:
            if account is not None:
                handle(account, event.kind, event.object_id)
        except Exception as reason:  # one that fails holds up no other
            log.exception("payment event %s", event.id)
            _again(event, reason)
        else:
            PaymentEvent.objects.filter(id=event.id).update(handled_at=clock.now(), error="")


def handle(account: PaymentAccount, kind: str, object_id: str) -> None:
    """Ask Stripe about what an event is of, and take it over. Raises `PaymentRefused`."""
    try:
        if kind.startswith("checkout.session."):
            _look_at_session(account, kind, object_id)
        elif kind.startswith("charge.dispute."):
            disputes.take_over(account, stripe_api.dispute(account, object_id))
        elif kind.startswith(("refund.", "charge.refund.")):
            refunds.take_over(account, stripe_api.refund(account, object_id))
    except NotThere:
        log.warning("payments of %s: Stripe does not know %s", account.organization_id, object_id)


def _look_at_session(account: PaymentAccount, kind: str, session_id: str) -> None:
    said = stripe_api.session(account, session_id)
    row = checkout.by_session(account, said)
    if row is not None:
        checkout.apply(account, row, said)
        if kind.endswith("async_payment_failed") and said.payment_status != "paid":
            checkout.failed(account, row)
    elif said.ours and said.payment_status == "paid":
        PaymentDifference.objects.get_or_create(
            organization_id=account.organization_id,
            kind="unknown_payment",
            subject=said.id,
            defaults={"amount_cents": said.amount or 0, "currency": (said.currency or "").upper()},
        )


def _again(event: PaymentEvent, reason: Exception) -> None:
    event.tries += 1
    event.try_at = next_try(event.tries, clock.now())
    said = f"{reason} {reason.details.get('reason', '')}" if isinstance(reason, Problem) else repr(reason)
    event.error = said.strip()[:1000]
    event.save(update_fields=["tries", "try_at", "error"])
