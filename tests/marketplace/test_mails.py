"""Mails to students: in their language, in the organization's own words, and as many as they want."""

import pytest
from django.utils import translation
from tests.marketplace.acts import claimed, client_of, signed_in

from heliograph.core.errors import Invalid
from heliograph.delivery.models import Mail
from heliograph.marketplace import mails
from heliograph.marketplace.completion import actions as completion
from heliograph.marketplace.enrollments import actions as enrollments
from heliograph.marketplace.mail_templates import actions
from heliograph.marketplace.models import MailTemplate

MAILS = "/admin/marketplace/mails/"
WELCOME = {"mail": "enrolled", "language": "en"}


def newest() -> Mail:
    return Mail.objects.order_by("-id")[0]


def test_a_student_is_mailed_in_the_language_that_they_chose(tenant, student, program):
    actions.prefer(student, "de", [])
    enrollments.enroll_directly(tenant.manager, program, student)
    assert newest().subject == "Sie sind eingeschrieben: Phlebotomy technician"
    assert translation.get_language() == "en"  # of whoever enrolled them


def test_the_mail_says_how_to_start_at_a_partner(enrollment):
    assert "State exam\nhttps://exams.example.org/" in newest().text


def test_the_organization_writes_a_mail_in_its_own_words_for_one_language(tenant, student, program):
    client = signed_in(tenant, "manager")
    said = {"subject": "Welcome to\n{program}", "text": "We are glad.\n{partners}"}
    assert client.post(f"{MAILS}mail/change", WELCOME | said).status_code == 302
    made = enrollments.enroll_directly(tenant.manager, program, student)
    assert newest().subject == "Welcome to Phlebotomy technician"
    assert newest().text.startswith("We are glad.\n\n\nState exam")
    assert str(made.id) in newest().text  # the page to go on stands below it, whatever they write
    assert client.post(f"{MAILS}mail/restore", WELCOME).status_code == 302
    assert not MailTemplate.objects.exists()
    assert client.post(f"{MAILS}mail/restore", WELCOME).status_code == 404


@pytest.mark.parametrize(
    ("subject", "text", "said"),
    [
        ("", "Text", "Enter a subject"),
        ("Subject", " ", "Enter a text"),
        ("x" * 201, "Text", "at most 200 characters"),
        ("Subject", "x" * 5001, "at most 5000 characters"),
        ("Subject", "Dear {name}", "has no value {name}. It has: {program}, {partners}."),
    ],
)
def test_a_mail_that_cannot_be_is_refused(tenant, subject, text, said):
    with pytest.raises(Invalid) as refused:
        actions.change(tenant.manager, mails.ENROLLED, "en", subject, text)
    assert said in refused.value.sentence


def test_values_are_never_read_as_places(tenant, enrollment, actor_of_student):
    claim = claimed(tenant, actor_of_student, enrollment, "partner")
    completion.reject(tenant.manager, claim, "See {program} and {0.__class__}.")
    assert "Reason: See {program} and {0.__class__}." in newest().text


def test_a_student_turns_off_what_only_informs_and_never_a_decision(
    tenant, student, enrollment, actor_of_student
):
    client = client_of(student.user)
    assert client.post("/lms/mails/", {"language": "", "wanted": ["expires"]}).status_code == 302
    actions.prefer(student, "", ["claim_received", "claim_rejected"])
    count = Mail.objects.count()
    claim = claimed(tenant, actor_of_student, enrollment, "partner")
    assert Mail.objects.count() == count
    completion.reject(tenant.manager, claim, "The photo is blurred.")
    assert "The photo is blurred." in newest().text


def test_who_may_not_change_programs_changes_no_mail(tenant, stranger):
    said = {"subject": "Hello", "text": "Text"}
    manager = signed_in(tenant, "manager")
    for client in (signed_in(tenant, "reporter"), signed_in(tenant, "learner")):
        assert client.post(f"{MAILS}mail/change", WELCOME | said).status_code == 403
    assert (
        manager.post(f"{MAILS}mail/change", said | {"mail": "enrolled", "language": "xx"}).status_code == 404
    )
    assert (
        manager.post(f"{MAILS}mail/change", said | {"mail": "nothing", "language": "en"}).status_code == 404
    )
    actions.change(stranger.manager, mails.ENROLLED, "en", "Hello from strangers", "Text")
    page = manager.get(f"{MAILS}mail/?mail=enrolled")
    assert "Hello from strangers" not in page.content.decode()


def test_every_mail_can_be_written_in_every_language(db):
    for template in mails.TEMPLATES.values():
        for code in ("en", "de", "en-gb", "fr", "zz"):
            with mails.in_language(code) as spoken:
                values = dict.fromkeys(template.places, "x")
                subject, text = mails.written(None, template, spoken, values)  # type: ignore[arg-type]
                assert "{" not in subject + text
