"""Orders that are not paid in time: a reminder, and then the place is free again."""

from __future__ import annotations

import logging
from datetime import timedelta

from django.db import transaction
from django.db.models import Q, QuerySet, Sum

from heliograph.core import actor as actors
from heliograph.core import clock
from heliograph.core.errors import Problem
from heliograph.core.translation import gettext
from heliograph.marketplace import mails
from heliograph.marketplace.enrollments import actions as enrollments
from heliograph.marketplace.models import Order
from heliograph.marketplace.money import money
from heliograph.marketplace.orders.rules import OrderState
from heliograph.marketplace.rules import EnrollmentState
from heliograph.marketplace.states import lock

log = logging.getLogger(__name__)
REMINDED_BEFORE = timedelta(days=3)
AT_A_TIME = 1_000


def remind() -> None:
    """Mail whoever is to pay within three days, once."""
    soon = clock.now() + REMINDED_BEFORE
    rows = _waiting().filter(pay_by__lte=soon, pay_by__gt=clock.now(), reminded_at=None)
    for order in rows.order_by("pay_by")[:AT_A_TIME]:
        with transaction.atomic():
            if not Order.objects.filter(id=order.id, reminded_at=None).update(reminded_at=clock.now()):
                continue
            open_cents = order.allocations.filter(payer="student", state="requested").aggregate(
                open=Sum("amount_cents")
            )["open"]
            if open_cents:
                mails.send(
                    order.enrollment,
                    mails.PAYMENT_REMINDER,
                    amount=money(open_cents, order.currency),
                    day=order.pay_by,
                )


def end() -> None:
    """Withdraw whoever did not pay in time and for whom nobody else was asked to: the place is free."""
    for order in _waiting().filter(pay_by__lt=clock.now()).order_by("pay_by")[:AT_A_TIME]:
        try:
            _end(order)
        except Problem as problem:
            log.warning("order %s was not ended: %s", order.id, problem)


@transaction.atomic
def _end(order: Order) -> None:
    enrollment = lock(order.enrollment_id)
    held = Order.objects.select_for_update().get(id=order.id)
    decides = held.allocations.filter(Q(state="requested") & ~Q(payer="student")).exists()
    paying = held.allocations.filter(checkouts__state__in=["open", "processing"]).exists()
    waits = held.state == OrderState.OPEN and enrollment.state == EnrollmentState.APPROVED
    if not waits or decides or paying or held.pay_by >= clock.now():
        return
    actor = actors.system(held.organization_id)
    enrollments.withdraw(actor, enrollment, gettext("The payment did not arrive in time."))


def _waiting() -> QuerySet[Order]:
    rows = Order.objects.filter(state=OrderState.OPEN, enrollment__state=EnrollmentState.APPROVED)
    student = "enrollment__student"
    return rows.select_related("enrollment__version", f"{student}__user", f"{student}__organization")
