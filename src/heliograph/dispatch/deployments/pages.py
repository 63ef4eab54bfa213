"""Pages of deployments and sessions: where a dispatch is opened, and by whom."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.http import require_POST

from heliograph.accounts.page_access import actor_of, page
from heliograph.core.roles import Role
from heliograph.core.web.listing import as_csv, listing
from heliograph.dispatch import queries
from heliograph.dispatch.deployments import actions

SESSION_COLUMNS = {
    "launched": lambda session: session.launched_at.isoformat(),
    "last_activity": lambda session: session.last_activity_at.isoformat(),
    "deployment": lambda session: str(session.deployment),
    "learner": lambda session: session.learner_identifier,
    "name": lambda session: session.learner_name,
    "unconfirmed": lambda session: "yes" if session.unconfirmed else "",
    "admitted_late": lambda session: session.admitted_late or "",
    "mail": lambda session: session.learner_email,
    "completion": lambda session: session.completion,
    "success": lambda session: session.success,
    "score_raw": lambda session: session.score_raw,
    "score_min": lambda session: session.score_min,
    "score_max": lambda session: session.score_max,
    "seconds": lambda session: session.centiseconds / 100,
}


@page()
def sessions(request: HttpRequest, dispatch_id: str) -> HttpResponseBase:
    actor = actor_of(request)
    dispatch = queries.dispatch(actor.organization_id, dispatch_id)
    chosen = request.GET.get("deployment", "")
    of = request.GET.get("of", "")
    rows = queries.sessions(dispatch, chosen, of)
    if request.GET.get("csv"):
        return as_csv("sessions", SESSION_COLUMNS, rows)
    shown = {
        "dispatch": dispatch,
        "listing": listing(request, rows),
        "deployments": queries.deployments(dispatch)[:50],
        "chosen": chosen,
        "of": of,
    }
    return render(request, "dispatch/sessions.html", shown)


@require_POST
@page(Role.MANAGER)
def change(request: HttpRequest, deployment_id: str) -> HttpResponseBase:
    """Name a deployment, or suspend and resume it."""
    deployment = queries.deployment(actor_of(request).organization_id, deployment_id)
    form = request.POST
    changes: dict[str, Any] = (
        {"name": form["name"].strip()} if "name" in form else {"suspended": form.get("suspended") == "1"}
    )
    actions.change_deployment(actor_of(request), deployment, **changes)
    messages.success(request, "Saved.")
    return redirect("dispatch", deployment.dispatch_id)


urlpatterns = [
    path("admin/dispatch/<str:dispatch_id>/sessions/", sessions, name="dispatch_sessions"),
    path("admin/deployments/<str:deployment_id>/change", change, name="deployment_change"),
]
