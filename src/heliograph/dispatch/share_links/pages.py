"""Making and revoking links for people without an account."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.views.decorators.http import require_POST

from heliograph.accounts.page_access import actor_of, page
from heliograph.core.ids import parse_number
from heliograph.core.roles import Role
from heliograph.core.web.listing import listing
from heliograph.dispatch import queries
from heliograph.dispatch.models import Deployment, Destination
from heliograph.dispatch.share_links import actions


@page(Role.MANAGER)
def portal_links(request: HttpRequest, destination_id: str) -> HttpResponseBase:
    """The links to a destination's portal; a POST makes another."""
    destination = queries.destination(actor_of(request).organization_id, destination_id)
    return _links(
        request,
        destination,
        reverse("destination", args=[destination.id]),
        reverse("portal_links", args=[destination.id]),
    )


@require_POST
@page(Role.MANAGER)
def portal_link_revoke(request: HttpRequest, destination_id: str, link_id: str) -> HttpResponseBase:
    destination = queries.destination(actor_of(request).organization_id, destination_id)
    actions.revoke(actor_of(request), destination, link_id)
    messages.success(request, "Link revoked.")
    return redirect("portal_links", destination.id)


@page(Role.MANAGER)
def share_links(request: HttpRequest, deployment_id: str) -> HttpResponseBase:
    """The links to a deployment's health; a POST makes another."""
    deployment = queries.deployment(actor_of(request).organization_id, deployment_id)
    return _links(
        request,
        deployment,
        reverse("dispatch", args=[deployment.dispatch_id]),
        reverse("share_links", args=[deployment.id]),
    )


@require_POST
@page(Role.MANAGER)
def share_link_revoke(request: HttpRequest, deployment_id: str, share_id: str) -> HttpResponseBase:
    deployment = queries.deployment(actor_of(request).organization_id, deployment_id)
    actions.revoke(actor_of(request), deployment, share_id)
    messages.success(request, "Link revoked.")
    return redirect("share_links", deployment.id)


def _links(request: HttpRequest, thing: Destination | Deployment, back: str, here: str) -> HttpResponseBase:
    made = f"guest_link:{thing.id}"
    if request.method == "POST":
        days = parse_number(request.POST.get("days", ""))
        _, request.session[made] = actions.make_link(actor_of(request), thing, days or 0)
        return redirect(here)
    rows = actions.links(thing)
    for link in (shown := listing(request, rows)).rows:
        link.state = actions.state_of(link)
    context = {
        "thing": thing,
        "of_destination": isinstance(thing, Destination),
        "back": back,
        "listing": shown,
        "address": request.session.pop(made, ""),
        "usual_days": actions.USUAL_DAYS,
        "longest_days": actions.LONGEST_DAYS,
    }
    return render(request, "dispatch/share_links.html", context)


urlpatterns = [
    path("admin/destinations/<str:destination_id>/links/", portal_links, name="portal_links"),
    path(
        "admin/destinations/<str:destination_id>/links/<str:link_id>/revoke",
        portal_link_revoke,
        name="portal_link_revoke",
    ),
    path("admin/deployments/<str:deployment_id>/links/", share_links, name="share_links"),
    path(
        "admin/deployments/<str:deployment_id>/links/<str:share_id>/revoke",
        share_link_revoke,
        name="share_link_revoke",
    ),
]
