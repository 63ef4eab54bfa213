"""A person's own account: forgotten and changed passwords, sessions that end at once, and second factors."""

import re
from datetime import timedelta

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.test import Client, RequestFactory
from tests.fixtures import APP
from tests.tenants import make_member

from heliograph.accounts import actions, cache_keys, invitations, queries
from heliograph.accounts.errors import RefreshTokenRefused
from heliograph.accounts.models import CacheEntry, Invitation, RefreshToken, User
from heliograph.audit.models import Entry
from heliograph.core.clock import epoch_seconds, now
from heliograph.core.errors import NotSignedIn
from heliograph.core.roles import Role
from heliograph.delivery import mail
from heliograph.delivery.models import Mail

EMAIL, PASSWORD, FRESH = "manager@northlight.example", "long enough", "a fresh one, and longer"


@pytest.fixture
def mail_is_set_up(settings, monkeypatch):
    settings.EMAIL_HOST = "mail.example"
    monkeypatch.setattr(cache_keys, "SLOTS", 2**60)  # or two of a test would share one now and then


@pytest.fixture
def person(tenant):
    return tenant.organization.memberships.get(role="manager").user


def browser(password=PASSWORD, email=EMAIL) -> Client:
    """A browser in which somebody signed in, as far as that goes."""
    client = Client(HTTP_HOST=APP, headers={"User-Agent": "Mozilla/5.0 (test)"})
    client.post("/sign-in/", {"login": email, "password": password})
    return client


def is_in(client) -> bool:
    return client.get("/admin/courses/").status_code == 200


def tokens(password=PASSWORD):
    return actions.sign_in(RequestFactory().post("/api/token"), EMAIL, password, None)


def reset_link() -> str:
    letter = Mail.objects.filter(subject="Choose a new password").order_by("-created_at")[0]
    [path] = re.findall(r"http://localhost:8000(/forgot-password/\S+)", letter.text)
    return path


def code_of(secret: str, steps: int = 0) -> str:
    """What an authenticator app shows (RFC 6238)."""
    return format_hotp_value(hotp_value(secret, epoch_seconds() // 30 + steps))


def confirm(client, password=PASSWORD) -> None:
    """Say the password again, as is asked before what signs a person in is changed."""
    client.post("/account/confirm/", {"password": password})


def set_up_app(client, password=PASSWORD) -> str:
    """Set up an authenticator app; its secret."""
    confirm(client, password)
    page = client.get("/account/two-factor/totp/activate/").text
    [secret] = re.findall(r'id="totp-key" readonly value="(\w+)"', page)
    answer = client.post("/account/two-factor/totp/activate/", {"code": code_of(secret)})
    assert answer.status_code == 302, answer.text
    return secret


def test_a_forgotten_password_is_chosen_anew_with_a_mailed_link(tenant, person, mail_is_set_up):
    inside, pair = browser(), tokens()
    visitor = Client(HTTP_HOST=APP)
    assert visitor.post("/forgot-password/", {"email": EMAIL})["Location"] == "/forgot-password/sent/"
    letter = Mail.objects.get()
    assert (letter.to, letter.subject, letter.organization_id) == ([EMAIL], "Choose a new password", None)
    form = visitor.get(reset_link(), follow=True)
    done = visitor.post(form.redirect_chain[-1][0], {"password1": FRESH, "password2": FRESH}, follow=True)
    assert "Password changed" in done.text
    assert is_in(browser(FRESH))
    assert not is_in(inside), "other sessions have ended"
    with pytest.raises(RefreshTokenRefused):
        actions.refresh(pair.refresh)
    with pytest.raises(NotSignedIn):
        queries.actor_of_bearer(pair.access)
    assert "not valid" in Client(HTTP_HOST=APP).get(reset_link(), follow=True).text, "a link is good once"
    assert Entry.objects.filter(verb="reset password of", organization_id=tenant.organization.id).count() == 1


def test_who_asks_for_a_link_learns_nothing_of_an_address(tenant, person, mail_is_set_up):
    answers = []
    for email in (EMAIL, "nobody@northlight.example"):
        visitor = Client(HTTP_HOST=APP)
        answer = visitor.post("/forgot-password/", {"email": email})
        answers.append(
            (
                answer.status_code,
                answer["Location"],
                answer.content,
                visitor.get(answer["Location"]).text,
                answer.cookies.output(),
            )
        )
    assert answers[0] == answers[1]
    assert Mail.objects.count() == 1


def test_a_mailbox_is_not_filled_with_links(tenant, person, mail_is_set_up):
    for email in (EMAIL, "nobody@northlight.example"):
        statuses = [
            Client(HTTP_HOST=APP).post("/forgot-password/", {"email": email}).status_code for _ in range(7)
        ]
        assert statuses == [302] * 5 + [429] * 2
    assert Mail.objects.count() == 5


def test_all_addresses_of_one_ipv6_network_ask_for_links_as_one(tenant, mail_is_set_up):
    def statuses(network):
        return [
            Client(HTTP_HOST=APP, REMOTE_ADDR=f"{network}::{number + 1}")
            .post("/forgot-password/", {"email": f"{number}@x.example"})
            .status_code
            for number in range(21)
        ]

    assert statuses("2001:db8:1:2") == [302] * 20 + [429]
    assert statuses("2001:db8:1:3") == [302] * 20 + [429]


def test_a_link_leads_to_our_own_address_whatever_the_request_says(tenant, person, mail_is_set_up):
    Client(HTTP_HOST="127.0.0.1.nip.example")
    Client(HTTP_HOST="[::1]:8000").post("/forgot-password/", {"email": EMAIL})
    assert "http://localhost:8000/forgot-password/" in Mail.objects.get().text


def test_a_link_is_good_for_an_hour(tenant, person, mail_is_set_up):
    Client(HTTP_HOST=APP).post("/forgot-password/", {"email": EMAIL})
    with time_machine.travel(now() + timedelta(minutes=61)):
        assert "not valid" in Client(HTTP_HOST=APP).get(reset_link(), follow=True).text


def test_without_a_mail_server_the_page_says_whom_to_ask(tenant):
    assert "Ask its operator" in Client(HTTP_HOST=APP).get("/forgot-password/").text
    Client(HTTP_HOST=APP).post("/forgot-password/", {"email": EMAIL})
    assert not Mail.objects.exists()


def test_a_personal_mail_is_in_no_outbox_and_its_text_goes_once_it_is_sent(
    tenant, person, mail_is_set_up, monkeypatch
):
    Client(HTTP_HOST=APP).post("/forgot-password/", {"email": EMAIL})
    assert not mail.outbox(tenant.organization.id).exists()
    monkeypatch.setattr("heliograph.delivery.mail.EmailBackend.send_messages", lambda *_: 1)
    mail.CHANNEL.send_due()
    letter = Mail.objects.get()
    assert (letter.state, letter.text) == ("delivered", "")


def test_changing_the_password_ends_other_sessions_and_keeps_this_one(tenant, person):
    here, elsewhere, pair = browser(), browser(), tokens()
    wrong = here.post("/account/password/", {"oldpassword": "not it", "password1": FRESH, "password2": FRESH})
    assert wrong.status_code == 200
    assert is_in(elsewhere)
    here.post("/account/password/", {"oldpassword": PASSWORD, "password1": FRESH, "password2": FRESH})
    assert is_in(here)
    assert not is_in(elsewhere)
    with pytest.raises(NotSignedIn):
        queries.actor_of_bearer(pair.access)
    assert is_in(browser(FRESH))
    assert Entry.objects.filter(verb="changed password of", actor_label="Manager").count() == 1


def test_a_person_sees_their_sessions_and_ends_one_or_all_others_at_once(tenant, person):
    here, second, third, pair = browser(), browser(), browser(), tokens()
    page = here.get("/account/sessions/").text
    assert page.count("Mozilla/5.0 (test)") == 3
    ended = UserSession.objects.get(session_key=second.session.session_key)
    assert here.post(f"/account/sessions/{ended.id}/end").status_code == 302
    assert not is_in(second)
    assert is_in(third)
    here.post("/account/sessions/end-others", {"confirmed": "1"})
    assert is_in(here)
    assert not is_in(third)
    with pytest.raises(NotSignedIn):
        queries.actor_of_bearer(pair.access)


def test_nobody_ends_another_persons_session(tenant, person):
    mine = browser()
    other = browser(email="owner@northlight.example")
    session = UserSession.objects.get(session_key=mine.session.session_key)
    for odd in (session.id, 0, "x", "9" * 40):
        assert other.post(f"/account/sessions/{odd}/end").status_code == 404
    assert is_in(mine)


def test_an_authenticator_app_is_asked_for_at_the_next_sign_in(tenant, person):
    secret = set_up_app(browser())
    assert secret not in str(Authenticator.objects.values_list("data", flat=True)), "it is kept sealed"
    client = browser()
    assert not is_in(client), "a password alone is not enough"
    refused = client.post("/account/two-factor/authenticate/", {"code": "000000"})
    assert "Incorrect code" in refused.text
    client.post("/account/two-factor/authenticate/", {"code": code_of(secret, 1)})
    assert is_in(client)
    again = browser()
    again.post("/account/two-factor/authenticate/", {"code": code_of(secret, 1)})
    assert not is_in(again), "a code is good once"


def test_a_recovery_code_lets_a_person_in_once(tenant, person):
    first = browser()
    set_up_app(first)
    codes = re.findall(r"\d{8}", first.get("/account/two-factor/recovery-codes/").text)
    assert len(set(codes)) == 10
    for expected in (True, False):
        client = browser()
        client.post("/account/two-factor/authenticate/", {"code": codes[0]})
        assert is_in(client) is expected


def test_codes_are_guessed_five_times_at_most(tenant, person):
    set_up_app(browser())
    client = browser()
    for _ in range(5):
        client.post("/account/two-factor/authenticate/", {"code": "000000"})
    assert "Too many attempts" in client.post("/account/two-factor/authenticate/", {"code": "000000"}).text


def test_programs_that_sign_in_with_a_password_send_a_code_too(tenant, person, client):
    secret = set_up_app(browser())

    def ask(**more):
        body = {"email": EMAIL, "password": PASSWORD, **more}
        answer = client.post("/api/token", body, content_type="application/json", HTTP_HOST=APP)
        return answer.status_code, answer.json().get("code")

    assert ask() == (401, "second_factor_needed")
    assert ask(code="000000") == (401, "second_factor_needed")
    assert ask(code="000000", password="wrong") == (401, "wrong_credentials")
    assert ask(code=code_of(secret, 1))[0] == 200


def test_a_second_factor_is_changed_only_by_who_says_the_password_again(tenant, person):
    client = browser()
    answer = client.get("/account/two-factor/totp/activate/")
    assert (answer.status_code, answer["Location"].split("?")[0]) == (302, "/account/confirm/")
    client.post(answer["Location"], {"password": "wrong"})
    assert client.get("/account/two-factor/totp/activate/").status_code == 302
    assert (
        client.post(answer["Location"], {"password": PASSWORD})["Location"]
        == "/account/two-factor/totp/activate/"
    )
    assert client.get("/account/two-factor/totp/activate/").status_code == 200


def test_an_organization_that_requires_a_second_factor_leads_its_members_to_one_before_anything_else(
    tenant, person, api_as
):
    client, pair, program = browser(), tokens(), api_as(tenant, Role.MANAGER)
    actions.require_second_factor(tenant.owner, True)
    for path in ("/", "/admin/courses/", "/admin/dispatch/", "/records/"):
        answer = client.get(path)
        assert (answer.status_code, answer["Location"]) == (302, "/account/two-factor/"), path
    assert "requires two-factor authentication" in client.get("/account/two-factor/").text
    answer = client.get("/api/courses")
    assert (answer.status_code, answer.json()["code"]) == (403, "second_factor_required")
    answer = client.get("/api/courses", headers={"Authorization": f"Bearer {pair.access}"})
    assert (answer.status_code, answer.json()["code"]) == (403, "second_factor_required")
    asked = {"email": EMAIL, "password": PASSWORD}
    answer = client.post("/api/token", asked, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (403, "second_factor_required")
    assert program("GET", "/courses").status_code == 200, "API keys are not people"
    set_up_app(client)
    assert is_in(client)


def test_a_requirement_is_one_organizations_own(tenant, stranger, person):
    make_member(stranger.owner, EMAIL, Role.REPORTER)
    actions.require_second_factor(tenant.owner, True)
    client = browser()
    assert client.get("/admin/courses/").status_code == 302
    client.post("/organization/", {"organization": str(stranger.organization.id)})
    assert is_in(client)


def test_administrators_set_the_requirement_on_the_page_and_through_the_api(tenant, api_as):
    client = browser(email="admin@northlight.example")
    client.post("/admin/org/second-factor", {"required": "1", "confirmed": "1", "typed": "Northlight"})
    program = api_as(tenant, Role.ADMIN)
    assert program("GET", "/org/meta").json()["second_factor_required"] is True
    assert (
        program("PATCH", "/org/meta", {"second_factor_required": False}).json()["second_factor_required"]
        is False
    )
    written = Entry.objects.filter(verb="changed settings of").order_by("id")
    assert [entry.details["after"] for entry in written] == [
        {"second factor required": True},
        {"second factor required": False},
    ]


def test_the_operators_new_password_removes_second_factors(tenant, person):
    client = browser()
    set_up_app(client)
    fresh = actions.new_password(EMAIL)
    assert not Authenticator.objects.exists()
    assert not is_in(client)
    assert is_in(browser(fresh))


def test_the_first_reset_by_mail_removes_what_somebody_else_may_have_set_up(tenant, person, mail_is_set_up):
    """An account that somebody else made: its second factors go once its address's owner takes it."""
    set_up_app(browser())
    Mail.objects.all().delete()
    visitor = Client(HTTP_HOST=APP)
    visitor.post("/forgot-password/", {"email": EMAIL})
    form = visitor.get(reset_link(), follow=True)
    visitor.post(form.redirect_chain[-1][0], {"password1": FRESH, "password2": FRESH})
    assert not Authenticator.objects.exists()
    assert User.objects.get(email=EMAIL).address_proven_at
    owner = browser(FRESH)
    secret = set_up_app(owner, FRESH)
    visitor.post("/forgot-password/", {"email": EMAIL})
    form = visitor.get(reset_link(), follow=True)
    visitor.post(form.redirect_chain[-1][0], {"password1": PASSWORD, "password2": PASSWORD})
    assert Authenticator.objects.filter(type="totp").exists(), (
        "an owner's own stay, or a mailbox would be enough"
    )
    client = browser(PASSWORD)
    assert not is_in(client)
    client.post("/account/two-factor/authenticate/", {"code": code_of(secret, 1)})
    assert is_in(client)


def test_a_person_hears_by_mail_of_changes_to_how_they_sign_in(
    tenant, person, mail_is_set_up, django_capture_on_commit_callbacks
):
    client = browser()
    with django_capture_on_commit_callbacks(execute=True):
        set_up_app(client)
    client.post("/account/password/", {"oldpassword": PASSWORD, "password1": FRESH, "password2": FRESH})
    client.post("/account/two-factor/totp/deactivate/")
    letters = Mail.objects.order_by("created_at")
    assert [letter.subject for letter in letters] == [
        "Authenticator app set up",
        "Your password was changed",
        "Authenticator app removed",
    ]
    assert {tuple(letter.to) for letter in letters} == {(EMAIL,)}
    assert all("127.0.0.1" in letter.text and "Mozilla/5.0 (test)" in letter.text for letter in letters)
    written = Entry.objects.filter(actor_label="Manager").order_by("at").values_list("verb", flat=True)
    assert list(dict.fromkeys(written)) == [
        "added second factor to",
        "changed password of",
        "removed second factor from",
    ]


def test_a_person_changes_their_name(tenant, person):
    client = browser()
    client.post("/account/", {"name": "Marek"})
    assert "Marek</b>" in client.get("/admin/courses/").text
    assert client.post("/account/", {"name": "x" * 201}).status_code == 422


@pytest.mark.parametrize(
    "path",
    [
        "/account/",
        "/account/password/",
        "/account/sessions/",
        "/account/two-factor/",
        "/account/two-factor/totp/activate/",
        "/account/two-factor/webauthn/",
        "/account/two-factor/webauthn/add/",
        "/account/confirm/",
    ],
)
def test_every_page_of_the_account_is_in_our_look_and_asks_strangers_to_sign_in(tenant, person, path):
    answer = Client(HTTP_HOST=APP).get(path)
    assert (answer.status_code, answer["Location"].startswith("/sign-in/")) == (302, True)
    client = browser()
    confirm(client)
    page = client.get(path)
    assert page.status_code == 200
    assert "ui/heliograph.css" in page.text
    assert "Your account" in page.text
    assert not re.search(r"<script(?![^>]*(src=|application/json))", page.text), (
        "the page's policy forbids it"
    )


def test_what_signs_in_nobody_any_more_is_deleted_within_the_hour(tenant, person):
    from heliograph.accounts.tasks import forget_sign_ins

    tokens()
    cache.set("counter", 1, 60)
    cache.set("counter-of-a-month", 1, 40 * 86_400)
    invited = invitations.invite(tenant.owner, "anna@northlight.example", Role.REPORTER)[0]
    assert RefreshToken.objects.count() == 1
    with time_machine.travel(now() + timedelta(days=29)):
        forget_sign_ins(0)
        assert RefreshToken.objects.count() == 1
        assert CacheEntry.objects.count() == 1
    with time_machine.travel(now() + timedelta(days=31)):
        forget_sign_ins(0)
        assert not RefreshToken.objects.exists()
        assert Invitation.objects.get().id == invited.id
    with time_machine.travel(invited.expires_at + timedelta(days=31)):
        forget_sign_ins(0)
        assert not Invitation.objects.exists()


def test_a_session_that_is_over_is_deleted_with_what_was_noted_of_it(tenant, person):
    from heliograph.accounts.tasks import forget_sign_ins

    browser(), browser()
    Session.objects.filter(session_key=UserSession.objects.first().session_key).update(
        expire_date=now() - timedelta(days=1)
    )
    forget_sign_ins(0)
    assert (Session.objects.count(), UserSession.objects.count()) == (1, 1)
