"""Orders: who pays which share, what follows, and that no sequence of events leaves the books unbalanced."""

import contextlib
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.marketplace.acts import new_member, now

from heliograph.core import clock
from heliograph.core.errors import Forbidden, Invalid, Problem
from heliograph.delivery.models import Mail
from heliograph.marketplace.completion import actions as completion
from heliograph.marketplace.completion.actions import Completion
from heliograph.marketplace.enrollments import actions as enrollments
from heliograph.marketplace.errors import VoucherNotValid, WrongState
from heliograph.marketplace.ledger.actions import Kind, balances
from heliograph.marketplace.models import (
    Claim,
    LedgerEntry,
    LedgerTransaction,
    Refund,
    RevenueAgreement,
    Site,
)
from heliograph.marketplace.orders import actions, vouchers
from heliograph.marketplace.orders.rules import AllocationState, OrderState
from heliograph.marketplace.programs import actions as programs


@pytest.fixture
def paid_program(tenant, program):
    """1,250 dollars, a lab kit for 45, and 8 % tax: 1,398.60."""
    programs.change(
        tenant.manager,
        program,
        price_cents=1_250_00,
        fees=[["Lab kit", 45_00]],
        tax_percent=Decimal(8),
        instalments=3,
        refund_windows=[[7, 100], [30, 50]],
    )
    programs.publish(tenant.manager, program)
    Site.objects.create(organization=tenant.organization, title="Northlight", takes_payments=True)
    return program


@pytest.fixture
def enrollment(tenant, paid_program, student):
    return enrollments.enroll_directly(tenant.manager, paid_program, student)


@pytest.fixture
def order(enrollment):
    return enrollment.orders.get()


@pytest.fixture
def agreement(tenant, holder):
    """The program holder gets 60 %, half of it when the program is completed."""
    term = {
        "party": "holder",
        "base": "net",
        "percent": "60",
        "fixed_cents": 0,
        "tiers": [],
        "cap_cents": None,
    }
    term |= {"cap_cents": None, "priority": 1, "holdback_percent": "50", "clawback_days": None}
    return RevenueAgreement.objects.create(
        organization=tenant.organization,
        name="Bright Care",
        version=1,
        holder=holder,
        terms=[term],
        starts_on=clock.now().date(),
        created_by="the operator",
    )


TOTAL = 1_398_60


def completes(tenant, enrollment) -> list[Claim]:
    """The holder marks every part of a program complete that is not complete yet."""
    said = Completion(clock.now())
    open_parts = enrollment.parts.filter(completed_at=None).select_related("part", "enrollment")
    return [
        completion.claim(tenant.manager, part, Claim.Route.HOLDER, said, verified=True) for part in open_parts
    ]


def share(order, payer):
    return (
        order.allocations.select_related("order").exclude(state__in=["denied", "canceled"]).get(payer=payer)
    )


def commits_at_once():
    """Has the database check now what it checks at the end of a transaction."""
    connection.cursor().execute("SET CONSTRAINTS ALL IMMEDIATE")
    connection.cursor().execute("SET CONSTRAINTS ALL DEFERRED")


def test_an_approved_student_has_a_place_and_starts_when_the_order_is_paid(tenant, enrollment, order):
    assert (enrollment.state, order.state, order.total_cents) == ("approved", "open", TOTAL)
    assert [(line.kind, line.amount_cents) for line in order.lines.order_by("position")] == [
        ("tuition", 1_250_00),
        ("fee", 45_00),
        ("tax", 103_60),
    ]
    assert "pay $1,398.60" in Mail.objects.latest("id").text
    actions.record_payment(tenant.owner, share(order, "student"), "Check 4711")
    assert (now(enrollment).state, now(order).state) == ("enrolled", "paid")
    assert enrollment.parts.count() == 3
    assert balances(order) == {
        ("cash", ""): TOTAL,
        ("tax", ""): -103_60,
        ("due", "operator"): -(TOTAL - 103_60),
    }


def test_several_payers_share_an_order(tenant, enrollment, order, actor_of_student):
    ita = actions.request(
        actor_of_student, order, "ita", 900_00, name="Harbor Workforce Board", reference="ITA-7"
    )
    actions.request(actor_of_student, order, "employer", name="Harbor Clinic", email="pay@clinic.example")
    assert not order.allocations.filter(payer="student").exists()
    actions.authorize(tenant.owner, ita)
    assert (now(order).state, enrollment.state) == ("open", "approved")
    employer = actions.invoice(tenant.owner, share(order, "employer"))
    assert (now(order).state, employer.invoice_number) == ("funded", 1)
    assert balances(order)["receivable", "Harbor Workforce Board"] == 900_00
    assert now(enrollment).state == "approved"  # this program starts when it is paid
    for paid in (ita, employer):
        actions.record_payment(tenant.owner, paid)
    assert (now(enrollment).state, now(order).state) == ("enrolled", "paid")
    assert not [at for at in balances(order) if at[0] in ("receivable", "promised", "revenue")]


def test_a_program_may_start_students_when_their_payer_promised(tenant, paid_program, student):
    programs.change(tenant.manager, paid_program, starts_when="authorized")
    programs.publish(tenant.manager, paid_program)
    enrollment = enrollments.enroll_directly(tenant.manager, paid_program, student)
    ita = actions.request(tenant.owner, enrollment.orders.get(), "ita", name="Board", reference="A-1")
    actions.authorize(tenant.owner, ita)
    assert now(enrollment).state == "enrolled"


def test_what_a_payer_denies_is_the_students_again(tenant, enrollment, order):
    ita = actions.request(tenant.owner, order, "ita", 900_00, name="Board", reference="A-1")
    actions.authorize(tenant.owner, ita)
    actions.deny(tenant.owner, ita, "Not a resident.")
    assert now(order).state == "open"
    assert sum(row.amount_cents for row in order.allocations.filter(payer="student")) == TOTAL
    assert balances(order) == {}
    assert "Not a resident." in Mail.objects.latest("id").text


def test_instalments_are_due_month_by_month(tenant, enrollment, order, actor_of_student):
    actions.pay_in_instalments(actor_of_student, order, 3)
    shares = list(order.allocations.filter(state="requested").order_by("due_on"))
    assert [row.amount_cents for row in shares] == [466_20] * 3
    assert shares[2].due_on - shares[0].due_on == timedelta(days=60)
    with pytest.raises(WrongState):
        actions.pay_in_instalments(actor_of_student, order, 2)
    with pytest.raises(Invalid):
        actions.pay_in_instalments(actor_of_student, order, 24)


def test_nobody_pays_more_than_is_open(tenant, order, actor_of_student):
    for amount in (0, -5, TOTAL + 1):
        with pytest.raises(Invalid):
            actions.request(actor_of_student, order, "employer", amount, name="Clinic", email="a@b.example")
    with pytest.raises(Invalid):
        actions.request(actor_of_student, order, "student", 100)
    with pytest.raises(Forbidden):
        actions.record_payment(actor_of_student, share(order, "student"))


def test_the_funder_of_a_voucher_is_billed_and_the_operators_own_waives(
    tenant, enrollment, order, actor_of_student
):
    funded = vouchers.create(tenant.owner, payer_name="Harbor Fund", amount_cents=1_000_00)
    waived = vouchers.create(tenant.owner)
    actions.redeem(actor_of_student, order, f" {funded.code.lower()} ")
    actions.redeem(actor_of_student, order, waived.code)
    assert (now(order).state, now(enrollment).state) == ("funded", "approved")
    actions.record_payment(tenant.owner, order.allocations.get(voucher=funded))
    assert (now(order).state, now(enrollment).state) == ("paid", "enrolled")
    assert balances(order)["cash", ""] == 1_000_00


def test_a_scholarship_pays_its_share_and_brings_no_money(tenant, enrollment, order):
    asked = actions.request(tenant.owner, order, "scholarship")
    with pytest.raises(WrongState):
        actions.record_payment(tenant.owner, asked)
    actions.authorize(tenant.owner, asked)
    assert (now(order).state, now(enrollment).state, balances(order)) == ("paid", "enrolled", {})


def test_a_voucher_that_is_not_valid_is_refused_in_the_same_words(tenant, order, program, actor_of_student):
    yesterday = clock.now().date() - timedelta(days=1)
    over = vouchers.create(tenant.owner, expires_on=clock.now().date())
    type(over).objects.filter(id=over.id).update(expires_on=yesterday)
    ended = vouchers.create(tenant.owner)
    vouchers.end(tenant.owner, ended)
    other = programs.create(tenant.manager, "Another")
    elsewhere = vouchers.create(tenant.owner, program=other)
    used = vouchers.create(tenant.owner)
    type(used).objects.filter(id=used.id).update(used=1)
    said = set()
    for code in (over.code, ended.code, elsewhere.code, used.code, "NOSUCH", "", "\x00"):
        with pytest.raises(VoucherNotValid) as refused:
            actions.redeem(actor_of_student, order, code)
        said.add(refused.value.sentence)
    assert len(said) == 1


@pytest.mark.django_db(transaction=True)
def test_a_voucher_for_one_use_is_used_once_however_many_try_at_the_same_time(tenant, paid_program):
    voucher = vouchers.create(tenant.owner, amount_cents=100_00, uses=2)
    orders = [
        enrollments.enroll_directly(
            tenant.manager, paid_program, new_member(tenant, f"student{number}@example.org")
        ).orders.get()
        for number in range(6)
    ]

    def redeem(order):
        try:
            actions.redeem(tenant.owner, order, voucher.code)
            return True
        except VoucherNotValid:
            return False
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as threads:
        assert sum(threads.map(redeem, orders)) == 2
    voucher.refresh_from_db()
    assert voucher.used == 2


def test_withdrawing_refunds_by_the_policy_and_ends_what_is_not_paid(tenant, enrollment, order):
    ita = actions.request(tenant.owner, order, "ita", 398_60, name="Board", reference="A-1")
    actions.authorize(tenant.owner, ita)
    actions.record_payment(tenant.owner, share(order, "student"))
    enrollments.decide(tenant.manager, enrollment, "approved")  # starts before the board has paid
    type(enrollment).objects.filter(id=enrollment.id).update(enrolled_at=clock.now() - timedelta(days=12))
    enrollments.withdraw(tenant.manager, enrollment, "Moved away.")
    assert now(order).state == "canceled"
    assert [row.amount_cents for row in Refund.objects.all()] == [500_00]  # the second window: half of 1,000
    assert order.allocations.get(payer="ita").state == "canceled"
    assert balances(order)["cash", ""] == 500_00
    assert ("receivable", "Board") not in balances(order)


def test_whoever_never_started_gets_all_back(tenant, enrollment, order):
    actions.request(tenant.owner, order, "ita", 398_60, name="Board", reference="A-1")
    actions.record_payment(tenant.owner, share(order, "student"))
    enrollments.withdraw_own(tenant.manager, enrollment)
    assert [row.amount_cents for row in Refund.objects.all()] == [1_000_00]
    assert balances(order) == {}


def test_what_is_held_back_is_due_with_the_completion_and_held_again_without_it(
    tenant, agreement, enrollment, order
):
    paid = actions.record_payment(tenant.owner, share(order, "student"))
    assert (balances(order)["held", "holder"], balances(order)["due", "holder"]) == (-388_50, -388_50)
    claims = completes(tenant, now(enrollment))
    assert enrollment.orders.get().agreed.agreement == agreement
    assert ("held", "holder") not in balances(order)
    assert balances(order)["due", "holder"] == -777_00
    actions.refund(tenant.owner, paid, TOTAL // 2, "Half was canceled.")
    assert balances(order)["due", "holder"] == -388_50
    completion.revoke(tenant.manager, claims[0], "It was somebody else.")
    assert (balances(order)["held", "holder"], balances(order)["due", "holder"]) == (-194_25, -194_25)


def test_a_refund_is_never_more_than_was_paid(tenant, order):
    paid = actions.record_payment(tenant.owner, share(order, "student"))
    actions.refund(tenant.owner, paid, 1_000_00, "Course was canceled.")
    with pytest.raises(Invalid):
        actions.refund(tenant.owner, paid, 398_61, "Again.")
    actions.refund(tenant.owner, paid, 398_60, "The rest.")
    with pytest.raises(Invalid):
        actions.refund(tenant.owner, paid, 1, "One cent more.")
    assert balances(order) == {}


def test_the_database_refuses_a_transaction_that_does_not_balance(tenant, order):
    actions.record_payment(tenant.owner, share(order, "student"))
    made = LedgerTransaction.objects.get(kind="payment")
    entry = made.entries.order_by("id")[0]
    for change in (
        lambda: LedgerEntry.objects.filter(id=entry.id).update(amount_cents=1),
        lambda: LedgerEntry.objects.filter(id=entry.id).delete(),
        lambda: LedgerTransaction.objects.filter(id=made.id).update(kind="refund"),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            change()
    added = LedgerTransaction.objects.create(
        organization=tenant.organization, kind="payment", key="forged", by="somebody"
    )
    LedgerEntry.objects.create(transaction=added, account=entry.account, amount_cents=5)
    with pytest.raises(IntegrityError):
        commits_at_once()


def test_the_database_refuses_an_order_whose_shares_are_not_its_total(order):
    order.allocations.update(amount_cents=TOTAL - 1)
    with pytest.raises(IntegrityError):
        commits_at_once()


EVENTS = st.lists(
    st.tuples(
        st.sampled_from(
            [
                *("ask ita", "ask employer", "ask scholarship", "authorize", "invoice", "pay", "pay", "deny"),
                *("instalments", "voucher", "waiver", "refund", "withdraw", "complete", "begin", "reopen"),
            ]
        ),
        st.integers(0, 5),
        st.integers(1, TOTAL),
    ),
    max_size=14,
)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(EVENTS)
def test_no_sequence_of_events_leaves_the_books_unbalanced(tenant, agreement, enrollment, order, events):
    with transaction.atomic():
        for event, at, amount in events:
            with contextlib.suppress(Problem), transaction.atomic():
                _happens(tenant, enrollment, order, event, at, amount)
                commits_at_once()
        _holds(order)
        transaction.set_rollback(True)


def _happens(tenant, enrollment, order, event, at, amount):
    shares = list(order.allocations.select_related("order").order_by("id"))
    chosen = shares[at % len(shares)]
    match event:
        case "ask ita":
            actions.request(tenant.owner, order, "ita", amount, name="Board", reference="A-1")
        case "ask employer":
            actions.request(tenant.owner, order, "employer", amount, name="Clinic", email="a@b.example")
        case "ask scholarship":
            actions.request(tenant.owner, order, "scholarship", amount)
        case "authorize":
            actions.authorize(tenant.owner, chosen)
        case "invoice":
            actions.invoice(tenant.owner, chosen)
        case "pay":
            actions.record_payment(tenant.owner, chosen)
        case "deny":
            actions.deny(tenant.owner, chosen, "No.")
        case "instalments":
            actions.pay_in_instalments(tenant.owner, order, 3)
        case "voucher":
            made = vouchers.create(tenant.owner, payer_name="Fund", amount_cents=amount)
            actions.redeem(tenant.owner, order, made.code)
        case "waiver":
            actions.redeem(tenant.owner, order, vouchers.create(tenant.owner, amount_cents=amount).code)
        case "refund":
            actions.refund(tenant.owner, chosen, amount, "Given back.")
        case "withdraw":
            enrollments.withdraw(tenant.manager, enrollment, "Moved away.")
        case "begin":
            enrollments.decide(tenant.manager, enrollment, "approved")
        case "complete":
            completes(tenant, enrollment)
        case "reopen":
            enrollments.reopen(tenant.manager, enrollment, "Came back.")


def _holds(order):
    order.refresh_from_db()
    assert order.state in set(OrderState)
    received = 0
    for row in order.allocations.all():
        assert row.state in set(AllocationState)
        waived = row.payer == "scholarship" or (row.voucher_id and not row.name)
        if row.state == "paid" and not waived:
            received += row.amount_cents - row.refunded_cents
        assert 0 <= row.refunded_cents <= row.amount_cents
    books = balances(order)
    assert sum(books.values()) == 0
    assert books.get((Kind.CASH.value, ""), 0) == received <= order.total_cents
    assert (Kind.REVENUE.value, "") not in books  # all that was received has its party
    promised = sum(row.amount_cents for row in order.allocations.filter(state__in=["authorized", "invoiced"]))
    assert -books.get((Kind.PROMISED.value, ""), 0) == promised
