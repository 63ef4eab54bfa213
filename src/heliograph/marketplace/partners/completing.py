"""Completing what was matched: each result that is new makes one claim, by the one action that completes."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import transaction

from heliograph.core.actor import Actor, system
from heliograph.core.errors import Problem
from heliograph.core.translation import gettext
from heliograph.marketplace.completion.actions import Completion, claim
from heliograph.marketplace.models import Claim, Partner, PartnerResult

if TYPE_CHECKING:
    from collections.abc import Iterator

AT_A_TIME = 200
State = PartnerResult.State


def actor_for(partner: Partner) -> Actor:
    """Who acts where a partner's data does."""
    return system(partner.organization_id, partner.name)


def complete_matched(partner: Partner) -> int:
    """Claim what was matched and has no claim yet, the earliest first; how many claims were made.

    Each stands by itself: whoever is interrupted goes on with those that are left.
    """
    return sum(complete(actor_for(partner), result_id) for result_id in _waiting(partner))


@transaction.atomic
def complete(actor: Actor, result_id: UUID) -> bool:
    """Make the claim of a matched result; what refuses it makes the result a dead letter."""
    result = (
        PartnerResult.objects.select_for_update(of=("self",))
        .select_related("part__enrollment", "partner")
        .filter(id=result_id, state=State.MATCHED, claim=None)
        .exclude(part=None)
        .first()
    )
    if result is None:
        return False
    assert result.part is not None  # noqa: S101 - it was asked for
    assert result.taken_at is not None  # noqa: S101 - it was matched
    try:
        with transaction.atomic():
            result.claim = claim(
                actor,
                result.part,
                Claim.Route.PARTNER,
                said_of(result, result.taken_at),
                verified=True,
                source=source_of(result),
            )
    except Problem as reason:
        result.state, result.reason, result.error = State.DEAD, "refused", reason.sentence[:1000]
        result.save(update_fields=["state", "reason", "error"])
        return False
    result.save(update_fields=["claim"])
    return True


def said_of(result: PartnerResult, taken_at: datetime) -> Completion:
    """What a result says of its part."""
    notes = gettext("Reported by %(partner)s: %(status)s.") % {
        "partner": result.partner.name,
        "status": result.status or result.outcome,
    }
    return Completion(taken_at, result.score, result.credential_url, notes)


def source_of(result: PartnerResult) -> str:
    """What a claim of this result is known by; one that was decided anew after a correction is another."""
    return f"partner:{result.id}:{len(result.seen.split())}"


def _waiting(partner: Partner) -> Iterator[UUID]:
    rows = PartnerResult.objects.filter(partner=partner, state=State.MATCHED, claim=None).exclude(part=None)
    while ids := list(rows.order_by("taken_at", "id").values_list("id", flat=True)[:AT_A_TIME]):
        yield from ids
