"""A program holder's page of results that found nobody: of its own programs, where the operator allows it."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.http import require_POST

from heliograph.accounts.page_access import actor_of
from heliograph.core.errors import Forbidden
from heliograph.core.translation import gettext
from heliograph.marketplace.errors import PartnerResultNotFound
from heliograph.marketplace.holder_portal.pages import for_holders
from heliograph.marketplace.holder_portal.queries import enrollment_for
from heliograph.marketplace.partners import deciding, queries
from heliograph.marketplace.partners.forms import MatchResult
from heliograph.marketplace.partners.pages import shown_result
from heliograph.marketplace.partners.tables import REASONS, RESULTS, STATES

if TYPE_CHECKING:
    from heliograph.marketplace.models import Holder, PartnerResult

MATCH = "match_results"


@for_holders
def holder_results(request: HttpRequest, mine: list[Holder]) -> HttpResponseBase:
    query = RESULTS.read(request)
    allowed = _allowed(mine)
    rows = queries.results_for_holders(allowed, mine[0].organization_id, query.search)
    if query.csv:
        return RESULTS.file(query, rows)
    table = RESULTS.page(request, query, rows)
    shown = {"table": table, "states": STATES, "reasons": REASONS, "view": "holder_result"}
    return render(request, "marketplace/holder/partner_results.html", shown)


@for_holders
def holder_result(request: HttpRequest, mine: list[Holder], result_id: str) -> HttpResponseBase:
    found = _result(mine, result_id)
    allowed = set(_allowed(mine))
    fitting = [row for row in queries.candidates(found) if row.program.holder_id in allowed]
    shown = shown_result(found) | {"candidates": fitting}
    return render(request, "marketplace/holder/partner_result.html", shown)


@require_POST
@for_holders
def holder_match(request: HttpRequest, mine: list[Holder], result_id: str) -> HttpResponseBase:
    """Match a result to a student of their own. What it teaches of the person is the operator's to keep."""
    found, actor = _result(mine, result_id), actor_of(request)
    enrollment = enrollment_for(actor, MatchResult.sent(request)["enrollment"], MATCH)
    deciding.match_allowed(actor, found, enrollment, remember=False)
    messages.success(request, gettext("Changes saved."))
    return redirect("holder_results")


def _allowed(mine: list[Holder]) -> list[UUID]:
    """The ids of the holders whose people may match. Raises `Forbidden` where none may."""
    allowed = [holder.id for holder in mine if MATCH in holder.permissions]
    if not allowed:
        raise Forbidden(
            gettext("“%(holder)s” may not do this. Ask the operator of the marketplace.")
            % {"holder": mine[0]},
            code="holder_may_not",
        )
    return allowed


def _result(mine: list[Holder], result_id: str) -> PartnerResult:
    found = queries.result(mine[0].organization_id, result_id)
    shown = queries.results_for_holders(_allowed(mine), found.organization_id)
    if not shown.filter(id=found.id).exists():
        raise PartnerResultNotFound(gettext("Result not found."))
    return found


_AT = "program-holder/partner-results/"
urlpatterns = [
    path(_AT, holder_results, name="holder_results"),
    path(f"{_AT}<str:result_id>/", holder_result, name="holder_result"),
    path(f"{_AT}<str:result_id>/match", holder_match, name="holder_result_match"),
]
