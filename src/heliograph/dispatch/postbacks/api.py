"""REST routes of postbacks."""

from datetime import datetime
from typing import Any, Literal

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema, Status

from heliograph.accounts.api_auth import SIGNED_IN
from heliograph.accounts.page_access import actor_of
from heliograph.core.ids import parse_id
from heliograph.core.permissions import Permission
from heliograph.core.web.paging import DatedQuery, page_of
from heliograph.core.web.schemas import problems
from heliograph.dispatch import queries
from heliograph.dispatch.lookups import dispatch_of
from heliograph.dispatch.models import Postback
from heliograph.dispatch.postbacks import actions

router = Router(tags=["Webhooks"], auth=SIGNED_IN)


class PostbackOut(Schema):
    id: str = Field(description="Also the message's `webhook-id`, the same for every attempt.")
    kind: str
    registration: str | None
    state: Literal["waiting", "delivered", "given up"]
    tries: int
    status: int | None = Field(description="HTTP status of the last response.")
    answer: str = Field(description="Beginning of the last response, or why there was none.")
    next_try_at: datetime | None
    delivered_at: datetime | None
    created_at: datetime
    body: Any


class PostbackPage(Schema):
    items: list[PostbackOut]
    next_cursor: str | None
    next: str | None


class SigningSecretOut(Schema):
    signing_secret: str = Field(description="Shown only once.")


class PostbackQuery(DatedQuery):
    state: Literal["", "waiting", "delivered", "given up"] = Field("", description="Delivery status.")
    registration: str = Field("", description="Registration ID.")


@router.get(
    "/{dispatch_id}/postbacks", response={200: PostbackPage, **problems(404, 422)}, summary="List postbacks"
)
def list_postbacks(request: HttpRequest, dispatch_id: str, query: Query[PostbackQuery]) -> Any:
    """Webhook deliveries to the dispatch's `postback_url`, sent and waiting, newest first."""
    rows = actions.of_dispatch(dispatch_of(request, dispatch_id))
    if query.registration:
        rows = rows.filter(registration_id=parse_id(query.registration) or queries.NO_ID)
    return page_of(request, rows.filter(state=query.state) if query.state else rows, query, show_postback)


@router.post(
    "/{dispatch_id}/postbacks/{postback_id}/replay",
    response={202: PostbackOut, **problems(404, 409)},
    summary="Retry a postback",
)
def replay_postback(request: HttpRequest, dispatch_id: str, postback_id: str) -> Any:
    """Sends it again under the same ID, whatever its state."""
    dispatch = dispatch_of(request, dispatch_id)
    actor_of(request).require(Permission.DISPATCHES_MANAGE)
    return Status(
        202, show_postback(actions.replay(actor_of(request), actions.postback(dispatch, postback_id)))
    )


@router.post(
    "/{dispatch_id}/signing-secret",
    response={201: SigningSecretOut, **problems(404)},
    summary="Rotate the signing secret",
)
def remake_signing_secret(request: HttpRequest, dispatch_id: str) -> Any:
    """The current secret stops working immediately."""
    return Status(
        201, {"signing_secret": actions.remake_secret(actor_of(request), dispatch_of(request, dispatch_id))}
    )


def show_postback(postback: Postback) -> dict[str, Any]:
    columns = (
        "kind",
        "state",
        "tries",
        "status",
        "answer",
        "next_try_at",
        "delivered_at",
        "created_at",
        "body",
    )
    registration = str(postback.registration_id) if postback.registration_id else None
    return {
        "id": str(postback.id),
        "registration": registration,
        **{column: getattr(postback, column) for column in columns},
    }
