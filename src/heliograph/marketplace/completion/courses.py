"""Courses of ours: a registration that is completed completes the part of a program that it stands for.

The player's commits know nothing of this. A chore follows the log that they write; what the log does not
show (a result corrected by hand, an embedded package) is found by a sweep.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from heliograph.core import clock
from heliograph.core.actor import system
from heliograph.core.errors import Problem
from heliograph.marketplace import rules
from heliograph.marketplace.completion.actions import Completion, claim
from heliograph.marketplace.models import Claim, EnrollmentPart
from heliograph.runtime import queries as runtime

if TYPE_CHECKING:
    from heliograph.runtime.models import Registration

LOOKED_BACK = timedelta(seconds=30)  # more than the chore takes from one time to the next
AT_A_TIME = 1_000
# Passed, or completed without a verdict: whoever failed has not completed the part.
DONE = Q(registration__completion="completed") & ~Q(registration__success="failed")


def follow() -> int:
    """Complete the parts whose courses were completed in the last moments; how many there were."""
    return _complete(runtime.worked_in_since(clock.now() - LOOKED_BACK))


def sweep() -> int:
    """Complete the parts of all courses that are completed."""
    return _complete(None)


def look_at(registration: Registration) -> None:
    """A registration was changed by hand: look at its part once the change stands."""
    transaction.on_commit(lambda: _complete([registration.id]))


def _complete(registrations: Iterable[UUID] | None) -> int:
    open_parts = EnrollmentPart.objects.filter(
        DONE, completed_at=None, enrollment__state__in=rules.LEARNING
    ).select_related("registration", "enrollment", "part")
    if registrations is not None:
        open_parts = open_parts.filter(registration__in=list(registrations))
    completed = 0
    for part in open_parts.order_by("id")[:AT_A_TIME]:
        completed += _complete_part(part)
    return completed


def _complete_part(part: EnrollmentPart) -> bool:
    registration = part.registration
    assert registration is not None  # noqa: S101 - it was asked for
    score = registration.score_scaled
    said = Completion(
        registration.completed_at or clock.now(), score if score is not None and 0 <= score <= 1 else None
    )
    source = f"registration:{part.id}:{registration.id}:{registration.attempt_number}"
    try:
        claim(
            system(part.enrollment.organization_id),
            part,
            Claim.Route.COURSE,
            said,
            verified=True,
            source=source,
        )
    except Problem:
        return False  # the enrollment ended meanwhile
    return True
