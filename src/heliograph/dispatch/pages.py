"""Pages of dispatches."""

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.http import require_POST

from heliograph.accounts.page_access import actor_of, page
from heliograph.audit import queries as audit
from heliograph.audit.tables import OF_ONE_THING
from heliograph.core.errors import Invalid
from heliograph.core.ids import parse_number
from heliograph.core.roles import Role
from heliograph.courses import queries as courses
from heliograph.dispatch import (
    actions,
    admission,
    downloads,
    forms,
    frame,
    queries,
    states,
    stub_keys,
    tables,
)
from heliograph.dispatch.licenses import pages as licenses_pages
from heliograph.dispatch.next_steps import next_steps
from heliograph.dispatch.package.formats import FORMATS
from heliograph.dispatch.results import queries as results
from heliograph.runtime import queries as registrations
from heliograph.runtime.tables import OF_DISPATCH

CHOICES = 500  # more courses or destinations than this are found by search, not in a list


@page()
def dispatches(request: HttpRequest) -> HttpResponseBase:
    organization_id = actor_of(request).organization_id
    query = tables.DISPATCHES.read(request)
    rows = states.dispatches(organization_id, query.search, query.filters["state"])
    rows, names = tables.of_things(organization_id, rows, query.filters)
    if query.csv:
        return tables.DISPATCHES.file(query, rows)
    shown = {
        "table": tables.DISPATCHES.page(request, query, rows, states.state_counts(organization_id), names),
        "courses": courses.courses(organization_id).exclude(published=None)[:CHOICES],
        "destinations": queries.named_destinations(organization_id)[:CHOICES],
        "new": request.GET.get("new", ""),
        "new_for": request.GET.get("new_for", ""),
    }
    return render(request, "dispatch/dispatches.html", shown)


@require_POST
@page(Role.MANAGER)
@transaction.atomic  # a customer that was made for a dispatch that is refused would be left behind
def create(request: HttpRequest) -> HttpResponseBase:
    actor = actor_of(request)
    form = request.POST
    course = courses.course(actor.organization_id, form.get("course", ""))
    if form.get("new_destination", "").strip():
        destination = actions.create_destination(actor, form["new_destination"])
    else:
        destination = queries.destination(actor.organization_id, form.get("destination", ""))
    made = actions.create_dispatch(actor, course, destination, name=form.get("name", ""), **_limits(request))
    messages.success(request, "Dispatch created. Download the package and send it to the customer.")
    return redirect("dispatch", made.id)


@page()
def dispatch(request: HttpRequest, dispatch_id: str) -> HttpResponseBase:
    organization_id = actor_of(request).organization_id
    dispatch = queries.dispatch(organization_id, dispatch_id)
    in_lms = results.results_in_lms(dispatch)
    return frame.show(
        request,
        "dispatch/dispatch.html",
        dispatch,
        frame.OVERVIEW,
        learners=registrations.registrations(organization_id, dispatch_id=dispatch.id)[:10],
        counts=queries.learner_counts(dispatch),
        lms=in_lms,
        next_steps=next_steps(dispatch, states.state_of(dispatch), in_lms),
        entries=audit.entries(organization_id, dispatch.id)[:5],
        link=request.session.pop(f"launch_link:{dispatch.id}", None),
    )


@page()
def learners(request: HttpRequest, dispatch_id: str) -> HttpResponseBase:
    organization_id = actor_of(request).organization_id
    dispatch = queries.dispatch(organization_id, dispatch_id)
    query = OF_DISPATCH.read(request)
    chosen = {name: value for name, value in query.filters.items() if value}
    rows = registrations.registrations(organization_id, query.search, dispatch_id=dispatch.id, **chosen)
    if query.csv:
        return OF_DISPATCH.file(query, rows)
    table = OF_DISPATCH.page(request, query, rows)
    return frame.show(request, "dispatch/learners.html", dispatch, frame.LEARNERS, table=table)


@page()
def packages(request: HttpRequest, dispatch_id: str) -> HttpResponseBase:
    dispatch = queries.dispatch(actor_of(request).organization_id, dispatch_id)
    return frame.show(request, "dispatch/packages.html", dispatch, frame.PACKAGE, formats=FORMATS.values())


@page()
def access(request: HttpRequest, dispatch_id: str) -> HttpResponseBase:
    """Who may launch: the dispatch's own limits and settings, and its licenses."""
    dispatch = queries.dispatch(actor_of(request).organization_id, dispatch_id)
    shown = licenses_pages.shown(dispatch)
    return frame.show(request, "dispatch/access.html", dispatch, frame.LIMITS, licenses=shown)


@page()
def activity(request: HttpRequest, dispatch_id: str) -> HttpResponseBase:
    organization_id = actor_of(request).organization_id
    dispatch = queries.dispatch(organization_id, dispatch_id)
    query = OF_ONE_THING.read(request)
    rows = audit.matching(
        organization_id, subject=str(dispatch.id), search=query.search, who=query.filters["who"]
    )
    if query.csv:
        return OF_ONE_THING.file(query, rows)
    table = OF_ONE_THING.page(request, query, rows)
    return frame.show(request, "dispatch/activity.html", dispatch, frame.ACTIVITY, table=table)


@require_POST
@page(Role.MANAGER)
def change(request: HttpRequest, dispatch_id: str) -> HttpResponseBase:
    dispatch = queries.dispatch(actor_of(request).organization_id, dispatch_id)
    changes = {
        "name": request.POST.get("name", ""),
        "description": request.POST.get("description", ""),
        "allowed_domains": request.POST.get("allowed_domains", "").split(),
        "tags": [tag for tag in request.POST.get("tags", "").split(",") if tag.strip()],
        "exit_to": request.POST.get("exit_to", ""),
        "instanced": request.POST.get("instanced") == "on",
        "confirmed_only": bool(request.POST.get("confirmed_only")),
        "tracking": bool(request.POST.get("tracking")),
    }
    actions.change_dispatch(actor_of(request), dispatch, **changes)
    messages.success(request, "Saved. Applies from the next launch.")
    return redirect("dispatch_limits", dispatch.id)


@require_POST
@page(Role.MANAGER)
def change_limits(request: HttpRequest, dispatch_id: str) -> HttpResponseBase:
    dispatch = queries.dispatch(actor_of(request).organization_id, dispatch_id)
    actions.change_dispatch(actor_of(request), dispatch, **_limits(request))
    messages.success(request, "Saved. Applies from the next launch.")
    return redirect("dispatch_limits", dispatch.id)


@require_POST
@page(Role.MANAGER)
def enable(request: HttpRequest, dispatch_id: str) -> HttpResponseBase:
    dispatch = queries.dispatch(actor_of(request).organization_id, dispatch_id)
    actions.change_dispatch(actor_of(request), dispatch, enabled=request.POST.get("enabled") == "1")
    return redirect("dispatch", dispatch.id)


@require_POST
@page(Role.MANAGER)
def rekey(request: HttpRequest, dispatch_id: str) -> HttpResponseBase:
    dispatch = queries.dispatch(actor_of(request).organization_id, dispatch_id)
    days = parse_number(request.POST.get("grace_days", "").strip() or "0")
    if days is None:
        raise Invalid("Grace period must be a whole number of days.")
    stub_keys.rekey(actor_of(request), dispatch, days)
    messages.success(request, "Key rotated. Download a new package for the customer.")
    return redirect("dispatch_packages", dispatch.id)


@require_POST
@page(Role.MANAGER)
def bulk(request: HttpRequest) -> HttpResponseBase:
    """What is ticked in the list is enabled, disabled, extended or deleted, each for itself; or their
    packages are downloaded.
    """
    actor = actor_of(request)
    form = request.POST
    chosen = [queries.dispatch(actor.organization_id, id_or_key) for id_or_key in form.getlist("dispatch")]
    do = form.get("do", "")
    if do == "download":
        return downloads.packages(actor, None, chosen, "", "")
    changes: dict[str, dict[str, Any]] = {
        "on": {"enabled": True},
        "off": {"enabled": False},
        "extend": {"expires_at": forms.last_moment(form.get("expires_at", ""))},
    }
    if do != "delete" and do not in changes:
        raise Invalid("Choose an action.")
    changed, refused = actions.change_many(actor, chosen, delete=do == "delete", **changes.get(do, {}))
    messages.success(request, f"{changed} dispatch{'' if changed == 1 else 'es'} updated.")
    for problem in refused[:5]:
        messages.error(request, problem["detail"])
    return redirect("dispatches")


@require_POST
@page(Role.MANAGER)
def delete(request: HttpRequest, dispatch_id: str) -> HttpResponseBase:
    dispatch = queries.dispatch(actor_of(request).organization_id, dispatch_id)
    actions.delete_dispatch(actor_of(request), dispatch)
    messages.success(request, f"“{dispatch.name}” was deleted.")
    return redirect("dispatches")


@page(Role.MANAGER)
def package(request: HttpRequest, dispatch_id: str) -> HttpResponseBase:
    dispatch = queries.dispatch(actor_of(request).organization_id, dispatch_id)
    return downloads.package(
        actor_of(request), dispatch, request.GET.get("format", ""), request.GET.get("mode", "hosted")
    )


@require_POST
@page(Role.MANAGER)
def launch_link(request: HttpRequest, dispatch_id: str) -> HttpResponseBase:
    """A direct link for one learner, shown on the dispatch's page."""
    dispatch = queries.dispatch(actor_of(request).organization_id, dispatch_id)
    form = request.POST
    link = admission.direct_link(dispatch, form.get("learner", ""), form.get("learner_name", ""))
    request.session[f"launch_link:{dispatch.id}"] = {
        "url": link.url,
        "expires_at": link.expires_at.isoformat(),
        "learner": form.get("learner", ""),
    }
    return redirect("dispatch", dispatch.id)


def _limits(request: HttpRequest) -> dict[str, Any]:
    """The limits as a form sends them: empty fields mean no limit."""
    form = request.POST
    limit = form.get("registration_limit", "").strip()
    if limit and parse_number(limit) is None:
        raise Invalid(
            "Learner limit must be a whole number of 1 or more. Leave blank for unlimited.",
            field="registration_limit",
        )
    return {
        "registration_limit": parse_number(limit),
        "expires_at": forms.last_moment(form.get("expires_at", "")),
        "new_learners_allowed": bool(form.get("new_learners_allowed")),
    }


urlpatterns = [
    path("admin/dispatch/", dispatches, name="dispatches"),
    path("admin/dispatch/new", create, name="dispatch_create"),
    path("admin/dispatch/bulk", bulk, name="dispatch_bulk"),
    path("admin/dispatch/<str:dispatch_id>/", dispatch, name="dispatch"),
    path("admin/dispatch/<str:dispatch_id>/learners/", learners, name="dispatch_learners"),
    path("admin/dispatch/<str:dispatch_id>/packages/", packages, name="dispatch_packages"),
    path("admin/dispatch/<str:dispatch_id>/limits/", access, name="dispatch_limits"),
    path("admin/dispatch/<str:dispatch_id>/activity/", activity, name="dispatch_activity"),
    path("admin/dispatch/<str:dispatch_id>/change", change, name="dispatch_change"),
    path("admin/dispatch/<str:dispatch_id>/change-limits", change_limits, name="dispatch_change_limits"),
    path("admin/dispatch/<str:dispatch_id>/enable", enable, name="dispatch_enable"),
    path("admin/dispatch/<str:dispatch_id>/rekey", rekey, name="dispatch_rekey"),
    path("admin/dispatch/<str:dispatch_id>/delete", delete, name="dispatch_delete"),
    path("admin/dispatch/<str:dispatch_id>/package", package, name="dispatch_package"),
    path("admin/dispatch/<str:dispatch_id>/launch", launch_link, name="dispatch_launch"),
]
