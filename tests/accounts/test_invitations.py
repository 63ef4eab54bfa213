"""Inviting people: nobody chooses another person's password, learns who has an account, or gains by one made
for them.
"""

import re
from datetime import timedelta

import pytest
import time_machine
from django.core import mail as outgoing
from django.test import Client
from tests.fixtures import APP
from tests.tenants import make_member

from heliograph.accounts import actions, invitations, queries
from heliograph.accounts.errors import (
    AlreadyMember,
    InvitationClosed,
    InvitationNotFound,
    InvitedJustNow,
    LastOwner,
)
from heliograph.accounts.models import Invitation, Membership, User
from heliograph.audit.models import Entry
from heliograph.core.clock import now
from heliograph.core.errors import Forbidden
from heliograph.core.roles import Role
from heliograph.delivery.models import Mail

NEW, PASSWORD = "nina@elsewhere.example", "a password of her own"


@pytest.fixture
def mail_is_set_up(settings):
    settings.EMAIL_HOST = "mail.example"


def mailed_link() -> str:
    [address] = re.findall(r"http://localhost:8000(/invitation/\S+)", Mail.objects.order_by("-id")[0].text)
    return address


def path_of(url: str) -> str:
    return url.removeprefix("http://localhost:8000")


def secret_of(path: str) -> str:
    return path.split("/")[2]


def invited(tenant, email=NEW, role=Role.REPORTER) -> str:
    """The way to an invitation that its maker was given to hand over."""
    return path_of(invitations.invite(tenant.owner, email, role)[1])


def signed_in(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_a_person_joins_by_the_mailed_link_with_a_password_of_their_own(tenant, mail_is_set_up):
    made, url = invitations.invite(tenant.owner, " Nina@Elsewhere.example", Role.MANAGER)
    assert url == "", "only the mailbox is told"
    letter = Mail.objects.get()
    assert (letter.to, letter.subject) == ([NEW], "Invitation to Northlight")
    visitor = Client()
    page = visitor.get(mailed_link())
    assert "Join Northlight" in page.text
    answer = visitor.post(mailed_link(), {"action": "create", "name": "Nina", "password": PASSWORD})
    assert (answer.status_code, answer["Location"]) == (302, "/")
    member = Membership.objects.get(user__email=NEW)
    assert (member.role, member.organization) == ("manager", tenant.organization)
    assert member.user.check_password(PASSWORD)
    assert member.user.address_proven_at
    assert visitor.get("/admin/courses/").status_code == 200, "and is signed in"
    made.refresh_from_db()
    assert made.state == "accepted"


def test_an_invitation_gives_nothing_before_it_is_accepted(tenant):
    invited(tenant, role=Role.OWNER)
    assert not User.objects.filter(email=NEW).exists()
    with pytest.raises(LastOwner):
        actions.change_role(tenant.owner, tenant.organization.memberships.get(role="owner"), Role.ADMIN)
    assert NEW not in queries.managers(tenant.organization.id)


def test_somebody_with_an_account_elsewhere_is_a_member_once_they_accept(tenant, stranger):
    user = make_member(stranger.owner, NEW, Role.MANAGER, "Nina").user
    path = invited(tenant)
    client = signed_in(user)
    assert not queries.memberships(user).filter(organization=tenant.organization).exists()
    assert "Accept invitation" in client.get(path).text
    assert client.post(path, {"action": "accept"})["Location"] == "/"
    assert client.get("/admin/courses/").text.count("Northlight</span>") == 1, "which they are led into"
    user.refresh_from_db()
    assert user.check_password("long enough")


def test_whoever_made_an_account_for_another_persons_address_gains_nothing_by_a_later_invitation(
    tenant, stranger, mail_is_set_up, settings
):
    """The takeover: an administrator makes the account of a person who is not theirs, and waits."""
    settings.EMAIL_HOST = ""  # on a server without mail, they are given the link themselves
    path = invited(stranger, email="victim@bank.example")
    thief = Client()
    thief.post(path, {"action": "create", "name": "V", "password": "known to the thief"})
    assert thief.get("/admin/courses/").status_code == 200
    settings.EMAIL_HOST = "mail.example"
    _, url = invitations.invite(tenant.owner, "victim@bank.example", Role.OWNER)
    assert not url
    user = User.objects.get(email="victim@bank.example")
    assert not queries.memberships(user).filter(organization=tenant.organization).exists()
    chosen = thief.post("/organization/", {"organization": str(tenant.organization.id)})
    assert chosen.status_code == 302
    assert "Strangers</span>" in thief.get("/admin/courses/").text
    # The person themselves opens the link in their mailbox: the account becomes theirs, and nobody else's.
    victim = Client()
    page = victim.get(mailed_link()).text
    assert 'name="password"' in page
    victim.post(mailed_link(), {"action": "create", "name": "Vera", "password": PASSWORD})
    user.refresh_from_db()
    assert user.check_password(PASSWORD)
    assert thief.get("/admin/courses/").status_code == 302, "the thief's session has ended"
    assert "Northlight</span>" in victim.get("/admin/courses/").text


def test_a_session_that_somebody_else_began_cannot_accept_for_an_address_that_was_never_proven(
    tenant, mail_is_set_up
):
    user = actions.create_account(NEW, "", "made by somebody")
    invitations.invite(tenant.owner, NEW, Role.REPORTER)
    client = signed_in(user)
    assert client.post(mailed_link(), {"action": "accept"}).status_code == 403
    assert not Membership.objects.filter(user=user).exists()


def test_once_an_address_was_proven_only_its_password_accepts(tenant, mail_is_set_up):
    user = actions.create_account(NEW, "Nina", PASSWORD)
    User.objects.update(address_proven_at=now())
    invitations.invite(tenant.owner, NEW, Role.REPORTER)
    visitor = Client()
    assert "Sign in to accept" in visitor.get(mailed_link()).text
    visitor.post(mailed_link(), {"action": "create", "name": "Mallory", "password": "another password"})
    with pytest.raises(InvitationClosed):
        invitations.accept_with_password(secret_of(mailed_link()), "Mallory", "another password")
    user.refresh_from_db()
    assert (user.name, user.check_password(PASSWORD)) == ("Nina", True)
    assert not Membership.objects.filter(user=user).exists()


def test_nobody_accepts_for_another_person(tenant, stranger):
    path = invited(tenant)
    other = signed_in(stranger.organization.memberships.get(role="owner").user)
    assert "You are signed in as owner@strangers.example" in other.get(path).text
    assert other.post(path, {"action": "accept"}).status_code == 403
    other.post(path, {"action": "create", "password": PASSWORD})
    assert not Membership.objects.filter(organization=tenant.organization, user__email=NEW).exists()
    assert other.post(path, {"action": "sign out"})["Location"] == path
    assert "Create account and accept" in other.get(path).text


def test_no_answer_says_whether_an_address_has_an_account_elsewhere_or_whose_it_is(tenant, stranger, api_as):
    make_member(stranger.owner, NEW, Role.MANAGER, "Nina Secret")
    program = api_as(tenant, Role.ADMIN)
    known = program("POST", "/org/invitations", {"email": NEW}).json()
    unknown = program("POST", "/org/invitations", {"email": "nobody@elsewhere.example"}).json()
    secrets = ("id", "email", "url", "created_at", "expires_at")
    assert {**known, **dict.fromkeys(secrets)} == {**unknown, **dict.fromkeys(secrets)}
    visitor = Client()
    pages = [
        visitor.get(path_of(invitation["url"])).text.replace(invitation["email"], "")
        for invitation in (known, unknown)
    ]
    without_secrets = [re.sub(r"/invitation/[\w-]+/|value=\"\w{64}\"", "", page) for page in pages]
    assert without_secrets[0] == without_secrets[1], "whoever invites holds the link where no mail is set up"
    admin = signed_in(tenant.organization.memberships.get(role="admin").user)
    shown = admin.get("/admin/org/users/").text + str(program("GET", "/org/invitations").json())
    assert "Nina Secret" not in shown + str(
        list(Entry.objects.filter(organization_id=tenant.organization.id).values())
    )


def test_a_link_is_good_once_and_for_a_week(tenant):
    path = invited(tenant)
    with time_machine.travel(now() + timedelta(days=8)):
        assert Client().get(path).status_code == 404
    user = actions.create_account(NEW, "", PASSWORD)
    invitations.accept(secret_of(path), user)
    assert signed_in(user).get(path).status_code == 404
    with pytest.raises(InvitationNotFound):
        invitations.accept(secret_of(path), user)


def test_an_invitation_is_resent_with_a_new_link_or_revoked(tenant):
    first = invited(tenant)
    invitation = Invitation.objects.get()
    second = path_of(invitations.resend(tenant.owner, invitation)[1])
    assert Client().get(first).status_code == 404
    assert Client().get(second).status_code == 200
    third = invited(tenant)
    assert Client().get(second).status_code == 404
    [left] = queries.invitations(tenant.organization.id)
    invitations.revoke(tenant.owner, left)
    assert Client().get(third).status_code == 404
    assert not queries.invitations(tenant.organization.id)


def test_each_step_is_in_the_journal_with_who_did_it(tenant):
    invited(tenant)
    invitation = Invitation.objects.get()
    path = path_of(invitations.resend(tenant.owner, invitation)[1])
    invitations.accept(secret_of(path), actions.create_account(NEW, "Nina", PASSWORD))
    invited(tenant, email="other@elsewhere.example")
    invitations.revoke(tenant.owner, queries.invitations(tenant.organization.id).get())
    written = Entry.objects.filter(organization_id=tenant.organization.id).order_by("-id")[:5]
    assert [(entry.actor_label, entry.verb, entry.subject_label) for entry in reversed(written)] == [
        ("Owner", "invited", NEW),
        ("Owner", "resent invitation to", NEW),
        ("Nina", "accepted invitation of", "Nina"),
        ("Owner", "invited", "other@elsewhere.example"),
        ("Owner", "revoked invitation of", "other@elsewhere.example"),
    ]


def test_a_member_is_not_invited_again(tenant):
    with pytest.raises(AlreadyMember):
        invitations.invite(tenant.owner, "REPORTER@northlight.example", Role.ADMIN)


def test_nobody_renews_or_ends_an_invitation_above_their_own_role(tenant):
    invited(tenant, role=Role.OWNER)
    invitation, admin = Invitation.objects.get(), tenant.actors[Role.ADMIN]
    for attempt in (
        lambda: invitations.resend(admin, invitation),
        lambda: invitations.revoke(admin, invitation),
        lambda: invitations.invite(admin, NEW, Role.REPORTER),
        lambda: invitations.invite(tenant.manager, "x@elsewhere.example", Role.LEARNER),
    ):
        with pytest.raises(Forbidden):
            attempt()


def test_a_mailbox_is_not_filled_with_invitations(tenant, mail_is_set_up, api_as):
    program = api_as(tenant, Role.ADMIN)
    made = program("POST", "/org/invitations", {"email": NEW}).json()
    for path in ("/org/invitations", f"/org/invitations/{made['id']}/resend"):
        answer = program("POST", path, {"email": NEW})
        assert (answer.status_code, answer.json()["code"]) == (429, "invited_just_now")
    assert Mail.objects.count() == 1
    assert program("DELETE", f"/org/invitations/{made['id']}").status_code == 204
    answer = program("POST", "/org/invitations", {"email": NEW})
    assert (answer.status_code, answer.json()["code"]) == (429, "invited_just_now"), "nor by revoking each"
    with time_machine.travel(now() + timedelta(minutes=2)):
        assert program("POST", "/org/invitations", {"email": NEW}).status_code == 201
    assert Mail.objects.count() == 2


def test_an_organization_mails_so_many_invitations_in_an_hour(tenant, stranger, mail_is_set_up, monkeypatch):
    monkeypatch.setattr(invitations, "MOST_MAILED", 3)
    start = now()
    with time_machine.travel(start, tick=False) as clock:
        first, _ = invitations.invite(tenant.owner, NEW, Role.REPORTER)
        invitations.invite(tenant.owner, "second@elsewhere.example", Role.REPORTER)
        clock.move_to(start + timedelta(minutes=2))
        invitations.resend(tenant.owner, first)
        for again in (
            lambda: invitations.invite(tenant.owner, "third@elsewhere.example", Role.REPORTER),
            lambda: invitations.resend(
                tenant.owner, Invitation.objects.get(email="second@elsewhere.example")
            ),
        ):
            with pytest.raises(InvitedJustNow):
                again()
        invitations.invite(stranger.owner, NEW, Role.REPORTER)
        clock.move_to(start + timedelta(minutes=61))
        invitations.invite(tenant.owner, "third@elsewhere.example", Role.REPORTER)


def test_a_program_invites_lists_resends_and_revokes(tenant, api_as):
    program = api_as(tenant, Role.ADMIN)
    made = program("POST", "/org/invitations", {"email": NEW, "role": "manager"}).json()
    assert made["url"].startswith("http://localhost:8000/invitation/")
    [listed] = program("GET", "/org/invitations").json()["items"]
    assert (listed["id"], listed["state"], listed["role"]) == (made["id"], "invited", "manager")
    assert "url" not in listed
    again = program("POST", f"/org/invitations/{made['id']}/resend").json()
    assert (again["id"], again["url"] != made["url"]) == (made["id"], True)
    assert program("DELETE", f"/org/invitations/{made['id']}").status_code == 204
    assert program("DELETE", f"/org/invitations/{made['id']}").status_code == 404
    refused = program("POST", "/org/users", {"email": NEW, "password": "known to another"})
    assert refused.status_code == 405, "nobody is made a member unasked"


def test_an_administrator_invites_on_the_page_and_sees_who_is_invited(tenant):
    client = signed_in(tenant.organization.memberships.get(role="admin").user)
    shown = client.post("/admin/org/invitations/", {"email": NEW, "role": "reporter"}, follow=True).text
    path = path_of(shown.split('id="invitation" readonly value="')[1].split('"')[0])
    assert Client().get(path).status_code == 200
    later = client.get("/admin/org/users/").text
    assert path not in later
    assert NEW in later
    assert "Invited" in later
    invitation = Invitation.objects.get()
    assert client.post(f"/admin/org/invitations/{invitation.id}/resend").status_code == 302
    assert Client().get(path).status_code == 404
    assert (
        client.post(f"/admin/org/invitations/{invitation.id}/revoke", {"confirmed": "1"}).status_code == 302
    )
    assert "by Admin" not in client.get("/admin/org/users/").text


def test_the_address_of_an_invitation_leaks_nowhere(tenant, caplog):
    path = invited(tenant)
    visitor = Client()
    for answer in (visitor.get(path), visitor.get("/invitation/nobody-knows/")):
        assert (answer["Referrer-Policy"], answer["Cache-Control"]) == ("same-origin", "no-store")
        assert answer["X-Robots-Tag"] == "noindex, nofollow"
    assert "nobody-knows" not in caplog.text
    assert secret_of(path) not in str(Invitation.objects.values()) + str(list(Entry.objects.values()))


@pytest.mark.parametrize("password", ["short", "password1234", "", "x" * 2000])
def test_a_weak_password_is_refused_before_anything_is_said_of_an_account(tenant, stranger, password):
    make_member(stranger.owner, "known@elsewhere.example", Role.REPORTER)
    for email in (NEW, "known@elsewhere.example"):
        answer = Client().post(invited(tenant, email=email), {"action": "create", "password": password})
        assert answer.status_code == 422
        assert "account already" not in answer.text
    assert not outgoing.outbox
    assert not User.objects.filter(email=NEW).exists()


def test_accepting_takes_the_forms_secret(tenant):
    path = invited(tenant)
    answer = Client(enforce_csrf_checks=True).post(
        path, {"action": "create", "password": PASSWORD}, HTTP_HOST=APP
    )
    assert answer.status_code == 403
    assert not User.objects.filter(email=NEW).exists()
