"""Paying by card through Stripe Checkout: it counts once, whatever Stripe, the network or a liar does."""

import contextlib
import json
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.marketplace.acts import now

from heliograph.core import clock
from heliograph.core.errors import Problem
from heliograph.marketplace.errors import CheckoutOpen, PaymentRefused, WrongState
from heliograph.marketplace.ledger.actions import balances
from heliograph.marketplace.models import (
    CheckoutSession,
    Dispute,
    LedgerTransaction,
    PaymentDifference,
    PaymentEvent,
    Refund,
)
from heliograph.marketplace.orders import actions as orders
from heliograph.marketplace.payments import checkout, events, reconciliation, refunds, stripe_api

TOTAL = 1_080_00
FEE = 31_62  # 2.9 % and 30 cents


def entries(kind):
    return LedgerTransaction.objects.filter(kind=kind).count()


def test_a_student_pays_and_starts(stripe, order, share):
    begun = checkout.begin(share)
    assert begun.url.startswith("https://checkout.stripe.example/")
    assert checkout.begin(share).id == begun.id  # the same page again
    stripe.pays(begun)
    assert (begun.state, now(order).state, now(order.enrollment).state) == ("paid", "paid", "enrolled")
    assert balances(order) == {
        ("cash", ""): TOTAL - FEE,
        ("tax", ""): -80_00,
        ("due", "operator"): -(1_000_00 - FEE),
    }


def test_the_page_that_a_student_returns_to_asks_stripe_and_needs_no_webhook(stripe, order, share):
    begun = checkout.begin(share)
    stripe.happens("pay", id=begun.provider_id)
    checkout.refresh_of(order)
    assert now(order).state == "paid"
    stripe.tells("checkout.session.completed", begun.provider_id)
    events.work()
    assert entries("payment") == 1


def test_the_same_event_again_and_in_any_order_counts_once(stripe, order, share):
    begun = checkout.begin(share)
    stripe.happens("pay", id=begun.provider_id)
    kinds = ["expired", "completed", "async_payment_failed"]
    for number, kind in enumerate(f"checkout.session.{kind}" for kind in kinds * 2):
        assert stripe.tells(kind, begun.provider_id, f"evt_{number % 3}").status_code == 200
    assert PaymentEvent.objects.count() == 3
    events.work()
    assert (now(order).state, entries("payment"), entries("provider_fee")) == ("paid", 1, 1)


def test_a_forged_or_old_webhook_is_refused_and_nothing_is_kept(stripe, share):
    begun = checkout.begin(share)
    for answer in (
        stripe.tells("checkout.session.completed", begun.provider_id, secret="whsec_guessed"),
        stripe.tells("checkout.session.completed", begun.provider_id, moment=int(time.time()) - 3600),
        stripe.sends(b"not json"),
        stripe.sends(b"[]"),
    ):
        assert answer.status_code == 403
        assert answer.json()["code"] == "signature_refused"
    assert stripe.sends(b"{" + b" " * 600_000 + b"}").status_code == 413
    assert not PaymentEvent.objects.exists()


def test_a_webhook_that_lies_is_checked_at_stripe(stripe, order, share):
    begun = checkout.begin(share)
    lie = {
        "id": "evt_lie",
        "object": "event",
        "type": "checkout.session.completed",
        "data": {"object": {"id": begun.provider_id, "payment_status": "paid", "amount_total": TOTAL}},
    }
    assert stripe.sends(json.dumps(lie).encode()).status_code == 200
    events.work()
    assert now(order).state == "open"


def test_an_amount_that_was_not_asked_for_waits_for_a_person(stripe, order, share):
    begun = checkout.begin(share)
    stripe.pays(begun, amount=1_00)
    assert (now(order).state, now(order.enrollment).state) == ("open", "approved")
    assert PaymentDifference.objects.get().kind == "unexpected_payment"


def test_a_share_changes_only_after_its_page_has_ended(tenant, stripe, order, share):
    begun = checkout.begin(share)
    with pytest.raises(CheckoutOpen):
        orders.request(tenant.owner, order, "ita", 500_00, name="Board", reference="A-1")
    with pytest.raises(CheckoutOpen):
        orders.record_payment(tenant.owner, share)
    checkout.cancel(share)
    begun.refresh_from_db()
    assert begun.state == "expired"
    orders.request(tenant.owner, order, "ita", 500_00, name="Board", reference="A-1")
    assert checkout.begin(share).amount_cents == TOTAL - 500_00


def test_who_paid_while_somebody_cancels_has_paid(stripe, order, share):
    begun = checkout.begin(share)
    stripe.happens("pay", id=begun.provider_id)
    with pytest.raises(WrongState):
        checkout.cancel(share)
    assert now(order).state == "paid"


def test_a_payment_that_takes_days_is_waited_for(stripe, order, share):
    begun = checkout.begin(share)
    stripe.happens("process", id=begun.provider_id)
    checkout.refresh_of(order)
    assert now(begun).state == "processing"
    with pytest.raises(CheckoutOpen):
        checkout.begin(share)
    stripe.happens("arrives", id=begun.provider_id)
    stripe.tells("checkout.session.async_payment_succeeded", begun.provider_id)
    events.work()
    assert now(order).state == "paid"


def test_a_payment_that_takes_days_and_fails_can_be_made_again(stripe, order, share):
    begun = checkout.begin(share)
    stripe.happens("process", id=begun.provider_id)
    stripe.tells("checkout.session.async_payment_failed", begun.provider_id)
    events.work()
    assert now(begun).state == "failed"
    assert checkout.begin(share).id != begun.id


def test_a_page_that_ended_makes_way_for_another(stripe, share):
    begun = checkout.begin(share)
    CheckoutSession.objects.filter(id=begun.id).update(expires_at=clock.now() - timedelta(minutes=1))
    stripe.happens("set", kind="checkout/sessions", id=begun.provider_id, values={"status": "expired"})
    again = checkout.begin(share)
    assert (again.id != begun.id, now(begun).state) == (True, "expired")


@pytest.mark.parametrize("manner", ["500", "429", "done, no answer", "rubbish"])
def test_a_rude_stripe_makes_no_second_page(stripe, share, manner):
    stripe.rude("", "", manner)  # the third request makes the session
    begun = None
    for _ in range(3):
        with contextlib.suppress(PaymentRefused):
            begun = checkout.begin(share)
            break
    assert begun is not None
    stripe.pays(begun)
    assert (begun.state, entries("payment")) == ("paid", 1)


def test_a_crash_before_stripe_answered_loses_no_payment(stripe, order, share):
    """Our process dies after Stripe made the page: only the row is left, and the student pays."""
    begun = checkout.begin(share)
    CheckoutSession.objects.filter(id=begun.id).update(provider_id="", url="")
    stripe.happens("pay", id=begun.provider_id)
    stripe.tells("checkout.session.completed", begun.provider_id)
    events.work()
    assert (now(order).state, now(begun).provider_id) == ("paid", begun.provider_id)


def test_what_stripe_does_not_answer_is_tried_again(stripe, order, share):
    begun = checkout.begin(share)
    stripe.happens("pay", id=begun.provider_id)
    stripe.tells("checkout.session.completed", begun.provider_id)
    stripe.rude(*["500"] * 3)
    events.work()
    waits = PaymentEvent.objects.get()
    assert (now(order).state, waits.handled_at, waits.tries) == ("open", None, 1)
    PaymentEvent.objects.update(try_at=clock.now())
    events.work()
    assert now(order).state == "paid"


def test_a_page_of_another_organization_is_not_ours(stripe, stranger, order, share):
    begun = checkout.begin(share)
    stripe.happens("pay", id=begun.provider_id)
    said = stripe_api.session(stripe.account, begun.provider_id)
    stripe.account.organization = stranger.organization
    assert checkout.by_session(stripe.account, said) is None


@pytest.mark.django_db(transaction=True)
def test_all_at_once_count_once(stripe, order, share):
    """The webhook, the page that the student returns to, and the nightly comparison."""
    begun = checkout.begin(share)
    stripe.happens("pay", id=begun.provider_id)
    stripe.tells("checkout.session.completed", begun.provider_id)

    def at_once(act):
        try:
            act()
        finally:
            connection.close()

    acts = [
        events.work,
        lambda: checkout.refresh_of(order),
        lambda: reconciliation.reconcile(stripe.account),
        lambda: checkout.refresh_of(order),
    ]
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(at_once, acts))
    assert (now(order).state, entries("payment"), entries("provider_fee")) == ("paid", 1, 1)
    assert balances(order)["cash", ""] == TOTAL - FEE


def test_a_refund_is_sent_once_and_ends_as_stripe_says(tenant, stripe, order, share):
    stripe.pays(checkout.begin(share))
    made = orders.refund(tenant.owner, share, 400_00, "One class was canceled.")
    assert made.state == "pending"
    stripe.rude("done, no answer", "done, no answer", "done, no answer")
    refunds.send_pending()
    assert now(made).provider_id == ""
    Refund.objects.update(try_at=clock.now())
    refunds.send_pending()
    assert now(made).provider_id
    stripe.happens("set", kind="refunds", id=made.provider_id, values={"status": "succeeded"})
    stripe.tells("refund.updated", made.provider_id, "evt_refund")
    events.work()
    assert (now(made).state, balances(order)["cash", ""]) == ("succeeded", TOTAL - FEE - 400_00)


def test_a_refund_that_cannot_be_sent_holds_up_no_other(tenant, stripe, order, share):
    stripe.pays(checkout.begin(share))
    stuck = orders.refund(tenant.owner, share, 100_00, "One class was canceled.")
    stripe.rude("500", "500", "500")
    refunds.send_pending()
    other = orders.refund(tenant.owner, share, 200_00, "Another one.")
    refunds.send_pending()
    assert (now(stuck).provider_id, stuck.tries, bool(now(other).provider_id)) == ("", 1, True)


def test_a_refund_that_fails_leaves_the_money_here(tenant, stripe, order, share):
    stripe.pays(checkout.begin(share))
    made = orders.refund(tenant.owner, share, 400_00, "One class was canceled.")
    refunds.send_pending()
    made.refresh_from_db()
    stripe.happens("set", kind="refunds", id=made.provider_id, values={"status": "failed"})
    for number in range(2):
        stripe.tells("refund.failed", made.provider_id, f"evt_failed{number}")
    events.work()
    assert (now(made).state, now(share).refunded_cents) == ("failed", 0)
    assert balances(order)["cash", ""] == TOTAL - FEE


def test_a_refund_that_was_made_at_stripe_is_recorded_here(stripe, order, share):
    begun = checkout.begin(share)
    stripe.pays(begun)
    elsewhere = stripe.happens(
        "make",
        kind="refunds",
        values={"status": "succeeded", "amount": 80_00, "payment_intent": begun.payment_intent},
    )
    for number in range(2):
        stripe.tells("refund.created", elsewhere["id"], f"evt_{number}_there")
    events.work()
    assert [(row.amount_cents, row.state) for row in Refund.objects.all()] == [(80_00, "succeeded")]
    too_much = stripe.happens(
        "make",
        kind="refunds",
        values={"status": "succeeded", "amount": TOTAL, "payment_intent": begun.payment_intent},
    )
    stripe.tells("refund.created", too_much["id"], "evt_more")
    events.work()
    assert PaymentDifference.objects.get().kind == "unknown_refund"


@pytest.mark.parametrize(("ends", "cash"), [("won", TOTAL - FEE), ("lost", -FEE)])
def test_a_dispute_holds_the_money_until_the_bank_decides(stripe, order, share, ends, cash):
    begun = checkout.begin(share)
    stripe.pays(begun)
    disputed = stripe.happens(
        "make",
        kind="disputes",
        values={
            "status": "needs_response",
            "amount": TOTAL,
            "payment_intent": begun.payment_intent,
            "reason": "fraudulent",
        },
    )
    stripe.tells("charge.dispute.created", disputed["id"], "evt_d1")
    events.work()
    assert balances(order)["disputed", ""] == TOTAL
    stripe.happens("set", kind="disputes", id=disputed["id"], values={"status": ends})
    for number in range(2):
        stripe.tells("charge.dispute.closed", disputed["id"], f"evt_d2{number}")
    events.work()
    assert Dispute.objects.get().state == ends
    assert ("disputed", "") not in balances(order)
    assert balances(order)["cash", ""] == cash


def test_the_nightly_comparison_finds_what_we_missed_and_what_is_not_there(stripe, order, share):
    begun = checkout.begin(share)
    stripe.happens("pay", id=begun.provider_id)
    reconciliation.reconcile(stripe.account)  # no webhook came
    assert now(order).state == "paid"
    assert not PaymentDifference.objects.filter(order=order).exists()
    stripe.happens("set", kind="checkout/sessions", id=begun.provider_id, values={"payment_status": "unpaid"})
    for _ in range(2):
        reconciliation.reconcile(stripe.account)
    assert PaymentDifference.objects.get(order=order).kind == "payment_not_there"


def test_a_payment_that_stripe_does_not_know_is_a_difference(stripe, order, share):
    begun = checkout.begin(share)
    stripe.pays(begun)
    stripe.happens("forget", kind="checkout/sessions", id=begun.provider_id)
    reconciliation.reconcile(stripe.account)
    assert PaymentDifference.objects.get(order=order).kind == "payment_not_there"


STORY = st.lists(
    st.sampled_from(
        [
            *("begin", "pay", "process", "arrives", "expire", "cancel", "tell", "tell again", "return"),
            *("night", "refund", "500", "done, no answer", "send refunds", "refund ends"),
        ]
    ),
    max_size=12,
)


@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STORY)
def test_no_story_pays_twice_or_loses_a_payment(tenant, stripe, order, share, story):
    with transaction.atomic():
        for number, event in enumerate(story):
            with contextlib.suppress(Problem, KeyError):
                _plays(tenant, stripe, order, share, event, f"evt_story_{number}")
        stripe.rude()
        with contextlib.suppress(Problem):
            checkout.refresh_of(order)
        events.work()
        _holds(stripe, order)
        transaction.set_rollback(True)


def _plays(tenant, stripe, order, share, event, event_id):
    last = CheckoutSession.objects.filter(allocation=share).exclude(provider_id="").order_by("-id").first()
    match event:
        case "begin":
            checkout.begin(share)
        case "cancel":
            checkout.cancel(share)
        case "return":
            checkout.refresh_of(order)
        case "night":
            reconciliation.reconcile(stripe.account)
        case "refund":
            orders.refund(tenant.owner, share, 100_00, "Given back.")
        case "send refunds":
            refunds.send_pending()
        case "500" | "done, no answer":
            stripe.rude(event)
        case _ if last is None:
            return
        case "pay" | "process":
            if _at_stripe(stripe, last)["status"] == "open":
                stripe.happens(event, id=last.provider_id)
        case "arrives":
            if _at_stripe(stripe, last)["status"] == "complete":
                stripe.happens("arrives", id=last.provider_id)
        case "expire":
            if _at_stripe(stripe, last)["status"] == "open":
                stripe.happens(
                    "set", kind="checkout/sessions", id=last.provider_id, values={"status": "expired"}
                )
        case "tell" | "tell again":
            stripe.tells("checkout.session.completed", last.provider_id, event_id)
            events.work()
        case "refund ends":
            for row in Refund.objects.exclude(provider_id=""):
                stripe.happens("set", kind="refunds", id=row.provider_id, values={"status": "succeeded"})
                stripe.tells("refund.updated", row.provider_id, event_id)
            events.work()


def _at_stripe(stripe, row):
    return stripe.happens("set", kind="checkout/sessions", id=row.provider_id, values={})


def _holds(stripe, order):
    rows = CheckoutSession.objects.filter(allocation__order=order).exclude(provider_id="")
    paid = [row for row in rows if _at_stripe(stripe, row)["payment_status"] == "paid"]
    ours = [row for row in rows if row.state == "paid"]
    assert len(paid) <= 1, "only one page was open at a time"
    assert [row.id for row in paid] == [row.id for row in ours]
    given_back = sum(
        row.amount_cents for row in Refund.objects.filter(allocation__order=order).exclude(state="failed")
    )
    books = balances(order)
    assert books.get(("cash", ""), 0) == (TOTAL - FEE if paid else 0) - given_back
    assert ("revenue", "") not in books
