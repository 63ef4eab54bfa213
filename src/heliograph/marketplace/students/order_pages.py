"""A student's own orders: what is to pay and by whom, paying it by card or otherwise, and receipts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.http import require_POST

from heliograph.accounts.page_access import actor_of, page
from heliograph.core.ids import parse_number
from heliograph.core.translation import gettext
from heliograph.marketplace.money import money
from heliograph.marketplace.orders import actions, queries, tries
from heliograph.marketplace.orders.forms import Instalments, RedeemVoucher, RequestPayer
from heliograph.marketplace.orders.rules import AllocationState
from heliograph.marketplace.payments import checkout
from heliograph.marketplace.payments import queries as payments
from heliograph.ui.confirmation import question

if TYPE_CHECKING:
    from heliograph.marketplace.models import Allocation, Order

RETURNS = ("payment", "canceled")  # how Stripe's page sends a student back


@page(everybody=True)
def my_orders(request: HttpRequest) -> HttpResponseBase:
    orders = list(queries.orders_of_student(_student(request))[:200])
    for order in orders:
        order.receipts = [row for row in order.allocations.all() if row.paid_at or row.invoice_number]  # type: ignore[attr-defined]
    return render(request, "marketplace/student/orders.html", {"orders": orders})


@page(everybody=True)
def my_order(request: HttpRequest, order_id: str) -> HttpResponseBase:
    """What the server knows of an order; that a student comes back from Stripe proves nothing."""
    order = _order(request, order_id)
    shares = list(order.allocations.all())
    to_pay = [row for row in shares if row.payer == "student" and row.state == AllocationState.REQUESTED]
    if order.state == "canceled":
        to_pay = []
    for share in to_pay:
        share.under_way = [row for row in share.checkouts.all() if row.state in checkout.OPEN]  # type: ignore[attr-defined]
    version = order.enrollment.version
    splits = to_pay and version.instalments > 1 and not any(share.due_on for share in to_pay)
    shown = {
        "order": order,
        "enrollment": order.enrollment,
        "shares": shares,
        "to_pay": to_pay,
        "by_card": payments.account(order.organization_id) is not None,
        "came_back": next((word for word in RETURNS if word in request.GET), ""),
        "voucher_form": RedeemVoucher(),
        "payer_form": RequestPayer(),
        "instalments_form": Instalments(most=version.instalments) if splits else None,
    }
    return render(request, "marketplace/student/order.html", shown)


@require_POST
@page(everybody=True)
def pay(request: HttpRequest, order_id: str, allocation_id: str) -> HttpResponseBase:
    """Go to Stripe's page for a share. How much it is, the server's row says."""
    begun = checkout.begin(_share(request, order_id, allocation_id))
    return redirect(begun.url)


@require_POST
@page(everybody=True)
def cancel(request: HttpRequest, order_id: str, allocation_id: str) -> HttpResponseBase:
    """End the page at Stripe that was begun, so that the share can be paid otherwise."""
    checkout.cancel(_share(request, order_id, allocation_id))
    messages.success(request, gettext("The payment was canceled. Nothing was charged."))
    return redirect("my_order", order_id)


@require_POST
@page(everybody=True)
def check(request: HttpRequest, order_id: str) -> HttpResponseBase:
    """Ask Stripe now what became of a payment, for whoever does not want to wait."""
    order = _order(request, order_id)
    tries.take(tries.CHECKS, _student(request).id)
    checkout.refresh_of(order)
    return redirect("my_order", order_id)


@require_POST
@page(everybody=True)
def redeem(request: HttpRequest, order_id: str) -> HttpResponseBase:
    """Pay with a voucher; so many codes a minute are tried."""
    order = _order(request, order_id)
    code = RedeemVoucher.sent(request)["code"]
    tries.take(tries.VOUCHERS, _student(request).id)
    made = actions.redeem(actor_of(request), order, code)
    messages.success(
        request,
        gettext("The voucher pays %(amount)s.") % {"amount": money(made.amount_cents, order.currency)},
    )
    return redirect("my_order", order_id)


@require_POST
@page(everybody=True)
def request_payer(request: HttpRequest, order_id: str) -> HttpResponseBase:
    """Ask that somebody else pays."""
    order = _order(request, order_id)
    said = RequestPayer.sent(request)
    actions.request(actor_of(request), order, said.pop("payer"), said.pop("amount_cents"), **said)
    messages.success(request, gettext("Your request was sent. You will be mailed if it is refused."))
    return redirect("my_order", order_id)


@require_POST
@page(everybody=True)
def instalments(request: HttpRequest, order_id: str) -> HttpResponseBase:
    """Pay month by month."""
    order = _order(request, order_id)
    number = parse_number(request.POST.get("number", "")) or 0
    title = gettext("Pay in %(number)s monthly instalments?") % {"number": number}
    follows = [gettext("The first one is due today. You cannot choose another number later.")]
    if asked := question(request, title, gettext("Pay in instalments"), follows):
        return asked
    actions.pay_in_instalments(actor_of(request), order, number)
    return redirect("my_order", order_id)


def _student(request: HttpRequest) -> Any:
    return request.member  # type: ignore[attr-defined]


def _order(request: HttpRequest, order_id: str) -> Order:
    return queries.order_of_student(_student(request), order_id)


def _share(request: HttpRequest, order_id: str, allocation_id: str) -> Allocation:
    return queries.share(_order(request, order_id), allocation_id)


_AT = "lms/orders/"
urlpatterns = [
    path(_AT, my_orders, name="my_orders"),
    path(f"{_AT}<str:order_id>/", my_order, name="my_order"),
    path(f"{_AT}<str:order_id>/check", check, name="my_order_check"),
    path(f"{_AT}<str:order_id>/voucher", redeem, name="my_order_voucher"),
    path(f"{_AT}<str:order_id>/payer", request_payer, name="my_order_payer"),
    path(f"{_AT}<str:order_id>/instalments", instalments, name="my_order_instalments"),
    path(f"{_AT}<str:order_id>/shares/<str:allocation_id>/pay", pay, name="my_order_pay"),
    path(f"{_AT}<str:order_id>/shares/<str:allocation_id>/cancel", cancel, name="my_order_cancel"),
]
