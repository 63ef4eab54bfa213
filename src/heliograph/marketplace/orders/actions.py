"""Orders: who pays which share, and what follows when a share is promised, paid, denied or given back.

Each holds the enrollment's row first, then the order's, so that of two changes at once the second sees the
first. Whatever moves money is posted to the ledger in the same transaction.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import F, Max, Q, QuerySet, Sum

from heliograph.audit.actions import record
from heliograph.core import clock
from heliograph.core.database.fields import refuse_too_long
from heliograph.core.database.locks import lock_by_name
from heliograph.core.errors import Invalid
from heliograph.core.permissions import Permission
from heliograph.core.translation import gettext
from heliograph.marketplace import mails, price_rules
from heliograph.marketplace.errors import CheckoutOpen, VoucherNotValid, WrongState
from heliograph.marketplace.ledger import actions as ledger
from heliograph.marketplace.ledger.actions import Kind
from heliograph.marketplace.models import (
    Allocation,
    CheckoutSession,
    Enrollment,
    Order,
    OrderLine,
    Refund,
    Voucher,
)
from heliograph.marketplace.money import money
from heliograph.marketplace.orders import rules
from heliograph.marketplace.orders.rules import AllocationState as Share
from heliograph.marketplace.orders.rules import OrderState, Window
from heliograph.marketplace.revenue import settling
from heliograph.marketplace.rules import EnrollmentState
from heliograph.marketplace.starting import begin
from heliograph.marketplace.states import lock

if TYPE_CHECKING:
    from heliograph.core.actor import Actor

Payer = Allocation.Payer
THIRD_PARTIES = (Payer.ITA, Payer.EMPLOYER, Payer.SCHOLARSHIP)
MOST_SHARES = 100  # of an order, with those that were denied
CHANGED = {
    Share.AUTHORIZED: "authorized a share of",
    Share.INVOICED: "invoiced a share of",
    Share.PAID: "recorded a payment of",
    Share.DENIED: "denied a share of",
}


def open_order(actor: Actor, locked: Enrollment) -> Order | None:
    """An order for a locked enrollment, all of it the student's to pay; None where the program is free."""
    version = locked.version
    lines = price_rules.lines_of(
        version.title,
        version.price_cents,
        [(title, cents) for title, cents in version.fees],
        version.tax_percent,
        gettext("Tax"),
    )
    total = sum(line.amount_cents for line in lines)
    if not total:
        return None
    moment = clock.now()
    order = Order.objects.create(
        organization_id=locked.organization_id,
        enrollment=locked,
        number=_next_number(locked, Order, "number"),
        state=OrderState.OPEN,
        currency=version.currency,
        total_cents=total,
        pay_by=moment + timedelta(days=version.pay_within_days),
    )
    OrderLine.objects.bulk_create(
        OrderLine(order=order, position=position, **line._asdict())
        for position, line in enumerate(lines, start=1)
    )
    _add_student_share(order, total)
    settling.agree(order)
    record(actor, "opened", "order", order.id, str(order), total=total, currency=order.currency)
    mails.send(locked, mails.PAYMENT_DUE, amount=money(total, order.currency))
    return order


@transaction.atomic
def request(
    actor: Actor,
    order: Order,
    payer: str,
    amount_cents: int | None = None,
    *,
    name: str = "",
    email: str = "",
    reference: str = "",
    milestone: str = "",
    valid_until: date | None = None,
) -> Allocation:
    """Ask that somebody else pays what the student is to pay: all of it, or an amount. The operator decides.

    Raises `WrongState`, `CheckoutOpen` while a payment by card is being made, and `Invalid`.
    """
    enrollment, held = _hold(order)
    if payer not in THIRD_PARTIES:
        raise Invalid(gettext("Choose one of the options."), field="payer")
    said = {"name": name.strip(), "reference": reference.strip(), "milestone": milestone.strip()}
    refuse_too_long(Allocation, {**said, "email": email})
    if payer != Payer.SCHOLARSHIP and not said["name"]:
        raise Invalid(gettext("Enter who pays."), field="name")
    if payer == Payer.EMPLOYER and "@" not in email:
        raise Invalid(gettext("Enter the email address that the invoice is sent to."), field="email")
    amount = _take_from_student(held, amount_cents)
    made = Allocation.objects.create(
        organization_id=held.organization_id,
        order=held,
        payer=payer,
        state=Share.REQUESTED,
        amount_cents=amount,
        email=email.strip(),
        valid_until=valid_until,
        **said,
    )
    record(actor, "requested a share of", "order", held.id, str(held), payer=payer, amount=amount)
    _moved(actor, enrollment, held)
    return made


@transaction.atomic
def authorize(
    actor: Actor, share: Allocation, reference: str = "", valid_until: date | None = None
) -> Allocation:
    """Note that a payer promised its share. A scholarship is the operator's own, and pays it at once.

    Raises `WrongState`, and `Invalid` for an authorization without its number.
    """
    actor.require(Permission.ORDERS_MANAGE)
    enrollment, order, held = _hold_share(share)
    reference = reference.strip() or held.reference
    refuse_too_long(Allocation, {"reference": reference})
    if held.payer == Payer.ITA and not reference:
        raise Invalid(gettext("Enter the number of the authorization."), field="reference")
    held.reference, held.valid_until = reference, valid_until or held.valid_until
    if held.payer == Payer.SCHOLARSHIP:
        _set(actor, order, held, Share.PAID)
    else:
        _refuse_student(held)
        _promise(actor, order, held)
        _set(actor, order, held, Share.AUTHORIZED)
    _moved(actor, enrollment, order)
    return held


@transaction.atomic
def invoice(actor: Actor, share: Allocation, email: str = "", due_on: date | None = None) -> Allocation:
    """Bill a payer its share: a numbered invoice, mailed where there is an address. Raises `WrongState`."""
    actor.require(Permission.ORDERS_MANAGE)
    enrollment, order, held = _hold_share(share)
    refuse_too_long(Allocation, {"email": email})
    _refuse_student(held)
    if held.payer == Payer.SCHOLARSHIP:
        raise _wrong(held)
    if held.state == Share.REQUESTED:
        _promise(actor, order, held)
    held.email = email.strip() or held.email
    held.due_on = due_on or (clock.now() + timedelta(days=enrollment.version.pay_within_days)).date()
    held.invoice_number = _next_number(enrollment, Allocation, "invoice_number")
    held.invoiced_at = clock.now()
    _set(actor, order, held, Share.INVOICED)
    if held.email:
        mails.send_invoice(enrollment, order, held)
    _moved(actor, enrollment, order)
    return held


@transaction.atomic
def record_payment(actor: Actor, share: Allocation, reference: str = "") -> Allocation:
    """Note that a share was paid otherwise than by card here: a transfer, a check, cash. Raises `WrongState`,
    and `CheckoutOpen`.
    """
    actor.require(Permission.ORDERS_MANAGE)
    enrollment, order, held = _hold_share(share)
    _refuse_checkout(held)
    if held.payer == Payer.SCHOLARSHIP:
        raise WrongState(gettext("No money comes for a scholarship. Authorize it instead."), state=held.state)
    reference = reference.strip() or held.reference
    refuse_too_long(Allocation, {"reference": reference})
    held.reference = reference
    pay(actor, order, held, key=f"payment:{held.id}")
    _moved(actor, enrollment, order)
    return held


@transaction.atomic
def deny(actor: Actor, share: Allocation, reason: str) -> Allocation:
    """A payer does not pay its share: it is the student's again. Raises `WrongState`, and `Invalid` without a
    reason.
    """
    actor.require(Permission.ORDERS_MANAGE)
    enrollment, order, held = _hold_share(share)
    _refuse_student(held)
    reason = _reason(reason)
    _withdraw_promise(actor, order, held)
    held.reason = reason
    _set(actor, order, held, Share.DENIED)
    if held.voucher_id:
        Voucher.objects.filter(id=held.voucher_id, used__gt=0).update(used=F("used") - 1)
    _add_student_share(order, held.amount_cents)
    Order.objects.filter(id=order.id).update(pay_by=_pay_by(enrollment), reminded_at=None)
    mails.send(
        enrollment,
        mails.SHARE_DENIED,
        amount=money(held.amount_cents, order.currency),
        reason=reason,
    )
    _moved(actor, enrollment, order)
    return held


@transaction.atomic
def redeem(actor: Actor, order: Order, code: str) -> Allocation:
    """Pay with a voucher what it covers of what the student is to pay. A funder's is promised and billed to
    it; the operator's own waives the amount.

    Raises `VoucherNotValid` in the same words for all that is wrong with it, `WrongState`, `CheckoutOpen`.
    """
    enrollment, held = _hold(order)
    code = "".join(letter for letter in code.upper() if letter.isalnum())[:40]
    today = clock.now().date()
    voucher = (
        Voucher.objects.select_for_update()
        .filter(Q(program=None) | Q(program=enrollment.program_id))
        .filter(Q(expires_on=None) | Q(expires_on__gte=today))
        .filter(organization_id=held.organization_id, code=code, ended_at=None, currency=held.currency)
        .first()
    )
    if voucher is None or voucher.used >= voucher.uses or _used_before(held, voucher):
        raise VoucherNotValid(
            gettext("This voucher is not valid for this order. Check the code."), field="code"
        )
    open_cents = _student_shares(held).aggregate(open=Sum("amount_cents"))["open"] or 0
    if not open_cents:
        raise WrongState(gettext("Nothing is left to pay of this order."))
    covers = open_cents if voucher.amount_cents is None else min(voucher.amount_cents, open_cents)
    amount = _take_from_student(held, covers)
    Voucher.objects.filter(id=voucher.id).update(used=F("used") + 1)
    made = Allocation.objects.create(
        organization_id=held.organization_id,
        order=held,
        payer=Payer.VOUCHER,
        state=Share.REQUESTED,
        amount_cents=amount,
        name=voucher.payer_name,
        email=voucher.payer_email,
        reference=voucher.code,
        voucher=voucher,
    )
    if voucher.payer_name:
        _promise(actor, held, made)
        _set(actor, held, made, Share.AUTHORIZED)
    else:
        _set(actor, held, made, Share.PAID)
    _moved(actor, enrollment, held)
    return made


@transaction.atomic
def pay_in_instalments(actor: Actor, order: Order, number: int) -> None:
    """Split what the student is to pay into equal parts, due month by month. The first is due at once.

    Raises `Invalid` for more than the program offers, `WrongState`, `CheckoutOpen`.
    """
    enrollment, held = _hold(order)
    if not 2 <= number <= enrollment.version.instalments:
        raise Invalid(gettext("Choose one of the options."), field="number")
    shares = list(_student_shares(held))
    if any(share.due_on for share in shares):
        raise WrongState(gettext("You chose instalments already."))
    amount = _take_from_student(held, None)
    today = clock.now().date()
    for month, cents in enumerate(rules.instalments(amount, number)):
        _add_student_share(held, cents, today + timedelta(days=30 * month))
    record(actor, "split payment of", "order", held.id, str(held), instalments=number)


@transaction.atomic
def refund(actor: Actor, share: Allocation, amount_cents: int, reason: str) -> Refund:
    """Give back a part of what was paid. By card it goes to Stripe; what was paid otherwise is recorded, and
    paid back by hand. Raises `WrongState`, and `Invalid` for more than is left.
    """
    actor.require(Permission.ORDERS_MANAGE)
    enrollment, order, held = _hold_share(share)
    if amount_cents < 1:
        raise Invalid(gettext("Enter an amount above zero."), field="amount")
    made = _refund(actor, order, held, amount_cents, _reason(reason))
    settling.settle(actor, order, enrollment)
    return made


def pay(actor: Actor, order: Order, held: Allocation, *, key: str) -> None:
    """Post that a locked share was paid. Raises `WrongState`."""
    amounts = {(Kind.CASH.value, ""): held.amount_cents, (Kind.REVENUE.value, ""): -held.amount_cents}
    if held.state in rules.PROMISED:
        amounts[Kind.RECEIVABLE.value, payer_of(held)] = -held.amount_cents
        amounts[Kind.PROMISED.value, ""] = held.amount_cents
    held.paid_at = clock.now()
    _set(actor, order, held, Share.PAID)
    ledger.post(actor, order.organization_id, "payment", key, order.currency, amounts, order=order)


def paid_by_card(actor: Actor, share: Allocation, *, key: str) -> bool:
    """A student's share was paid by card. False where nothing was to be paid any more."""
    enrollment, order, held = _hold_share(share)
    if held.state != Share.REQUESTED or order.state == OrderState.CANCELED:
        return False
    pay(actor, order, held, key=key)
    mails.send(enrollment, mails.PAYMENT_RECEIVED, amount=money(held.amount_cents, order.currency))
    _moved(actor, enrollment, order)
    return True


def refund_failed(actor: Actor, refund: Refund, error: str) -> None:
    """A refund by card did not go through: the money is still here."""
    enrollment, order, held = _hold_share(refund.allocation)
    if Refund.objects.select_for_update().get(id=refund.id).state != Refund.State.PENDING:
        return
    refund.state, refund.error, refund.ended_at = Refund.State.FAILED, error[:1000], clock.now()
    refund.save(update_fields=["state", "error", "ended_at"])
    Allocation.objects.filter(id=held.id).update(refunded_cents=F("refunded_cents") - refund.amount_cents)
    amounts = {
        (Kind.CASH.value, ""): refund.amount_cents,
        (Kind.REVENUE.value, ""): -refund.amount_cents,
    }
    key = f"refund_failed:{refund.id}"
    ledger.post(actor, order.organization_id, "refund_failed", key, order.currency, amounts, order=order)
    settling.settle(actor, order, enrollment)


def cancel_of(actor: Actor, locked: Enrollment, reason: str) -> None:
    """End the order of a locked enrollment that was withdrawn or rejected: what is not paid is not owed any
    more, and what was paid is refunded by the program's policy.
    """
    order = (
        Order.objects.select_for_update().filter(enrollment=locked).exclude(state=OrderState.CANCELED).first()
    )
    if order is None:
        return
    windows = [Window(*window) for window in locked.version.refund_windows]
    started = locked.enrolled_at
    days = (clock.now() - started).days if started else None
    for held in order.allocations.select_for_update().order_by("id"):
        if held.state == Share.PAID:
            if held.payer == Payer.SCHOLARSHIP or (held.voucher_id and not held.name):
                continue
            left = held.amount_cents - held.refunded_cents - held.disputed_cents
            due = left if days is None else min(left, rules.refundable(held.amount_cents, windows, days))
            if due:
                _refund(actor, order, held, due, reason)
        elif rules.may_follow(held.state, Share.CANCELED):
            _withdraw_promise(actor, order, held)
            held.state = Share.CANCELED
            held.save(update_fields=["state"])
    CheckoutSession.objects.filter(allocation__order=order, state="open").update(end_at=clock.now())
    order.state, order.ended_at, order.reason = OrderState.CANCELED, clock.now(), reason[:1000]
    order.save(update_fields=["state", "ended_at", "reason"])
    record(actor, "canceled", "order", order.id, str(order), reason=reason)
    settling.settle(actor, order, locked)


def payer_of(share: Allocation) -> str:
    """Who owes a share, as the ledger's accounts call it."""
    return share.name or share.payer


def _hold(order: Order) -> tuple[Enrollment, Order]:
    """The enrollment and the order as they are now, held until the transaction ends. Raises `WrongState` for
    an order that was canceled.
    """
    enrollment = lock(order.enrollment_id)
    held = Order.objects.select_for_update().get(id=order.id)
    if held.state == OrderState.CANCELED:
        raise WrongState(gettext("This order was canceled."), state=held.state)
    return enrollment, held


def _hold_share(share: Allocation) -> tuple[Enrollment, Order, Allocation]:
    enrollment = lock(share.order.enrollment_id)
    order = Order.objects.select_for_update().get(id=share.order_id)
    held = Allocation.objects.select_for_update(of=("self",)).select_related("voucher").get(id=share.id)
    return enrollment, order, held


def _moved(actor: Actor, enrollment: Enrollment, order: Order) -> None:
    """What follows from a change of shares: the order's state, who gets what, and that the student starts."""
    order.state = rules.state_of(order.allocations.values_list("state", flat=True))
    order.save(update_fields=["state"])
    settling.settle(actor, order, enrollment)
    starts = rules.may_start(order.state, enrollment.version.starts_when)
    if starts and enrollment.state == EnrollmentState.APPROVED:
        begin(actor, enrollment)


def _set(actor: Actor, order: Order, held: Allocation, after: Share) -> None:
    if order.state == OrderState.CANCELED or not rules.may_follow(held.state, after):
        raise _wrong(held)
    if after == Share.PAID and held.paid_at is None:
        held.paid_at = clock.now()
    held.state = after
    held.save()
    details = {"payer": held.payer, "amount": held.amount_cents}
    record(actor, CHANGED[after], "order", order.id, str(order), **details)


def _promise(actor: Actor, order: Order, held: Allocation) -> None:
    amounts = {
        (Kind.RECEIVABLE.value, payer_of(held)): held.amount_cents,
        (Kind.PROMISED.value, ""): -held.amount_cents,
    }
    key = f"promise:{held.id}"
    ledger.post(actor, order.organization_id, "promise", key, order.currency, amounts, order=order)


def _withdraw_promise(actor: Actor, order: Order, held: Allocation) -> None:
    if held.state in rules.PROMISED:
        amounts = {
            (Kind.RECEIVABLE.value, payer_of(held)): -held.amount_cents,
            (Kind.PROMISED.value, ""): held.amount_cents,
        }
        key, kind = f"promise_withdrawn:{held.id}", "promise_withdrawn"
        ledger.post(actor, order.organization_id, kind, key, order.currency, amounts, order=order)


def _refund(actor: Actor, order: Order, held: Allocation, amount: int, reason: str) -> Refund:
    left = held.amount_cents - held.refunded_cents - held.disputed_cents
    waived = held.payer == Payer.SCHOLARSHIP or (held.voucher_id and not held.name)
    if held.state != Share.PAID or waived:
        raise WrongState(gettext("Only what was paid can be refunded."), state=held.state)
    if amount > left:
        raise Invalid(
            gettext("At most %(left)s can be refunded of this payment.")
            % {"left": money(left, order.currency)},
            field="amount",
        )
    by_card = held.checkouts.filter(state="paid").exists()
    made = Refund.objects.create(
        organization_id=order.organization_id,
        allocation=held,
        amount_cents=amount,
        state=Refund.State.PENDING if by_card else Refund.State.SUCCEEDED,
        reason=reason[:1000],
        by=actor.label[:200],
        ended_at=None if by_card else clock.now(),
    )
    held.refunded_cents += amount
    held.save(update_fields=["refunded_cents"])
    amounts = {(Kind.CASH.value, ""): -amount, (Kind.REVENUE.value, ""): amount}
    key = f"refund:{made.id}"
    ledger.post(actor, order.organization_id, "refund", key, order.currency, amounts, order=order)
    record(actor, "refunded", "order", order.id, str(order), amount=amount, reason=reason)
    mails.send(order.enrollment, mails.REFUNDED, amount=money(amount, order.currency), reason=reason)
    return made


def _student_shares(order: Order) -> QuerySet[Allocation]:
    return order.allocations.filter(payer=Payer.STUDENT, state=Share.REQUESTED)


def _take_from_student(order: Order, amount_cents: int | None) -> int:
    """Take an amount off what the student is to pay, from what is due last; all of it where None.

    Raises `CheckoutOpen`, and `Invalid` for more than is open.
    """
    shares = list(_student_shares(order).order_by("-due_on", "-id").select_for_update())
    open_cents = sum(share.amount_cents for share in shares)
    amount = open_cents if amount_cents is None else amount_cents
    if amount < 1 or amount > open_cents:
        raise Invalid(
            gettext("Enter an amount up to %(open)s, which is what is left to pay.")
            % {"open": money(open_cents, order.currency)},
            field="amount",
        )
    if order.allocations.count() > MOST_SHARES:
        raise Invalid(gettext("This order was split into too many shares."), field="amount")
    left = amount
    for share in shares:
        if not left:
            break
        _refuse_checkout(share)
        taken = min(left, share.amount_cents)
        left -= taken
        if taken < share.amount_cents:
            share.amount_cents -= taken
            share.save(update_fields=["amount_cents"])
        elif share.checkouts.exists():
            share.state = Share.CANCELED  # it stays, with the payments that were begun for it
            share.save(update_fields=["state"])
        else:
            share.delete()
    return amount


def _add_student_share(order: Order, amount: int, due_on: date | None = None) -> Allocation:
    return Allocation.objects.create(
        organization_id=order.organization_id,
        order=order,
        payer=Payer.STUDENT,
        state=Share.REQUESTED,
        amount_cents=amount,
        due_on=due_on,
    )


def _refuse_checkout(share: Allocation) -> None:
    if share.checkouts.filter(state__in=["open", "processing"]).exists():
        raise CheckoutOpen(
            gettext("A payment by card was begun for this. Finish it, or cancel it on its page first.")
        )


def _refuse_student(held: Allocation) -> None:
    if held.payer == Payer.STUDENT:
        raise WrongState(gettext("The student pays this share. Record its payment."), state=held.state)


def _used_before(order: Order, voucher: Voucher) -> bool:
    return order.allocations.filter(voucher=voucher).exclude(state=Share.DENIED).exists()


def _wrong(held: Allocation) -> WrongState:
    return WrongState(
        gettext("This share was changed meanwhile. Load the page again."), state=str(held.state)
    )


def _pay_by(enrollment: Enrollment) -> datetime:
    return clock.now() + timedelta(days=enrollment.version.pay_within_days)


def _next_number(enrollment: Enrollment, model: type[Order | Allocation], column: str) -> int:
    """The next number of an organization, without gaps: one at a time."""
    lock_by_name(f"{column} of {enrollment.organization_id}")
    rows = model.objects.filter(organization_id=enrollment.organization_id)  # type: ignore[attr-defined]
    return int(rows.aggregate(last=Max(column))["last"] or 0) + 1


def _reason(reason: str) -> str:
    reason = reason.strip()
    refuse_too_long(Allocation, {"reason": reason})
    if not reason:
        raise Invalid(gettext("Enter a reason. The student reads it."), field="reason")
    return reason
