"""REST routes of what we send and sign: postbacks, completion receipts, links for people without an account."""

from datetime import datetime
from typing import Any, Literal

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from ninja import Field, Query, Router, Schema, Status

from heliograph.accounts.api_auth import SIGNED_IN
from heliograph.core.actor import Role
from heliograph.core.paging import PageQuery, page_of
from heliograph.core.schemas import problems
from heliograph.dispatch import postbacks, queries, receipts
from heliograph.dispatch.models import Dispatch, Postback
from heliograph.runtime import queries as runtime

router = Router(tags=["Postbacks"], auth=SIGNED_IN)
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


class SigningSecretOut(Schema):
    signing_secret: str = Field(description="Shown this once.")


@router.get("/{dispatch_id}/postbacks", response={200: PostbackPage, **problems(404, 422)}, summary="List postbacks")
def list_postbacks(request: HttpRequest, dispatch_id: str, query: Query[PageQuery], state: str = "") -> Any:
    rows = postbacks.of_dispatch(_dispatch(request, dispatch_id))
    return page_of(request, rows.filter(state=state) if state else rows, query, show_postback)


@router.post(
    "/{dispatch_id}/postbacks/{postback_id}/replay", response={202: PostbackOut, **problems(404, 409)}, summary="Send a postback again"
)
def replay_postback(request: HttpRequest, dispatch_id: str, postback_id: str) -> Any:
    """Sends it under its old id, whatever became of it."""
    dispatch = _dispatch(request, dispatch_id)
    request.actor.require(Role.MANAGER)  # type: ignore[attr-defined]
    return Status(202, show_postback(postbacks.replay(request.actor, postbacks.postback(dispatch, postback_id))))  # type: ignore[attr-defined]


@router.post("/{dispatch_id}/signing-secret", response={201: SigningSecretOut, **problems(404)}, summary="Make a new signing secret")
def remake_secret(request: HttpRequest, dispatch_id: str) -> Any:
    """The old secret signs nothing any more."""
    return Status(201, {"signing_secret": postbacks.remake_secret(request.actor, _dispatch(request, dispatch_id))})  # type: ignore[attr-defined]


@registrations.get(
    "/{registration_id}/receipt", response={200: CompletionReceiptOut, **problems(404, 409)}, summary="Read the signed completion receipt"
)
def completion_receipt(request: HttpRequest, registration_id: str) -> Any:
    """Answers 409 with the code `not_completed` until the learner has completed the course."""
    actor = request.actor  # type: ignore[attr-defined]
    actor.require(Role.REPORTER)
    receipt = receipts.issue(runtime.registration(actor.organisation_id, registration_id))
    return {"receipt": receipt, "verify_url": settings.HELIOGRAPH.url + reverse("verify")}


def show_postback(one: Postback) -> dict[str, Any]:
    columns = ("kind", "state", "tries", "status", "answer", "next_try_at", "delivered_at", "created_at", "body")
    registration = str(one.registration_id) if one.registration_id else None
    return {"id": str(one.id), "registration": registration, **{column: getattr(one, column) for column in columns}}


def _dispatch(request: HttpRequest, dispatch_id: str) -> Dispatch:
    actor = request.actor  # type: ignore[attr-defined]
    actor.require(Role.REPORTER)
    return queries.dispatch(actor.organisation_id, dispatch_id)
