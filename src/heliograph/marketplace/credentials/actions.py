"""Awarding credentials, and revoking them, which shows at once wherever they are verified."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import transaction

from heliograph.audit.actions import record
from heliograph.core import clock
from heliograph.core.actor import Actor
from heliograph.core.database.fields import refuse_too_long
from heliograph.core.errors import Conflict, Invalid
from heliograph.core.ids import random_key
from heliograph.core.permissions import Permission
from heliograph.core.translation import gettext
from heliograph.marketplace import mails, webhook_topics
from heliograph.marketplace.credentials import templates
from heliograph.marketplace.models import AwardedCredential, Enrollment
from heliograph.marketplace.participants import feeding


def award(actor: Actor, locked: Enrollment, completed_at: datetime) -> AwardedCredential:
    """The credential of an enrollment that is locked and complete; the one it has where it is valid.

    Nothing is signed or drawn here: that waits until somebody asks for it.
    """
    valid = AwardedCredential.objects.filter(enrollment=locked, revoked_at=None).first()
    if valid is not None:
        return valid
    version = locked.version
    template = templates.of_program(locked.program)
    months = version.credential_months or (template.months if template else None)
    made = AwardedCredential.objects.create(
        organization_id=locked.organization_id,
        enrollment=locked,
        template=template,
        number=random_key(),
        title=version.credential,
        holder_name=(locked.student.full_name or locked.student.user.email)[:200],
        awarded_at=clock.now(),
        completed_at=completed_at,
        expires_at=_months_after(completed_at, months),
    )
    record(actor, "awarded", "credential", made.id, made.title, student=str(locked.student))
    mails.send(locked, mails.AWARDED, credential=address(made))
    webhook_topics.tell_credential("awarded", made, locked)
    return made


@transaction.atomic
def revoke(actor: Actor, credential: AwardedCredential, reason: str) -> AwardedCredential:
    """End a credential: its page says so at once, with the day. Raises `Invalid` without a reason.

    What was completed stays completed; `completion.actions.revoke` takes back a completion.
    """
    actor.require(Permission.CREDENTIALS_MANAGE)
    reason = _reason(reason)
    locked = _locked(credential)
    if locked.revoked_at is None:
        _revoke(actor, locked, locked.enrollment, reason)
        feeding.follow(actor, locked.enrollment)
    return locked


@transaction.atomic
def reissue(actor: Actor, credential: AwardedCredential, holder_name: str, reason: str) -> AwardedCredential:
    """Award a credential anew with a corrected name, and revoke the one before; each names the other.

    The new one has the template that new credentials get. Raises `Invalid`, and `Conflict` for a credential
    that is not valid.
    """
    actor.require(Permission.CREDENTIALS_MANAGE)
    reason, holder_name = _reason(reason), holder_name.strip()
    refuse_too_long(AwardedCredential, {"holder_name": holder_name})
    if not holder_name:
        raise Invalid(gettext("Enter the name as it should read."), field="holder_name")
    locked = _locked(credential)
    if locked.revoked_at is not None:
        raise Conflict(gettext("This credential was revoked already."), code="credential_revoked")
    _end(actor, locked, reason)
    enrollment = locked.enrollment
    made = AwardedCredential.objects.create(
        organization_id=locked.organization_id,
        enrollment=enrollment,
        template=templates.of_program(enrollment.program),
        replaces=locked,
        number=random_key(),
        title=locked.title,
        holder_name=holder_name,
        shows_name=locked.shows_name,
        completed_at=locked.completed_at,
        expires_at=locked.expires_at,
    )
    record(actor, "reissued", "credential", made.id, made.title, reason=reason, replaces=locked.number)
    mails.send(enrollment, mails.REISSUED, reason=reason, credential=address(made))
    webhook_topics.tell_credential("revoked", locked, enrollment)
    webhook_topics.tell_credential("awarded", made, enrollment)
    feeding.follow(actor, enrollment)
    return made


def revoke_of(actor: Actor, locked: Enrollment, reason: str) -> None:
    """Revoke the valid credential of a locked enrollment, if it has one."""
    valid = AwardedCredential.objects.select_for_update().filter(enrollment=locked, revoked_at=None).first()
    if valid is not None:
        _revoke(actor, valid, locked, reason)


def set_privacy(credential: AwardedCredential, shows_name: bool) -> None:
    """Whether the public page and badge of a credential say the student's name; the student asks for it."""
    AwardedCredential.objects.filter(id=credential.id).update(shows_name=shows_name)


def address(credential: AwardedCredential) -> str:
    """The public page of a credential."""
    return address_of(credential.number)


def address_of(number: str) -> str:
    """The public page of the credential with a number."""
    return f"{settings.HELIOGRAPH.url}/verify/{number}/"


def _locked(credential: AwardedCredential) -> AwardedCredential:
    """The credential as it is now, held until the transaction ends."""
    return (
        AwardedCredential.objects.select_for_update(of=("self",))
        .select_related("enrollment__version", "enrollment__program", "enrollment__student__user")
        .select_related("enrollment__student__organization")
        .get(id=credential.id)
    )


def _reason(reason: str) -> str:
    reason = reason.strip()
    refuse_too_long(AwardedCredential, {"revocation_reason": reason})
    if not reason:
        raise Invalid(gettext("Enter a reason. The student reads it."), field="reason")
    return reason


def _end(actor: Actor, locked: AwardedCredential, reason: str) -> None:
    locked.revoked_at, locked.revoked_by, locked.revocation_reason = clock.now(), actor.label[:200], reason
    locked.save(update_fields=["revoked_at", "revoked_by", "revocation_reason"])


def _revoke(actor: Actor, locked: AwardedCredential, enrollment: Enrollment, reason: str) -> None:
    _end(actor, locked, reason)
    record(actor, "revoked", "credential", locked.id, locked.title, reason=reason)
    mails.send(enrollment, mails.REVOKED, reason=reason)
    webhook_topics.tell_credential("revoked", locked, enrollment)


def _months_after(moment: datetime, months: int | None) -> datetime | None:
    """The same day so many months later, or the last day of that month; None for no end."""
    if months is None:
        return None
    year, month = divmod(moment.month - 1 + months, 12)
    for day in range(moment.day, 27, -1):
        try:
            return moment.replace(year=moment.year + year, month=month + 1, day=day)
        except ValueError:
            continue
    return moment.replace(year=moment.year + year, month=month + 1)
