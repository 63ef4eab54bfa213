"""REST routes of webhooks: endpoints, their deliveries, and events for programs that ask for them."""

from datetime import datetime
from typing import Any, Literal

import msgspec
from django.http import HttpRequest
from ninja import Field, Query, Router, Schema, Status

from heliograph.accounts.api_auth import SIGNED_IN
from heliograph.accounts.page_access import actor_of
from heliograph.core.actor import Actor
from heliograph.core.errors import Invalid
from heliograph.core.ids import parse_id
from heliograph.core.permissions import Permission
from heliograph.core.web.paging import LARGEST_PAGE, DatedQuery, PageQuery, page_of
from heliograph.core.web.schemas import AwareMoment, Body, problems
from heliograph.webhooks import actions, queries, topics
from heliograph.webhooks.models import DeliveryAttempt, Endpoint, Event, Message

router = Router(tags=["Webhooks"], auth=SIGNED_IN)


class EndpointIn(Body):
    url: str = Field(description="Where events are sent, by POST. HTTPS, and reachable from the internet.")
    topics: list[str] = Field(
        description="Topics by name, all of a group such as `registration.*`, or `*` for everything."
    )
    description: str = ""
    course: str | None = Field(None, description="Only events of this course: ID or key.")
    destination: str | None = Field(None, description="Only events of this customer: ID or key.")
    dispatch: str | None = Field(None, description="Only events of this dispatch: ID or key.")
    in_order: bool = Field(
        False, description="Send the events of a registration one after the other, in their order."
    )


class EndpointPatch(Body):
    url: str | None = None
    topics: list[str] | None = None
    description: str | None = None
    course: str | None = Field(None, description="Null removes the filter.")
    destination: str | None = Field(None, description="Null removes the filter.")
    dispatch: str | None = Field(None, description="Null removes the filter.")
    in_order: bool | None = None
    enabled: bool | None = Field(None, description="Disable the endpoint, or enable it again.")


class EndpointOut(Schema):
    id: str
    url: str
    description: str
    topics: list[str]
    course: str | None = Field(description="ID of the course that events must belong to.")
    destination: str | None = Field(description="ID of the customer that events must belong to.")
    dispatch: str | None = Field(description="ID of the dispatch that events must belong to.")
    in_order: bool
    enabled: bool
    disabled_reason: Literal["", "manual", "gone", "failing"] = Field(
        description="`gone`: it answered 410. `failing`: nothing arrived for three days."
    )
    disabled_at: datetime | None
    failing_since: datetime | None = Field(description="The first failure since an event last arrived.")
    last_success_at: datetime | None
    old_secret_ends_at: datetime | None = Field(description="Until then the secret before signs, too.")
    created_at: datetime
    created_by: str


class EndpointMade(EndpointOut):
    signing_secret: str = Field(description="Shown only once.")


class EndpointPage(Schema):
    items: list[EndpointOut]
    next_cursor: str | None
    next: str | None


class EndpointSecretOut(Schema):
    signing_secret: str = Field(description="Shown only once.")
    old_secret_ends_at: datetime = Field(description="Until then the secret before signs, too.")


class TopicOut(Schema):
    name: str
    group: str
    sentence: str = Field(description="When such an event is sent.")
    example: dict[str, Any] = Field(description="A whole message.")
    data_schema: dict[str, Any] = Field(description="JSON Schema of the message's `data`.")


class TopicList(Schema):
    items: list[TopicOut]


class EventOut(Schema):
    id: str = Field(description="Also the message's `webhook-id`, the same for every attempt and replay.")
    type: str
    timestamp: datetime
    data: dict[str, Any]


class EventList(Schema):
    items: list[EventOut]
    cursor: str = Field(description="The `after` of the next call.")


class EventQuery(Schema):
    after: str = Field("", description="The `cursor` of the previous call; without it, only a cursor comes.")
    topics: str = Field("", description="Topics or groups, separated by commas; without it, all.")
    limit: int = Field(100, ge=1, le=LARGEST_PAGE, description="Most events of one answer.")


class DeliveryOut(Schema):
    id: str
    endpoint: str = Field(description="ID of the endpoint.")
    event: str = Field(description="ID of the event, which is the message's `webhook-id`.")
    topic: str
    state: Literal["waiting", "delivered", "given up"]
    tries: int = Field(description="Attempts since it was sent or replayed.")
    status: int | None = Field(description="HTTP status of the last response.")
    response: str = Field(description="Beginning of the last response, or why there was none.")
    next_try_at: datetime | None
    delivered_at: datetime | None
    created_at: datetime


class DeliveryPage(Schema):
    items: list[DeliveryOut]
    next_cursor: str | None
    next: str | None


class AttemptOut(Schema):
    id: str
    url: str
    request_headers: dict[str, str]
    status: int | None
    response: str = Field(description="The first 500 characters, or why there was no response.")
    milliseconds: int
    created_at: datetime


class DeliveryWithAttempts(DeliveryOut):
    body: dict[str, Any] = Field(description="The message, the same in every attempt.")
    attempts: list[AttemptOut] = Field(description="Newest first.")


class DeliveryQuery(DatedQuery):
    topic: str = Field("", description="Topic of the event.")
    state: Literal["", "waiting", "delivered", "given up"] = Field("", description="Delivery status.")


class AllDeliveriesQuery(DeliveryQuery):
    endpoint: str = Field("", description="Only deliveries of this endpoint: ID.")


class ReplayRange(Body):
    since: AwareMoment | None = Field(None, description="Only events sent at or after this time.")
    until: AwareMoment | None = Field(None, description="Only events sent before this time.")
    state: Literal["given up", "all"] = Field(
        "given up", description="Only those that were given up, or those that arrived, too."
    )


class ReplayedOut(Schema):
    count: int = Field(description="How many are sent again: 10,000 at most, the oldest first.")


@router.get("", response={200: EndpointPage, **problems(422)}, summary="List webhook endpoints")
def list_webhooks(request: HttpRequest, query: Query[PageQuery]) -> Any:
    """Newest first, without their secrets."""
    return page_of(request, queries.endpoints(_admin(request).organization_id), query, show_endpoint)


@router.post("", response={201: EndpointMade, **problems(404, 422)}, summary="Create a webhook endpoint")
def create_webhook(request: HttpRequest, body: EndpointIn) -> Any:
    """Events are sent from now on, signed with the secret in this answer."""
    made, secret = actions.create_endpoint(
        _admin(request),
        body.url,
        body.topics,
        description=body.description,
        in_order=body.in_order,
        **{name: getattr(body, name) for name in actions.FILTERS},
    )
    return Status(201, {**show_endpoint(made), "signing_secret": secret})


@router.get("/topics", response={200: TopicList, **problems()}, summary="List webhook topics")
def list_webhook_topics(request: HttpRequest) -> Any:
    """What endpoints can be told of, each with an example and the JSON Schema of its data."""
    _admin(request)
    return {"items": [show_topic(topic) for topic in topics.TOPICS.values()]}


@router.get("/events", response={200: EventList, **problems()}, summary="List new webhook events")
def list_webhook_events(request: HttpRequest, query: Query[EventQuery]) -> Any:
    """Events after a cursor, oldest first, for programs without a public address. Begin without `after`, then
    pass on each answer's `cursor`; no event is left out. Events are kept for 30 days, and from the first
    call on; a day after the last call they are not kept any more, unless there is an endpoint.
    """
    actor, after = _admin(request), parse_id(query.after)
    chosen = [name.strip() for name in query.topics.split(",") if name.strip()]
    if query.after and after is None:
        raise Invalid("Invalid cursor. Start without one.", code="cursor_invalid")
    if name := topics.unknown([name for name in chosen if name != topics.TEST.name]):
        raise Invalid(f"Unknown topic “{name[:60]}”.", code="webhook_topic_unknown")
    actions.note_listener(actor)
    events, cursor = queries.events_after(actor.organization_id, after, chosen, query.limit)
    return {"items": [show_event(event) for event in events], "cursor": str(cursor)}


@router.get(
    "/deliveries",
    response={200: DeliveryPage, **problems(404, 422)},
    summary="List deliveries of all webhook endpoints",
)
def list_all_webhook_deliveries(request: HttpRequest, query: Query[AllDeliveriesQuery]) -> Any:
    """Newest first; they are kept for 30 days."""
    organization_id = _admin(request).organization_id
    rows = queries.all_deliveries(organization_id, query.endpoint, query.topic, query.state)
    return page_of(request, rows, query, show_delivery)


@router.get("/{webhook_id}", response={200: EndpointOut, **problems(404)}, summary="Read a webhook endpoint")
def read_webhook(request: HttpRequest, webhook_id: str) -> Any:
    """Without its secret."""
    return show_endpoint(_endpoint(request, webhook_id))


@router.patch(
    "/{webhook_id}", response={200: EndpointOut, **problems(404, 422)}, summary="Change a webhook endpoint"
)
def change_webhook(request: HttpRequest, webhook_id: str, body: EndpointPatch) -> Any:
    """Omitted fields are unchanged. What waits is sent to the new URL."""
    actor, endpoint = _admin(request), _endpoint(request, webhook_id)
    changes = body.dict(exclude_unset=True)
    enabled = changes.pop("enabled", None)
    kept = {name: value for name, value in changes.items() if value is not None or name in actions.FILTERS}
    actions.change_endpoint(actor, endpoint, **kept)
    if enabled is not None:
        actions.set_enabled(actor, endpoint, enabled)
    return show_endpoint(_endpoint(request, webhook_id))


@router.delete("/{webhook_id}", response={204: None, **problems(404)}, summary="Delete a webhook endpoint")
def delete_webhook(request: HttpRequest, webhook_id: str) -> Any:
    """With its delivery log."""
    actions.delete_endpoint(_admin(request), _endpoint(request, webhook_id))
    return Status(204, None)


@router.post(
    "/{webhook_id}/rotate-secret",
    response={201: EndpointSecretOut, **problems(404)},
    summary="Rotate a webhook's signing secret",
)
def rotate_webhook_secret(request: HttpRequest, webhook_id: str) -> Any:
    """For 24 hours every message is signed with both secrets, then the old one ends."""
    endpoint = _endpoint(request, webhook_id)
    secret = actions.rotate_secret(_admin(request), endpoint)
    ends = _endpoint(request, webhook_id).old_secret_ends_at
    return Status(201, {"signing_secret": secret, "old_secret_ends_at": ends})


@router.post(
    "/{webhook_id}/test", response={202: DeliveryOut, **problems(404, 409)}, summary="Send a test event"
)
def test_webhook(request: HttpRequest, webhook_id: str) -> Any:
    """An event `webhook.test`, whatever topics the endpoint has chosen."""
    return Status(202, show_delivery(actions.send_test(_admin(request), _endpoint(request, webhook_id))))


@router.post(
    "/{webhook_id}/replay", response={202: ReplayedOut, **problems(404, 409, 422)}, summary="Replay events"
)
def replay_webhook_events(request: HttpRequest, webhook_id: str, body: ReplayRange) -> Any:
    """Sends the events of a time again, each under its ID."""
    endpoint, failed = _endpoint(request, webhook_id), body.state == "given up"
    count = actions.replay_range(_admin(request), endpoint, body.since, body.until, failed)
    return Status(202, {"count": count})


@router.get(
    "/{webhook_id}/deliveries",
    response={200: DeliveryPage, **problems(404, 422)},
    summary="List webhook deliveries",
)
def list_webhook_deliveries(request: HttpRequest, webhook_id: str, query: Query[DeliveryQuery]) -> Any:
    """Newest first; they are kept for 30 days."""
    rows = queries.deliveries(_endpoint(request, webhook_id), query.topic, query.state)
    return page_of(request, rows, query, show_delivery)


@router.get(
    "/{webhook_id}/deliveries/{delivery_id}",
    response={200: DeliveryWithAttempts, **problems(404)},
    summary="Read a webhook delivery",
)
def read_webhook_delivery(request: HttpRequest, webhook_id: str, delivery_id: str) -> Any:
    """With its message and every attempt."""
    message = queries.delivery(_endpoint(request, webhook_id), delivery_id)
    attempts = [show_attempt(attempt) for attempt in queries.attempts(message)]
    return {**show_delivery(message), "body": msgspec.json.decode(message.event.body), "attempts": attempts}


@router.post(
    "/{webhook_id}/deliveries/{delivery_id}/replay",
    response={202: DeliveryOut, **problems(404, 409)},
    summary="Replay a webhook delivery",
)
def replay_webhook_delivery(request: HttpRequest, webhook_id: str, delivery_id: str) -> Any:
    """Sends it again under the same event ID, whatever its state."""
    message = queries.delivery(_endpoint(request, webhook_id), delivery_id)
    return Status(202, show_delivery(actions.replay(_admin(request), message)))


_AS_KEPT = (
    "url", "description", "topics", "in_order", "enabled", "disabled_reason", "disabled_at", "failing_since",
    "last_success_at", "old_secret_ends_at", "created_at", "created_by",
)  # fmt: skip


def show_endpoint(endpoint: Endpoint) -> dict[str, Any]:
    """An endpoint for others to see: everything but its secrets."""
    filters = {name: getattr(endpoint, f"{name}_id") for name in actions.FILTERS}
    return {
        "id": str(endpoint.id),
        **{name: str(row_id) if row_id else None for name, row_id in filters.items()},
        **{column: getattr(endpoint, column) for column in _AS_KEPT},
    }


def show_topic(topic: topics.Topic) -> dict[str, Any]:
    return {
        "name": topic.name,
        "group": topic.group,
        "sentence": str(topic.sentence),
        "example": topic.payload,
        "data_schema": topic.schema,
    }


def show_event(event: Event) -> dict[str, Any]:
    body: dict[str, Any] = msgspec.json.decode(event.body)
    return body


def show_delivery(message: Message) -> dict[str, Any]:
    columns = ("state", "tries", "status", "next_try_at", "delivered_at", "created_at")
    return {
        "id": str(message.id),
        "endpoint": str(message.endpoint_id),
        "event": str(message.event_id),
        "topic": message.event.topic,
        "response": message.answer,
        **{column: getattr(message, column) for column in columns},
    }


def show_attempt(attempt: DeliveryAttempt) -> dict[str, Any]:
    columns = ("url", "status", "response", "milliseconds", "created_at")
    return {
        "id": str(attempt.id),
        "request_headers": attempt.headers,
        **{column: getattr(attempt, column) for column in columns},
    }


def _admin(request: HttpRequest) -> Actor:
    actor = actor_of(request)
    actor.require(Permission.WEBHOOKS_MANAGE)
    return actor


def _endpoint(request: HttpRequest, webhook_id: str) -> Endpoint:
    return queries.endpoint(_admin(request).organization_id, webhook_id)
