"""Mail: written in the change's own transaction, handed to the mail server by a job, tried again until it is
taken or given up.

What could not be sent stays as a row that administrators see on the page Outbox, with the reason, and can
send again.
"""

import smtplib
from datetime import datetime, timedelta
from email.utils import parseaddr
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.smtp import EmailBackend
from django.db import transaction
from django.db.models import QuerySet

from heliograph.audit.actions import record
from heliograph.audit.models import Mail
from heliograph.core import clock, jobs
from heliograph.core.actor import Actor, Role
from heliograph.core.backoff import GIVEN_UP_AFTER, next_try
from heliograph.core.errors import Conflict, Invalid, NotFound
from heliograph.core.ids import parse_id

STATES = Mail.State.values
MOST_RECIPIENTS, MOST_AT_ONCE = 100, 100
LEASE = timedelta(minutes=5)
KEPT_FOR = timedelta(days=30)
NOT_SET_UP = "No mail server is set up. The operator gives its address with HELIOGRAPH_MAIL_URL."
# After these, the next mail would fare no better.
_AWAY = (
    OSError,
    smtplib.SMTPServerDisconnected,
    smtplib.SMTPConnectError,
    smtplib.SMTPHeloError,
    smtplib.SMTPAuthenticationError,
)


class MailNotFound(NotFound):
    code = "mail_not_found"


class MailUnderWay(Conflict):
    code = "mail_under_way"


@transaction.atomic
def send(organization_id: UUID | None, *, to: list[str], subject: str, text: str) -> Mail:
    """Have a mail sent once the caller's transaction stands. Raises `Invalid` for an address that is none.

    Without an organization it is a person's own mail, as for a forgotten password: no administrator sees it.
    """
    if not 0 < len(to) <= MOST_RECIPIENTS:
        raise Invalid(f"A mail has 1 to {MOST_RECIPIENTS} recipients.", code="mail_invalid")
    for address in to:
        if "@" not in parseaddr(address)[1] or any(char in address for char in "\r\n\x00"):
            raise Invalid(f"“{address[:100]}” is not a mail address.", code="mail_invalid")
    moment = clock.now()
    made = Mail.objects.create(
        organization_id=organization_id,
        to=to,
        subject=" ".join(subject.split())[:300],
        text=text.replace("\x00", "\ufffd"),
        next_try_at=moment,
        give_up_at=moment + GIVEN_UP_AFTER,
        created_at=moment,
    )
    _enqueue()
    return made


def outbox(organization_id: UUID, state: str = "") -> QuerySet[Mail]:
    """The organization's mail, newest first."""
    found = Mail.objects.filter(organization_id=organization_id)
    return (found.filter(state=state) if state else found).order_by("-id")


@transaction.atomic
def retry(actor: Actor, mail_id: str) -> Mail:
    """Send a mail again that was given up. Raises `MailNotFound`, `MailUnderWay`."""
    actor.require(Role.ADMIN)
    by_id = parse_id(mail_id)
    found = (
        Mail.objects.select_for_update().filter(organization_id=actor.organization_id, id=by_id).first()
        if by_id
        else None
    )
    if found is None:
        raise MailNotFound("There is no such mail in this organization.")
    if found.state != Mail.State.FAILED:
        raise MailUnderWay("This mail was sent, or is tried again by itself.")
    moment = clock.now()
    found.state, found.tries, found.next_try_at, found.give_up_at = (
        Mail.State.WAITING,
        0,
        moment,
        moment + GIVEN_UP_AFTER,
    )
    found.save(update_fields=["state", "tries", "next_try_at", "give_up_at"])
    record(actor, "retried", "mail", found.id, found.subject)
    _enqueue()
    return found


def send_due() -> None:
    """Hand over what is due, oldest first; a server that is away is left alone for a while."""
    for _ in range(MOST_AT_ONCE):
        claimed = _claim()
        if claimed is None:
            return
        if not _hand_over(claimed):
            return
    _enqueue()


def forget_old() -> None:
    """Delete mail that was sent, or given up, a month ago: it names people."""
    over = clock.now() - KEPT_FOR
    Mail.objects.filter(state=Mail.State.SENT, sent_at__lt=over).delete()
    Mail.objects.filter(state=Mail.State.FAILED, give_up_at__lt=over).delete()
    # A link in it is worth nothing any more, and nobody can have it sent again.
    Mail.objects.filter(state=Mail.State.FAILED, organization_id=None).delete()


@transaction.atomic
def _claim() -> Mail | None:
    """The oldest mail that is due; nobody else sends it during the lease."""
    moment = clock.now()
    due = Mail.objects.filter(state=Mail.State.WAITING, next_try_at__lte=moment).order_by("id")
    found = due.select_for_update(skip_locked=True).first()
    if found:
        found.tries += 1
        found.next_try_at = moment + LEASE
        found.save(update_fields=["tries", "next_try_at"])
    return found


def _hand_over(mail: Mail) -> bool:
    """Give one mail to the server and note what came of it. False where the server is away."""
    if not settings.EMAIL_HOST:
        _note(mail, Mail.State.FAILED, error=NOT_SET_UP)
        return True
    try:
        EmailBackend().send_messages([_message(mail)])
    except smtplib.SMTPRecipientsRefused as reason:
        said = "; ".join(
            f"{address}: {code} {_text(words)}" for address, (code, words) in reason.recipients.items()
        )
        for_good = all(code >= 500 for code, _ in reason.recipients.values())
        _failed(mail, f"The mail server refused the recipients: {said}", for_good)
    except _AWAY as reason:
        retry_at = _failed(mail, f"The mail server cannot be used: {_text(reason)}")
        Mail.objects.filter(state=Mail.State.WAITING, next_try_at__lt=retry_at).update(next_try_at=retry_at)
        return False
    except smtplib.SMTPException as reason:
        _failed(mail, f"The mail server refused it: {_text(reason)}")
    else:
        _note(
            mail, Mail.State.SENT, error="", sent_at=clock.now(), text=""
        )  # it may hold a link that lets somebody in
    return True


def _message(mail: Mail) -> EmailMessage:
    host = urlsplit(settings.HELIOGRAPH.url).hostname
    headers = {"Message-ID": f"<{mail.id}@{host}>", "Auto-Submitted": "auto-generated"}
    return EmailMessage(mail.subject, mail.text, settings.DEFAULT_FROM_EMAIL, mail.to, headers=headers)


def _failed(mail: Mail, error: str, for_good: bool = False) -> datetime:
    moment = clock.now()
    retry_at = next_try(mail.tries, moment)
    if for_good or mail.give_up_at <= moment:
        _note(mail, Mail.State.FAILED, error=error)
    else:
        _note(mail, Mail.State.WAITING, error=error, next_try_at=retry_at)
    return retry_at


def _note(mail: Mail, state: str, *, error: str, next_try_at: datetime | None = None, **columns: Any) -> None:
    """Only the latest try may say what came of it."""
    latest = Mail.objects.filter(id=mail.id, tries=mail.tries, state=Mail.State.WAITING)
    latest.update(state=state, error=error[:500], next_try_at=next_try_at, **columns)


def _text(words: object) -> str:
    if isinstance(words, smtplib.SMTPResponseException):
        return f"{words.smtp_code} {_text(words.smtp_error)}"
    text = words.decode(errors="replace") if isinstance(words, bytes) else str(words)
    return text.replace("\x00", "\ufffd") or type(words).__name__


def _enqueue() -> None:
    """Have the due mail sent soon; one job waits at a time."""
    jobs.enqueue("audit.send_mail", only_one="mail")
