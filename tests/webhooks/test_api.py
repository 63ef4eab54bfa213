"""The API of webhooks, as a program uses it."""

from typing import Any

import msgspec
import pytest
from tests.fixtures import take_jobs

from heliograph.core.ids import new_id
from heliograph.core.roles import Role
from heliograph.webhooks import actions, topics
from heliograph.webhooks.models import Endpoint, Event, Message


@pytest.fixture
def program(tenant, api_as):
    return api_as(tenant, Role.ADMIN)


def emit(tenant, topic="course.published"):
    return actions.emit(tenant.organization.id, topic, topics.TOPICS[topic].example)


def test_an_endpoint_from_beginning_to_end(program, tenant, customer, send):
    made = program("POST", "/webhooks", {"url": customer.url, "topics": ["course.*"], "in_order": True})
    assert made.status_code == 201
    endpoint = made.json()
    assert endpoint["signing_secret"].startswith("whsec_")
    assert endpoint["enabled"]
    assert "signing_secret" not in program("GET", f"/webhooks/{endpoint['id']}").json()
    emit(tenant)
    send(Endpoint.objects.get())
    assert customer.received[0].read(endpoint["signing_secret"])["type"] == "course.published"
    (delivery,) = program("GET", f"/webhooks/{endpoint['id']}/deliveries").json()["items"]
    assert (delivery["state"], delivery["status"], delivery["tries"]) == ("delivered", 200, 1)
    detail = program("GET", f"/webhooks/{endpoint['id']}/deliveries/{delivery['id']}").json()
    assert detail["attempts"][0]["request_headers"]["webhook-id"] == detail["event"] == detail["body"]["id"]
    changed = program("PATCH", f"/webhooks/{endpoint['id']}", {"enabled": False, "description": "Old"}).json()
    assert (changed["enabled"], changed["disabled_reason"], changed["description"]) == (
        False,
        "manual",
        "Old",
    )
    assert program("POST", f"/webhooks/{endpoint['id']}/test", {}).json()["code"] == "webhook_disabled"
    assert program("DELETE", f"/webhooks/{endpoint['id']}").status_code == 204
    assert program("GET", "/webhooks").json()["items"] == []


def test_deliveries_are_narrowed_by_topic_state_and_date(program, tenant, make_endpoint):
    endpoint = make_endpoint()
    emit(tenant)
    emit(tenant, "course.deleted")
    path = f"/webhooks/{endpoint.id}/deliveries"
    assert [row["topic"] for row in program("GET", f"{path}?topic=course.deleted").json()["items"]] == [
        "course.deleted"
    ]
    assert len(program("GET", f"{path}?state=waiting").json()["items"]) == 2
    assert program("GET", f"{path}?state=delivered").json()["items"] == []
    assert program("GET", f"{path}?until=2020-01-01T00:00:00Z").json()["items"] == []


def test_a_range_is_replayed_and_a_secret_rotated(program, tenant, make_endpoint, customer, send):
    endpoint = make_endpoint()
    emit(tenant)
    send(endpoint)
    again = program("POST", f"/webhooks/{endpoint.id}/replay", {"state": "all"})
    assert (again.status_code, again.json()) == (202, {"count": 1})
    rotated = program("POST", f"/webhooks/{endpoint.id}/rotate-secret", {})
    assert rotated.status_code == 201
    assert rotated.json()["old_secret_ends_at"]
    send(endpoint)
    assert customer.received[1].read(rotated.json()["signing_secret"])


def test_a_change_that_is_sent_twice_under_one_key_is_made_once(program, customer):
    body, headers = {"url": customer.url, "topics": ["*"]}, {"Idempotency-Key": "once"}
    first, second = (program("POST", "/webhooks", body, headers=headers) for _ in range(2))
    assert first.json() == second.json()
    assert Endpoint.objects.count() == 1


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"topics": []}, "webhook_invalid", "topics"),
        ({"topics": ["course.exploded"]}, "webhook_topic_unknown", "topics"),
        ({"topics": ["webhook.test"]}, "webhook_topic_unknown", "topics"),
        ({"url": "ftp://example.org"}, "address_invalid", "url"),
    ],
)
def test_what_is_wrong_is_refused_by_its_field(program, customer, change, code, field):
    refused = program("POST", "/webhooks", {"url": customer.url, "topics": ["*"], **change})
    assert (refused.status_code, refused.json()["code"], refused.json()["field"]) == (422, code, field)


def test_endpoints_are_limited(program, customer, make_endpoint, monkeypatch):
    monkeypatch.setattr(actions, "MOST_ENDPOINTS", 1)
    make_endpoint()
    refused = program("POST", "/webhooks", {"url": customer.url, "topics": ["*"]})
    assert (refused.status_code, refused.json()["code"]) == (422, "webhook_limit")


def test_filters_name_what_is_the_organizations_own(program, dispatch, stranger, customer, import_course):
    foreign = import_course(stranger, key="theirs")
    body = {"url": customer.url, "topics": ["*"], "dispatch": dispatch.key, "destination": "brandt"}
    made = program("POST", "/webhooks", body).json()
    assert (made["dispatch"], made["destination"]) == (str(dispatch.id), str(dispatch.destination_id))
    assert program("PATCH", f"/webhooks/{made['id']}", {"dispatch": None}).json()["dispatch"] is None
    assert program("POST", "/webhooks", {**body, "course": str(foreign.id)}).status_code == 404


def test_another_organizations_endpoints_are_not_found(stranger, api_as, tenant, make_endpoint):
    endpoint, program = make_endpoint(), api_as(stranger, Role.ADMIN)
    emit(tenant)
    message = Message.objects.get()
    paths = [
        ("GET", ""), ("PATCH", ""), ("DELETE", ""), ("POST", "/rotate-secret"), ("POST", "/test"),
        ("GET", "/deliveries"), ("POST", "/replay"), ("GET", f"/deliveries/{message.id}"),
        ("POST", f"/deliveries/{message.id}/replay"),
    ]  # fmt: skip
    for method, path in paths:
        body: Any = None if method in ("GET", "DELETE") else {}
        assert program(method, f"/webhooks/{endpoint.id}{path}", body).status_code == 404
    program("GET", "/webhooks/events")
    cursor = new_id().int >> 80 << 80
    events = program("GET", f"/webhooks/events?after={type(new_id())(int=cursor)}").json()
    assert events["items"] == []


def test_a_manager_may_do_nothing_here(tenant, api_as, make_endpoint):
    endpoint, manager = make_endpoint(), api_as(tenant, Role.MANAGER)
    for method, path in (("GET", ""), ("GET", f"/{endpoint.id}"), ("GET", "/topics"), ("GET", "/events")):
        assert manager(method, f"/webhooks{path}").status_code == 403


def test_the_catalog_is_complete_and_its_examples_fit_their_schemas(program):
    items = program("GET", "/webhooks/topics").json()["items"]
    assert [item["name"] for item in items] == list(topics.TOPICS)
    for item in items:
        assert msgspec.convert(item["example"]["data"], topics.TOPICS[item["name"]].shape)
        assert item["data_schema"]["$ref"]
        assert item["sentence"].endswith(".")


@pytest.mark.django_db(transaction=True)
def test_new_events_come_once_after_a_cursor(program, tenant):
    start = program("GET", "/webhooks/events").json()
    assert start["items"] == []
    made = [emit(tenant), emit(tenant, "course.deleted"), emit(tenant)]
    seen: list[Any] = []
    cursor = start["cursor"]
    while len(seen) < 2:
        page = program("GET", f"/webhooks/events?after={cursor}&topics=course.published&limit=2").json()
        seen += page["items"]
        cursor = page["cursor"]
    assert [event["id"] for event in seen] == [str(made[0].id), str(made[2].id)]
    assert Event.objects.count() == 3
    assert not Message.objects.exists()


def test_an_event_is_one_job_for_each_endpoint_that_wants_it(tenant, make_endpoint):
    take_jobs()  # whatever waited before
    first, _ = make_endpoint("course.*"), make_endpoint("import.*")
    emit(tenant)
    emit(tenant)
    sent = [arguments for name, arguments in take_jobs() if name == "delivery.send"]
    assert sent == [{"channel": "webhooks", "shard": str(first.id)}]


def test_deliveries_of_all_endpoints_come_in_one_list(tenant, stranger, api_as, make_endpoint, customer):
    api = api_as(tenant, Role.ADMIN)
    first, second = make_endpoint(), make_endpoint()
    theirs, _ = actions.create_endpoint(stranger.owner, customer.url, ["*"])
    for who in (tenant, stranger):
        actions.emit(who.organization.id, "course.published", topics.TOPICS["course.published"].example)
    items = api("GET", "/webhooks/deliveries").json()["items"]
    assert {item["endpoint"] for item in items} == {str(first.id), str(second.id)}
    [only] = api("GET", f"/webhooks/deliveries?endpoint={second.id}&state=waiting").json()["items"]
    assert only["endpoint"] == str(second.id)
    assert api("GET", f"/webhooks/deliveries?endpoint={theirs.id}").status_code == 404
