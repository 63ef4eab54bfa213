"""What a SCO's data means: how it stands, and what its next session starts from.

SCORM 2004 keeps completion and success apart; SCORM 1.2 has one lesson_status for both, told apart by the
table below. Where the standards let the LMS judge (thresholds, mastery score), it judges here and nowhere
else.

SCORM 1.2 lesson_status     completion      success passed                      completed       passed failed
completed       failed completed                   completed       unknown, or by mastery score incomplete
incomplete      unknown browsed                     incomplete      unknown     (looking is not completing:
see `sequencing/prerequisites.py`) not attempted (never set)   not attempted   unknown     until the session
has finished: see `_lesson`
"""

from collections.abc import Mapping
from typing import Literal, NamedTuple

from heliograph.runtime.cmi.model import DataModel
from heliograph.runtime.cmi.table import Table
from heliograph.runtime.cmi.thresholds import as_number
from heliograph.runtime.cmi.time import format_duration, parse_duration

Completion = Literal["unknown", "not attempted", "incomplete", "completed"]
Success = Literal["unknown", "passed", "failed"]
LESSON: dict[str, tuple[Completion, Success]] = {
    "passed": ("completed", "passed"),
    "failed": ("completed", "failed"),
    "completed": ("completed", "unknown"),
    "incomplete": ("incomplete", "unknown"),
    "browsed": ("incomplete", "unknown"),
}
COMPLETION: dict[str, Completion] = {
    word: word for word in ("unknown", "not attempted", "incomplete", "completed")
}
SUCCESS: dict[str, Success] = {word: word for word in ("unknown", "passed", "failed")}


class Score(NamedTuple):
    """`scaled` from -1 to 1; `raw`, `min`, `max` in content's own points. None: not given."""

    scaled: float | None
    raw: float | None
    min: float | None
    max: float | None


class ScoOutcome(NamedTuple):
    """How a SCO stands.

    `progress_measure` is from 0 to 1, `session_centiseconds` the session's length by content.
    """

    completion: Completion
    success: Success
    score: Score
    progress_measure: float | None
    location: str
    session_centiseconds: int
    exit: str


def outcome(table: Table, data: Mapping[str, str], finished: bool = False) -> ScoOutcome:
    """How a SCO stands by its data (a model's `data`). `finished`: its session has ended, by anybody."""
    return _outcome_12(data, finished) if table.standard == "scorm_12" else _outcome_2004(table, data)


def resume(table: Table, data: Mapping[str, str], finished: bool = True) -> dict[str, str]:
    """The data that the next session of the same attempt starts from.

    What belongs to a session goes (session_time, exit, adl.nav.request); session_time is added to total_time
    (RTE 4.2.21, 4.2.25; SCORM 1.2 RTE 3.4). entry is "resume" after an exit of suspend, for SCORM 2004 also
    of logout, else "" (RTE 4.2.7, 4.2.8). A session that never `finished` (a killed browser) is resumed too.
    """
    core = "cmi.core" if table.standard == "scorm_12" else "cmi"
    suspending = ("suspend",) if table.standard == "scorm_12" else ("suspend", "logout")
    session = {name for name, spec in table.elements.items() if spec.get("session")}
    kept = {name: value for name, value in data.items() if name not in session}
    spent = _centiseconds(data, f"{core}.total_time") + _centiseconds(data, f"{core}.session_time")
    kept[f"{core}.total_time"] = format_duration(table.standard, spent)
    kept[f"{core}.entry"] = "resume" if not finished or data.get(f"{core}.exit", "") in suspending else ""
    return kept


def _outcome_2004(table: Table, data: Mapping[str, str]) -> ScoOutcome:
    """The model itself applies completion_threshold and scaled_passing_score (RTE 4.2.4.1, 4.2.22.1)."""
    model = DataModel(table, data)
    return ScoOutcome(
        completion=COMPLETION.get(model.get_value("cmi.completion_status").value, "unknown"),
        success=SUCCESS.get(model.get_value("cmi.success_status").value, "unknown"),
        score=Score(*(as_number(data.get(f"cmi.score.{part}")) for part in ("scaled", "raw", "min", "max"))),
        progress_measure=as_number(data.get("cmi.progress_measure")),
        location=data.get("cmi.location", ""),
        session_centiseconds=_centiseconds(data, "cmi.session_time"),
        exit=data.get("cmi.exit", ""),
    )


def _outcome_12(data: Mapping[str, str], finished: bool) -> ScoOutcome:
    raw, least, most = (as_number(data.get(f"cmi.core.score.{part}")) for part in ("raw", "min", "max"))
    completion, success = _lesson(data, raw, finished)
    return ScoOutcome(
        completion=completion,
        success=success,
        score=Score(_scaled(raw, least, most), raw, least, most),
        progress_measure=None,
        location=data.get("cmi.core.lesson_location", ""),
        session_centiseconds=_centiseconds(data, "cmi.core.session_time"),
        exit=data.get("cmi.core.exit", ""),
    )


def _lesson(data: Mapping[str, str], raw: float | None, finished: bool) -> tuple[Completion, Success]:
    """SCORM 1.2 RTE 3.4, cmi.core.lesson_status: what the LMS decides where content did not.

    A session that ended without a status, and was not suspended, completed the SCO. A mastery score then
    decides whether it was passed, if content gave a raw score but no verdict, and the learner takes the SCO
    for credit. A lesson that content calls incomplete may be passed this way, never failed: its learner may
    come back.
    """
    status = data.get("cmi.core.lesson_status", "")
    completion, success = LESSON.get(status, ("not attempted", "unknown"))
    done = finished and data.get("cmi.core.exit", "") != "suspend"
    if status not in LESSON and finished:
        completion = "completed" if done else "incomplete"
    mastered = _mastered(data, raw)
    if mastered is not None and (completion == "completed" or (status == "incomplete" and done and mastered)):
        return "completed", success if success != "unknown" else "passed" if mastered else "failed"
    return completion, success


def _mastered(data: Mapping[str, str], raw: float | None) -> bool | None:
    mastery = as_number(data.get("cmi.student_data.mastery_score"))
    for_credit = (
        data.get("cmi.core.credit", "credit") == "credit"
        and data.get("cmi.core.lesson_mode", "normal") == "normal"
    )
    return None if mastery is None or raw is None or not for_credit else raw >= mastery


def _scaled(raw: float | None, least: float | None, most: float | None) -> float | None:
    """SCORM 1.2 scores run from 0 to 100 (RTE 3.4), but much content counts its own points and gives min and
    max.
    """
    if raw is None:
        return None
    least, most = least or 0.0, 100.0 if most is None else most
    scaled = (raw - least) / (most - least) if most > least else None
    return scaled if scaled is not None and -1 <= scaled <= 1 else None


def _centiseconds(data: Mapping[str, str], element: str) -> int:
    try:
        return parse_duration(data[element])
    except (KeyError, ValueError):
        return 0
