"""How events reach endpoints: signed and sent, each attempt logged, and no longer where nothing arrives."""

import time
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Min, Q

from heliograph.accounts import queries as people
from heliograph.audit.actions import record
from heliograph.core import clock
from heliograph.core.actor import system
from heliograph.core.permissions import Permission
from heliograph.core.secrets.webhook_signatures import signed_headers
from heliograph.delivery import mail
from heliograph.delivery.sending import Channel, SendResult
from heliograph.webhooks.models import DeliveryAttempt, Endpoint, Message
from heliograph.webhooks.signing import signing_keys

QUEUE: Final = "webhooks"
GIVEN_UP_AFTER: Final = timedelta(days=3)
KEPT_FOR: Final = timedelta(days=30)
AT_ONCE: Final = 8
LONGEST_KEPT: Final = 500
SUCCESS_NOTED_EVERY: Final = timedelta(seconds=10)
GONE: Final = 410
# How many endpoints are sent to at the same time, by all workers; one worker sends to four.
OF_ORGANIZATION: Final = 2
FAILING_OF_ORGANIZATION: Final = 1
FAILING: Final = 2
_WHY: dict[str, str] = {
    Endpoint.Reason.GONE: "It answered 410 Gone, which says that it wants no more events.",
    Endpoint.Reason.FAILING: "Nothing has arrived there for three days.",
}


@dataclass(frozen=True)
class Sent:
    """One request, for the log."""

    url: str
    headers: dict[str, str]
    milliseconds: int


def _connect() -> AbstractContextManager[Any]:
    from heliograph.core import http_client  # here: its libraries cost every process a tenth of a second

    return http_client.HttpSession()


def _send(message: Message, session: Any) -> SendResult:
    """Send one event to its endpoint; called in a thread without a database."""
    from heliograph.core import http_client  # here: see above

    endpoint, body, moment = message.endpoint, message.event.body.encode(), clock.now()
    headers = signed_headers(signing_keys(endpoint, moment), str(message.event_id), moment, body)
    begun = time.monotonic()

    def sent() -> Sent:
        return Sent(endpoint.url, headers, round((time.monotonic() - begun) * 1000))

    try:
        reply = session.ask("POST", endpoint.url, headers, body, cut=True)
    except http_client.NoAnswer as reason:
        return SendResult(False, str(reason), away=True, detail=sent())
    if 200 <= reply.status < 300:
        return SendResult(True, reply.text, reply.status, detail=sent())
    text = reply.text
    if 300 <= reply.status < 400:
        text = f"Redirects are not followed ({reply.headers.get('location', '')[:200]})."
    return SendResult(False, text, reply.status, for_good=reply.status == GONE, detail=sent())


def hold_endpoint(endpoint_id: UUID) -> Endpoint | None:
    """The endpoint, which nobody else changes until the transaction ends; locked before its messages by
    everybody. Events can be written for it meanwhile.
    """
    return Endpoint.objects.select_for_update(no_key=True).filter(id=endpoint_id).first()


def _shares(endpoint_id: UUID) -> dict[str, int]:
    """An organization whose servers hang leaves the other organizations most of the places."""
    endpoint = Endpoint.objects.filter(id=endpoint_id).first()
    if endpoint is None:
        return {}
    organization = endpoint.organization_id
    failing = {f"failing webhooks of {organization}": FAILING_OF_ORGANIZATION, "failing webhooks": FAILING}
    return {f"webhooks of {organization}": OF_ORGANIZATION, **(failing if endpoint.failing_since else {})}


def _beside(endpoint_id: UUID) -> list[UUID]:
    """The organization's endpoints that have waited longest for a place."""
    organization = Endpoint.objects.filter(id=endpoint_id).values("organization_id")
    due = Message.objects.filter(state=Message.State.WAITING, next_try_at__lte=clock.now())
    others = due.filter(endpoint__organization_id__in=organization).exclude(endpoint_id=endpoint_id)
    first = others.order_by().values("endpoint_id").annotate(first=Min("next_try_at")).order_by("first")
    return [row["endpoint_id"] for row in first[: 2 * OF_ORGANIZATION]]


def _noted(tries: list[tuple[Message, SendResult]]) -> None:
    """Log what came of some attempts at one endpoint, and see whether it is still to be told. Messages that
    were deleted meanwhile, with their endpoint or their learner, are left out.
    """
    there = set(Message.objects.filter(id__in=[row.pk for row, _ in tries]).values_list("id", flat=True))
    if not (tries := [(row, outcome) for row, outcome in tries if row.pk in there]):
        return
    DeliveryAttempt.objects.bulk_create(
        DeliveryAttempt(
            message=message,
            url=outcome.detail.url,
            headers=outcome.detail.headers,
            milliseconds=outcome.detail.milliseconds,
            status=outcome.status,
            response=outcome.answer[:LONGEST_KEPT],
        )
        for message, outcome in tries
    )
    moment, endpoint_id = clock.now(), tries[0][0].endpoint_id
    endpoint = Endpoint.objects.filter(id=endpoint_id)
    if any(outcome.delivered for _, outcome in tries):
        stale = Q(last_success_at=None) | Q(last_success_at__lt=moment - SUCCESS_NOTED_EVERY)
        endpoint.filter(stale | Q(failing_since__isnull=False)).update(
            last_success_at=moment, failing_since=None
        )
    if not all(outcome.delivered for _, outcome in tries):
        endpoint.filter(failing_since=None).update(failing_since=moment)
    if any(outcome.status == GONE for _, outcome in tries):
        disable_failed(endpoint_id, Endpoint.Reason.GONE)
    for message, outcome in tries:
        if not outcome.delivered and message.give_up_at and message.give_up_at <= moment:
            _disable_unless_anything_arrived(message)


def _disable_unless_anything_arrived(given_up: Message) -> None:
    """Disable an endpoint that took nothing while an event was tried, from its first attempt to its last."""
    assert given_up.give_up_at is not None  # noqa: S101 - it was compared before
    began = given_up.give_up_at - GIVEN_UP_AFTER
    endpoint = Endpoint.objects.get(id=given_up.endpoint_id)
    if endpoint.last_success_at is None or endpoint.last_success_at < began:
        disable_failed(endpoint.id, Endpoint.Reason.FAILING)


@transaction.atomic
def disable_failed(endpoint_id: UUID, reason: str) -> None:
    """Send nothing more to an endpoint, and tell the organization's administrators."""
    endpoint = hold_endpoint(endpoint_id)
    if endpoint is None or not endpoint.enabled:
        return
    disable_row(endpoint, reason)
    record(system(endpoint.organization_id), "disabled", "webhook", endpoint.id, str(endpoint), reason=reason)
    if to := people.addresses_of(endpoint.organization_id, Permission.WEBHOOKS_MANAGE)[
        : mail.MOST_RECIPIENTS
    ]:
        mail.send(
            endpoint.organization_id,
            to=to,
            subject=f"Webhook disabled: {endpoint}",
            text=(
                f"The webhook endpoint {endpoint.url} was disabled. {_WHY[reason]}\n\n"
                "Events are no longer sent to it. Check the endpoint, enable it again, and replay what "
                f"failed:\n{settings.HELIOGRAPH.url}/admin/org/webhooks/{endpoint.id}/\n"
            ),
        )


def disable_row(endpoint: Endpoint, reason: str) -> None:
    """Mark an endpoint as disabled; what waits for it is given up, and can be replayed."""
    endpoint.enabled, endpoint.disabled_reason, endpoint.disabled_at = False, reason, clock.now()
    endpoint.save(update_fields=["enabled", "disabled_reason", "disabled_at"])
    CHANNEL.give_up(endpoint.id, "The endpoint was disabled.")


# A request takes 15 seconds at most, and five are claimed for each that is sent at once.
CHANNEL = Channel(
    "webhooks",
    Message,
    _send,
    lease=timedelta(seconds=90),
    kept_for=KEPT_FOR,
    shard="endpoint_id",
    in_order="ordered_by",
    at_once=AT_ONCE,
    related=("endpoint", "event"),
    connect=_connect,
    noted=_noted,
    hold=hold_endpoint,
    shares=_shares,
    beside=_beside,
    given_up_after=GIVEN_UP_AFTER,
    queue=QUEUE,
)
