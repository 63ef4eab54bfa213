"""The commit protocol's server side: what a browser sends is checked again, applied once, and acknowledged as
often as asked.

A commit belongs to a launch and has a sequence number. The row of the attempt carries a revision; a commit is
computed from what one statement read and written by one statement that applies only to that revision, so that
two of them never mix. docs/protocols/commit.md tells the rest.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, NamedTuple
from uuid import UUID

import msgspec
from django.db import connection, transaction
from django.db.models import F
from django.db.models.functions import Greatest

from heliograph.core import clock, json
from heliograph.core.database.prepared import PreparedStatement
from heliograph.core.ids import new_id
from heliograph.courses import queries as courses
from heliograph.runtime import actions, activity_delivery, queries, sessions
from heliograph.runtime.cmi5 import sessions as units
from heliograph.runtime.commit_cache import CommitCache
from heliograph.runtime.errors import CommitUnreadable, LaunchNotFound, OpenedElsewhere, SequenceGap
from heliograph.runtime.models import Attempt, AuSession, Launch, RuntimeCall
from heliograph.runtime.rules import location_in, relay
from heliograph.runtime.sequencing import ActivityOutcome, Event, Step, step

RowOf = Callable[[PreparedStatement, Mapping[str, Any]], Awaitable[tuple[Any, ...] | None]]
IsOwnOrigin = Callable[[UUID], bool]
MOST_COMMITS, MOST_VALUES, MOST_CALLS, LONGEST_ARGUMENT = 200, 100_000, 20_000, 1_000
TRIES = 8


class NavigationRequest(msgspec.Struct, forbid_unknown_fields=True):
    """What the learner, or the content, asked for."""

    kind: str
    target: str | None = None


class Commit(msgspec.Struct, forbid_unknown_fields=True):
    """One commit.

    ``values`` are successful SetValue calls in order; ``calls`` are ``[ms, method, [arguments], result,
    error]``.

    ``elapsed``: how long the activity has been open, in milliseconds by the browser's own clock. ``table``:
    the data model of the API by which the values were set, where the delivery offers two. Either is None from
    players that do not say it. ``ends``: the course has ended its session, and the rest of what it said, with
    ``terminated``, is in the next commit.
    """

    sequence: Annotated[int, msgspec.Meta(ge=1, le=2**53)]
    activity: str | None = None
    values: list[tuple[str, str]] = []
    calls: list[tuple[int, str, list[str], str, int]] = []
    terminated: bool = False
    event: NavigationRequest | None = None
    elapsed: Annotated[int, msgspec.Meta(ge=0, le=2**53)] | None = None
    table: str | None = None
    ends: bool = False


class CommitBody(msgspec.Struct, forbid_unknown_fields=True):
    """All that the browser has not had acknowledged, oldest first."""

    commits: list[Commit]


def read_body(raw: bytes) -> list[Commit]:
    """The commits in a request's body. Raises `CommitUnreadable`."""
    try:
        return json.read(raw, CommitBody).commits  # type: ignore[no-any-return]
    except ValueError as reason:
        raise CommitUnreadable(f"This commit cannot be read: {reason}.") from None


def _bounded(commits: list[Commit]) -> list[Commit]:
    """The commits within their limits.

    A log that is too long is cut: a result is never refused for what was written beside it.
    """
    if (
        not commits
        or len(commits) > MOST_COMMITS
        or any(len(commit.values) > MOST_VALUES for commit in commits)
    ):
        raise CommitUnreadable("A request must contain 1 to 200 commits with at most 100,000 values each.")
    for commit in commits:
        del commit.calls[MOST_CALLS:]
    return commits


def apply_commits(launch_id: UUID, commits: list[Commit], replay: bool = False) -> dict[str, Any]:
    """Apply commits in order and return the acknowledgment of the last one.

    With ``replay`` (an earlier launch's unsent commits) navigation is not repeated. Raises `LaunchNotFound`,
    `OpenedElsewhere`, `SequenceGap`, `CommitUnreadable`.
    """
    answer: dict[str, Any] = {}
    for index, commit in enumerate(_bounded(commits)):
        if replay:
            commit.event = None
        try:
            answer = _apply_in_sequence(launch_id, commit)
        except OpenedElsewhere as problem:
            if problem.problem_code == OpenedElsewhere.code:
                _log_unapplied(launch_id, commits[index:])
            raise
    return answer


class AppliedPart(NamedTuple):
    """How much of a commit was applied: the first so many values and calls, and whether it ended its session
    or asked for something.
    """

    values: int
    calls: int
    closed: bool


@dataclass(slots=True)
class LaunchState:
    """What one statement reads: the launch, its attempt, the activity's state and the registration.

    ``tree`` and ``data`` are JSON.
    """

    acknowledged: int  # the sequence number of the last commit that was applied
    taken: str | None  # how much of it there was, as the JSON of `AppliedPart`; None where that is not known
    mode: str
    centiseconds_before: int
    organization_id: UUID
    attempt_id: UUID
    revision: int
    current_launch_id: UUID | None
    version_id: UUID
    tree: str
    closed_centiseconds: int
    log_watched_until: datetime | None
    registration_id: UUID
    purpose: str
    learner_identifier: str
    learner_name: str
    strict: bool
    activity_id: UUID | None
    identifier: str | None
    data: str | None
    session_open: bool | None
    session_started_at: datetime | None
    uncounted: int | None  # the open session's time so far; None once the attempt's time has it
    manual: str | None  # the outcome that somebody set by hand, as JSON


_READ = PreparedStatement("""
SELECT coalesce((l.answer ->> 'sequence')::bigint, 0), (l.answer -> 'taken')::text,
       l.mode, l.centiseconds_before, l.organization_id,
       a.id, a.revision, a.current_launch_id, a.version_id, a.tree::text,
       a.total_centiseconds, a.log_watched_until,
       r.id, r.purpose, n.identifier, CASE WHEN l.named THEN n.name ELSE '' END, c.strict,
       s.id, s.identifier, s.data::text,
       s.session_open, s.session_started_at, s.uncounted_centiseconds,
       -- The outcome that somebody set by hand: it stands for the current attempt only.
       CASE WHEN r.manual_at IS NOT NULL AND a.number = r.attempt_number
            THEN json_build_array(r.completion, r.success,
                                  r.score_scaled, r.score_raw, r.score_min, r.score_max,
                                  r.progress)::text END
  FROM runtime_launch l
  JOIN runtime_attempt a ON a.id = l.attempt_id
  JOIN runtime_registration r ON r.id = l.registration_id
  JOIN runtime_learner n ON n.id = r.learner_id
  JOIN report_courses c ON c.id = r.course_id
  -- None where the commit is of no activity, or of one that was not delivered.
  LEFT JOIN runtime_activitystate s
    ON s.organization_id = l.organization_id AND s.attempt_id = a.id AND s.identifier = %(activity)s
 WHERE l.id = %(launch)s
""")

_WRITE = PreparedStatement("""
WITH held AS MATERIALIZED (
  -- The registration is locked before the attempt, as everywhere (actions.lock).
  SELECT id FROM runtime_registration WHERE id = %(registration)s FOR NO KEY UPDATE
), gate AS (
  -- No row where another commit was first: then nothing below is written, and the commit is tried again.
  UPDATE runtime_attempt a
     SET revision = revision + 1, tree = %(tree)s::jsonb, total_centiseconds = %(closed)s,
         completion = %(completion)s, success = %(success)s,
         score_scaled = %(scaled)s, score_raw = %(raw)s, score_min = %(min)s, score_max = %(max)s,
         progress = %(progress)s
    FROM held
   WHERE a.id = %(attempt)s AND a.revision = %(revision)s
  RETURNING a.id, a.number
), acknowledged AS (
  -- The answer is kept, for a commit whose answer got lost and which is sent again.
  UPDATE runtime_launch l
     SET last_sequence = %(sequence)s, answer = %(answer)s::jsonb, last_commit_at = %(now)s,
         ended_at = CASE WHEN %(ended)s THEN %(now)s ELSE l.ended_at END
    FROM gate
   WHERE l.id = %(launch)s
), activity AS (
  UPDATE runtime_activitystate s
     SET data = %(data)s::jsonb, session_open = %(open)s,
         uncounted_centiseconds = %(uncounted)s, updated_at = %(now)s
    FROM gate
   WHERE s.id = %(activity)s
), outcome AS (
  -- The registration's outcome is the current attempt's; an attempt that another one has replaced keeps what
  -- it is told. An outcome that was set by hand stands; the attempt keeps what the learner did.
  UPDATE runtime_registration r SET
         completion = CASE WHEN r.manual_at IS NULL THEN %(completion)s ELSE r.completion END,
         success = CASE WHEN r.manual_at IS NULL THEN %(success)s ELSE r.success END,
         score_scaled = CASE WHEN r.manual_at IS NULL THEN %(scaled)s ELSE r.score_scaled END,
         score_raw = CASE WHEN r.manual_at IS NULL THEN %(raw)s ELSE r.score_raw END,
         score_min = CASE WHEN r.manual_at IS NULL THEN %(min)s ELSE r.score_min END,
         score_max = CASE WHEN r.manual_at IS NULL THEN %(max)s ELSE r.score_max END,
         progress = CASE WHEN r.manual_at IS NULL THEN %(progress)s ELSE r.progress END,
         total_centiseconds = %(total)s, last_activity_at = %(now)s,
         completed_at = coalesce(r.completed_at, %(completed_at)s)
    FROM gate
   WHERE r.id = %(registration)s AND r.attempt_number = gate.number
), logged AS (
  -- What the course asked for, call by call.
  INSERT INTO runtime_runtimecall
         (id, organization_id, registration_id, attempt_id, launch_id, sequence, activity,
          applied, rejected, calls, received_at)
  SELECT %(log)s, %(organization)s, %(registration)s, %(attempt)s, %(launch)s, %(sequence)s, %(identifier)s,
         true, %(rejected)s::jsonb, %(calls)s::jsonb, %(now)s
    FROM gate
)
-- One where it was written, none where another was first.
SELECT count(*) FROM gate
""")

_ANSWER = PreparedStatement("SELECT answer::text FROM runtime_launch WHERE id = %(launch)s")


def _apply_in_sequence(launch_id: UUID, commit: Commit) -> dict[str, Any]:
    for trial in range(TRIES):
        current = (_remembered(launch_id, commit) if trial == 0 else None) or _read(
            launch_id, commit.activity
        )
        expected = current.acknowledged + 1
        added = _added_since(current, commit)
        if commit.sequence < expected and not added:
            return _stored_answer(launch_id)
        if current.current_launch_id != launch_id:
            raise _opened_elsewhere()
        if commit.sequence > expected:
            raise SequenceGap(
                f"Commit {commit.sequence} arrived before commit {expected}. Resend from commit {expected}.",
                expected=expected,
            )
        answer = _advance(
            launch_id,
            current,
            added or commit,
            AppliedPart(len(commit.values), len(commit.calls), _is_final(commit)),
        )
        if answer is not None:
            return answer
    raise OpenedElsewhere("The course changed too often while saving. It will be sent again.", code="busy")


def progress(launch_id: UUID) -> dict[str, Any]:
    """How far the launch's learner has come, for a player whose activity speaks to the record store itself.

    Raises `OpenedElsewhere`.
    """
    current = _read(launch_id, None)
    if current.current_launch_id != launch_id:
        raise _opened_elsewhere()
    after = step(queries.tree(current.version_id), msgspec.json.decode(current.tree), Event("track"))
    idle = sessions.Advance({}, None, [], 0)
    answer = _answer(
        current, Commit(max(1, current.acknowledged)), after, idle, current.closed_centiseconds, False
    )
    return {
        **answer,
        "open": AuSession.objects.filter(launch_id=launch_id, terminated_at=None, abandoned_at=None).exists(),
    }


def _opened_elsewhere() -> OpenedElsewhere:
    return OpenedElsewhere(
        "This course was opened in another window or on another device. Continue there; this "
        "window no longer saves."
    )


def _added_since(current: LaunchState, commit: Commit) -> Commit | None:
    """What was added to the last commit since it was applied: another window had sent it before the one whose
    commit it is did.
    """
    if commit.sequence != current.acknowledged or current.taken is None:
        return None
    taken = AppliedPart(*msgspec.json.decode(current.taken))
    values, calls = commit.values[taken.values :], commit.calls[taken.calls :]
    if taken.closed or not (values or calls or _is_final(commit)):
        return None
    return Commit(
        commit.sequence,
        commit.activity,
        values,
        calls,
        commit.terminated,
        commit.event,
        commit.elapsed,
        commit.table,
        commit.ends,
    )


def _is_final(commit: Commit) -> bool:
    """Whether the browser adds nothing to it any more."""
    return commit.terminated or commit.event is not None


def _stored_answer(launch_id: UUID) -> dict[str, Any]:
    """The stored acknowledgment."""
    row = _ANSWER.row({"launch": launch_id})
    return msgspec.json.decode(row[0]) if row else {}


def _read(launch_id: UUID, activity: str | None) -> LaunchState:
    row = _READ.row({"activity": activity, "launch": launch_id})
    if row is None:
        raise LaunchNotFound("This launch no longer exists. Open the course again.")
    return LaunchState(*row)


_RECENT: CommitCache[LaunchState] = CommitCache()


def _remembered(launch_id: UUID, commit: Commit) -> LaunchState | None:
    """What this process wrote for the commit before this one, if it was the one that did and it is about the
    same activity.
    """
    known = _RECENT.take(launch_id)
    return (
        known
        if known and known.acknowledged + 1 == commit.sequence and known.identifier == commit.activity
        else None
    )


def _remember(launch_id: UUID, current: LaunchState, write: dict[str, Any]) -> None:
    current.acknowledged = write["sequence"]
    current.taken = None
    current.revision += 1
    current.tree = write["tree"]
    current.closed_centiseconds = write["closed"]
    current.data = write["data"]
    current.session_open = write["open"]
    current.uncounted = write["uncounted"]
    _RECENT.keep(launch_id, current, len(current.tree) + len(write["data"]))


@dataclass(slots=True)
class _ComputedChange:
    """What a commit makes of what was read: the values of `_WRITE`, the acknowledgment, and what is delivered
    next.
    """

    write: dict[str, Any]
    answer: dict[str, Any]
    after: Step


def _computed(current: LaunchState, commit: Commit, taken: AppliedPart) -> _ComputedChange:
    moment = clock.now()
    version = courses.frozen(current.version_id)
    tree = queries.tree(current.version_id)
    data = msgspec.json.decode(current.data or "{}")
    writable = current.mode != "review" and bool(current.session_open) and bool(data)
    state = msgspec.json.decode(current.tree)
    activity = tree.by_id.get(commit.activity or "")
    elements = (element for element, _ in commit.values)
    spoken_api = activity_delivery.api_of(
        version.standard, version.structure, elements, data, named=commit.table
    )
    if activity and writable and not activity_delivery.is_seeded(data, spoken_api):
        learner, shared = (current.learner_identifier, current.learner_name), state.get(sessions.SHARED, {})
        data = sessions.seeded_again(activity, spoken_api, current.mode, learner, shared, data)
    session = sessions.advance(
        spoken_api,
        activity,
        data,
        commit.values if writable else [],
        strict=current.strict,
        terminated=commit.terminated or commit.ends,
        started_at=current.session_started_at if current.session_open else None,
        now=moment,
        elapsed=commit.elapsed,
    )
    if commit.values and not writable and current.mode != "review":
        session = session.refusing(spoken_api, commit.values)
    if (
        commit.table == spoken_api
        and activity
        and writable
        and activity_delivery.other_data_model(version.structure)
    ):
        state = {
            **state,
            activity_delivery.SPOKEN: {
                **state.get(activity_delivery.SPOKEN, {}),
                activity.identifier: spoken_api,
            },
        }
    if shared := activity_delivery.shared_data(session.data) if writable else {}:
        state = {**state, sessions.SHARED: {**state.get(sessions.SHARED, {}), **shared}}
    browsed = session.data.get("cmi.core.lesson_status") == "browsed"
    after = step(tree, state, Event("track", commit.activity, session.outcome if writable else None, browsed))
    if event := _event(commit.event):
        after = step(tree, after.state, event)
        if after.delivery and current.mode == "normal":
            after = units.opened(version, after)
    still_open = bool(current.session_open) and not commit.terminated
    spent = session.centiseconds if writable and current.uncounted is not None else 0
    left = commit.terminated or after.delivery is not None or after.menu or after.ended
    closed = current.closed_centiseconds + (spent if left else 0)
    total = current.closed_centiseconds + spent
    watched = current.purpose == "trial" or bool(
        current.log_watched_until and current.log_watched_until > moment
    )
    answer = {**_answer(current, commit, after, session, total, watched), "taken": taken}
    write = {
        "tree": _json(after.state),
        "closed": closed,
        "total": total,
        **_outcome_columns(after.course),
        "attempt": current.attempt_id,
        "revision": current.revision,
        "sequence": commit.sequence,
        "now": moment,
        "ended": after.ended,
        "data": _json(session.data if writable else data),
        "open": still_open,
        "uncounted": None if left or current.uncounted is None else spent,
        "activity": current.activity_id,
        "completed_at": moment if after.course.completion == "completed" else None,
        "registration": current.registration_id,
        "log": new_id(),
        "organization": current.organization_id,
        "identifier": commit.activity or "",
        "rejected": _json(session.rejected),
        "calls": _json(
            [
                [
                    *call[:2],
                    [text[:LONGEST_ARGUMENT] for text in call[2]],
                    call[3][:LONGEST_ARGUMENT],
                    call[4],
                ]
                for call in commit.calls
            ]
        ),
        "answer": _json(answer),
    }
    return _ComputedChange(write, answer, after)


async def apply_alone(
    launch_id: UUID, commits: list[Commit], is_here: IsOwnOrigin, row_of: RowOf
) -> dict[str, Any] | None:
    """`apply_commits` for the next commit of the current launch, where it leads nowhere else; ``row_of``
    awaits the first row of a statement.

    ``is_here``: whether a course is served on the origin that was asked. None for any other commit, and where
    another one came first: nothing was written then, and `apply_commits` knows what to do. Raises what
    psycopg raises.
    """
    [commit, *more] = _bounded(commits)
    if more or commit.event:
        return None
    current = _remembered(launch_id, commit)
    if current is None:
        row = await row_of(_READ, {"activity": commit.activity, "launch": launch_id})
        current = LaunchState(*row) if row else None
    if (
        current is None
        or commit.sequence != current.acknowledged + 1
        or current.current_launch_id != launch_id
    ):
        return None
    if not queries.has_tree(current.version_id) or not is_here(courses.frozen(current.version_id).course_id):
        return None
    computed = _computed(
        current, commit, AppliedPart(len(commit.values), len(commit.calls), _is_final(commit))
    )
    if computed.after.delivery is not None:
        return None
    computed.write["launch"] = launch_id
    row = await row_of(_WRITE, computed.write)
    if not (row and row[0]):
        return None
    _remember(launch_id, current, computed.write)
    return computed.answer


def _advance(
    launch_id: UUID, current: LaunchState, commit: Commit, taken: AppliedPart
) -> dict[str, Any] | None:
    """Apply the next commit; None where another one came first and it has to be computed again.

    ``taken`` is what then will have been.
    """
    computed = _computed(current, commit, taken)
    computed.write["launch"] = launch_id
    if computed.after.delivery is not None:
        return _write_and_open(launch_id, current, computed, computed.after.delivery)
    if not _write(computed.write):
        return None
    _remember(launch_id, current, computed.write)
    return computed.answer


@transaction.atomic
def _write_and_open(
    launch_id: UUID, current: LaunchState, computed: _ComputedChange, following: str
) -> dict[str, Any] | None:
    """Apply a commit after which the activity ``following`` opens, in one transaction; None as in `_advance`.

    The session that ends here is written before the next one opens: both may be the same activity's.
    """
    answer, after = computed.answer, computed.after
    actions.lock(current.registration_id)
    if not _write(computed.write):
        return None
    version, tree = courses.frozen(current.version_id), queries.tree(current.version_id)
    opened = sessions.open_session(
        organization_id=current.organization_id,
        launch_id=launch_id,
        attempt_id=current.attempt_id,
        version=version,
        activity=tree.by_id[following],
        mode=current.mode,
        learner=(current.learner_identifier, current.learner_name),
        shared=after.state.get(sessions.SHARED, {}),
        manual=current.manual is not None,
        state=after.state,
    )
    answer["delivery"] = opened.payload
    recovered = opened.recovered_centiseconds  # spent in an earlier launch
    Launch.objects.filter(id=launch_id).update(
        answer=msgspec.to_builtins(answer), centiseconds_before=F("centiseconds_before") + recovered
    )
    Attempt.objects.filter(id=current.attempt_id).update(
        total_centiseconds=F("total_centiseconds") + recovered
    )
    return answer


def _write(values: dict[str, Any]) -> bool:
    row = _WRITE.row(values)
    return bool(row and row[0])


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def _event(request: NavigationRequest | None) -> Event | None:
    if request is None:
        return None
    if request.kind not in ("continue", "previous", "choice", "exit", "suspend_all", "exit_all"):
        raise CommitUnreadable(f"Unknown navigation request “{request.kind[:40]}”.")
    return Event(request.kind, request.target)


def _answer(
    current: LaunchState, commit: Commit, after: Step, session: sessions.Advance, total: int, watched: bool
) -> dict[str, Any]:
    return {
        "sequence": commit.sequence,
        "valid": after.valid,
        "activities": {
            identifier: known[:2] for identifier, known in after.state.get("activities", {}).items()
        },
        "menu": after.menu,
        "ended": after.ended,
        "refusal": after.refusal,
        "rejected": session.rejected,
        "watched": watched,
        "relay": relay(
            _relayed_outcome(current, after), total - current.centiseconds_before, location_in(session.data)
        ),
    }


def _relayed_outcome(current: LaunchState, after: Step) -> ActivityOutcome:
    """What the learner's LMS is told: what somebody set by hand, else what the course has reported."""
    return ActivityOutcome(*msgspec.json.decode(current.manual)) if current.manual else after.course


def _outcome_columns(course: ActivityOutcome) -> dict[str, Any]:
    return {
        "completion": course.completion,
        "success": course.success,
        "scaled": course.score_scaled,
        "raw": course.score_raw,
        "min": course.score_min,
        "max": course.score_max,
        "progress": course.progress,
    }


def _log_unapplied(launch_id: UUID, commits: list[Commit]) -> None:
    """What a replaced launch still had to say is kept in the log, whole and once, marked as not applied: the
    browser forgets it now.

    Of the last commit that was applied, that is what was added to it since. Where to go next is nothing to
    keep.
    """
    with transaction.atomic():
        Launch.objects.filter(id=launch_id).update(
            last_sequence=Greatest("last_sequence", commits[-1].sequence)
        )
        current = _read(launch_id, None)
        logged = RuntimeCall.objects.filter(attempt_id=current.attempt_id, launch_id=launch_id, applied=False)
        known = set(logged.values_list("sequence", flat=True))
        for commit in commits:
            left = commit if commit.sequence > current.acknowledged else _added_since(current, commit)
            if (
                left
                and left.sequence not in known
                and (left is commit or left.values or left.calls or left.terminated)
            ):
                _log_one_unapplied(launch_id, current, left)


def _log_one_unapplied(launch_id: UUID, current: LaunchState, commit: Commit) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO runtime_runtimecall
                   (id, organization_id, registration_id, attempt_id, launch_id, sequence, activity,
                    applied, rejected, calls, received_at)
            VALUES (%s, %s, %s, %s, %s, %s, %s, false, %s, %s, %s)
            """,
            [
                new_id(),
                current.organization_id,
                current.registration_id,
                current.attempt_id,
                launch_id,
                commit.sequence,
                commit.activity or "",
                "[]",
                _json([[0, "SetValue", [element, text], "", 0] for element, text in commit.values]),
                clock.now(),
            ],
        )
