"""One SCO's session: opening it with what the SCO kept and what the LMS seeds, applying what the browser
sends, closing it with its time counted.

A session that never ended (a killed browser) is closed when the next one opens, and what it had saved is
resumed.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from heliograph.core import clock
from heliograph.courses import queries as courses
from heliograph.courses.formats.addresses import is_online
from heliograph.courses.formats.languages import title_for_people
from heliograph.courses.queries import Frozen
from heliograph.courses.serving import content
from heliograph.runtime import actions, activity_delivery, cmi, queries
from heliograph.runtime.cmi5 import sessions as units
from heliograph.runtime.cmi5 import waiving
from heliograph.runtime.errors import LaunchNotFound
from heliograph.runtime.models import ActivityState, Attempt, Launch, Registration
from heliograph.runtime.rules import relay
from heliograph.runtime.sequencing import ActivityOutcome, Event, Step, step
from heliograph.runtime.sequencing.model import Activity, Tree

LONGEST_MEASURED = 4 * 3600 * 100  # centiseconds: a forgotten window is not four hours of learning
NO_CREDIT = ("browse", "review")
# Setting a value where no session is open: SCORM 1.2 RTE 3.4 (301), SCORM 2004 4th Ed. RTE 3.1.7 (133).
NO_SESSION = {"scorm_12": 301, "scorm_2004": 133}
START = Event("start")
SHARED = "shared"  # where an attempt's state keeps the buckets of adl.data


@dataclass(frozen=True)
class Advance:
    """An activity after a commit.

    Its data, its outcome (None where nothing is tracked), refused values as ``[element, error]``, and its
    session's time in centiseconds.
    """

    data: dict[str, str]
    outcome: ActivityOutcome | None
    rejected: list[list[Any]]
    centiseconds: int

    def refusing(self, standard: str, values: list[tuple[str, str]]) -> "Advance":
        """The same where no session was open to take these values: whoever sent them is told, by the
        standard's own code.
        """
        code = NO_SESSION[standard]
        return replace(self, rejected=[[element[:200], code] for element, _ in values])


@dataclass(frozen=True)
class OpenedSession:
    """A session that was opened: what the browser gets, and the time of one before it that never ended."""

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
    elapsed: int | None = None,
) -> Advance:
    """What an activity's data becomes by these values; each is judged again by the standard's table, which
    ``standard`` names.

    ``elapsed`` is how long it has been open, in milliseconds, where the browser measured it.
    """
    if activity is None or not data:
        return Advance(data, None, [], 0)
    table = cmi.load_table(standard)
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
    if (
        terminated
        and completion == "unknown"
        and known.exit not in ("suspend", "logout")
        and not _sets_completion(activity)
    ):
        completion = "completed"  # SCORM 2004 4th Ed. SN UP.4: what content leaves open, ending decides
    score = known.score
    outcome = ActivityOutcome(
        completion, known.success, score.scaled, score.raw, score.min, score.max, known.progress_measure
    )
    return Advance(data, outcome, rejected, known.session_centiseconds or _measured(started_at, now, elapsed))


def begin(launch: Launch, event: Event = START) -> dict[str, Any]:
    """The first answer of a launch: the course, its contents, where the learner stands, and the first
    delivery or the menu.
    """
    registration = launch.registration
    version = courses.frozen(launch.attempt.version_id)
    tree = queries.tree(version.id)
    with transaction.atomic():
        actions.lock(registration.id)
        attempt = Attempt.objects.select_for_update().filter(id=launch.attempt_id).first()
        if attempt is None:
            raise LaunchNotFound("This course was restarted a moment ago. Open it again.")
        registration.refresh_from_db(
            fields=["attempt_number", "manual_at", "completed_at", *ActivityOutcome._fields]
        )
        after = step(tree, attempt.tree, event)
        if after.delivery and launch.mode == "normal":
            after = units.opened(version, after)
        opened = _open(after, launch, attempt, version, tree) if after.delivery else None
        attempt.tree = after.state
        attempt.revision += 1
        recovered = opened.recovered_centiseconds if opened else units.close(attempt.id, version)
        attempt.total_centiseconds += recovered
        attempt.save(update_fields=["tree", "revision", "total_centiseconds"])
        launch.centiseconds_before += recovered  # what the LMS is told of this launch is its own time
        launch.save(update_fields=["centiseconds_before"])
        if launch.mode != "review":
            _note(after.course, attempt, registration)
        by_hand = registration.manual_at and attempt.number == registration.attempt_number
        outcome = actions.outcome_of(registration) if by_hand else after.course
    return {
        "launch": str(launch.id),
        "token": actions.commit_token(launch.id),
        "mode": launch.mode,
        "course": {
            "title": registration.course.title,
            "strict": registration.course.strict,
            "activities": len(tree.deliverable),
        },
        "contents": [_contents(child, _objectives(version)) for child in tree.children],
        "valid": after.valid,
        "activities": {
            identifier: known[:2] for identifier, known in after.state.get("activities", {}).items()
        },
        "delivery": opened.payload if opened else None,
        "menu": after.menu,
        "refusal": after.refusal,
        "watched": registration.purpose == "trial",
        "exit": actions.exit_of(registration),
        "relay": relay(outcome, 0),
    }


def open_unit_alone(registration: Registration, unit: str, mode: str, return_url: str = "") -> dict[str, Any]:
    """Open an AU without the player around it: its address, session and registration.

    Raises `NotOfCmi5`, `UnitNotFound`, and what openings do.

    ``return_url`` is where it leads when it is over.
    """
    with transaction.atomic():
        launch = actions.open_launch(registration.id, mode)
        activity = waiving.unit_called(courses.frozen(launch.attempt.version_id), unit)
        opened = begin(launch, Event("choice", activity.identifier))["delivery"]
        units.lead_to(UUID(opened["session"]), return_url)
    return {
        **{name: opened[name] for name in ("url", "session", "window")},
        "registration": str(launch.attempt_id),
    }


def _note(course: ActivityOutcome, attempt: Attempt, registration: Registration) -> None:
    """What opening alone achieves: a course has begun, and an asset, which never commits anything, is
    completed.

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
    organization_id: UUID,
    launch_id: UUID,
    attempt_id: UUID,
    version: Frozen,
    activity: Activity,
    mode: str,
    learner: tuple[str, str],
    shared: dict[str, str],
    state: dict[str, Any],
    manual: bool,
) -> OpenedSession:
    """Open a session of the activity; call it inside the transaction that holds the attempt.

    ``shared`` are its buckets of adl.data, ``state`` is the attempt's, ``manual`` whether somebody set the
    registration's outcome by hand.
    """
    if activity.launch and activity.launch["kind"] in units.KINDS:
        return OpenedSession(*units.open_unit(Launch.objects.get(id=launch_id), version, activity))
    row, _ = ActivityState.objects.get_or_create(
        organization_id=organization_id, attempt_id=attempt_id, identifier=activity.identifier
    )
    # Said anew, or not at all.
    before = {element: value for element, value in row.data.items() if element not in activity_delivery.NAMES}
    spoken_api = activity_delivery.api_of(
        version.standard,
        version.structure,
        before,
        named=state.get(activity_delivery.SPOKEN, {}).get(activity.identifier),
    )
    table = cmi.load_table(spoken_api)
    recovered = (row.uncounted_centiseconds or 0) if row.session_open else 0
    if before:
        before = cmi.resume(table, before, finished=not row.session_open)
    own, other = (
        activity_delivery.data_model(version.standard),
        activity_delivery.other_data_model(version.structure),
    )
    seeds = {
        part: activity_delivery.seed(activity, part, mode, _credit(mode), not before, learner, shared)
        for part in (own, other)
        if part
    }
    row.data = cmi.DataModel(table, before, seeds[spoken_api]).data
    row.session += 1
    row.session_open = mode != "review"
    row.session_started_at = row.updated_at = clock.now()
    row.uncounted_centiseconds = 0
    row.save()
    payload = {
        "activity": activity.identifier,
        "title": activity.title,
        "url": _address(version, activity),
        "table": own,
        "other_table": other,
        "data": before,
        "seed": seeds[own],
        "other_seed": seeds.get(other or ""),
        "judging": None if manual else judging(queries.tree(version.id), state, activity),
    }
    return OpenedSession(payload, recovered)


def seeded_again(
    activity: Activity,
    table: str,
    mode: str,
    learner: tuple[str, str],
    shared: dict[str, str],
    data: dict[str, str],
) -> dict[str, str]:
    """The data of an open session with what the LMS sets by this table too: its pages speak the other
    standard than the session was opened for.
    """
    seed = activity_delivery.seed(
        activity, table, mode, _credit(mode), activity_delivery.is_fresh(data), learner, shared
    )
    return cmi.DataModel(cmi.load_table(table), data, seed).data


def _credit(mode: str) -> str:
    return "no-credit" if mode in NO_CREDIT else "credit"


def _open(after: Step, launch: Launch, attempt: Attempt, version: Frozen, tree: Tree) -> OpenedSession:
    learner = launch.registration.learner
    return open_session(
        organization_id=launch.organization_id,
        launch_id=launch.id,
        attempt_id=attempt.id,
        version=version,
        activity=tree.by_id[after.delivery or ""],
        mode=launch.mode,
        learner=(learner.identifier, learner.name if launch.named else ""),
        shared=attempt.tree.get(SHARED, {}),
        state=after.state,
        manual=bool(launch.registration.manual_at),
    )


def judging(tree: Tree, state: dict[str, Any], activity: Activity) -> dict[str, Any]:
    """How the browser works out what the course's outcome will be before we have heard of it: for what is
    said while a page goes.

    ``before``: what the activity had achieved, as an `ActivityOutcome`.
    ``decides_completion``: content alone does.
    ``course``: for a course of several activities, its outcome for each pair of the activity's completion and
    success: without a score, with the lowest, with the highest.
    """
    known = ActivityOutcome(*state.get("activities", {}).get(activity.identifier, ()))
    pairs = [
        (completion, success)
        for completion in ("incomplete", "completed")
        for success in ("unknown", "passed", "failed")
    ]
    several = len(tree.deliverable) > 1
    return {
        "before": list(known),
        "decides_completion": _sets_completion(activity),
        "course": {
            " ".join(pair): [_course_if(tree, state, activity, pair, score) for score in (None, 0.0, 1.0)]
            for pair in pairs
        }
        if several
        else None,
    }


def _course_if(
    tree: Tree, state: dict[str, Any], activity: Activity, pair: tuple[str, str], measure: float | None
) -> list[Any]:
    """The course's outcome if the activity's were this pair, and its score and progress ``measure``."""
    activities = {**state.get("activities", {}), activity.identifier: list(ActivityOutcome())}
    outcome = ActivityOutcome(*pair, score_scaled=measure, progress=measure)
    return list(
        step(tree, {**state, "activities": activities}, Event("track", activity.identifier, outcome)).course
    )


def _address(version: Frozen, activity: Activity) -> str:
    """Where the activity's page is; a medium is shown by a page of our own."""
    launch = activity.launch or {}
    if version.standard in activity_delivery.MEDIA:
        return activity_delivery.media_page(
            version.standard,
            content.address(version.id, launch["href"]),
            content.address(version.id, "pages/"),
            activity.title,
        )
    if is_online(launch["href"]):
        return str(launch["href"])
    return content.address(version.id, launch["href"]) + launch["query"]


def _objectives(version: Frozen) -> dict[str, str]:
    """The titles of the objectives that a cmi5 course names, by their ids."""
    named = version.structure["organizations"][0].get("cmi5", {}).get("objectives", [])
    return {objective["id"]: title_for_people(objective["titles"]) or objective["id"] for objective in named}


def _contents(activity: Activity, objectives: dict[str, str]) -> dict[str, Any]:
    """An entry of the table of contents; ``objectives`` are titles by id."""
    named = activity.item.get("au") or activity.item.get("block") or {}
    return {
        "identifier": activity.identifier,
        "title": activity.title,
        "visible": activity.visible,
        "deliverable": activity.launch is not None,
        "objectives": [
            objectives[identifier] for identifier in named.get("objectives", []) if identifier in objectives
        ],
        "children": [_contents(child, objectives) for child in activity.children],
    }


def _sets_completion(activity: Activity) -> bool:
    """Whether the author said that content alone decides completion (deliveryControls, SN 3.13.1)."""
    sequencing = activity.item.get("sequencing")
    return bool(sequencing and sequencing["delivery"]["completion_set_by_content"])


def _measured(started_at: datetime | None, until: datetime, elapsed: int | None) -> int:
    """Centiseconds, for content that never reports its time: what the browser measured while the course was
    open, but no more than passed here.

    What a browser sends days later, because it could not before, was not learned all the while.
    """
    if started_at is None:
        return 0
    passed = round((until - started_at).total_seconds() * 100)
    return max(0, min(LONGEST_MEASURED, passed, passed if elapsed is None else round(elapsed / 10)))
