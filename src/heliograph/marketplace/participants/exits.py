"""The board's exit of participations, brought to what the services say."""

from __future__ import annotations

from datetime import date

from django.db import transaction

from heliograph.audit.actions import record
from heliograph.core import clock
from heliograph.core.actor import Actor, system
from heliograph.marketplace.models import Participant, Participation
from heliograph.marketplace.participants import codes, rules
from heliograph.marketplace.participants.rules import Received, Training

AT_ONCE = 500


def today() -> date:
    """The day in UTC."""
    return clock.now().date()


def settle(actor: Actor, held: Participation) -> None:
    """Set the last service and the exit of a participation, whose participant is held, to what its services
    say.

    One that somebody ended for a reason stays ended, and so does one that another has followed.
    """
    services, trainings = _received(held), _trainings(held)
    last = rules.last_service(services, trainings, today())
    exited = held.exited_on
    if held.exit_reason == codes.NO_REASON and not _followed(held):
        exited = rules.exit_day(services, trainings, today())
    if (held.last_service_on, held.exited_on) == (last, exited):
        return
    before, held.last_service_on, held.exited_on = held.exited_on, last, exited
    held.save(update_fields=["last_service_on", "exited_on"])
    if before != exited:
        note_exit(actor, held, before)


def note_exit(actor: Actor, held: Participation, before: date | None) -> None:
    """Say in the audit log that the exit of a participation is another one than it was."""
    record(
        actor,
        "changed WIOA exit of",
        "participation",
        held.id,
        str(held.participant.student),
        before={"exit": str(before or ""), "reason": ""},
        after={"exit": str(held.exited_on or ""), "reason": held.exit_reason},
    )


def settle_all() -> int:
    """Settle each open participation whose last service was long ago; how many have ended."""
    long_ago = today() - rules.WITHOUT_SERVICE
    due = Participation.objects.filter(exited_on=None, last_service_on__lte=long_ago).order_by("id")
    ended = 0
    for participation in due.values_list("id", "organization_id", "participant_id").iterator(AT_ONCE):
        with transaction.atomic():
            Participant.objects.select_for_update().get(id=participation[2])
            held = Participation.objects.select_related("participant__student__user").get(id=participation[0])
            settle(system(participation[1]), held)
            ended += held.exited_on is not None
    return ended


def _received(held: Participation) -> list[Received]:
    """The services of a participation; the entry is the day of the first."""
    rows = held.services.filter(cancelled_at=None).values_list("kind", "on")
    return [Received("career", held.entered_on), *(Received(kind, on) for kind, on in rows)]


def _trainings(held: Participation) -> list[Training]:
    return [Training(*row) for row in held.episodes.values_list("entered_on", "ended_on")]


def _followed(held: Participation) -> bool:
    """Whether the participant was taken in again after this participation."""
    others = Participation.objects.filter(participant_id=held.participant_id).exclude(id=held.id)
    return others.filter(entered_on__gte=held.entered_on, id__gt=held.id).exists()
