"""How revenue is shared: every cent has its party, whatever the terms."""

from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from heliograph.marketplace.revenue.rules import OPERATOR, Received, Share, Term, rounded, shares

CENTS = st.integers(0, 5_000_000)
PERCENT = st.decimals(0, 100, places=3)
TERMS = st.lists(
    st.builds(
        Term,
        party=st.sampled_from(["holder:1", "holder:2", "name:Agency", OPERATOR]),
        base=st.sampled_from(["gross", "net"]),
        percent=PERCENT,
        fixed_cents=st.integers(0, 20_000),
        tiers=st.lists(
            st.tuples(st.integers(0, 500_000), PERCENT), max_size=3, unique_by=lambda tier: tier[0]
        ).map(tuple),
        cap_cents=st.none() | st.integers(0, 500_000),
        priority=st.integers(1, 3),
        holdback_percent=PERCENT,
        clawback_days=st.none() | st.integers(0, 60),
    ),
    max_size=5,
)
RECEIVED = st.builds(
    lambda paid, tax, fees, refunds: Received(
        paid - sum(cents for _, cents in refunds), min(tax, paid) // 10, fees, refunds
    ),
    CENTS,
    CENTS,
    st.integers(0, 5_000),
    st.lists(st.tuples(st.none() | st.integers(0, 90), st.integers(1, 50_000)), max_size=3),
)


def test_a_holder_gets_its_percentage_and_the_operator_what_is_left():
    terms = [Term("holder:1", percent=Decimal(60))]
    assert shares(terms, Received(100_00, 0, 3_20), completed=True) == {
        "holder:1": Share(0, 58_08),
        OPERATOR: Share(0, 38_72),
    }


def test_gross_terms_leave_the_fees_to_the_operator():
    terms = [Term("holder:1", base="gross", percent=Decimal(60))]
    assert shares(terms, Received(100_00, 0, 3_20), completed=True)["holder:1"].due == 60_00


def test_tax_is_nobodys_revenue():
    assert shares([Term("holder:1", percent=Decimal(50))], Received(108_00, 8_00, 0), completed=True) == {
        "holder:1": Share(0, 50_00),
        OPERATOR: Share(0, 50_00),
    }


def test_what_is_held_back_is_due_with_the_completion():
    terms = [Term("holder:1", percent=Decimal(60), holdback_percent=Decimal(50))]
    before = shares(terms, Received(100_00, 0, 0), completed=False)["holder:1"]
    after = shares(terms, Received(100_00, 0, 0), completed=True)["holder:1"]
    assert (before, after) == (Share(30_00, 30_00), Share(0, 60_00))


def test_tiers_caps_and_priorities():
    tiered = Term("holder:1", tiers=((0, Decimal(10)), (50_00, Decimal(20))))
    assert shares([tiered], Received(100_00, 0, 0), completed=True)["holder:1"].due == 5_00 + 10_00
    capped = Term("holder:1", percent=Decimal(50), cap_cents=20_00)
    assert shares([capped], Received(100_00, 0, 0), completed=True)["holder:1"].due == 20_00
    first = Term("name:Agency", fixed_cents=80_00, priority=1)
    second = Term("holder:1", percent=Decimal(50), priority=2)
    given_out = shares([second, first], Received(100_00, 0, 0), completed=True)
    assert (given_out["name:Agency"].due, given_out["holder:1"].due) == (80_00, 20_00)


def test_a_refund_after_the_days_of_claw_back_is_the_operators():
    terms = [Term("holder:1", percent=Decimal(60), clawback_days=30)]
    early = shares(terms, Received(50_00, 0, 0, [(10, 50_00)]), completed=True)
    late = shares(terms, Received(50_00, 0, 0, [(31, 50_00)]), completed=True)
    assert (early["holder:1"].due, late["holder:1"].due, late[OPERATOR].due) == (30_00, 60_00, -10_00)


@given(TERMS, RECEIVED, st.booleans())
def test_every_cent_has_its_party(terms, received, completed):
    given_out = shares(terms, received, completed=completed)
    assert sum(share.held + share.due for share in given_out.values()) == (
        received.gross - received.tax - received.fees
    )
    assert all(
        share.held >= 0 and (share.due >= 0 or party == OPERATOR) for party, share in given_out.items()
    )
    if completed:
        assert all(share.held == 0 for share in given_out.values())


@given(st.lists(st.fractions(0, 100_000), max_size=8))
def test_rounding_loses_no_cent_and_moves_nobody_by_more_than_one(amounts):
    whole = rounded(amounts)
    assert sum(whole) == int(sum(amounts, Fraction(0)))
    assert all(abs(cents - amount) < 1 for cents, amount in zip(whole, amounts, strict=True))
