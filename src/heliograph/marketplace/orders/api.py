"""REST routes of orders, of the shares of those who pay, and of vouchers."""

from datetime import date, datetime
from typing import Any, Literal

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema, Status

from heliograph.accounts.api_auth import SIGNED_IN
from heliograph.accounts.page_access import actor_of
from heliograph.core.permissions import Permission
from heliograph.core.web.paging import DatedQuery, page_of
from heliograph.core.web.schemas import Body, problems
from heliograph.marketplace.models import Allocation, Order, Voucher
from heliograph.marketplace.orders import actions, queries
from heliograph.marketplace.orders import vouchers as voucher_actions
from heliograph.marketplace.programs import queries as programs

router = Router(tags=["Orders"], auth=SIGNED_IN)
vouchers = Router(tags=["Orders"], auth=SIGNED_IN)
OrderState = Literal["open", "funded", "paid", "canceled"]
ShareState = Literal["requested", "authorized", "invoiced", "paid", "denied", "canceled"]
Payer = Literal["student", "voucher", "ita", "employer", "scholarship"]
VoucherState = Literal["valid", "used", "expired", "ended"]


class OrderLineOut(Schema):
    kind: Literal["tuition", "fee", "tax"]
    title: str
    amount_cents: int


class OrderRefundOut(Schema):
    id: str
    amount_cents: int
    status: Literal["pending", "succeeded", "failed"]
    reason: str
    created_at: datetime


class OrderShareOut(Schema):
    """A payer's share of an order."""

    id: str
    payer: Payer
    status: ShareState
    amount_cents: int
    refunded_cents: int
    disputed_cents: int
    name: str
    email: str
    reference: str = Field(description="Number of the authorization or purchase order.")
    milestone: str
    valid_until: date | None
    due_on: date | None
    invoice_number: int | None
    paid_at: datetime | None
    reason: str
    refunds: list[OrderRefundOut]


class OrderOut(Schema):
    id: str
    number: int
    enrollment: str = Field(description="ID of the enrollment.")
    status: OrderState
    currency: str
    total_cents: int
    owed_cents: int = Field(description="What is not paid yet.")
    pay_by: datetime
    created_at: datetime
    lines: list[OrderLineOut]
    shares: list[OrderShareOut] = Field(description="Those that stand sum to the total.")


class OrderPage(Schema):
    items: list[OrderOut]
    next_cursor: str | None
    next: str | None


class OrderQuery(DatedQuery):
    search: str = Field("", max_length=200, description="Number, student or program.")
    status: Literal["", OrderState] = Field("", description="Status of the order.")
    program: str = Field("", description="ID or key of a program.")
    payer: Literal["", Payer] = Field("", description="Who pays a share of it.")
    overdue: bool = Field(False, description="Only what is not paid in time.")


class ShareRequest(Body):
    payer: Literal["ita", "employer", "scholarship"]
    amount_cents: int | None = Field(None, ge=1, description="Empty for all that the student is to pay.")
    name: str = ""
    email: str = ""
    reference: str = ""
    milestone: str = ""
    valid_until: date | None = None


class ShareAuthorization(Body):
    reference: str = Field("", description="Number of the authorization or purchase order.")
    valid_until: date | None = None


class ShareInvoice(Body):
    email: str = Field("", description="Where the invoice is mailed.")
    due_on: date | None = None


class SharePayment(Body):
    reference: str = Field("", description="Of the transfer or check.")


class ShareDenial(Body):
    reason: str = Field(description="The student reads it.")


class ShareRefund(Body):
    amount_cents: int = Field(ge=1)
    reason: str = Field(description="The student reads it.")


class VoucherOut(Schema):
    id: str
    code: str
    status: VoucherState
    payer_name: str = Field(description="Who is billed for it; empty: the operator waives the amount.")
    payer_email: str
    amount_cents: int | None = Field(description="None: all that is open.")
    currency: str
    program: str | None = Field(description="ID of the program; None: all.")
    expires_on: date | None
    uses: int
    used: int
    created_at: datetime


class VoucherPage(Schema):
    items: list[VoucherOut]
    next_cursor: str | None
    next: str | None


class VoucherQuery(DatedQuery):
    search: str = Field("", max_length=200, description="Part of the code or the payer.")
    status: Literal["", VoucherState] = Field("", description="Status of the voucher.")


class VouchersNew(Body):
    number: int = Field(1, ge=1, le=voucher_actions.MOST_AT_ONCE, description="Of codes.")
    payer_name: str = Field("", description="Who is billed; empty: the operator waives the amount.")
    payer_email: str = ""
    amount_cents: int | None = Field(None, ge=1, description="Empty: all that is open.")
    currency: str = "USD"
    program: str = Field("", description="ID or key of a program; empty: all.")
    expires_on: date | None = None
    uses: int = Field(1, ge=1, le=voucher_actions.MOST_USES, description="Of each code.")


_CHANGED = {200: OrderOut, **problems(404, 409, 422)}
_SHARE = "/{order_id}/shares/{allocation_id}"


@router.get("", response={200: OrderPage, **problems(404, 422)}, summary="List orders")
def list_orders(request: HttpRequest, query: Query[OrderQuery]) -> Any:
    """What enrollments cost and who pays it, newest first."""
    actor = actor_of(request)
    actor.require(Permission.ORDERS_VIEW)
    program = str(programs.program(actor.organization_id, query.program).id) if query.program else ""
    rows = queries.orders(
        actor.organization_id, query.search, query.status, program, query.payer, overdue=query.overdue
    )
    return page_of(request, queries.with_shares(rows), query, show_order)


@router.get("/{order_id}", response={200: OrderOut, **problems(404)}, summary="Get an order")
def get_order(request: HttpRequest, order_id: str) -> Any:
    """With its lines, and the shares of those who pay."""
    actor = actor_of(request)
    actor.require(Permission.ORDERS_VIEW)
    return show_order(queries.order(actor.organization_id, order_id))


@router.post("/{order_id}/shares", response=_CHANGED, summary="Ask that somebody else pays a share")
def request_share(request: HttpRequest, order_id: str, body: ShareRequest) -> Any:
    """Of what the student is to pay."""
    order = _order(request, order_id)
    said = body.dict(exclude={"payer", "amount_cents"})
    actions.request(actor_of(request), order, body.payer, body.amount_cents, **said)
    return show_order(_order(request, order_id))


@router.post(f"{_SHARE}/authorize", response=_CHANGED, summary="Note that a payer promised its share")
def authorize_share(request: HttpRequest, order_id: str, allocation_id: str, body: ShareAuthorization) -> Any:
    """A scholarship is the organization's own, and pays its share at once."""
    actions.authorize(actor_of(request), _share(request, order_id, allocation_id), **body.dict())
    return show_order(_order(request, order_id))


@router.post(f"{_SHARE}/invoice", response=_CHANGED, summary="Invoice a payer")
def invoice_share(request: HttpRequest, order_id: str, allocation_id: str, body: ShareInvoice) -> Any:
    """The invoice gets the next number, and is mailed where there is an address."""
    actions.invoice(actor_of(request), _share(request, order_id, allocation_id), **body.dict())
    return show_order(_order(request, order_id))


@router.post(f"{_SHARE}/payment", response=_CHANGED, summary="Record the payment of a share")
def record_share_payment(request: HttpRequest, order_id: str, allocation_id: str, body: SharePayment) -> Any:
    """That was made otherwise than by card here. A second one is refused."""
    actions.record_payment(actor_of(request), _share(request, order_id, allocation_id), **body.dict())
    return show_order(_order(request, order_id))


@router.post(f"{_SHARE}/deny", response=_CHANGED, summary="Deny a share")
def deny_share(request: HttpRequest, order_id: str, allocation_id: str, body: ShareDenial) -> Any:
    """The payer does not pay it: it is the student's again."""
    actions.deny(actor_of(request), _share(request, order_id, allocation_id), body.reason)
    return show_order(_order(request, order_id))


@router.post(f"{_SHARE}/refund", response=_CHANGED, summary="Refund a share")
def refund_share(request: HttpRequest, order_id: str, allocation_id: str, body: ShareRefund) -> Any:
    """A part of what was paid. What was paid by card goes back to the card, all else is only recorded."""
    share = _share(request, order_id, allocation_id)
    actions.refund(actor_of(request), share, body.amount_cents, body.reason)
    return show_order(_order(request, order_id))


@vouchers.get("", response={200: VoucherPage, **problems(422)}, summary="List vouchers")
def list_vouchers(request: HttpRequest, query: Query[VoucherQuery]) -> Any:
    """Codes with which students pay, newest first."""
    actor = actor_of(request)
    actor.require(Permission.ORDERS_VIEW)
    rows = queries.vouchers(actor.organization_id, query.search, query.status)
    return page_of(request, rows, query, show_voucher)


@vouchers.post("", response={201: list[VoucherOut], **problems(404, 422)}, summary="Create vouchers")
def create_vouchers(request: HttpRequest, body: VouchersNew) -> Any:
    """That differ by their codes alone."""
    actor = actor_of(request)
    actor.require(Permission.ORDERS_MANAGE)
    said = body.dict(exclude={"number", "program"})
    program = programs.program(actor.organization_id, body.program) if body.program else None
    made = voucher_actions.create_many(actor, body.number, program=program, **said)
    return Status(201, [show_voucher(row) for row in made])


@vouchers.post("/{voucher_id}/end", response={200: VoucherOut, **problems(404)}, summary="End a voucher")
def end_voucher(request: HttpRequest, voucher_id: str) -> Any:
    """Nobody redeems it any more. What it paid stays."""
    actor = actor_of(request)
    actor.require(Permission.ORDERS_MANAGE)
    return show_voucher(voucher_actions.end(actor, queries.voucher(actor.organization_id, voucher_id)))


def show_order(order: Order) -> dict[str, Any]:
    """An order as the API shows it."""
    return {
        "id": str(order.id),
        "number": order.number,
        "enrollment": str(order.enrollment_id),
        "status": order.state,
        "currency": order.currency,
        "total_cents": order.total_cents,
        "owed_cents": order.owed_cents,  # type: ignore[attr-defined]
        "pay_by": order.pay_by,
        "created_at": order.created_at,
        "lines": [
            {"kind": line.kind, "title": line.title, "amount_cents": line.amount_cents}
            for line in order.lines.all()
        ],
        "shares": [_show_share(share) for share in order.allocations.all()],
    }


def show_voucher(voucher: Voucher) -> dict[str, Any]:
    """A voucher as the API shows it."""
    return {
        "id": str(voucher.id),
        "code": voucher.code,
        "status": queries.state_of_voucher(voucher),
        "payer_name": voucher.payer_name,
        "payer_email": voucher.payer_email,
        "amount_cents": voucher.amount_cents,
        "currency": voucher.currency,
        "program": str(voucher.program_id) if voucher.program_id else None,
        "expires_on": voucher.expires_on,
        "uses": voucher.uses,
        "used": voucher.used,
        "created_at": voucher.created_at,
    }


_SHOWN = (
    "payer",
    "amount_cents",
    "refunded_cents",
    "disputed_cents",
    "name",
    "email",
    "reference",
    "milestone",
    "valid_until",
    "due_on",
    "invoice_number",
    "paid_at",
    "reason",
)


def _show_share(share: Allocation) -> dict[str, Any]:
    refunds = [
        {
            "id": str(refund.id),
            "amount_cents": refund.amount_cents,
            "status": refund.state,
            "reason": refund.reason,
            "created_at": refund.created_at,
        }
        for refund in share.refunds.all()
    ]
    said = {name: getattr(share, name) for name in _SHOWN}
    return {"id": str(share.id), "status": share.state, "refunds": refunds, **said}


def _order(request: HttpRequest, order_id: str) -> Order:
    actor = actor_of(request)
    actor.require(Permission.ORDERS_MANAGE)
    return queries.order(actor.organization_id, order_id)


def _share(request: HttpRequest, order_id: str, allocation_id: str) -> Allocation:
    return queries.share(_order(request, order_id), allocation_id)
