"""Participations: taking a student in, their services, and an exit for a reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date, timedelta
from typing import TYPE_CHECKING

from django.db import transaction

from heliograph.audit.actions import record
from heliograph.core import clock
from heliograph.core.database.fields import refuse_too_long
from heliograph.core.errors import Invalid
from heliograph.core.permissions import Permission
from heliograph.core.translation import gettext
from heliograph.marketplace.models import (
    Enrollment,
    Participant,
    Participation,
    TrainingEpisode,
    WioaService,
    WioaSettings,
)
from heliograph.marketplace.participants import codes, exits, feeding, numbers, rules
from heliograph.marketplace.states import lock
from heliograph.marketplace.wioa.errors import ParticipationEnded, ParticipationOpen, WioaOff

if TYPE_CHECKING:
    from heliograph.accounts.models import Membership
    from heliograph.core.actor import Actor
    from heliograph.marketplace.models import Board

FARTHEST_PLAN = timedelta(days=730)


@dataclass(frozen=True)
class Intake:
    """What is known at entry: the board and its case number, the funding (PIRL 903 to 905), and codes of
    elements 400 and 408.
    """

    board: Board | None = None
    case_number: str = ""
    adult: str = "0"
    dislocated_worker: str = "0"
    youth: str = "0"
    employment_at_entry: str = ""
    education_at_entry: str = ""


VALUES = {
    "adult": codes.FUNDING,
    "dislocated_worker": codes.FUNDING,
    "youth": codes.FUNDING,
    "employment_at_entry": [("", ""), *codes.EMPLOYMENT_AT_ENTRY],
    "education_at_entry": [("", ""), *codes.EDUCATION_AT_ENTRY],
}


@transaction.atomic
def start(actor: Actor, student: Membership, entered_on: date, intake: Intake) -> Participation:
    """Take a student in. Trainings that they entered since then and that nobody reports yet belong to it.

    Raises `WioaOff`, `ParticipationOpen`, `Invalid`, and `ParticipationEnded` for a day within another.
    """
    actor.require(Permission.WIOA_MANAGE)
    if not WioaSettings.objects.filter(organization_id=actor.organization_id).exists():
        raise WioaOff(gettext("Switch on WIOA reporting in its settings first."))
    _check(intake)
    if not date(1971, 1, 1) <= entered_on <= exits.today():
        raise Invalid(gettext("Enter a day of entry that is not in the future."), field="entered_on")
    mine = Enrollment.objects.filter(organization_id=actor.organization_id, student=student)
    locked = [lock(id) for id in mine.order_by("id").values_list("id", flat=True)]
    participant = numbers.hold(actor.organization_id, student.id)
    _refuse_overlap(participant, entered_on)
    made = Participation.objects.create(
        organization_id=actor.organization_id,
        participant=participant,
        entered_on=entered_on,
        last_service_on=entered_on,
        created_by=actor.label[:200],
        **_columns(intake),
    )
    record(actor, "created", "participation", made.id, str(student), entered=str(entered_on))
    unreported = TrainingEpisode.objects.filter(participant=participant, participation=None)
    unreported.filter(entered_on__gte=entered_on).update(participation=made)
    for enrollment in locked:
        feeding.follow(actor, enrollment)
    made.refresh_from_db()
    exits.settle(actor, made)
    return made


@transaction.atomic
def change(actor: Actor, participation: Participation, intake: Intake) -> Participation:
    """Change what was known at entry. Raises `Invalid`."""
    actor.require(Permission.WIOA_MANAGE)
    _check(intake)
    held = hold(participation)
    before = {name: str(getattr(held, name) or "") for name in _columns(intake)}
    for name, value in _columns(intake).items():
        setattr(held, name, value)
    held.save(update_fields=[*_columns(intake)])
    after = {name: str(getattr(held, name) or "") for name in before}
    changed = [name for name in before if before[name] != after[name]]
    record(
        actor,
        "changed",
        "participation",
        held.id,
        str(held.participant.student),
        before={name: before[name] for name in changed},
        after={name: after[name] for name in changed},
    )
    return held


@transaction.atomic
def record_service(
    actor: Actor, participation: Participation, kind: str, on: date, note: str = ""
) -> WioaService:
    """Record a service that was received, or one that is planned for a day to come.

    Raises `Invalid`, and `ParticipationEnded` for a day ninety days or more after the exit, or after an exit
    for a reason.
    """
    actor.require(Permission.WIOA_MANAGE)
    refuse_too_long(WioaService, {"note": note})
    refuse_unknown(kind, codes.SERVICES, "kind")
    held = hold(participation)
    if not held.entered_on <= on <= exits.today() + FARTHEST_PLAN:
        raise Invalid(gettext("Enter a day from the entry on, at most two years ahead."), field="on")
    if held.exited_on is not None and kind != codes.FOLLOW_UP and _is_over(held, on):
        raise ParticipationEnded(
            gettext("This participation has ended. Start a new one for services that begin again.")
        )
    made = WioaService.objects.create(
        organization_id=held.organization_id,
        participation=held,
        kind=kind,
        on=on,
        note=note.strip(),
        recorded_by=actor.label[:200],
    )
    record(actor, "recorded", "WIOA service", made.id, str(held.participant.student), kind=kind, on=str(on))
    exits.settle(actor, held)
    return made


@transaction.atomic
def cancel_service(actor: Actor, service: WioaService) -> None:
    """Take back a service that was not received, or is planned no more; it stays to be seen."""
    actor.require(Permission.WIOA_MANAGE)
    held = hold(service.participation)
    if WioaService.objects.filter(id=service.id, cancelled_at=None).update(cancelled_at=clock.now()):
        record(actor, "canceled", "WIOA service", service.id, str(held.participant.student))
        exits.settle(actor, held)


@transaction.atomic
def set_exit_reason(actor: Actor, participation: Participation, reason: str) -> Participation:
    """End a participation for a reason (PIRL 923), on the last day of a service; with the code for none, its
    end follows from its services again.

    Raises `Invalid`, and `ParticipationOpen` where the participant was taken in again.
    """
    actor.require(Permission.WIOA_MANAGE)
    refuse_unknown(reason, codes.EXIT_REASONS, "reason")
    held = hold(participation)
    if held.exit_reason == reason:
        return held
    before, held.exit_reason = held.exited_on, reason
    if reason != codes.NO_REASON and held.exited_on is None:
        held.exited_on = held.last_service_on or held.entered_on
    held.save(update_fields=["exit_reason", "exited_on"])
    exits.note_exit(actor, held, before)
    exits.settle(actor, held)
    return held


def hold(participation: Participation) -> Participation:
    """The participation as it is now; its participant is held until the transaction ends."""
    Participant.objects.select_for_update().get(id=participation.participant_id)
    return Participation.objects.select_related("participant__student__user").get(id=participation.id)


def refuse_unknown(value: str, known: Sequence[tuple[str, object]], field: str) -> None:
    """Raise `Invalid` for a code that there is not."""
    if value not in {code for code, _ in known}:
        raise Invalid(gettext("Choose one of the options."), field=field)


def _check(intake: Intake) -> None:
    refuse_too_long(Participation, {"case_number": intake.case_number})
    for name, known in VALUES.items():
        refuse_unknown(getattr(intake, name), known, name)


def _columns(intake: Intake) -> dict[str, object]:
    return {field.name: getattr(intake, field.name) for field in fields(intake)}


def _is_over(held: Participation, on: date) -> bool:
    """Whether a service on a day comes too late to belong to a participation that has an exit."""
    if held.exit_reason != codes.NO_REASON:
        return True
    return held.exited_on is not None and on - held.exited_on >= rules.WITHOUT_SERVICE


def _refuse_overlap(participant: Participant, entered_on: date) -> None:
    others = Participation.objects.filter(participant=participant)
    if others.filter(exited_on=None).exists():
        raise ParticipationOpen(gettext("The student has an open participation already."))
    if others.filter(exited_on__gte=entered_on).exists():
        raise ParticipationEnded(
            gettext("A participation of this student ended on that day or later. Enter a later day.")
        )
