"""What an order costs, when a student starts, and what is refunded."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heliograph.marketplace import price_rules
from heliograph.marketplace.orders import rules
from heliograph.marketplace.orders.rules import AllocationState, OrderState, Window
from heliograph.marketplace.price_rules import Line


def test_every_state_of_a_share_says_what_follows():
    assert set(rules.FOLLOWING) == set(AllocationState)
    assert not rules.may_follow("paid", "denied")


def test_taxes_and_fees_are_lines():
    lines = price_rules.lines_of("Phlebotomy", 1_250_00, [("Lab kit", 45_00)], Decimal("8.25"), "Tax")
    assert lines == [
        Line("tuition", "Phlebotomy", 1_250_00),
        Line("fee", "Lab kit", 45_00),
        Line("tax", "Tax", 106_84),  # 8.25 % of 1,295.00 is 106.8375
    ]
    assert price_rules.lines_of("Free", 0, [], Decimal("8.25"), "Tax") == []


@pytest.mark.parametrize(
    ("states", "state"),
    [
        (["paid"], OrderState.PAID),
        (["paid", "requested"], OrderState.OPEN),
        (["paid", "authorized"], OrderState.FUNDED),
        (["invoiced", "denied"], OrderState.FUNDED),
        (["paid", "denied", "canceled"], OrderState.PAID),
    ],
)
def test_an_order_is_what_its_shares_are(states, state):
    assert rules.state_of(states) == state


def test_a_program_says_whether_a_promise_is_enough_to_start():
    assert rules.may_start("paid", "paid")
    assert not rules.may_start("funded", "paid")
    assert rules.may_start("funded", "authorized")
    assert not rules.may_start("open", "authorized")


@given(st.integers(1, 10_000_000), st.integers(1, 24))
def test_instalments_sum_to_the_amount_and_differ_by_a_cent_at_most(amount, number):
    parts = rules.instalments(amount, number)
    assert sum(parts) == amount
    assert max(parts) - min(parts) <= 1
    assert min(parts) >= 1


def test_refunds_follow_windows_of_days():
    windows = [Window(30, 50), Window(7, 100)]
    assert [rules.refundable(999_99, windows, days) for days in (0, 7, 8, 30, 31)] == [
        999_99,
        999_99,
        499_99,
        499_99,
        0,
    ]
    assert rules.refundable(100, [], 0) == 0
