"""Signing in: passwords, tokens that rotate, keys that can be revoked, and roles nobody can hand out above
their own.
"""

from datetime import timedelta

import pytest
import time_machine
from django.test import RequestFactory
from tests.fixtures import APP
from tests.tenants import make_member

from heliograph.accounts import actions, invitations, queries
from heliograph.accounts.errors import LastOwner, RefreshTokenRefused
from heliograph.audit.queries import entries
from heliograph.core.clock import now
from heliograph.core.errors import Forbidden, Invalid, NotSignedIn
from heliograph.core.roles import Role

EMAIL, PASSWORD = "manager@northlight.example", "long enough"


def test_a_member_gets_tokens_for_their_password(client, tenant):
    answer = client.post(
        "/api/token", {"email": EMAIL, "password": PASSWORD}, content_type="application/json", HTTP_HOST=APP
    )
    pair = answer.json()
    meta = client.get(
        "/api/org/meta", headers={"Authorization": f"Bearer {pair['access']}"}, HTTP_HOST=APP
    ).json()
    assert (meta["key"], meta["role"]) == ("northlight", "manager")


@pytest.mark.parametrize(
    "wrong",
    [
        {"password": "wrong"},
        {"email": "nobody@northlight.example"},
        {"organization": "strangers"},
        {"password": ""},
        {"email": ""},
    ],
)
def test_whatever_does_not_fit_gets_the_same_answer(client, tenant, stranger, wrong):
    body = {"email": EMAIL, "password": PASSWORD, **wrong}
    answer = client.post("/api/token", body, content_type="application/json", HTTP_HOST=APP)
    assert (answer.status_code, answer.json()["code"]) == (401, "wrong_credentials")


def test_an_access_token_lasts_ten_minutes(tenant):
    pair = actions.sign_in(RequestFactory().post("/api/token"), EMAIL, PASSWORD, None)
    queries.actor_of_bearer(pair.access)
    with time_machine.travel(now() + timedelta(minutes=11)), pytest.raises(NotSignedIn, match="expired"):
        queries.actor_of_bearer(pair.access)


def test_a_refresh_token_is_good_once_and_using_it_twice_ends_the_chain(tenant):
    first = actions.sign_in(RequestFactory().post("/api/token"), EMAIL, PASSWORD, None)
    second = actions.refresh(first.refresh)
    with pytest.raises(RefreshTokenRefused):
        actions.refresh(first.refresh)
    with pytest.raises(RefreshTokenRefused):
        actions.refresh(second.refresh)


def test_signing_out_ends_the_chain_and_its_access_tokens_at_once(tenant):
    first = actions.sign_in(RequestFactory().post("/api/token"), EMAIL, PASSWORD, None)
    pair = actions.refresh(first.refresh)
    for access in (first.access, pair.access):
        assert queries.actor_of_bearer(access).label == "Manager"
    actions.revoke(pair.refresh)
    with pytest.raises(RefreshTokenRefused):
        actions.refresh(pair.refresh)
    for access in (first.access, pair.access):
        with pytest.raises(NotSignedIn, match="ended"):
            queries.actor_of_bearer(access)


def test_a_token_signed_by_somebody_else_is_nobodys(tenant):
    import jwt

    forged = jwt.encode({"sub": str(tenant.owner.id), "aud": "heliograph-api"}, "x" * 48, algorithm="HS256")
    unsigned = jwt.encode({"sub": str(tenant.owner.id), "aud": "heliograph-api"}, "", algorithm="none")
    for token in (forged, unsigned, "", "hg_", "hg_unknown"):
        with pytest.raises(NotSignedIn):
            queries.actor_of_bearer(token)


def test_an_api_key_works_until_it_is_revoked_or_expires(tenant):
    key, secret = actions.create_api_key(tenant.owner, "sync", Role.MANAGER, now() + timedelta(days=1))
    assert queries.actor_of_bearer(secret).role is Role.MANAGER
    with time_machine.travel(now() + timedelta(days=2)), pytest.raises(NotSignedIn):
        queries.actor_of_bearer(secret)
    actions.revoke_api_key(tenant.owner, key)
    with pytest.raises(NotSignedIn):
        queries.actor_of_bearer(secret)


def test_only_a_digest_of_a_key_is_kept(tenant):
    key, secret = actions.create_api_key(tenant.owner, "sync", Role.MANAGER)
    assert secret.encode() not in bytes(key.digest)
    assert secret not in str(entries(tenant.organization.id).values_list("details", flat=True))


def test_nobody_hands_out_more_than_they_have(tenant):
    admin = tenant.actors[Role.ADMIN]
    for attempt in (
        lambda: actions.create_api_key(admin, "mine", Role.OWNER),
        lambda: invitations.invite(admin, "new@example.org", Role.OWNER),
        lambda: actions.change_role(admin, tenant.organization.memberships.get(role="owner"), Role.LEARNER),
        lambda: actions.set_member_active(admin, tenant.organization.memberships.get(role="owner"), False),
    ):
        with pytest.raises(Forbidden):
            attempt()


def test_an_organization_keeps_an_owner(tenant):
    owner = tenant.organization.memberships.get(role="owner")
    with pytest.raises(LastOwner):
        actions.change_role(tenant.owner, owner, Role.ADMIN)
    with pytest.raises(LastOwner):
        actions.set_member_active(tenant.owner, owner, False)


def test_every_change_is_in_the_journal_with_who_did_it(tenant):
    before = entries(tenant.organization.id).count()
    member = tenant.organization.memberships.get(role="reporter")
    actions.change_role(tenant.owner, member, Role.MANAGER)
    actions.set_member_active(tenant.owner, member, False)
    written = list(entries(tenant.organization.id)[:2])
    assert [entry.verb for entry in written] == ["deactivated", "changed role of"]
    assert {entry.actor_label for entry in written} == {"Owner"}
    assert entries(tenant.organization.id).count() == before + 2


def test_what_fails_leaves_no_entry(tenant):
    before = entries(tenant.organization.id).count()
    with pytest.raises(LastOwner):
        actions.change_role(tenant.owner, tenant.organization.memberships.get(role="owner"), Role.ADMIN)
    assert entries(tenant.organization.id).count() == before


def test_who_comes_without_an_address_can_sign_in(client, tenant):
    body = {"email": EMAIL, "password": PASSWORD}
    assert (
        client.post(
            "/api/token", body, content_type="application/json", HTTP_HOST=APP, REMOTE_ADDR=""
        ).status_code
        == 200
    )


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"email": "nobody"}, "email_invalid"),
        ({"email": ""}, "email_invalid"),
        ({"email": f"{'a' * 250}@x.example"}, "text_too_long"),
        ({"name": "a" * 201}, "text_too_long"),
        ({"password": "short"}, "password_weak"),
        ({"password": "password1234"}, "password_weak"),
        ({"password": "a long one" * 200}, "password_weak"),
    ],
)
def test_an_account_needs_an_email_address_and_a_password_worth_the_name(db, said, code):
    with pytest.raises(Invalid) as refused:
        actions.create_account(
            **{"email": "new@northlight.example", "name": "", "password": "long enough", **said}
        )
    assert refused.value.problem_code == code


def test_an_api_key_that_expires_says_when_in_which_time_zone(tenant):
    with pytest.raises(Invalid):
        actions.create_api_key(tenant.owner, "key", Role.REPORTER, now().replace(tzinfo=None))


def test_a_member_of_two_organizations_goes_from_one_to_the_other(client, tenant, stranger):
    make_member(stranger.owner, EMAIL, Role.REPORTER)
    client.force_login(tenant.organization.memberships.get(role="manager").user)
    assert b"Northlight" in client.get("/admin/courses/").content
    client.post("/organization/", {"organization": str(stranger.organization.id)})
    page = client.get("/admin/courses/").content
    assert b"Strangers</span>" in page
    assert b"Switch to Northlight" in page


def test_nobody_goes_to_an_organization_that_is_not_theirs(client, tenant, stranger):
    client.force_login(tenant.organization.memberships.get(role="manager").user)
    client.post("/organization/", {"organization": str(stranger.organization.id)})
    assert b"Northlight</span>" in client.get("/admin/courses/").content


def test_a_new_password_from_the_operator_signs_out_everywhere(tenant):
    pair = actions.sign_in(RequestFactory().post("/api/token"), EMAIL, PASSWORD, None)
    fresh = actions.new_password(EMAIL)
    with pytest.raises(RefreshTokenRefused):
        actions.refresh(pair.refresh)
    assert actions.sign_in(RequestFactory().post("/api/token"), EMAIL, fresh, None)
