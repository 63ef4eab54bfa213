"""Roles that an organization makes: what they allow, and that nobody reaches what was not theirs to give."""

from collections.abc import Set

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.fixtures import APP
from tests.tenants import make_tenant

from heliograph.accounts import actions, invitations, queries, roles
from heliograph.accounts.errors import RoleInUse
from heliograph.accounts.models import ApiKey, CustomRole, Invitation, Membership
from heliograph.audit.models import Entry
from heliograph.core.actor import Actor
from heliograph.core.errors import Forbidden, Invalid, Problem
from heliograph.core.ids import new_id
from heliograph.core.permissions import GROUPS, LABELS, Permission
from heliograph.core.roles import Role

EDITOR = [Permission.COURSES_VIEW, Permission.COURSES_MANAGE]


def member_with(tenant, role) -> Actor:
    """A member of the tenant who has that role; the reporter of the fixture."""
    member = tenant.organization.memberships.get(role="reporter")
    actions.change_role(tenant.owner, member, role)
    member.refresh_from_db()
    return queries.actor_of_member(member)


def signed_in(tenant, email: str) -> Client:
    client = Client(HTTP_HOST=APP)
    client.force_login(tenant.organization.memberships.get(user__email__startswith=email).user)
    return client


def test_every_permission_has_a_label_and_one_place_in_the_matrix():
    assert set(LABELS) == set(Permission)
    assert sorted(permission for group in GROUPS.values() for permission in group) == sorted(Permission)


def test_built_in_roles_each_include_the_lower_ones():
    for lower, higher in zip(list(Role), list(Role)[1:], strict=False):
        assert lower.permissions < higher.permissions


def test_a_role_allows_its_permissions_and_nothing_else(tenant):
    member_with(tenant, roles.create_role(tenant.owner, "Content editor", EDITOR))
    client = signed_in(tenant, "reporter")
    assert client.get("/admin/courses/").status_code == 200
    for path in (
        "/admin/dispatch/",
        "/admin/registrations/",
        "/admin/analytics/",
        "/admin/org/users/",
        "/records/",
    ):
        answer = client.get(path)
        assert (answer.status_code, "permission" in answer.text) == (403, True), path
    home = client.get("/").text
    assert 'href="/admin/courses/"' in home
    assert 'href="/admin/dispatch/"' not in home


def test_a_changed_role_counts_from_the_next_request(tenant):
    role = roles.create_role(tenant.owner, "Content editor", EDITOR)
    member_with(tenant, role)
    client = signed_in(tenant, "reporter")
    assert client.get("/admin/dispatch/").status_code == 403
    roles.change_role(tenant.owner, role, permissions=[*EDITOR, Permission.DISPATCHES_VIEW])
    assert client.get("/admin/dispatch/").status_code == 200


def test_a_role_that_somebody_has_is_not_deleted(tenant):
    role = roles.create_role(tenant.owner, "Content editor", EDITOR)
    member_with(tenant, role)
    with pytest.raises(RoleInUse):
        roles.delete_role(tenant.owner, role)
    member_with_role = Membership.objects.get(role=role.key)
    actions.change_role(tenant.owner, member_with_role, Role.REPORTER)
    roles.delete_role(tenant.owner, role)
    assert not CustomRole.objects.exists()


@pytest.mark.parametrize("name", ["", "  ", "Owner", "ADMIN", "content  EDITOR", "x" * 61])
def test_names_that_would_confuse_are_refused(tenant, name):
    roles.create_role(tenant.owner, "Content editor", EDITOR)
    with pytest.raises(Invalid):
        roles.create_role(tenant.owner, name, EDITOR)


def test_keys_are_never_built_in_roles(tenant):
    keys = [roles.create_role(tenant.owner, name, EDITOR).key for name in ("Owner!", "Owner?", "ядро")]
    assert keys == ["owner-2", "owner-3", "role"]


@pytest.mark.parametrize("permission", ["owners.manage", "everything", ""])
def test_what_no_custom_role_can_have_is_refused(tenant, permission):
    with pytest.raises(Invalid):
        roles.create_role(tenant.owner, "Deputy", [permission])


def test_nobody_takes_a_role_from_somebody_who_has_more(tenant):
    narrow = member_with(tenant, roles.create_role(tenant.owner, "HR", [Permission.USERS_MANAGE]))
    for victim in ("owner", "admin", "manager"):
        member = tenant.organization.memberships.get(role=victim)
        with pytest.raises(Forbidden):
            actions.change_role(narrow, member, Role.LEARNER)
        with pytest.raises(Forbidden):
            actions.set_member_active(narrow, member, False)


def test_a_strangers_roles_are_not_there(tenant, stranger, api_as):
    role = roles.create_role(stranger.owner, "Content editor", EDITOR)
    program = api_as(tenant, Role.OWNER)
    assert program("PATCH", f"/org/roles/{role.id}", {"name": "Mine"}).status_code == 404
    assert program("DELETE", f"/org/roles/{role.id}").status_code == 404
    refused = program("POST", "/org/invitations", {"email": "a@b.example", "role": role.key})
    assert (refused.status_code, refused.json()["code"]) == (422, "role_invalid")


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_no_sequence_of_grants_reaches_more_than_the_first_granter_had(db, data):
    """Members who hold some permissions do whatever they can with roles, members, invitations and API keys,
    and so does everybody they gave something to.
    """
    tenant = make_tenant(f"t{new_id().hex}")
    own = data.draw(st.sets(st.sampled_from(roles.OFFERED)))
    mine = own | {Permission.USERS_MANAGE, Permission.API_KEYS_MANAGE}
    first = roles.create_role(tenant.owner, "First", mine)
    other = roles.create_role(tenant.owner, "Other", data.draw(st.sets(st.sampled_from(roles.OFFERED))))
    actions.change_role(tenant.owner, tenant.organization.memberships.get(role="reporter"), first)
    before = grants(tenant)
    for number in range(data.draw(st.integers(1, 8))):
        try:
            attack(tenant, data, number, mine, other)
        except Problem:
            continue
    for holder, held in grants(tenant).items():
        assert held <= mine or held == before.get(holder), (holder, held - mine)


def grants(tenant) -> dict[str, Set[Permission]]:
    """What each member, invitation, key and role of an organization gives now."""
    organization_id = tenant.organization.id
    held = {}
    for model in (Membership, Invitation, ApiKey):
        for row in model.objects.filter(organization_id=organization_id):
            held[f"{model.__name__} {row.id}"] = roles.granted(organization_id, row.role).permissions
    for role in roles.custom_roles(organization_id):
        held[f"role {role.id}"] = role.permissions
    return held


def attack(tenant, data, number: int, mine: set[Permission], other: CustomRole) -> None:
    """One attempt of somebody who has no more than ``mine`` and may manage users or keys."""
    organization_id = tenant.organization.id
    members = Membership.objects.filter(organization_id=organization_id).select_related(
        "user", "organization"
    )
    actors = [queries.actor_of_member(member) for member in members]
    actors += [
        Actor("api_key", key.id, key.name, organization_id, roles.granted(organization_id, key.role))
        for key in ApiKey.objects.filter(organization_id=organization_id)
    ]
    actor = data.draw(st.sampled_from([actor for actor in actors if actor.role.permissions <= mine]))
    role = data.draw(st.sampled_from(roles.all_roles(organization_id)))
    wanted = data.draw(st.sets(st.sampled_from(list(Permission))))
    match data.draw(st.sampled_from(["member", "deactivate", "invite", "key", "create", "change", "other"])):
        case "member":
            actions.change_role(actor, data.draw(st.sampled_from(list(members))), role)
        case "deactivate":
            actions.set_member_active(actor, data.draw(st.sampled_from(list(members))), False)
        case "invite":
            invitations.prepare(actor, f"n{number}@example.org", role, mailed=False)
        case "key":
            actions.create_api_key(actor, f"key {number}", role)
        case "create":
            roles.create_role(actor, f"Role {number}", wanted)
        case "change":
            own = list(roles.custom_roles(organization_id))
            roles.change_role(actor, data.draw(st.sampled_from(own)), permissions=wanted)
        case "other":
            roles.change_role(actor, other, permissions=other.permissions | wanted)


def test_the_matrix_shows_every_role_and_the_form_offers_what_one_has(tenant):
    roles.create_role(tenant.owner, "Content editor", EDITOR)
    client = signed_in(tenant, "admin")
    page = client.get("/admin/org/roles/").text
    assert "Content editor" in page
    assert "Appoint and remove owners" in page, "the matrix shows what owners have"
    assert 'value="owners.manage"' not in page
    answer = client.post("/admin/org/roles/new", {"name": "HR", "permissions": ["users.manage"]}, follow=True)
    assert "Role “HR” created." in answer.text
    assert Entry.objects.filter(verb="created", subject_label="HR").exists()


def test_an_owner_views_the_organization_as_a_lower_role_and_stops(tenant):
    client = signed_in(tenant, "owner")
    page = client.post("/admin/view-as", {"role": "manager"}, follow=True).text
    assert "You are viewing the organization as Manager." in page
    assert client.get("/admin/org/users/").status_code == 403
    client.post("/admin/destinations/new", {"name": "Acme"})
    made = Entry.objects.get(verb="created", subject_kind="destination")
    assert made.actor_label == "Owner, viewing as manager"
    client.post("/admin/view-as", {"role": ""})
    assert client.get("/admin/org/users/").status_code == 200
    verbs = Entry.objects.filter(subject_kind="role").order_by("id").values_list("verb", "actor_label")
    assert list(verbs) == [("started viewing as", "Owner"), ("stopped viewing as", "Owner")]


@pytest.mark.parametrize(("who", "role", "status"), [
    ("manager", "reporter", 403),
    ("admin", "owner", 422),
    ("admin", "admin", 422),
    ("owner", "learner", 422),
    ("owner", "emperor", 422),
])  # fmt: skip
def test_nobody_views_as_what_they_may_not(tenant, who, role, status):
    client = signed_in(tenant, who)
    assert client.post("/admin/view-as", {"role": role}).status_code == status
    assert "viewing the organization as" not in client.get("/").text
