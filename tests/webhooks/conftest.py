"""An endpoint of an organization, and a receiver that listens there."""

from dataclasses import replace
from typing import Any

import pytest
from tests.receiver import receiver

from heliograph.core import clock
from heliograph.webhooks import actions
from heliograph.webhooks.channel import CHANNEL
from heliograph.webhooks.models import Message


@pytest.fixture
def intranet(settings):
    """Private addresses are allowed, as in an intranet."""
    settings.HELIOGRAPH = replace(settings.HELIOGRAPH, outbound_private=True)


@pytest.fixture
def customer(intranet):
    with receiver() as running:
        yield running


@pytest.fixture
def make_endpoint(tenant, customer):
    """Makes endpoints at the customer's server, each with its secret as ``.secret``."""

    def make(*topics, **options):
        url = options.pop("url", customer.url)
        made: Any
        made, secret = actions.create_endpoint(tenant.owner, url, list(topics) or ["*"], **options)
        made.secret = secret
        return made

    return make


@pytest.fixture
def send():
    """Sends all that waits for an endpoint, whenever it would have been its turn."""

    def run(endpoint):
        Message.objects.filter(endpoint=endpoint, state="waiting").update(next_try_at=clock.now())
        CHANNEL.send_due(endpoint.id)

    return run
