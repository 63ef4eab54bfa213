"""The pages of a program holder's people: their students, marking them complete, and students' claims."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.http import require_POST

from heliograph.accounts.page_access import actor_of, page
from heliograph.core.errors import Forbidden
from heliograph.core.translation import gettext
from heliograph.marketplace import rules
from heliograph.marketplace.completion import downloads, files
from heliograph.marketplace.completion import pages as claim_pages
from heliograph.marketplace.completion import queries as claims
from heliograph.marketplace.completion.forms import MarkCompleteForm
from heliograph.marketplace.completion.tables import CLAIMS, ROUTES
from heliograph.marketplace.enrollments import queries as enrollments
from heliograph.marketplace.enrollments.tables import ENROLLMENTS
from heliograph.marketplace.errors import ClaimNotFound, EnrollmentNotFound
from heliograph.marketplace.holder_portal import marking, queries
from heliograph.marketplace.holders import queries as holders

if TYPE_CHECKING:
    from heliograph.marketplace.models import Claim, Enrollment, Holder

VERIFY = "verify_claims"


def for_holders(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Opens a page to people who work for a program holder, with the holders as its second argument."""

    @page(everybody=True)
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return view(request, holders.require_any(actor_of(request)), *args, **kwargs)

    return guarded


@for_holders
def students(request: HttpRequest, mine: list[Holder]) -> HttpResponseBase:
    query = ENROLLMENTS.read(request)
    rows = queries.enrollments_of(mine, query.search, query.filters["state"])
    if query.csv:
        return ENROLLMENTS.file(query, rows)
    waiting = _claims(mine).filter(state=rules.ClaimState.PROPOSED).count()
    shown = {
        "holders": mine,
        "table": ENROLLMENTS.page(request, query, rows),
        "waiting": waiting,
        "mark_form": MarkCompleteForm(key="many"),
        "marks": any(marking.MARK_COMPLETE in holder.permissions for holder in mine),
        "matches": any("match_results" in holder.permissions for holder in mine),
    }
    return render(request, "marketplace/holder/students.html", shown)


@for_holders
def student(request: HttpRequest, mine: list[Holder], enrollment_id: str) -> HttpResponseBase:
    enrollment = _enrollment(mine, enrollment_id)
    assert enrollment.program.holder is not None  # noqa: S101 - it is one of theirs
    parts = list(enrollments.parts(enrollment))
    markable = [row for row in parts if row.part.kind != "course" and row.completed_at is None]
    shown = {
        "enrollment": enrollment,
        "parts": parts,
        "steps": enrollment.steps.order_by("-id"),
        "marks": marking.MARK_COMPLETE in enrollment.program.holder.permissions
        and enrollment.state in rules.LEARNING
        and bool(markable),
        "form": MarkCompleteForm(),
    }
    return render(request, "marketplace/holder/student.html", shown)


@require_POST
@for_holders
def mark(request: HttpRequest, mine: list[Holder], enrollment_id: str) -> HttpResponseBase:
    enrollment = _enrollment(mine, enrollment_id)
    said = MarkCompleteForm.sent(request)
    with files.received(enrollment.organization_id, said["proof"]) as stored:
        marking.mark_complete(
            actor_of(request),
            str(enrollment.id),
            said["completed_at"],
            certificate_url=said["certificate_url"],
            notes=said["notes"],
            files=stored,
        )
    messages.success(request, gettext("%(student)s is marked complete.") % {"student": enrollment.student})
    return redirect("holder_student", enrollment.id)


@for_holders
def claims_of(request: HttpRequest, mine: list[Holder]) -> HttpResponseBase:
    query = CLAIMS.read(request)
    rows = _claims(mine, query.search, query.filters["state"], query.filters["route"])
    if query.csv:
        return CLAIMS.file(query, rows)
    shown = {"table": CLAIMS.page(request, query, rows), "routes": ROUTES}
    return render(request, "marketplace/holder/claims.html", shown)


@for_holders
def claim(request: HttpRequest, mine: list[Holder], claim_id: str) -> HttpResponseBase:
    found = _claim(mine, claim_id)
    shown = claim_pages.shown_claim(found) | {"decides": _may_verify(found), "revokes": False}
    for proof in shown["proofs"]:  # students of others are nobody's business
        proof.elsewhere = [
            other
            for other in proof.elsewhere
            if other.claim.part.enrollment.program.holder_id in {holder.id for holder in mine}
        ]
    return render(request, "marketplace/holder/claim.html", shown)


@require_POST
@for_holders
def verify(request: HttpRequest, mine: list[Holder], claim_id: str) -> HttpResponseBase:
    return claim_pages.answer_verify(request, _decided(mine, claim_id), "holder_claim")


@require_POST
@for_holders
def reject(request: HttpRequest, mine: list[Holder], claim_id: str) -> HttpResponseBase:
    return claim_pages.answer_reject(request, _decided(mine, claim_id), "holder_claim")


@for_holders
def claim_file(request: HttpRequest, mine: list[Holder], claim_id: str, file_id: str) -> HttpResponseBase:
    return redirect(downloads.address(claims.file(_claim(mine, claim_id), file_id)))


def _claims(mine: list[Holder], *narrowed: str) -> Any:
    rows = claims.claims(mine[0].organization_id, *narrowed)
    return rows.filter(part__enrollment__program__holder__in=mine)


def _claim(mine: list[Holder], claim_id: str) -> Claim:
    found = claims.claim(mine[0].organization_id, claim_id)
    if found.part.enrollment.program.holder_id not in {holder.id for holder in mine}:
        raise ClaimNotFound(gettext("Claim not found."))
    return found


def _decided(mine: list[Holder], claim_id: str) -> Claim:
    """A claim that they may decide. Raises `ClaimNotFound` and `Forbidden`."""
    found = _claim(mine, claim_id)
    if not _may_verify(found):
        raise Forbidden(
            gettext("“%(holder)s” may not do this. Ask the operator of the marketplace.")
            % {"holder": found.part.enrollment.program.holder},
            code="holder_may_not",
        )
    return found


def _may_verify(claim: Claim) -> bool:
    holder = claim.part.enrollment.program.holder
    return holder is not None and VERIFY in holder.permissions


def _enrollment(mine: list[Holder], enrollment_id: str) -> Enrollment:
    found = enrollments.enrollment(mine[0].organization_id, enrollment_id)
    if found.program.holder_id not in {holder.id for holder in mine}:
        raise EnrollmentNotFound(gettext("Enrollment not found."))
    return found


_AT = "program-holder/"
urlpatterns = [
    path(_AT, students, name="holder_students"),
    path(f"{_AT}claims/", claims_of, name="holder_claims"),
    path(f"{_AT}claims/<str:claim_id>/", claim, name="holder_claim"),
    path(f"{_AT}claims/<str:claim_id>/verify", verify, name="holder_claim_verify"),
    path(f"{_AT}claims/<str:claim_id>/reject", reject, name="holder_claim_reject"),
    path(f"{_AT}claims/<str:claim_id>/files/<str:file_id>", claim_file, name="holder_claim_file"),
    path(f"{_AT}enrollments/<str:enrollment_id>/", student, name="holder_student"),
    path(f"{_AT}enrollments/<str:enrollment_id>/complete", mark, name="holder_mark"),
]
