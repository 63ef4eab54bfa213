"""Following the log of calls: what commits brought is told as statements within seconds, once.

Rows of the log become visible in no strict order, so each run looks back a while past the newest it has seen,
and a row that was told is marked in the same transaction that stores its statements. One process at a time
does this.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from django.db import IntegrityError, connection, transaction

from heliograph.core import clock
from heliograph.core.ids import lowest_id
from heliograph.courses import queries as courses
from heliograph.courses.errors import VersionNotFound
from heliograph.lrs.statements import internal
from heliograph.runtime import activity_delivery, answers, cmi, hooks, queries
from heliograph.runtime.models import (
    ActivityState,
    EmittedBatch,
    EmittedState,
    Launch,
    LogCursor,
    Registration,
    RuntimeCall,
)
from heliograph.runtime.scorm_profile import rules as profile
from heliograph.runtime.xapi_identifiers import activity_iri, agent_of, course_iri

LOG = "runtime calls"
LOOKED_BACK, KEPT_FOR, AT_A_TIME = timedelta(minutes=5), timedelta(hours=2), 200
BEGINNING = datetime(2020, 1, 1, tzinfo=UTC)
# What a log tells of some of its rows: statements, each with whose they are.
Tell = Callable[[list[UUID]], Iterator[tuple[UUID, dict[str, Any]]]]


def follow() -> int:
    """Tell all that is new in the log of calls; how many batches that was."""
    return follow_log(LOG, _NEW_CALLS, _emit_calls)


def follow_log(log: str, new: str, make: Tell) -> int:
    """Have ``tell`` make statements of the rows of a log that it has not seen, some at a time; how many those
    were.

    ``new`` selects id and time of the oldest rows, since a ``%(moment)s``, that are not in
    ``runtime_emittedbatch``.
    """
    count, handled = 0, AT_A_TIME
    while handled == AT_A_TIME:
        handled = _some_or_again(log, new, make)
        count += handled
    return count


def _some_or_again(log: str, new: str, make: Tell) -> int:
    try:
        return _some(log, new, make)
    except IntegrityError:  # somebody deleted a registration while it was told of; now it is passed over
        return _some(log, new, make)


@transaction.atomic
def told_until(moment: datetime) -> None:
    """Take all calls until ``moment`` as told: they were written together with their statements."""
    LogCursor.objects.update_or_create(log=LOG, defaults={"at": moment})
    _forget_batches(moment)


def _forget_batches(moment: datetime) -> None:
    EmittedBatch.objects.filter(at__lt=moment - KEPT_FOR).delete()


_NEW_CALLS = f"""
SELECT l.id, l.received_at FROM runtime_runtimecall l LEFT JOIN runtime_emittedbatch n ON n.source_id = l.id
 WHERE l.id >= %(place)s AND n.source_id IS NULL AND l.applied ORDER BY l.id LIMIT {AT_A_TIME}
"""  # noqa: S608 - a number of ours


@transaction.atomic
def _some(log: str, new: str, make: Tell) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [f"statements of {log}"])
        if not cursor.fetchone()[0]:  # type: ignore[index]
            return 0
        until = LogCursor.objects.filter(log=log).values_list("at", flat=True).first() or BEGINNING
        since = until - LOOKED_BACK
        cursor.execute(new, {"place": lowest_id(since), "moment": since})
        rows = cursor.fetchall()
    if not rows:
        return 0
    by_organization: dict[UUID, list[dict[str, Any]]] = {}
    for organization_id, statement in make([row[0] for row in rows]):
        by_organization.setdefault(organization_id, []).append(statement)
    for organization_id, statements in by_organization.items():
        # All at once, since that gives them the order in which they are found.
        internal.store(organization_id, statements)
    moment = clock.now()
    EmittedBatch.objects.bulk_create([EmittedBatch(source_id=row[0], at=moment) for row in rows])
    LogCursor.objects.update_or_create(log=log, defaults={"at": max(until, *(row[1] for row in rows))})
    _forget_batches(moment)
    return len(rows)


def _emit_calls(ids: list[UUID]) -> Iterator[tuple[UUID, dict[str, Any]]]:
    batches = list(RuntimeCall.objects.filter(id__in=ids).order_by("id"))
    launches = Launch.objects.select_related("registration__learner", "registration__course", "attempt")
    by_id = {launch.id: launch for launch in launches.filter(id__in={batch.launch_id for batch in batches})}
    for batch in batches:
        launch = by_id.get(batch.launch_id)
        context = _context_of(launch, batch) if launch and launch.mode == Launch.Mode.NORMAL else None
        if launch and context:
            calls = profile.calls_of(launch.opened_at, batch.received_at, batch.calls)
            yield from emit(launch.registration, launch.attempt_id, batch.activity, context, calls)


def emit(
    registration: Registration,
    within: UUID,
    identifier: str,
    context: profile.SessionContext,
    calls: Iterable[profile.Call],
) -> list[tuple[UUID, dict[str, Any]]]:
    """A batch of calls of one SCO as statements, each with whose it is, and how far they were told is kept.

    Call it in a transaction.

    ``within`` is the attempt, or a session played elsewhere.

    Trials, and what is not to be kept, make no statements.
    """
    if registration.purpose != Registration.Purpose.LEARNING or not all(
        hooks.recording_enabled.call(registration)
    ):
        return []
    emitted = EmittedState.objects.filter(
        organization_id=registration.organization_id, within=within, identifier=identifier
    ).first()
    if emitted is None:
        emitted = EmittedState(
            organization_id=registration.organization_id,
            registration=registration,
            within=within,
            identifier=identifier,
        )
        emitted.state = _beginning(registration.organization_id, within, identifier)
    statements, progress = profile.statements_for(
        context, msgspec.convert(emitted.state, profile.SessionState), calls
    )
    emitted.state = msgspec.to_builtins(progress)
    emitted.save()
    answers.keep(registration, within, identifier, statements, clock.now())
    return [(registration.organization_id, statement) for statement in statements]


def last_emitted(organization_id: UUID, within: UUID) -> tuple[str, dict[str, str]] | None:
    """The SCO of which statements were last made within a session played elsewhere, and its data then; None
    where there were none.
    """
    emitted = EmittedState.objects.filter(organization_id=organization_id, within=within).first()
    return (emitted.identifier, emitted.state["values"]) if emitted else None


def _beginning(organization_id: UUID, attempt_id: UUID, identifier: str) -> Any:
    state = ActivityState.objects.filter(
        organization_id=organization_id, attempt_id=attempt_id, identifier=identifier
    ).first()
    return msgspec.to_builtins(profile.state_from(state.data if state else {}))


def _context_of(launch: Launch, batch: RuntimeCall) -> profile.SessionContext | None:
    """Whose session in which SCO; None for what is no SCO of the version, and where the course was deleted a
    moment ago.
    """
    try:
        version = courses.frozen(launch.attempt.version_id)
    except VersionNotFound:
        return None
    activity = queries.tree(version.id).by_id.get(batch.activity)
    if activity is None or version.standard not in TOLD:
        return None
    attempt = f"attempt={launch.attempt_id}"
    named = (str(arguments[0]) for _, _, arguments, *_ in batch.calls if arguments)
    kept = ActivityState.objects.filter(
        organization_id=launch.organization_id, attempt_id=launch.attempt_id, identifier=batch.activity
    )
    spoken_api = activity_delivery.api_of(
        version.standard,
        version.structure,
        named,
        (name for data in kept.values_list("data", flat=True) for name in data),
        named=launch.attempt.tree.get(activity_delivery.SPOKEN, {}).get(batch.activity),
    )
    return context_of(
        launch.registration, batch.activity, activity.title, attempt, launch.attempt_id, spoken_api
    )


def context_of(
    registration: Registration, identifier: str, title: str, attempt: str, within: UUID, data_model: str
) -> profile.SessionContext:
    """Whose session in which SCO; ``attempt`` tells passes through it apart, ``within`` is what statements
    call the registration.
    """
    iri = activity_iri(registration.course_id, identifier)
    return profile.SessionContext(
        actor=agent_of(registration.learner),
        course=_thing(course_iri(registration.course_id), registration.course.title, "course"),
        activity=_thing(iri, title, "lesson"),
        attempt=_thing(f"{iri}?{attempt}", "Attempt", "attempt"),
        registration=str(within),
        table=cmi.load_table(data_model),
    )


# What speaks xAPI tells its own statements.
TOLD = ("scorm_11", "scorm_12", "scorm_2004", *activity_delivery.MEDIA)


def _thing(iri: str, title: str, kind: str) -> dict[str, Any]:
    return {
        "objectType": "Activity",
        "id": iri,
        "definition": {"name": {"und": title}, "type": profile.TYPES + kind},
    }
