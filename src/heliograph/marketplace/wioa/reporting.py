"""Whether an organization reports, what it says of itself and of its programs, and its boards."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import IntegrityError, transaction

from heliograph.audit.actions import record
from heliograph.core.actor import Actor, system
from heliograph.core.background import jobs
from heliograph.core.database.fields import refuse_too_long
from heliograph.core.errors import Conflict, Invalid
from heliograph.core.permissions import Permission
from heliograph.core.translation import gettext
from heliograph.marketplace.models import Board, Enrollment, ProgramReporting, WioaSettings
from heliograph.marketplace.participants import codes, feeding
from heliograph.marketplace.states import lock
from heliograph.marketplace.wioa.participations import refuse_unknown
from heliograph.marketplace.wioa.results import checked_codes

if TYPE_CHECKING:
    from heliograph.marketplace.models import Program

TAKE_OVER = "marketplace.wioa_take_over"
LEAST_CELL = range(3, 101)  # a threshold below three hides nobody
MOST_HOURS = 20_000


@transaction.atomic
def change(actor: Actor, *, provider: str, state: str = "", least_cell: int | None = None) -> WioaSettings:
    """Report from now on, as this provider. Enrollments of before are taken over by a job.

    ``least_cell``: the smallest number that is published; None until the organization has decided.
    Raises `Invalid`.
    """
    actor.require(Permission.WIOA_MANAGE)
    provider, state = provider.strip(), state.strip().upper()
    refuse_too_long(WioaSettings, {"provider": provider})
    if not provider:
        raise Invalid(gettext("Enter the name of the provider."), field="provider")
    if state and not (len(state) == 2 and state.isascii() and state.isalpha()):
        raise Invalid(gettext("Enter the two letters of the state."), field="state")
    if least_cell is not None and least_cell not in LEAST_CELL:
        raise Invalid(gettext("Enter a number from 3 to 100."), field="least_cell")
    found, created = WioaSettings.objects.get_or_create(
        organization_id=actor.organization_id, defaults={"provider": provider}
    )
    before = {"least_cell": found.least_cell}
    found.provider, found.state, found.least_cell = provider, state, least_cell
    found.save(update_fields=["provider", "state", "least_cell"])
    after = {"least_cell": least_cell}
    record(actor, "changed", "WIOA settings", found.id, provider, before=before, after=after)
    if created:
        jobs.enqueue(
            TAKE_OVER, only_one=f"{TAKE_OVER} {found.id}", organization_id=str(actor.organization_id)
        )
    return found


def take_over(organization_id: UUID) -> int:
    """Record the enrollments of an organization that began before it reported, from where the last run stood;
    how many. Safe to repeat.
    """
    done = 0
    while enrollment_id := _next(organization_id):
        with transaction.atomic():
            feeding.follow(system(organization_id), lock(enrollment_id))
            WioaSettings.objects.filter(organization_id=organization_id).update(recorded_to=enrollment_id)
        done += 1
    return done


def _next(organization_id: UUID) -> UUID | None:
    found = WioaSettings.objects.filter(organization_id=organization_id).first()
    if found is None:
        return None
    rows = Enrollment.objects.filter(organization_id=organization_id).exclude(enrolled_at=None)
    if found.recorded_to:
        rows = rows.filter(id__gt=found.recorded_to)
    return rows.order_by("id").values_list("id", flat=True).first()


@transaction.atomic
def describe_program(
    actor: Actor,
    program: Program,
    *,
    state_key: str = "",
    cip_code: str = "",
    occupation_code: str = "",
    training_type: str = "",
    outcome_type: str = "",
    credential_type: str = "",
    gain_type: str = "",
    hours: int | None = None,
    listed_on: date | None = None,
) -> ProgramReporting:
    """Say which codes reports have for a program. Trainings in it that have none get these; what was recorded
    before stays. Raises `Invalid`.
    """
    actor.require(Permission.WIOA_MANAGE)
    refuse_too_long(ProgramReporting, {"state_key": state_key})
    for field, value, known in (
        ("training_type", training_type, codes.TRAINING_TYPES),
        ("outcome_type", outcome_type, codes.OUTCOME_TYPES),
        ("credential_type", credential_type, codes.CREDENTIAL_TYPES),
        ("gain_type", gain_type, codes.GAIN_TYPES),
    ):
        refuse_unknown(value, [("", ""), *known], field)
    if hours is not None and not 0 <= hours <= MOST_HOURS:
        raise Invalid(gettext("Check the number of hours."), field="hours")
    occupation_code, cip_code = checked_codes(occupation_code, cip_code)
    found, _ = ProgramReporting.objects.update_or_create(
        program=program,
        defaults={
            "organization_id": actor.organization_id,
            "state_key": state_key.strip(),
            "cip_code": cip_code,
            "occupation_code": occupation_code,
            "training_type": training_type,
            "outcome_type": outcome_type,
            "credential_type": credential_type,
            "gain_type": gain_type,
            "hours": hours,
            "listed_on": listed_on,
        },
    )
    filled = feeding.fill_codes(found)
    record(actor, "changed", "WIOA codes of a program", program.id, program.key, filled=filled)
    return found


@transaction.atomic
def add_board(actor: Actor, name: str, code: str = "") -> Board:
    """A local workforce board. Raises `Invalid` and `Conflict`."""
    actor.require(Permission.WIOA_MANAGE)
    refuse_too_long(Board, {"name": name, "code": code})
    if not name.strip():
        raise Invalid(gettext("Enter a name."), field="name")
    try:
        with transaction.atomic():
            made = Board.objects.create(
                organization_id=actor.organization_id, name=name.strip(), code=code.strip()
            )
    except IntegrityError:
        raise Conflict(
            gettext("There is a board of this name already."), code="board_exists", field="name"
        ) from None
    record(actor, "created", "workforce board", made.id, made.name)
    return made
