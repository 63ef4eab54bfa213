"""What is held of a person can be handed out whole, and erased for good, with a record that it happened."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from tests.fixtures import Api, Tenant
from tests.lrs.client import Xapi, statement
from tests.lrs.test_attachments import attachment, part, send

from heliograph.core.actor import Role
from heliograph.journal.models import Entry
from heliograph.lrs.models import Agent, Attachment, Document, Erasure, Key, Statement

ADA, BEN = {"mbox": "mailto:ada@example.org"}, {"mbox": "mailto:ben@example.org", "name": "Ben"}
GROUP = {"objectType": "Group", "member": [{**ADA, "name": "Ada"}, BEN]}
ID = "c2b5b5a4-6f0e-4a5e-9d0c-6b0b5f5f2a11"


@pytest.fixture
def admin(tenant: Tenant, api_as: Callable[..., Api]) -> Api:
    return api_as(tenant, Role.ADMIN)


def held(admin: Api, agent: dict[str, Any]) -> list[dict[str, Any]]:
    return json.loads(b"".join(admin("GET", "/org/person", query_params={"agent": json.dumps(agent)}).streaming_content))


def erase(admin: Api, agent: dict[str, Any], reason: str = "she asked us to") -> Any:
    return admin("POST", "/org/person/erase", {"agent": json.dumps(agent), "reason": reason})


@pytest.fixture
def records(xapi: Xapi) -> Xapi:
    """Statements by Ada, about her, beside her and without her; a state and a profile; an attachment of hers."""
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
    found = held(admin, ADA)
    assert sum("statement" in one for one in found) == 5  # the one that refers to hers is found by her, too
    assert [one["document"]["name"] for one in found if "document" in one] == ["one", "two"]


def test_after_an_erasure_nothing_names_the_person_and_others_keep_their_records(records: Xapi, admin: Api, tenant: Tenant) -> None:
    answer = erase(admin, ADA)
    assert (answer.status_code, answer.json()["statements"], answer.json()["documents"]) == (201, 2, 2)
    assert held(admin, ADA) == []
    assert not Statement.objects.filter(sent__contains="ada@example.org").exists()
    assert not Agent.objects.filter(identifier__contains="ada@").exists()
    assert not Attachment.objects.exists()
    assert Document.objects.count() == 1
    left = records.found()
    assert len(left) == 4
    nobody = [one["context"]["instructor"]["account"]["name"] for one in left if "instructor" in one.get("context", {})]
    assert nobody == ["erased"]
    assert [member.get("name") for one in left for member in one["actor"].get("member", [])] == [None, "Ben"]
    assert records.found(agent=ADA, related_agents=True) == []
    assert set(Key.objects.values_list("id", flat=True)) == set(Statement.objects.values_list("id", flat=True))


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


@pytest.mark.parametrize(("agent", "reason", "status"), [({"name": "Ada"}, "why", 422), (ADA, "", 422), (GROUP, "why", 422)])
def test_an_erasure_says_of_whom_and_why(admin: Api, agent: dict[str, Any], reason: str, status: int) -> None:
    assert erase(admin, agent, reason).status_code == status


def test_another_organisation_keeps_its_own(records: Xapi, stranger: Tenant, api_as: Callable[..., Api], admin: Api) -> None:
    other = api_as(stranger, Role.ADMIN)
    assert held(other, ADA) == []
    assert erase(other, ADA).json()["statements"] == 0
    assert len(held(admin, ADA)) == 7
