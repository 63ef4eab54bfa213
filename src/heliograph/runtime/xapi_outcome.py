"""What statements of an xAPI package mean for its course. xAPI has no rule for that; each course has its own
(`Course.completes_by`).

Counted is what is said of the activity that was launched, by its verb or its result. Pure: nothing here knows
Django.
"""

from collections.abc import Mapping
from typing import Any, Final

from heliograph.lrs.rules import values
from heliograph.runtime.sequencing.model import ActivityOutcome

COUNTED: Final = ("completed", "passed", "failed", "terminated")
ENDINGS: Final = ("terminated", "exited")
RULES: Final = {
    "completed or passed": {"completed", "passed"},
    "completed": {"completed"},
    "passed": {"passed"},
    "terminated": {"terminated"},
    "launched": {"launched"},
}


def verdicts(statement: Mapping[str, Any], activity_id: str) -> set[str]:
    """What a statement says of the launched activity; nothing where it is about another thing."""
    if statement["object"].get("id") != activity_id:
        return set()
    verb = statement["verb"]["id"].rstrip("/#").rsplit("/", 1)[-1].rsplit("#", 1)[-1].lower()
    result = statement.get("result", {})
    outcome = {"terminated" if verb in ENDINGS else verb} & set(COUNTED)
    if result.get("completion") is True:
        outcome.add("completed")
    if "success" in result:
        outcome.add("passed" if result["success"] else "failed")
    return outcome


def outcome(
    rule: str, before: set[str], news: set[str], statement: Mapping[str, Any], activity_id: str
) -> ActivityOutcome:
    """How the activity stands after a statement; ``before`` was said in the attempt before it."""
    about = statement["object"].get("id") == activity_id
    score = statement.get("result", {}).get("score", {}) if about else {}
    done = bool(RULES[rule] & (before | news))
    verdict = "passed" if "passed" in news else "failed" if "failed" in news else "unknown"
    scaled, raw, least, most = (_number(score.get(part)) for part in ("scaled", "raw", "min", "max"))
    return ActivityOutcome(
        "completed" if done else "incomplete", verdict, scaled, raw, least, most, 1.0 if done else None
    )


def _number(value: Any) -> float | None:
    return float(value) if values.is_number(value) else None
