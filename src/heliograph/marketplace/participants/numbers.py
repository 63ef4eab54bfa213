"""Participants: the number that reports have for a student, and holding their row."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import IntegrityError, transaction

from heliograph.audit.actions import record
from heliograph.core import clock
from heliograph.core.errors import Conflict, Invalid
from heliograph.core.ids import random_key
from heliograph.core.permissions import Permission
from heliograph.core.translation import gettext
from heliograph.marketplace.models import Participant
from heliograph.marketplace.participants import rules

if TYPE_CHECKING:
    from heliograph.core.actor import Actor

OLDEST = 1900  # the year of a birth


def hold(organization_id: UUID, student_id: UUID) -> Participant:
    """The participant that a student is, made where there is none, held until the transaction ends.

    Whoever holds an enrollment too takes that first.
    """
    Participant.objects.get_or_create(
        student_id=student_id, defaults={"organization_id": organization_id, "number": new_number()}
    )
    return Participant.objects.select_for_update().get(student_id=student_id)


def new_number() -> str:
    """Twelve letters and digits that nobody can guess, and no social security number is among."""
    while not rules.is_number(number := random_key(rules.NUMBER_LENGTH).upper()):
        pass
    return number


@transaction.atomic
def change(actor: Actor, participant: Participant, *, number: str, born_on: date | None) -> Participant:
    """Change the number of a participant, as where the state gave them one, and the date of birth.

    Raises `Invalid`, and `Conflict` for a number that another has.
    """
    actor.require(Permission.WIOA_MANAGE)
    held = Participant.objects.select_for_update().select_related("student__user").get(id=participant.id)
    number = number.strip().upper()
    if not rules.is_number(number):
        raise Invalid(
            gettext("Enter 12 letters and digits, with no social security number among them."),
            field="number",
        )
    if born_on is not None and not OLDEST <= born_on.year <= clock.now().year:
        raise Invalid(gettext("Check the year of birth."), field="born_on")
    before = held.number
    held.number, held.born_on = number, born_on
    try:
        with transaction.atomic():
            held.save(update_fields=["number", "born_on"])
    except IntegrityError:
        raise Conflict(
            gettext("Another participant has this number."), code="number_taken", field="number"
        ) from None
    record(
        actor,
        "changed",
        "participant",
        held.id,
        str(held.student),
        before={"number": before},
        after={"number": number},
    )
    return held
