"""What we ask of Stripe, through its library. Every act has an idempotency key of ours, so that it is done
once however often it is tried (Stripe API reference, Idempotent requests).

The library is imported when it is first needed: it takes a quarter of a second.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import msgspec
from django.conf import settings

from heliograph.core.errors import Forbidden
from heliograph.core.translation import gettext
from heliograph.marketplace.errors import PaymentRefused
from heliograph.marketplace.payments import accounts

if TYPE_CHECKING:
    from heliograph.marketplace.models import CheckoutSession, PaymentAccount, Refund

TIMEOUT = 20  # seconds
TRIES_AGAIN = 2
MOST_LISTED = 10_000


class SignatureRefused(Forbidden):
    code = "signature_refused"


class NotThere(PaymentRefused):
    """Stripe does not know what was asked for."""


class Session(msgspec.Struct, frozen=True):
    """A Checkout Session as far as it concerns us; amounts in cents, None where Stripe did not say."""

    id: str
    status: str  # open, complete, expired
    payment_status: str  # unpaid, paid, no_payment_required
    url: str
    payment_intent: str
    amount: int | None
    currency: str | None
    ours: str  # the id of our row


class Paid(msgspec.Struct, frozen=True):
    """What became of a payment: its fee in cents, None while it is not known."""

    status: str
    fee: int | None


class Returned(msgspec.Struct, frozen=True):
    """A refund at Stripe; ``status`` is pending, requires_action, succeeded, failed or canceled."""

    id: str
    status: str
    amount: int
    payment_intent: str
    reason: str
    ours: str


class Disputed(msgspec.Struct, frozen=True):
    """A dispute at Stripe; ``status`` ends with won, lost, or warning_closed."""

    id: str
    status: str
    amount: int
    payment_intent: str
    reason: str


def create_session(
    account: PaymentAccount, row: CheckoutSession, *, title: str, email: str, back: str
) -> Session:
    """A page on which the share of ``row`` is paid; ``back`` is where it leads. Raises `PaymentRefused`."""
    ours, currency = str(row.id), row.allocation.order.currency.lower()
    with _asked(account) as client:
        product = client.v1.products.create(
            {"name": title[:250], "metadata": {"heliograph": ours}}, _once(f"product:{ours}")
        )
        price = client.v1.prices.create(
            {"product": product.id, "currency": currency, "unit_amount": row.amount_cents},
            _once(f"price:{ours}"),
        )
        made = client.v1.checkout.sessions.create(
            {
                "mode": "payment",
                "line_items": [{"price": price.id, "quantity": 1}],
                "success_url": f"{back}?payment={ours}",
                "cancel_url": f"{back}?canceled={ours}",
                "client_reference_id": ours,
                "customer_email": email,
                "expires_at": int(row.expires_at.timestamp()),
                "metadata": {"heliograph": ours},
                "payment_intent_data": {"metadata": {"heliograph": ours}},
            },
            _once(f"checkout:{ours}"),
        )
    return _session(made)


def session(account: PaymentAccount, provider_id: str) -> Session:
    """A Checkout Session as it is now. Raises `NotThere` and `PaymentRefused`."""
    with _asked(account) as client:
        return _session(client.v1.checkout.sessions.retrieve(provider_id))


def expire(account: PaymentAccount, provider_id: str) -> Session:
    """End an open session, so that nothing can be paid on it any more; as it is now where it was not open."""
    import stripe

    with _asked(account) as client:
        try:
            return _session(client.v1.checkout.sessions.expire(provider_id))
        except stripe.InvalidRequestError:
            return _session(client.v1.checkout.sessions.retrieve(provider_id))


def payment(account: PaymentAccount, payment_intent: str) -> Paid:
    """What became of a payment, and its fee. Raises `NotThere` and `PaymentRefused`."""
    with _asked(account) as client:
        found = _plain(
            client.v1.payment_intents.retrieve(
                payment_intent, {"expand": ["latest_charge.balance_transaction"]}
            )
        )
    charge = found.get("latest_charge")
    balance = charge.get("balance_transaction") if isinstance(charge, dict) else None
    fee = balance.get("fee") if isinstance(balance, dict) else None
    return Paid(str(found.get("status")), fee)


def give_back(account: PaymentAccount, row: Refund, payment_intent: str) -> Returned:
    """Refund a payment. Raises `PaymentRefused`."""
    with _asked(account) as client:
        made = client.v1.refunds.create(
            {
                "payment_intent": payment_intent,
                "amount": row.amount_cents,
                "reason": "requested_by_customer",
                "metadata": {"heliograph": str(row.id)},
            },
            _once(f"refund:{row.id}"),
        )
    return _returned(_plain(made))


def refund(account: PaymentAccount, provider_id: str) -> Returned:
    """A refund as it is now. Raises `NotThere` and `PaymentRefused`."""
    with _asked(account) as client:
        return _returned(_plain(client.v1.refunds.retrieve(provider_id)))


def dispute(account: PaymentAccount, provider_id: str) -> Disputed:
    """A dispute as it is now. Raises `NotThere` and `PaymentRefused`."""
    with _asked(account) as client:
        return _disputed(_plain(client.v1.disputes.retrieve(provider_id)))


def sessions_since(account: PaymentAccount, since: datetime) -> Iterator[Session]:
    """The sessions that were made since then, the newest first; at most `MOST_LISTED`."""
    with _asked(account) as client:
        pages = client.v1.checkout.sessions.list({"limit": 100, "created": {"gte": _seconds(since)}})
        for number, found in enumerate(pages.auto_paging_iter()):
            if number >= MOST_LISTED:
                return
            yield _session(found)


def refunds_since(account: PaymentAccount, since: datetime) -> Iterator[Returned]:
    """The refunds that were made since then, the newest first; at most `MOST_LISTED`."""
    with _asked(account) as client:
        pages = client.v1.refunds.list({"limit": 100, "created": {"gte": _seconds(since)}})
        for number, found in enumerate(pages.auto_paging_iter()):
            if number >= MOST_LISTED:
                return
            yield _returned(_plain(found))


def event(account: PaymentAccount, body: bytes, signature: str) -> dict[str, Any]:
    """A webhook whose signature is right and not older than five minutes. Raises `SignatureRefused`."""
    import stripe

    try:
        found = stripe.Webhook.construct_event(  # type: ignore[no-untyped-call]
            body, signature, accounts.webhook_secret(account)
        )
        return _plain(found)
    except (ValueError, AttributeError, TypeError, KeyError, stripe.SignatureVerificationError):
        raise SignatureRefused(
            gettext("The signature is not valid. Check the signing secret of the webhook.")
        ) from None


@contextmanager
def _asked(account: PaymentAccount) -> Iterator[Any]:
    """A client of the account; what goes wrong is `PaymentRefused`, without any of its secrets."""
    import stripe

    base = settings.HELIOGRAPH.stripe_api
    client = stripe.StripeClient(
        accounts.secret_key(account),
        base_addresses={"api": base} if base else {},
        max_network_retries=TRIES_AGAIN,
        http_client=stripe.RequestsClient(timeout=TIMEOUT),
    )
    try:
        yield client
    except stripe.InvalidRequestError as refused:
        kind = NotThere if refused.code == "resource_missing" else PaymentRefused
        raise kind(_sentence(refused), reason=_said(refused), final=True) from None
    except stripe.StripeError as refused:
        raise PaymentRefused(_sentence(refused), reason=_said(refused)) from None


def _sentence(refused: Exception) -> str:
    if type(refused).__name__ in ("AuthenticationError", "PermissionError"):
        return gettext("Stripe does not accept the key that was entered. Check it in the payment settings.")
    return gettext("Payments by card are not available now. Try again in a minute.")


def _said(refused: Any) -> str:
    return f"{type(refused).__name__} {refused.code or ''} {refused.http_status or ''}".strip()


def _once(key: str) -> Any:
    return {"idempotency_key": key}


def _plain(found: Any) -> dict[str, Any]:
    return dict(found.to_dict())


def _session(found: Any) -> Session:
    said = _plain(found)
    return Session(
        id=said["id"],
        status=str(said.get("status")),
        payment_status=str(said.get("payment_status")),
        url=said.get("url") or "",
        payment_intent=_id(said.get("payment_intent")),
        amount=said.get("amount_total"),
        currency=said.get("currency"),
        ours=str((said.get("metadata") or {}).get("heliograph", "")),
    )


def _returned(said: dict[str, Any]) -> Returned:
    return Returned(
        id=said["id"],
        status=str(said.get("status")),
        amount=int(said.get("amount") or 0),
        payment_intent=_id(said.get("payment_intent")),
        reason=str(said.get("failure_reason") or said.get("reason") or ""),
        ours=str((said.get("metadata") or {}).get("heliograph", "")),
    )


def _disputed(said: dict[str, Any]) -> Disputed:
    return Disputed(
        id=said["id"],
        status=str(said.get("status")),
        amount=int(said.get("amount") or 0),
        payment_intent=_id(said.get("payment_intent")),
        reason=str(said.get("reason") or ""),
    )


def _id(found: Any) -> str:
    """An id, of what Stripe says by its id or as a whole."""
    return str(found["id"]) if isinstance(found, dict) else str(found or "")


def _seconds(moment: datetime) -> int:
    return int(moment.astimezone(UTC).timestamp())
