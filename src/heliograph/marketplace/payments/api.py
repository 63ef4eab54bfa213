"""REST routes of the payment settings. Keys of Stripe are only entered on the page."""

from typing import Any

from django.http import HttpRequest
from ninja import Field, Router, Schema

from heliograph.accounts.api_auth import SIGNED_IN
from heliograph.accounts.page_access import actor_of
from heliograph.core.permissions import Permission
from heliograph.core.web.schemas import Body, problems
from heliograph.marketplace import sites
from heliograph.marketplace.payments import accounts, queries

router = Router(tags=["Orders"], auth=SIGNED_IN)


class PaymentSettings(Body):
    takes_payments: bool = Field(description="Whether orders are opened for what programs cost.")


class PaymentSettingsOut(Schema):
    takes_payments: bool
    stripe: bool = Field(description="Whether students can pay by card.")
    live: bool = Field(description="Whether the key is one of Stripe's live mode.")
    webhook: str = Field(description="Where Stripe sends its events.")


@router.get("", response={200: PaymentSettingsOut, **problems()}, summary="Get the payment settings")
def get_payment_settings(request: HttpRequest) -> Any:
    """Whether payments are on, and whether Stripe is connected."""
    actor = actor_of(request)
    actor.require(Permission.ORDERS_VIEW)
    return _shown(actor.organization_id)


@router.put("", response={200: PaymentSettingsOut, **problems(422)}, summary="Change the payment settings")
def change_payment_settings(request: HttpRequest, body: PaymentSettings) -> Any:
    """Switch payments on or off. Orders that were opened before stay."""
    actor = actor_of(request)
    accounts.set_takes_payments(actor, body.takes_payments)
    return _shown(actor.organization_id)


def _shown(organization_id: Any) -> dict[str, Any]:
    site, account = sites.of_organization(organization_id), queries.account(organization_id)
    return {
        "takes_payments": site is not None and site.takes_payments,
        "stripe": account is not None,
        "live": account is not None and account.is_live,
        "webhook": accounts.webhook_address(organization_id),
    }
