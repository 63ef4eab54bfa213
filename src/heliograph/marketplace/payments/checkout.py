"""Paying a share by card: one page of Stripe's at a time, which counts once, however often we hear of it.

A row is written before Stripe is asked, and its id goes along; so a crash between the two, an answer that
never came, or a webhook that is faster than the answer find the row again.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import IntegrityError, transaction

from heliograph.core import actor as actors
from heliograph.core import clock
from heliograph.core.actor import Actor
from heliograph.core.background.backoff import next_try
from heliograph.core.errors import Problem
from heliograph.core.ids import parse_id
from heliograph.core.translation import gettext
from heliograph.marketplace.errors import CheckoutOpen, PaymentRefused, WrongState
from heliograph.marketplace.ledger import actions as ledger
from heliograph.marketplace.ledger.actions import Kind
from heliograph.marketplace.models import Allocation, CheckoutSession, Order, PaymentDifference
from heliograph.marketplace.orders import actions as orders
from heliograph.marketplace.payments import accounts, stripe_api
from heliograph.marketplace.revenue import settling
from heliograph.marketplace.states import lock

if TYPE_CHECKING:
    from heliograph.marketplace.models import PaymentAccount
    from heliograph.marketplace.payments.stripe_api import Session

log = logging.getLogger(__name__)
AT_A_TIME = 100
State = CheckoutSession.State
GOOD_FOR = timedelta(minutes=31)  # Stripe wants half an hour at least
OPEN = (State.OPEN, State.PROCESSING)


def begin(share: Allocation) -> CheckoutSession:
    """The page on which a student pays a share; the one that was begun before, while it is open.

    Raises `PaymentsNotSetUp`, `PaymentRefused`, `WrongState`, `CheckoutOpen` where a payment is under way.
    """
    account = accounts.account_of(share.organization_id)
    row = _row(share)
    if row.url and row.expires_at > clock.now():
        return row
    if row.provider_id:  # it ended, unless it was paid meanwhile
        _refresh(account, row)
        if row.state in (State.OPEN, State.PROCESSING, State.PAID):
            raise WrongState(gettext("This was paid already. Load the page again."))
        row = _row(share)
    order = share.order
    title = f"{order.enrollment.version.title} ({order})"
    back = f"{settings.HELIOGRAPH.url}/lms/orders/{order.id}/"
    try:
        made = stripe_api.create_session(
            account, row, title=title, email=order.enrollment.student.user.email, back=back
        )
    except PaymentRefused:
        CheckoutSession.objects.filter(id=row.id, provider_id="").update(state=State.FAILED)
        raise
    row.provider_id, row.url, row.payment_intent = made.id, made.url, made.payment_intent
    row.save(update_fields=["provider_id", "url", "payment_intent"])
    return row


def cancel(share: Allocation) -> None:
    """End the page that was begun for a share, so that it can be paid otherwise. Raises `WrongState` where it
    was paid, and `PaymentRefused`.
    """
    account = accounts.account_of(share.organization_id)
    row = CheckoutSession.objects.filter(allocation=share, state__in=OPEN).first()
    if row is None:
        return
    if not row.provider_id:
        CheckoutSession.objects.filter(id=row.id).update(state=State.FAILED)
        return
    apply(account, row, stripe_api.expire(account, row.provider_id))
    if row.state == State.PAID:
        raise WrongState(gettext("This was paid already. Load the page again."))


def end_canceled() -> None:
    """End at Stripe the pages that were begun for orders that were canceled since; what Stripe does not
    answer is tried again later.
    """
    rows = CheckoutSession.objects.filter(state=State.OPEN, end_at__lte=clock.now())
    for row in rows.select_related("allocation__order").order_by("end_at")[:AT_A_TIME]:
        if not row.provider_id:  # it is being begun, or that failed
            ended = CheckoutSession.objects.filter(id=row.id, provider_id="", expires_at__lt=clock.now())
            ended.update(state=State.FAILED)
            continue
        try:
            account = accounts.account_of(row.organization_id)
            apply(account, row, stripe_api.expire(account, row.provider_id))
        except Problem as problem:
            log.warning("checkout %s was not ended: %s", row.id, problem)
            tries = row.end_tries + 1
            again = next_try(tries, clock.now())
            CheckoutSession.objects.filter(id=row.id).update(end_tries=tries, end_at=again)


def refresh_of(order: Order) -> None:
    """Ask Stripe what became of the pages that are open for an order. Raises `PaymentRefused`."""
    rows = CheckoutSession.objects.filter(allocation__order=order, state__in=OPEN).exclude(provider_id="")
    if not rows.exists():
        return
    account = accounts.account_of(order.organization_id)
    for row in rows.select_related("allocation__order"):
        _refresh(account, row)


def apply(account: PaymentAccount, row: CheckoutSession, said: Session) -> None:
    """Take over what Stripe says of a session, whichever state it was in: a payment counts once."""
    actor = stripe_actor(account)
    with transaction.atomic():
        lock(row.allocation.order.enrollment_id)
        held = CheckoutSession.objects.select_for_update().get(id=row.id)
        if said.payment_intent and held.payment_intent != said.payment_intent:
            held.payment_intent = said.payment_intent
        held.provider_id = held.provider_id or said.id
        if said.payment_status == "paid" and held.state != State.PAID:
            _paid(actor, held, said)
        elif held.state in OPEN:
            if said.status == "complete":
                held.state = State.PROCESSING
            elif said.status == "expired":
                held.state = State.EXPIRED
        held.save()
    row.state, row.payment_intent = held.state, held.payment_intent
    if held.state == State.PAID and held.fee_cents is None:
        note_fee(account, held)


def failed(account: PaymentAccount, row: CheckoutSession) -> None:
    """A payment by a method that takes days did not come."""
    with transaction.atomic():
        lock(row.allocation.order.enrollment_id)
        CheckoutSession.objects.filter(id=row.id, state__in=OPEN).update(state=State.FAILED)


def note_fee(account: PaymentAccount, row: CheckoutSession) -> None:
    """Post what Stripe kept of a payment, once it is known."""
    if not row.payment_intent:
        return
    try:
        paid = stripe_api.payment(account, row.payment_intent)
    except PaymentRefused:
        return  # asked again each night
    if not paid.fee:
        return
    with transaction.atomic():
        enrollment = lock(row.allocation.order.enrollment_id)
        order = Order.objects.select_for_update().get(id=row.allocation.order_id)
        CheckoutSession.objects.filter(id=row.id).update(fee_cents=paid.fee)
        amounts = {(Kind.CASH.value, ""): -paid.fee, (Kind.REVENUE.value, ""): paid.fee}
        key, actor = f"provider_fee:{row.id}", stripe_actor(account)
        ledger.post(actor, order.organization_id, "provider_fee", key, order.currency, amounts, order=order)
        settling.settle(actor, order, enrollment)


def by_session(account: PaymentAccount, said: Session) -> CheckoutSession | None:
    """Our row of a session, by its id or by ours that went along."""
    rows = CheckoutSession.objects.filter(organization_id=account.organization_id)
    rows = rows.select_related("allocation__order")
    found = rows.filter(provider_id=said.id).first()
    ours = parse_id(said.ours)
    if found is None and ours:
        found = rows.filter(id=ours, provider_id="").first()
    return found


def stripe_actor(account: PaymentAccount) -> Actor:
    """Who acts where Stripe said that something happened."""
    return actors.system(account.organization_id, "Stripe")


@transaction.atomic
def _row(share: Allocation) -> CheckoutSession:
    """The open session of a share, or a new one. Raises `WrongState` and `CheckoutOpen`."""
    lock(share.order.enrollment_id)
    held = Allocation.objects.select_for_update(of=("self",)).select_related("order").get(id=share.id)
    if held.payer != Allocation.Payer.STUDENT or held.state != "requested" or held.order.state == "canceled":
        raise WrongState(gettext("Nothing is left to pay here. Load the page again."))
    row = held.checkouts.filter(state__in=OPEN).select_related("allocation__order").first()
    if row is not None and row.state == State.PROCESSING:
        raise CheckoutOpen(gettext("Your payment is being processed. You will be mailed when it is done."))
    if row is not None:
        return row
    try:
        with transaction.atomic():
            return CheckoutSession.objects.create(
                organization_id=held.organization_id,
                allocation=held,
                state=State.OPEN,
                amount_cents=held.amount_cents,
                expires_at=clock.now() + GOOD_FOR,
            )
    except IntegrityError:
        raise CheckoutOpen(gettext("A payment was begun for this already. Load the page again.")) from None


def _refresh(account: PaymentAccount, row: CheckoutSession) -> None:
    apply(account, row, stripe_api.session(account, row.provider_id))


def _paid(actor: Actor, held: CheckoutSession, said: Session) -> None:
    """What arrived is what was asked for, and pays the share; or it waits for a person."""
    order = held.allocation.order
    asked = (held.amount_cents, order.currency.lower())
    arrived = (
        held.amount_cents if said.amount is None else said.amount,
        (said.currency or order.currency).lower(),
    )
    held.state, held.paid_at = State.PAID, clock.now()
    key = f"checkout:{said.id}"
    if arrived == asked and orders.paid_by_card(actor, held.allocation, key=key):
        return
    amount, currency = arrived
    amounts = {(Kind.CASH.value, ""): amount, (Kind.UNAPPLIED.value, ""): -amount}
    ledger.post(
        actor, held.organization_id, "unexpected", key, currency.upper(), amounts, order=None, note=str(order)
    )
    PaymentDifference.objects.get_or_create(
        organization_id=held.organization_id,
        kind="unexpected_payment",
        subject=said.id,
        defaults={"order": order, "amount_cents": amount, "currency": currency.upper()},
    )
