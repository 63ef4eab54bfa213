"""Applying for a program without an account: a mailed link proves the address, what is entered is kept as the
applicant goes, and sending it in makes them a student of the organization.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import transaction

from heliograph.accounts import invitations
from heliograph.accounts.actions import email_address
from heliograph.core import clock
from heliograph.core.actor import Actor
from heliograph.core.database.fields import refuse_too_long
from heliograph.core.database.locks import lock_by_name
from heliograph.core.errors import Invalid, TooMany, Unavailable
from heliograph.core.roles import Role
from heliograph.core.translation import gettext
from heliograph.marketplace import mails
from heliograph.marketplace.enrollments import actions as enrollments
from heliograph.marketplace.errors import ApplicationNotFound, NotPublished
from heliograph.marketplace.models import Application

if TYPE_CHECKING:
    from heliograph.marketplace.models import Enrollment, Program, ProgramCohort

GOOD_FOR = timedelta(days=30)
MAILED_EVERY = timedelta(minutes=1)  # to one address for one program
MOST_UNFINISHED = 5_000  # of an organization, begun within a day
LONGEST_ANSWER = 5_000


class MailedJustNow(TooMany):
    code = "mailed_just_now"


@transaction.atomic
def begin(program: Program, email: str, language: str) -> Application:
    """Mail somebody the link with which they go on; the link before it is worth nothing.

    Says nothing about whether the address is known here. Raises `NotPublished`, `Invalid`, `MailedJustNow`,
    and `Unavailable` where no mail can be sent.
    """
    if program.published is None:
        raise NotPublished(gettext("Applications for this program are closed."))
    if not settings.EMAIL_HOST:
        raise Unavailable(gettext("Applications can’t be started now: no mail can be sent."), code="no_mail")
    email = email_address(email)
    lock_by_name(f"applications of {program.organization_id}")
    _refuse_too_many(program, email)
    secret, moment = secrets.token_urlsafe(32), clock.now()
    made, _ = Application.objects.update_or_create(
        program=program,
        email=email,
        submitted_at=None,
        defaults={
            "organization_id": program.organization_id,
            "language": language[:20],
            "digest": _digest(secret),
            "expires_at": moment + GOOD_FOR,
            "mailed_at": moment,
        },
    )
    values: dict[str, str | datetime] = {
        "program": program.published.title,
        "link": f"{settings.HELIOGRAPH.url}/apply/{secret}/",
        "day": made.expires_at,
    }
    mails.send_link(program.organization_id, email, language, values)
    return made


def by_secret(secret: str) -> Application:
    """The application that a link belongs to. Raises `ApplicationNotFound`, in the same words for all that is
    over.
    """
    application = (
        Application.objects.filter(digest=_digest(secret), submitted_at=None, expires_at__gt=clock.now())
        .select_related("program__published", "organization")
        .first()
    )
    if application is None:
        raise ApplicationNotFound(
            gettext("This link is not valid any more. Begin the application again from the program’s page.")
        )
    return application


def save(application: Application, name: str, answers: dict[str, Any]) -> None:
    """Keep what was entered so far. Raises `Invalid`."""
    refuse_too_long(Application, {"name": name})
    for key, value in answers.items():
        if isinstance(value, str) and len(value) > LONGEST_ANSWER:
            raise Invalid(gettext("Enter at most %(most)s characters.") % {"most": LONGEST_ANSWER}, field=key)
    application.name, application.answers = name.strip(), answers
    application.save(update_fields=["name", "answers"])


@transaction.atomic
def submit(application: Application, cohort: ProgramCohort | None) -> tuple[Enrollment, str]:
    """Send an application in: the enrollment, and the address of the page on which the applicant chooses a
    password; empty where they have an account here and sign in.

    Raises `ApplicationNotFound` where it was sent in before, `Invalid`, `NotPublished`, `AlreadyEnrolled`.
    """
    locked = Application.objects.select_for_update().get(id=application.id)
    if locked.submitted_at is not None:
        raise ApplicationNotFound(gettext("This application was sent in already."))
    if not locked.name:
        raise Invalid(gettext("Enter your name."), field="name")
    actor = applicant(locked)
    student, address = invitations.admit_applicant(actor, locked.email, locked.name)
    made = enrollments.apply(actor, application.program, student, cohort=cohort, application=locked)
    locked.submitted_at = clock.now()
    locked.save(update_fields=["submitted_at"])
    return made, address


def applicant(application: Application) -> Actor:
    """Whoever holds the link of an application, by whose acts it becomes an enrollment."""
    return Actor("learner", None, application.email, application.organization_id, Role.LEARNER)


def forget_unfinished() -> None:
    """Delete applications whose links are over and that were never sent in: they name people."""
    Application.objects.filter(submitted_at=None, expires_at__lt=clock.now()).delete()


def _refuse_too_many(program: Program, email: str) -> None:
    """Nobody fills strangers' mailboxes, or the database, with applications. Raises `MailedJustNow`."""
    unfinished = Application.objects.filter(organization_id=program.organization_id, submitted_at=None)
    before = unfinished.filter(program=program, email=email).first()
    if before is not None and clock.now() - before.mailed_at < MAILED_EVERY:
        raise MailedJustNow(
            gettext("A link was mailed to this address less than a minute ago. Check your mail."),
            retry_after=60,
        )
    day = clock.now() - timedelta(days=1)
    if unfinished.filter(mailed_at__gte=day).count() >= MOST_UNFINISHED:
        raise MailedJustNow(
            gettext("Too many applications were begun today. Try again tomorrow."), retry_after=3600
        )


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()
