"""Social security numbers: only where an organization asks for them, encrypted, read by those with a
permission of its own, each reading recorded, and deleted on a day. No list, file, log or API has them.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction

from heliograph.audit.actions import record
from heliograph.core import clock
from heliograph.core.database.fields import refuse_too_long
from heliograph.core.errors import Conflict, Invalid, NotFound
from heliograph.core.permissions import Permission
from heliograph.core.secrets.encryption import seal, unseal
from heliograph.core.translation import gettext
from heliograph.marketplace.models import Participant, SocialSecurityNumber, SsnReading, WioaSettings
from heliograph.marketplace.participants import rules
from heliograph.marketplace.wioa.errors import WioaOff

if TYPE_CHECKING:
    from heliograph.core.actor import Actor

DAYS = range(30, 3651)  # how long a number may be kept


@transaction.atomic
def ask(actor: Actor, asks: bool, days: int) -> WioaSettings:
    """Whether social security numbers are asked for, and how many days each is kept. Switching it off deletes
    those that are there. Raises `WioaOff` and `Invalid`.
    """
    actor.require(Permission.SSN_VIEW)
    actor.require(Permission.WIOA_MANAGE)
    found = WioaSettings.objects.select_for_update().filter(organization_id=actor.organization_id).first()
    if found is None:
        raise WioaOff(gettext("Switch on WIOA reporting in its settings first."))
    if days not in DAYS:
        raise Invalid(gettext("Enter a number of days from 30 to 3,650."), field="days")
    found.asks_ssn, found.ssn_days = asks, days
    found.save(update_fields=["asks_ssn", "ssn_days"])
    if not asks:
        SocialSecurityNumber.objects.filter(organization_id=actor.organization_id).delete()
    record(
        actor,
        "changed",
        "WIOA settings",
        found.id,
        found.provider,
        before={},
        after={"asks for social security numbers": asks, "days": days},
    )
    return found


@transaction.atomic
def enter(actor: Actor, participant: Participant, text: str) -> None:
    """Keep the number of a participant. Raises `Conflict` where nobody asks for it, and `Invalid`."""
    actor.require(Permission.SSN_VIEW)
    reports = WioaSettings.objects.filter(organization_id=actor.organization_id, asks_ssn=True).first()
    if reports is None:
        raise Conflict(
            gettext("Your organization does not ask for social security numbers."), code="ssn_not_asked"
        )
    digits = rules.ssn_digits(text[:40])
    if digits is None:
        raise Invalid(gettext("Enter a social security number of nine digits."), field="ssn")
    held = Participant.objects.select_for_update().select_related("student__user").get(id=participant.id)
    SocialSecurityNumber.objects.update_or_create(
        participant=held,
        defaults={
            "organization_id": held.organization_id,
            "encrypted": seal(settings.HELIOGRAPH.secret_key.encode(), _purpose(held), digits.encode()),
            "delete_on": clock.now().date() + timedelta(days=reports.ssn_days),
            "entered_by": actor.label[:200],
            "entered_at": clock.now(),
        },
    )
    record(actor, "entered the social security number of", "participant", held.id, str(held.student))


@transaction.atomic
def read(actor: Actor, participant: Participant, reason: str) -> str:
    """The number of a participant as 219-09-9999; who read it and why is recorded. Raises `Invalid` without a
    reason, and `NotFound`.
    """
    actor.require(Permission.SSN_VIEW)
    reason = reason.strip()
    refuse_too_long(SsnReading, {"reason": reason})
    if not reason:
        raise Invalid(gettext("Enter why you need the number."), field="reason")
    kept = SocialSecurityNumber.objects.filter(
        organization_id=actor.organization_id,
        participant=participant,
        delete_on__gt=clock.now().date(),
    ).first()
    if kept is None:
        raise NotFound(gettext("No social security number is kept."), code="ssn_not_found")
    SsnReading.objects.create(
        organization_id=actor.organization_id,
        participant=participant,
        by=actor.label[:200],
        reason=reason,
        at=clock.now(),
    )
    record(
        actor,
        "read the social security number of",
        "participant",
        participant.id,
        str(participant.student),
        reason=reason,
    )
    digits = unseal(
        settings.HELIOGRAPH.secret_key.encode(), _purpose(participant), bytes(kept.encrypted)
    ).decode()
    return f"{digits[:3]}-{digits[3:5]}-{digits[5:]}"


@transaction.atomic
def delete(actor: Actor, participant: Participant) -> None:
    """Delete the number of a participant; who read it stays."""
    actor.require(Permission.SSN_VIEW)
    if SocialSecurityNumber.objects.filter(participant=participant).delete()[0]:
        record(
            actor,
            "deleted the social security number of",
            "participant",
            participant.id,
            str(participant.student),
        )


def forget_due() -> int:
    """Delete the numbers whose day has come; how many."""
    due = SocialSecurityNumber.objects.filter(delete_on__lte=clock.now().date())
    return due.delete()[0]


def _purpose(participant: Participant) -> str:
    return f"social security number of {participant.id}"
