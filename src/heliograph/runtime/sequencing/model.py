"""The vocabulary of sequencing: the tree, events, and what a step answers."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from heliograph.courses.formats.prerequisites import Expression, Unreadable, read_prerequisites

WITH_PREREQUISITES = ("scorm_11", "scorm_12")


class ActivityOutcome(NamedTuple):
    """What is known of one activity, or of the whole course.

    ``completion``: not attempted, incomplete, completed, unknown; ``success``: unknown, passed, failed;
    scores and progress may be None.
    """

    completion: str = "not attempted"
    success: str = "unknown"
    score_scaled: float | None = None
    score_raw: float | None = None
    score_min: float | None = None
    score_max: float | None = None
    progress: float | None = None


@dataclass(frozen=True)
class Activity:
    """A node of the tree: a SCO or asset where ``launch`` is set, a cluster otherwise."""

    identifier: str
    title: str
    visible: bool
    launch: dict[str, Any] | None
    item: dict[str, Any]
    children: tuple["Activity", ...]


@dataclass(frozen=True)
class Tree:
    """One organization of a course, read once from the version's structure."""

    identifier: str
    title: str
    children: tuple[Activity, ...]
    by_id: dict[str, Activity] = field(compare=False)
    # Identifiers of what can be delivered, in the order of the table of contents.
    deliverable: tuple[str, ...]
    # For each activity, itself and what is below it.
    deliverable_within: dict[str, tuple[str, ...]] = field(compare=False)
    # Its own and those of the headings above it, where there are any.
    prerequisites: dict[str, tuple[Expression, ...]] = field(compare=False)
    # For each activity, what choosing it delivers: itself, or its first descendant.
    first_within: dict[str, str] = field(compare=False)

    @classmethod
    def of(cls, structure: dict[str, Any]) -> "Tree":
        """The tree of a structure's default organization."""
        organizations = structure["organizations"]
        chosen = next(
            (
                organization
                for organization in organizations
                if organization["identifier"] == structure.get("default_organization")
            ),
            organizations[0],
        )
        by_id: dict[str, Activity] = {}
        children = tuple(_activity(item, by_id) for item in chosen["items"])
        deliverable = tuple(identifier for identifier, activity in by_id.items() if activity.launch)
        within = {identifier: tuple(_deliverable(activity)) for identifier, activity in by_id.items()}
        rules = (
            dict(_prerequisites(children, by_id, ()))
            if structure.get("standard") in WITH_PREREQUISITES
            else {}
        )
        first_within = {
            identifier: first
            for identifier, activity in by_id.items()
            if (first := _first_deliverable(activity))
        }
        return cls(
            chosen["identifier"], chosen["title"], children, by_id, deliverable, within, rules, first_within
        )


def _activity(item: dict[str, Any], by_id: dict[str, Activity]) -> Activity:
    # Reserve the place first: parents come before their children.
    by_id[item["identifier"]] = None  # type: ignore[assignment]
    children = tuple(_activity(child, by_id) for child in item["items"])
    activity = Activity(item["identifier"], item["title"], item["visible"], item["launch"], item, children)
    by_id[activity.identifier] = activity
    return activity


def _deliverable(activity: Activity) -> Iterator[str]:
    if activity.launch:
        yield activity.identifier
    for child in activity.children:
        yield from _deliverable(child)


def _prerequisites(
    activities: tuple[Activity, ...], by_id: dict[str, Activity], above: tuple[Expression, ...]
) -> Iterator[tuple[str, tuple[Expression, ...]]]:
    """What must hold before each activity is opened; what cannot be read blocks nothing, and the import has
    told of it."""
    for activity in activities:
        rules = above
        with suppress(Unreadable):
            if activity.item.get("prerequisites"):
                rules = (*above, read_prerequisites(activity.item["prerequisites"], by_id))
        if rules:
            yield activity.identifier, rules
        yield from _prerequisites(activity.children, by_id, rules)


def _first_deliverable(activity: Activity) -> str | None:
    if activity.launch:
        return activity.identifier
    return next((first for child in activity.children if (first := _first_deliverable(child))), None)


@dataclass(frozen=True)
class Event:
    """What happened.

    ``kind``: *start* (the player opened), *continue*, *previous*, *choice* (with ``target``), *exit* (leave
    the current activity), *suspend_all* and *exit_all* (leave the course), *track* (``outcome`` of activity
    ``target`` became known; it was only looked at where its content says ``browsed``).
    """

    kind: str
    target: str | None = None
    outcome: ActivityOutcome | None = None
    browsed: bool = False


@dataclass(frozen=True)
class Step:
    """What follows from an event.

    ``state`` replaces the attempt's state (JSON-able). Exactly one of ``delivery`` (an identifier), ``menu``
    (show the table of contents) and ``ended`` is set where the event was one of navigation. ``valid`` tells
    what may be asked next: ``{"continue": bool, "previous": bool, "choice": [identifiers]}``. ``course`` is
    the rolled-up outcome. ``refusal`` is a sentence for the learner where the event could not be carried out.
    """

    state: dict[str, Any]
    valid: dict[str, Any]
    course: ActivityOutcome
    delivery: str | None = None
    menu: bool = False
    ended: bool = False
    refusal: str | None = None
