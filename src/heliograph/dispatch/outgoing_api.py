"""REST routes of what we send and sign: postbacks, completion receipts, links for people without an account."""

from datetime import datetime
from typing import Any, Literal

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from ninja import Field, Query, Router, Schema, Status

from heliograph.accounts.access import actor_of
from heliograph.accounts.api_auth import SIGNED_IN
from heliograph.core.actor import Role
from heliograph.core.ids import parse_id
from heliograph.core.paging import DatedQuery, PageQuery, page_of
from heliograph.core.schemas import problems
from heliograph.dispatch import actions, portal, postbacks, queries, receipts
from heliograph.dispatch.models import Deployment, Destination, Dispatch, GuestLink, Postback
from heliograph.runtime import queries as runtime

router = Router(tags=["Postbacks"], auth=SIGNED_IN)
destinations = Router(tags=["Destinations"], auth=SIGNED_IN)
deployments = Router(tags=["Deployments"], auth=SIGNED_IN)
registrations = Router(tags=["Registrations"], auth=SIGNED_IN)


class PostbackOut(Schema):
    id: str = Field(description="Also the message's `webhook-id`; a repetition has the same.")
    kind: str
    registration: str | None
    state: Literal["waiting", "delivered", "given up"]
    tries: int
    status: int | None = Field(description="The HTTP status of the last answer.")
    answer: str = Field(description="The beginning of the last answer, or why there was none.")
    next_try_at: datetime | None
    delivered_at: datetime | None
    created_at: datetime
    body: Any


class PostbackPage(Schema):
    items: list[PostbackOut]
    next_cursor: str | None
    next: str | None


class CompletionReceiptOut(Schema):
    receipt: str = Field(description="A JWT (EdDSA), to be verified against `/.well-known/jwks.json`.")
    verify_url: str = Field(description="Where a person checks it.")


class LinkIn(Schema):
    days: int = Field(portal.USUAL_DAYS, ge=1, le=portal.LONGEST_DAYS, description="How long the link is good.")


class LinkOut(Schema):
    id: str
    state: Literal["active", "revoked", "expired"]
    expires_at: datetime
    revoked_at: datetime | None
    last_used_at: datetime | None
    created_by: str
    created_at: datetime


class NewLinkOut(LinkOut):
    url: str = Field(description="The link itself, shown this once. Whoever has it needs no account.")


class LinkPage(Schema):
    items: list[LinkOut]
    next_cursor: str | None
    next: str | None


class SigningSecretOut(Schema):
    signing_secret: str = Field(description="Shown this once.")


class PostbackQuery(DatedQuery):
    state: Literal["", "waiting", "delivered", "given up"] = Field("", description="What became of it.")
    registration: str = Field("", description="The registration's id.")


@router.get("/{dispatch_id}/postbacks", response={200: PostbackPage, **problems(404, 422)}, summary="List postbacks")
def list_postbacks(request: HttpRequest, dispatch_id: str, query: Query[PostbackQuery]) -> Any:
    rows = postbacks.of_dispatch(_dispatch(request, dispatch_id))
    if query.registration:
        rows = rows.filter(registration_id=parse_id(query.registration) or queries.NO_ID)
    return page_of(request, rows.filter(state=query.state) if query.state else rows, query, show_postback)


@router.post(
    "/{dispatch_id}/postbacks/{postback_id}/replay", response={202: PostbackOut, **problems(404, 409)}, summary="Send a postback again"
)
def replay_postback(request: HttpRequest, dispatch_id: str, postback_id: str) -> Any:
    """Sends it under its old id, whatever became of it."""
    dispatch = _dispatch(request, dispatch_id)
    actor_of(request).require(Role.MANAGER)
    return Status(202, show_postback(postbacks.replay(actor_of(request), postbacks.postback(dispatch, postback_id))))


@router.post("/{dispatch_id}/signing-secret", response={201: SigningSecretOut, **problems(404)}, summary="Make a new signing secret")
def remake_secret(request: HttpRequest, dispatch_id: str) -> Any:
    """The old secret signs nothing any more."""
    return Status(201, {"signing_secret": postbacks.remake_secret(actor_of(request), _dispatch(request, dispatch_id))})


@registrations.get(
    "/{registration_id}/receipt", response={200: CompletionReceiptOut, **problems(404, 409)}, summary="Read the signed completion receipt"
)
def completion_receipt(request: HttpRequest, registration_id: str) -> Any:
    """Answers 409 with the code `not_completed` until the learner has completed the course."""
    actor = actor_of(request)
    actor.require(Role.REPORTER)
    receipt = receipts.issue(runtime.registration(actor.organisation_id, registration_id))
    return {"receipt": receipt, "verify_url": settings.HELIOGRAPH.url + reverse("verify")}


@registrations.post(
    "/{registration_id}/readmit", response={204: None, **problems(404, 422)}, summary="Let a learner in who is not confirmed"
)
def readmit(request: HttpRequest, registration_id: str) -> Any:
    """Their next launch within seven days is believed without the mark of their first one, and gets a mark of its own."""
    actor = actor_of(request)
    actions.readmit(actor, runtime.registration(actor.organisation_id, registration_id))
    return Status(204, None)


@destinations.get("/{destination_id}/portal-links", response={200: LinkPage, **problems(404, 422)}, summary="List portal links")
def list_portal_links(request: HttpRequest, destination_id: str, query: Query[PageQuery]) -> Any:
    return page_of(request, portal.links(_destination(request, destination_id)), query, show_link)


@destinations.post("/{destination_id}/portal-links", response={201: NewLinkOut, **problems(404, 422)}, summary="Make a portal link")
def make_portal_link(request: HttpRequest, destination_id: str, body: LinkIn) -> Any:
    """For the customer: download packages, see the licence and their own usage, without an account."""
    return _made(request, _destination(request, destination_id), body)


@destinations.delete("/{destination_id}/portal-links/{link_id}", response={204: None, **problems(404)}, summary="Revoke a portal link")
def revoke_portal_link(request: HttpRequest, destination_id: str, link_id: str) -> Any:
    portal.revoke(actor_of(request), _destination(request, destination_id), link_id)
    return Status(204, None)


@deployments.get("/{deployment_id}/share-links", response={200: LinkPage, **problems(404, 422)}, summary="List share links")
def list_share_links(request: HttpRequest, deployment_id: str, query: Query[PageQuery]) -> Any:
    return page_of(request, portal.links(_deployment(request, deployment_id)), query, show_link)


@deployments.post("/{deployment_id}/share-links", response={201: NewLinkOut, **problems(404, 422)}, summary="Make a share link")
def make_share_link(request: HttpRequest, deployment_id: str, body: LinkIn) -> Any:
    """For the administrator of the customer's LMS: the deployment's health and live call log, without an account."""
    return _made(request, _deployment(request, deployment_id), body)


@deployments.delete("/{deployment_id}/share-links/{share_id}", response={204: None, **problems(404)}, summary="Revoke a share link")
def revoke_share_link(request: HttpRequest, deployment_id: str, share_id: str) -> Any:
    portal.revoke(actor_of(request), _deployment(request, deployment_id), share_id)
    return Status(204, None)


def show_link(link: GuestLink) -> dict[str, Any]:
    columns = ("expires_at", "revoked_at", "last_used_at", "created_by", "created_at")
    return {"id": str(link.id), "state": portal.state_of(link), **{column: getattr(link, column) for column in columns}}


def show_postback(one: Postback) -> dict[str, Any]:
    columns = ("kind", "state", "tries", "status", "answer", "next_try_at", "delivered_at", "created_at", "body")
    registration = str(one.registration_id) if one.registration_id else None
    return {"id": str(one.id), "registration": registration, **{column: getattr(one, column) for column in columns}}


def _dispatch(request: HttpRequest, dispatch_id: str) -> Dispatch:
    actor = actor_of(request)
    actor.require(Role.REPORTER)
    return queries.dispatch(actor.organisation_id, dispatch_id)


def _destination(request: HttpRequest, destination_id: str) -> Destination:
    actor = actor_of(request)
    actor.require(Role.MANAGER)
    return queries.destination(actor.organisation_id, destination_id)


def _deployment(request: HttpRequest, deployment_id: str) -> Deployment:
    actor = actor_of(request)
    actor.require(Role.MANAGER)
    return queries.deployment(actor.organisation_id, deployment_id)


def _made(request: HttpRequest, thing: Destination | Deployment, body: LinkIn) -> Any:
    link, url = portal.make_link(actor_of(request), thing, body.days)
    return Status(201, {**show_link(link), "url": url})
