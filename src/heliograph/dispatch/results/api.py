"""REST routes of what customers' LMSs have: receipts, and results."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema

from heliograph.accounts.api_auth import SIGNED_IN
from heliograph.core.ids import parse_id
from heliograph.core.web.paging import DatedQuery, PageQuery, page_of
from heliograph.core.web.schemas import problems
from heliograph.dispatch import queries
from heliograph.dispatch.lookups import dispatch_of
from heliograph.dispatch.models import RelayReceipt
from heliograph.dispatch.results import diagnosis
from heliograph.dispatch.results import queries as results

if TYPE_CHECKING:
    from heliograph.runtime.models import Registration

router = Router(tags=["Dispatches"], auth=SIGNED_IN)


class ReceiptOut(Schema):
    id: str
    registration: str
    element: str
    written: str
    kept: str
    agrees: bool | None = Field(description="Null where the value can't be read back from the LMS.")
    error: str
    reason: str = Field(description="Code of the likely cause of a mismatch; otherwise empty.")
    advice: str = Field(description="Likely cause and fix of a mismatch, for the customer; otherwise empty.")
    written_at: datetime


class ReceiptQuery(DatedQuery):
    agrees: bool | None = Field(None, description="Matches only, or mismatches only.")
    registration: str = Field("", description="Registration ID.")


class ReceiptPage(Schema):
    items: list[ReceiptOut]
    next_cursor: str | None
    next: str | None


class ResultQuery(PageQuery):
    state: Literal["", "confirmed", "differs", "not_written", "unreadable"] = Field(
        "", description="Status of the result in the LMS."
    )


class ResultOut(Schema):
    registration: str
    learner_id: str
    learner_name: str
    completion: str
    success: str
    score_scaled: float | None
    in_the_lms: Literal["confirmed", "differs", "not_written", "unreadable"]


class ResultPage(Schema):
    items: list[ResultOut]
    next_cursor: str | None
    next: str | None


@router.get(
    "/{dispatch_id}/receipts",
    response={200: ReceiptPage, **problems(404, 422)},
    summary="List relay receipts",
)
def list_lms_receipts(request: HttpRequest, dispatch_id: str, query: Query[ReceiptQuery]) -> Any:
    """Values sent to the customer's LMS compared with what it stored, newest first."""
    rows = results.receipts(dispatch_of(request, dispatch_id))
    if query.agrees is not None:
        rows = rows.filter(agrees=query.agrees)
    if query.registration:
        rows = rows.filter(registration_id=parse_id(query.registration) or queries.NO_ID)
    return page_of(request, rows, query, show_receipt)


@router.get(
    "/{dispatch_id}/results",
    response={200: ResultPage, **problems(404, 422)},
    summary="List results in the LMS",
)
def list_lms_results(request: HttpRequest, dispatch_id: str, query: Query[ResultQuery]) -> Any:
    """Learners who started through an LMS, newest first: whether the LMS has their result (confirmed), has
    another one, was not sent it yet, or can't be read.
    """
    return page_of(
        request, results.learners_in_lms(dispatch_of(request, dispatch_id), query.state), query, show_result
    )


def show_result(registration: Registration) -> dict[str, Any]:
    columns = ("completion", "success", "score_scaled")
    return {
        "registration": str(registration.id),
        "learner_id": registration.learner.identifier,
        "learner_name": registration.learner.name,
        "in_the_lms": registration.lms_state,  # type: ignore[attr-defined]
        **{column: getattr(registration, column) for column in columns},
    }


def show_receipt(receipt: RelayReceipt) -> dict[str, Any]:
    columns = ("element", "written", "kept", "agrees", "error", "written_at")
    reason = (
        None
        if receipt.agrees is not False
        else diagnosis.likely_reason(receipt.element, receipt.written, receipt.kept, receipt.error)
    )
    return {
        "reason": reason.code if reason else "",
        "advice": f"{reason.sentence} {reason.advice}" if reason else "",
        "id": str(receipt.id),
        "registration": str(receipt.registration_id),
        **{column: getattr(receipt, column) for column in columns},
    }
