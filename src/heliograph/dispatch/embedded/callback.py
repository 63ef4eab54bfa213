"""The callback: what embedded packages report of their sessions, in any order, as often as it takes, and
however late.

An event is stored once for its session and number. A session takes a state only if its number is higher than
what it has, and a registration only what is newest for that SCO: one statement decides both under the
session's and the learner's locks, so nothing is lost between two of them. docs/protocols/embedded.md tells
the rest.
"""

import hashlib
import math
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal, LiteralString
from uuid import UUID

import msgspec
from django.conf import settings

from heliograph.core import clock, json
from heliograph.core.database.prepared import PreparedStatement
from heliograph.core.secrets import tokens
from heliograph.dispatch.errors import EventsUnreadable, SessionNotFound
from heliograph.dispatch.models import RelayReceipt, Session
from heliograph.dispatch.rate_limits import CALLBACKS
from heliograph.dispatch.results import agreement
from heliograph.runtime import external_outcomes
from heliograph.runtime.sequencing import ActivityOutcome

PURPOSE = "callback"
TOKEN_LIFE = (
    86_400  # seconds: a film may report nothing before its end; answers renew a token that is half spent
)
LONGEST_AGO = 400 * 86_400_000  # milliseconds
LONGEST_SESSION = 10_000 * 360_000  # centiseconds: the most that SCORM 1.2 can say
MOST_EVENTS, MOST_ELEMENTS, LONGEST_SCO = 500, 20_000, 2_000
MOST_UNKEPT, LONGEST_UNKEPT = 100, 4_000
ROUTES_KEPT, ROUTE_LIFE = 20_000, 60.0


class ReadBackDifferences(msgspec.Struct):
    """A value the course wrote that the LMS refused, changed or did not save; ``kept`` is what it answered
    when it was asked.
    """

    element: str
    written: str
    kept: str = ""
    error: str = "0"


class State(msgspec.Struct):
    """How a session's SCO stands; ``elements`` is its data model as the LMS accepted it, ``sco`` its address
    in the package.

    ``unsaved`` are the elements of the result that the LMS was not asked to save, ``differing`` those that it
    has otherwise than the course; None in packages before this, which say in ``unkept`` alone, and once, what
    their LMS did not keep.
    """

    completion: Literal["unknown", "not attempted", "incomplete", "completed"] = "unknown"
    success: Literal["unknown", "passed", "failed"] = "unknown"
    score_scaled: float | None = None
    score_raw: float | None = None
    score_min: float | None = None
    score_max: float | None = None
    progress: float | None = None
    centiseconds: int = 0
    elements: dict[str, str] = {}
    sco: Annotated[str, msgspec.Meta(max_length=LONGEST_SCO)] = ""
    unkept: Annotated[list[ReadBackDifferences], msgspec.Meta(max_length=MOST_UNKEPT)] = []
    unsaved: Annotated[list[str], msgspec.Meta(max_length=MOST_UNKEPT)] = []
    differing: Annotated[list[str], msgspec.Meta(max_length=MOST_UNKEPT)] | None = None
    measured: bool | None = None  # packages before this said nothing of it

    @property
    def by_clock(self) -> bool:
        """Whether its time is what the browser measured, and not what the course reported."""
        if self.measured is not None:
            return self.measured
        return bool(self.elements) and not any(element.endswith(".session_time") for element in self.elements)


class StateEvent(msgspec.Struct, tag_field="kind", tag="state"):
    """The state that a session reached ``ago`` milliseconds before this message."""

    sequence: Annotated[int, msgspec.Meta(ge=1, le=2**53)]
    body: State
    ago: int = 0


class EndEvent(msgspec.Struct, tag_field="kind", tag="end"):
    """The end of a session; its last state comes in an event of its own."""

    sequence: Annotated[int, msgspec.Meta(ge=1, le=2**53)]
    ago: int = 0
    body: dict[str, Any] = {}


class Message(msgspec.Struct):
    """Events of one session.

    Browsers prove themselves by ``token``; servers name dispatch and session, and sign.
    """

    events: list[StateEvent | EndEvent]
    token: str = ""
    dispatch: str = ""
    session: str = ""


@dataclass(frozen=True, slots=True)
class Route:
    """What never changes about a session, kept in memory for a while, and whether its dispatch keeps
    learners' data.
    """

    good_until: float
    session_id: UUID
    organization_id: UUID
    dispatch_id: UUID
    deployment_id: UUID
    registration_id: UUID
    tracking: bool


def read(raw: bytes) -> Message:
    """The message in a request's body. Raises `EventsUnreadable`."""
    try:
        message: Message = json.read(raw, Message)
    except ValueError as reason:
        raise EventsUnreadable(f"This message cannot be read: {reason}.") from None
    if not 0 < len(message.events) <= MOST_EVENTS:
        raise EventsUnreadable("A message carries 1 to 500 events.")
    for event in message.events:
        if isinstance(event, StateEvent):
            _refuse_unkeepable(event.body)
    return message


def answer(raw: bytes) -> bytes:
    """The answer to a message's bytes. Raises what `read` and `take` raise."""
    return msgspec.json.encode(take(read(raw)))


def take(message: Message) -> dict[str, Any]:
    """Store the events of a token's session.

    Raises `TokenRefused`, `TokenExpired`, `SessionNotFound`, `RateLimited`.
    """
    claimed = tokens.claimed_subject(message.token)
    route = route_of(claimed) if claimed else None
    purpose = f"{PURPOSE}:{route.dispatch_id if route else ''}"
    _, expires = tokens.verify(_secret(), purpose, message.token, clock.epoch_seconds())
    if route is None:
        raise gone()
    answer = store(route, message.events)
    if expires - clock.epoch_seconds() < TOKEN_LIFE // 2:
        answer["token"] = token_for(route.dispatch_id, route.session_id)
    return answer


def store(route: Route, events: list[StateEvent | EndEvent]) -> dict[str, Any]:
    """Store the events of a session whose sender has proved themselves.

    Raises `SessionNotFound`, `RateLimited`.
    """
    CALLBACKS.spend(route.deployment_id)
    row = _STORE.row(_parameters(route, events))
    if not row or not row[0]:
        _routes.pop(route.session_id, None)
        raise gone()
    if route.tracking:
        _note_differences(route, events)
    return {"stored": max(event.sequence for event in events)}


def token_for(dispatch_id: UUID, session_id: UUID) -> str:
    """A token that tells of one session for a day."""
    return tokens.sign(_secret(), f"{PURPOSE}:{dispatch_id}", session_id, clock.epoch_seconds() + TOKEN_LIFE)


def route_of(session_id: UUID) -> Route | None:
    """What is known of an embedded session; None where there is none."""
    known = _routes.get(session_id)
    if known and known.good_until > time.monotonic():
        return known
    columns = (
        "id",
        "organization_id",
        "dispatch_id",
        "deployment_id",
        "registration_id",
        "dispatch__tracking",
    )
    session = Session.objects.filter(id=session_id, embedded=True).values_list(*columns).first()
    if session is None:
        return None
    if len(_routes) >= ROUTES_KEPT:
        _routes.clear()
    _routes[session_id] = Route(time.monotonic() + ROUTE_LIFE, *session)
    return _routes[session_id]


def event_id(session_id: UUID, sequence: int) -> UUID:
    """The one id of a session's event: the session's time, so that both lie in one partition, and a digest of
    the two numbers (RFC 9562, 5.7).
    """
    digest = hashlib.sha256(session_id.bytes + sequence.to_bytes(8, "big")).digest()
    number = int.from_bytes(session_id.bytes[:6] + digest[:10], "big")
    number = number & ~(0xF << 76) | 7 << 76
    return UUID(int=number & ~(0b11 << 62) | 0b10 << 62)


_routes: dict[UUID, Route] = {}

# How a course stands by what the sessions of each of its SCOs achieved: `standing` has the one row of
# `EmbeddedProgress`.
_ROLLED_UP: LiteralString = """sco AS (
  -- Each SCO. An LMS that begins an attempt anew takes nothing back: a SCO stays completed, and the newest
  -- word on success, score and progress counts.
  SELECT bool_or(one ->> 'completion' = 'completed') AS completed,
         (array_agg(one ->> 'success' ORDER BY at DESC)
            FILTER (WHERE one ->> 'success' <> 'unknown'))[1] AS success,
         (array_agg(one ORDER BY at DESC)
            FILTER (WHERE one ->> 'raw' IS NOT NULL OR one ->> 'scaled' IS NOT NULL))[1] AS scored,
         (array_agg((one ->> 'progress')::float8 ORDER BY at DESC)
            FILTER (WHERE one ->> 'progress' IS NOT NULL))[1] AS progress,
         expected
    FROM standing,
         jsonb_each(scos) AS each_sco (sco, sessions),
         jsonb_each(sessions) AS each_session (session, one),
         LATERAL (SELECT (one ->> 'at')::timestamptz AS at) AS moment
   GROUP BY sco, expected
), course AS (
  -- The course: done when all that are expected are, failed as soon as one is, passed when one is and none
  -- of several is open.
  SELECT CASE WHEN count(*) FILTER (WHERE completed) >= max(expected) THEN 'completed'
              ELSE 'incomplete' END AS completion,
         CASE WHEN bool_or(success = 'failed') THEN 'failed'
              WHEN bool_or(success = 'passed')
               AND (max(expected) = 1 OR count(*) FILTER (WHERE completed) >= max(expected)) THEN 'passed'
              ELSE 'unknown' END AS success,
         avg((scored ->> 'scaled')::float8) AS scaled, avg((scored ->> 'raw')::float8) AS raw,
         min((scored ->> 'min')::float8) AS min, max((scored ->> 'max')::float8) AS max,
         -- A SCO that tells no progress is all or nothing.
         CASE WHEN max(expected) = 1 THEN max(progress)
              ELSE least(1, sum(coalesce(progress, CASE WHEN completed THEN 1 ELSE 0 END))
                            / max(expected)) END AS progress
    FROM sco
  -- No row where no SCO has reported: then nothing is written.
  HAVING count(*) > 0
)"""

_STORE = PreparedStatement(f"""
WITH held AS MATERIALIZED (
  -- One message of a session after the other.
  SELECT id, sequence, centiseconds, launched_at, unconfirmed,
         -- What the browser's clock measured is at most what has gone by here.
         least(%(centiseconds)s::bigint,
               CASE WHEN %(by_clock)s
                    THEN greatest(0, extract(epoch FROM %(now)s::timestamptz - launched_at) * 100)::bigint
               END) AS spent
    FROM dispatch_session
   WHERE id = %(session)s
     FOR NO KEY UPDATE
), kept AS (
  -- The events as they came. Packages send again what no answer reached them of.
  INSERT INTO dispatch_sessionevent
         (id, organization_id, session_id, sequence, kind, body, happened_at, received_at)
  SELECT e.id, %(organization)s, %(session)s, e.sequence, e.kind, e.body, e.at, %(now)s
    FROM held,
         jsonb_to_recordset(%(events)s::jsonb)
           AS e (id uuid, sequence bigint, kind text, body jsonb, at timestamptz)
      ON CONFLICT DO NOTHING
), gate AS (
  -- Whether this is news of the session, and whether it counts for the registration: not where that was
  -- reset after this launch.
  SELECT id, sequence < %(sequence)s::bigint AS newer, spent, spent - centiseconds AS more,
         launched_at, unconfirmed,
         sequence < %(sequence)s::bigint AND NOT EXISTS (
           SELECT FROM dispatch_embeddedprogress p
            WHERE p.registration_id = %(registration)s AND p.counts_from > launched_at
         ) AS counts
    FROM held
), session AS (
  -- The session, by its newest state; what is older only shows that it was heard of.
  UPDATE dispatch_session s SET
         last_activity_at = greatest(s.last_activity_at, %(latest)s),
         ended_at = greatest(s.ended_at, %(ended)s::timestamptz),
         sequence = CASE WHEN gate.newer THEN %(sequence)s::bigint ELSE s.sequence END,
         completion = CASE WHEN gate.newer THEN %(completion)s ELSE s.completion END,
         success = CASE WHEN gate.newer THEN %(success)s ELSE s.success END,
         score_scaled = CASE WHEN gate.newer THEN %(scaled)s::float8 ELSE s.score_scaled END,
         score_raw = CASE WHEN gate.newer THEN %(raw)s::float8 ELSE s.score_raw END,
         score_min = CASE WHEN gate.newer THEN %(min)s::float8 ELSE s.score_min END,
         score_max = CASE WHEN gate.newer THEN %(max)s::float8 ELSE s.score_max END,
         progress = CASE WHEN gate.newer THEN %(progress)s::float8 ELSE s.progress END,
         centiseconds = CASE WHEN gate.newer THEN gate.spent ELSE s.centiseconds END,
         data = CASE WHEN gate.newer THEN %(data)s::jsonb ELSE s.data END
    FROM gate
   WHERE s.id = gate.id
), standing AS (
  -- This session's standing beside those of all others of the learner.
  UPDATE dispatch_embeddedprogress p
     SET scos = p.scos || jsonb_build_object(
           %(sco)s::text,
           coalesce(p.scos -> %(sco)s::text, '{{}}')
             || jsonb_build_object(%(session)s::text, %(standing)s::jsonb))
    FROM gate
   WHERE gate.newer
     AND p.registration_id = %(registration)s
     AND (p.counts_from > gate.launched_at) IS NOT TRUE
  RETURNING p.scos, p.expected
), {_ROLLED_UP}, outcome AS (
{external_outcomes.KEEP}
), told AS ({agreement.NOTE_EMBEDDED})
-- No row where the session is gone.
SELECT count(*) FROM gate
""")  # noqa: S608 — put together from this file's own words

_ACHIEVED = PreparedStatement(f"""
WITH standing AS (
  SELECT scos, expected FROM dispatch_embeddedprogress WHERE registration_id = %(registration)s
), {_ROLLED_UP} SELECT * FROM course
""")  # noqa: S608 — as above


def achieved(registration_id: UUID) -> ActivityOutcome | None:
    """How far a learner has come by what embedded packages reported; None where none did."""
    row = _ACHIEVED.row({"registration": registration_id})
    return ActivityOutcome(*row) if row else None


def _parameters(route: Route, events: list[StateEvent | EndEvent]) -> dict[str, Any]:
    moment = clock.now()
    times = [_happened(event, moment) for event in events]
    newest = max(
        (event for event in events if isinstance(event, StateEvent)),
        key=lambda event: event.sequence,
        default=None,
    )
    ends = [happened for event, happened in zip(events, times, strict=True) if isinstance(event, EndEvent)]
    state = newest.body if newest else State()
    happened = _happened(newest, moment) if newest else None
    columns = {
        "completion": state.completion,
        "success": state.success,
        "scaled": state.score_scaled,
        "raw": state.score_raw,
        "min": state.score_min,
        "max": state.score_max,
        "progress": state.progress,
    }
    standing = {**columns, "at": happened}
    return {
        **columns,
        "session": route.session_id,
        "organization": route.organization_id,
        "registration": route.registration_id,
        "dispatch": route.dispatch_id,
        "told": _json(_told(events)) if route.tracking and newest else None,
        "now": moment,
        "events": _json(
            [_row(route, event, happened) for event, happened in zip(events, times, strict=True)]
        ),
        "latest": max(times),
        "ended": max(ends, default=None),
        "sequence": newest.sequence if newest else None,
        "centiseconds": min(max(state.centiseconds, 0), LONGEST_SESSION),
        "by_clock": state.by_clock,
        "data": _json({state.sco: state.elements} if route.tracking else {}),
        "sco": state.sco,
        "standing": _json(standing),
        "happened": happened,
    }


def _happened(event: StateEvent | EndEvent, moment: datetime) -> datetime:
    return moment - timedelta(milliseconds=min(max(event.ago, 0), LONGEST_AGO))


def _row(route: Route, event: StateEvent | EndEvent, happened: datetime) -> dict[str, Any]:
    """What is kept of an event; without tracking, nothing beyond the outcome."""
    row = {"id": event_id(route.session_id, event.sequence), "sequence": event.sequence, "at": happened}
    if isinstance(event, EndEvent):
        return {**row, "kind": "end", "body": {}}
    return {
        **row,
        "kind": "state",
        "body": event.body if route.tracking else msgspec.structs.replace(event.body, elements={}, unkept=[]),
    }


def _refuse_unkeepable(state: State) -> None:
    numbers = (state.score_scaled, state.score_raw, state.score_min, state.score_max, state.progress)
    if (
        any(number is not None and not math.isfinite(number) for number in numbers)
        or len(state.elements) > MOST_ELEMENTS
    ):
        raise EventsUnreadable(
            "Scores and progress must be finite numbers. A state holds at most 20,000 elements."
        )


def _told(events: list[StateEvent | EndEvent]) -> dict[str, list[Any]]:
    """What each SCO has told its LMS by these events."""
    states = sorted(
        (event for event in events if isinstance(event, StateEvent)), key=lambda event: event.sequence
    )
    newest = {event.body.sco: event.body for event in states}
    return {
        sco: agreement.embedded(
            last.completion,
            last.success,
            last.unsaved,
            [unkept.element for event in states if event.body.sco == sco for unkept in event.body.unkept]
            if last.differing is None
            else last.differing,
        )
        for sco, last in newest.items()
    }


def _note_differences(route: Route, events: list[StateEvent | EndEvent]) -> None:
    """What the LMS has otherwise is in the relay ledger, each once."""
    moment = clock.now()
    differences = [
        RelayReceipt(
            organization_id=route.organization_id,
            dispatch_id=route.dispatch_id,
            deployment_id=route.deployment_id,
            registration_id=route.registration_id,
            page_load_id=route.session_id,
            sequence=event.sequence,
            element=unkept.element[:100],
            written=unkept.written[:LONGEST_UNKEPT],
            kept=unkept.kept[:LONGEST_UNKEPT],
            error=unkept.error[:10],
            agrees=False,
            written_at=_happened(event, moment),
        )
        for event in events
        if isinstance(event, StateEvent)
        for unkept in event.body.unkept
    ]
    if differences:
        RelayReceipt.objects.bulk_create(differences, ignore_conflicts=True)


def gone() -> SessionNotFound:
    """The answer for a session that is not there."""
    return SessionNotFound("Session not found. The learner or the dispatch was deleted.")


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def _secret() -> bytes:
    return settings.HELIOGRAPH.secret_key.encode()
