"""The operator's pages of claims: the queue, and each claim with its proof beside the decision."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.http import require_POST

from heliograph.accounts.page_access import actor_of, page
from heliograph.core.permissions import Permission
from heliograph.core.translation import gettext
from heliograph.marketplace import rules
from heliograph.marketplace.completion import actions, downloads, files, queries
from heliograph.marketplace.completion.tables import CLAIMS, ROUTES
from heliograph.marketplace.forms import Reason

if TYPE_CHECKING:
    from heliograph.marketplace.models import Claim


@page(Permission.PROGRAMS_VIEW)
def claims(request: HttpRequest) -> HttpResponseBase:
    query = CLAIMS.read(request)
    rows = queries.claims(
        actor_of(request).organization_id, query.search, query.filters["state"], query.filters["route"]
    )
    if query.csv:
        return CLAIMS.file(query, rows)
    shown = {"table": CLAIMS.page(request, query, rows), "routes": ROUTES}
    return render(request, "marketplace/claims.html", shown)


@page(Permission.PROGRAMS_VIEW)
def claim(request: HttpRequest, claim_id: str) -> HttpResponseBase:
    actor = actor_of(request)
    shown = shown_claim(_claim(request, claim_id)) | {
        "decides": actor.may(Permission.ENROLLMENTS_MANAGE),
        "revokes": actor.may(Permission.ENROLLMENTS_MANAGE),
    }
    return render(request, "marketplace/claim.html", shown)


@require_POST
@page(Permission.ENROLLMENTS_MANAGE)
def verify(request: HttpRequest, claim_id: str) -> HttpResponseBase:
    return answer_verify(request, _claim(request, claim_id), "claim")


@require_POST
@page(Permission.ENROLLMENTS_MANAGE)
def reject(request: HttpRequest, claim_id: str) -> HttpResponseBase:
    return answer_reject(request, _claim(request, claim_id), "claim")


@require_POST
@page(Permission.ENROLLMENTS_MANAGE)
def revoke(request: HttpRequest, claim_id: str) -> HttpResponseBase:
    """Take back what was verified, with all that followed."""
    actions.revoke(actor_of(request), _claim(request, claim_id), Reason.sent(request)["reason"])
    messages.success(request, gettext("Completion revoked."))
    return redirect("claim", claim_id)


@page(Permission.ENROLLMENTS_MANAGE)
def claim_file(request: HttpRequest, claim_id: str, file_id: str) -> HttpResponseBase:
    return redirect(downloads.address(queries.file(_claim(request, claim_id), file_id)))


def shown_claim(claim: Claim) -> dict[str, Any]:
    """What the page of a claim shows: the files with where else they were sent, and what other claims say."""
    proofs = list(claim.files.select_related("claim__part").order_by("id"))
    for proof in proofs:
        proof.elsewhere = list(files.same_elsewhere(proof))  # type: ignore[attr-defined]
    others = claim.part.claims.exclude(id=claim.id).order_by("-id")
    return {
        "claim": claim,
        "enrollment": claim.part.enrollment,
        "proofs": proofs,
        "others": others,
        "route": ROUTES[claim.route],
        "routes": ROUTES,
        "waits": claim.state == rules.ClaimState.PROPOSED,
        "stands": claim.state in rules.STANDING,
        "forms": {word: Reason(key=word) for word in ("reject", "revoke")},
    }


def answer_verify(request: HttpRequest, claim: Claim, page_of: str) -> HttpResponseBase:
    """Verify a claim, and go back to its page."""
    actions.verify(actor_of(request), claim)
    messages.success(request, gettext("Claim verified."))
    return redirect(page_of, claim.id)


def answer_reject(request: HttpRequest, claim: Claim, page_of: str) -> HttpResponseBase:
    """Reject a claim with a reason, and go back to its page."""
    actions.reject(actor_of(request), claim, Reason.sent(request)["reason"])
    messages.success(request, gettext("Claim rejected."))
    return redirect(page_of, claim.id)


def _claim(request: HttpRequest, claim_id: str) -> Claim:
    return queries.claim(actor_of(request).organization_id, claim_id)


_AT = "admin/marketplace/claims/"
urlpatterns = [
    path(_AT, claims, name="claims"),
    path(f"{_AT}<str:claim_id>/", claim, name="claim"),
    path(f"{_AT}<str:claim_id>/verify", verify, name="claim_verify"),
    path(f"{_AT}<str:claim_id>/reject", reject, name="claim_reject"),
    path(f"{_AT}<str:claim_id>/revoke", revoke, name="claim_revoke"),
    path(f"{_AT}<str:claim_id>/files/<str:file_id>", claim_file, name="claim_file"),
]
