"""The door itself: versions, methods, the alternate syntax, who may come in, and what a browser is told."""

import gzip
import json
import time
from collections.abc import Callable
from datetime import datetime
from urllib.parse import urlencode

import pytest
from tests.lrs.client import Xapi, statement
from tests.tenants import Tenant

from heliograph.lrs.authentication import BELIEVED_FOR, LONGEST_KNOWN, basic, forget_known
from heliograph.lrs.credentials import actions as credentials
from heliograph.lrs.models import Credential

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.mark.parametrize(
    ("said", "answered"),
    [
        ("1.0", "1.0.3"),
        ("1.0.0", "1.0.3"),
        ("1.0.3", "1.0.3"),
        ("1.0.9", "1.0.3"),
        ("2.0", "2.0.0"),
        ("2.0.0", "2.0.0"),
    ],
)
def test_the_request_says_the_version_and_the_answer_its_newest(xapi: Xapi, said: str, answered: str) -> None:
    xapi.version = said
    answer = xapi.get("statements")
    assert (answer.status, answer.headers["x-experience-api-version"]) == (200, answered)


@pytest.mark.parametrize("said", [None, "", "0.9", "1.1", "2.1.0", "3", "1.0.3.1", "x"])
@pytest.mark.parametrize(
    "resource",
    ["statements", "activities", "agents", "activities/state", "activities/profile", "agents/profile"],
)
def test_no_version_and_an_unknown_one_are_refused_everywhere_but_about(
    xapi: Xapi, said: str | None, resource: str
) -> None:
    answer = xapi.request("GET", resource, headers={"X-Experience-API-Version": said})
    assert (answer.status, answer.code, answer.headers["x-experience-api-version"]) == (
        400,
        "version_missing",
        "2.0.0",
    )
    assert xapi.request("GET", "about", headers={"X-Experience-API-Version": None}).status == 200


def test_who_forgets_the_version_is_told_so_in_the_one_they_spoke_last(xapi: Xapi) -> None:
    xapi.get("statements")
    answer = xapi.request("GET", "statements", headers={"X-Experience-API-Version": None})
    assert (answer.status, answer.headers["x-experience-api-version"]) == (400, "1.0.3")


def test_nobody_fills_the_memory_with_one_credential_in_ever_longer_spellings(xapi: Xapi) -> None:
    key = {"Authorization": f"Basic {' ' * LONGEST_KNOWN}{basic(xapi.key, xapi.secret)}"}
    assert xapi.request("GET", "statements", headers=key).status == 200
    answer = xapi.request("GET", "statements", headers={**key, "X-Experience-API-Version": None})
    assert answer.headers["x-experience-api-version"] == "2.0.0", "which version it spoke is not remembered"


def test_about_says_what_each_version_may_hear(xapi: Xapi, xapi2: Xapi) -> None:
    assert "2.0.0" not in xapi.get("about").json()["version"]
    assert xapi2.get("about").json()["version"][-1] == "2.0.0"


@pytest.mark.parametrize(
    ("method", "resource"),
    [
        ("DELETE", "statements"),
        ("POST", "activities"),
        ("PUT", "agents"),
        ("POST", "about"),
        ("PATCH", "activities/state"),
        ("TRACE", "agents"),
    ],
)
def test_a_method_that_a_resource_has_not_is_refused_before_anybody_is_asked_who_they_are(
    xapi: Xapi, method: str, resource: str
) -> None:
    answer = xapi.request(method, resource, headers={"Authorization": None, "X-Experience-API-Version": None})
    assert (answer.status, answer.code) == (405, "method_not_allowed")


@pytest.mark.parametrize(
    "resource", ["", "statement", "activities/states", "statements/more", "../api", "extensions/x"]
)
def test_what_is_no_resource_is_not_found(xapi: Xapi, resource: str) -> None:
    assert xapi.get(resource).status == 404


@pytest.mark.parametrize("resource", ["about", "statements", "activities?activityId=x:y"])
def test_head_answers_as_get_without_a_body(xapi: Xapi, resource: str) -> None:
    head, get = xapi.request("HEAD", resource), xapi.request("GET", resource)
    assert (head.status, head.body) == (200, b"")
    assert head.headers["content-type"] == get.headers["content-type"]


def test_every_answer_about_statements_says_how_far_it_can_be_relied_on(xapi: Xapi) -> None:
    for answer in (
        xapi.get("statements"),
        xapi.post("statements", statement()),
        xapi.get("statements", Limit=1),
    ):
        assert datetime.fromisoformat(answer.headers["x-experience-api-consistent-through"]).tzinfo


@pytest.mark.parametrize(
    "parameters",
    [
        {"attachments": "TRUE"},
        {"foo": "bar"}, {"Verb": "x:y"}, {"limit": "-1"}, {"limit": "many"}, {"ascending": "yes"},
        {"format": "xml"}, {"verb": "no scheme"}, {"registration": "1"}, {"since": "now"},
        {"statementId": "1"}, {"statementId": "c2b5b5a4-6f0e-4a5e-9d0c-6b0b5f5f2a12", "limit": "1"},
        {"agent": "{"}, {"agent": {"name": "Ada"}}, {"activity": ""},
        {"attachments": "1"}, {"related_agents": "1"},
    ],
    ids=str,
)  # fmt: skip
def test_parameters_that_say_nothing_are_refused(xapi: Xapi, parameters: dict) -> None:
    answer = xapi.get("statements", **parameters)
    assert answer.status == 400
    assert answer.json()["detail"].endswith(".")


# -- the alternate syntax of 1.0.3


def test_in_1_0_3_a_form_says_what_a_request_would(xapi: Xapi) -> None:
    told = {
        "statementId": "c2b5b5a4-6f0e-4a5e-9d0c-6b0b5f5f2a12",
        "content": json.dumps(statement(verb={"id": "x:y"})),
    }
    by_form = {"Authorization": None, "X-Experience-API-Version": None, **FORM}
    headers = {
        "Authorization": f"Basic {_basic(xapi)}",
        "X-Experience-API-Version": "1.0.3",
        "Content-Type": "application/json",
    }
    answer = xapi.request("POST", "statements?method=PUT", urlencode({**told, **headers}).encode(), by_form)
    assert answer.status == 204, answer.body
    read = xapi.request(
        "POST",
        "statements?method=GET",
        urlencode({**headers, "statementId": told["statementId"]}).encode(),
        by_form,
    )
    assert read.json()["verb"]["id"] == "x:y"


@pytest.mark.parametrize(
    ("method", "address", "form"),
    [
        ("GET", "statements?method=POST", "content={}"),
        ("POST", "statements?method=PUT&statementId=c2b5b5a4-6f0e-4a5e-9d0c-6b0b5f5f2a12", "content={}"),
        ("POST", "statements?method=PUT", "statementId=c2b5b5a4-6f0e-4a5e-9d0c-6b0b5f5f2a12"),
        ("POST", "statements?method=GET", "content={}"),
        ("POST", "statements?method=PATCH", "content={}"),
        ("POST", "statements?method=", "content={}"),
    ],
)
def test_a_form_that_is_not_of_the_alternate_syntax_is_refused(
    xapi: Xapi, method: str, address: str, form: str
) -> None:
    answer = xapi.request(method, address, form.encode(), FORM)
    assert (answer.status, answer.code) == (400, "alternate_syntax")


@pytest.mark.parametrize("kind", ["text/plain", "text/plain;charset=UTF-8", None])
def test_a_script_that_cannot_set_headers_sends_its_form_under_another_type(
    xapi: Xapi, kind: str | None
) -> None:
    form = {
        "Authorization": f"Basic {_basic(xapi)}",
        "X-Experience-API-Version": "1.0.3",
        "content": json.dumps(statement()),
    }
    bare = {"Authorization": None, "X-Experience-API-Version": None, "Content-Type": kind}
    answer = xapi.request("POST", "statements?method=POST", urlencode(form).encode(), bare)
    assert answer.status == 200, answer.body
    assert len(xapi.statements()) == 1


def test_what_storyline_leaves_in_the_address_counts_as_if_it_were_in_the_form(xapi: Xapi) -> None:
    registration = "c2b5b5a4-6f0e-4a5e-9d0c-6b0b5f5f2a12"
    state = {
        "activityId": "https://example.org/activities/1",
        "agent": json.dumps({"mbox": "mailto:ada@example.org"}),
        "stateId": "resume",
    }
    bare = {"Authorization": None, "X-Experience-API-Version": None, "Content-Type": "text/plain"}
    credential = {"Authorization": f"Basic {_basic(xapi)}", "X-Experience-API-Version": "1.0.3"}
    kept = urlencode({**credential, **state, "content": "page 7", "Content-Type": "text/plain"}).encode()
    assert (
        xapi.request("POST", f"activities/state?method=PUT&registration={registration}", kept, bare).status
        == 204
    )
    assert xapi.get("activities/state", **state, registration=registration).body == b"page 7"
    everything = urlencode({"method": "GET", "registration": registration, **state})
    assert (
        xapi.request("POST", f"activities/state?{everything}", urlencode(credential).encode(), bare).body
        == b"page 7"
    )
    two = urlencode({**credential, **state, "registration": registration.replace("c2", "c3")}).encode()
    refused = xapi.request("POST", f"activities/state?method=GET&registration={registration}", two, bare)
    assert (refused.status, refused.code) == (400, "alternate_syntax")


ADA = json.dumps({"mbox": "mailto:ada@example.org"})
ACTIVITY_ID = "https://example.org/activities/1"
STATEMENT_ID = "d2b5b5a4-6f0e-4a5e-9d0c-6b0b5f5f2a12"


@pytest.mark.parametrize(
    ("resource", "method", "form", "status"),
    [
        ("statements", "POST", {"content": json.dumps(statement())}, 200),
        (
            "statements",
            "PUT",
            {"content": json.dumps(statement()), "statementId": STATEMENT_ID.replace("d2", "d3")},
            204,
        ),
        ("statements", "GET", {"statementId": STATEMENT_ID}, 200),
        ("statements", "GET", {"voidedStatementId": STATEMENT_ID}, 404),
        ("activities", "GET", {"activityId": ACTIVITY_ID}, 200),
        ("agents", "GET", {"agent": ADA}, 200),
        (
            "activities/profile",
            "PUT",
            {"activityId": ACTIVITY_ID, "profileId": "new", "content": "{}", "If-None-Match": "*"},
            204,
        ),
        ("activities/profile", "GET", {"activityId": ACTIVITY_ID, "profileId": "kept"}, 200),
        ("activities/profile", "DELETE", {"activityId": ACTIVITY_ID, "profileId": "kept"}, 204),
        ("agents/profile", "POST", {"agent": ADA, "profileId": "kept", "content": "{}"}, 204),
        ("agents/profile", "GET", {"agent": ADA, "profileId": "kept"}, 200),
    ],
)
def test_what_storyline_leaves_in_the_address_of_what_takes_no_registration_is_not_heard(
    xapi: Xapi, resource: str, method: str, form: dict[str, str], status: int
) -> None:
    assert xapi.put("statements", statement(), statementId=STATEMENT_ID).status == 204
    for profile, whose in (
        ("activities/profile", {"activityId": ACTIVITY_ID}),
        ("agents/profile", {"agent": ADA}),
    ):
        assert (
            xapi.request("PUT", profile, {"a": 1}, {"If-None-Match": "*"}, **whose, profileId="kept").status
            == 204
        )
    credential = {"Authorization": f"Basic {_basic(xapi)}", "X-Experience-API-Version": "1.0.3"}
    bare = {"Authorization": None, "X-Experience-API-Version": None, "Content-Type": "text/plain"}
    address = f"{resource}?method={method}&registration=c2b5b5a4-6f0e-4a5e-9d0c-6b0b5f5f2a12"
    answer = xapi.request("POST", address, urlencode({**credential, **form}).encode(), bare)
    assert answer.status == status, answer.body
    in_the_form = {**credential, **form, "registration": "c2b5b5a4-6f0e-4a5e-9d0c-6b0b5f5f2a12"}
    assert xapi.request("POST", address, urlencode(in_the_form).encode(), bare).code == "parameter_unknown"


def test_what_storyline_leaves_in_the_address_chooses_statements(xapi: Xapi) -> None:
    registration = "c2b5b5a4-6f0e-4a5e-9d0c-6b0b5f5f2a12"
    xapi.post("statements", [statement(context={"registration": registration}), statement()])
    answer = xapi.request("POST", f"statements?method=GET&registration={registration}", b"", FORM)
    assert len(answer.json()["statements"]) == 1


@pytest.mark.parametrize(
    ("resource", "asked"),
    [
        ("activities", {"activityId": "https://example.org/activities/1"}),
        ("agents", {"agent": json.dumps({"mbox": "mailto:ada@example.org"})}),
        ("about", {}),
    ],
)
def test_a_form_asks_for_what_only_a_get_answers(xapi: Xapi, resource: str, asked: dict[str, str]) -> None:
    assert (
        xapi.request("POST", f"{resource}?method=GET", urlencode(asked).encode(), FORM).json()
        == xapi.get(resource, **asked).json()
    )


def test_a_form_asks_for_the_next_page_too(xapi: Xapi) -> None:
    for _ in range(2):
        xapi.post("statements", statement())
    more = xapi.get("statements", limit=1).json()["more"].removeprefix("/xapi/")
    answer = xapi.request("POST", f"{more}?method=GET", b"", FORM)
    assert (answer.status, len(answer.json()["statements"])) == (200, 1)


def test_a_form_that_asks_for_what_no_resource_has_is_refused_as_the_request_would_be(xapi: Xapi) -> None:
    assert xapi.request("POST", "agents?method=DELETE", b"", FORM).status == 405
    assert xapi.request("POST", "nowhere?method=GET", b"", FORM).status == 404
    assert xapi.request("POST", "about", b"", FORM).status == 405


def test_2_0_has_no_alternate_syntax(xapi2: Xapi) -> None:
    answer = xapi2.request("POST", "statements?method=GET", b"limit=1", FORM)
    assert (answer.status, answer.code) == (400, "alternate_syntax")


# -- who may come in


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "Basic",
        "Basic !!!",
        "Basic eA==",
        "Basic:Zm9vOmJhcg==",
        "Basic Zm9vOmJhcg==",
        "Bearer a.b",
        "Digest x",
    ],
)
def test_nobody_comes_in_without_a_credential(xapi: Xapi, header: str | None) -> None:
    answer = xapi.request("GET", "statements", headers={"Authorization": header})
    assert (answer.status, answer.code) == (401, "credential_refused")
    assert answer.headers["www-authenticate"].startswith("Basic")


@pytest.mark.parametrize("header", ["Origin", "Referer", "Sec-Fetch-Mode"])
def test_a_page_is_refused_without_a_sign_in_of_the_browsers_over_it(xapi: Xapi, header: str) -> None:
    answer = xapi.request("PUT", "statements", headers={"Authorization": "Basic eA==", header: "cors"})
    assert (answer.status, answer.headers["www-authenticate"]) == (401, 'Bearer realm="xAPI"')


def test_key_and_secret_are_also_a_bearer_token(xapi: Xapi) -> None:
    assert (
        xapi.request(
            "GET", "statements", headers={"Authorization": f"Bearer {xapi.key}.{xapi.secret}"}
        ).status
        == 200
    )


def test_a_revoked_and_an_expired_credential_are_believed_no_more(
    tenant: Tenant, credential_of: Callable[..., Xapi], time_machine: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    xapi = credential_of(tenant)
    assert xapi.get("statements").status == 200
    credentials.revoke_credential(tenant.owner, Credential.objects.get(key=xapi.key))
    forget_known()
    assert xapi.get("statements").status == 401
    expiring = credential_of(tenant)
    assert expiring.get("statements").status == 200
    Credential.objects.filter(key=expiring.key).update(
        expires_at=Credential.objects.get(key=expiring.key).created_at
    )
    assert expiring.get("statements").status == 200, "it is believed for a moment"
    later = time.monotonic() + BELIEVED_FOR + 1
    monkeypatch.setattr(time, "monotonic", lambda: later)
    assert expiring.get("statements").status == 401


SCOPED = [
    ("statements/write", {("POST", "statements")}),
    ("statements/read", {("GET", "statements"), ("GET", "agents"), ("GET", "activities")}),
    ("statements/read/mine", {("GET", "statements")}),
    ("state", {("GET", "activities/state")}),
    (
        "profile",
        {("GET", "agents/profile"), ("GET", "activities/profile"), ("GET", "agents"), ("GET", "activities")},
    ),
]


@pytest.mark.parametrize(("scope", "allowed"), SCOPED)
def test_a_credential_does_what_its_scopes_say_and_nothing_else(
    tenant: Tenant, credential_of: Callable[..., Xapi], scope: str, allowed: set
) -> None:
    xapi = credential_of(tenant, scope)
    asked = {
        ("POST", "statements"): xapi.post("statements", statement()),
        ("GET", "statements"): xapi.get("statements"),
        ("GET", "activities/state"): xapi.get(
            "activities/state", activityId="x:y", agent={"mbox": "mailto:a@example.org"}
        ),
        ("GET", "agents/profile"): xapi.get("agents/profile", agent={"mbox": "mailto:a@example.org"}),
        ("GET", "agents"): xapi.get("agents", agent={"mbox": "mailto:a@example.org"}),
        ("GET", "activities"): xapi.get("activities", activityId="x:y"),
        ("GET", "activities/profile"): xapi.get("activities/profile", activityId="x:y"),
    }
    for door, answer in asked.items():
        assert (answer.status == 200) is (door in allowed), (door, answer.body)
        assert answer.status == 200 or (answer.status, answer.code) == (403, "scope_missing")


def test_who_reads_their_own_reads_nobody_elses(tenant: Tenant, credential_of: Callable[..., Xapi]) -> None:
    mine = credential_of(tenant, "statements/write", "statements/read/mine")
    other = credential_of(tenant, "statements/write", "statements/read")
    [ours], [theirs] = mine.store(statement()), other.store(statement())
    assert [statement["id"] for statement in mine.statements()] == [ours]
    assert mine.get("statements", statementId=theirs).status == 404
    assert {statement["id"] for statement in other.statements()} == {ours, theirs}


def test_who_reads_their_own_reads_no_voided_statement_of_others(
    tenant: Tenant, credential_of: Callable[..., Xapi]
) -> None:
    mine = credential_of(tenant, "statements/write", "statements/read/mine")
    other = credential_of(tenant, "statements/write", "statements/read")
    [theirs] = other.store(statement())
    [ours] = mine.store(statement())
    void = {"verb": {"id": "http://adlnet.gov/expapi/verbs/voided"}}
    [voids_theirs] = other.store(statement(**void, object={"objectType": "StatementRef", "id": theirs}))
    mine.store(statement(**void, object={"objectType": "StatementRef", "id": ours}))
    [refers] = mine.store(statement(object={"objectType": "StatementRef", "id": theirs}))
    for method in ("GET", "HEAD"):
        refused = mine.request(method, "statements", voidedStatementId=theirs, attachments="true")
        assert refused.status == 404
    assert mine.get("statements", statementId=theirs).status == 404
    assert mine.get("statements", statementId=voids_theirs).status == 404
    assert mine.get("statements", voidedStatementId=ours).json()["id"] == ours
    assert other.get("statements", voidedStatementId=theirs).json()["id"] == theirs
    agent, activity = {"mbox": "mailto:ada@example.org"}, "https://example.org/activities/1"
    for asked in (
        {},
        {"agent": agent},
        {"activity": activity, "related_activities": "true"},
        {"related_agents": "true", "agent": agent},
    ):
        ids = {statement["id"] for statement in mine.statements(**asked)}
        assert refers in ids
        assert not ids & {theirs, voids_theirs}, asked


def test_who_may_only_write_does_not_hear_which_statements_there_are(
    tenant: Tenant, credential_of: Callable[..., Xapi]
) -> None:
    writer = credential_of(tenant, "statements/write")
    [there] = credential_of(tenant).store(statement())
    for statement_id in (there, "c2b5b5a4-6f0e-4a5e-9d0c-6b0b5f5f2a12"):
        for name in ("statementId", "voidedStatementId"):
            assert writer.get("statements", **{name: statement_id}).code == "scope_missing"


def test_who_did_not_write_a_statement_does_not_void_it(
    tenant: Tenant, credential_of: Callable[..., Xapi]
) -> None:
    mine, other = credential_of(tenant, "statements/write"), credential_of(tenant, "statements/write")
    [ours] = mine.store(statement())
    void = statement(
        verb={"id": "http://adlnet.gov/expapi/verbs/voided"},
        object={"objectType": "StatementRef", "id": ours},
    )
    refused = other.post("statements", void)
    assert (refused.status, refused.code) == (403, "other_author")
    assert mine.post("statements", void).status == 200


def test_a_prefix_keeps_a_credential_to_its_own_activities(
    tenant: Tenant, credential_of: Callable[..., Xapi]
) -> None:
    xapi = credential_of(tenant, activity_prefix="https://example.org/activities/")
    assert xapi.post("statements", statement()).status == 200
    refused = xapi.post("statements", statement(object={"id": "https://example.com/other"}))
    assert (refused.status, refused.code) == (403, "out_of_bounds")
    assert xapi.get("activities/profile", activityId="https://example.com/other").status == 403


def test_only_an_administrating_credential_keeps_the_authority_that_a_statement_came_with(
    tenant: Tenant, credential_of: Callable[..., Xapi]
) -> None:
    before = {"objectType": "Agent", "account": {"homePage": "https://other.example/", "name": "store"}}
    credential_of(tenant, "statements/write").store(statement(authority=before))
    xapi = credential_of(tenant)
    assert xapi.statements()[0]["authority"] != before
    xapi.store(statement(authority=before))
    assert before in [statement["authority"] for statement in xapi.statements()]


# -- browsers


def test_a_page_of_any_origin_may_speak_to_the_store_and_nothing_it_says_is_shown_as_a_page(
    xapi: Xapi,
) -> None:
    before = xapi.request(
        "OPTIONS", "statements", headers={"Authorization": None, "X-Experience-API-Version": None}
    )
    assert before.status == 204
    assert "Authorization" in before.headers["access-control-allow-headers"]
    answer = xapi.get("statements")
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in answer.headers
    assert "ETag" in answer.headers["access-control-expose-headers"]
    assert answer.headers["content-security-policy"].startswith("sandbox")
    assert answer.headers["x-content-type-options"] == "nosniff"


PREFLIGHT = {
    "Authorization": None,
    "X-Experience-API-Version": None,
    "Origin": "https://content.example",
    "Access-Control-Request-Method": "PUT",
}


def test_a_client_that_asks_with_credentials_is_let_in_where_no_cookies_are(xapi: Xapi) -> None:
    for answer in (
        xapi.request("OPTIONS", "statements", headers={**PREFLIGHT, "Host": "127.0.0.1:8000"}),
        xapi.request(
            "GET", "statements", headers={"Origin": "https://content.example", "Host": "127.0.0.1:8000"}
        ),
        xapi.request(
            "GET",
            "statements",
            headers={"Origin": "https://content.example", "Host": "127.0.0.1:8000", "Authorization": None},
        ),
    ):
        assert answer.headers["access-control-allow-origin"] == "https://content.example"
        assert answer.headers["access-control-allow-credentials"] == "true"
        assert answer.headers["vary"] == "Origin"


def test_the_origin_with_the_cookies_lets_nobody_ask_with_them(xapi: Xapi) -> None:
    for method in ("OPTIONS", "GET"):
        answer = xapi.request(method, "statements", headers={**PREFLIGHT, "Host": "localhost:8000"})
        assert answer.headers["access-control-allow-origin"] == "*"
        assert "access-control-allow-credentials" not in answer.headers


@pytest.mark.parametrize(
    "origin",
    [
        "https://a.example, https://b.example",
        "https://a.example/path",
        "javascript:x",
        "*",
        "https://ä.example",
    ],
)
def test_an_origin_that_is_none_is_not_repeated(xapi: Xapi, origin: str) -> None:
    answer = xapi.request("GET", "statements", headers={"Origin": origin, "Host": "127.0.0.1:8000"})
    assert answer.headers["access-control-allow-origin"] == "*"


def test_a_preflight_allows_whatever_headers_it_names_and_the_way_into_a_private_network(xapi: Xapi) -> None:
    asked = {
        "Access-Control-Request-Headers": "authorization,x-requested-with,x-vendor",
        "Access-Control-Request-Private-Network": "true",
    }
    answer = xapi.request("OPTIONS", "statements", headers={**PREFLIGHT, **asked})
    assert answer.headers["access-control-allow-headers"] == "authorization,x-requested-with,x-vendor"
    assert answer.headers["access-control-allow-private-network"] == "true"
    plain = xapi.request(
        "OPTIONS", "statements", headers={**PREFLIGHT, "Access-Control-Request-Headers": "a: b"}
    )
    assert "Authorization" in plain.headers["access-control-allow-headers"]
    assert "access-control-allow-private-network" not in plain.headers


# -- what requests are wrapped in


def test_a_body_may_come_as_gzip(xapi: Xapi) -> None:
    body = gzip.compress(json.dumps([statement()]).encode())
    assert xapi.request("POST", "statements", body, {"Content-Encoding": "gzip"}).status == 200
    state = {
        "activityId": "https://example.org/activities/1",
        "agent": {"mbox": "mailto:ada@example.org"},
        "stateId": "s",
    }
    assert (
        xapi.request(
            "PUT", "activities/state", gzip.compress(b"page 7"), {"Content-Encoding": "x-gzip"}, **state
        ).status
        == 204
    )
    assert xapi.get("activities/state", **state).body == b"page 7"


@pytest.mark.parametrize(
    ("body", "encoding", "status", "code"),
    [
        (b"{}", "br", 415, "encoding_unknown"),
        (b"{}", "gzip, gzip", 415, "encoding_unknown"),
        (b"{}", "gzip", 400, "encoding_invalid"),
        (gzip.compress(b"[]")[:-4], "gzip", 400, "encoding_invalid"),
        (gzip.compress(b"[]") + b"more", "gzip", 400, "encoding_invalid"),
        (gzip.compress(b" " * 100_001), "gzip", 413, "too_large"),
    ],
    ids=["brotli", "twice", "none", "cut off", "followed", "a bomb"],
)
def test_what_is_no_gzip_or_grows_too_large_is_refused(
    xapi: Xapi, monkeypatch: pytest.MonkeyPatch, body: bytes, encoding: str, status: int, code: str
) -> None:
    monkeypatch.setattr("heliograph.lrs.xapi.app.LARGEST_BODY", 100_000)
    answer = xapi.request("POST", "statements", body, {"Content-Encoding": encoding})
    assert (answer.status, answer.code) == (status, code)


def test_a_client_written_in_python_says_true_with_a_capital(xapi: Xapi) -> None:
    xapi.store(statement(), statement())
    assert xapi.get("statements", attachments="True").headers["content-type"].startswith("multipart/mixed")
    assert xapi.get("statements", attachments="False").headers["content-type"] == "application/json"
    assert xapi.statements(ascending="True") == xapi.statements()[::-1]


def test_a_statement_that_the_client_has_is_not_sent_again(xapi: Xapi) -> None:
    [statement_id] = xapi.store(statement())
    answer = xapi.get("statements", statementId=statement_id)
    for known in (answer.headers["etag"], f'"other", W/{answer.headers["etag"]}', "*"):
        again = xapi.request("GET", "statements", headers={"If-None-Match": known}, statementId=statement_id)
        assert (again.status, again.body) == (304, b"")
        assert again.headers["etag"] == answer.headers["etag"]
    changed = xapi.request(
        "GET", "statements", headers={"If-None-Match": '"other"'}, statementId=statement_id
    )
    assert changed.json() == answer.json()


# -- languages


DISPLAY = {"de": "erlebte", "de-AT": "hat erlebt", "en": "experienced"}


@pytest.mark.parametrize(
    ("header", "shown"),
    [
        ("de;q=0", {"en": "experienced"}),
        ("de;q=0, fr", {"en": "experienced"}),
        ("de-AT, de;q=0", {"de-AT": "hat erlebt"}),
        ("de, de-AT;q=0", {"de": "erlebte"}),
        ("*;q=0, de", {"de": "erlebte"}),
        ("en;q=0.5, de;q=0.1", {"en": "experienced"}),
        ("*;q=0", {}),
    ],
)
def test_a_language_that_is_refused_is_never_shown(xapi: Xapi, header: str, shown: dict) -> None:
    xapi.store(statement(verb={"id": "x:y", "display": DISPLAY}))
    answer = xapi.request("GET", "statements", headers={"Accept-Language": header}, format="canonical")
    assert answer.json()["statements"][0]["verb"]["display"] == shown


def test_too_large_a_request_is_refused_unread(xapi: Xapi, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("heliograph.lrs.xapi.app.LARGEST_BODY", 1000)
    assert xapi.post("statements", b"x" * 1001).status == 413


def _basic(xapi: Xapi) -> str:
    from heliograph.lrs.authentication import basic

    return basic(xapi.key, xapi.secret)
