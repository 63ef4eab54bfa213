"""REST routes of claims."""

from datetime import datetime
from typing import Any, Literal

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema

from heliograph.accounts.api_auth import SIGNED_IN
from heliograph.accounts.page_access import actor_of
from heliograph.core.permissions import Permission
from heliograph.core.web.paging import DatedQuery, page_of
from heliograph.core.web.schemas import Body, problems
from heliograph.marketplace.completion import actions, queries
from heliograph.marketplace.models import Claim

router = Router(tags=["Claims"], auth=SIGNED_IN)
ClaimStatus = Literal["proposed", "verified", "rejected", "awarded", "revoked"]
Route = Literal["holder", "student", "partner", "course"]


class ClaimOut(Schema):
    id: str
    enrollment: str = Field(description="ID of the enrollment.")
    part: str = Field(description="ID of the part of the enrollment.")
    route: Route
    status: ClaimStatus
    completed_at: datetime
    score: float | None = Field(description="From 0 to 1.")
    certificate_url: str
    notes: str
    files: int = Field(description="How many files prove it.")
    claimed_by: str
    created_at: datetime
    decided_by: str
    decided_at: datetime | None
    reason: str


class ClaimPage(Schema):
    items: list[ClaimOut]
    next_cursor: str | None
    next: str | None


class ClaimQuery(DatedQuery):
    search: str = Field("", description="Part of the student's name or email, or of the part's title.")
    status: Literal["", ClaimStatus] = Field("", description="Status of the claim.")
    route: Literal["", Route] = Field("", description="Who reported it.")


class ClaimDecision(Body):
    decision: Literal["verify", "reject", "revoke"]
    reason: str = Field("", description="Needed to reject and to revoke.")


@router.get("", response={200: ClaimPage, **problems(422)}, summary="List claims")
def list_claims(request: HttpRequest, query: Query[ClaimQuery]) -> Any:
    """Statements that a part of a program was completed, newest first."""
    actor = actor_of(request)
    actor.require(Permission.PROGRAMS_VIEW)
    rows = queries.claims(actor.organization_id, query.search, query.status, query.route)
    return page_of(request, rows.prefetch_related("files"), query, show_claim)


@router.post(
    "/{claim_id}/decision", response={200: ClaimOut, **problems(404, 409, 422)}, summary="Decide a claim"
)
def decide_claim(request: HttpRequest, claim_id: str, body: ClaimDecision) -> Any:
    """Verify, reject or revoke. With the last required part verified, the program is completed. Revoking the
    only claim of a part opens it again, and revokes the credential.
    """
    actor = actor_of(request)
    actor.require(Permission.ENROLLMENTS_MANAGE)
    claim = queries.claim(actor.organization_id, claim_id)
    match body.decision:
        case "verify":
            actions.verify(actor, claim, body.reason)
        case "reject":
            actions.reject(actor, claim, body.reason)
        case "revoke":
            actions.revoke(actor, claim, body.reason)
    return show_claim(queries.claim(actor.organization_id, claim_id))


def show_claim(claim: Claim) -> dict[str, Any]:
    """A claim as the API shows it."""
    return {
        "id": str(claim.id),
        "enrollment": str(claim.part.enrollment_id),
        "part": str(claim.part_id),
        "route": claim.route,
        "status": claim.state,
        "completed_at": claim.completed_at,
        "score": claim.score,
        "certificate_url": claim.certificate_url,
        "notes": claim.notes,
        "files": len(claim.files.all()),
        "claimed_by": claim.claimed_by,
        "created_at": claim.created_at,
        "decided_by": claim.decided_by,
        "decided_at": claim.decided_at,
        "reason": claim.reason,
    }
