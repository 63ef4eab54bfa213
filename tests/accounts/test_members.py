"""Members are let in and kept out: what they hold ends at once, and the last owner stays."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.test import Client
from tests.emptying import empty_database
from tests.fixtures import APP, Api
from tests.tenants import make_tenant

from heliograph.accounts import actions, queries
from heliograph.accounts.errors import LastOwner
from heliograph.accounts.models import ApiKey, Membership
from heliograph.core.errors import Forbidden, NotSignedIn
from heliograph.core.roles import Role


@pytest.fixture
def admin(tenant):
    """The membership of the administrator."""
    return tenant.organization.memberships.get(role="admin")


def test_sessions_tokens_and_keys_of_a_deactivated_member_end_at_once(tenant, admin):
    client = Client(HTTP_HOST=APP)
    client.post("/sign-in/", {"login": admin.user.email, "password": "long enough"})
    signed_in = {"email": admin.user.email, "password": "long enough"}
    pair = client.post("/api/token", signed_in, content_type="application/json").json()
    by_token = Api(Client(HTTP_HOST=APP), pair["access"])
    by_key = Api(
        Client(HTTP_HOST=APP), actions.create_api_key(queries.actor_of_member(admin), "sync", Role.MANAGER)[1]
    )
    own = [
        lambda: client.get("/api/org/meta"),
        lambda: by_token("GET", "/org/meta"),
        lambda: by_key("GET", "/org/meta"),
    ]
    assert [ask().status_code for ask in own] == [200, 200, 200]
    actions.set_member_active(tenant.owner, admin, False)
    assert [ask().status_code for ask in own] == [401, 401, 401]
    assert client.get("/admin/dispatch/").status_code == 403
    refreshed = client.post(
        "/api/token/refresh", {"refresh": pair["refresh"]}, content_type="application/json"
    )
    assert refreshed.status_code == 401

    actions.set_member_active(tenant.owner, admin, True)
    assert client.get("/admin/dispatch/").status_code == 200
    assert by_key("GET", "/org/meta").status_code == 200
    assert by_token("GET", "/org/meta").status_code == 401, "a sign-in to the API that was ended stays ended"


def test_a_key_made_with_a_key_ends_with_the_member_too(tenant, admin):
    _, first = actions.create_api_key(queries.actor_of_member(admin), "first", Role.ADMIN)
    _, second = actions.create_api_key(queries.actor_of_bearer(first), "second", Role.MANAGER)
    _, others = actions.create_api_key(tenant.owner, "others", Role.MANAGER)
    actions.revoke_api_key(tenant.owner, ApiKey.objects.get(name="first"))
    actions.set_member_active(tenant.owner, admin, False)
    with pytest.raises(NotSignedIn):
        queries.actor_of_bearer(second)
    assert queries.actor_of_bearer(others).role is Role.MANAGER


def test_a_role_is_judged_as_it_is_and_not_as_it_was_read(tenant, admin):
    read_before = queries.member(
        tenant.organization.id, str(tenant.organization.memberships.get(role="manager").id)
    )
    actions.change_role(tenant.owner, read_before, Role.OWNER)
    read_before.role = "manager"  # as a page has it that was opened before
    with pytest.raises(Forbidden):
        actions.change_role(queries.actor_of_member(admin), read_before, Role.LEARNER)
    with pytest.raises(Forbidden):
        actions.set_member_active(queries.actor_of_member(admin), read_before, False)


def test_another_organizations_member_is_not_found(tenant, stranger, api_as):
    other = stranger.organization.memberships.get(role="reporter")
    program = api_as(tenant, Role.OWNER)
    for path in ("", "/role", "/deactivate", "/reactivate"):
        answer = program(
            "POST" if path else "GET",
            f"/org/users/{other.id}{path}",
            {"role": "learner"} if path == "/role" else None,
        )
        assert (answer.status_code, answer.json()["code"]) == (404, "member_not_found")


def test_members_are_found_by_name_role_and_state(tenant, api_as):
    program = api_as(tenant, Role.ADMIN)
    actions.set_member_active(tenant.owner, tenant.organization.memberships.get(role="learner"), False)

    def emails(query):
        return [
            member["email"].partition("@")[0]
            for member in program("GET", f"/org/users?{query}").json()["items"]
        ]

    assert emails("search=MANAG") == ["manager"]
    assert emails("role=owner") == ["owner"]
    assert emails("active=false") == ["learner"]
    assert "learner" not in emails("active=true")
    assert program("GET", "/org/users?role=emperor").json()["code"] == "role_invalid"


@pytest.mark.django_db(transaction=True)
def test_of_two_owners_who_deactivate_each_other_at_once_one_stays():
    tenant = make_tenant("rivals")
    second = tenant.organization.memberships.get(role="admin")
    actions.change_role(tenant.owner, second, Role.OWNER)
    pair = list(queries.members(tenant.organization.id, role="owner"))

    def deactivate(target):
        try:
            actions.set_member_active(tenant.owner, target, False)
        except LastOwner:
            return "refused"
        finally:
            connection.close()
        return "done"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(deactivate, pair)) == ["done", "refused"]
    assert (
        Membership.objects.filter(organization=tenant.organization, role="owner", is_active=True).count() == 1
    )
    empty_database()
