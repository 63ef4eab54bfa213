"""Groups of users: made by administrators, filled by their managers, who reach nobody else."""

import csv
import io
import re
from uuid import UUID

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from tests.fixtures import APP
from tests.tenants import make_member

from heliograph.accounts.groups import actions, queries
from heliograph.accounts.models import Group
from heliograph.audit.models import Entry
from heliograph.core.errors import Forbidden
from heliograph.core.roles import Role
from heliograph.runtime import actions as runtime

PAGE = "/admin/org/groups/"


def as_(tenant, role):
    client = Client(HTTP_HOST=APP)
    client.force_login(tenant.organization.memberships.get(role=role).user)
    return client


@pytest.fixture
def sales(tenant):
    """A department with the learner in it, managed by the reporter."""
    group = actions.create(tenant.owner, "Sales", "department", "s-1")
    members = tenant.organization.memberships
    actions.add(tenant.owner, group, [members.get(role="learner")])
    actions.set_manager(tenant.owner, group, members.get(role="reporter"), True)
    return group


def people(group):
    return sorted(member.role for member in queries.people(group))


def test_an_administrator_makes_fills_changes_and_deletes_a_group_on_its_page(tenant):
    owner = as_(tenant, "owner")
    owner.post(f"{PAGE}create", {"name": "  Spring  2027 ", "kind": "cohort", "key": ""})
    group = Group.objects.get()
    assert (group.name, group.kind) == ("Spring 2027", "cohort")
    at = f"{PAGE}{group.id}/"
    owner.post(f"{at}people/add", {"emails": "LEARNER@northlight.example,\nreporter@northlight.example"})
    assert people(group) == ["learner", "reporter"]
    shown = owner.get(at).text
    assert "learner@northlight.example" in shown
    owner.post(f"{at}change", {"name": "Spring", "kind": "other", "key": "c-9"})
    group.refresh_from_db()
    assert (group.name, group.kind, group.key) == ("Spring", "other", "c-9")
    assert "The users stay in the organization." in owner.post(f"{at}delete").text
    owner.post(f"{at}delete", {"confirmed": "1"})
    assert not Group.objects.exists()
    assert tenant.organization.memberships.count() == 5


def test_removing_offers_undo_which_adds_them_again(tenant, sales):
    owner = as_(tenant, "owner")
    learner = tenant.organization.memberships.get(role="learner")
    shown = owner.post(f"{PAGE}{sales.id}/people/remove", {"user": learner.id}, follow=True).text
    assert people(sales) == []
    assert f"{PAGE}{sales.id}/people/add" in shown
    owner.post(f"{PAGE}{sales.id}/people/add", {"emails": "learner@northlight.example"})
    assert people(sales) == ["learner"]


def test_a_manager_of_a_group_sees_and_fills_it_and_nothing_else(tenant, sales, course):
    other = actions.create(tenant.owner, "Finance")
    actions.add(tenant.owner, other, [tenant.organization.memberships.get(role="manager")])
    manager = as_(tenant, "reporter")
    learner = runtime.ensure_learner(
        tenant.organization.id, UUID(int=0), "l-1", "L", "LEARNER@northlight.example"
    )
    runtime.register(tenant.manager, course, learner)
    assert "Sales" in manager.get(PAGE).text
    assert "Finance" not in manager.get(PAGE).text
    [row] = csv.DictReader(
        io.StringIO(b"".join(manager.get(f"{PAGE}{sales.id}/?csv=1")).decode().removeprefix("\ufeff"))
    )
    assert (row["email"], row["registrations"], row["completed"]) == ("learner@northlight.example", "1", "0")
    assert "admin/org/users/" not in manager.get(f"{PAGE}{sales.id}/").text
    for path in ("", "people/add", "people/remove"):
        send = manager.post if path else manager.get
        assert send(f"{PAGE}{other.id}/{path}", {"emails": "learner@northlight.example"}).status_code == 404
    make_member(tenant.owner, "second@northlight.example", Role.LEARNER)
    manager.post(f"{PAGE}{sales.id}/people/add", {"emails": "second@northlight.example"})
    assert people(sales) == ["learner", "learner"]
    for path in ("/account/", "/", PAGE):
        assert len(links_of_navigation(manager.get(path).text)) == 1, path
    for path in ("change", "delete", "managers/add"):
        assert manager.post(f"{PAGE}{sales.id}/{path}", {"confirmed": "1"}).status_code == 403
    assert manager.get("/admin/org/users/").status_code == 403


def test_a_manager_of_a_group_learns_nothing_of_people_above_them(tenant, sales):
    manager = tenant.actors[Role.REPORTER]
    known, unknown = (
        as_(tenant, "reporter").post(
            f"{PAGE}{sales.id}/people/add", {"emails": email}, headers={"X-Dialog": "1"}
        )
        for email in ("owner@northlight.example", "nobody@northlight.example")
    )
    assert (known.status_code, known.json()["code"]) == (422, "not_users")
    assert known.text.replace("owner@", "nobody@") == unknown.text
    assert people(sales) == ["learner"]
    with pytest.raises(Forbidden):
        actions.create(manager, "Mine")
    with pytest.raises(Forbidden):
        actions.set_manager(manager, sales, tenant.organization.memberships.get(role="learner"), True)


def test_who_no_longer_manages_or_is_deactivated_is_out(tenant, sales):
    manager = as_(tenant, "reporter")
    member = tenant.organization.memberships.get(role="reporter")
    actions.set_manager(tenant.owner, sales, member, False)
    assert manager.get(PAGE).status_code == 403
    assert manager.get(f"{PAGE}{sales.id}/").status_code == 403


def test_the_list_of_users_is_filtered_by_group_and_says_who_is_in_which(tenant, sales, stranger):
    owner = as_(tenant, "owner")
    text = b"".join(owner.get(f"/admin/org/users/?csv=1&group={sales.id}")).decode().removeprefix("\ufeff")
    [row] = csv.DictReader(io.StringIO(text))
    assert (row["email"], row["groups"]) == ("learner@northlight.example", "Sales")
    assert (
        "Sales"
        in owner.get("/admin/org/users/groups?find=x").text + owner.get("/admin/org/users/groups").text
    )
    theirs = actions.create(stranger.owner, "Theirs")
    assert owner.get(f"/admin/org/users/?group={theirs.id}").status_code == 404
    assert owner.get(f"{PAGE}{theirs.id}/").status_code == 404


def test_names_and_keys_are_unique_within_an_organization(tenant, sales, stranger, api_as):
    program = api_as(tenant, Role.ADMIN)
    for body, code in (
        ({"name": "SALES"}, "group_name_taken"),
        ({"name": "Other", "key": "s-1"}, "group_key_taken"),
        ({"name": " "}, "invalid"),
        ({"name": "X", "kind": "club"}, "kind_invalid"),
        ({"name": "x" * 101}, None),
    ):
        answer = program("POST", "/org/groups", body)
        assert answer.status_code in (409, 422)
        assert code in (None, answer.json()["code"])
    actions.create(stranger.owner, "Sales", "other", "s-1")


def test_a_program_keeps_groups(tenant, api_as):
    program = api_as(tenant, Role.ADMIN)
    made = program("POST", "/org/groups", {"name": "Sales", "kind": "department"}).json()
    at = f"/org/groups/{made['id']}"
    assert program("POST", f"{at}/members", {"emails": ["learner@northlight.example"]}).json() == {"added": 1}
    assert program("POST", f"{at}/members", {"emails": ["learner@northlight.example"]}).json() == {"added": 0}
    refused = program("POST", f"{at}/members", {"emails": ["x@y.example"]})
    assert (refused.status_code, refused.json()["code"]) == (422, "not_users")
    [person] = program("GET", f"{at}/members").json()["items"]
    assert person["email"] == "learner@northlight.example"
    assert program("PATCH", at, {"name": "Sales EMEA"}).json()["name"] == "Sales EMEA"
    assert program("GET", at).json()["members"] == 1
    assert program("DELETE", f"{at}/members/{person['id']}").status_code == 204
    assert [group["members"] for group in program("GET", "/org/groups").json()["items"]] == [0]
    assert program("DELETE", at).status_code == 204
    assert program("GET", at).status_code == 404
    assert api_as(tenant, Role.MANAGER)("GET", "/org/groups").status_code == 403


def test_every_change_is_in_the_audit_log(tenant, sales):
    actions.remove(tenant.owner, sales, queries.people(sales))
    actions.delete(tenant.owner, sales)
    written = Entry.objects.filter(organization_id=tenant.organization.id).order_by("id")
    assert [entry.verb for entry in written][-5:] == [
        "created",
        "added a group to",
        "granted group management to",
        "removed a group from",
        "deleted",
    ]


def test_lists_ask_the_database_as_often_for_many_as_for_one(tenant, sales):
    owner = as_(tenant, "owner")

    def asked(path):
        owner.get(path)
        with CaptureQueriesContext(connection) as queries_:
            owner.get(path)
        return len(queries_)

    paths = ("/admin/org/users/", PAGE, f"{PAGE}{sales.id}/")
    few = [asked(path) for path in paths]
    for number in range(10):
        member = make_member(tenant.owner, f"m{number}@northlight.example", Role.LEARNER)
        actions.add(tenant.owner, sales, [member])
        actions.create(tenant.owner, f"Group {number}")
    assert [asked(path) for path in paths] == few


def test_those_who_are_ticked_in_the_list_of_users_get_into_a_group_and_out_of_it(tenant, sales, stranger):
    owner = as_(tenant, "owner")
    assert "bulk-group" in owner.get("/admin/org/users/").text
    chosen = [tenant.organization.memberships.get(role=role).id for role in ("admin", "manager")]
    fields = {"user": chosen, "group": sales.id}
    owner.post("/admin/org/users/bulk", {"do": "add to group", **fields})
    assert people(sales) == ["admin", "learner", "manager"]
    owner.post("/admin/org/users/bulk", {"do": "remove from group", **fields})
    assert people(sales) == ["learner"]
    theirs = actions.create(stranger.owner, "Theirs")
    answer = owner.post("/admin/org/users/bulk", {"do": "add to group", "user": chosen, "group": theirs.id})
    assert answer.status_code == 404


def links_of_navigation(page: str) -> list[str]:
    """The links to groups in the main navigation."""
    rail = page.partition('<nav class="rail"')[2].partition("</nav>")[0]
    return re.findall(f'href="{PAGE}"', rail)


def test_the_navigation_has_groups_for_whoever_manages_some_and_administers_none(tenant, stranger, sales):
    managing = tenant.organization.memberships.get(role="learner")
    actions.set_manager(tenant.owner, sales, managing, True)
    for role, there in (("learner", 1), ("reporter", 1), ("manager", 0), ("admin", 0), ("owner", 0)):
        assert len(links_of_navigation(as_(tenant, role).get("/lms/").text)) == there, role
    assert links_of_navigation(as_(stranger, "learner").get("/lms/").text) == []
    actions.set_manager(tenant.owner, sales, managing, False)
    assert links_of_navigation(as_(tenant, "learner").get("/lms/").text) == []
