"""Mail, handed to a real SMTP server: with the change or not at all, tried again, given up with a reason,
sent again by hand.
"""

import email
import socket
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from email.policy import default

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from django.db import connections, transaction
from procrastinate.contrib.django.models import ProcrastinateJob

from heliograph.audit.models import Entry
from heliograph.core import clock
from heliograph.core.errors import Forbidden, Invalid
from heliograph.core.roles import Role
from heliograph.delivery import mail
from heliograph.delivery.models import Mail


class Postman:
    """Takes mail, after the `answers` that are to come first."""

    def __init__(self):
        self.answers, self.recipients_answer, self.taken = [], "250 OK", []

    async def handle_RCPT(self, server, session, envelope, address, options):
        if self.recipients_answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.recipients_answer

    async def handle_DATA(self, server, session, envelope):
        answer = self.answers.pop(0) if self.answers else "250 taken"
        if answer.startswith("250"):
            self.taken.append(
                (envelope, email.message_from_bytes(envelope.content, policy=default), session.auth_data)
            )
        return answer


def serve(postman, settings, **options):
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    controller = Controller(postman, hostname="127.0.0.1", port=port, **options)
    controller.start()
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    return controller


@pytest.fixture
def postman(settings):
    taking = Postman()
    controller = serve(taking, settings)
    yield taking
    controller.stop()


def write(tenant, **changes):
    given = {
        "to": ["owner@northlight.example"],
        "subject": "License at 90 %",
        "text": "Zoë, 45 of 50 places\nare taken.",
    }
    return mail.send(tenant.organization.id, **{**given, **changes})


def due_now():
    Mail.objects.filter(state="waiting").update(next_try_at=clock.now())
    mail.CHANNEL.send_due()


def test_a_mail_arrives_as_it_was_written(tenant, postman):
    made = write(tenant, to=["owner@northlight.example", "Anna Šimková <anna@northlight.example>"])
    mail.CHANNEL.send_due()
    [(envelope, message, _)] = postman.taken
    assert envelope.rcpt_tos == ["owner@northlight.example", "anna@northlight.example"]
    assert (message["Subject"], message["From"]) == ("License at 90 %", "Heliograph <heliograph@localhost>")
    assert message.get_content().splitlines() == ["Zoë, 45 of 50 places", "are taken."]
    assert message["Message-ID"] == f"<{made.id}@localhost>"
    assert message["Auto-Submitted"] == "auto-generated"
    made.refresh_from_db()
    assert (made.state, made.tries, made.answer) == ("delivered", 1, "")


def test_a_change_that_is_undone_sends_nothing(tenant, postman):
    jobs = ProcrastinateJob.objects.filter(task_name="delivery.send")
    before = set(jobs.values_list("id", flat=True))
    with transaction.atomic():
        write(tenant)
        transaction.set_rollback(True)
    mail.CHANNEL.send_due()
    assert postman.taken == []
    assert set(jobs.values_list("id", flat=True)) == before


def test_what_the_server_does_not_take_now_is_tried_again_later(tenant, postman):
    postman.answers = ["451 greylisted", "451 greylisted"]
    made = write(tenant)
    mail.CHANNEL.send_due()
    made.refresh_from_db()
    assert (made.state, made.tries) == ("waiting", 1)
    assert "451 greylisted" in made.answer
    mail.CHANNEL.send_due()
    assert Mail.objects.get().tries == 1, "not before its time"
    due_now()
    due_now()
    made.refresh_from_db()
    assert (made.state, made.tries) == ("delivered", 3)
    assert len(postman.taken) == 1


def test_a_mail_whose_content_is_refused_holds_up_no_other(tenant, postman):
    postman.answers = ["554 it looks like spam"]
    refused, taken = write(tenant, subject="First"), write(tenant, subject="Second")
    mail.CHANNEL.send_due()
    refused.refresh_from_db()
    taken.refresh_from_db()
    assert (refused.state, refused.status) == ("waiting", 554)
    assert taken.state == "delivered"


def test_a_recipient_who_does_not_exist_fails_at_once_and_can_be_sent_again(tenant, postman):
    postman.recipients_answer = "550 no such person"
    made = write(tenant)
    mail.CHANNEL.send_due()
    made.refresh_from_db()
    assert made.state == "given up"
    assert "550 no such person" in made.answer
    postman.recipients_answer = "250 OK"
    mail.send_again(tenant.actors[Role.ADMIN], str(made.id))
    mail.CHANNEL.send_due()
    made.refresh_from_db()
    assert made.state == "delivered"
    assert Entry.objects.filter(verb="resent", subject_kind="mail").count() == 1


def test_a_server_that_is_away_is_asked_once_for_all(tenant, settings):
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    for n in range(3):
        write(tenant, subject=f"Number {n}")
    mail.CHANNEL.send_due()
    assert sorted(Mail.objects.values_list("tries", flat=True)) == [0, 0, 1]
    assert not Mail.objects.filter(next_try_at__lte=clock.now()).exists()


def test_after_two_days_it_is_given_up(tenant, postman):
    postman.answers = ["451 not today"]
    write(tenant)
    Mail.objects.update(give_up_at=clock.now() - timedelta(seconds=1))
    mail.CHANNEL.send_due()
    assert Mail.objects.get().state == "given up"


def test_without_a_mail_server_the_outbox_says_what_to_do(tenant, client):
    write(tenant)
    mail.CHANNEL.send_due()
    client.force_login(tenant.organization.memberships.get(role="admin").user)
    shown = client.get("/admin/outbox/?state=failed").text
    assert "License at 90 %" in shown
    assert "HELIOGRAPH_MAIL_URL" in shown


def test_an_administrator_sends_again_on_the_page_what_failed(tenant, client, postman, settings):
    made = write(tenant)
    Mail.objects.update(state="given up", next_try_at=None)
    client.force_login(tenant.organization.memberships.get(role="admin").user)
    assert client.post(f"/admin/outbox/{made.id}/retry").status_code == 302
    mail.CHANNEL.send_due()
    assert len(postman.taken) == 1
    assert client.post(f"/admin/outbox/{made.id}/retry").status_code == 409


def test_only_administrators_of_the_organization_send_again(tenant, stranger):
    made = write(tenant)
    with pytest.raises(Forbidden):
        mail.send_again(tenant.manager, str(made.id))
    with pytest.raises(mail.MailNotFound):
        mail.send_again(stranger.owner, str(made.id))


@pytest.mark.parametrize("to", [[], ["nobody"], ["a@b.example\r\nBcc: c@d.example"], ["a@b.example"] * 101])
def test_addresses_that_are_none_are_refused(tenant, to):
    with pytest.raises(Invalid):
        write(tenant, to=to)


def test_a_subject_cannot_add_headers(tenant, postman):
    write(tenant, subject="Hello\r\nBcc: everybody@example.org")
    mail.CHANNEL.send_due()
    [(envelope, message, _)] = postman.taken
    assert (message["Subject"], message["Bcc"]) == ("Hello Bcc: everybody@example.org", None)
    assert envelope.rcpt_tos == ["owner@northlight.example"]


@pytest.mark.filterwarnings("ignore:Requiring AUTH")
def test_it_signs_in_where_the_server_asks_for_it(tenant, settings):
    def known(server, session, envelope, mechanism, data):
        return AuthResult(
            handled=False,
            success=(data.login, data.password) == (b"heliograph", b"secret"),
            auth_data=data.login,
        )

    taking = Postman()
    controller = serve(taking, settings, authenticator=known, auth_required=True, auth_require_tls=False)
    try:
        settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "heliograph", "wrong"
        write(tenant)
        mail.CHANNEL.send_due()
        assert "535" in Mail.objects.get().answer
        settings.EMAIL_HOST_PASSWORD = "secret"
        due_now()
        assert taking.taken[0][2] == b"heliograph"
    finally:
        controller.stop()


def test_mail_is_forgotten_a_month_after_it_was_sent_or_given_up(tenant, postman):
    for _ in range(3):
        write(tenant)
    mail.CHANNEL.send_due()
    sent, failed, waiting = Mail.objects.order_by("id")
    Mail.objects.filter(id=failed.id).update(state="given up", delivered_at=None)
    Mail.objects.filter(id=waiting.id).update(state="waiting", delivered_at=None)
    mail.CHANNEL.forget_old()
    assert Mail.objects.count() == 3
    month_ago = clock.now() - timedelta(days=31)
    Mail.objects.filter(id=sent.id).update(delivered_at=month_ago)
    Mail.objects.exclude(id=sent.id).update(give_up_at=month_ago)
    mail.CHANNEL.forget_old()
    assert Mail.objects.get().id == waiting.id, "it is still tried"


def test_a_persons_own_mail_that_failed_is_not_kept(tenant, postman):
    mail.send(None, to=["anna@northlight.example"], subject="Choose a new password", text="a link")
    Mail.objects.update(state="given up")
    mail.forget_personal()
    assert not Mail.objects.exists()


def test_the_text_of_a_mail_goes_once_it_is_sent(tenant, postman):
    made = write(tenant)
    mail.CHANNEL.send_due()
    made.refresh_from_db()
    assert (made.state, made.text) == ("delivered", "")


@pytest.mark.django_db(transaction=True)
def test_two_workers_send_each_mail_once(tenant, postman):
    for n in range(10):
        write(tenant, subject=f"Number {n}")

    def at_work(_):
        try:
            mail.CHANNEL.send_due()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as workers:
        list(workers.map(at_work, range(4)))
    assert sorted(message["Subject"] for _, message, _ in postman.taken) == [f"Number {n}" for n in range(10)]
