"""What the browser gets when an activity is delivered: its address, what it kept, and what the standard has the LMS seed.

Sources: SCORM 1.2 RTE 3.4.4; SCORM 2004 4th Ed. RTE 4.2 (each element's LMS behaviour requirements).
"""

import json
from typing import Any
from urllib.parse import quote

from heliograph.runtime.sequencing.model import Activity

MEDIA = ("pdf", "mp3", "mp4")


def data_model(standard: str) -> str:
    """The data model table a course's activities use; our own media pages speak SCORM 2004."""
    return "scorm_12" if standard in ("scorm_11", "scorm_12") else "scorm_2004"


def seed(activity: Activity, standard: str, mode: str, credit: str, entry: str | None, learner: tuple[str, str]) -> dict[str, str]:
    """The elements the LMS sets for a session of this activity, flat; ``learner`` is (identifier, name), ``entry`` None where it was resumed."""
    item = activity.item
    seed_of_standard = _scorm_12 if data_model(standard) == "scorm_12" else _scorm_2004
    seeded = seed_of_standard(item, mode, credit, entry, learner)
    return {name: str(value) for name, value in seeded.items() if value not in (None, "")}


def media_page(standard: str, file: str, pages: str, title: str) -> str:
    """The address of our own page for a PDF, a sound or a film; what it shows stands behind the #."""
    what = {"standard": standard, "file": file, "pages": pages, "title": title}
    return f"/static/runtime/media/media.html#{quote(json.dumps(what))}"


def _scorm_12(item: dict[str, Any], mode: str, credit: str, entry: str | None, learner: tuple[str, str]) -> dict[str, Any]:
    return {
        "cmi.core.student_id": learner[0],
        "cmi.core.student_name": learner[1],
        "cmi.core.credit": credit,
        "cmi.core.lesson_mode": mode,
        "cmi.core.entry": entry,
        "cmi.launch_data": item.get("data_from_lms"),
        "cmi.student_data.mastery_score": item.get("mastery_score"),
        "cmi.student_data.max_time_allowed": item.get("max_time_allowed"),
        "cmi.student_data.time_limit_action": item.get("time_limit_action"),
    }


def _scorm_2004(item: dict[str, Any], mode: str, credit: str, entry: str | None, learner: tuple[str, str]) -> dict[str, Any]:
    sequencing = item.get("sequencing") or {}
    limits = sequencing.get("limitConditions") or {}
    primary = _primary_objective(sequencing)
    threshold = item.get("completion_threshold") or {}
    return {
        "cmi.learner_id": learner[0],
        "cmi.learner_name": learner[1],
        "cmi.credit": credit,
        "cmi.mode": mode,
        "cmi.entry": entry,
        "cmi.launch_data": item.get("data_from_lms"),
        "cmi.time_limit_action": item.get("time_limit_action"),
        "cmi.max_time_allowed": limits.get("attemptAbsoluteDurationLimit"),
        "cmi.scaled_passing_score": primary.get("minNormalizedMeasure") if primary.get("satisfiedByMeasure") else None,
        "cmi.completion_threshold": threshold.get("min_progress_measure") if threshold.get("completed_by_measure") else None,
    }


def _primary_objective(sequencing: dict[str, Any]) -> dict[str, Any]:
    objectives = sequencing.get("objectives") or []
    return next((one for one in objectives if one.get("primary")), {}) if isinstance(objectives, list) else {}
