"""Reading orders and vouchers, always from the organization down."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Prefetch, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce

from heliograph.core import clock
from heliograph.core.ids import parse_id, parse_number
from heliograph.core.scope import refuse_limited
from heliograph.core.translation import gettext
from heliograph.marketplace.errors import OrderNotFound, VoucherNotFound
from heliograph.marketplace.models import (
    Allocation,
    CheckoutSession,
    LedgerEntry,
    LedgerTransaction,
    Order,
    Refund,
    Voucher,
)
from heliograph.marketplace.orders import rules
from heliograph.marketplace.orders.rules import AllocationState, OrderState

if TYPE_CHECKING:
    from heliograph.accounts.models import Membership

OWED = (AllocationState.REQUESTED, AllocationState.AUTHORIZED, AllocationState.INVOICED)


def orders(
    organization_id: UUID,
    search: str = "",
    state: str = "",
    program: str = "",
    payer: str = "",
    *,
    overdue: bool = False,
) -> QuerySet[Order]:
    """The organization's orders, newest first, each with ``owed_cents``, which is not paid yet. ``program``
    is an id. An order is overdue that is not paid in time, or has an invoice that is not.
    """
    refuse_limited()
    rows = Order.objects.filter(organization_id=organization_id)
    if search:
        rows = rows.filter(_matches(search))
    if state:
        rows = rows.filter(state=state)
    if program:
        rows = rows.filter(enrollment__program_id=program)
    if payer:
        standing = Allocation.objects.filter(order=OuterRef("pk"), payer=payer, state__in=rules.STANDING)
        rows = rows.filter(Exists(standing))
    if overdue:
        late = Allocation.objects.filter(
            order=OuterRef("pk"), state=AllocationState.INVOICED, due_on__lt=clock.now().date()
        )
        rows = rows.filter(Q(state=OrderState.OPEN, pay_by__lt=clock.now()) | Exists(late))
    owed = Allocation.objects.filter(order=OuterRef("pk"), state__in=OWED).order_by().values("order")
    total = owed.annotate(total=Sum("amount_cents")).values("total")
    student = "enrollment__student"
    return (
        rows.select_related(
            "enrollment__version", "enrollment__program", f"{student}__user", f"{student}__organization"
        )
        .annotate(owed_cents=Coalesce(Subquery(total), Value(0)))
        .order_by("-id")
    )


def order(organization_id: UUID, order_id: str) -> Order:
    """One order by id, with its lines and shares. Raises `OrderNotFound`."""
    by_id = parse_id(order_id)
    found = with_shares(orders(organization_id)).filter(id=by_id).first() if by_id else None
    if found is None:
        raise OrderNotFound(gettext("Order not found."))
    return found


def order_of_student(student: Membership, order_id: str) -> Order:
    """A student's own order. Raises `OrderNotFound`."""
    found = order(student.organization_id, order_id)
    if found.enrollment.student_id != student.id:
        raise OrderNotFound(gettext("Order not found."))
    return found


def orders_of_student(student: Membership) -> QuerySet[Order]:
    """A student's own orders, newest first, with their shares."""
    return with_shares(orders(student.organization_id).filter(enrollment__student=student))


def with_shares(rows: QuerySet[Order]) -> QuerySet[Order]:
    """Orders with their lines and shares, these with checkouts, refunds and disputes."""
    shares = Allocation.objects.select_related("voucher").order_by("id")
    return rows.prefetch_related(
        "lines",
        Prefetch("allocations", shares),
        Prefetch("allocations__checkouts", CheckoutSession.objects.order_by("-id")),
        Prefetch("allocations__refunds", Refund.objects.order_by("-id")),
        "allocations__disputes",
    )


def share(order: Order, allocation_id: str) -> Allocation:
    """A share of an order that `order` found. Raises `OrderNotFound`."""
    by_id = parse_id(allocation_id)
    found = next((row for row in order.allocations.all() if row.id == by_id), None)
    if found is None:
        raise OrderNotFound(gettext("This share of the order was not found."))
    found.order = order
    return found


def verbs(share: Allocation) -> frozenset[str]:
    """What the operator may do with a share."""
    left = share.amount_cents - share.refunded_cents - share.disputed_cents
    return rules.verbs_of(share.payer, share.state, waived=is_waived(share), left_cents=left)


def is_waived(share: Allocation) -> bool:
    """Whether no money comes for a share: the operator's own scholarship or voucher."""
    return share.payer == Allocation.Payer.SCHOLARSHIP or bool(share.voucher_id and not share.name)


def postings(order: Order) -> QuerySet[LedgerTransaction]:
    """What was posted to the ledger for an order, newest first, with entries and accounts."""
    entries = LedgerEntry.objects.select_related("account").order_by("-amount_cents")
    return order.transactions.prefetch_related(Prefetch("entries", entries)).order_by("-id")


def vouchers(organization_id: UUID, search: str = "", state: str = "") -> QuerySet[Voucher]:
    """The organization's vouchers, newest first; ``state`` is *valid*, *used*, *expired* or *ended*."""
    refuse_limited()
    rows = Voucher.objects.filter(organization_id=organization_id)
    if search:
        rows = rows.filter(Q(code__icontains=search.replace("-", "")) | Q(payer_name__icontains=search))
    today = clock.now().date()
    ended, expired = Q(ended_at__isnull=False), Q(expires_on__lt=today)
    used = Q(used__gte=F("uses"))
    chosen = {
        "ended": ended,
        "expired": ~ended & expired,
        "used": ~ended & ~expired & used,
        "valid": ~ended & ~expired & ~used,
    }
    if state:
        rows = rows.filter(chosen[state])
    return rows.select_related("program__published").order_by("-id")


def voucher(organization_id: UUID, voucher_id: str) -> Voucher:
    """One voucher by id. Raises `VoucherNotFound`."""
    by_id = parse_id(voucher_id)
    found = vouchers(organization_id).filter(id=by_id).first() if by_id else None
    if found is None:
        raise VoucherNotFound(gettext("Voucher not found."))
    return found


def state_of_voucher(voucher: Voucher) -> str:
    """*valid*, *used*, *expired* or *ended*."""
    if voucher.ended_at is not None:
        return "ended"
    if voucher.expires_on is not None and voucher.expires_on < clock.now().date():
        return "expired"
    return "used" if voucher.used >= voucher.uses else "valid"


def _matches(search: str) -> Q:
    number = parse_number(search.removeprefix("#"))
    if number is not None and number < 2**31:
        invoiced = Allocation.objects.filter(order=OuterRef("pk"), invoice_number=number)
        return Q(number=number) | Q(Exists(invoiced))
    return (
        Q(enrollment__student__user__name__icontains=search)
        | Q(enrollment__student__name__icontains=search)
        | Q(enrollment__student__user__email__icontains=search)
        | Q(enrollment__version__title__icontains=search)
    )
