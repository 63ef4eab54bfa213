"""The operator's pages of payments: the account at Stripe, what differs from its records, disputes."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.http import require_POST

from heliograph.accounts.page_access import actor_of, page
from heliograph.core.permissions import Permission
from heliograph.core.translation import gettext, gettext_lazy
from heliograph.marketplace import sites
from heliograph.marketplace.payments import accounts, queries, reconciliation
from heliograph.marketplace.payments.tables import DIFFERENCES, DISPUTES
from heliograph.ui.confirmation import question
from heliograph.ui.forms import Form, secret, text
from heliograph.ui.tabs import Tab, Tabs

SETTINGS = Tab(gettext_lazy("Settings"), "payments", Permission.ORDERS_VIEW)
DIFFERENCES_TAB = Tab(gettext_lazy("Differences"), "payment_differences", Permission.ORDERS_VIEW)
DISPUTES_TAB = Tab(gettext_lazy("Disputes"), "payment_disputes", Permission.ORDERS_VIEW)
TABS = Tabs(SETTINGS, DIFFERENCES_TAB, DISPUTES_TAB)


class StripeKeys(Form):
    secret_key = secret(
        gettext_lazy("Secret key"),
        longest=300,
        help_text=gettext_lazy("Begins with sk_ or rk_. It is encrypted, and never shown again."),
        error_messages={
            "required": gettext_lazy("Enter a secret key of Stripe, which begins with sk_ or rk_.")
        },
    )
    webhook_secret = secret(
        gettext_lazy("Signing secret of the webhook"),
        longest=300,
        help_text=gettext_lazy("Begins with whsec_. Stripe shows it when the webhook is added there."),
        error_messages={
            "required": gettext_lazy("Enter the signing secret of the webhook, which begins with whsec_.")
        },
    )


class Resolution(Form):
    note = text(
        gettext_lazy("What was done"),
        longest=1000,
        lines=3,
        error_messages={"required": gettext_lazy("Enter what was done about it.")},
    )


@page(Permission.ORDERS_VIEW)
def payments(request: HttpRequest) -> HttpResponseBase:
    organization_id = actor_of(request).organization_id
    site = sites.of_organization(organization_id)
    shown = {
        "tabs": TABS.shown(SETTINGS),
        "account": queries.account(organization_id),
        "takes_payments": site is not None and site.takes_payments,
        "webhook": accounts.webhook_address(organization_id),
        "form": StripeKeys(),
    }
    return render(request, "marketplace/payments.html", shown)


@require_POST
@page(Permission.SETTINGS_MANAGE)
def switch(request: HttpRequest) -> HttpResponseBase:
    """Whether orders are opened for what programs cost."""
    takes = request.POST.get("takes") == "yes"
    accounts.set_takes_payments(actor_of(request), takes)
    messages.success(request, gettext("Payments are on.") if takes else gettext("Payments are off."))
    return redirect("payments")


@require_POST
@page(Permission.SETTINGS_MANAGE)
def connect(request: HttpRequest) -> HttpResponseBase:
    """Keys of Stripe, the first ones or in place of those before."""
    accounts.connect(actor_of(request), **StripeKeys.sent(request))
    messages.success(request, gettext("Stripe is connected."))
    return redirect("payments")


@require_POST
@page(Permission.SETTINGS_MANAGE)
def disconnect(request: HttpRequest) -> HttpResponseBase:
    follows = [
        gettext("Nobody can pay by card any more, and refunds by card wait."),
        gettext("Delete the webhook at Stripe, too."),
    ]
    if asked := question(request, gettext("Disconnect Stripe?"), gettext("Disconnect"), follows):
        return asked
    accounts.disconnect(actor_of(request))
    messages.success(request, gettext("Stripe is disconnected."))
    return redirect("payments")


@page(Permission.ORDERS_VIEW)
def differences(request: HttpRequest) -> HttpResponseBase:
    """What Stripe's records and ours say differently."""
    query = DIFFERENCES.read(request)
    rows = queries.differences(actor_of(request).organization_id, query.filters["state"])
    if query.csv:
        return DIFFERENCES.file(query, rows)
    table = DIFFERENCES.page(request, query, rows)
    for row in table.rows:
        row.form = Resolution(key=row.id)
    shown = {"tabs": TABS.shown(DIFFERENCES_TAB), "table": table}
    return render(request, "marketplace/payment_differences.html", shown)


@require_POST
@page(Permission.ORDERS_MANAGE)
def resolve(request: HttpRequest, difference_id: str) -> HttpResponseBase:
    """Note what was done about a difference."""
    actor = actor_of(request)
    found = queries.difference(actor.organization_id, difference_id)
    reconciliation.resolve(actor, found, Resolution.sent(request)["note"])
    messages.success(request, gettext("Changes saved."))
    return redirect("payment_differences")


@page(Permission.ORDERS_VIEW)
def disputes(request: HttpRequest) -> HttpResponseBase:
    """Payments that banks took back until they decide."""
    query = DISPUTES.read(request)
    rows = queries.disputes(actor_of(request).organization_id, query.filters["state"])
    if query.csv:
        return DISPUTES.file(query, rows)
    shown = {"tabs": TABS.shown(DISPUTES_TAB), "table": DISPUTES.page(request, query, rows)}
    return render(request, "marketplace/payment_disputes.html", shown)


_AT = "admin/marketplace/payments/"
urlpatterns = [
    path(_AT, payments, name="payments"),
    path(f"{_AT}switch", switch, name="payments_switch"),
    path(f"{_AT}connect", connect, name="payments_connect"),
    path(f"{_AT}disconnect", disconnect, name="payments_disconnect"),
    path(f"{_AT}differences/", differences, name="payment_differences"),
    path(f"{_AT}differences/<str:difference_id>/resolve", resolve, name="payment_difference_resolve"),
    path(f"{_AT}disputes/", disputes, name="payment_disputes"),
]
