"""Reading endpoints, deliveries and events."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from django.db import connection
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery

from heliograph.core import clock
from heliograph.core.database.consistency import consistent_through
from heliograph.core.errors import NotFound
from heliograph.core.ids import lowest_id, parse_id
from heliograph.core.translation import gettext, grouped, ngettext
from heliograph.ui.lookups import Option
from heliograph.webhooks import hooks, topics
from heliograph.webhooks.errors import DeliveryNotFound, EndpointNotFound
from heliograph.webhooks.models import DeliveryAttempt, Endpoint, Event, Listener, Message

LISTENS_FOR: Final = timedelta(days=1)  # so long after it last asked
IS_RECORDED: Final = """
SELECT EXISTS (SELECT FROM webhooks_endpoint WHERE organization_id = %s AND enabled)
    OR EXISTS (SELECT FROM webhooks_listener WHERE organization_id = %s AND asked_at > %s)
"""


def endpoints(organization_id: UUID) -> QuerySet[Endpoint]:
    """The organization's endpoints, newest first, each with how many events wait and were given up."""
    rows = Endpoint.objects.filter(organization_id=organization_id).order_by("-id")
    count = Count("messages", filter=Q(messages__state=Message.State.WAITING))
    failed = Count("messages", filter=Q(messages__state=Message.State.GIVEN_UP))
    return rows.annotate(waiting=count, failed=failed)


def endpoint(organization_id: UUID, endpoint_id: str) -> Endpoint:
    """One of them. Raises `EndpointNotFound`."""
    by_id = parse_id(endpoint_id)
    endpoint = endpoints(organization_id).filter(id=by_id).first() if by_id else None
    if endpoint is None:
        raise EndpointNotFound(gettext("Webhook endpoint not found."))
    return endpoint


def deliveries(endpoint: Endpoint, topic: str = "", state: str = "") -> QuerySet[Message]:
    """What was or is being sent to an endpoint, newest first, each with how long its last attempt took."""
    return _deliveries([endpoint.id], topic, state)


def all_deliveries(
    organization_id: UUID, endpoint_id: str = "", topic: str = "", state: str = ""
) -> QuerySet[Message]:
    """The same of all endpoints of the organization, or of one of them. Raises `EndpointNotFound`."""
    if endpoint_id:
        return deliveries(endpoint(organization_id, endpoint_id), topic, state)
    ids = Endpoint.objects.filter(organization_id=organization_id).values_list("id", flat=True)
    return _deliveries(list(ids), topic, state)


def _deliveries(endpoint_ids: list[UUID], topic: str, state: str) -> QuerySet[Message]:
    rows = Message.objects.filter(endpoint_id__in=endpoint_ids)
    rows = rows.select_related("event", "endpoint").order_by("-id")
    if topic:
        rows = rows.filter(event__topic=topic)
    if state:
        rows = rows.filter(state=state)
    newest = DeliveryAttempt.objects.filter(message=OuterRef("id")).order_by("-id")
    return rows.annotate(milliseconds=Subquery(newest.values("milliseconds")[:1]))


def delivery(endpoint: Endpoint, delivery_id: str) -> Message:
    """One of them. Raises `DeliveryNotFound`."""
    by_id = parse_id(delivery_id)
    message = deliveries(endpoint).filter(id=by_id).first() if by_id else None
    if message is None:
        raise DeliveryNotFound(gettext("Webhook delivery not found."))
    return message


def attempts(message: Message) -> QuerySet[DeliveryAttempt]:
    """The attempts of a delivery, newest first."""
    return message.attempts.order_by("-id")


def is_recorded(organization_id: UUID) -> bool:
    """Whether anybody is told of the organization's events: an endpoint, or a program that asks for them.

    Asked at everything that happens, mostly where nobody is.
    """
    with connection.cursor() as cursor:
        cursor.execute(IS_RECORDED, [organization_id, organization_id, clock.now() - LISTENS_FOR])
        return bool(cursor.fetchone()[0])


def recorded_organizations() -> list[UUID]:
    """The organizations whose events are told."""
    listening = Listener.objects.filter(asked_at__gt=clock.now() - LISTENS_FOR)
    told = Endpoint.objects.filter(enabled=True).order_by()
    return list(
        set(told.values_list("organization_id", flat=True).distinct())
        | set(listening.values_list("organization_id", flat=True))
    )


def events_after(
    organization_id: UUID, cursor: UUID | None, chosen: list[str], most: int
) -> tuple[list[Event], UUID]:
    """The next events after a cursor, oldest first, and the cursor after them; none without a cursor, and
    the cursor of this moment.

    No event appears later before a cursor that was given: those of transactions that are still going on, and
    what follows them, come with the next call.
    """
    end = lowest_id(consistent_through())
    if cursor is None:
        return [], end
    rows = Event.objects.filter(organization_id=organization_id, id__gt=cursor, id__lt=end)
    page = list(rows.order_by("id")[:most])
    reached = page[-1].id if len(page) == most else max(end, cursor)
    wanted = chosen or [topics.EVERYTHING]
    return [event for event in page if topics.includes(wanted, event.topic)], reached


def was_told(topic: str, dispatch_ids: list[UUID]) -> set[UUID]:
    """Those of these dispatches of which there is an event of a topic."""
    rows = Event.objects.filter(topic=topic, dispatch_id__in=dispatch_ids)
    return {row for row in rows.values_list("dispatch_id", flat=True) if row}


def failing(organization_id: UUID) -> QuerySet[Endpoint]:
    """Endpoints that were disabled because nothing arrived, newest first."""
    reasons = (Endpoint.Reason.GONE, Endpoint.Reason.FAILING)
    rows = Endpoint.objects.filter(organization_id=organization_id, enabled=False)
    return rows.filter(disabled_reason__in=reasons).order_by("-disabled_at")


def not_taking(organization_id: UUID) -> QuerySet[Endpoint]:
    """Enabled endpoints whose last events did not arrive, those that fail longest first."""
    rows = Endpoint.objects.filter(organization_id=organization_id, enabled=True)
    return rows.filter(failing_since__isnull=False).order_by("failing_since")


def filters_of(endpoint: Endpoint) -> dict[str, str]:
    """What an endpoint is narrowed to: by *course*, *destination* or *dispatch*, what that is called."""
    names: dict[str, str] = {}
    for name in ("course", "destination", "dispatch"):
        if row_id := getattr(endpoint, f"{name}_id"):
            names[name] = _called(endpoint, name, row_id)
    return names


def filter_options(organization_id: UUID, name: str, search: str = "") -> Iterator[Option]:
    """The courses, customers or dispatches that an endpoint can be narrowed to."""
    for row_id, label, note in hooks.filter_options.first(organization_id, name, search) or ():
        yield Option(str(row_id), label, note)


def _called(endpoint: Endpoint, name: str, row_id: UUID) -> str:
    try:
        found: Any = hooks.filter_object.first(endpoint.organization_id, name, str(row_id))
    except NotFound:  # it was deleted: no event belongs to it
        return str(row_id)
    return str(found[1]) if found else str(row_id)


def consequences_of_deleting(endpoint: Endpoint) -> Iterator[str]:
    """What follows from deleting an endpoint, in sentences."""
    waiting = endpoint.messages.filter(state=Message.State.WAITING).count()
    if waiting:
        yield ngettext(
            "%(count)s event that waits is not sent.", "%(count)s events that wait are not sent.", waiting
        ) % {"count": grouped(waiting)}
    yield gettext("Its delivery log is deleted.")


def consequences_of_rotating(endpoint: Endpoint) -> Iterator[str]:
    """What follows from a new signing secret, in sentences."""
    yield gettext("The new secret is shown once.")
    yield gettext("For 24 hours every message is signed with both secrets, then the old one ends.")
    if endpoint.old_secret_ends_at and endpoint.old_secret_ends_at > clock.now():
        yield gettext("The secret before the current one ends at once.")
