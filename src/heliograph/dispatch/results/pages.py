"""Pages of what customers' LMSs have: receipts, and results."""

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import path

from heliograph.accounts.access import actor_of, page
from heliograph.core.listing import as_csv, listing
from heliograph.dispatch import queries
from heliograph.dispatch.results import queries as results


@page()
def receipt_list(request: HttpRequest, dispatch_id: str) -> HttpResponseBase:
    found = queries.dispatch(actor_of(request).organization_id, dispatch_id)
    rows = results.receipts(found)
    only = request.GET.get("agrees", "")
    if only in ("0", "1"):
        rows = rows.filter(agrees=only == "1")
    if request.GET.get("csv"):
        columns = {
            "at": lambda one: one.written_at.isoformat(),
            "learner": lambda one: one.registration.learner.identifier,
            "element": lambda one: one.element,
            "written": lambda one: one.written,
            "kept": lambda one: one.kept,
            "agrees": lambda one: {True: "yes", False: "no", None: "not readable"}[one.agrees],
            "error": lambda one: one.error,
        }
        return as_csv("receipts", columns, rows)
    return render(
        request,
        "dispatch/receipts.html",
        {"dispatch": found, "listing": listing(request, rows), "only": only},
    )


@page()
def result_list(request: HttpRequest, dispatch_id: str) -> HttpResponseBase:
    """Whose result the customer's LMS has, and whose not."""
    found = queries.dispatch(actor_of(request).organization_id, dispatch_id)
    state = request.GET.get("state", "")
    rows = results.learners_in_lms(found, state)
    if request.GET.get("csv"):
        return as_csv("results", RESULT_COLUMNS, rows)
    shown = {
        "dispatch": found,
        "listing": listing(request, rows),
        "chosen": state,
        "lms": results.results_in_lms(found),
    }
    return render(request, "dispatch/results.html", shown)


RESULT_COLUMNS = {
    "learner": lambda one: one.learner.identifier,
    "name": lambda one: one.learner.name,
    "completion": lambda one: one.completion,
    "success": lambda one: one.success,
    "score_scaled": lambda one: one.score_scaled,
    "in_the_lms": lambda one: one.lms_state,
}


urlpatterns = [
    path("admin/dispatch/<str:dispatch_id>/receipts/", receipt_list, name="dispatch_receipts"),
    path("admin/dispatch/<str:dispatch_id>/results/", result_list, name="dispatch_results"),
]
