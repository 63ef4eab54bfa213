"""Postbacks: the organization's own server is told when a learner of a dispatch reaches a milestone.

Commits and callbacks know nothing of this: a chore follows the logs they write, compares each registration
with what its address was last told (`PostbackState`), and writes a `Postback` row where the two differ. They
are sent by `delivery.sending`, those of one registration in order, signed as Standard Webhooks says.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec
from django.db import connection, transaction
from django.db.models import QuerySet

from heliograph.audit.actions import record
from heliograph.core import clock
from heliograph.core.actor import Actor
from heliograph.core.ids import parse_id
from heliograph.core.permissions import Permission
from heliograph.core.scope import limited
from heliograph.core.secrets.webhook_signatures import new_secret, signed_headers
from heliograph.core.translation import gettext
from heliograph.delivery.sending import Channel, ReceiverAway, SendResult
from heliograph.dispatch.errors import NoPostbackAddress, PostbackNotFound
from heliograph.dispatch.models import Dispatch, License, Postback, PostbackState, Session, SessionEvent
from heliograph.runtime import actions as runtime
from heliograph.runtime import queries as registrations

if TYPE_CHECKING:
    from heliograph.runtime.models import Registration

REGISTERED, COMPLETED, CHANGED = "registration.registered", "registration.completed", "registration.changed"
WARNING = "license.warning"
FOLLOWED = timedelta(minutes=1)  # how far back the chore reads the log: some of its rows become visible late
# Without a commit for so long, a session is over; many a learner closes the window and says nothing.
SCORE_TOLD_AFTER_QUIET = timedelta(minutes=2)
AT_A_TIME = 1_000  # registrations


@transaction.atomic
def set_address(actor: Actor, dispatch: Dispatch, url: str) -> None:
    """Send postbacks of this dispatch to ``url`` from now on; empty: to nobody.

    What is already there is not sent. Raises `Invalid`.
    """
    actor.require(Permission.DISPATCHES_MANAGE)
    url = url.strip()
    if url:
        # Here, because its libraries cost every process a tenth of a second to load.
        from heliograph.core import (
            http_client,
        )

        http_client.refuse_address(url, "postback_url")
    if url == dispatch.postback_url:
        return
    if url and not dispatch.postback_url:
        _note_present_states(dispatch)
    if not url:
        CHANNEL.give_up(dispatch.id, "The webhook was turned off.")
    before, dispatch.postback_url = dispatch.postback_url, url
    dispatch.signing_secret = dispatch.signing_secret or new_secret()
    dispatch.save(update_fields=["postback_url", "signing_secret"])
    record(
        actor, "changed webhook endpoint of", "dispatch", dispatch.id, dispatch.name, before=before, after=url
    )


@transaction.atomic
def remake_secret(actor: Actor, dispatch: Dispatch) -> str:
    """A new signing secret, to be shown this once; the old one signs nothing any more."""
    actor.require(Permission.DISPATCHES_MANAGE)
    dispatch.signing_secret = new_secret()
    dispatch.save(update_fields=["signing_secret"])
    record(actor, "rotated signing secret of", "dispatch", dispatch.id, dispatch.name)
    return dispatch.signing_secret


@transaction.atomic
def replay(actor: Actor, postback: Postback) -> Postback:
    """Send a postback again, under its old id, whatever became of it. Raises `NoPostbackAddress`."""
    actor.require(Permission.DISPATCHES_MANAGE)
    if not postback.dispatch.postback_url:
        raise NoPostbackAddress(gettext("This dispatch has no webhook endpoint. Add one first."))
    CHANNEL.send_again(postback)
    record(
        actor,
        "retried webhook for",
        "dispatch",
        postback.dispatch_id,
        postback.dispatch.name,
        postback=str(postback.id),
    )
    return postback


def of_dispatch(dispatch: Dispatch) -> QuerySet[Postback]:
    """The dispatch's postbacks, newest first."""
    return limited(dispatch.postbacks.all()).select_related("registration__learner").order_by("-id")


def postback(dispatch: Dispatch, postback_id: str) -> Postback:
    """One postback of the dispatch. Raises `PostbackNotFound`."""
    by_id = parse_id(postback_id)
    mine = limited(dispatch.postbacks.select_related("dispatch"))
    postback = mine.filter(id=by_id).first() if by_id else None
    if postback is None:
        raise PostbackNotFound(gettext("Webhook delivery not found."))
    return postback


def take_note(registration: Registration) -> None:
    """Write what there is to tell of a registration now; for changes that do not come through the log of
    commits.
    """
    if (
        registration.dispatch_id
        and Dispatch.objects.filter(id=registration.dispatch_id).exclude(postback_url="").exists()
    ):
        _enqueue_change(registration.id)


def follow() -> int:
    """Tell of the registrations that were heard of lately; how many there was news of."""
    if not Dispatch.objects.exclude(postback_url="").exists():
        return 0
    # In steps: in one, the planner reads every registration there is.
    since = clock.now() - FOLLOWED
    events = SessionEvent.objects.filter(received_at__gte=since)
    session_ids = list(events.order_by().values_list("session_id", flat=True).distinct())
    worked_in = registrations.worked_in_since(since)
    worked_in += Session.objects.filter(id__in=session_ids).values_list("registration_id", flat=True)
    return sum(_enqueue_changes("r.id = ANY(%(ids)s)", ids=some) for some in _parts(worked_in))


def sweep() -> int:
    """Tell of every registration that stands elsewhere than its address was told: what `follow` and
    `take_note` could not see.
    """
    return _enqueue_changes("true")


def announce(
    dispatch: Dispatch, kind: str, data: dict[str, Any], registration: Registration | None = None
) -> Postback | None:
    """Write one postback, inside the caller's transaction, and have it sent; None where the dispatch has no
    address.
    """
    if not dispatch.postback_url:
        return None
    columns = CHANNEL.columns_of_new()
    made = Postback.objects.create(
        organization_id=dispatch.organization_id,
        dispatch=dispatch,
        registration=registration,
        kind=kind,
        body=msgspec.to_builtins({"type": kind, "timestamp": columns["created_at"], "data": data}),
        **columns,
    )
    CHANNEL.enqueue(dispatch.id)
    return made


def announce_warning(license: License, what: str, share: int) -> None:
    """Tell the address of a license's dispatch, or each address of its destination's dispatches once, that
    ``share`` % of something are used.
    """
    under = Dispatch.objects.filter(organization_id=license.organization_id).exclude(postback_url="")
    under = (
        under.filter(id=license.dispatch_id)
        if license.dispatch_id
        else under.filter(destination=license.destination, licenses=None)
    )
    for dispatch in (
        under.select_related("destination").order_by("postback_url", "id").distinct("postback_url")
    ):
        announce(
            dispatch,
            WARNING,
            {
                "license": {"id": license.id, "name": license.name},
                "what": what,
                "share": share,
                **_names(dispatch),
            },
        )


# Where a registration stands elsewhere than told. Its score counts once the session is over: courses report
# one after every question.
_NEWS = """
SELECT r.id
  FROM report_registrations r
  JOIN dispatch_dispatch d ON d.id = r.dispatch_id AND d.postback_url <> ''
  LEFT JOIN dispatch_postbackstate t ON t.registration_id = r.id
 WHERE r.purpose = 'learning' AND ({which})
   AND (
     -- The address was never told of it,
     t.registration_id IS NULL
     -- or of another attempt, completion or success,
     OR (t.attempt, t.completed, t.success)
        <> (greatest(r.attempt_number, 1), r.completion = 'completed', r.success)
     -- or of another score, and the session is over.
     OR (t.score_scaled, t.score_raw) IS DISTINCT FROM (r.score_scaled, r.score_raw)
        AND (r.last_activity_at < %(quiet)s
             OR EXISTS (
               SELECT FROM report_attempts a
                 JOIN report_launches l ON l.id = a.current_launch_id
                WHERE a.organization_id = r.organization_id
                  AND a.registration_id = r.id
                  AND a.number = r.attempt_number
                  AND l.ended_at IS NOT NULL
             ))
   )
 ORDER BY r.id
"""

_TOLD = """
INSERT INTO dispatch_postbackstate (
  registration_id, organization_id, attempt, completed, success, score_scaled, score_raw
)
SELECT r.id, r.organization_id, greatest(r.attempt_number, 1),
       r.completion = 'completed', r.success, r.score_scaled, r.score_raw
  FROM report_registrations r
 WHERE r.purpose = 'learning' AND ({which})
    ON CONFLICT (registration_id) DO UPDATE
   SET attempt = excluded.attempt, completed = excluded.completed, success = excluded.success,
       score_scaled = excluded.score_scaled, score_raw = excluded.score_raw
"""


def _enqueue_changes(which: str, **parameters: Any) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            _NEWS.format(which=which), {"quiet": clock.now() - SCORE_TOLD_AFTER_QUIET, **parameters}
        )
        registration_ids = [row[0] for row in cursor.fetchall()]
    return sum(_enqueue_change(registration_id) for registration_id in registration_ids)


def _parts(ids: list[UUID]) -> Iterator[list[UUID]]:
    for start in range(0, len(ids), AT_A_TIME):
        yield ids[start : start + AT_A_TIME]


@transaction.atomic
def _enqueue_change(registration_id: UUID) -> bool:
    """Write the postback of a registration's state, unless this state was told.

    Holding the registration, two workers never both find news.
    """
    runtime.lock(registration_id)
    values = {"registration": registration_id}
    with connection.cursor() as cursor:
        cursor.execute(
            _NEWS.format(which="r.id = %(registration)s"),
            {"quiet": clock.now() - SCORE_TOLD_AFTER_QUIET, **values},
        )
        if cursor.fetchone() is None:
            return False
        registration = registrations.as_stored(registration_id)
        state = PostbackState.objects.filter(registration_id=registration_id).first()
        cursor.execute(_TOLD.format(which="r.id = %(registration)s"), values)
    dispatch = Dispatch.objects.select_related("destination").filter(id=registration.dispatch_id).get()  # type: ignore[misc]
    announce(dispatch, _kind(state, registration), _state(dispatch, registration), registration)
    return True


def _note_present_states(dispatch: Dispatch) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            _TOLD.format(which="r.organization_id = %(organization)s AND r.dispatch_id = %(dispatch)s"),
            {"organization": dispatch.organization_id, "dispatch": dispatch.id},
        )


def _kind(state: PostbackState | None, registration: Registration) -> str:
    if registration.completion == "completed" and (
        state is None or not state.completed or state.attempt != max(registration.attempt_number, 1)
    ):
        return COMPLETED
    return REGISTERED if state is None else CHANGED


def _state(dispatch: Dispatch, registration: Registration) -> dict[str, Any]:
    """A registration as the receiver sees it: everything the API says of it, and what it belongs to by the
    names people gave.
    """
    return {
        "registration": registrations.shown(registration),
        "course": {
            "id": registration.course_id,
            "key": registration.course.key,
            "title": registration.course.title,
        },
        **_names(dispatch),
    }


def _names(dispatch: Dispatch) -> dict[str, Any]:
    return {
        "dispatch": {"id": dispatch.id, "key": dispatch.key, "name": dispatch.name},
        "destination": {
            "id": dispatch.destination_id,
            "key": dispatch.destination.key,
            "name": dispatch.destination.name,
        },
    }


def _send(claimed: Postback) -> SendResult:
    """Send one postback. Raises `ReceiverAway`."""
    from heliograph.core import http_client  # here: see above

    body, dispatch = msgspec.json.encode(claimed.body), claimed.dispatch
    headers = signed_headers([dispatch.signing_secret], str(claimed.id), clock.now(), body)
    try:
        answer = http_client.post(dispatch.postback_url, body, headers)
    except http_client.NoAnswer as reason:
        raise ReceiverAway(str(reason)) from None
    return SendResult(answer.good, answer.text, answer.status)


# A request takes 15 seconds at most.
CHANNEL = Channel(
    "postbacks",
    Postback,
    _send,
    lease=timedelta(seconds=30),
    kept_for=timedelta(days=90),
    shard="dispatch_id",
    in_order="registration_id",
)
