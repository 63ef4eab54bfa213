"""Pages of dispatches and destinations."""

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.http import require_POST

from heliograph.accounts.page_access import actor_of, page
from heliograph.audit import queries as audit
from heliograph.core.errors import Invalid
from heliograph.core.ids import parse_number
from heliograph.core.roles import Role
from heliograph.core.web.listing import as_csv, listing
from heliograph.courses import queries as courses
from heliograph.dispatch import actions, admission, downloads, forms, queries, states, stub_keys
from heliograph.dispatch.licenses import pages as licenses_pages
from heliograph.dispatch.licenses import usage
from heliograph.dispatch.package.formats import FORMATS
from heliograph.dispatch.postbacks import actions as postbacks
from heliograph.dispatch.results import queries as results
from heliograph.runtime import queries as registrations

CHOICES = 500  # more courses or destinations than this are found by search, not in a list


@page()
def dispatches(request: HttpRequest) -> HttpResponseBase:
    actor = actor_of(request)
    search, state = request.GET.get("search", ""), request.GET.get("state", "")
    dispatches = states.dispatches(actor.organization_id, search, state)
    if request.GET.get("csv"):
        return as_csv("dispatches", DISPATCH_COLUMNS, dispatches, usage.load)
    shown = {
        "listing": listing(request, dispatches, usage.load),
        "search": search,
        "state": state,
        "counts": states.state_counts(actor.organization_id),
        "summary": results.summary(actor.organization_id),
        "courses": courses.courses(actor.organization_id).exclude(published=None)[:CHOICES],
        "destinations": queries.named_destinations(actor.organization_id)[:CHOICES],
        "new": request.GET.get("new", ""),
    }
    return render(request, "dispatch/dispatches.html", shown)


DISPATCH_COLUMNS = {
    "key": lambda dispatch: dispatch.key,
    "name": lambda dispatch: dispatch.name,
    "course": lambda dispatch: dispatch.course.title,
    "destination": lambda dispatch: dispatch.destination.name,
    "state": states.state_of,
    "registrations": lambda dispatch: dispatch.registrations_used,
    "limit": lambda dispatch: dispatch.registration_limit,
    "license": lambda dispatch: license.name if (license := usage.active(dispatch)) else "",
    "used": lambda dispatch: "; ".join(
        f"{use.used} of {use.limit} {use.what}" for use in usage.uses(dispatch)
    ),
    "expires": lambda dispatch: moment.isoformat() if (moment := usage.ends_at(dispatch)) else "",
    "downloads": lambda dispatch: dispatch.download_count,
}


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
    actor = actor_of(request)
    dispatch = queries.dispatch(actor.organization_id, dispatch_id)
    shown = {
        "dispatch": dispatch,
        "state": states.state_of(dispatch),
        "formats": FORMATS.values(),
        "learners": registrations.registrations(actor.organization_id, dispatch_id=dispatch.id)[:20],
        "counts": queries.learner_counts(dispatch),
        "lms": results.results_in_lms(dispatch),
        "receipts": results.receipts(dispatch)[:12],
        "licenses": licenses_pages.shown(dispatch),
        "deployments": queries.deployments(dispatch)[:50],
        "entries": audit.entries(actor.organization_id, dispatch.id)[:20],
        "link": request.session.pop(f"launch_link:{dispatch.id}", None),
        "postbacks": postbacks.of_dispatch(dispatch)[:10],
        "signing_secret": request.session.pop(f"signing_secret:{dispatch.id}", None),
    }
    return render(request, "dispatch/dispatch.html", shown)


@require_POST
@page(Role.MANAGER)
def change(request: HttpRequest, dispatch_id: str) -> HttpResponseBase:
    dispatch = queries.dispatch(actor_of(request).organization_id, dispatch_id)
    changes = {
        **_limits(request),
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
    return redirect("dispatch", dispatch.id)


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
    return redirect("dispatch", dispatch.id)


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


@page()
def destinations(request: HttpRequest) -> HttpResponseBase:
    actor = actor_of(request)
    search = request.GET.get("search", "")
    destinations = queries.destinations(actor.organization_id, search)
    if request.GET.get("csv"):
        columns = {
            "key": lambda destination: destination.key,
            "name": lambda destination: destination.name,
            "dispatches": lambda destination: destination.dispatch_count,
            "notes": lambda destination: destination.notes,
        }
        return as_csv("destinations", columns, destinations)
    return render(
        request, "dispatch/destinations.html", {"listing": listing(request, destinations), "search": search}
    )


@require_POST
@page(Role.MANAGER)
def destination_create(request: HttpRequest) -> HttpResponseBase:
    form = request.POST
    made = actions.create_destination(
        actor_of(request), form.get("name", ""), form.get("key", ""), form.get("notes", "")
    )
    messages.success(request, f"Customer “{made.name}” created. Next: create a dispatch.")
    return redirect("destination", made.id)


@page()
def destination(request: HttpRequest, destination_id: str) -> HttpResponseBase:
    actor = actor_of(request)
    destination = queries.destination(actor.organization_id, destination_id)
    mine = queries.dispatches(actor.organization_id).filter(destination=destination)
    return render(
        request,
        "dispatch/destination.html",
        {
            "destination": destination,
            "dispatches": usage.load(mine[:200]),
            "licenses": licenses_pages.shown(destination),
            "formats": FORMATS.values(),
        },
    )


@page(Role.MANAGER)
def destination_packages(request: HttpRequest, destination_id: str) -> HttpResponseBase:
    """The packages of all its dispatches in one zip."""
    actor = actor_of(request)
    destination = queries.destination(actor.organization_id, destination_id)
    chosen = queries.dispatches(actor.organization_id).filter(destination=destination)
    return downloads.packages(
        actor, destination, chosen, request.GET.get("format", ""), request.GET.get("mode", "")
    )


@require_POST
@page(Role.MANAGER)
def destination_change(request: HttpRequest, destination_id: str) -> HttpResponseBase:
    destination = queries.destination(actor_of(request).organization_id, destination_id)
    changes = {
        name: request.POST.get(name, "").strip()
        for name in ("name", "notes", "identity", "host", "redirect_origin")
    }
    actions.change_destination(actor_of(request), destination, **changes)
    messages.success(request, "Saved.")
    return redirect("destination", destination.id)


@require_POST
@page(Role.MANAGER)
def destination_delete(request: HttpRequest, destination_id: str) -> HttpResponseBase:
    destination = queries.destination(actor_of(request).organization_id, destination_id)
    actions.delete_destination(actor_of(request), destination)
    messages.success(request, f"“{destination.name}” was deleted.")
    return redirect("destinations")


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
    path("admin/dispatch/<str:dispatch_id>/change", change, name="dispatch_change"),
    path("admin/dispatch/<str:dispatch_id>/enable", enable, name="dispatch_enable"),
    path("admin/dispatch/<str:dispatch_id>/rekey", rekey, name="dispatch_rekey"),
    path("admin/dispatch/<str:dispatch_id>/delete", delete, name="dispatch_delete"),
    path("admin/dispatch/<str:dispatch_id>/package", package, name="dispatch_package"),
    path("admin/dispatch/<str:dispatch_id>/launch", launch_link, name="dispatch_launch"),
    path("admin/destinations/", destinations, name="destinations"),
    path("admin/destinations/new", destination_create, name="destination_create"),
    path("admin/destinations/<str:destination_id>/", destination, name="destination"),
    path(
        "admin/destinations/<str:destination_id>/packages", destination_packages, name="destination_packages"
    ),
    path("admin/destinations/<str:destination_id>/change", destination_change, name="destination_change"),
    path("admin/destinations/<str:destination_id>/delete", destination_delete, name="destination_delete"),
]
