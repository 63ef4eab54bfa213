"""Pages of deployments and sessions: where a dispatch is opened, and by whom."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.http import require_POST

from heliograph.accounts.access import actor_of, page
from heliograph.core.actor import Role
from heliograph.core.listing import as_csv, listing
from heliograph.dispatch import queries
from heliograph.dispatch.deployments import actions

SESSION_COLUMNS = {
    "launched": lambda one: one.launched_at.isoformat(),
    "last_activity": lambda one: one.last_activity_at.isoformat(),
    "deployment": lambda one: str(one.deployment),
    "learner": lambda one: one.learner_identifier,
    "name": lambda one: one.learner_name,
    "unconfirmed": lambda one: "yes" if one.unconfirmed else "",
    "admitted_late": lambda one: one.admitted_late or "",
    "mail": lambda one: one.learner_email,
    "completion": lambda one: one.completion,
    "success": lambda one: one.success,
    "score_raw": lambda one: one.score_raw,
    "score_min": lambda one: one.score_min,
    "score_max": lambda one: one.score_max,
    "seconds": lambda one: one.centiseconds / 100,
}


@page()
def sessions(request: HttpRequest, dispatch_id: str) -> HttpResponseBase:
    actor = actor_of(request)
    found = queries.dispatch(actor.organization_id, dispatch_id)
    chosen = request.GET.get("deployment", "")
    of = request.GET.get("of", "")
    rows = queries.sessions(found, chosen, of)
    if request.GET.get("csv"):
        return as_csv("sessions", SESSION_COLUMNS, rows)
    shown = {
        "dispatch": found,
        "listing": listing(request, rows),
        "deployments": queries.deployments(found)[:50],
        "chosen": chosen,
        "of": of,
    }
    return render(request, "dispatch/sessions.html", shown)


@require_POST
@page(Role.MANAGER)
def change(request: HttpRequest, deployment_id: str) -> HttpResponseBase:
    """Name a deployment, or suspend and resume it."""
    found = queries.deployment(actor_of(request).organization_id, deployment_id)
    form = request.POST
    changes: dict[str, Any] = (
        {"name": form["name"].strip()} if "name" in form else {"suspended": form.get("suspended") == "1"}
    )
    actions.change_deployment(actor_of(request), found, **changes)
    messages.success(request, "Saved.")
    return redirect("dispatch", found.dispatch_id)


urlpatterns = [
    path("admin/dispatch/<str:dispatch_id>/sessions/", sessions, name="dispatch_sessions"),
    path("admin/deployments/<str:deployment_id>/change", change, name="deployment_change"),
]
