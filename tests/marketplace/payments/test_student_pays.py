"""A student pays by card on the pages, and what the landing page may say."""

from tests.marketplace.acts import client_of, now

from heliograph.marketplace.enrollments import actions as enrollments
from heliograph.marketplace.models import CheckoutSession
from heliograph.marketplace.payments import checkout


def test_only_the_webhook_makes_it_paid(stripe, share, order, student):
    client = client_of(student.user)
    at = f"/lms/orders/{order.id}/"
    assert "Pay by card" in client.get(at).text
    sent = client.post(f"{at}shares/{share.id}/pay", {"amount": "1"})  # nobody asks the browser how much
    begun = CheckoutSession.objects.get()
    assert sent.url == begun.url
    assert begun.amount_cents == order.total_cents
    came_back = client.get(f"{at}?payment={begun.id}").text
    assert "has not been confirmed yet" in came_back
    assert "Everything is paid" not in came_back
    stripe.pays(begun)
    assert "Everything is paid" in client.get(at).text
    assert now(order.enrollment).state == "enrolled"
    assert client.post(f"{at}shares/{share.id}/pay").status_code == 409
    assert f"/lms/orders/{order.id}/" in client.get("/lms/orders/").text


def test_whoever_does_not_wait_for_the_webhook_asks_stripe(stripe, share, order, student):
    client = client_of(student.user)
    begun = checkout.begin(share)
    stripe.happens("pay", id=begun.provider_id)
    client.post(f"/lms/orders/{order.id}/check")
    assert "Everything is paid" in client.get(f"/lms/orders/{order.id}/").text


def test_a_payment_that_was_begun_is_canceled_and_paid_otherwise(stripe, share, order, student):
    client = client_of(student.user)
    at = f"/lms/orders/{order.id}"
    client.post(f"{at}/shares/{share.id}/pay")
    assert client.post(f"{at}/payer", {"payer": "scholarship"}).status_code == 409
    client.post(f"{at}/shares/{share.id}/cancel")
    assert CheckoutSession.objects.get().state == "expired"
    assert client.post(f"{at}/payer", {"payer": "scholarship"}).status_code == 302


def test_withdrawing_ends_the_page_at_stripe(tenant, stripe, share, order):
    begun = checkout.begin(share)
    enrollments.withdraw(tenant.manager, order.enrollment, "Moved away.")
    stripe.rude(*["500"] * 3)
    checkout.end_canceled()  # Stripe does not answer: it is tried again later
    assert CheckoutSession.objects.get().state == "open"
    CheckoutSession.objects.update(end_at=begun.created_at)
    checkout.end_canceled()
    assert CheckoutSession.objects.get().state == "expired"
    checkout.end_canceled()
    assert CheckoutSession.objects.get().end_tries == 1
