"""Pages of what customers' LMSs have: receipts, and results."""

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import path

from heliograph.accounts.page_access import actor_of, page
from heliograph.core.web.listing import as_csv, listing
from heliograph.dispatch import queries
from heliograph.dispatch.results import queries as results


@page()
def receipt_list(request: HttpRequest, dispatch_id: str) -> HttpResponseBase:
    dispatch = queries.dispatch(actor_of(request).organization_id, dispatch_id)
    rows = results.receipts(dispatch)
    only = request.GET.get("agrees", "")
    if only in ("0", "1"):
        rows = rows.filter(agrees=only == "1")
    if request.GET.get("csv"):
        columns = {
            "at": lambda readback: readback.written_at.isoformat(),
            "learner": lambda readback: readback.registration.learner.identifier,
            "element": lambda readback: readback.element,
            "written": lambda readback: readback.written,
            "kept": lambda readback: readback.kept,
            "agrees": lambda readback: {True: "yes", False: "no", None: "not readable"}[readback.agrees],
            "error": lambda readback: readback.error,
        }
        return as_csv("receipts", columns, rows)
    return render(
        request,
        "dispatch/receipts.html",
        {"dispatch": dispatch, "listing": listing(request, rows), "only": only},
    )


@page()
def result_list(request: HttpRequest, dispatch_id: str) -> HttpResponseBase:
    """Whose result the customer's LMS has, and whose not."""
    dispatch = queries.dispatch(actor_of(request).organization_id, dispatch_id)
    state = request.GET.get("state", "")
    rows = results.learners_in_lms(dispatch, state)
    if request.GET.get("csv"):
        return as_csv("results", RESULT_COLUMNS, rows)
    shown = {
        "dispatch": dispatch,
        "listing": listing(request, rows),
        "chosen": state,
        "lms": results.results_in_lms(dispatch),
    }
    return render(request, "dispatch/results.html", shown)


RESULT_COLUMNS = {
    "learner": lambda registration: registration.learner.identifier,
    "name": lambda registration: registration.learner.name,
    "completion": lambda registration: registration.completion,
    "success": lambda registration: registration.success,
    "score_scaled": lambda registration: registration.score_scaled,
    "in_the_lms": lambda registration: registration.lms_state,
}


urlpatterns = [
    path("admin/dispatch/<str:dispatch_id>/receipts/", receipt_list, name="dispatch_receipts"),
    path("admin/dispatch/<str:dispatch_id>/results/", result_list, name="dispatch_results"),
]
