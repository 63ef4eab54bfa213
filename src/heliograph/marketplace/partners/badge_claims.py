"""Completing a part by a badge that its student names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from heliograph.core.errors import Conflict, Invalid
from heliograph.core.translation import gettext
from heliograph.marketplace.models import PartnerResult
from heliograph.marketplace.partners import completing, deciding, storing
from heliograph.marketplace.partners.adapters.badges import BadgeConnector
from heliograph.marketplace.partners.adapters.choose import connector

if TYPE_CHECKING:
    from heliograph.marketplace.models import EnrollmentPart, Partner


def complete_by_badge(partner: Partner, part: EnrollmentPart, url: str) -> PartnerResult:
    """Complete a part by the badge at an address, once its issuer's server says that it is the student's and
    what it is for. Raises `Invalid`, and `Conflict` for a badge that was used before.
    """
    adapter = connector(partner)
    if not isinstance(adapter, BadgeConnector):
        raise Invalid(gettext("This part is not completed by a badge."), field="badge")
    event = adapter.check_badge(url, part.enrollment.student.user.email)
    with transaction.atomic():
        storing.store(partner, None, [event])
        result = (
            PartnerResult.objects.select_for_update(of=("self",))
            .select_related("partner")
            .get(partner=partner, external_id=event.external_id, taken_at=event.taken_at)
        )
        if result.part_id not in (None, part.id):
            raise Conflict(gettext("This badge was used before."), code="badge_used", field="badge")
        if deciding.part_for(result, part.enrollment) != part:
            raise Invalid(gettext("This badge is for another part."), code="badge_refused", field="badge")
        if result.claim_id is None:
            result.part, result.matched_by, result.reason = part, "badge", ""
            result.state = PartnerResult.State.MATCHED
            result.save(update_fields=["part", "matched_by", "reason", "state"])
            completing.complete(completing.actor_for(partner), result.id)
            result.refresh_from_db()
    if result.claim_id is None:
        raise Invalid(result.error or gettext("The badge cannot be used."), field="badge")
    return result
