"""Credentials over time: reminders ahead of expiry, and what is left of a person who is erased or merged."""

from datetime import timedelta
from hashlib import sha1

import pytest
from django.conf import settings
from django.core.files.storage import default_storage
from django.test import Client
from tests.fixtures import APP
from tests.marketplace.acts import at_once, claimed, client_of, new_member
from tests.marketplace.test_certificates import text_of

from heliograph.accounts.merging import actions as merging
from heliograph.core import clock
from heliograph.delivery.models import Mail
from heliograph.lrs.people import actions as people
from heliograph.marketplace import erasing
from heliograph.marketplace.credentials import actions, reminders, signing
from heliograph.marketplace.enrollments import actions as enrollments
from heliograph.marketplace.models import (
    AwardedCredential,
    Claim,
    ClaimFile,
    ExpiryReminder,
    SignedCredential,
)


def reminded() -> int:
    return Mail.objects.filter(subject__startswith="Your credential expires").count()


def test_a_student_is_reminded_twice_ahead_of_expiry_and_never_again(credential, time_machine):
    assert reminders.send_due() == 0
    time_machine.move_to(credential.expires_at - timedelta(days=59))
    assert [reminders.send_due() for _ in range(3)] == [1, 0, 0]
    time_machine.move_to(credential.expires_at - timedelta(days=13))
    assert [reminders.send_due() for _ in range(3)] == [1, 0, 0]
    time_machine.move_to(credential.expires_at + timedelta(days=1))
    assert reminders.send_due() == 0
    assert reminded() == 2
    mail = Mail.objects.filter(subject__startswith="Your credential expires")[0]
    assert f"/verify/{credential.number}/" in mail.text


def test_who_is_awarded_late_gets_one_reminder(credential, time_machine):
    time_machine.move_to(credential.expires_at - timedelta(days=3))
    assert reminders.send_due() == 1


@pytest.mark.parametrize("what", ["revoked", "renewed", "erased"])
def test_nobody_is_reminded_of_what_they_need_not_renew(
    tenant,
    student,
    program,
    credential,
    time_machine,
    what,
):
    if what == "revoked":
        actions.revoke(tenant.owner, credential, "Misprinted.")
    elif what == "renewed":
        again = enrollments.enroll_directly(tenant.manager, program, student)
        AwardedCredential.objects.create(
            organization=tenant.organization,
            enrollment=again,
            number="renewed",
            title="Phlebotomy",
            holder_name="Lea",
            completed_at=clock.now(),
            expires_at=credential.expires_at + timedelta(days=700),
        )
    else:
        erasing.forget(tenant.organization.id, {"mbox": f"mailto:{student.user.email}"})
    time_machine.move_to(credential.expires_at - timedelta(days=10))
    assert reminders.send_due() == 0


@pytest.mark.django_db(transaction=True)
def test_two_workers_remind_once(credential):
    AwardedCredential.objects.update(expires_at=clock.now() + timedelta(days=5))
    at_once(reminders.send_due, reminders.send_due, reminders.send_due)
    assert reminded() == 1
    assert ExpiryReminder.objects.count() == 1


def ways_to_name(student):
    email = student.user.email
    return {
        "address": {"mbox": f"mailto:{email}"},
        "hash": {"mbox_sha1sum": sha1(f"mailto:{email}".encode()).hexdigest()},
        "account": {"account": {"homePage": "http://localhost:8000", "name": str(student.id)}},
    }


@pytest.mark.parametrize("way", ["address", "hash", "account"])
@pytest.mark.django_db(transaction=True)
def test_erasing_a_person_leaves_a_credential_of_nobody_and_no_proof(
    tenant,
    student,
    program,
    credential,
    way,
):
    name = credential.holder_name
    signing.signed(credential, named=True)
    kept = signing.signed(credential, named=False)
    again = enrollments.enroll_directly(tenant.manager, program, student)
    file = claimed(tenant, tenant.manager, again, "partner").files.get()
    Claim.objects.update(notes="92 points", certificate_url="https://example.org/lea")
    place = f"{tenant.organization.id}/proofs/{file.id}"
    assert default_storage.exists(place)
    named = ways_to_name(student)[way]
    if way == "account":
        named["account"]["homePage"] = settings.HELIOGRAPH.url
    people.erase(tenant.owner, named, "She asked for it.")
    assert not default_storage.exists(place)
    assert not ClaimFile.objects.exists()
    assert set(Claim.objects.values_list("notes", "certificate_url")) == {("", "")}
    assert list(SignedCredential.objects.all()) == [kept]
    row = AwardedCredential.objects.get()
    assert (row.state, row.holder_name, row.public_name) == ("valid", "", "")
    anybody = Client(HTTP_HOST=APP)
    page = anybody.get(f"/verify/{row.number}/").text
    assert "Valid." in page
    assert name not in page
    assert name not in text_of(anybody.get(f"/verify/{row.number}/certificate.pdf").content)
    assert signing.signed(row, named=True) == kept
    stale = credential  # as a request that had begun before
    stale.shows_name = True
    SignedCredential.objects.all().delete()
    assert name not in signing.signed(stale, named=True).document


def test_erasing_somebody_else_or_in_another_organization_changes_nothing(
    tenant,
    stranger,
    student,
    credential,
):
    people.erase(stranger.owner, {"mbox": f"mailto:{student.user.email}"}, "She asked for it.")
    people.erase(tenant.owner, {"mbox": "mailto:nobody@example.org"}, "They asked for it.")
    people.erase(
        tenant.owner, {"account": {"homePage": "https://lms.example", "name": str(student.id)}}, "They asked."
    )
    assert AwardedCredential.objects.get().holder_name == credential.holder_name


def test_a_merged_persons_credentials_are_found_and_erased_with_the_other(
    tenant,
    student,
    credential,
):
    kept = new_member(tenant, "lea@home.example")
    client = client_of(kept.user)
    address = f"/lms/credentials/{credential.number}/"
    assert client.get(address).status_code == 404
    merging.merge(tenant.owner, student, kept)
    signing.signed(credential, named=True)
    assert client.get(address).status_code == 200
    assert credential.title in client.get("/lms/programs/").text
    assert client.get(f"{address}files/certificate.pdf").status_code == 200
    client.post(f"{address}privacy", {"shows_name": "no"})
    assert AwardedCredential.objects.get().public_name == ""
    people.erase(tenant.owner, {"mbox": f"mailto:{kept.user.email}"}, "She asked for it.")
    assert AwardedCredential.objects.get().holder_name == ""
    assert not SignedCredential.objects.exists()
