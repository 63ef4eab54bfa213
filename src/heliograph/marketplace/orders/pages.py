"""The operator's pages of orders: all of them, and each with its shares, payments, ledger and history."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.views.decorators.http import require_POST

from heliograph.accounts.page_access import actor_of, page
from heliograph.audit import queries as audit
from heliograph.core.permissions import Permission
from heliograph.core.translation import gettext
from heliograph.marketplace.forms import Reason
from heliograph.marketplace.orders import actions, queries
from heliograph.marketplace.orders.forms import AuthorizeShare, InvoiceShare, RecordPayment, RefundShare
from heliograph.marketplace.orders.tables import ORDERS
from heliograph.marketplace.programs import queries as programs
from heliograph.ui import filter_menus
from heliograph.ui.lookups import Option

if TYPE_CHECKING:
    from heliograph.marketplace.models import Allocation, Order


@page(Permission.ORDERS_VIEW)
def orders(request: HttpRequest) -> HttpResponseBase:
    organization_id = actor_of(request).organization_id
    query = ORDERS.read(request)
    said, names, program = query.filters, {}, ""
    if said["program"]:
        found = programs.program(organization_id, said["program"])
        names[said["program"]], program = programs.newest(found).title, str(found.id)
    rows = queries.orders(
        organization_id,
        query.search,
        said["state"],
        program,
        said["payer"],
        overdue=bool(said["due"]),
    )
    if query.csv:
        return ORDERS.file(query, rows)
    table = ORDERS.page(request, query, rows, names=names)
    return render(request, "marketplace/orders.html", {"table": table})


@page(Permission.ORDERS_VIEW)
def program_filter(request: HttpRequest) -> HttpResponseBase:
    """Programs whose title has what is typed, as links that set the filter."""
    rows = programs.programs(actor_of(request).organization_id, filter_menus.sought(request))
    there = filter_menus.Filtered(gettext("Orders"), reverse("orders"), "program", gettext("Program"))
    few = rows[: filter_menus.MOST + 1]
    return filter_menus.choices(request, there, (_option(row) for row in few))


@page(Permission.ORDERS_VIEW)
def order(request: HttpRequest, order_id: str) -> HttpResponseBase:
    found = _order(request, order_id)
    shares = list(found.allocations.all())
    may_change = actor_of(request).may(Permission.ORDERS_MANAGE) and found.state != "canceled"
    for share in shares:
        share.verbs = queries.verbs(share) if may_change or share.state == "paid" else ()  # type: ignore[attr-defined]
        share.forms = _forms(share)  # type: ignore[attr-defined]
    shown = {
        "order": found,
        "enrollment": found.enrollment,
        "shares": shares,
        "refunds": [refund for share in shares for refund in share.refunds.all()],
        "checkouts": [checkout for share in shares for checkout in share.checkouts.all()],
        "disputes": [dispute for share in shares for dispute in share.disputes.all()],
        "postings": queries.postings(found),
        "entries": audit.entries(found.organization_id, found.id)[:50],
    }
    return render(request, "marketplace/order.html", shown)


@require_POST
@page(Permission.ORDERS_MANAGE)
def authorize(request: HttpRequest, order_id: str, allocation_id: str) -> HttpResponseBase:
    """Note that a payer promised its share."""
    share = _share(request, order_id, allocation_id)
    actions.authorize(actor_of(request), share, **AuthorizeShare.sent(request))
    return _done(request, order_id)


@require_POST
@page(Permission.ORDERS_MANAGE)
def invoice(request: HttpRequest, order_id: str, allocation_id: str) -> HttpResponseBase:
    """Bill a payer its share."""
    share = _share(request, order_id, allocation_id)
    actions.invoice(actor_of(request), share, **InvoiceShare.sent(request))
    return _done(request, order_id)


@require_POST
@page(Permission.ORDERS_MANAGE)
def record_payment(request: HttpRequest, order_id: str, allocation_id: str) -> HttpResponseBase:
    """Note that a share was paid otherwise than by card here."""
    share = _share(request, order_id, allocation_id)
    actions.record_payment(actor_of(request), share, **RecordPayment.sent(request))
    return _done(request, order_id)


@require_POST
@page(Permission.ORDERS_MANAGE)
def deny(request: HttpRequest, order_id: str, allocation_id: str) -> HttpResponseBase:
    """A payer does not pay: the share is the student's again."""
    share = _share(request, order_id, allocation_id)
    actions.deny(actor_of(request), share, **Reason.sent(request))
    return _done(request, order_id)


@require_POST
@page(Permission.ORDERS_MANAGE)
def refund(request: HttpRequest, order_id: str, allocation_id: str) -> HttpResponseBase:
    """Give back a part of what was paid."""
    share = _share(request, order_id, allocation_id)
    said = RefundShare.sent(request)
    actions.refund(actor_of(request), share, said["amount"] or 0, said["reason"])
    return _done(request, order_id)


def _option(row: Any) -> Option:
    return Option(str(row.id), row.title)


def _forms(share: Allocation) -> dict[str, Any]:
    """The forms of what may be done with a share, by their verbs."""
    left = share.amount_cents - share.refunded_cents - share.disputed_cents
    initial = {"reference": share.reference, "email": share.email, "valid_until": share.valid_until}
    return {
        "authorize": AuthorizeShare(key=share.id, initial=initial),
        "invoice": InvoiceShare(key=share.id, initial=initial),
        "pay": RecordPayment(key=share.id, initial=initial),
        "deny": Reason(key=share.id),
        "refund": RefundShare(key=share.id, initial={"amount": left}),
    }


def _order(request: HttpRequest, order_id: str) -> Order:
    return queries.order(actor_of(request).organization_id, order_id)


def _share(request: HttpRequest, order_id: str, allocation_id: str) -> Allocation:
    return queries.share(_order(request, order_id), allocation_id)


def _done(request: HttpRequest, order_id: str) -> HttpResponseBase:
    messages.success(request, gettext("Changes saved."))
    return redirect("order", order_id)


_AT = "admin/marketplace/orders/"
_SHARE = f"{_AT}<str:order_id>/shares/<str:allocation_id>/"
urlpatterns = [
    path(_AT, orders, name="orders"),
    path(f"{_AT}programs", program_filter, name="orders_program_filter"),
    path(f"{_AT}<str:order_id>/", order, name="order"),
    path(f"{_SHARE}authorize", authorize, name="order_authorize"),
    path(f"{_SHARE}invoice", invoice, name="order_invoice"),
    path(f"{_SHARE}payment", record_payment, name="order_record_payment"),
    path(f"{_SHARE}deny", deny, name="order_deny"),
    path(f"{_SHARE}refund", refund, name="order_refund"),
]
