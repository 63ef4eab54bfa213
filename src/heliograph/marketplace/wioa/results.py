"""What a participant gained, attained and earned, as people record it."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from django.db import transaction

from heliograph.audit.actions import record
from heliograph.core import clock
from heliograph.core.database.fields import refuse_too_long
from heliograph.core.errors import Conflict, Invalid
from heliograph.core.permissions import Permission
from heliograph.core.translation import gettext
from heliograph.marketplace.models import (
    CredentialAttainment,
    EmploymentOutcome,
    Participant,
    SkillGain,
    TrainingEpisode,
)
from heliograph.marketplace.participants import codes, exits, feeding, rules
from heliograph.marketplace.wioa.participations import hold, refuse_unknown

if TYPE_CHECKING:
    from heliograph.core.actor import Actor
    from heliograph.marketplace.models import Participation

MOST_WAGES_CENTS = 100_000_000  # of a quarter
FIRST_YEAR = 2014  # of the act


@transaction.atomic
def record_gain(actor: Actor, participation: Participation, type: str, gained_on: date) -> SkillGain:
    """Record a measurable skill gain. Raises `Invalid` for a day outside of the participation."""
    actor.require(Permission.WIOA_MANAGE)
    refuse_unknown(type, codes.GAIN_TYPES, "type")
    held = hold(participation)
    if not held.entered_on <= gained_on <= (held.exited_on or exits.today()):
        raise Invalid(gettext("Enter a day between entry and exit."), field="gained_on")
    made = SkillGain.objects.create(
        organization_id=held.organization_id,
        participation=held,
        type=type,
        gained_on=gained_on,
        recorded_by=actor.label[:200],
    )
    record(actor, "recorded", "skill gain", made.id, str(held.participant.student), type=type)
    return made


@transaction.atomic
def record_credential(
    actor: Actor, participation: Participation, type: str, title: str, attained_on: date
) -> CredentialAttainment:
    """Record a credential that was attained elsewhere. Raises `Invalid`."""
    actor.require(Permission.WIOA_MANAGE)
    refuse_unknown(type, codes.CREDENTIAL_TYPES, "type")
    refuse_too_long(CredentialAttainment, {"title": title})
    if not title.strip():
        raise Invalid(gettext("Enter what the credential is called."), field="title")
    held = hold(participation)
    if not held.entered_on <= attained_on <= exits.today():
        raise Invalid(
            gettext("Enter a day from the entry on that is not in the future."), field="attained_on"
        )
    made = CredentialAttainment.objects.create(
        organization_id=held.organization_id,
        participant=held.participant,
        type=type,
        title=title.strip(),
        attained_on=attained_on,
        recorded_by=actor.label[:200],
    )
    record(actor, "recorded", "attained credential", made.id, str(held.participant.student), title=made.title)
    return made


@transaction.atomic
def revoke(actor: Actor, participation: Participation, row: SkillGain | CredentialAttainment) -> None:
    """Take back what was recorded by hand. Raises `Conflict` for what a completion or an award says, which is
    taken back there.
    """
    actor.require(Permission.WIOA_MANAGE)
    held = hold(participation)
    row.refresh_from_db()
    if isinstance(row, SkillGain):
        kind, comes_from = "skill gain", row.part_id
    else:
        kind, comes_from = "attained credential", row.awarded_id
    if comes_from is not None:
        raise Conflict(
            gettext("This follows from a completion. Revoke the completion or the credential instead."),
            code="follows_completion",
        )
    if row.revoked_at is None:
        feeding.revoke(actor, row, kind, str(held.participant.student))


@transaction.atomic
def record_outcome(
    actor: Actor,
    participant: Participant,
    year: int,
    quarter: int,
    *,
    employed: bool,
    match: str,
    wages_cents: int | None = None,
    employer_number: str = "",
) -> EmploymentOutcome:
    """Record whether a participant was employed in a quarter of the calendar; what was recorded of it before
    is in the audit log. Raises `Invalid`.
    """
    actor.require(Permission.WIOA_MANAGE)
    refuse_unknown(match, codes.EMPLOYMENT_MATCHES, "match")
    refuse_too_long(EmploymentOutcome, {"employer_number": employer_number})
    if quarter not in range(1, 5) or not FIRST_YEAR <= year <= clock.now().year:
        raise Invalid(gettext("Enter a year and a quarter from 1 to 4."), field="quarter")
    if rules.Quarter(year, quarter).first_day > exits.today():
        raise Invalid(gettext("This quarter has not begun."), field="quarter")
    if employed == (match == "0"):
        raise Invalid(gettext("Say how the employment was verified, or that there was none."), field="match")
    if wages_cents is not None and not (employed and 0 <= wages_cents <= MOST_WAGES_CENTS):
        raise Invalid(gettext("Check the wages of the quarter."), field="wages")
    held = Participant.objects.select_for_update().select_related("student__user").get(id=participant.id)
    values = {
        "employed": employed,
        "match": match,
        "wages_cents": wages_cents,
        "employer_number": employer_number.strip(),
        "recorded_by": actor.label[:200],
        "recorded_at": clock.now(),
    }
    outcome, _ = EmploymentOutcome.objects.update_or_create(
        participant=held,
        year=year,
        quarter=quarter,
        defaults=values,
        create_defaults={"organization_id": held.organization_id, **values},
    )
    record(
        actor,
        "recorded",
        "employment outcome",
        outcome.id,
        str(held.student),
        quarter=str(rules.Quarter(year, quarter)),
        employed=employed,
    )
    return outcome


@transaction.atomic
def correct_episode(
    actor: Actor,
    episode: TrainingEpisode,
    *,
    entered_on: date,
    training_type: str,
    occupation_code: str,
    cip_code: str,
) -> TrainingEpisode:
    """Correct the day on which a training was entered, and its codes. Raises `Invalid`."""
    actor.require(Permission.WIOA_MANAGE)
    refuse_unknown(training_type, [("", ""), *codes.TRAINING_TYPES], "training_type")
    Participant.objects.select_for_update().get(id=episode.participant_id)
    held = TrainingEpisode.objects.select_related("participation__participant__student__user").get(
        id=episode.id
    )
    if entered_on > (held.ended_on or exits.today()):
        raise Invalid(gettext("Enter a day that is not after the end of the training."), field="entered_on")
    before = {"entered": str(held.entered_on), "type": held.training_type}
    held.entered_on, held.training_type = entered_on, training_type
    held.occupation_code, held.cip_code = checked_codes(occupation_code, cip_code)
    held.save(update_fields=["entered_on", "training_type", "occupation_code", "cip_code"])
    after = {"entered": str(entered_on), "type": training_type}
    label = str(held.enrollment.student)
    record(actor, "changed", "training episode", held.id, label, before=before, after=after)
    if held.participation is not None:
        exits.settle(actor, held.participation)
    return held


def checked_codes(occupation: str, cip: str) -> tuple[str, str]:
    """An occupation's and a program's code as they are kept. Raises `Invalid` for one that is none."""
    kept_occupation = rules.occupation_code(occupation) if occupation.strip() else ""
    if kept_occupation is None:
        raise Invalid(gettext("Enter an O*NET-SOC code such as 31-9097.00."), field="occupation_code")
    kept_cip = rules.cip_code(cip) if cip.strip() else ""
    if kept_cip is None:
        raise Invalid(gettext("Enter a CIP code such as 51.1009."), field="cip_code")
    return kept_occupation, kept_cip
