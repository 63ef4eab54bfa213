"""What students are mailed: a sentence or two for each step that they wait for, with the page to go on."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from django.conf import settings

from heliograph.delivery import mail
from heliograph.marketplace.money import money

if TYPE_CHECKING:
    from heliograph.marketplace.models import Allocation, Enrollment, Order


class Template(NamedTuple):
    """A subject and a text; both name the program, the text what else the step has."""

    subject: str
    text: str


RECEIVED = Template(
    "Application received: {program}",
    "We received your application for “{program}”. You will be mailed when it is decided.",
)
REJECTED = Template(
    "Your application for {program}",
    "Your application for “{program}” was not accepted.\n\nReason: {reason}",
)
ENROLLED = Template(
    "You are enrolled: {program}",
    "You are enrolled in “{program}”. Your page has its parts and how to start each of them.",
)
WITHDRAWN = Template("Withdrawn: {program}", "Your enrollment in “{program}” has ended.\n\nReason: {reason}")
CLAIM_RECEIVED = Template(
    "Proof received: {part}",
    "We received your proof for “{part}” of “{program}”. You will be mailed when it is checked.",
)
CLAIM_VERIFIED = Template("Completed: {part}", "“{part}” of “{program}” is now recorded as completed.")
CLAIM_REJECTED = Template(
    "Your proof for {part} was not accepted",
    "Your proof for “{part}” of “{program}” was not accepted.\n\nReason: {reason}\n\n"
    "You can correct it and send it again; what you entered is kept.",
)
AWARDED = Template(
    "Your credential: {program}",
    "Congratulations: you completed “{program}”.\n\nAnybody can verify your credential here:\n{credential}",
)
REVOKED = Template(
    "Credential revoked: {program}",
    "Your credential for “{program}” was revoked.\n\nReason: {reason}",
)
PAYMENT_DUE = Template(
    "Approved: please pay for {program}",
    "Your application for “{program}” was approved. To start, pay {amount}, or say who pays for you.",
)
PAYMENT_REMINDER = Template(
    "Reminder: payment for {program}",
    "Your place in “{program}” is kept until {day}. Until then, pay {amount}, or say who pays for you.",
)
PAYMENT_RECEIVED = Template("Payment received: {program}", "We received {amount} for “{program}”. Thank you.")
SHARE_DENIED = Template(
    "A funder does not pay for {program}",
    "{amount} for “{program}” will not be paid by the funder that you named.\n\nReason: {reason}\n\n"
    "Please pay this amount, or name another funder.",
)
REFUNDED = Template("Refund: {program}", "You are refunded {amount} for “{program}”.\n\nReason: {reason}")

REISSUED = Template(
    "Your corrected credential: {program}",
    "Your credential for “{program}” was awarded anew; the one before is no longer valid.\n\n"
    "Reason: {reason}\n\nAnybody can verify the new one here:\n{credential}",
)
EXPIRES = Template(
    "Your credential expires on {day}: {program}",
    "Your credential for “{program}” is valid until {day}. To keep a valid one, renew it before then. "
    "Your program’s page says whom to ask.\n\n{credential}",
)


def send(enrollment: Enrollment, template: Template, **details: str) -> None:
    """Mail the student in the caller's transaction, which sends nothing if it fails."""
    words = {"program": enrollment.version.title, **details}
    student = enrollment.student
    text = f"{template.text.format(**words)}\n\n{address(enrollment)}\n\n{student.organization.name}\n"
    mail.send(
        enrollment.organization_id,
        to=[student.user.email],
        subject=template.subject.format(**words)[:200],
        text=text,
    )


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
