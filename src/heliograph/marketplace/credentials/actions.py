"""Awarding credentials, and revoking them, which shows at once wherever they are verified."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction

from heliograph.audit.actions import record
from heliograph.core import clock
from heliograph.core.actor import Actor
from heliograph.core.database.fields import refuse_too_long
from heliograph.core.errors import Invalid
from heliograph.core.ids import random_key
from heliograph.core.permissions import Permission
from heliograph.core.translation import gettext
from heliograph.marketplace import mails, webhook_topics
from heliograph.marketplace.models import AwardedCredential, Enrollment

if TYPE_CHECKING:
    from heliograph.accounts.models import Membership


def award(actor: Actor, locked: Enrollment, completed_at: datetime) -> AwardedCredential:
    """The credential of an enrollment that is locked and complete; the one it has where it is valid."""
    valid = AwardedCredential.objects.filter(enrollment=locked, revoked_at=None).first()
    if valid is not None:
        return valid
    version, moment = locked.version, clock.now()
    made = AwardedCredential.objects.create(
        organization_id=locked.organization_id,
        enrollment=locked,
        number=random_key(),
        title=version.credential,
        holder_name=(locked.student.full_name or locked.student.user.email)[:200],
        awarded_at=moment,
        completed_at=completed_at,
        expires_at=_months_after(completed_at, version.credential_months),
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
    reason = reason.strip()
    refuse_too_long(AwardedCredential, {"revocation_reason": reason})
    if not reason:
        raise Invalid(gettext("Enter a reason. The student reads it."), field="reason")
    locked = (
        AwardedCredential.objects.select_for_update(of=("self",))
        .select_related("enrollment__version", "enrollment__program", "enrollment__student__user")
        .select_related("enrollment__student__organization")
        .get(id=credential.id)
    )
    if locked.revoked_at is None:
        _revoke(actor, locked, locked.enrollment, reason)
    return locked


def revoke_of(actor: Actor, locked: Enrollment, reason: str) -> None:
    """Revoke the valid credential of a locked enrollment, if it has one."""
    valid = AwardedCredential.objects.select_for_update().filter(enrollment=locked, revoked_at=None).first()
    if valid is not None:
        _revoke(actor, valid, locked, reason)


@transaction.atomic
def set_privacy(student: Membership, credential: AwardedCredential, shows_name: bool) -> None:
    """Whether the public page of a student's own credential says their name."""
    mine = AwardedCredential.objects.filter(id=credential.id, enrollment__student=student)
    mine.update(shows_name=shows_name)


def address(credential: AwardedCredential) -> str:
    """The public page of a credential."""
    return f"{settings.HELIOGRAPH.url}/verify/{credential.number}/"


def _revoke(actor: Actor, locked: AwardedCredential, enrollment: Enrollment, reason: str) -> None:
    locked.revoked_at, locked.revoked_by, locked.revocation_reason = clock.now(), actor.label[:200], reason
    locked.save(update_fields=["revoked_at", "revoked_by", "revocation_reason"])
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
