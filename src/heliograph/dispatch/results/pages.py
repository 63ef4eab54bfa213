"""Pages of what customers' LMSs have: receipts, and results."""

from dataclasses import replace

from django.http import HttpRequest, HttpResponseBase
from django.urls import path

from heliograph.accounts.page_access import actor_of, page
from heliograph.core.permissions import Permission
from heliograph.core.translation import gettext_lazy
from heliograph.dispatch import frame, queries
from heliograph.dispatch.results import queries as results
from heliograph.runtime import frame as registration_frame
from heliograph.runtime import queries as registrations
from heliograph.ui.tables import ChoiceFilter, Column, Table
from heliograph.ui.tabs import Tab

OF_REGISTRATION = Tab(
    gettext_lazy("LMS results"),
    "registration_lms",
    only=lambda registration: registration.dispatch_id is not None,
)

RECEIPTS = Table(
    "receipts",
    gettext_lazy("value"),
    gettext_lazy("values"),
    columns=(
        Column("agrees", gettext_lazy("Status")),
        Column("element", gettext_lazy("Element"), "element"),
        Column("sent", gettext_lazy("Sent")),
        Column("stored", gettext_lazy("Stored in LMS")),
    ),
    filters=(
        ChoiceFilter(
            "agrees",
            gettext_lazy("Status"),
            {"0": gettext_lazy("Mismatches"), "1": gettext_lazy("Matches")},
            open=True,
        ),
    ),
    dated=True,
    csv={
        "date": lambda readback: readback.written_at.isoformat(),
        "learner": lambda readback: readback.registration.learner.identifier,
        "element": lambda readback: readback.element,
        "sent": lambda readback: readback.written,
        "stored in LMS": lambda readback: readback.kept,
        "matches": lambda readback: {True: "yes", False: "no", None: "not readable"}[readback.agrees],
        "error": lambda readback: readback.error,
    },
)
READBACKS = replace(RECEIPTS, name="readbacks")
RESULTS = Table(
    "results",
    gettext_lazy("result"),
    gettext_lazy("results"),
    columns=(
        Column("learner", gettext_lazy("Learner"), "learner__name"),
        Column("completion", gettext_lazy("Completion")),
        Column("success", gettext_lazy("Result")),
        Column("score", gettext_lazy("Score"), "score_scaled", number=True),
        Column("in_lms", gettext_lazy("In the LMS")),
        Column("last_activity", gettext_lazy("Last activity"), "last_activity_at"),
    ),
    filters=(
        ChoiceFilter(
            "state",
            gettext_lazy("In the LMS"),
            {
                "differs": gettext_lazy("Mismatched"),
                "not_written": gettext_lazy("Not yet sent"),
                "unreadable": gettext_lazy("Not readable"),
                "confirmed": gettext_lazy("Confirmed"),
            },
            open=True,
        ),
    ),
    csv={
        "learner": lambda registration: registration.learner.identifier,
        "name": lambda registration: registration.learner.name,
        "completion": lambda registration: registration.completion,
        "success": lambda registration: registration.success,
        "score scaled": lambda registration: registration.score_scaled,
        "in the LMS": lambda registration: registration.lms_state,
    },
)


@page(Permission.REGISTRATIONS_VIEW)
def receipt_list(request: HttpRequest, dispatch_id: str) -> HttpResponseBase:
    dispatch = queries.dispatch(actor_of(request).organization_id, dispatch_id)
    query, rows = RECEIPTS.read(request), results.receipts(dispatch)
    if query.filters["agrees"]:
        rows = rows.filter(agrees=query.filters["agrees"] == "1")
    if query.csv:
        return RECEIPTS.file(query, rows)
    table = RECEIPTS.page(request, query, rows)
    return frame.show(request, "dispatch/receipts.html", dispatch, frame.RESULTS, table=table)


@page(Permission.REGISTRATIONS_VIEW)
def result_list(request: HttpRequest, dispatch_id: str) -> HttpResponseBase:
    """Whose result the customer's LMS has, and whose not."""
    dispatch = queries.dispatch(actor_of(request).organization_id, dispatch_id)
    query = RESULTS.read(request)
    rows = results.learners_in_lms(dispatch, query.filters["state"])
    if query.csv:
        return RESULTS.file(query, rows)
    counts = results.results_in_lms(dispatch)
    table = RESULTS.page(request, query, rows, {"": counts["results"], **counts})
    return frame.show(request, "dispatch/results.html", dispatch, frame.RESULTS, table=table)


@page(Permission.REGISTRATIONS_VIEW)
def of_registration(request: HttpRequest, registration_id: str) -> HttpResponseBase:
    """What the customer's LMS has of one learner's result, and each value that it was sent."""
    organization_id = actor_of(request).organization_id
    registration = registrations.registration(organization_id, registration_id)
    query, rows = READBACKS.read(request), results.receipts_of(registration)
    if query.filters["agrees"]:
        rows = rows.filter(agrees=query.filters["agrees"] == "1")
    if query.csv:
        return READBACKS.file(query, rows)
    return registration_frame.show(
        request,
        "dispatch/registration_results.html",
        registration,
        OF_REGISTRATION,
        table=READBACKS.page(request, query, rows),
        lms_state=results.state_of(registration),
        dispatch=queries.dispatch(organization_id, str(registration.dispatch_id))
        if registration.dispatch_id
        else None,
    )


urlpatterns = [
    path("admin/dispatch/<str:dispatch_id>/receipts/", receipt_list, name="dispatch_receipts"),
    path("admin/dispatch/<str:dispatch_id>/results/", result_list, name="dispatch_results"),
    path("admin/registrations/<str:registration_id>/lms/", of_registration, name="registration_lms"),
]
