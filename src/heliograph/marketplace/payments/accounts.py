"""An organization's account at Stripe: its keys, encrypted."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from uuid import UUID

from django.conf import settings
from django.db import transaction

from heliograph.audit.actions import record
from heliograph.core.errors import Conflict, Invalid
from heliograph.core.permissions import Permission
from heliograph.core.secrets.encryption import seal, unseal
from heliograph.core.translation import gettext
from heliograph.marketplace.errors import PaymentsNotSetUp
from heliograph.marketplace.models import CheckoutSession, PaymentAccount, Site

if TYPE_CHECKING:
    from heliograph.core.actor import Actor

_SECRET_KEY = re.compile(r"[sr]k_(test|live)_[A-Za-z0-9_]{1,250}")
_WEBHOOK_SECRET = re.compile(r"whsec_[A-Za-z0-9+/=_]{1,250}")


@transaction.atomic
def connect(actor: Actor, secret_key: str, webhook_secret: str) -> PaymentAccount:
    """Take payments by card with these keys from now on. Raises `Invalid`."""
    actor.require(Permission.SETTINGS_MANAGE)
    key = _SECRET_KEY.fullmatch(secret_key.strip())
    if key is None:
        raise Invalid(
            gettext("Enter a secret key of Stripe, which begins with sk_ or rk_."), field="secret_key"
        )
    if _WEBHOOK_SECRET.fullmatch(webhook_secret.strip()) is None:
        raise Invalid(
            gettext("Enter the signing secret of the webhook, which begins with whsec_."),
            field="webhook_secret",
        )
    account = PaymentAccount.objects.select_for_update().filter(organization_id=actor.organization_id).first()
    account = account or PaymentAccount(organization_id=actor.organization_id)
    account.encrypted_secret_key = _seal(account.id, secret_key.strip())
    account.encrypted_webhook_secret = _seal(account.id, webhook_secret.strip())
    account.ending, account.is_live = secret_key.strip()[-4:], key[1] == "live"
    account.changed_by = actor.label[:200]
    account.save()
    record(actor, "connected", "payment account", account.id, str(account))
    return account


@transaction.atomic
def disconnect(actor: Actor) -> None:
    """Forget the keys: nobody pays by card any more. Raises `Conflict` while a payment is being made."""
    actor.require(Permission.SETTINGS_MANAGE)
    account = account_of(actor.organization_id)
    under_way = CheckoutSession.objects.filter(
        organization_id=actor.organization_id, state__in=["open", "processing"]
    )
    if under_way.exists():
        raise Conflict(
            gettext("Payments by card are being made. Disconnect Stripe when they have ended."),
            code="payments_under_way",
        )
    record(actor, "disconnected", "payment account", account.id, str(account))
    account.delete()


@transaction.atomic
def set_takes_payments(actor: Actor, takes: bool) -> Site:
    """Whether approved students get an order for what their programs cost, and start when it is paid. Orders
    that were opened before stay as they are.
    """
    actor.require(Permission.SETTINGS_MANAGE)
    site = Site.objects.select_for_update().filter(organization_id=actor.organization_id).first()
    if site is None:
        site = Site(organization_id=actor.organization_id, title=gettext("Programs"))
    if site.takes_payments != takes:
        site.takes_payments = takes
        site.save()
        record(actor, "changed", "payment settings", site.id, site.title, takes_payments=takes)
    return site


def webhook_address(organization_id: UUID) -> str:
    """Where Stripe sends its events: known before the account is connected, as Stripe shows the secret of a
    webhook only afterwards.
    """
    return f"{settings.HELIOGRAPH.url}/payments/stripe/{organization_id}"


def account_of(organization_id: UUID) -> PaymentAccount:
    """Raises `PaymentsNotSetUp`."""
    account = PaymentAccount.objects.filter(organization_id=organization_id).first()
    if account is None:
        raise PaymentsNotSetUp(gettext("Payments by card are not set up here. Ask the organization."))
    return account


def secret_key(account: PaymentAccount) -> str:
    """Raises `Misconfigured` where the server's secret key is another one."""
    return _unseal(account.id, bytes(account.encrypted_secret_key))


def webhook_secret(account: PaymentAccount) -> str:
    """Raises `Misconfigured` where the server's secret key is another one."""
    return _unseal(account.id, bytes(account.encrypted_webhook_secret))


def _seal(account_id: UUID, text: str) -> bytes:
    return seal(settings.HELIOGRAPH.secret_key.encode(), f"payments {account_id}", text.encode())


def _unseal(account_id: UUID, sealed: bytes) -> str:
    return unseal(settings.HELIOGRAPH.secret_key.encode(), f"payments {account_id}", sealed).decode()
