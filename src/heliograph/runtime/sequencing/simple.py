"""The simple behavior: the learner moves freely, and the course's outcome is rolled up from its activities.

Roll-up: completed when every SCO is completed and every asset was opened; failed when any SCO failed; passed
when at least one SCO passed and none failed or is unfinished; the score is the mean of the scaled scores
there are, a single SCO's score as it is. In SCORM 1.1 and 1.2 an activity whose prerequisites are not met is
not opened, however it is asked for; one that was left open is gone on with.
"""

from statistics import fmean
from typing import Any

from heliograph.runtime.sequencing.model import ActivityOutcome, Event, Step, Tree
from heliograph.runtime.sequencing.prerequisites import lesson_status, missing

BROWSED = "browsed"  # in a state: what was only looked at, which prerequisites may ask for
NAVIGATION = {"start", "continue", "previous", "choice", "exit", "suspend_all", "exit_all"}


def step(tree: Tree, state: dict[str, Any], event: Event) -> Step:
    """The next state and what to show.

    An unknown kind of event raises ValueError; a request that cannot be met is refused in a sentence.
    """
    if event.kind == "track":
        return _answer(tree, _tracked(tree, state, event))
    if event.kind not in NAVIGATION:
        raise ValueError(f"“{event.kind}” is not an event")
    if event.kind == "start":
        return _started(tree, state)
    if event.kind in ("suspend_all", "exit_all"):
        suspended = state.get("current") if event.kind == "suspend_all" else None
        return _answer(tree, {**state, "current": None, "suspended": suspended}, ended=True)
    if event.kind == "exit":
        return _answer(tree, {**state, "current": None}, menu=True)
    target = _target(tree, state, event)
    if target is None:
        return _answer(tree, state, refusal="Nothing to open there. Choose a lesson from the menu.")
    waits_for = _waits_for(tree, state, target)
    if waits_for:
        return _answer(tree, state, refusal=f"“{tree.by_id[target].title}” opens when {waits_for}.")
    return _delivered(tree, state, target)


def roll_up(tree: Tree, state: dict[str, Any]) -> ActivityOutcome:
    """The course's outcome from what is known of its activities."""
    known = [_outcome(state, identifier) for identifier in tree.deliverable]
    if len(known) == 1:
        return known[0]
    completions = {outcome.completion for outcome in known}
    successes = {outcome.success for outcome in known}
    scaled = [outcome.score_scaled for outcome in known if outcome.score_scaled is not None]
    progress = [1.0 if outcome.completion == "completed" else outcome.progress or 0.0 for outcome in known]
    return ActivityOutcome(
        completion=_completion(completions),
        success=_success(successes, completions),
        score_scaled=round(fmean(scaled), 7) if scaled else None,
        progress=round(fmean(progress), 7) if completions - {"not attempted"} else None,
    )


def _completion(completions: set[str]) -> str:
    if completions <= {"completed"}:
        return "completed"
    return "not attempted" if completions <= {"not attempted"} else "incomplete"


def _success(successes: set[str], completions: set[str]) -> str:
    if "failed" in successes:
        return "failed"
    unfinished = completions - {"completed"}
    return "passed" if "passed" in successes and (successes == {"passed"} or not unfinished) else "unknown"


def _started(tree: Tree, state: dict[str, Any]) -> Step:
    resumed = state.get("suspended") or state.get("current")
    target = resumed if resumed in tree.deliverable else None
    if target is None and state.keys().isdisjoint(("current", "suspended")):  # nothing was ever delivered
        target = next(
            (identifier for identifier in tree.deliverable if not _waits_for(tree, state, identifier)), None
        )
    if target is None and len(tree.deliverable) == 1 and not _waits_for(tree, state, tree.deliverable[0]):
        target = tree.deliverable[0]
    if target is None:
        return _answer(tree, {**state, "current": None}, menu=True)
    return _delivered(tree, state, target)


def _delivered(tree: Tree, state: dict[str, Any], target: str) -> Step:
    activity = tree.by_id[target]
    outcome = _outcome(state, target)
    if activity.launch and activity.launch["kind"] == "asset":
        outcome = ActivityOutcome(completion="completed")
    elif outcome.completion == "not attempted":
        outcome = outcome._replace(completion="incomplete")
    activities = {**state.get("activities", {}), target: list(outcome)}
    return _answer(
        tree, {**state, "current": target, "suspended": None, "activities": activities}, delivery=target
    )


def _tracked(tree: Tree, state: dict[str, Any], event: Event) -> dict[str, Any]:
    if event.target not in tree.by_id or event.outcome is None:
        return state
    outcome = _kept(_outcome(state, event.target), event.outcome)
    tracked = {**state, "activities": {**state.get("activities", {}), event.target: list(outcome)}}
    if tree.prerequisites and event.browsed is not (event.target in state.get(BROWSED, ())):
        others = [identifier for identifier in state.get(BROWSED, ()) if identifier != event.target]
        tracked[BROWSED] = [*others, event.target] if event.browsed else others
    return tracked


def _kept(before: ActivityOutcome, after: ActivityOutcome) -> ActivityOutcome:
    """What was achieved stays: looking at a finished activity again does not undo it, a new verdict replaces
    the old one.
    """
    completion = "completed" if before.completion == "completed" else after.completion
    if completion in ("not attempted", "unknown"):
        completion = "incomplete"
    success = after.success if after.success != "unknown" else before.success
    return ActivityOutcome(
        completion,
        success,
        *(new if new is not None else old for old, new in zip(before[2:], after[2:], strict=True)),
    )


def _target(tree: Tree, state: dict[str, Any], event: Event) -> str | None:
    if event.kind == "choice":
        return tree.first_within.get(event.target or "")
    order, current = tree.deliverable, state.get("current")
    if current not in order:
        return None
    index = order.index(current) + (1 if event.kind == "continue" else -1)
    return order[index] if 0 <= index < len(order) else None


def _waits_for(tree: Tree, state: dict[str, Any], identifier: str) -> str:
    """What an activity waits for, in words; empty where it may be opened."""
    if identifier not in tree.prerequisites:
        return ""
    return missing(
        tree,
        lambda identifier: lesson_status(_outcome(state, identifier), identifier in state.get(BROWSED, ())),
        identifier,
    )


def _opens(tree: Tree, state: dict[str, Any], event: Event) -> bool:
    target = _target(tree, state, event)
    return target is not None and not _waits_for(tree, state, target)


def _outcome(state: dict[str, Any], identifier: str) -> ActivityOutcome:
    return ActivityOutcome(*state.get("activities", {}).get(identifier, ()))


def _answer(tree: Tree, state: dict[str, Any], **shown: Any) -> Step:
    valid = {
        "continue": _opens(tree, state, Event("continue")),
        "previous": _opens(tree, state, Event("previous")),
        "choice": [
            identifier
            for identifier, target in tree.first_within.items()
            if not _waits_for(tree, state, target)
        ],
    }
    return Step(state=state, valid=valid, course=roll_up(tree, state), **shown)
