"""What students are mailed: a sentence or two for each step that they wait for, with the page to go on.

Each mail is a template: ours, in the languages that we speak, or the organization's own words.
Students choose their language, and which of the mails that only inform they get.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

from django.conf import settings
from django.utils import translation

from heliograph.core.translation import gettext, gettext_lazy, gettext_noop, long_day
from heliograph.delivery import mail
from heliograph.marketplace.models import MailPreference, MailTemplate
from heliograph.marketplace.money import money

if TYPE_CHECKING:
    from heliograph.marketplace.models import Allocation, Enrollment, Order

DEFAULT_LANGUAGE = "en"
PLACE = re.compile(r"\{(\w+)\}")


class Template(NamedTuple):
    """A subject and a text in English, with places for values in braces. ``optional``: students may do
    without it.
    """

    key: str
    label: str
    subject: str
    text: str
    optional: bool = False

    @property
    def places(self) -> list[str]:
        """The values that it can name, in the order in which it does."""
        return list(dict.fromkeys(["program", *PLACE.findall(self.subject + self.text)]))


BEGUN = Template(
    "application_begun",
    gettext_lazy("Application begun"),
    gettext_noop("Your application: {program}"),
    gettext_noop(
        "Somebody, hopefully you, began an application for “{program}” with this address.\n\n"
        "Go on with it here:\n{link}\n\n"
        "The link works until {day}. If it was not you, ignore this mail."
    ),
)
RECEIVED = Template(
    "received",
    gettext_lazy("Application received"),
    gettext_noop("Application received: {program}"),
    gettext_noop("We received your application for “{program}”. You will be mailed when it is decided."),
    optional=True,
)
REJECTED = Template(
    "rejected",
    gettext_lazy("Application rejected"),
    gettext_noop("Your application for {program}"),
    gettext_noop("Your application for “{program}” was not accepted.\n\nReason: {reason}"),
)
ENROLLED = Template(
    "enrolled",
    gettext_lazy("Enrolled"),
    gettext_noop("You are enrolled: {program}"),
    gettext_noop(
        "You are enrolled in “{program}”. Your page has its parts and how to start each of them.{partners}"
    ),
)
WITHDRAWN = Template(
    "withdrawn",
    gettext_lazy("Enrollment ended"),
    gettext_noop("Withdrawn: {program}"),
    gettext_noop("Your enrollment in “{program}” has ended.\n\nReason: {reason}"),
)
CLAIM_RECEIVED = Template(
    "claim_received",
    gettext_lazy("Proof received"),
    gettext_noop("Proof received: {part}"),
    gettext_noop(
        "We received your proof for “{part}” of “{program}”. You will be mailed when it is checked."
    ),
    optional=True,
)
CLAIM_VERIFIED = Template(
    "claim_verified",
    gettext_lazy("Proof accepted"),
    gettext_noop("Completed: {part}"),
    gettext_noop("“{part}” of “{program}” is now recorded as completed."),
    optional=True,
)
CLAIM_REJECTED = Template(
    "claim_rejected",
    gettext_lazy("Proof rejected"),
    gettext_noop("Your proof for {part} was not accepted"),
    gettext_noop(
        "Your proof for “{part}” of “{program}” was not accepted.\n\nReason: {reason}\n\nYou can "
        "correct it and send it again; what you entered is kept."
    ),
)
AWARDED = Template(
    "awarded",
    gettext_lazy("Credential awarded"),
    gettext_noop("Your credential: {program}"),
    gettext_noop(
        "Congratulations: you completed “{program}”.\n\nAnybody can verify your credential "
        "here:\n{credential}"
    ),
)
REVOKED = Template(
    "revoked",
    gettext_lazy("Credential revoked"),
    gettext_noop("Credential revoked: {program}"),
    gettext_noop("Your credential for “{program}” was revoked.\n\nReason: {reason}"),
)
PAYMENT_DUE = Template(
    "payment_due",
    gettext_lazy("Approved, payment due"),
    gettext_noop("Approved: please pay for {program}"),
    gettext_noop(
        "Your application for “{program}” was approved. To start, pay {amount}, or say who pays for you."
    ),
)
PAYMENT_REMINDER = Template(
    "payment_reminder",
    gettext_lazy("Payment reminder"),
    gettext_noop("Reminder: payment for {program}"),
    gettext_noop(
        "Your place in “{program}” is kept until {day}. Until then, pay {amount}, or say who pays for you."
    ),
)
PAYMENT_RECEIVED = Template(
    "payment_received",
    gettext_lazy("Payment received"),
    gettext_noop("Payment received: {program}"),
    gettext_noop("We received {amount} for “{program}”. Thank you."),
)
SHARE_DENIED = Template(
    "share_denied",
    gettext_lazy("Funder does not pay"),
    gettext_noop("A funder does not pay for {program}"),
    gettext_noop(
        "{amount} for “{program}” will not be paid by the funder that you named.\n\nReason: "
        "{reason}\n\nPlease pay this amount, or name another funder."
    ),
)
REFUNDED = Template(
    "refunded",
    gettext_lazy("Refund"),
    gettext_noop("Refund: {program}"),
    gettext_noop("You are refunded {amount} for “{program}”.\n\nReason: {reason}"),
)
REISSUED = Template(
    "reissued",
    gettext_lazy("Credential reissued"),
    gettext_noop("Your corrected credential: {program}"),
    gettext_noop(
        "Your credential for “{program}” was awarded anew; the one before is no longer "
        "valid.\n\nReason: {reason}\n\nAnybody can verify the new one here:\n{credential}"
    ),
)
EXPIRES = Template(
    "expires",
    gettext_lazy("Credential expires"),
    gettext_noop("Your credential expires on {day}: {program}"),
    gettext_noop(
        "Your credential for “{program}” is valid until {day}. To keep a valid one, renew it before "
        "then. Your program’s page says whom to ask.\n\n{credential}"
    ),
    optional=True,
)
TEMPLATES = {
    template.key: template
    for template in (
        BEGUN, RECEIVED, REJECTED, PAYMENT_DUE, PAYMENT_REMINDER, PAYMENT_RECEIVED, SHARE_DENIED, ENROLLED,
        CLAIM_RECEIVED, CLAIM_VERIFIED, CLAIM_REJECTED, AWARDED, REISSUED, EXPIRES, REVOKED, WITHDRAWN,
        REFUNDED,
    )
}  # fmt: skip


def send(enrollment: Enrollment, template: Template, **details: str | datetime) -> None:
    """Mail the student in the caller's transaction, which sends nothing if it fails."""
    student = enrollment.student
    wanted = MailPreference.objects.filter(member=student).first()
    if wanted is not None and template.optional and template.key in wanted.off:
        return
    language = wanted.language if wanted else ""
    if not language and enrollment.application is not None:
        language = enrollment.application.language
    with in_language(language) as spoken:
        values = {"program": enrollment.version.title, **details}
        subject, text = written(enrollment.organization_id, template, spoken, values)
    mail.send(
        enrollment.organization_id,
        to=[student.user.email],
        subject=subject,
        text=f"{text}\n\n{address(enrollment)}\n\n{student.organization.name}\n",
    )


def send_link(organization_id: UUID, email: str, language: str, values: Mapping[str, str | datetime]) -> None:
    """Mail somebody the link of an application that they began."""
    with in_language(language) as spoken:
        subject, text = written(organization_id, BEGUN, spoken, values)
    mail.send(organization_id, to=[email], subject=subject, text=f"{text}\n")


@contextmanager
def in_language(language: str) -> Iterator[str]:
    """What is written inside is in that language, or in English where we do not speak it; its code."""
    known = dict(settings.LANGUAGES)
    spoken = language if language in known else language.split("-")[0]
    spoken = spoken if spoken in known else DEFAULT_LANGUAGE
    with translation.override(spoken):
        yield spoken


def written(
    organization_id: UUID, template: Template, language: str, values: Mapping[str, str | datetime]
) -> tuple[str, str]:
    """Subject and text of a mail, in the organization's words where it has its own for the language."""
    own = MailTemplate.objects.filter(
        organization_id=organization_id, key=template.key, language=language
    ).first()
    subject, text = (own.subject, own.text) if own else (gettext(template.subject), gettext(template.text))
    shown = {
        name: long_day(value) if isinstance(value, datetime) else value for name, value in values.items()
    }
    return _filled(subject, shown).replace("\n", " ")[:200], _filled(text, shown)


def partners_of(enrollment: Enrollment) -> str:
    """How to start the parts that are at partners, as they say it; empty where there are none."""
    parts = enrollment.version.parts.filter(kind="partner").order_by("position")
    listed = ["\n".join(filter(None, (part.title, part.url, part.instructions))) for part in parts]
    return "".join(f"\n\n{part}" for part in listed)


def address(enrollment: Enrollment) -> str:
    """The student's page of an enrollment."""
    return f"{settings.HELIOGRAPH.url}/lms/programs/{enrollment.id}/"


def send_invoice(enrollment: Enrollment, order: Order, share: Allocation) -> None:
    """Mail a payer its invoice."""
    organization = enrollment.student.organization
    student = str(enrollment.student)
    mail.send(
        enrollment.organization_id,
        to=[share.email],
        subject=f"Invoice {share.invoice_number} from {organization.name}"[:200],
        text=(
            f"Invoice {share.invoice_number} for “{enrollment.version.title}”, student: {student}.\n\n"
            f"Amount: {money(share.amount_cents, order.currency)}\nDue: {share.due_on:%B %-d, %Y}\n"
            f"Your reference: {share.reference or '–'}\n\n{organization.name}\n"
        ),
    )


def _filled(text: str, values: Mapping[str, str]) -> str:
    """The text with its values; a place that has none stays as it is."""
    return PLACE.sub(lambda place: values.get(place[1], place[0]), text)
