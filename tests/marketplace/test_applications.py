"""Applying for a program without an account: a mailed link, what is kept, and becoming a student."""

import re
from urllib.parse import urlsplit

import pytest
from django.test import Client
from tests.fixtures import APP

from heliograph.accounts import actions as accounts
from heliograph.accounts.models import Membership, User
from heliograph.core import clock
from heliograph.delivery.models import Mail
from heliograph.marketplace.applications import actions
from heliograph.marketplace.catalog import pages
from heliograph.marketplace.models import Application, Enrollment
from heliograph.marketplace.programs import actions as programs

ADDRESS = "/catalog/phlebotomy-technician/"


@pytest.fixture(autouse=True)
def mail(settings):
    pages.begun.forget()
    settings.EMAIL_HOST = "127.0.0.1"  # the outbox keeps what nobody sends here


@pytest.fixture
def guest() -> Client:
    return Client(HTTP_HOST=APP)


def link() -> str:
    [address] = re.findall(r"/apply/\S+", Mail.objects.order_by("-id")[0].text)
    return str(address)


def begin(guest, email: str = "kim@example.org"):
    return guest.post(ADDRESS, {"email": email})


def send(guest, **said):
    return guest.post(link(), {"name": "Kim Osei", "consent": "on", "do": "send", **said})


def test_a_stranger_applies_and_chooses_a_password(guest, site, program):
    assert "kim@example.org" in begin(guest).text
    assert "Phlebotomy technician" in guest.get(link()).text
    chooses_password = urlsplit(send(guest).headers["Location"]).path
    enrollment = Enrollment.objects.get()
    assert (enrollment.state, enrollment.student.user.email) == ("applied", "kim@example.org")
    assert enrollment.student.role == "learner"
    page = guest.post(
        chooses_password,
        {"action": "create", "name": "Kim Osei", "password": "sunlight-by-mirror"},
        follow=True,
    )
    assert page.status_code == 200
    assert "Phlebotomy technician" in guest.get("/lms/programs/").text


def test_what_was_entered_is_kept_until_it_is_sent(guest, site, program):
    begin(guest)
    saved = guest.post(link(), {"name": "Kim", "message": "I love needles.", "do": "save"})
    assert saved.status_code == 200
    again = Client(HTTP_HOST=APP).get(link()).text
    assert "I love needles." in again
    assert 'value="Kim"' in again
    assert not Enrollment.objects.exists()


def test_an_application_without_consent_or_name_is_not_sent(guest, site, program):
    begin(guest)
    refused = guest.post(link(), {"name": "", "do": "send"})
    assert refused.status_code == 422
    assert "Enter your name." in refused.text
    assert "without this" in refused.text
    assert not User.objects.filter(email="kim@example.org").exists()


def test_the_link_works_once_and_not_after_its_time(guest, site, program):
    begin(guest)
    address = link()
    send(guest)
    assert guest.get(address).status_code == 404
    begin(guest, "lee@example.org")
    Application.objects.filter(submitted_at=None).update(expires_at=clock.now())
    assert guest.get(link()).status_code == 404
    actions.forget_unfinished()
    assert not Application.objects.filter(submitted_at=None).exists()


def test_a_new_link_makes_the_one_before_worthless(guest, site, program):
    begin(guest)
    first = link()
    assert begin(guest).status_code == 422  # within the same minute
    Application.objects.update(mailed_at=clock.now() - actions.MAILED_EVERY)
    begin(guest)
    assert guest.get(first).status_code == 404
    assert guest.get(link()).status_code == 200
    assert Application.objects.count() == 1


def test_whoever_has_an_account_elsewhere_signs_in(guest, site, program, stranger):
    User.objects.filter(email="learner@strangers.example").update(address_proven_at=clock.now())
    begin(guest, "learner@strangers.example")
    page = guest.get(urlsplit(send(guest).headers["Location"]).path).text
    assert "Sign in" in page
    member = Membership.objects.get(organization=site.organization, user__email="learner@strangers.example")
    assert member.joined_at is None  # the organization learns nothing of that account


def test_a_member_applies_at_once_and_only_once(site, program, student):
    client = Client(HTTP_HOST=APP)
    client.force_login(student.user)
    answer = client.post(ADDRESS)
    enrollment = Enrollment.objects.get()
    assert answer.headers["Location"] == f"/lms/programs/{enrollment.id}/"
    again = client.post(ADDRESS)
    assert again.status_code == 422
    assert "has applied for this program already" in again.text


def test_whoever_lacks_the_second_factor_that_is_required_is_mailed_as_strangers_are(
    tenant, site, program, student
):
    accounts.require_second_factor(tenant.owner, True)
    client = Client(HTTP_HOST=APP)
    client.force_login(student.user)
    assert "You apply as" not in client.get(ADDRESS).text
    assert client.post(ADDRESS, {"email": student.user.email}).status_code == 200
    assert not Enrollment.objects.exists()


def test_somebody_who_was_deactivated_does_not_come_back_by_applying(guest, tenant, site, program, student):
    accounts.set_member_active(tenant.owner, student, False)
    begin(guest, student.user.email)
    refused = send(guest)
    assert refused.status_code == 403
    assert "deactivated" in refused.text
    assert not Enrollment.objects.exists()


def test_a_program_fills_the_hidden_field_and_nobody_is_mailed(guest, site, program):
    guest.post(ADDRESS, {"email": "kim@example.org", "website": "https://spam.example"})
    assert not Mail.objects.exists()
    assert not Application.objects.exists()


def test_nobody_applies_for_what_is_not_offered(guest, site, program, tenant):
    begin(guest)
    programs.unpublish(tenant.manager, program)
    assert guest.get(ADDRESS).status_code == 404
    assert begin(guest, "lee@example.org").status_code == 404
    assert send(guest).status_code == 404
    assert not Enrollment.objects.exists()


def test_without_a_mail_server_nobody_is_promised_a_mail(guest, site, program, settings):
    settings.EMAIL_HOST = ""
    refused = begin(guest)
    assert refused.status_code == 422
    assert "no mail can be sent" in refused.text


def test_one_network_begins_so_many_applications_in_a_minute_and_no_more(guest, site, program):
    answers = [begin(guest, f"somebody{number}@example.org").status_code for number in range(25)]
    mailed = answers.count(200)
    assert 0 < mailed <= 20
    assert answers[-1] == 422
    assert Mail.objects.count() == mailed


def test_there_is_no_catalog_where_none_is_open(guest, program):
    assert guest.get("/catalog/").status_code == 404
    assert guest.get(ADDRESS).status_code == 404
