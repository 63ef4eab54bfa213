"""Routes of what we send and sign: postbacks, completion receipts, links for people without an account."""

from datetime import datetime
from typing import Any, Literal

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema, Status

from heliograph.accounts.api_auth import SIGNED_IN
from heliograph.accounts.page_access import actor_of
from heliograph.core.permissions import Permission
from heliograph.core.web.paging import PageQuery, page_of
from heliograph.core.web.schemas import Body, problems
from heliograph.dispatch.lookups import deployment_of, destination_of
from heliograph.dispatch.models import Deployment, Destination, ShareLink
from heliograph.dispatch.share_links import actions

destinations = Router(tags=["Customers"], auth=SIGNED_IN)
deployments = Router(tags=["LMS connections"], auth=SIGNED_IN)
registrations = Router(tags=["Registrations"], auth=SIGNED_IN)

MANAGE = Permission.CUSTOMERS_MANAGE


class LinkIn(Body):
    days: int = Field(
        actions.USUAL_DAYS, ge=1, le=actions.LONGEST_DAYS, description="Days until the link expires."
    )


class LinkOut(Schema):
    id: str
    state: Literal["active", "revoked", "expired"]
    expires_at: datetime
    revoked_at: datetime | None
    last_used_at: datetime | None
    created_by: str
    created_at: datetime


class NewLinkOut(LinkOut):
    url: str = Field(
        description="The link, shown only once. Anyone with the link has access without an account."
    )


class LinkPage(Schema):
    items: list[LinkOut]
    next_cursor: str | None
    next: str | None


@destinations.get(
    "/{destination_id}/portal-links",
    response={200: LinkPage, **problems(404, 422)},
    summary="List portal links",
)
def list_portal_links(request: HttpRequest, destination_id: str, query: Query[PageQuery]) -> Any:
    """Newest first, including revoked and expired links."""
    return page_of(
        request,
        actions.links(destination_of(request, destination_id, MANAGE)),
        query,
        show_link,
    )


@destinations.post(
    "/{destination_id}/portal-links",
    response={201: NewLinkOut, **problems(404, 422)},
    summary="Create a portal link",
)
def make_portal_link(request: HttpRequest, destination_id: str, body: LinkIn) -> Any:
    """Lets the customer download packages and see licenses and usage without an account."""
    return _made(request, destination_of(request, destination_id, MANAGE), body)


@destinations.delete(
    "/{destination_id}/portal-links/{link_id}",
    response={204: None, **problems(404)},
    summary="Revoke a portal link",
)
def revoke_portal_link(request: HttpRequest, destination_id: str, link_id: str) -> Any:
    """The link stops working immediately."""
    actions.revoke(actor_of(request), destination_of(request, destination_id, MANAGE), link_id)
    return Status(204, None)


@deployments.get(
    "/{deployment_id}/share-links", response={200: LinkPage, **problems(404, 422)}, summary="List share links"
)
def list_share_links(request: HttpRequest, deployment_id: str, query: Query[PageQuery]) -> Any:
    """Newest first, including revoked and expired links."""
    return page_of(
        request,
        actions.links(deployment_of(request, deployment_id, MANAGE)),
        query,
        show_link,
    )


@deployments.post(
    "/{deployment_id}/share-links",
    response={201: NewLinkOut, **problems(404, 422)},
    summary="Create a share link",
)
def make_share_link(request: HttpRequest, deployment_id: str, body: LinkIn) -> Any:
    """Lets an LMS administrator see the deployment's status and live call log without an account."""
    return _made(request, deployment_of(request, deployment_id, MANAGE), body)


@deployments.delete(
    "/{deployment_id}/share-links/{share_id}",
    response={204: None, **problems(404)},
    summary="Revoke a share link",
)
def revoke_share_link(request: HttpRequest, deployment_id: str, share_id: str) -> Any:
    """The link stops working immediately."""
    actions.revoke(actor_of(request), deployment_of(request, deployment_id, MANAGE), share_id)
    return Status(204, None)


def show_link(link: ShareLink) -> dict[str, Any]:
    columns = ("expires_at", "revoked_at", "last_used_at", "created_by", "created_at")
    return {
        "id": str(link.id),
        "state": actions.state_of(link),
        **{column: getattr(link, column) for column in columns},
    }


def _made(request: HttpRequest, thing: Destination | Deployment, body: LinkIn) -> Any:
    link, url = actions.make_link(actor_of(request), thing, body.days)
    return Status(201, {**show_link(link), "url": url})
