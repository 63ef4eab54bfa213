"""What the forms of the back office read and refuse, and what they ask before access changes."""

from datetime import UTC, datetime

import pytest
from django.test import Client, RequestFactory
from tests.fixtures import APP

from heliograph.accounts import queries
from heliograph.accounts.models import ApiKey, Invitation
from heliograph.core.errors import Invalid
from heliograph.core.roles import Role
from heliograph.organizations.forms import (
    BulkUsers,
    InviteMember,
    MemberRole,
    NewApiKey,
    OrganizationName,
    RoleForm,
)


def sent(form, actor, **fields):
    of_actor = {"actor": actor} if issubclass(form, RoleForm) else {}
    return form.sent(RequestFactory().post("/", fields), **of_actor)


def test_roles_and_days_are_read(tenant):
    def sent_by_owner(form, **fields):
        return sent(form, tenant.owner, **fields)

    assert sent_by_owner(InviteMember, email="new@example.org", role="manager")["role"] is Role.MANAGER
    assert sent_by_owner(MemberRole, role="owner") == {"role": Role.OWNER}
    key = sent_by_owner(NewApiKey, name="Sync", role="admin", expires_at="2031-05-01")
    assert key["expires_at"] == datetime(2031, 5, 1, 23, 59, 59, tzinfo=UTC)
    assert sent_by_owner(BulkUsers, do="role", role="manager")["role"] is Role.MANAGER
    assert sent_by_owner(BulkUsers, do="deactivate") == {"do": "deactivate", "role": None, "group": ""}


@pytest.mark.parametrize(
    ("form", "fields", "field"),
    [
        (InviteMember, {"role": "manager"}, "email"),
        (InviteMember, {"email": "new@example.org", "role": "emperor"}, "role"),
        (MemberRole, {}, "role"),
        (NewApiKey, {"role": "admin"}, "name"),
        (NewApiKey, {"name": "x", "role": "admin", "expires_at": "soon"}, "expires_at"),
        (OrganizationName, {"name": "x" * 201}, "name"),
        (OrganizationName, {"name": "  "}, "name"),
        (BulkUsers, {"do": "role"}, "role"),
        (BulkUsers, {"do": "promote"}, "do"),
    ],
)
def test_a_wrong_value_is_refused_at_its_field(tenant, form, fields, field):
    with pytest.raises(Invalid) as refused:
        sent(form, tenant.owner, **fields)
    assert refused.value.details["field"] == field


def test_nobody_is_offered_a_role_with_more_than_their_own(tenant):
    admin = queries.actor_of_member(tenant.organization.memberships.get(role="admin"))
    offered = str(MemberRole(actor=admin, whose="Ada"))
    assert 'value="admin"' in offered
    assert 'value="owner"' not in offered
    assert 'aria-label="Role of Ada"' in offered


def test_what_actions_refuse_names_the_field_of_the_form(tenant):
    client = Client(HTTP_HOST=APP, headers={"X-Dialog": "1"})
    client.force_login(tenant.organization.memberships.get(role="admin").user)
    for email in ("nobody", "reporter@northlight.example"):
        answer = client.post("/admin/org/invitations/", {"email": email, "role": "reporter"})
        assert answer.json()["field"] == "email"
    assert client.post("/admin/org/api-keys/", {"name": " ", "role": "reporter"}).json()["field"] == "name"
    assert (Invitation.objects.count(), ApiKey.objects.count()) == (0, 0)


@pytest.mark.parametrize(
    ("path", "fields", "says"),
    [
        ("second-factor", {"required": "1"}, "5 members have none yet"),
        ("second-factor", {"required": "0"}, "5 members can sign in with a password alone"),
        ("users/{member}/active", {"active": "0"}, "Reporter loses access to Northlight immediately."),
        ("api-keys/{key}/revoke", {}, "It was never used."),
    ],
)
def test_what_changes_access_says_so_first_and_changes_nothing_before(tenant, path, fields, says):
    client = Client(HTTP_HOST=APP)
    client.force_login(tenant.organization.memberships.get(role="owner").user)
    client.post("/admin/org/api-keys/", {"name": "Sync", "role": "manager"})
    key = ApiKey.objects.get()
    member = tenant.organization.memberships.get(role="reporter")
    page = client.post(f"/admin/org/{path.format(member=member.id, key=key.id)}", fields).text
    assert says in page
    for thing in (key, member, tenant.organization):
        thing.refresh_from_db()
    assert (key.revoked_at, member.is_active, tenant.organization.second_factor_required) == (
        None,
        True,
        False,
    )
