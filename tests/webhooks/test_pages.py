"""Pages of webhooks: made, shown, rotated, tested, replayed and deleted by an administrator."""

import re

import pytest
from tests.fixtures import APP

from heliograph.core.roles import Role
from heliograph.webhooks import actions, topics
from heliograph.webhooks.models import Endpoint, Message

LIST = "/admin/org/webhooks/"


@pytest.fixture
def browser(client, tenant):
    """An administrator's browser."""
    client.defaults["HTTP_HOST"] = APP
    client.post("/sign-in/", {"login": "admin@northlight.example", "password": "long enough"})
    return client


def emit(tenant):
    example = topics.TOPICS["course.published"].example
    return actions.emit(tenant.organization.id, "course.published", example)


def test_an_endpoint_is_added_with_its_topics_and_its_secret_is_shown_once(browser, tenant, customer, send):
    assert b"No endpoints yet" in browser.get(LIST).content
    sent = {"url": customer.url, "description": "Warehouse", "topics": ["course.published", "member.joined"]}
    page = browser.post(f"{LIST}new", sent, follow=True)
    endpoint = Endpoint.objects.get()
    assert (endpoint.topics, str(endpoint)) == (["course.published", "member.joined"], "Warehouse")
    secret = re.findall(r"whsec_[A-Za-z0-9+/=]+", page.content.decode())[0]
    assert secret not in browser.get(f"{LIST}{endpoint.id}/").content.decode()
    emit(tenant)
    send(endpoint)
    assert customer.received[0].read(secret)["type"] == "course.published"


def test_the_delivery_shows_message_request_and_response(browser, tenant, make_endpoint, customer, send):
    endpoint = make_endpoint("course.published")
    event = emit(tenant)
    customer.answers = [503]
    send(endpoint)
    page = browser.get(f"{LIST}{endpoint.id}/").content.decode()
    message = Message.objects.get()
    assert str(message.id) in page
    assert "answered 503" in page
    detail = browser.get(f"{LIST}{endpoint.id}/deliveries/{message.id}/").content.decode()
    assert all(text in detail for text in (str(event.id), "webhook-signature", "answered 503", "503"))


def test_a_test_event_is_sent_and_a_delivery_replayed(browser, make_endpoint, customer, send):
    endpoint = make_endpoint("import.failed")
    browser.post(f"{LIST}{endpoint.id}/test")
    send(endpoint)
    message = Message.objects.get()
    browser.post(f"{LIST}{endpoint.id}/deliveries/{message.id}/replay")
    send(endpoint)
    first, second = (received.read(endpoint.secret) for received in customer.received)
    assert first == second
    assert first["type"] == "webhook.test"


def test_rotating_and_deleting_ask_first(browser, make_endpoint):
    endpoint = make_endpoint("*")
    for act in ("rotate", "delete"):
        assert browser.post(f"{LIST}{endpoint.id}/{act}").headers["X-Question"] == "1"
    page = browser.post(f"{LIST}{endpoint.id}/rotate", {"confirmed": "1"}, follow=True)
    assert re.search(r"whsec_", page.content.decode())
    browser.post(f"{LIST}{endpoint.id}/delete", {"confirmed": "1"})
    assert not Endpoint.objects.exists()


def test_what_was_disabled_is_enabled_again(browser, make_endpoint):
    endpoint = make_endpoint("*")
    browser.post(f"{LIST}{endpoint.id}/disable")
    assert b"Events are not sent to this endpoint" in browser.get(f"{LIST}{endpoint.id}/").content
    browser.post(f"{LIST}{endpoint.id}/enable")
    assert Endpoint.objects.get().enabled


def test_saving_keeps_a_group_that_was_chosen_as_a_whole(browser, make_endpoint, customer):
    endpoint = make_endpoint("import.*", "course.deleted")
    ticked = ["import.failed", "import.succeeded", "course.published"]
    browser.post(f"{LIST}{endpoint.id}/change", {"url": customer.url, "topics": ticked})
    assert Endpoint.objects.get().topics == ["course.published", "import.*"]


def test_the_catalog_shows_every_topic(browser):
    page = browser.get(f"{LIST}topics").content.decode()
    assert [name for name in topics.TOPICS if name not in page] == ["webhook.test"]


def test_a_manager_sees_no_webhooks(client, tenant):
    client.defaults["HTTP_HOST"] = APP
    manager = f"{Role.MANAGER.word}@northlight.example"
    client.post("/sign-in/", {"login": manager, "password": "long enough"})
    assert client.get(LIST).status_code == 403
