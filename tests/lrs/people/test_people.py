"""What is held of a person can be handed out whole, and erased for good, with a record that it happened."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import time_machine
from tests.fixtures import Api
from tests.lrs.client import Xapi, statement
from tests.lrs.statements.test_attachments import attachment, part, send
from tests.tenants import Tenant

from heliograph.audit.models import Entry
from heliograph.core import clock
from heliograph.core.roles import Role
from heliograph.lrs.access import WRITE, Access
from heliograph.lrs.authentication import authority_of
from heliograph.lrs.models import Agent, Attachment, Document, Erasure, Key, Statement
from heliograph.lrs.people import actions as people
from heliograph.lrs.people import person_statements
from heliograph.lrs.rules import keys
from heliograph.lrs.statements import definitions, write

ADA, BEN = {"mbox": "mailto:ada@example.org"}, {"mbox": "mailto:ben@example.org", "name": "Ben"}
GROUP = {"objectType": "Group", "member": [{**ADA, "name": "Ada"}, BEN]}
ID = "c2b5b5a4-6f0e-4a5e-9d0c-6b0b5f5f2a11"


@pytest.fixture
def admin(tenant: Tenant, api_as: Callable[..., Api]) -> Api:
    return api_as(tenant, Role.ADMIN)


def held(admin: Api, agent: dict[str, Any]) -> list[dict[str, Any]]:
    return json.loads(
        b"".join(admin("GET", "/org/person", query_params={"agent": json.dumps(agent)}).streaming_content)
    )


def erase(admin: Api, agent: dict[str, Any], reason: str = "she asked us to") -> Any:
    return admin("POST", "/org/person/erase", {"agent": json.dumps(agent), "reason": reason})


@pytest.fixture
def records(xapi: Xapi) -> Xapi:
    """Statements by Ada, about her, beside her and without her; a state, a profile and an attachment."""
    send(xapi, statement(id=ID, attachments=[attachment()]), part())
    xapi.store(
        statement(actor=BEN, object={"objectType": "Agent", **ADA}),
        statement(actor=BEN, context={"instructor": ADA}),
        statement(actor=GROUP),
        statement(actor=BEN),
        statement(actor=BEN, object={"objectType": "StatementRef", "id": ID}),
    )
    for name in ("one", "two"):
        xapi.put("activities/state", {"a": 1}, activityId="x:a", agent=ADA, stateId=name)
    xapi.request("PUT", "agents/profile", b"{}", {"If-None-Match": "*"}, agent=BEN, profileId="p")
    return xapi


def test_everything_that_names_a_person_is_handed_out(records: Xapi, admin: Api) -> None:
    held_records = held(admin, ADA)
    assert (
        sum("statement" in record for record in held_records) == 5
    )  # the one that refers to hers is found by her, too
    assert [record["document"]["name"] for record in held_records if "document" in record] == ["one", "two"]


def test_after_an_erasure_nothing_names_the_person_and_others_keep_their_records(
    records: Xapi, admin: Api, tenant: Tenant
) -> None:
    answer = erase(admin, ADA)
    assert (
        answer.status_code,
        *(answer.json()[name] for name in ("statements", "redacted", "documents")),
    ) == (201, 2, 2, 2)
    assert held(admin, ADA) == []
    assert not Statement.objects.filter(sent__contains="ada@example.org").exists()
    assert not Agent.objects.filter(identifier__contains="ada@").exists()
    assert not Attachment.objects.exists()
    assert Document.objects.count() == 1
    left = records.statements()
    assert len(left) == 4
    nobody = [
        statement["context"]["instructor"]["account"]["name"]
        for statement in left
        if "instructor" in statement.get("context", {})
    ]
    assert nobody == ["erased"]
    assert [member.get("name") for statement in left for member in statement["actor"].get("member", [])] == [
        None,
        "Ben",
    ]
    assert records.statements(agent=ADA, related_agents=True) == []
    assert set(Key.objects.values_list("id", flat=True)) == set(
        Statement.objects.values_list("id", flat=True)
    )


def test_no_key_is_left_of_what_refers_to_what_is_gone(xapi: Xapi, admin: Api) -> None:
    """A key without its statement would cut the pages it stands on short."""
    target, by_ben = (f"{ID[:-1]}{number}" for number in (2, 3))
    xapi.store(
        statement(id=target),
        statement(id=by_ben, actor=BEN, object={"objectType": "StatementRef", "id": target}),
    )
    xapi.store(statement(object={"objectType": "StatementRef", "id": target}))
    xapi.store(statement(actor=BEN, object={"objectType": "StatementRef", "id": by_ben}))
    assert erase(admin, ADA).json()["statements"] == 2
    assert xapi.statements(activity="https://example.org/activities/1") == []
    assert len(xapi.statements(agent=BEN)) == 2
    assert erase(admin, BEN).json()["statements"] == 2
    assert not Key.objects.exists()


def test_what_a_learners_content_wrote_without_its_registration_leaves_no_key_of_it(
    xapi: Xapi, tenant: Tenant, admin: Api
) -> None:
    authority = authority_of("course:1")
    bound = Access(
        tenant.organization.id, "a course", frozenset({WRITE}), authority,
        keys.identifier(json.loads(authority)) or "",
        registration=UUID(ID), agent=keys.identifier(ADA) or "",
    )  # fmt: skip
    xapi.store(statement(context={"registration": ID}))
    write.store(bound, [json.dumps(statement()).encode()], "1.0.3")
    assert erase(admin, ADA).json()["statements"] == 2
    assert not Key.objects.exists()


def test_who_vouched_for_statements_is_nobody_afterwards(xapi: Xapi, admin: Api) -> None:
    xapi.store(statement(actor=BEN, authority=ADA))
    answer = erase(admin, ADA).json()
    assert (answer["statements"], answer["redacted"]) == (0, 1)
    assert [statement["authority"]["account"]["name"] for statement in xapi.statements()] == ["erased"]
    assert held(admin, ADA) == []


@pytest.mark.parametrize(
    "odd",
    [
        {"account": "gold", "mbox_sha1sum": "none", "openid": 7},
        {"account": {"homePage": 1, "name": []}, "mbox": ["mailto:ada@example.org"]},
        [[{"mbox": "mailto:ada@example.org", "account": {}}]],
        1e300,
    ],
)
def test_whatever_extensions_hold_an_erasure_finds_its_way(xapi: Xapi, admin: Api, odd: Any) -> None:
    deep: Any = odd
    for _ in range(50):
        deep = {"a": [deep]}
    xapi.store(statement(actor=BEN, context={"instructor": ADA, "extensions": {"x:odd": deep}}))
    assert erase(admin, ADA).json()["redacted"] == 1
    [left] = xapi.statements()
    assert left["context"]["instructor"]["account"]["name"] == "erased"
    assert '"mailto:ada@example.org", "account"' not in json.dumps(left)


def test_many_statements_are_handed_out_and_erased_in_batches(
    xapi: Xapi, admin: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(person_statements, "AT_A_TIME", 3)
    xapi.store(*(statement(actor=actor) for _ in range(5) for actor in (ADA, BEN, GROUP)))
    assert len(held(admin, ADA)) == 10
    answer = erase(admin, ADA).json()
    assert (answer["statements"], answer["redacted"]) == (5, 5)
    assert len(xapi.statements()) == 10
    assert held(admin, ADA) == []


def test_an_erasure_does_not_ask_the_database_about_each_statement(
    xapi: Xapi, tenant: Tenant, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    xapi.store(*(statement(actor=actor) for _ in range(200) for actor in (ADA, GROUP)))
    with django_assert_max_num_queries(40):
        people.erase(tenant.owner, ADA, "she asked us to")


def test_that_it_happened_is_kept_and_of_whom_is_not(records: Xapi, admin: Api) -> None:
    erase(admin, ADA)
    made = Erasure.objects.get()
    assert (made.reason, made.statements) == ("she asked us to", 2)
    entry = Entry.objects.filter(verb="erased records of").get()
    assert "ada" not in f"{entry.subject_label} {entry.details}"


def test_what_is_sent_again_after_an_erasure_does_not_come_back(records: Xapi, admin: Api) -> None:
    erase(admin, ADA)
    assert records.put("statements", statement(id=ID), statementId=ID).status == 204
    assert records.get("statements", statementId=ID).status == 404


@pytest.mark.parametrize(
    ("agent", "reason", "code"),
    [
        ({"name": "Ada"}, "why", "person_invalid"),
        (ADA, "", "reason_missing"),
        (ADA, " ", "reason_missing"),
        (GROUP, "why", "person_invalid"),
    ],
)
def test_an_erasure_says_of_whom_and_why(admin: Api, agent: dict[str, Any], reason: str, code: str) -> None:
    answer = erase(admin, agent, reason)
    assert (answer.status_code, answer.json()["code"]) == (422, code)


def test_another_organization_keeps_its_own(
    records: Xapi, stranger: Tenant, api_as: Callable[..., Api], admin: Api
) -> None:
    other = api_as(stranger, Role.ADMIN)
    assert held(other, ADA) == []
    assert erase(other, ADA).json()["statements"] == 0
    assert len(held(admin, ADA)) == 7


def test_a_person_who_was_erased_and_comes_back_is_known_by_name_again(
    records: Xapi, admin: Api, tenant: Tenant
) -> None:
    erase(admin, ADA)
    assert not Agent.objects.filter(identifier=keys.identifier(ADA)).exists()
    with time_machine.travel(clock.now() + definitions.REMEMBERED + timedelta(seconds=1)):
        records.store(statement(actor={**ADA, "name": "Ada"}))
    assert Agent.objects.get(identifier=keys.identifier(ADA)).name == "Ada"
