"""States and profiles: kept byte by byte, merged where they are JSON, and replaced only by who knows what is
there.
"""

import hashlib
import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from tests.lrs.client import Xapi
from tests.tenants import Tenant

from heliograph.lrs.models import Document

ACTIVITY = "https://example.org/activities/1"
AGENT = {"mbox": "mailto:ada@example.org"}
REGISTRATION = "c2b5b5a4-6f0e-4a5e-9d0c-6b0b5f5f2a12"
STATE: tuple[str, dict[str, Any]] = (
    "activities/state",
    {"activityId": ACTIVITY, "agent": AGENT, "stateId": "bookmark"},
)
ACTIVITY_PROFILE = ("activities/profile", {"activityId": ACTIVITY, "profileId": "settings"})
AGENT_PROFILE = ("agents/profile", {"agent": AGENT, "profileId": "settings"})
EVERY = pytest.mark.parametrize("where", [STATE, ACTIVITY_PROFILE, AGENT_PROFILE], ids=lambda where: where[0])
NEW = {"If-None-Match": "*"}
ETAG = hashlib.sha1(b'{"a": 1}').hexdigest()


@EVERY
def test_a_document_comes_back_byte_by_byte_with_its_type_and_etag(xapi: Xapi, where: tuple) -> None:
    resource, address = where
    content = bytes(range(256))
    sent = xapi.request("PUT", resource, content, {"Content-Type": "image/png", **NEW}, **address)
    assert sent.status == 204
    document = xapi.get(resource, **address)
    assert (document.body, document.headers["content-type"]) == (content, "image/png")
    assert document.headers["etag"] == f'"{hashlib.sha1(content).hexdigest()}"'
    assert "last-modified" in document.headers


@EVERY
def test_posting_merges_json_at_its_top_and_keeps_every_value_as_it_was_written(
    xapi: Xapi, where: tuple
) -> None:
    resource, address = where
    xapi.request("PUT", resource, b'{"a": 1.50, "b": {"c": 1}}', NEW, **address)
    assert xapi.post(resource, b'{"b": {"d": 2}, "e": [1.0]}', **address).status == 204
    assert xapi.get(resource, **address).body == b'{"a":1.50,"b":{"d": 2},"e":[1.0]}'


@EVERY
@pytest.mark.parametrize(
    ("before", "kind", "after", "sent_kind"),
    [
        (b'{"a": 1}', "application/json", b"[1]", "application/json"),
        (b'{"a": 1}', "application/json", b"{", "application/json"),
        (b'{"a": 1}', "application/json", b'{"b": 1}', "text/plain"),
        (b"text", "text/plain", b'{"b": 1}', "application/json"),
        (b"[1]", "application/json", b'{"b": 1}', "application/json"),
    ],
)
def test_what_cannot_be_merged_is_refused_and_changes_nothing(
    xapi: Xapi, where: tuple, before: bytes, kind: str, after: bytes, sent_kind: str
) -> None:
    resource, address = where
    xapi.request("PUT", resource, before, {"Content-Type": kind, **NEW}, **address)
    assert xapi.request("POST", resource, after, {"Content-Type": sent_kind}, **address).status == 400
    assert xapi.get(resource, **address).body == before


@EVERY
@pytest.mark.parametrize("method", ["PUT", "POST", "DELETE"])
def test_who_knows_another_version_of_a_document_does_not_change_it(
    xapi: Xapi, where: tuple, method: str
) -> None:
    resource, address = where
    xapi.request("PUT", resource, b'{"a": 1}', NEW, **address)
    body = None if method == "DELETE" else b'{"a": 2}'
    wrong = xapi.request(method, resource, body, {"If-Match": f'"{"1" * 40}"'}, **address)
    assert (wrong.status, wrong.code) == (412, "precondition_failed")
    assert xapi.request(method, resource, body, NEW, **address).status == 412
    assert xapi.get(resource, **address).body == b'{"a": 1}'
    right = xapi.request(method, resource, body, {"If-Match": f'"{ETAG}"'}, **address)
    assert right.status == 204


@pytest.mark.parametrize(
    ("version", "where", "new", "existing"),
    [
        ("1.0.3", STATE, 204, 204), ("1.0.3", ACTIVITY_PROFILE, 400, 409), ("1.0.3", AGENT_PROFILE, 400, 409),
        ("2.0.0", STATE, 204, 409), ("2.0.0", ACTIVITY_PROFILE, 204, 409), ("2.0.0", AGENT_PROFILE, 204, 409),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else str(value),
)  # fmt: skip
def test_replacing_without_an_etag_is_what_each_version_says(
    xapi: Xapi, version: str, where: tuple, new: int, existing: int
) -> None:
    resource, address = where
    xapi.version = version
    assert xapi.put(resource, {"a": 1}, **address).status == new
    xapi.request("PUT", resource, b"{}", NEW, **address)
    assert xapi.put(resource, {"a": 2}, **address).status == existing


def test_of_many_who_make_one_document_at_the_same_time_one_does(
    transactional_db: None, tenant: Tenant, credential_of: Callable[..., Xapi]
) -> None:
    xapi, seen = credential_of(tenant), []

    def make(number: int) -> None:
        seen.append(xapi.request("PUT", STATE[0], {"by": number}, NEW, **STATE[1]).status)
        connection.close()

    threads = [threading.Thread(target=make, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(seen) == [204] + [412] * 7
    assert Document.objects.count() == 1


def test_documents_are_listed_by_when_they_changed_and_deleted_together(xapi: Xapi) -> None:
    resource, address = STATE
    owner = {name: value for name, value in address.items() if name != "stateId"}
    for name in ("one", "two"):
        xapi.put(resource, {"a": 1}, stateId=name, **owner)
    xapi.put(resource, {"a": 1}, stateId="three", registration=REGISTRATION, **owner)
    assert xapi.get(resource, **owner).json() == ["one", "two", "three"]
    assert xapi.get(resource, registration=REGISTRATION, **owner).json() == ["three"]
    assert xapi.get(resource, since="2999-01-01T00:00:00Z", **owner).json() == []
    assert xapi.request("DELETE", resource, registration=REGISTRATION, **owner).status == 204
    assert xapi.get(resource, **owner).json() == ["one", "two"]
    assert xapi.request("DELETE", resource, **owner).status == 204
    assert xapi.get(resource, **owner).json() == []


def test_documents_of_a_registration_and_of_none_are_two(xapi: Xapi) -> None:
    resource, address = STATE
    xapi.put(resource, {"of": "none"}, **address)
    xapi.put(resource, {"of": "one"}, registration=REGISTRATION, **address)
    assert xapi.get(resource, **address).json() == {"of": "none"}
    assert xapi.get(resource, registration=REGISTRATION, **address).json() == {"of": "one"}


@EVERY
def test_a_document_of_another_organization_is_not_there(
    xapi: Xapi, credential_of: Callable[..., Xapi], stranger: Tenant, where: tuple
) -> None:
    resource, address = where
    other = credential_of(stranger)
    xapi.request("PUT", resource, b"{}", NEW, **address)
    assert other.get(resource, **address).status == 404
    assert other.request("DELETE", resource, **address).status == 204
    assert xapi.get(resource, **address).status == 200


@pytest.mark.parametrize(
    ("resource", "parameters", "code"),
    [
        ("activities/state", {"agent": AGENT, "stateId": "a"}, "parameter_missing"),
        (
            "activities/state",
            {"activityId": "no scheme", "agent": AGENT, "stateId": "a"},
            "parameter_invalid",
        ),
        ("activities/state", {"activityId": ACTIVITY, "agent": "ada", "stateId": "a"}, "parameter_invalid"),
        (
            "activities/state",
            {"activityId": ACTIVITY, "agent": {"name": "Ada"}, "stateId": "a"},
            "parameter_invalid",
        ),
        (
            "activities/state",
            {"activityId": ACTIVITY, "agent": AGENT, "stateId": "a", "registration": "one"},
            "parameter_invalid",
        ),
        (
            "activities/state",
            {"activityId": ACTIVITY, "agent": AGENT, "stateId": "a", "StateId": "a"},
            "parameter_unknown",
        ),
        (
            "activities/state",
            {"activityId": ACTIVITY, "agent": AGENT, "since": "yesterday"},
            "parameter_invalid",
        ),
        ("activities/profile", {"profileId": "a"}, "parameter_missing"),
        ("agents/profile", {"profileId": "a"}, "parameter_missing"),
        (
            "agents/profile",
            {"agent": {"objectType": "Group", "member": [AGENT]}, "profileId": "a"},
            "parameter_invalid",
        ),
    ],
)
def test_a_request_that_does_not_say_which_document_is_refused(
    xapi: Xapi, resource: str, parameters: dict, code: str
) -> None:
    answer = xapi.get(resource, **parameters)
    assert (answer.status, answer.code) == (400, code)


@pytest.mark.parametrize("name", ["a\x00b", "ä" * 1500, "../../etc", "🛰"])
def test_any_name_is_a_name(xapi: Xapi, name: str) -> None:
    resource, address = STATE
    answer = xapi.put(resource, {"a": 1}, **{**address, "stateId": name})
    if "\x00" in name:
        assert (answer.status, answer.code) == (400, "parameters_unreadable")
        return
    assert answer.status == 204
    assert name in xapi.get(resource, activityId=ACTIVITY, agent=AGENT).json()


@EVERY
def test_a_document_that_the_client_has_is_not_sent_again(xapi: Xapi, where: tuple) -> None:
    resource, address = where
    xapi.request("PUT", resource, b'{"a": 1}', NEW, **address)
    for known in (f'"{ETAG}"', ETAG, f'W/"{ETAG}"', f'"a,b", "{ETAG}"', "*"):
        for method in ("GET", "HEAD"):
            again = xapi.request(method, resource, headers={"If-None-Match": known}, **address)
            assert (again.status, again.body, again.headers["etag"]) == (304, b"", f'"{ETAG}"'), known
    for other in ('"*"', '"other"', ""):
        assert (
            xapi.request("GET", resource, headers={"If-None-Match": other}, **address).body == b'{"a": 1}'
        ), other


@EVERY
def test_a_weak_etag_never_allows_a_change_and_forbids_one_all_the_same(xapi: Xapi, where: tuple) -> None:
    resource, address = where
    xapi.request("PUT", resource, b'{"a": 1}', NEW, **address)
    for header, etag in (("If-Match", f'W/"{ETAG}"'), ("If-Match", '"*"'), ("If-None-Match", f'W/"{ETAG}"')):
        assert xapi.request("PUT", resource, b'{"a": 2}', {header: etag}, **address).status == 412, (
            header,
            etag,
        )
    assert (
        xapi.request("PUT", resource, b'{"a": 2}', {"If-Match": f'W/"{ETAG}", "{ETAG}"'}, **address).status
        == 204
    )
