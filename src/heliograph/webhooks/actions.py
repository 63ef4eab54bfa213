"""What people do with endpoints, and what parts above say has happened."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import msgspec
from django.db import transaction

from heliograph.audit.actions import record
from heliograph.core import clock
from heliograph.core.actor import Actor
from heliograph.core.database.locks import lock_by_name
from heliograph.core.ids import new_id
from heliograph.core.permissions import Permission
from heliograph.core.secrets.webhook_signatures import new_secret
from heliograph.core.translation import gettext
from heliograph.core.web.paging import made_between
from heliograph.webhooks import hooks, topics
from heliograph.webhooks.channel import CHANNEL, GIVEN_UP_AFTER, KEPT_FOR, disable_row
from heliograph.webhooks.errors import EndpointDisabled, EndpointInvalid
from heliograph.webhooks.models import Endpoint, Event, Listener, Message
from heliograph.webhooks.queries import is_recorded
from heliograph.webhooks.signing import seal_secret

MOST_ENDPOINTS: Final = 20
MOST_REPLAYED: Final = 10_000
OVERLAP: Final = timedelta(hours=24)
FILTERS: Final = ("course", "destination", "dispatch")


@dataclass(frozen=True)
class About:
    """What an event belongs to, by ids: endpoints are narrowed by it."""

    course: UUID | None = None
    destination: UUID | None = None
    dispatch: UUID | None = None
    registration: UUID | None = None


def emit(organization_id: UUID, topic: str, data: msgspec.Struct, about: About = About()) -> Event | None:
    """Say that something happened, in the transaction of the change; None where nobody wants to know.

    ``data`` is of the topic's shape. Each endpoint that has chosen the topic is sent the event.
    """
    if not isinstance(data, topics.TOPICS[topic].shape):
        raise TypeError(f"{topic} is told with {topics.TOPICS[topic].shape.__name__}")
    if not is_recorded(organization_id):
        return None
    with transaction.atomic():
        event = _event(organization_id, topic, data, about)
        endpoints = Endpoint.objects.filter(organization_id=organization_id, enabled=True)
        _address(event, [endpoint for endpoint in endpoints if _wants(endpoint, event)])
    return event


@transaction.atomic
def create_endpoint(
    actor: Actor,
    url: str,
    chosen: list[str],
    *,
    description: str = "",
    in_order: bool = False,
    **filters: str | None,
) -> tuple[Endpoint, str]:
    """An endpoint, and the secret that signs what it is sent, to be shown this once.

    ``filters`` name a course, destination or dispatch by id or key. Raises `EndpointInvalid`, `Invalid` for
    an address that we never send to, `NotFound` for a filter.
    """
    actor.require(Permission.WEBHOOKS_MANAGE)
    mine = Endpoint.objects.filter(organization_id=actor.organization_id)
    columns = {**_columns(url=url, topics=chosen, description=description), **_narrowed(actor, filters)}
    hold_organization(actor.organization_id)
    if mine.count() >= MOST_ENDPOINTS:
        raise EndpointInvalid(
            gettext("Maximum of %(most)s endpoints reached. Delete one first.") % {"most": MOST_ENDPOINTS},
            code="webhook_limit",
        )
    _begin_recording(actor.organization_id)
    endpoint_id, secret = new_id(), new_secret()
    made = Endpoint.objects.create(
        id=endpoint_id,
        organization_id=actor.organization_id,
        in_order=in_order,
        encrypted_secret=seal_secret(endpoint_id, secret),
        created_by=actor.label[:200],
        created_at=clock.now(),
        **columns,
    )
    record(actor, "created", "webhook", made.id, str(made), url=made.url, topics=made.topics)
    return made, secret


@transaction.atomic
def change_endpoint(actor: Actor, endpoint: Endpoint, **changes: Any) -> Endpoint:
    """Change an endpoint; what is left out stays. What is on its way already is sent to the new URL.

    Raises as `create_endpoint`.
    """
    actor.require(Permission.WEBHOOKS_MANAGE)
    endpoint = _locked(endpoint)
    filters: dict[str, str | None] = {name: changes.pop(name) for name in FILTERS if name in changes}
    columns = {**_columns(**changes), **_narrowed(actor, filters)}
    changed = {name: value for name, value in columns.items() if value != getattr(endpoint, name)}
    if not changed:
        return endpoint
    before = {name: _plain(getattr(endpoint, name)) for name in changed}
    for name, value in changed.items():
        setattr(endpoint, name, value)
    endpoint.save(update_fields=list(changed))
    after = {name: _plain(value) for name, value in changed.items()}
    record(actor, "changed", "webhook", endpoint.id, str(endpoint), before=before, after=after)
    return endpoint


@transaction.atomic
def set_enabled(actor: Actor, endpoint: Endpoint, enabled: bool) -> Endpoint:
    """Send events to an endpoint again, or no longer; what happens meanwhile is not sent later."""
    actor.require(Permission.WEBHOOKS_MANAGE)
    endpoint = _locked(endpoint)
    if endpoint.enabled == enabled:
        return endpoint
    if enabled:
        _begin_recording(endpoint.organization_id)
        endpoint.enabled, endpoint.disabled_reason = True, ""
        endpoint.disabled_at = endpoint.failing_since = None
        endpoint.save(update_fields=["enabled", "disabled_reason", "disabled_at", "failing_since"])
    else:
        disable_row(endpoint, Endpoint.Reason.MANUAL)
    record(actor, "enabled" if enabled else "disabled", "webhook", endpoint.id, str(endpoint))
    return endpoint


@transaction.atomic
def delete_endpoint(actor: Actor, endpoint: Endpoint) -> None:
    """Delete an endpoint and its log."""
    actor.require(Permission.WEBHOOKS_MANAGE)
    endpoint = _locked(endpoint)
    record(actor, "deleted", "webhook", endpoint.id, str(endpoint), url=endpoint.url)
    endpoint.delete()


@transaction.atomic
def rotate_secret(actor: Actor, endpoint: Endpoint) -> str:
    """A new secret, to be shown this once; the one before signs beside it for `OVERLAP`, then ends."""
    actor.require(Permission.WEBHOOKS_MANAGE)
    endpoint, secret = _locked(endpoint), new_secret()
    endpoint.encrypted_old_secret = endpoint.encrypted_secret
    endpoint.old_secret_ends_at = clock.now() + OVERLAP
    endpoint.encrypted_secret = seal_secret(endpoint.id, secret)
    endpoint.save(update_fields=["encrypted_secret", "encrypted_old_secret", "old_secret_ends_at"])
    record(actor, "rotated signing secret of", "webhook", endpoint.id, str(endpoint))
    return secret


@transaction.atomic
def send_test(actor: Actor, endpoint: Endpoint) -> Message:
    """Send a test event to one endpoint, whatever it has chosen. Raises `EndpointDisabled`."""
    actor.require(Permission.WEBHOOKS_MANAGE)
    _refuse_disabled(endpoint)
    data = topics.TestEvent(str(endpoint.id), "This is a test event.")
    event = _event(endpoint.organization_id, topics.TEST.name, data, About())
    record(actor, "tested", "webhook", endpoint.id, str(endpoint))
    return _address(event, [endpoint])[0]


@transaction.atomic
def replay(actor: Actor, message: Message) -> Message:
    """Send an event again under its id, whatever became of it. Raises `EndpointDisabled`."""
    actor.require(Permission.WEBHOOKS_MANAGE)
    _refuse_disabled(message.endpoint)
    CHANNEL.send_again(message)
    endpoint = message.endpoint
    record(actor, "retried webhook for", "webhook", endpoint.id, str(endpoint), event=str(message.event_id))
    return message


@transaction.atomic
def replay_range(
    actor: Actor,
    endpoint: Endpoint,
    since: datetime | None = None,
    until: datetime | None = None,
    failed_only: bool = True,
) -> int:
    """Send the events of a time again, those given up or all; how many: the oldest `MOST_REPLAYED` at most.

    Raises `EndpointDisabled`.
    """
    actor.require(Permission.WEBHOOKS_MANAGE)
    _refuse_disabled(endpoint)
    rows = made_between(endpoint.messages.exclude(state=Message.State.WAITING), since, until)
    if failed_only:
        rows = rows.filter(state=Message.State.GIVEN_UP)
    ids = list(rows.order_by("id").values_list("id", flat=True)[:MOST_REPLAYED])
    moment = clock.now()
    again = Message.objects.filter(id__in=ids).update(
        state=Message.State.WAITING, tries=0, next_try_at=moment, give_up_at=moment + GIVEN_UP_AFTER
    )
    if again:
        CHANNEL.enqueue(endpoint.id)
        record(actor, "replayed events of", "webhook", endpoint.id, str(endpoint), count=again)
    return again


@transaction.atomic
def note_listener(actor: Actor) -> None:
    """Keep events for a program that reads them from the API."""
    actor.require(Permission.WEBHOOKS_MANAGE)
    _begin_recording(actor.organization_id)
    Listener.objects.update_or_create(
        organization_id=actor.organization_id, defaults={"asked_at": clock.now()}
    )


def forget_old() -> None:
    """Delete events, with their deliveries and attempts, that are older than a month and wait for nobody."""
    waiting = Message.objects.filter(state=Message.State.WAITING).values("event_id")
    Event.objects.filter(created_at__lt=clock.now() - KEPT_FOR).exclude(id__in=waiting).delete()


def hold_organization(organization_id: UUID) -> None:
    """Until the transaction ends, nobody else makes an endpoint of the organization."""
    lock_by_name(f"webhooks of {organization_id}")


def _event(organization_id: UUID, topic: str, data: msgspec.Struct, about: About) -> Event:
    event_id, moment = new_id(), clock.now()
    body = {"id": str(event_id), "type": topic, "timestamp": moment, "data": data}
    return Event.objects.create(
        id=event_id,
        organization_id=organization_id,
        topic=topic,
        body=msgspec.json.encode(body).decode(),
        created_at=moment,
        course_id=about.course,
        destination_id=about.destination,
        dispatch_id=about.dispatch,
        registration_id=about.registration,
    )


def _address(event: Event, endpoints: list[Endpoint]) -> list[Message]:
    """Write a message of the event for each endpoint, and have them sent."""
    made = Message.objects.bulk_create(
        Message(
            endpoint=endpoint,
            event=event,
            ordered_by=event.registration_id if endpoint.in_order else None,
            **CHANNEL.columns_of_new(),
        )
        for endpoint in endpoints
    )
    for endpoint in endpoints:
        CHANNEL.enqueue(endpoint.id)
    return made


def _wants(endpoint: Endpoint, event: Event) -> bool:
    return topics.includes(endpoint.topics, event.topic) and all(
        getattr(endpoint, column) in (None, getattr(event, column))
        for column in (f"{name}_id" for name in FILTERS)
    )


def _begin_recording(organization_id: UUID) -> None:
    """Nobody was told of this organization until now: how things are is noted, and what follows is told."""
    if not is_recorded(organization_id):
        hooks.recording_begins.call(organization_id)


def _columns(**given: Any) -> dict[str, Any]:
    """What somebody says of an endpoint, as it is kept. Raises `EndpointInvalid`, `Invalid`."""
    if "url" in given:
        # Here, because its libraries cost every process a tenth of a second to load.
        from heliograph.core import http_client

        given["url"] = given["url"].strip()
        http_client.refuse_address(given["url"], "url")
    if "topics" in given:
        given["topics"] = _topics(given["topics"])
    if "description" in given:
        given["description"] = " ".join(given["description"].replace("\x00", "").split())[:200]
    return given


def _topics(chosen: list[str]) -> list[str]:
    if not chosen:
        raise EndpointInvalid(gettext("Choose at least one topic."), field="topics")
    if name := topics.unknown(chosen):
        raise EndpointInvalid(
            gettext("Unknown topic “%(name)s”.") % {"name": name[:60]},
            code="webhook_topic_unknown",
            field="topics",
        )
    return sorted(set(chosen))


def _narrowed(actor: Actor, filters: dict[str, str | None]) -> dict[str, Any]:
    """The columns of filters that name things by id or key. Raises `EndpointInvalid`, `NotFound`."""
    columns: dict[str, Any] = {}
    for name, id_or_key in filters.items():
        columns[f"{name}_id"] = None
        if id_or_key:
            found = hooks.filter_object.first(actor.organization_id, name, id_or_key)
            if found is None:
                raise EndpointInvalid(gettext("Unknown filter “%(name)s”.") % {"name": name}, field=name)
            columns[f"{name}_id"] = found[0]
    return columns


def _locked(endpoint: Endpoint) -> Endpoint:
    return Endpoint.objects.select_for_update(no_key=True).get(id=endpoint.id)


def _refuse_disabled(endpoint: Endpoint) -> None:
    if not _locked(endpoint).enabled:
        raise EndpointDisabled(gettext("This endpoint is disabled. Enable it first."))


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, UUID) else value
