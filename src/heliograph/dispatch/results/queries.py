"""Reading what customers' LMSs have: receipts, and whose result."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db.models import (
    Q,
    QuerySet,
)

from heliograph.core import clock
from heliograph.dispatch.models import Dispatch, RelayReceipt
from heliograph.dispatch.results import agreement
from heliograph.runtime import queries as registrations

if TYPE_CHECKING:
    from heliograph.runtime.models import Registration


def receipts(dispatch: Dispatch) -> QuerySet[RelayReceipt]:
    """What customers' LMSs kept of this dispatch's results, newest first."""
    return dispatch.receipts.select_related("registration__learner").order_by("-id")


def receipts_of(registration: Registration) -> QuerySet[RelayReceipt]:
    """What a customer's LMS kept of one learner's results, newest first."""
    kept = RelayReceipt.objects.filter(
        organization_id=registration.organization_id, registration_id=registration.id
    )
    return kept.select_related("registration__learner").order_by("-id")


def state_of(registration: Registration) -> str:
    """The ``lms_state`` of one registration, as `learners_in_lms` has it; empty where no LMS has a result
    to hold.
    """
    mine = registrations.learning(registration.organization_id).filter(id=registration.id)
    row = agreement.with_state(agreement.in_an_lms(mine)).first()
    return str(row.lms_state) if row else ""  # type: ignore[attr-defined]


def differing_lately(organization_id: UUID, most: int) -> int:
    """How many learners of the last 30 days have a result that differs in their LMS, by the last roll-up; no
    more than ``most`` are counted.
    """
    lately = registrations.learning(organization_id).filter(
        lms_result__differs=True, last_activity_at__gte=clock.now() - timedelta(days=30)
    )
    return agreement.in_an_lms(lately)[:most].count()


def results_in_lms(dispatch: Dispatch) -> dict[str, Any]:
    """What the customer's LMS has of this dispatch's results: `agreement.counts`."""
    return agreement.counts(registrations.learning(dispatch.organization_id).filter(dispatch_id=dispatch.id))


def learners_in_lms(dispatch: Dispatch, state: str = "") -> QuerySet[Registration]:
    """The registrations that `results_in_lms` counts, newest first, each with its ``lms_state``; perhaps
    those of one state only.
    """
    mine = agreement.in_an_lms(
        registrations.learning(dispatch.organization_id).filter(dispatch_id=dispatch.id)
    )
    chosen = agreement.with_state(mine).select_related("learner", "course").order_by("-id")
    return chosen.filter(Q(lms_state=state)) if state in agreement.STATES else chosen
