"""Postbacks: the organization's own server is told when a learner of a dispatch reaches a milestone.

Commits and callbacks know nothing of this: a chore follows the logs they write, compares each registration
with what its address was last told (`PostbackState`), and writes a `Postback` row where the two differ. A job
sends the rows of one dispatch in order, signed as Standard Webhooks says, until they arrive.
"""

from __future__ import annotations

import base64
import logging
import secrets
from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec
from django.db import connection, transaction
from django.db.models import QuerySet
from standardwebhooks import Webhook

from heliograph.audit.actions import record
from heliograph.core import clock, jobs
from heliograph.core.actor import Actor, Role
from heliograph.core.backoff import GIVEN_UP_AFTER, next_try
from heliograph.core.chores import alone_with
from heliograph.core.ids import parse_id
from heliograph.dispatch.errors import NoPostbackAddress, PostbackNotFound
from heliograph.dispatch.models import Dispatch, License, Postback, PostbackState, Session, SessionEvent
from heliograph.runtime import actions as runtime
from heliograph.runtime import queries as registrations

if TYPE_CHECKING:
    from heliograph.runtime.models import Registration

log = logging.getLogger(__name__)
REGISTERED, COMPLETED, CHANGED = "registration.registered", "registration.completed", "registration.changed"
WARNING = "license.warning"
SECRET_BYTES = 32
FOLLOWED = timedelta(minutes=1)  # how far back the chore reads the log: some of its rows become visible late
SESSION_OVER_AFTER = timedelta(
    minutes=2
)  # without a commit; many a learner closes the window and says nothing
LEASE = timedelta(
    seconds=30
)  # a request takes 15 at most; a worker that dies holds a postback no longer than this
MOST_AT_ONCE, AT_A_TIME = 100, 1_000
KEPT_FOR = timedelta(days=90)


@transaction.atomic
def set_address(actor: Actor, dispatch: Dispatch, url: str) -> None:
    """Send postbacks of this dispatch to ``url`` from now on; empty: to nobody.

    What is already there is not sent. Raises `Invalid`.
    """
    actor.require(Role.MANAGER)
    url = url.strip()
    if url:
        from heliograph.core import (
            http_client,
        )  # here, because its libraries cost every process a tenth of a second to load

        http_client.refuse_address(url)
    if url == dispatch.postback_url:
        return
    if url and not dispatch.postback_url:
        _tell_nothing_of_the_past(dispatch)
    if not url:
        waiting = dispatch.postbacks.filter(state=Postback.State.WAITING)
        waiting.update(
            state=Postback.State.GIVEN_UP,
            next_try_at=None,
            answer="The dispatch has no postback address any more.",
        )
    before, dispatch.postback_url = dispatch.postback_url, url
    dispatch.signing_secret = dispatch.signing_secret or _new_secret()
    dispatch.save(update_fields=["postback_url", "signing_secret"])
    record(
        actor, "changed postback address of", "dispatch", dispatch.id, dispatch.name, before=before, after=url
    )


@transaction.atomic
def remake_secret(actor: Actor, dispatch: Dispatch) -> str:
    """A new signing secret, to be shown this once; the old one signs nothing any more."""
    actor.require(Role.MANAGER)
    dispatch.signing_secret = _new_secret()
    dispatch.save(update_fields=["signing_secret"])
    record(actor, "made new signing secret of", "dispatch", dispatch.id, dispatch.name)
    return dispatch.signing_secret


@transaction.atomic
def replay(actor: Actor, postback: Postback) -> Postback:
    """Send a postback again, under its old id, whatever became of it. Raises `NoPostbackAddress`."""
    actor.require(Role.MANAGER)
    if not postback.dispatch.postback_url:
        raise NoPostbackAddress("This dispatch has no postback address. Give it one first.")
    postback.state, postback.tries = Postback.State.WAITING, 0
    postback.next_try_at = clock.now()
    postback.give_up_at = clock.now() + GIVEN_UP_AFTER
    postback.save(update_fields=["state", "tries", "next_try_at", "give_up_at"])
    record(
        actor,
        "replayed postback of",
        "dispatch",
        postback.dispatch_id,
        postback.dispatch.name,
        postback=str(postback.id),
    )
    enqueue(postback.dispatch_id)
    return postback


def of_dispatch(dispatch: Dispatch) -> QuerySet[Postback]:
    """The dispatch's postbacks, newest first."""
    return dispatch.postbacks.select_related("registration__learner").order_by("-id")


def postback(dispatch: Dispatch, postback_id: str) -> Postback:
    """One postback of the dispatch. Raises `PostbackNotFound`."""
    by_id = parse_id(postback_id)
    found = dispatch.postbacks.select_related("dispatch").filter(id=by_id).first() if by_id else None
    if found is None:
        raise PostbackNotFound("There is no such postback of this dispatch.")
    return found


def take_note(registration: Registration) -> None:
    """Write what there is to tell of a registration now; for changes that do not come through the log of
    commits.
    """
    if (
        registration.dispatch_id
        and Dispatch.objects.filter(id=registration.dispatch_id).exclude(postback_url="").exists()
    ):
        _tell(registration.id)


def follow() -> int:
    """Tell of the registrations that were heard of lately; how many there was news of."""
    if not Dispatch.objects.exclude(postback_url="").exists():
        return 0
    # In steps: in one, the planner reads every registration there is.
    since = clock.now() - FOLLOWED
    events = SessionEvent.objects.filter(received_at__gte=since)
    told_of = list(events.order_by().values_list("session_id", flat=True).distinct())
    worked_in = registrations.worked_in_since(since)
    worked_in += Session.objects.filter(id__in=told_of).values_list("registration_id", flat=True)
    return sum(_tell_all("r.id = ANY(%(ids)s)", ids=some) for some in _parts(worked_in))


def sweep() -> int:
    """Tell of every registration that stands elsewhere than its address was told: what `follow` and
    `take_note` could not see.
    """
    return _tell_all("true")


def announce(
    dispatch: Dispatch, kind: str, data: dict[str, Any], registration: Registration | None = None
) -> Postback | None:
    """Write one postback, inside the caller's transaction, and have it sent; None where the dispatch has no
    address.
    """
    if not dispatch.postback_url:
        return None
    moment = clock.now()
    made = Postback.objects.create(
        organization_id=dispatch.organization_id,
        dispatch=dispatch,
        registration=registration,
        kind=kind,
        body=msgspec.to_builtins({"type": kind, "timestamp": moment, "data": data}),
        next_try_at=moment,
        give_up_at=moment + GIVEN_UP_AFTER,
    )
    enqueue(dispatch.id)
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


def due_dispatches() -> list[UUID]:
    """The dispatches that have something to send now."""
    due = Postback.objects.filter(state=Postback.State.WAITING, next_try_at__lte=clock.now())
    return list(due.order_by().values_list("dispatch_id", flat=True).distinct())


def send_due(dispatch_id: UUID) -> None:
    """Send what is due of a dispatch, oldest first; an address that does not answer is left alone for a
    while.
    """
    with alone_with(_job(dispatch_id), wait=False) as mine:
        more = mine and _send_some(dispatch_id)
    if more:
        enqueue(dispatch_id)


def _send_some(dispatch_id: UUID) -> bool:
    """Send the next; whether there may be more."""
    for _ in range(MOST_AT_ONCE):
        claimed = _claim(dispatch_id)
        if claimed is None or not _send(claimed):
            return False
    return True


def forget_old() -> None:
    """Delete what was delivered, or given up, long ago: it names learners."""
    over = clock.now() - KEPT_FOR
    Postback.objects.filter(state=Postback.State.DELIVERED, delivered_at__lt=over).delete()
    Postback.objects.filter(state=Postback.State.GIVEN_UP, give_up_at__lt=over).delete()
    Postback.objects.filter(state=Postback.State.GIVEN_UP, give_up_at=None, created_at__lt=over).delete()


# Where a registration stands elsewhere than told. Its score counts once the session is over: courses report
# one after every question.
_NEWS = """
SELECT r.id
  FROM report_registrations r
  JOIN dispatch_dispatch d ON d.id = r.dispatch_id AND d.postback_url <> ''
  LEFT JOIN dispatch_postbackstate t ON t.registration_id = r.id
 WHERE r.purpose = 'learning' AND ({which})
   AND (t.registration_id IS NULL
        OR (t.attempt, t.completed, t.success) <> (greatest(r.attempt_number, 1), r.completion = 'completed', r.success)
        OR ((t.score_scaled, t.score_raw) IS DISTINCT FROM (r.score_scaled, r.score_raw)
            AND (r.last_activity_at < %(quiet)s
                 OR EXISTS (SELECT 1 FROM report_attempts a JOIN report_launches l ON l.id = a.current_launch_id
                             WHERE a.organization_id = r.organization_id AND a.registration_id = r.id AND a.number = r.attempt_number
                               AND l.ended_at IS NOT NULL))))
 ORDER BY r.id
"""

_TOLD = """
INSERT INTO dispatch_postbackstate (registration_id, organization_id, attempt, completed, success, score_scaled, score_raw)
SELECT r.id, r.organization_id, greatest(r.attempt_number, 1), r.completion = 'completed', r.success, r.score_scaled, r.score_raw
  FROM report_registrations r
 WHERE r.purpose = 'learning' AND ({which})
    ON CONFLICT (registration_id) DO UPDATE SET attempt = excluded.attempt, completed = excluded.completed, success = excluded.success,
       score_scaled = excluded.score_scaled, score_raw = excluded.score_raw
"""

_CLAIM = """
UPDATE dispatch_postback SET tries = tries + 1, next_try_at = %(lease)s
 WHERE state = 'waiting' AND next_try_at <= %(now)s AND id = (
       SELECT p.id FROM dispatch_postback p
        WHERE p.dispatch_id = %(dispatch)s AND p.state = 'waiting' AND p.next_try_at <= %(now)s
          AND NOT EXISTS (SELECT 1 FROM dispatch_postback earlier
                           WHERE earlier.registration_id = p.registration_id AND earlier.state = 'waiting' AND earlier.id < p.id)
        ORDER BY p.id LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING id
"""


def _tell_all(which: str, **parameters: Any) -> int:
    with connection.cursor() as cursor:
        cursor.execute(_NEWS.format(which=which), {"quiet": clock.now() - SESSION_OVER_AFTER, **parameters})
        found = [row[0] for row in cursor.fetchall()]
    return sum(_tell(registration_id) for registration_id in found)


def _parts(ids: list[UUID]) -> Iterator[list[UUID]]:
    for start in range(0, len(ids), AT_A_TIME):
        yield ids[start : start + AT_A_TIME]


@transaction.atomic
def _tell(registration_id: UUID) -> bool:
    """Write the postback of a registration's state, unless this state was told.

    Holding the registration, two workers never both find news.
    """
    runtime.lock(registration_id)
    one = {"registration": registration_id}
    with connection.cursor() as cursor:
        cursor.execute(
            _NEWS.format(which="r.id = %(registration)s"), {"quiet": clock.now() - SESSION_OVER_AFTER, **one}
        )
        if cursor.fetchone() is None:
            return False
        registration = registrations.as_stored(registration_id)
        told = PostbackState.objects.filter(registration_id=registration_id).first()
        cursor.execute(_TOLD.format(which="r.id = %(registration)s"), one)
    dispatch = Dispatch.objects.select_related("destination").filter(id=registration.dispatch_id).get()  # type: ignore[misc]
    announce(dispatch, _kind(told, registration), _state(dispatch, registration), registration)
    return True


def _tell_nothing_of_the_past(dispatch: Dispatch) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            _TOLD.format(which="r.organization_id = %(organization)s AND r.dispatch_id = %(dispatch)s"),
            {"organization": dispatch.organization_id, "dispatch": dispatch.id},
        )


def _kind(told: PostbackState | None, registration: Registration) -> str:
    if registration.completion == "completed" and (
        told is None or not told.completed or told.attempt != max(registration.attempt_number, 1)
    ):
        return COMPLETED
    return REGISTERED if told is None else CHANGED


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


def _claim(dispatch_id: UUID) -> Postback | None:
    """The oldest postback that is due and follows none of its registration that still waits; nobody else
    sends it during the lease.
    """
    moment = clock.now()
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, {"dispatch": dispatch_id, "now": moment, "lease": moment + LEASE})
        row = cursor.fetchone()
    return Postback.objects.select_related("dispatch").get(id=row[0]) if row else None


def _send(claimed: Postback) -> bool:
    """Send one postback and note what came of it. False where the address did not answer at all."""
    from heliograph.core import http_client  # here: see above

    try:
        answer = http_client.post(claimed.dispatch.postback_url, *_message(claimed))
    except http_client.NoAnswer as reason:
        retry_at = _failed(claimed, None, str(reason))
        later = Postback.objects.filter(
            dispatch_id=claimed.dispatch_id, state=Postback.State.WAITING, next_try_at__lt=retry_at
        )
        later.update(next_try_at=retry_at)
        return False
    if not answer.good:
        _failed(claimed, answer.status, answer.text)
    else:
        _note(
            claimed,
            state=Postback.State.DELIVERED,
            status=answer.status,
            answer=answer.text[:500],
            delivered_at=clock.now(),
        )
    return True


def _message(claimed: Postback) -> tuple[bytes, dict[str, str]]:
    """The body and the headers of Standard Webhooks 1.0: id, time, and a signature over both and the body."""
    body, moment, name = msgspec.json.encode(claimed.body), clock.now(), str(claimed.id)
    signature = Webhook(claimed.dispatch.signing_secret).sign(name, moment, body.decode())
    return body, {
        "Content-Type": "application/json",
        "webhook-id": name,
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": signature,
    }


def _failed(claimed: Postback, status: int | None, answer: str) -> Any:
    moment = clock.now()
    retry_at = next_try(claimed.tries, moment)
    over = claimed.give_up_at is None or claimed.give_up_at <= moment
    if over:
        log.warning(
            "postback %s to dispatch %s's address was given up after %s tries",
            claimed.id,
            claimed.dispatch_id,
            claimed.tries,
        )
    _note(
        claimed,
        state=Postback.State.GIVEN_UP if over else Postback.State.WAITING,
        status=status,
        answer=answer[:500],
        next_try_at=None if over else retry_at,
    )
    return retry_at


def _note(claimed: Postback, **columns: Any) -> None:
    """Only the latest try may say what came of it: not one whose lease ran out, nor one from before a replay."""
    Postback.objects.filter(id=claimed.id, tries=claimed.tries, state=Postback.State.WAITING).update(
        **{"next_try_at": None, **columns}
    )


def enqueue(dispatch_id: UUID) -> None:
    """Have the due postbacks sent soon; one job for each dispatch waits at a time.

    The job has no lock of the queue's, as in `lrs.pipes.lease.enqueue`.
    """
    jobs.enqueue("dispatch.send_postbacks", only_one=_job(dispatch_id), dispatch_id=str(dispatch_id))


def _job(dispatch_id: UUID) -> str:
    return f"postbacks of {dispatch_id}"


def _new_secret() -> str:
    return f"whsec_{base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()}"
