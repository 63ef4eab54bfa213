"""cmi5's rules as pure functions: whether a statement of an AU is taken, what counts as done, and in which
order that is told.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from heliograph.lrs.rules import values
from heliograph.runtime.cmi5.table import CMI5, MASTERY_SCORE, MOVE_ON, SESSION_ID, refuse
from heliograph.runtime.sequencing.model import ActivityOutcome

ADL = "http://adlnet.gov/expapi/verbs/"
W3ID = "https://w3id.org/xapi/adl/verbs/"
VERBS: Final = {
    **{
        word: ADL + word
        for word in ("launched", "initialized", "completed", "passed", "failed", "terminated")
    },
    **{word: W3ID + word for word in ("abandoned", "waived", "satisfied")},
}
AN_AUS: Final = {VERBS[word]: word for word in ("initialized", "completed", "passed", "failed", "terminated")}
PROGRESS: Final = "https://w3id.org/xapi/cmi5/result/extensions/progress"
COURSE: Final = ""  # stands for the course among the identifiers of its blocks


@dataclass
class SessionRules:
    """What a statement is held against.

    ``said`` are cmi5's verbs of this session so far, ``before`` those of the AU's sessions before it.
    """

    registration: str
    activity: str  # the activityId of its launch
    template: Mapping[str, Any]
    mode: str = "Normal"
    mastery_score: float | None = None
    prepared: bool = True
    said: tuple[str, ...] = ()
    before: frozenset[str] | tuple[str, ...] = ()


def template(session_id: str, *grouping: str) -> dict[str, Any]:
    """The contextTemplate of a session; ``grouping`` are ids of activities."""
    return {
        "contextActivities": {"grouping": [{"id": activity_id} for activity_id in grouping]},
        "extensions": {SESSION_ID: session_id},
    }


def check(statement: Mapping[str, Any], session: SessionRules) -> str | None:
    """The verb of cmi5 that the statement says, None where cmi5 only allows it. Raises `table.Broken`."""
    context = statement.get("context", {})
    categories = _ids(context, "category")
    word = AN_AUS.get(statement["verb"]["id"]) if CMI5 in categories else None
    if "terminated" in session.said:
        refuse("session.over")
    if not session.prepared:
        refuse("session.preferences")
    if not session.said and word != "initialized":
        refuse("session.first")
    _check_any(statement, context, session)
    if (MOVE_ON in categories) is not (word in ("completed", "passed", "failed")):
        refuse("category.moveon")
    if CMI5 not in categories:
        return None
    if word is None:
        refuse("category.cmi5")
    _check_own(statement, context, session)
    _check_order(word, session)
    _check_result(word, statement.get("result", {}), context, session)
    return word


def _check_any(statement: Mapping[str, Any], context: Mapping[str, Any], session: SessionRules) -> None:
    """What holds for whatever an AU says."""
    if "id" not in statement:
        refuse("statement.id")
    if "timestamp" not in statement:
        refuse("timestamp.missing")
    if not values.in_utc(statement["timestamp"]):
        refuse("timestamp.utc")
    actor = statement["actor"]
    if actor.get("objectType", "Agent") != "Agent" or "account" not in actor:
        refuse("actor")
    extensions = context.get("extensions", {})
    if any(extensions.get(name) != value for name, value in session.template["extensions"].items()):
        refuse("context.template")
    if any(
        not _ids(session.template, kind) <= _ids(context, kind)
        for kind in session.template["contextActivities"]
    ):
        refuse("context.template")


def _check_own(statement: Mapping[str, Any], context: Mapping[str, Any], session: SessionRules) -> None:
    if context.get("registration", "").lower() != session.registration:
        refuse("registration")
    about = statement["object"]
    if about.get("objectType", "Activity") != "Activity" or about["id"] != session.activity:
        refuse("object")


def _check_order(word: str, session: SessionRules) -> None:
    if session.mode != "Normal" and word not in ("initialized", "terminated"):
        refuse("launch_mode")
    if word in session.said:
        refuse("verb.twice")
    if word in ("passed", "failed") and {"passed", "failed"}.intersection(session.said):
        refuse("verdict.twice")
    if word in ("completed", "passed") and word in session.before:
        refuse(f"{word}.once")
    if word == "failed" and "passed" in session.before:
        refuse("failed.after_passed")


def _check_result(
    word: str, result: Mapping[str, Any], context: Mapping[str, Any], session: SessionRules
) -> None:
    if result.get("success") is not {"passed": True, "failed": False}.get(word):
        refuse("success")
    if result.get("completion") is not (True if word == "completed" else None):
        refuse("completion")
    if "score" in result:
        if word not in ("passed", "failed"):
            refuse("score.place")
        _check_score(word, result["score"], context, session.mastery_score)
    if word != "initialized" and "duration" not in result:
        refuse("duration")


def _check_score(
    word: str, score: Mapping[str, Any], context: Mapping[str, Any], mastery_score: float | None
) -> None:
    scaled = score.get("scaled")
    if scaled is not None and scaled < 0:
        refuse("score.scaled")
    if "raw" in score and not {"min", "max"} <= score.keys():
        refuse("score.raw")
    if scaled is None or mastery_score is None:
        return
    if (scaled >= mastery_score) is not (word == "passed"):
        refuse("score.mastery")
    if context.get("extensions", {}).get(MASTERY_SCORE) != mastery_score:
        refuse("mastery_score")


def _ids(context: Mapping[str, Any], kind: str) -> set[str]:
    """The ids in one of the lists of contextActivities; in xAPI 1.0.3 a single activity need not be in a
    list.
    """
    activities = context.get("contextActivities", {}).get(kind, [])
    return {activity["id"] for activity in (activities if isinstance(activities, list) else [activities])}


def met(move_on: str, verbs: frozenset[str] | set[str]) -> bool:
    """Whether an AU's moveOn is met by the verbs of its sessions."""
    if "waived" in verbs or move_on == "NotApplicable":
        return True
    needed = {"Passed": {"passed"}, "Completed": {"completed"}}.get(move_on, {"passed", "completed"})
    return bool(needed & verbs) if move_on == "CompletedOrPassed" else needed <= verbs


def satisfied(items: list[dict[str, Any]], verbs: Mapping[str, frozenset[str] | set[str]]) -> list[str]:
    """The blocks in which every AU's moveOn is met, what lies within before what holds it, and at the end
    `COURSE` where that is all of them.

    ``said`` are the verbs by the AU's identifier.
    """
    blocks: list[str] = []
    return [*blocks, COURSE] if _all_satisfied(items, verbs, blocks) else blocks


def _all_satisfied(
    items: list[dict[str, Any]], verbs: Mapping[str, frozenset[str] | set[str]], blocks: list[str]
) -> bool:
    """Whether all of these are; every one is looked at, so that every block within is found."""
    return [_satisfied(item, verbs, blocks) for item in items].count(False) == 0


def _satisfied(
    item: dict[str, Any], verbs: Mapping[str, frozenset[str] | set[str]], blocks: list[str]
) -> bool:
    if "au" in item:
        return met(item["au"]["move_on"], verbs.get(item["identifier"], frozenset()))
    done = _all_satisfied(item["items"], verbs, blocks)
    if done:
        blocks.append(item["identifier"])
    return done


def units(items: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Every AU, in the order of the table of contents."""
    for item in items:
        if "au" in item:
            yield item
        yield from units(item["items"])


def outcome(
    move_on: str,
    verbs: frozenset[str] | set[str],
    word: str | None = None,
    result: Mapping[str, Any] | None = None,
) -> ActivityOutcome:
    """How an AU stands: completed where its moveOn is met, its verdict, score and progress by the statement
    of now; ``word`` is its verb of cmi5.
    """
    result = result or {}
    score = result.get("score", {}) if word in ("passed", "failed") else {}
    verdict = "passed" if word == "waived" else word if word in ("passed", "failed") else "unknown"
    done = met(move_on, verbs)
    progress = 1.0 if done or word == "completed" else _progress(result)
    scaled, raw, least, most = (
        float(score[part]) if part in score else None for part in ("scaled", "raw", "min", "max")
    )
    return ActivityOutcome("completed" if done else "incomplete", verdict, scaled, raw, least, most, progress)


def _progress(result: Mapping[str, Any]) -> float | None:
    given = result.get("extensions", {}).get(PROGRESS)
    return given / 100 if values.is_number(given) and 0 <= given <= 100 else None
