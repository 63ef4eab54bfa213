"""What people decide about results: whose one is, that one is put away, that one is tried again, and what
follows from a correction.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import transaction

from heliograph.audit.actions import record
from heliograph.core import clock
from heliograph.core.actor import Actor
from heliograph.core.errors import Conflict, Invalid
from heliograph.core.permissions import Permission
from heliograph.core.translation import gettext
from heliograph.marketplace import rules as marketplace
from heliograph.marketplace.completion import actions as completion
from heliograph.marketplace.models import (
    Enrollment,
    EnrollmentPart,
    PartnerAccount,
    PartnerProgram,
    PartnerResult,
)
from heliograph.marketplace.partners import completing, storing
from heliograph.marketplace.partners.events import NAMES, Reader, text_at
from heliograph.marketplace.partners.rules import Outcome
from heliograph.marketplace.partners.settings import load

State = PartnerResult.State


def match(actor: Actor, result: PartnerResult, enrollment: Enrollment, *, remember: bool) -> PartnerResult:
    """Say whose a result is: the part of the enrollment that the partner's key stands for is completed. With
    ``remember``, whoever has that ID at the partner is this student from then on.

    Raises `Conflict` where the result was decided meanwhile, and `Invalid`.
    """
    actor.require(Permission.ENROLLMENTS_MANAGE)
    return match_allowed(actor, result, enrollment, remember=remember)


@transaction.atomic
def match_allowed(
    actor: Actor, result: PartnerResult, enrollment: Enrollment, *, remember: bool
) -> PartnerResult:
    """The same for an actor whose right was checked, as of a program holder's people on their own."""
    held = _held(result, State.UNMATCHED)
    part = part_for(held, enrollment)
    held.state, held.reason, held.matched_by, held.part = State.MATCHED, "", "hand", part
    held.decided_by = actor.label[:200]
    held.save(update_fields=["state", "reason", "matched_by", "part", "decided_by"])
    if remember and held.person_id:
        PartnerAccount.objects.update_or_create(
            partner=held.partner,
            external_id=held.person_id,
            defaults={
                "organization_id": held.organization_id,
                "member": enrollment.student,
                "noted_by": actor.label[:200],
            },
        )
    record(
        actor,
        "matched a result of",
        "partner",
        held.partner_id,
        held.partner.name,
        result=held.external_id,
        enrollment=str(enrollment.id),
    )
    completing.complete(actor, held.id)
    held.refresh_from_db()
    return held


@transaction.atomic
def put_away(actor: Actor, result: PartnerResult, reason: str) -> PartnerResult:
    """Have a result that belongs to nobody here no longer wait. Raises `Conflict` and `Invalid`."""
    actor.require(Permission.ENROLLMENTS_MANAGE)
    held = _held(result, State.UNMATCHED, State.DEAD)
    held.state, held.reason, held.decided_by = State.IGNORED, "put_away", actor.label[:200]
    held.error = _reason(reason)
    held.save(update_fields=["state", "reason", "decided_by", "error"])
    record(
        actor, "put away a result of", "partner", held.partner_id, held.partner.name, result=held.external_id
    )
    return held


@transaction.atomic
def retry(actor: Actor, result: PartnerResult) -> PartnerResult:
    """Try a dead letter or what was put away again: it is read anew with the settings of now, matched, and
    completed. Raises `Conflict` where it is neither.
    """
    actor.require(Permission.ENROLLMENTS_MANAGE)
    held = _held(result, State.DEAD, State.IGNORED)
    record(
        actor, "retried a result of", "partner", held.partner_id, held.partner.name, result=held.external_id
    )
    held.error = ""
    if held.part_id and held.reason == "refused":
        held.state, held.reason = State.MATCHED, ""
    else:
        _read_again(held)
    held.save()
    storing.match_again(held.partner)
    completing.complete(completing.actor_for(held.partner), held.id)
    held.refresh_from_db()
    return held


@transaction.atomic
def accept_correction(actor: Actor, result: PartnerResult, reason: str) -> PartnerResult:
    """Believe what the partner says now: what was completed by the result is revoked, and completed anew
    where the partner still says so. Raises `Conflict`, `WrongState`, and `Invalid` without a reason.
    """
    actor.require(Permission.ENROLLMENTS_MANAGE)
    held = _corrected(result)
    said: dict[str, Any] = held.correction or {}
    if held.claim is not None and held.claim.state in marketplace.STANDING:
        completion.revoke(actor, held.claim, _reason(reason))
    elif held.claim is not None and held.claim.state == marketplace.ClaimState.PROPOSED:
        completion.reject(actor, held.claim, _reason(reason))
    for name in ("status", "outcome", "score", "credential_id", "credential_url"):
        setattr(held, name, said.get(name))
    held.claim, held.correction, held.corrected_at = None, None, None
    completed = held.outcome == Outcome.COMPLETED
    if completed:
        held.state, held.reason = (State.MATCHED, "") if held.part_id else (State.UNMATCHED, "nobody")
    else:
        held.state, held.reason = State.IGNORED, "not_completed"
    held.decided_by = actor.label[:200]
    held.save()
    _note_correction(actor, held, "accepted a correction of")
    if completed:
        storing.match_again(held.partner)
        completing.complete(actor, held.id)
        held.refresh_from_db()
    return held


@transaction.atomic
def dismiss_correction(actor: Actor, result: PartnerResult) -> PartnerResult:
    """Keep what was recorded. The same correction does not come again. Raises `Conflict`."""
    actor.require(Permission.ENROLLMENTS_MANAGE)
    held = _corrected(result)
    held.correction, held.corrected_at, held.decided_by = None, None, actor.label[:200]
    held.save(update_fields=["correction", "corrected_at", "decided_by"])
    _note_correction(actor, held, "dismissed a correction of")
    return held


def part_for(result: PartnerResult, enrollment: Enrollment) -> EnrollmentPart:
    """The part of an enrollment that a result is about. Raises `Invalid` where the partner's key stands for
    none of its parts.
    """
    if enrollment.organization_id != result.organization_id:
        raise Invalid(gettext("Enrollment not found."), field="enrollment")
    parts = list(enrollment.parts.select_related("part", "enrollment").filter(part__kind="partner"))
    mappings = PartnerProgram.objects.filter(
        partner=result.partner_id, key=result.program_key, program=enrollment.program_id
    )
    for mapping in mappings:
        for part in parts:
            if part.part.title == mapping.part_title:
                return part
        for part in parts:
            if part.part.position == mapping.part_position:
                return part
    raise Invalid(
        gettext("“%(key)s” of the partner stands for no part of this program. Map it first.")
        % {"key": result.program_key},
        field="enrollment",
    )


def _read_again(held: PartnerResult) -> None:
    """Read the record as it came with the settings of now."""
    partner = held.partner
    read = load(partner.adapter, partner.settings)
    if not hasattr(read, "fields"):
        held.state, held.reason = State.UNMATCHED, "nobody"
        return
    named = {name.casefold(): str(value) for name, value in held.record.items()}
    values = [
        named.get(getattr(read.fields, name).casefold(), "")
        or text_at(held.record, getattr(read.fields, name))
        for name in NAMES
    ]
    reader = Reader(read, settings.HELIOGRAPH.secret_key.encode(), clock.now())
    event = reader.event([value.strip() for value in values], b"", held.voucher)
    for name in (
        "person_id", "voucher", "email", "name", "program_key", "status", "outcome", "score", "taken_at",
        "credential_id", "credential_url",
    ):  # fmt: skip
        setattr(held, name, getattr(event, name))
    if (
        PartnerResult.objects.filter(partner=partner, external_id=event.external_id, taken_at=event.taken_at)
        .exclude(id=held.id)
        .exists()
    ):
        raise Conflict(
            gettext("The partner reported this result again, and it was read."), code="result_known"
        )
    held.external_id = event.external_id
    if event.reason:
        held.state, held.reason = State.DEAD, event.reason
    elif event.outcome != Outcome.COMPLETED:
        held.state, held.reason = State.IGNORED, "not_completed"
    else:
        held.state, held.reason = State.UNMATCHED, "nobody"


def _held(result: PartnerResult, *states: State) -> PartnerResult:
    """The result as it is now, held. Raises `Conflict` where it has none of the states."""
    held = PartnerResult.objects.select_for_update(of=("self",)).select_related("partner").get(id=result.id)
    if held.state not in states:
        raise _decided()
    return held


def _decided() -> Conflict:
    return Conflict(gettext("This result was decided already. Load the page again."), code="result_decided")


def _corrected(result: PartnerResult) -> PartnerResult:
    held = (
        PartnerResult.objects.select_for_update(of=("self",))
        .select_related("partner", "claim__part__enrollment")
        .get(id=result.id)
    )
    if held.correction is None:
        raise _decided()
    return held


def _note_correction(actor: Actor, held: PartnerResult, verb: str) -> None:
    record(actor, verb, "partner", held.partner_id, held.partner.name, result=held.external_id)


def _reason(reason: str) -> str:
    reason = reason.strip()
    if not reason:
        raise Invalid(gettext("Enter a reason. The student reads it."), field="reason")
    if len(reason) > 1000:
        raise Invalid(gettext("A reason has at most 1,000 characters."), field="reason")
    return reason
