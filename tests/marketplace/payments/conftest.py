"""A program that costs something, an account at Stripe, and Stripe itself in a process of its own."""

import json
import subprocess
import sys
import urllib.request
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from tests.fixtures import APP
from tests.marketplace.payments import stripe_server

from heliograph.marketplace.enrollments import actions as enrollments
from heliograph.marketplace.models import Site
from heliograph.marketplace.payments import accounts, events
from heliograph.marketplace.programs import actions as programs

WEBHOOK_SECRET = "whsec_of_the_tests"


@dataclass
class Stripe:
    """The server, and how a test has something happen there."""

    url: str
    account: Any = None

    def happens(self, what: str, **said):
        asked = urllib.request.Request(f"{self.url}/test/{what}", json.dumps(said).encode(), method="POST")
        with urllib.request.urlopen(asked, timeout=30) as answer:
            return json.load(answer)

    def rude(self, *manners: str) -> None:
        self.happens("rude", manners=manners)

    def tells(self, kind, object_id, event_id="evt_1", *, secret=WEBHOOK_SECRET, moment=None):
        """Send the webhook, as Stripe does."""
        said = {"id": event_id, "object": "event", "type": kind, "data": {"object": {"id": object_id}}}
        return self.sends(json.dumps(said).encode(), secret=secret, moment=moment)

    def sends(self, body: bytes, *, secret=WEBHOOK_SECRET, moment=None):
        return Client(HTTP_HOST=APP).post(
            f"/payments/stripe/{self.account.organization_id}",
            body,
            content_type="application/json",
            HTTP_STRIPE_SIGNATURE=stripe_server.signed(body, secret, moment),
        )

    def pays(self, checkout, **said) -> None:
        """A student pays, and Stripe tells us."""
        self.happens("pay", id=checkout.provider_id, **said)
        assert self.tells("checkout.session.completed", checkout.provider_id).status_code == 200
        events.work()
        checkout.refresh_from_db()


@pytest.fixture(scope="session")
def stripe_process():
    command = [sys.executable, str(Path(stripe_server.__file__))]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield f"http://127.0.0.1:{int(process.stdout.readline())}"
        process.kill()


@pytest.fixture
def stripe(tenant, settings, stripe_process):
    settings.HELIOGRAPH = replace(settings.HELIOGRAPH, stripe_api=stripe_process)
    server = Stripe(stripe_process)
    server.rude()
    server.account = accounts.connect(tenant.owner, "sk_test_4eC39HqLyjWDarjtT1zdp7dc", WEBHOOK_SECRET)
    return server


@pytest.fixture
def order(tenant, program, student):
    programs.change(tenant.manager, program, price_cents=1_000_00, tax_percent=Decimal(8), instalments=3)
    programs.publish(tenant.manager, program)
    Site.objects.create(organization=tenant.organization, title="Northlight", takes_payments=True)
    return enrollments.enroll_directly(tenant.manager, program, student).orders.get()


@pytest.fixture
def share(order):
    return order.allocations.select_related("order__enrollment__student__user").get()
