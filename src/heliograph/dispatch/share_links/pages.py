"""Making and revoking links for people without an account."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import path, reverse
from django.views.decorators.http import require_POST

from heliograph.accounts.page_access import actor_of, page
from heliograph.core.permissions import Permission
from heliograph.core.translation import gettext, gettext_lazy
from heliograph.dispatch import consequences, frame, queries
from heliograph.dispatch.models import Deployment, Destination
from heliograph.dispatch.share_links import actions
from heliograph.dispatch.share_links.forms import NewLink
from heliograph.ui.confirmation import question
from heliograph.ui.tables import ACTIONS, Column, Table

LINKS = Table(
    "links",
    gettext_lazy("link"),
    gettext_lazy("links"),
    columns=(
        Column("state", gettext_lazy("Status")),
        Column("created", gettext_lazy("Created"), "id"),
        Column("by", gettext_lazy("Created by")),
        Column("expires", gettext_lazy("Expires"), "expires_at"),
        Column("used", gettext_lazy("Last used"), "last_used_at"),
        Column(ACTIONS, gettext_lazy("Actions")),
    ),
    load=actions.with_states,
    csv={
        "status": lambda link: link.state,
        "created": lambda link: link.created_at.isoformat(),
        "created by": lambda link: link.created_by,
        "expires": lambda link: link.expires_at.isoformat(),
        "last used": lambda link: link.last_used_at.isoformat() if link.last_used_at else "",
    },
)


@page(Permission.CUSTOMERS_MANAGE)
def portal_links(request: HttpRequest, destination_id: str) -> HttpResponseBase:
    """The links to a destination's portal; a POST makes another."""
    destination = queries.destination(actor_of(request).organization_id, destination_id)
    return _links(request, destination, reverse("portal_links", args=[destination.id]))


@require_POST
@page(Permission.CUSTOMERS_MANAGE)
def portal_link_revoke(request: HttpRequest, destination_id: str, link_id: str) -> HttpResponseBase:
    destination = queries.destination(actor_of(request).organization_id, destination_id)
    link = actions.link(destination, link_id)
    if asked := question(
        request, gettext("Revoke this link?"), gettext("Revoke link"), consequences.of_revoking(link)
    ):
        return asked
    actions.revoke(actor_of(request), destination, link_id)
    messages.success(request, gettext("Link revoked."))
    return redirect("portal_links", destination.id)


@page(Permission.CUSTOMERS_MANAGE)
def share_links(request: HttpRequest, deployment_id: str) -> HttpResponseBase:
    """The links to a deployment's health; a POST makes another."""
    deployment = queries.deployment(actor_of(request).organization_id, deployment_id)
    return _links(request, deployment, reverse("share_links", args=[deployment.id]))


@require_POST
@page(Permission.CUSTOMERS_MANAGE)
def share_link_revoke(request: HttpRequest, deployment_id: str, share_id: str) -> HttpResponseBase:
    deployment = queries.deployment(actor_of(request).organization_id, deployment_id)
    link = actions.link(deployment, share_id)
    if asked := question(
        request, gettext("Revoke this link?"), gettext("Revoke link"), consequences.of_revoking(link)
    ):
        return asked
    actions.revoke(actor_of(request), deployment, share_id)
    messages.success(request, gettext("Link revoked."))
    return redirect("share_links", deployment.id)


def _links(request: HttpRequest, thing: Destination | Deployment, here: str) -> HttpResponseBase:
    made = f"guest_link:{thing.id}"
    if request.method == "POST":
        sent = NewLink.sent(request)
        _, request.session[made] = actions.make_link(actor_of(request), thing, **sent)
        return redirect(here)
    query, rows = LINKS.read(request), actions.links(thing)
    if query.csv:
        return LINKS.file(query, rows)
    context = {
        "thing": thing,
        "of_destination": isinstance(thing, Destination),
        "table": LINKS.page(request, query, rows),
        "address": request.session.pop(made, ""),
        "form": NewLink(),
    }
    if isinstance(thing, Destination):
        return frame.show(request, "dispatch/share_links.html", thing, frame.CUSTOMER_PORTAL, **context)
    return frame.show(request, "dispatch/share_links.html", thing.dispatch, frame.CONNECTIONS, **context)


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
