"""Mail: written in the change's own transaction, handed to the mail server by a job, tried again until it is
taken or given up.

What could not be sent stays as a row that administrators see in the email log, with the reason, and can
send again.
"""

import smtplib
from collections.abc import Iterable
from datetime import timedelta
from email.utils import parseaddr
from typing import NamedTuple
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.smtp import EmailBackend
from django.db import transaction
from django.db.models import QuerySet

from heliograph.audit.actions import record
from heliograph.core.actor import Actor
from heliograph.core.errors import Conflict, Invalid, NotFound
from heliograph.core.ids import parse_id
from heliograph.core.permissions import Permission
from heliograph.core.translation import gettext
from heliograph.delivery.models import Mail
from heliograph.delivery.sending import Channel, ReceiverAway, SendResult

STATES = {word: state for state, word in Mail.WORDS.items()}
MOST_RECIPIENTS = 100
AT_A_TIME = 1_000  # mails, in one statement
NOT_SET_UP = "Email is not configured. Set HELIOGRAPH_MAIL_URL on the server."


class MailNotFound(NotFound):
    code = "mail_not_found"


class MailUnderWay(Conflict):
    code = "mail_under_way"


class Message(NamedTuple):
    """A mail that is to be sent."""

    to: list[str]
    subject: str
    text: str


@transaction.atomic
def send(organization_id: UUID | None, *, to: list[str], subject: str, text: str) -> Mail:
    """Have a mail sent once the caller's transaction stands. Raises `Invalid` for an address that is none.

    Without an organization it is a person's own mail, as for a forgotten password: no administrator sees it.
    """
    [made] = send_all(organization_id, [Message(to, subject, text)])
    return made


@transaction.atomic
def send_all(organization_id: UUID | None, messages: Iterable[Message]) -> list[Mail]:
    """The same of many mails, in a few statements."""
    mails = [_written(organization_id, message) for message in messages]
    made = Mail.objects.bulk_create(mails, batch_size=AT_A_TIME)
    if made:
        CHANNEL.enqueue()
    return made


def _written(organization_id: UUID | None, message: Message) -> Mail:
    if not 0 < len(message.to) <= MOST_RECIPIENTS:
        raise Invalid(
            gettext("An email needs 1 to %(most)s recipients.") % {"most": MOST_RECIPIENTS},
            code="mail_invalid",
        )
    for address in message.to:
        if "@" not in parseaddr(address)[1] or any(char in address for char in "\r\n\x00"):
            raise Invalid(
                gettext("“%(address)s” is not a valid email address.") % {"address": address[:100]},
                code="mail_invalid",
            )
    return Mail(
        organization_id=organization_id,
        to=message.to,
        subject=" ".join(message.subject.split())[:300],
        text=message.text.replace("\x00", "\ufffd"),
        **CHANNEL.columns_of_new(),
    )


def outbox(organization_id: UUID, state: str = "") -> QuerySet[Mail]:
    """The organization's mail, newest first; all of it, or what is in one of the `STATES`."""
    mails = Mail.objects.filter(organization_id=organization_id)
    return (mails.filter(state=STATES.get(state, state)) if state else mails).order_by("-id")


@transaction.atomic
def send_again(actor: Actor, mail_id: str) -> Mail:
    """Send a mail again that was given up. Raises `MailNotFound`, `MailUnderWay`."""
    actor.require(Permission.EMAILS_MANAGE)
    by_id = parse_id(mail_id)
    mine = Mail.objects.select_for_update().filter(organization_id=actor.organization_id)
    mail = mine.filter(id=by_id).first() if by_id else None
    if mail is None:
        raise MailNotFound(gettext("Email not found."))
    if mail.state != Mail.State.GIVEN_UP:
        raise MailUnderWay(gettext("This email was sent already, or will be retried automatically."))
    CHANNEL.send_again(mail)
    record(actor, "resent", "mail", mail.id, mail.subject)
    return mail


def forget_personal() -> None:
    """Delete personal mail that was given up: a link in it is worth nothing, and nobody can have it sent
    again.
    """
    Mail.objects.filter(state=Mail.State.GIVEN_UP, organization_id=None).delete()


def _hand_over(mail: Mail) -> SendResult:
    """Give one mail to the mail server. Raises `ReceiverAway`."""
    if not settings.EMAIL_HOST:
        return SendResult(False, NOT_SET_UP, for_good=True)
    try:
        EmailBackend().send_messages([_message(mail)])
    except smtplib.SMTPRecipientsRefused as reason:
        answers = list(reason.recipients.items())
        answer = "; ".join(f"{address}: {code} {_text(words)}" for address, (code, words) in answers)
        codes = [code for _, (code, _) in answers]
        sentence = f"The mail server refused the recipients: {answer}"
        return SendResult(False, sentence, max(codes), for_good=all(code >= 500 for code in codes))
    except smtplib.SMTPDataError as reason:
        return SendResult(False, f"The mail server refused the email: {_text(reason)}", reason.smtp_code)
    except OSError as reason:  # all else that smtplib raises is one, too: the next mail would fare no better
        raise ReceiverAway(f"The mail server is not available: {_text(reason)}") from None
    return SendResult(True, columns={"text": ""})  # it may hold a link that lets somebody in


def _message(mail: Mail) -> EmailMessage:
    host = urlsplit(settings.HELIOGRAPH.url).hostname
    headers = {"Message-ID": f"<{mail.id}@{host}>", "Auto-Submitted": "auto-generated"}
    return EmailMessage(mail.subject, mail.text, settings.DEFAULT_FROM_EMAIL, mail.to, headers=headers)


def _text(words: object) -> str:
    if isinstance(words, smtplib.SMTPResponseException):
        return f"{words.smtp_code} {_text(words.smtp_error)}"
    text = words.decode(errors="replace") if isinstance(words, bytes) else str(words)
    return text.replace("\x00", "\ufffd") or type(words).__name__


CHANNEL = Channel("mail", Mail, _hand_over, lease=timedelta(minutes=5), kept_for=timedelta(days=30))
