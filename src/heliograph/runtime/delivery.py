"""What the browser gets when an activity is delivered: its address, what it kept, and what the standard has the LMS seed.

Sources: SCORM 1.2 RTE 3.4.4; SCORM 2004 4th Ed. RTE 4.2 (each element's LMS behaviour requirements).
"""

from typing import Any

from heliograph.runtime.sequencing.model import Activity

MEDIA = ("pdf", "mp3", "mp4")


def data_model(standard: str) -> str:
    """The data model table a course's activities use; our own media pages speak SCORM 2004."""
    return "scorm_12" if standard in ("scorm_11", "scorm_12") else "scorm_2004"


def seed(
    activity: Activity,
    standard: str,
    mode: str,
    credit: str,
    entry: str,
    total_centiseconds: int,
    learner: tuple[str, str],
) -> dict[str, str]:
    """The elements the LMS sets for a session of this activity, flat; ``learner`` is (identifier, name)."""
    common = {"credit": credit, "mode": mode, "entry": entry}
    item = activity.item
    if data_model(standard) == "scorm_12":
        return _scorm_12(item, common, total_centiseconds, learner)
    return _scorm_2004(item, common, total_centiseconds, learner)


def _scorm_12(
    item: dict[str, Any], common: dict[str, str], centiseconds: int, learner: tuple[str, str]
) -> dict[str, str]:
    seeded = {
        "cmi.core.student_id": learner[0],
        "cmi.core.student_name": learner[1],
        "cmi.core.credit": common["credit"],
        "cmi.core.lesson_mode": common["mode"],
        "cmi.core.entry": common["entry"],
        "cmi.core.total_time": scorm_12_timespan(centiseconds),
        "cmi.launch_data": item.get("data_from_lms") or "",
    }
    optional = {
        "cmi.student_data.mastery_score": item.get("mastery_score"),
        "cmi.student_data.max_time_allowed": item.get("max_time_allowed"),
        "cmi.student_data.time_limit_action": item.get("time_limit_action"),
    }
    return seeded | {name: str(value) for name, value in optional.items() if value not in (None, "")}


def _scorm_2004(
    item: dict[str, Any], common: dict[str, str], centiseconds: int, learner: tuple[str, str]
) -> dict[str, str]:
    seeded = {
        "cmi.learner_id": learner[0],
        "cmi.learner_name": learner[1],
        "cmi.credit": common["credit"],
        "cmi.mode": common["mode"],
        "cmi.entry": common["entry"],
        "cmi.total_time": scorm_2004_interval(centiseconds),
    }
    sequencing = item.get("sequencing") or {}
    limits = sequencing.get("limitConditions") or {}
    primary = _primary_objective(sequencing)
    threshold = item.get("completion_threshold") or {}
    optional = {
        "cmi.launch_data": item.get("data_from_lms"),
        "cmi.time_limit_action": item.get("time_limit_action"),
        "cmi.max_time_allowed": limits.get("attemptAbsoluteDurationLimit"),
        "cmi.scaled_passing_score": primary.get("minNormalizedMeasure") if primary.get("satisfiedByMeasure") else None,
        "cmi.completion_threshold": threshold.get("min_progress_measure")
        if threshold.get("completed_by_measure")
        else None,
    }
    return seeded | {name: str(value) for name, value in optional.items() if value not in (None, "")}


def _primary_objective(sequencing: dict[str, Any]) -> dict[str, Any]:
    objectives = sequencing.get("objectives") or []
    return next((one for one in objectives if one.get("primary")), {}) if isinstance(objectives, list) else {}


def scorm_12_timespan(centiseconds: int) -> str:
    """``HHHH:MM:SS.SS`` (SCORM 1.2 RTE, CMITimespan)."""
    seconds, rest = divmod(centiseconds, 100)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{min(hours, 9999):04d}:{minutes:02d}:{seconds:02d}.{rest:02d}"


def scorm_2004_interval(centiseconds: int) -> str:
    """An ISO 8601 duration to the hundredth (SCORM 2004 RTE, timeinterval (second,10,2))."""
    seconds, rest = divmod(centiseconds, 100)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    fraction = f".{rest:02d}".rstrip("0") if rest else ""
    return f"PT{hours}H{minutes}M{seconds}{fraction}S"
