"""The integrators' guide on webhooks: its table is the catalog, and its code verifies what is sent."""

from typing import Any

import pytest
from standardwebhooks.webhooks import WebhookVerificationError
from tests.conftest import ROOT
from tests.documents import blocks, rows, section

from heliograph.webhooks import actions, topics

GUIDE = ROOT / "docs/integrators/README.md"


def test_the_guides_table_is_the_catalog():
    listed = [row for row in rows(section(GUIDE, "Webhooks")) if row[0].startswith("`")]
    assert listed == [
        [f"`{topic.name}`", str(topic.sentence)]
        for topic in topics.TOPICS.values()
        if topic is not topics.TEST
    ]


def test_the_guides_code_verifies_what_is_sent_and_nothing_else(tenant, make_endpoint, customer, send):
    code = next(block.text for block in blocks(GUIDE) if "def read_event" in block.text)
    scope: dict[str, Any] = {}
    exec(code, scope)
    endpoint = make_endpoint()
    actions.send_test(tenant.owner, endpoint)
    send(endpoint)
    (received,) = customer.received
    assert scope["read_event"](endpoint.secret, received.headers, received.body)["type"] == "webhook.test"
    with pytest.raises(WebhookVerificationError):
        scope["read_event"](endpoint.secret, received.headers, received.body + b" ")
