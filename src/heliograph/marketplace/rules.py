"""What may follow what: the states of enrollments and claims, and when two claims say the same. No Django, no
clock.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum


class EnrollmentState(StrEnum):
    APPLIED = "applied"
    ELIGIBLE = "eligible"
    DOCUMENTS_COMPLETE = "documents_complete"
    APPROVED = "approved"
    REJECTED = "rejected"
    ENROLLED = "enrolled"
    ACTIVE = "active"
    ON_HOLD = "on_hold"
    COMPLETED = "completed"
    WITHDRAWN = "withdrawn"


class ClaimState(StrEnum):
    PROPOSED = "proposed"
    VERIFIED = "verified"
    REJECTED = "rejected"
    AWARDED = "awarded"
    REVOKED = "revoked"


_E, _C = EnrollmentState, ClaimState
# What is decided about an application may skip steps that a program does not need.
TRANSITIONS: dict[EnrollmentState, frozenset[EnrollmentState]] = {
    _E.APPLIED: frozenset({_E.ELIGIBLE, _E.DOCUMENTS_COMPLETE, _E.APPROVED, _E.REJECTED, _E.WITHDRAWN}),
    _E.ELIGIBLE: frozenset({_E.DOCUMENTS_COMPLETE, _E.APPROVED, _E.REJECTED, _E.WITHDRAWN}),
    _E.DOCUMENTS_COMPLETE: frozenset({_E.APPROVED, _E.REJECTED, _E.WITHDRAWN}),
    _E.APPROVED: frozenset({_E.ENROLLED, _E.REJECTED, _E.WITHDRAWN}),
    _E.REJECTED: frozenset(),
    _E.ENROLLED: frozenset({_E.ACTIVE, _E.ON_HOLD, _E.COMPLETED, _E.WITHDRAWN}),
    _E.ACTIVE: frozenset({_E.ON_HOLD, _E.COMPLETED, _E.WITHDRAWN}),
    _E.ON_HOLD: frozenset({_E.ACTIVE, _E.WITHDRAWN}),
    _E.COMPLETED: frozenset(),
    _E.WITHDRAWN: frozenset(),
}
FINAL = frozenset(state for state, following in TRANSITIONS.items() if not following)
# Somebody reopens what was withdrawn, with a reason. What was completed is reopened by revoking the
# completion of a part; whoever was rejected applies anew.
REOPENED = {_E.WITHDRAWN: _E.ACTIVE}
TO_DECIDE = frozenset({_E.APPLIED, _E.ELIGIBLE, _E.DOCUMENTS_COMPLETE})
LEARNING = frozenset({_E.ENROLLED, _E.ACTIVE})  # parts are launched and completed
TAKEN = frozenset({_E.APPROVED, _E.ENROLLED, _E.ACTIVE, _E.ON_HOLD, _E.COMPLETED})  # a place in a cohort

CLAIM_TRANSITIONS: dict[ClaimState, frozenset[ClaimState]] = {
    _C.PROPOSED: frozenset({_C.VERIFIED, _C.REJECTED}),
    _C.VERIFIED: frozenset({_C.AWARDED, _C.REVOKED}),
    _C.REJECTED: frozenset(),
    _C.AWARDED: frozenset({_C.REVOKED}),
    _C.REVOKED: frozenset(),
}
STANDING = frozenset({_C.VERIFIED, _C.AWARDED})  # what counts as proven

# What the operator may let the people of a program holder do, beside seeing their enrollments.
HOLDER_PERMISSIONS = ("mark_complete", "verify_claims", "match_results")

SAME_DAY = timedelta(days=1)
SAME_SCORE = 0.005


def may_follow(before: str, after: str) -> bool:
    """Whether an enrollment goes from one state to the other."""
    return EnrollmentState(after) in TRANSITIONS[EnrollmentState(before)]


def claim_may_follow(before: str, after: str) -> bool:
    """Whether a claim goes from one state to the other."""
    return ClaimState(after) in CLAIM_TRANSITIONS[ClaimState(before)]


def agree(first: tuple[datetime, float | None], second: tuple[datetime, float | None]) -> bool:
    """Whether two routes say the same of a completion: it was within a day, and the scores (from 0 to 1) are
    the same where both have one. Otherwise a person decides.
    """
    (first_at, first_score), (second_at, second_score) = first, second
    if abs(first_at - second_at) > SAME_DAY:
        return False
    if first_score is None or second_score is None:
        return True
    return abs(first_score - second_score) < SAME_SCORE


def is_complete(parts: Iterable[tuple[bool, bool]]) -> bool:
    """Whether a program is complete, by its parts as (required, completed): all required ones are.

    A program without a required part is complete with any part.
    """
    listed = list(parts)
    required = [done for needed, done in listed if needed]
    return all(required) if required else any(done for _, done in listed)
