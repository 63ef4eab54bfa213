"""What enrollments, completions and credentials are for reports: brought to what they say now, in their own
transaction.

`follow` compares; whatever arrives twice finds nothing to change, and what was taken back is taken back here
too, where everybody sees it: an episode goes on, a gain and an attainment are revoked.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING
from uuid import UUID

from heliograph.audit.actions import record
from heliograph.core import clock
from heliograph.marketplace.models import (
    AwardedCredential,
    CredentialAttainment,
    Enrollment,
    Participation,
    ProgramReporting,
    SkillGain,
    TrainingEpisode,
    WioaSettings,
)
from heliograph.marketplace.participants import exits, numbers
from heliograph.marketplace.rules import EnrollmentState as State

if TYPE_CHECKING:
    from heliograph.core.actor import Actor

Outcome = TrainingEpisode.Outcome


def follow(actor: Actor, locked: Enrollment) -> None:
    """Bring the rows of a locked enrollment to what it says now. Nothing where the organization does not
    report, or the student has not started.
    """
    if locked.enrolled_at is None or not _reports(locked):
        return
    participant = numbers.hold(locked.organization_id, locked.student_id)
    reporting = ProgramReporting.objects.filter(program_id=locked.program_id).first() or ProgramReporting()
    episode = TrainingEpisode.objects.filter(enrollment=locked).first() or TrainingEpisode(
        organization_id=locked.organization_id,
        enrollment=locked,
        participant=participant,
        participation=_open_participation(participant.id),
        entered_on=locked.enrolled_at.date(),
    )
    _follow_episode(actor, locked, episode, reporting)
    _follow_gains(actor, locked, episode, reporting)
    _follow_credentials(actor, locked, episode, reporting)
    if episode.participation is not None:
        exits.settle(actor, episode.participation)


def _reports(locked: Enrollment) -> bool:
    return WioaSettings.objects.filter(organization_id=locked.organization_id).exists()


def _open_participation(participant_id: UUID) -> Participation | None:
    rows = Participation.objects.filter(participant_id=participant_id, exited_on=None)
    return rows.select_related("participant__student__user").first()


def _follow_episode(
    actor: Actor, locked: Enrollment, episode: TrainingEpisode, reporting: ProgramReporting
) -> None:
    """How the training ended, and codes that were not known before."""
    new, before = episode._state.adding, (episode.ended_on, episode.outcome)
    episode.ended_on, episode.outcome = _end_of(locked)
    for name in ("training_type", "occupation_code", "cip_code"):
        setattr(episode, name, getattr(episode, name) or getattr(reporting, name))
    episode.save()
    if not new and before != (episode.ended_on, episode.outcome):
        record(
            actor,
            "changed",
            "training episode",
            episode.id,
            str(locked),
            before={"ended": str(before[0] or ""), "outcome": before[1]},
            after={"ended": str(episode.ended_on or ""), "outcome": str(episode.outcome)},
        )


def _end_of(locked: Enrollment) -> tuple[date | None, str]:
    """The provider's exit: the day on which the last part was completed, or of the withdrawal."""
    if locked.state == State.COMPLETED:
        moments = [moment for moment in locked.parts.values_list("completed_at", flat=True) if moment]
        return max(moments, default=locked.state_since).date(), Outcome.COMPLETED
    if locked.state == State.WITHDRAWN:
        return locked.state_since.date(), Outcome.WITHDREW
    return None, Outcome.OPEN


def _follow_gains(
    actor: Actor, locked: Enrollment, episode: TrainingEpisode, reporting: ProgramReporting
) -> None:
    """A skill gain for each part that is completed, where the program says that they are some."""
    standing = {
        gain.part_id: gain for gain in SkillGain.objects.filter(part__enrollment=locked, revoked_at=None)
    }
    if episode.participation_id is None or not (reporting.gain_type or standing):
        return
    for part in locked.parts.select_related("part"):
        gain, day = standing.get(part.id), part.completed_at.date() if part.completed_at else None
        if gain is not None and gain.gained_on != day:
            revoke(actor, gain, "skill gain", str(locked))
            gain = None
        if gain is None and day is not None and reporting.gain_type:
            gain = SkillGain.objects.create(
                organization_id=locked.organization_id,
                participation_id=episode.participation_id,
                part=part,
                type=reporting.gain_type,
                gained_on=day,
                recorded_by=actor.label[:200],
            )
            record(actor, "recorded", "skill gain", gain.id, str(locked), part=part.part.title)


def _follow_credentials(
    actor: Actor, locked: Enrollment, episode: TrainingEpisode, reporting: ProgramReporting
) -> None:
    """An attainment for each credential that was awarded, revoked where the credential is."""
    known = {row.awarded_id: row for row in CredentialAttainment.objects.filter(awarded__enrollment=locked)}
    for credential in AwardedCredential.objects.filter(enrollment=locked).order_by("id"):
        attained = known.get(credential.id)
        if attained is None:
            attained = CredentialAttainment.objects.create(
                organization_id=locked.organization_id,
                participant_id=episode.participant_id,
                awarded=credential,
                title=credential.title,
                type=reporting.credential_type,
                attained_on=credential.completed_at.date(),
                recorded_by=actor.label[:200],
                revoked_at=credential.revoked_at,
            )
            record(actor, "recorded", "attained credential", attained.id, str(locked), title=attained.title)
        elif credential.revoked_at and attained.revoked_at is None:
            revoke(actor, attained, "attained credential", str(locked))


def revoke(actor: Actor, row: SkillGain | CredentialAttainment, kind: str, label: str) -> None:
    """Take back a gain or an attainment; it stays, and no report counts it."""
    row.revoked_at = clock.now()
    row.save(update_fields=["revoked_at"])
    record(actor, "revoked", kind, row.id, label)


def fill_codes(reporting: ProgramReporting) -> int:
    """Give the codes of a program to its episodes that have none; what was reported stays. How many."""
    filled = 0
    for name in ("training_type", "occupation_code", "cip_code"):
        if value := getattr(reporting, name):
            rows = TrainingEpisode.objects.filter(
                organization_id=reporting.organization_id, enrollment__program_id=reporting.program_id
            )
            filled += rows.filter(**{name: ""}).update(**{name: value})
    if reporting.credential_type:
        attained = CredentialAttainment.objects.filter(
            organization_id=reporting.organization_id,
            awarded__enrollment__program_id=reporting.program_id,
            type="",
        )
        filled += attained.update(type=reporting.credential_type)
    return filled
