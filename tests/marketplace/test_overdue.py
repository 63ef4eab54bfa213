"""Orders that are not paid in time: one reminder, and then the place is free for somebody else."""

from datetime import date, timedelta

import pytest
from tests.marketplace.acts import new_member, now

from heliograph.core import clock
from heliograph.delivery.models import Mail
from heliograph.marketplace.enrollments import actions, overdue
from heliograph.marketplace.models import CheckoutSession, Order, Site
from heliograph.marketplace.orders import actions as orders
from heliograph.marketplace.programs import actions as programs


@pytest.fixture
def cohort(tenant, program):
    return programs.add_cohort(tenant.manager, program, "Spring", date(2031, 3, 1), capacity=1)


@pytest.fixture
def order(tenant, program, student, cohort):
    programs.change(tenant.manager, program, price_cents=500_00)
    programs.publish(tenant.manager, program)
    Site.objects.create(organization=tenant.organization, title="Northlight", takes_payments=True)
    return actions.enroll_directly(tenant.manager, program, student, cohort).orders.get()


def is_due(order, **ahead) -> None:
    Order.objects.filter(id=order.id).update(pay_by=clock.now() + timedelta(**ahead))


def test_a_student_is_reminded_once(order):
    before = Mail.objects.count()
    overdue.remind()
    assert Mail.objects.count() == before
    is_due(order, days=2)
    for _ in range(2):
        overdue.remind()
    assert Mail.objects.count() == before + 1
    assert "pay $500" in Mail.objects.latest("id").text


def test_whoever_does_not_pay_in_time_leaves_the_place_to_others(tenant, program, order, cohort):
    overdue.end()
    assert now(order.enrollment).state == "approved"
    is_due(order, seconds=-1)
    overdue.end()
    assert (now(order.enrollment).state, now(order).state, now(cohort).taken) == ("withdrawn", "canceled", 0)
    other = new_member(tenant, "other@example.org")
    assert actions.enroll_directly(tenant.manager, program, other, cohort).state == "approved"


def test_a_payment_or_a_decision_that_is_under_way_is_waited_for(tenant, order):
    is_due(order, seconds=-1)
    CheckoutSession.objects.create(
        organization=tenant.organization,
        allocation=order.allocations.get(),
        state="processing",
        amount_cents=500_00,
        expires_at=clock.now(),
    )
    overdue.end()
    assert now(order).state == "open"
    CheckoutSession.objects.update(state="failed")
    asked = orders.request(tenant.owner, order, "ita", name="Board", reference="A-1")
    overdue.end()
    assert now(order).state == "open"
    orders.deny(tenant.owner, asked, "Not a resident.")
    overdue.end()
    assert now(order).state == "open"  # with days to pay, or to find somebody else
    is_due(order, seconds=-1)
    overdue.end()
    assert now(order).state == "canceled"
