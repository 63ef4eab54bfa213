"""Pages of deployments and sessions: where a dispatch is opened, and by whom."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import path
from django.views.decorators.http import require_POST

from heliograph.accounts.page_access import actor_of, page
from heliograph.core.permissions import Permission
from heliograph.core.translation import gettext, gettext_lazy
from heliograph.dispatch import consequences, frame, queries
from heliograph.dispatch.deployments import actions
from heliograph.dispatch.deployments.forms import DeploymentName
from heliograph.ui.confirmation import CONFIRMED, question
from heliograph.ui.tables import ChoiceFilter, Column, RelatedFilter, Table
from heliograph.ui.undo import undoable

CONNECTIONS = Table(
    "connections",
    gettext_lazy("LMS connection"),
    gettext_lazy("LMS connections"),
    columns=(
        Column("lms", gettext_lazy("LMS"), "domain"),
        Column("state", gettext_lazy("Status")),
        Column("launches", gettext_lazy("Launches"), "launches", number=True),
        Column("learners", gettext_lazy("Learners"), "learners", number=True),
        Column("last_activity", gettext_lazy("Last activity"), "last_activity_at"),
    ),
    csv={
        "LMS": str,
        "domain": lambda deployment: deployment.domain,
        "status": queries.deployment_state,
        "launches": lambda deployment: deployment.launches,
        "learners": lambda deployment: deployment.learners,
        "last activity": lambda deployment: (
            deployment.last_activity_at.isoformat() if deployment.last_activity_at else ""
        ),
    },
)
SESSIONS = Table(
    "sessions",
    gettext_lazy("session"),
    gettext_lazy("sessions"),
    columns=(
        Column("learner", gettext_lazy("Learner"), "learner_name"),
        Column("lms", gettext_lazy("LMS")),
        Column("started", gettext_lazy("Started"), "id"),
        Column("last_activity", gettext_lazy("Last activity"), "last_activity_at"),
        Column("completion", gettext_lazy("Completion")),
        Column("score", gettext_lazy("Score"), "score_raw", number=True),
        Column("time", gettext_lazy("Time"), "centiseconds", number=True),
    ),
    filters=(
        ChoiceFilter(
            "of",
            gettext_lazy("Learners"),
            {"unconfirmed": gettext_lazy("Not confirmed"), "late": gettext_lazy("Admitted late")},
            open=True,
        ),
        RelatedFilter("deployment", gettext_lazy("LMS connection")),
    ),
    dated=True,
    searched=gettext_lazy("Learner name, ID or email"),
    csv={
        "started": lambda session: session.launched_at.isoformat(),
        "last activity": lambda session: session.last_activity_at.isoformat(),
        "LMS": lambda session: str(session.deployment),
        "learner": lambda session: session.learner_identifier,
        "name": lambda session: session.learner_name,
        "not confirmed": lambda session: "yes" if session.unconfirmed else "",
        "admitted late": lambda session: session.admitted_late or "",
        "email": lambda session: session.learner_email,
        "completion": lambda session: session.completion,
        "success": lambda session: session.success,
        "score raw": lambda session: session.score_raw,
        "score min": lambda session: session.score_min,
        "score max": lambda session: session.score_max,
        "seconds": lambda session: session.centiseconds / 100,
    },
)


@page(Permission.DISPATCHES_VIEW)
def connections(request: HttpRequest, dispatch_id: str) -> HttpResponseBase:
    dispatch = queries.dispatch(actor_of(request).organization_id, dispatch_id)
    query, rows = CONNECTIONS.read(request), queries.deployments(dispatch)
    if query.csv:
        return CONNECTIONS.file(query, rows)
    table = CONNECTIONS.page(request, query, rows)
    return frame.show(request, "dispatch/connections.html", dispatch, frame.CONNECTIONS, table=table)


@page(Permission.REGISTRATIONS_VIEW)
def sessions(request: HttpRequest, dispatch_id: str) -> HttpResponseBase:
    organization_id = actor_of(request).organization_id
    dispatch = queries.dispatch(organization_id, dispatch_id)
    query = SESSIONS.read(request)
    chosen = query.filters["deployment"]
    rows = queries.sessions(dispatch, chosen, query.filters["of"], query.search)
    if query.csv:
        return SESSIONS.file(query, rows)
    names = {chosen: str(queries.deployment(organization_id, chosen))} if chosen else {}
    table = SESSIONS.page(request, query, rows, names=names)
    return frame.show(request, "dispatch/sessions.html", dispatch, frame.CONNECTIONS, table=table)


@require_POST
@page(Permission.DISPATCHES_MANAGE)
def change(request: HttpRequest, deployment_id: str) -> HttpResponseBase:
    """Name a deployment, or suspend and resume it."""
    deployment = queries.deployment(actor_of(request).organization_id, deployment_id)
    form = request.POST
    if form.get("suspended") == "1":
        title = gettext("Suspend %(lms)s?") % {"lms": deployment}
        if asked := question(request, title, gettext("Suspend"), consequences.of_suspending(deployment)):
            return asked
    changes: dict[str, Any] = (
        DeploymentName.sent(request) if "name" in form else {"suspended": form.get("suspended") == "1"}
    )
    actions.change_deployment(actor_of(request), deployment, **changes)
    if "suspended" in changes:
        suspended = changes["suspended"]
        back = {"suspended": "0"} if suspended else {"suspended": "1", CONFIRMED: "1"}
        undoable(request, f"{deployment} {'suspended' if suspended else 'resumed'}.", request.path, **back)
    else:
        messages.success(request, gettext("Saved."))
    return redirect("dispatch_connections", deployment.dispatch_id)


urlpatterns = [
    path("admin/dispatch/<str:dispatch_id>/connections/", connections, name="dispatch_connections"),
    path("admin/dispatch/<str:dispatch_id>/sessions/", sessions, name="dispatch_sessions"),
    path("admin/deployments/<str:deployment_id>/change", change, name="deployment_change"),
]
