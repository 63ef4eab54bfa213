"""One SCO's session: opening it with what the SCO kept and what the LMS seeds, applying what the browser sends, closing it with its time counted.

A session that never ended (a killed browser) is closed when the next one opens, and what it had saved is resumed.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from heliograph.core import clock
from heliograph.courses import content
from heliograph.courses import queries as courses
from heliograph.courses.formats.languages import title_for_people
from heliograph.courses.queries import Frozen
from heliograph.runtime import actions, cmi, delivery, queries
from heliograph.runtime.cmi5 import sessions as units
from heliograph.runtime.cmi5 import waiving
from heliograph.runtime.errors import LaunchNotFound
from heliograph.runtime.models import ActivityState, Attempt, Launch, Registration
from heliograph.runtime.rules import relay
from heliograph.runtime.sequencing import Event, Outcome, Step, step
from heliograph.runtime.sequencing.model import Activity, Tree

LONGEST_MEASURED = 4 * 3600 * 100  # centiseconds: a forgotten window is not four hours of learning
NO_CREDIT = ("browse", "review")
START = Event("start")
SHARED = "shared"  # where an attempt's state keeps the buckets of adl.data


@dataclass(frozen=True)
class Advance:
    """An activity after a commit.

    Its data, its outcome (None where nothing is tracked), refused values as ``[element, error]``, and its session's time in centiseconds.
    """

    data: dict[str, str]
    outcome: Outcome | None
    rejected: list[list[Any]]
    centiseconds: int


@dataclass(frozen=True)
class Delivery:
    """A session that was opened: what the browser gets, and the time of a session before it that never ended."""

    payload: dict[str, Any]
    recovered_centiseconds: int


def advance(
    standard: str,
    activity: Activity | None,
    data: dict[str, str],
    values: list[tuple[str, str]],
    *,
    strict: bool,
    terminated: bool,
    started_at: datetime | None,
    now: datetime,
) -> Advance:
    """What an activity's data becomes by these values; each is judged again by the standard's table."""
    if activity is None or not data:
        return Advance(data, None, [], 0)
    table = cmi.load_table(delivery.data_model(standard))
    rejected = []
    if values:
        model = cmi.DataModel(table, data, strict=strict)
        for element, value in values:
            answer = model.set_value(element, value)
            if answer.error:
                rejected.append([element[:200], answer.error])
        data = model.data
    known = cmi.outcome(table, data, finished=terminated)
    completion = known.completion
    if terminated and completion == "unknown" and known.exit not in ("suspend", "logout") and not _sets_completion(activity):
        completion = "completed"  # SCORM 2004 4th Ed. SN UP.4: what content leaves open, ending decides
    score = known.score
    outcome = Outcome(completion, known.success, score.scaled, score.raw, score.min, score.max, known.progress_measure)
    return Advance(data, outcome, rejected, known.session_centiseconds or _measured(started_at, now))


def begin(launch: Launch, event: Event = START) -> dict[str, Any]:
    """The first answer of a launch: the course, its contents, where the learner stands, and the first delivery or the menu."""
    registration = launch.registration
    version = courses.frozen(launch.attempt.version_id)
    tree = queries.tree(version.id)
    with transaction.atomic():
        actions.hold(registration.id)
        attempt = Attempt.objects.select_for_update().filter(id=launch.attempt_id).first()
        if attempt is None:
            raise LaunchNotFound("This course was begun anew a moment ago. Open it again.")
        registration.refresh_from_db(fields=["attempt_number", "manual_at", "completed_at", *Outcome._fields])
        after = step(tree, attempt.tree, event)
        if after.delivery and launch.mode == "normal":
            after = units.opened(version, after)
        opened = _open(after, launch, attempt, version, tree) if after.delivery else None
        attempt.tree = after.state
        attempt.revision += 1
        attempt.total_centiseconds += opened.recovered_centiseconds if opened else units.close(attempt.id, version)
        attempt.save(update_fields=["tree", "revision", "total_centiseconds"])
        if launch.mode != "review":
            _note(after.course, attempt, registration)
        by_hand = registration.manual_at and attempt.number == registration.attempt_number
        standing = actions.outcome_of(registration) if by_hand else after.course
    return {
        "launch": str(launch.id),
        "token": actions.commit_token(launch.id),
        "mode": launch.mode,
        "course": {"title": registration.course.title, "strict": registration.course.strict, "activities": len(tree.deliverable)},
        "contents": [_contents(child, _objectives(version)) for child in tree.children],
        "valid": after.valid,
        "activities": {identifier: known[:2] for identifier, known in after.state.get("activities", {}).items()},
        "delivery": opened.payload if opened else None,
        "menu": after.menu,
        "refusal": after.refusal,
        "watched": registration.purpose == "trial",
        "exit": actions.exit_of(registration),
        "relay": relay(standing, 0),
    }


def open_unit_alone(registration: Registration, unit: str, mode: str, return_url: str = "") -> dict[str, Any]:
    """Open an AU without the player around it: its address, session and registration. Raises `NotOfCmi5`, `UnitNotFound`, and what openings do.

    ``return_url`` is where it leads when it is over.
    """
    with transaction.atomic():
        launch = actions.open_launch(registration.id, mode)
        activity = waiving.unit_called(courses.frozen(launch.attempt.version_id), unit)
        opened = begin(launch, Event("choice", activity.identifier))["delivery"]
        units.lead_to(UUID(opened["session"]), return_url)
    return {**{name: opened[name] for name in ("url", "session", "window")}, "registration": str(launch.attempt_id)}


def _note(course: Outcome, attempt: Attempt, registration: Registration) -> None:
    """What opening alone achieves: a course has begun, and an asset, which never commits anything, is completed.

    Where another attempt was begun a moment ago, the registration's outcome is that one's.
    """
    current = attempt.number == registration.attempt_number
    for row in [attempt, registration] if current and not registration.manual_at else [attempt]:
        for column, value in course._asdict().items():
            setattr(row, column, value)
    attempt.save(update_fields=course._fields)
    if not current:
        return
    if course.completion == "completed":
        registration.completed_at = registration.completed_at or clock.now()
    registration.save(update_fields=[*course._fields, "completed_at"])


def open_session(
    *,
    organisation_id: UUID,
    launch_id: UUID,
    attempt_id: UUID,
    version: Frozen,
    activity: Activity,
    mode: str,
    learner: tuple[str, str],
    shared: dict[str, str],
) -> Delivery:
    """Open a session of the activity; call it inside the transaction that holds the attempt. ``shared`` are its buckets of adl.data."""
    if activity.launch and activity.launch["kind"] in units.KINDS:
        return Delivery(*units.open_unit(Launch.objects.get(id=launch_id), version, activity))
    state, _ = ActivityState.objects.get_or_create(organisation_id=organisation_id, attempt_id=attempt_id, identifier=activity.identifier)
    table = cmi.load_table(delivery.data_model(version.standard))
    moment = clock.now()
    recovered = 0
    before = dict(state.data)
    if state.session_open and before:
        recovered = cmi.outcome(table, before).session_centiseconds or _measured(state.session_started_at, state.updated_at)
    if before:
        before = cmi.resume(table, before, finished=not state.session_open)
    credit = "no-credit" if mode in NO_CREDIT else "credit"
    seed = delivery.seed(activity, version.standard, mode, credit, not before, learner, shared)
    state.data = cmi.DataModel(table, before, seed).data
    state.session += 1
    state.session_open = mode != "review"
    state.session_started_at = moment
    state.save()
    payload = {
        "activity": activity.identifier,
        "title": activity.title,
        "url": _address(version, activity),
        "table": delivery.data_model(version.standard),
        "data": before,
        "seed": seed,
    }
    return Delivery(payload, recovered)


def _open(after: Step, launch: Launch, attempt: Attempt, version: Frozen, tree: Tree) -> Delivery:
    learner = launch.registration.learner
    return open_session(
        organisation_id=launch.organisation_id,
        launch_id=launch.id,
        attempt_id=attempt.id,
        version=version,
        activity=tree.by_id[after.delivery or ""],
        mode=launch.mode,
        learner=(learner.identifier, learner.name),
        shared=attempt.tree.get(SHARED, {}),
    )


def _address(version: Frozen, activity: Activity) -> str:
    """Where the activity's page is; a medium is shown by a page of our own."""
    launch = activity.launch or {}
    if version.standard in delivery.MEDIA:
        return delivery.media_page(
            version.standard, content.address(version.id, launch["href"]), content.address(version.id, "pages/"), activity.title
        )
    return content.address(version.id, launch["href"]) + launch["query"]


def _objectives(version: Frozen) -> dict[str, str]:
    """The titles of the objectives that a cmi5 course names, by their ids."""
    named = version.structure["organizations"][0].get("cmi5", {}).get("objectives", [])
    return {one["id"]: title_for_people(one["titles"]) or one["id"] for one in named}


def _contents(activity: Activity, objectives: dict[str, str]) -> dict[str, Any]:
    """An entry of the table of contents; ``objectives`` are titles by id."""
    named = activity.item.get("au") or activity.item.get("block") or {}
    return {
        "identifier": activity.identifier,
        "title": activity.title,
        "visible": activity.visible,
        "deliverable": activity.launch is not None,
        "objectives": [objectives[one] for one in named.get("objectives", []) if one in objectives],
        "children": [_contents(child, objectives) for child in activity.children],
    }


def _sets_completion(activity: Activity) -> bool:
    """Whether the author said that content alone decides completion (deliveryControls, SN 3.13.1)."""
    sequencing = activity.item.get("sequencing")
    return bool(sequencing and sequencing["delivery"]["completion_set_by_content"])


def _measured(started_at: datetime | None, until: datetime) -> int:
    """Centiseconds by the clock, for content that never reports its time."""
    if started_at is None:
        return 0
    return max(0, min(LONGEST_MEASURED, round((until - started_at).total_seconds() * 100)))
