"""An organization's keys of Stripe: encrypted, never shown again, and only for who may change settings."""

import pytest

from heliograph.core.errors import Conflict, Forbidden, Invalid
from heliograph.marketplace.errors import PaymentRefused, PaymentsNotSetUp
from heliograph.marketplace.models import PaymentAccount, PaymentDifference
from heliograph.marketplace.payments import accounts, checkout, reconciliation

KEY, WEBHOOK = "sk_test_4eC39HqLyjWDarjtT1zdp7dc", "whsec_of_the_tests"


def test_keys_are_kept_encrypted(tenant):
    account = accounts.connect(tenant.owner, f" {KEY} ", WEBHOOK)
    kept = bytes(account.encrypted_secret_key) + bytes(account.encrypted_webhook_secret)
    assert KEY.encode() not in kept
    assert WEBHOOK.encode() not in kept
    assert (accounts.secret_key(account), accounts.webhook_secret(account)) == (KEY, WEBHOOK)
    assert (str(account), account.is_live) == ("Stripe …p7dc", False)


@pytest.mark.parametrize(
    ("key", "webhook", "field"),
    [
        ("", WEBHOOK, "secret_key"),
        ("pk_test_published", WEBHOOK, "secret_key"),
        (f"{KEY}\nX-Header: 1", WEBHOOK, "secret_key"),
        (KEY, "", "webhook_secret"),
        (KEY, "secret", "webhook_secret"),
    ],
)
def test_what_is_no_key_is_refused(tenant, key, webhook, field):
    with pytest.raises(Invalid) as refused:
        accounts.connect(tenant.owner, key, webhook)
    assert refused.value.details["field"] == field
    assert not PaymentAccount.objects.exists()


def test_a_manager_changes_no_keys(tenant):
    with pytest.raises(Forbidden):
        accounts.connect(tenant.manager, KEY, WEBHOOK)


def test_stripe_stays_connected_while_somebody_pays(tenant, stripe, share):
    checkout.begin(share)
    with pytest.raises(Conflict):
        accounts.disconnect(tenant.owner)
    checkout.cancel(share)
    accounts.disconnect(tenant.owner)
    with pytest.raises(PaymentsNotSetUp):
        checkout.begin(share)


def test_what_stripe_says_never_shows_a_key(stripe, share):
    stripe.rude(*["500"] * 3)
    with pytest.raises(PaymentRefused) as refused:
        checkout.begin(share)
    assert "sk_test" not in str(refused.value.document())


def test_a_difference_is_resolved_once_with_a_note(tenant):
    found = PaymentDifference.objects.create(
        organization=tenant.organization, kind="unknown_payment", subject="cs_1"
    )
    with pytest.raises(Forbidden):
        reconciliation.resolve(tenant.manager, found, "Refunded by hand.")
    reconciliation.resolve(tenant.owner, found, " Refunded by hand. ")
    again = reconciliation.resolve(tenant.owner, found, "Another note.")
    assert again.note == "Refunded by hand."
