"""The page on which administrators hand out and erase what is held of one person."""

import csv
import io
import json
from collections.abc import Callable
from hashlib import sha1
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client
from tests.fixtures import Api
from tests.lrs.client import Xapi, statement
from tests.tenants import Tenant

from heliograph.core.roles import Role
from heliograph.lrs.models import Erasure, Statement
from heliograph.lrs.people import actions as people
from heliograph.lrs.people import person_statements
from heliograph.ui import tables

ADA, BO = {"mbox": "mailto:ada@example.org"}, {"mbox": "mailto:bo@example.org", "name": "Bo"}
PERSON = "mbox mailto:ada@example.org"
CHOSEN = f"/records/people/?{urlencode({'person': PERSON})}"
ERASE = {"person": PERSON, "reason": "She asked us to", "typed": "ada@example.org"}


@pytest.fixture
def person(tenant: Tenant) -> Callable[..., Client]:
    def sign_in(role: Role = Role.ADMIN, of: Tenant = tenant) -> Client:
        client = Client()
        client.force_login(of.organization.memberships.get(role=role.word).user)
        return client

    return sign_in


@pytest.fixture
def admin(person: Callable[..., Client]) -> Client:
    return person()


@pytest.fixture
def told(xapi: Xapi) -> Xapi:
    """Two statements by Ada, one of Bo's with her as instructor, one without her; a state of hers."""
    xapi.store(
        statement(), statement(), statement(actor=BO, context={"instructor": ADA}), statement(actor=BO)
    )
    xapi.put("activities/state", {"a": 1}, activityId="x:a", agent=ADA, stateId="one")
    return xapi


def offered(client: Client, who: str, **headers: str) -> list[str]:
    return [
        learner.value
        for learner, _ in client.get("/records/people/", {"who": who}, headers=headers).context["learners"]
    ]


def test_a_person_is_found_by_name_and_by_identifier(admin: Client, told: Xapi) -> None:
    told.store(
        statement(
            actor={"account": {"homePage": "https://hr.example.org", "name": "17"}, "name": "Ada Byron"}
        )
    )
    assert offered(admin, "ada") == [PERSON, "account https://hr.example.org 17"]
    assert offered(admin, "example.org/") == []
    assert (
        admin.get("/records/people/?who=byron")["Location"]
        == "/records/people/?person=account+https%3A%2F%2Fhr.example.org+17"
    )
    assert offered(admin, "byron", hx_request="true") == ["account https://hr.example.org 17"]
    assert "No matching people" in admin.get("/records/people/?who=nobody").content.decode()


def test_who_is_only_known_by_a_state_or_a_hash_is_found_by_the_whole_mail_address(
    admin: Client, xapi: Xapi
) -> None:
    xapi.put("activities/state", {"a": 1}, activityId="x:a", agent=ADA, stateId="one")
    hashed = sha1(b"mailto:ada@example.org").hexdigest()
    xapi.store(statement(actor={"mbox_sha1sum": hashed}))
    assert offered(admin, "ada@example.org") == [PERSON, f"mbox_sha1sum {hashed}"]
    assert offered(admin, "ada@example") == []


def test_the_page_says_how_much_is_held_and_leads_to_it(
    admin: Client, told: Xapi, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = admin.get(CHOSEN)
    assert page.context["holding"] == people.PersonData(3, 1)
    rows = admin.get(f"/records/?{page.context['records']}").context["table"].rows
    assert len(rows) == 3
    monkeypatch.setattr(person_statements, "MOST_COUNTED", 2)
    page = admin.get(CHOSEN)
    assert page.context["holding"] == people.PersonData(3, 1)
    assert "2+" in page.content.decode()


def test_counting_goes_no_further_than_anybody_wants_to_know(
    tenant: Tenant, told: Xapi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(person_statements, "MOST_COUNTED", 1)
    told.store(*(statement() for _ in range(10)))
    assert person_statements.how_many(tenant.organization.id, PERSON) == 2


def test_the_download_is_what_the_api_hands_out(
    admin: Client, told: Xapi, tenant: Tenant, api_as: Callable[..., Api]
) -> None:
    answer = admin.get(f"/records/people/everything.json?{urlencode({'person': PERSON})}")
    assert answer["Content-Disposition"] == 'attachment; filename="ada-example-org.json"'
    content = answer.getvalue()
    assert [*map(list, json.loads(content))] == [["statement"]] * 3 + [["document"]]
    from_api = api_as(tenant, Role.ADMIN)("GET", "/org/person", query_params={"agent": json.dumps(ADA)})
    assert content == from_api.getvalue()


def test_an_erasure_says_what_was_done_and_is_listed_without_whom_it_was_about(
    admin: Client, told: Xapi
) -> None:
    assert admin.post("/records/people/erase", ERASE)["Location"] == "/records/people/"
    page = admin.get("/records/people/").content.decode()
    assert (
        "Erased 2 statements by or about this person. Erased 1 state or profile. "
        "Anonymized in 1 statement of other people."
    ) in page
    assert "She asked us to" in page
    assert "ada@" not in page
    assert len(told.statements()) == 2
    assert told.statements(agent=ADA, related_agents=True) == []


def test_who_knows_whom_to_ask_for_is_told_that_they_were_erased_before(admin: Client, told: Xapi) -> None:
    assert "Last erased" not in admin.get(CHOSEN).content.decode()
    admin.post("/records/people/erase", ERASE)
    assert "Last erased" in admin.get(CHOSEN).content.decode()
    assert "Last erased" not in admin.get(CHOSEN.replace("ada", "bo")).content.decode()


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"typed": ""}, "does not match"),
        ({"typed": "bo@example.org"}, "does not match"),
        ({"reason": " "}, "Enter a reason"),
        ({"reason": "why" * 500}, "Enter a reason"),
    ],
)
def test_nothing_is_erased_before_somebody_says_why_and_types_whom(
    admin: Client, told: Xapi, changes: dict[str, str], says: str
) -> None:
    answer = admin.post("/records/people/erase", ERASE | changes)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert says in page
    assert "data-open>" in page
    assert (ERASE | changes)["reason"] in page
    assert (Statement.objects.count(), Erasure.objects.count()) == (4, 0)


def test_what_is_typed_is_the_identifier_as_the_page_shows_it(admin: Client, told: Xapi) -> None:
    account = {"homePage": "https://hr.example.org", "name": "17  a"}
    told.store(statement(actor={"account": account}))
    form = {
        **ERASE,
        "person": "account https://hr.example.org 17  a",
        "typed": " 17 a at https://hr.example.org",
    }
    assert admin.post("/records/people/erase", form).status_code == 302
    assert Erasure.objects.get().statements == 1


@pytest.mark.parametrize("named", ["", "ada", "mbox ada", "account x", "name Ada", "member x", "mbox"])
def test_a_person_who_cannot_be_meant_is_refused(admin: Client, told: Xapi, named: str) -> None:
    for address in ("/records/people/", "/records/people/everything.json"):
        assert admin.get(address, {"person": named}).status_code == (
            422 if named else 302 if address.endswith("json") else 200
        )
    assert admin.post("/records/people/erase", {**ERASE, "person": named}).status_code == 422
    assert Erasure.objects.count() == 0


def test_the_list_goes_on_where_it_ended(
    admin: Client, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables, "ROWS", 2)
    for number in range(3):
        people.erase(tenant.owner, ADA, f"reason {number}")
    first = admin.get("/records/people/").context["table"]
    assert [row.reason for row in first.rows] == ["reason 2", "reason 1"]
    [last] = admin.get(f"/records/people/{first.next_page}").context["table"].rows
    assert last.reason == "reason 0"
    table = admin.get("/records/people/?csv=1").getvalue().decode("utf-8-sig")
    assert [row["reason"] for row in csv.DictReader(io.StringIO(table))] == [
        "reason 2",
        "reason 1",
        "reason 0",
    ]


def test_other_organizations_people_and_erasures_are_not_there(
    person: Any, stranger: Tenant, tenant: Tenant, told: Xapi
) -> None:
    people.erase(tenant.owner, BO, "he asked us to")
    other = person(of=stranger)
    page = other.get(CHOSEN)
    assert page.context["holding"] == people.PersonData(0, 0)
    assert page.context["table"].rows == []
    assert other.get("/records/people/?who=ada").context["learners"] == []
    download = other.get("/records/people/everything.json", {"person": PERSON})
    assert download.getvalue() == b"[]"
    assert other.get("/records/people/?csv=1").getvalue().count(b"\n") == 1
    other.post("/records/people/erase", ERASE)
    assert len(told.statements(agent=ADA)) == 2


@pytest.mark.parametrize("role", [Role.LEARNER, Role.REPORTER, Role.MANAGER])
def test_only_administrators_come_here(person: Any, told: Xapi, role: Role) -> None:
    client = person(role)
    for address in (
        "/records/people/",
        CHOSEN,
        f"/records/people/everything.json?{urlencode({'person': PERSON})}",
    ):
        assert client.get(address).status_code == 403
    assert client.post("/records/people/erase", ERASE).status_code == 403
    if role is not Role.LEARNER:
        assert "/records/people/" not in client.get("/records/").content.decode()
    assert Statement.objects.count() == 4


def test_a_form_from_elsewhere_erases_nothing(tenant: Tenant, told: Xapi) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(tenant.organization.memberships.get(role="admin").user)
    assert client.post("/records/people/erase", ERASE).status_code == 403
    assert Client().get(CHOSEN)["Location"].startswith("/sign-in/")
    assert Statement.objects.count() == 4


def test_the_records_page_leads_here(admin: Client, told: Xapi) -> None:
    assert 'href="/records/people/"' in admin.get("/records/").content.decode()
