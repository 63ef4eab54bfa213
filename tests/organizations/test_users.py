"""The organization's users: found, given roles and kept out, one or many at once; and each one's history."""

import csv
import io
from uuid import UUID

import pytest
from django.test import Client
from tests.fixtures import APP

from heliograph.accounts import actions, queries
from heliograph.accounts.groups import actions as groups
from heliograph.accounts.models import Membership
from heliograph.audit.models import Entry
from heliograph.core.roles import Role
from heliograph.core.scope import Scope
from heliograph.courses import organizing
from heliograph.organizations import limits
from heliograph.runtime import actions as runtime

PAGE = "/admin/org/users/"


@pytest.fixture
def owner(tenant):
    client = Client(HTTP_HOST=APP)
    client.force_login(tenant.organization.memberships.get(role="owner").user)
    return client


def rows(answer):
    text = b"".join(answer).decode().removeprefix("\ufeff")
    return [(row["name"], row["role"], row["status"]) for row in csv.DictReader(io.StringIO(text))]


def test_they_are_searched_filtered_ordered_and_exported(tenant, owner):
    actions.set_member_active(tenant.owner, tenant.organization.memberships.get(role="learner"), False)
    assert rows(owner.get(f"{PAGE}?csv=1&search=MANAG")) == [("Manager", "manager", "active")]
    assert rows(owner.get(f"{PAGE}?csv=1&state=deactivated")) == [("Learner", "learner", "deactivated")]
    assert rows(owner.get(f"{PAGE}?csv=1&role=admin")) == [("Admin", "admin", "active")]
    assert rows(owner.get(f"{PAGE}?csv=1&sort=-name"))[0][0] == "Reporter"
    shown = " ".join(owner.get(PAGE).text.split())
    assert "Active 4" in shown
    assert "Deactivated 1" in shown


def test_many_get_a_role_at_once_or_nobody_does(tenant, owner):
    members = tenant.organization.memberships
    two = [members.get(role="reporter"), members.get(role="learner")]
    answer = owner.post(
        f"{PAGE}bulk", {"do": "role", "role": "manager", "user": [two[0].id, two[1].id]}, follow=True
    )
    assert "2 users updated." in answer.text
    assert members.filter(role="manager").count() == 3
    last_owner = members.get(role="owner")
    refused = owner.post(
        f"{PAGE}bulk",
        {"do": "role", "role": "learner", "user": [two[0].id, last_owner.id]},
        headers={"X-Dialog": "1"},
    )
    assert (refused.status_code, refused.json()["code"]) == (409, "last_owner")
    assert members.filter(role="manager").count() == 3, "nothing half-done stays behind"


def test_keeping_many_out_asks_first_and_names_them(tenant, owner):
    members = tenant.organization.memberships
    chosen = [members.get(role=role).id for role in ("reporter", "learner")]
    asked = owner.post(f"{PAGE}bulk", {"do": "deactivate", "user": chosen}).text
    assert "Deactivate 2 users?" in asked
    assert "Reporter, Learner" in asked
    assert members.filter(is_active=False).count() == 0
    owner.post(f"{PAGE}bulk", {"do": "deactivate", "user": chosen, "confirmed": "1"})
    assert set(members.filter(is_active=False).values_list("role", flat=True)) == {"reporter", "learner"}
    owner.post(f"{PAGE}bulk", {"do": "activate", "user": chosen})
    assert members.filter(is_active=False).count() == 0


@pytest.mark.parametrize("fields", [{"do": "role"}, {"do": "sack", "role": "manager"}, {"do": "activate"}])
def test_what_makes_no_sense_is_refused(tenant, owner, fields):
    assert owner.post(f"{PAGE}bulk", fields, headers={"X-Dialog": "1"}).status_code == 422


def test_strangers_users_are_neither_seen_nor_changed(tenant, stranger, owner):
    other = stranger.organization.memberships.get(role="reporter")
    assert owner.get(f"{PAGE}{other.id}/").status_code == 404
    for path, fields in (
        (f"{other.id}/role", {"role": "learner"}),
        (f"{other.id}/active", {"active": "0", "confirmed": "1"}),
        ("bulk", {"do": "deactivate", "user": other.id, "confirmed": "1"}),
    ):
        assert owner.post(f"{PAGE}{path}", fields).status_code == 404
    other.refresh_from_db()
    assert (other.role, other.is_active) == ("reporter", True)
    assert "strangers" not in owner.get(PAGE).text


def test_an_admin_is_not_offered_to_change_an_owner(tenant):
    client = Client(HTTP_HOST=APP)
    client.force_login(tenant.organization.memberships.get(role="admin").user)
    of_owner = client.get(f"{PAGE}{tenant.organization.memberships.get(role='owner').id}/").text
    assert "Change role" not in of_owner
    assert "Deactivate" not in of_owner
    assert (
        'value="owner"' not in client.get(PAGE).text.partition('id="bulk-role"')[2].partition("</dialog>")[0]
    )


def test_a_persons_page_has_their_sign_ins_courses_keys_and_what_they_changed(tenant, owner, course):
    member = tenant.organization.memberships.get(role="manager")
    as_manager = Client(HTTP_HOST=APP)
    as_manager.post(
        "/sign-in/",
        {"login": member.user.email, "password": "long enough"},
        headers={"User-Agent": "Opera 12"},
    )
    nowhere = UUID(int=0)
    learner = runtime.ensure_learner(
        tenant.organization.id, nowhere, "m-1", "Manager", member.user.email.upper()
    )
    registration, _ = runtime.register(tenant.manager, course, learner)
    member = actions.change_role(tenant.owner, member, Role.ADMIN)
    actions.create_api_key(queries.actor_of_member(member), "Nightly sync", Role.REPORTER)
    shown = " ".join(owner.get(f"{PAGE}{member.id}/").text.split())
    for words in (
        "Opera 12",
        course.title,
        "Nightly sync",
        "changed role of",
        "created",
        f"{registration.id}",
    ):
        assert words in shown, words
    assert "mbox+mailto%3A" in shown or "mbox%20mailto%3A" in shown
    assert Entry.objects.filter(actor_id=member.user_id).exists()
    nobody = Membership.objects.get(organization=tenant.organization, role="learner")
    assert "No sessions" in owner.get(f"{PAGE}{nobody.id}/").text


def test_what_a_person_did_before_they_became_a_member_is_nobodys_business_here(tenant, stranger, owner):
    """Accounts are shared by all organizations of a server; that one has another is not told."""
    person = stranger.organization.memberships.get(role="reporter").user
    Client(HTTP_HOST=APP).post(
        "/sign-in/", {"login": person.email, "password": "long enough"}, headers={"User-Agent": "Opera 12"}
    )
    member = actions.join(tenant.owner, person, Role.REPORTER)
    person.refresh_from_db()
    assert person.last_login
    assert "Opera 12" not in owner.get(f"{PAGE}{member.id}/").text
    assert queries.member(tenant.organization.id, str(member.id)).last_sign_in is None
    Client(HTTP_HOST=APP).post(
        "/sign-in/", {"login": person.email, "password": "long enough"}, headers={"User-Agent": "Firefox 200"}
    )
    shown = owner.get(f"{PAGE}{member.id}/").text
    assert "Firefox 200" in shown
    assert "Opera 12" not in shown


def test_the_file_says_what_roles_are_limited_to(tenant, owner, dispatch):
    folder = organizing.create_folder(tenant.manager, "Safety")
    below = organizing.create_folder(tenant.manager, "Fire", folder)
    gone = groups.create(tenant.owner, "Gone")
    for role, scope in (
        ("manager", Scope(folders=(below.id,), destinations=(dispatch.destination_id,))),
        ("reporter", Scope(groups=(gone.id,))),
    ):
        member = tenant.organization.memberships.get(role=role)
        actions.change_role(tenant.owner, member, Role[role.upper()], scope)
    groups.delete(tenant.owner, gone)
    text = b"".join(owner.get(f"{PAGE}?csv=1")).decode().removeprefix("\ufeff")
    limited = {row["name"]: row["limited to"] for row in csv.DictReader(io.StringIO(text))}
    assert limited == {
        "Owner": "",
        "Admin": "",
        "Manager": f"Folder: Safety / Fire; Customer: {dispatch.destination.name}",
        "Reporter": "Group: (deleted)",
        "Learner": "",
    }


def test_names_of_limits_are_asked_for_at_once(tenant, django_assert_num_queries):
    members = list(tenant.organization.memberships.all())
    made = [groups.create(tenant.owner, f"Group {number}") for number in range(len(members))]
    for member, group in zip(members, made, strict=True):
        member.scope = Scope(groups=(group.id,))
    with django_assert_num_queries(1):
        limits.with_limits(members)
    assert [member.limited_to for member in members] == [f"Group: {group.name}" for group in made]
