"""Pages of webhooks: made, shown, rotated, tested, replayed and deleted by an administrator."""

import re

import pytest
from lxml import html
from tests.fixtures import APP

from heliograph.core.ids import new_id
from heliograph.core.roles import Role
from heliograph.dispatch import actions as dispatching
from heliograph.webhooks import actions, home, topics
from heliograph.webhooks.models import Endpoint, Message

LIST = "/admin/org/webhooks/"


@pytest.fixture
def browser(client, tenant):
    """An administrator's browser."""
    client.defaults["HTTP_HOST"] = APP
    client.post("/sign-in/", {"login": "admin@northlight.example", "password": "long enough"})
    return client


def shown(answer):
    return html.fromstring(answer.content.decode())


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


def test_deliveries_of_all_endpoints_are_in_one_list(browser, tenant, make_endpoint, customer, send):
    warehouse, archive = (make_endpoint(description=name) for name in ("Warehouse", "Archive"))
    emit(tenant)
    send(warehouse)
    customer.answers = [503]
    send(archive)

    def listed(asked=""):
        page = shown(browser.get(f"{LIST}deliveries/{asked}"))
        return {row.xpath("normalize-space(td[3])") for row in page.xpath("//tbody/tr")}

    assert listed() == {"Warehouse", "Archive"}
    assert listed("?state=delivered") == {"Warehouse"}
    assert listed(f"?endpoint={archive.id}") == {"Archive"}
    assert listed("?topic=course.deleted") == set()
    [attention] = [item for item in home.attention(tenant.organization.id) if "Archive" in item.text]
    assert listed(attention.address.partition("/")[2].rpartition("/")[2]) == {"Archive"}


def test_a_strangers_deliveries_are_not_listed(browser, stranger, customer):
    actions.create_endpoint(stranger.owner, customer.url, ["*"])
    emit(stranger)
    assert b"No deliveries yet" in browser.get(f"{LIST}deliveries/").content


def test_an_endpoint_is_narrowed_to_what_is_picked(browser, tenant, customer, course, dispatch):
    page = shown(browser.get(LIST))
    offered = {
        name: {option.text: option.get("value") for option in page.xpath(f"//select[@name='{name}']/option")}
        for name in ("course", "destination", "dispatch")
    }
    assert offered["course"] == {"–": "", course.title: str(course.id)}
    assert set(offered["destination"].values()) == {"", str(dispatch.destination_id)}
    assert set(offered["dispatch"].values()) == {"", str(dispatch.id)}
    sent = {"url": customer.url, "topics": ["course.published"], "course": str(course.id), "dispatch": ""}
    browser.post(f"{LIST}new", sent)
    endpoint = Endpoint.objects.get()
    assert (endpoint.course_id, endpoint.destination_id, endpoint.dispatch_id) == (course.id, None, None)
    page = shown(browser.get(f"{LIST}{endpoint.id}/"))
    assert page.xpath("//select[@name='course']/option[@selected]/text()") == [course.title]


def test_a_filter_by_what_is_deleted_stays_chosen(browser, make_endpoint):
    endpoint, gone = make_endpoint("*"), new_id()
    Endpoint.objects.filter(id=endpoint.id).update(course_id=gone)
    page = shown(browser.get(f"{LIST}{endpoint.id}/"))
    assert page.xpath("//select[@name='course']/option[@selected]/@value") == [str(gone)]


def test_many_are_searched_while_one_types(browser, tenant):
    for number in range(25):
        dispatching.create_destination(tenant.manager, f"Customer {number}", f"customer-{number}")
    page = shown(browser.get(LIST))
    assert not page.xpath("//select[@name='destination']")
    found = browser.get(f"{LIST}filters/destination?destination=Customer+2").content.decode()
    assert "Customer 24" in found
    assert "Customer 13" not in found
