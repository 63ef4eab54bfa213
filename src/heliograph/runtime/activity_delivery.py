"""What the browser gets when an activity is delivered: its address, what it kept, and what the standard has
the LMS seed.

Sources: SCORM 1.2 RTE 3.4.4; SCORM 2004 4th Ed. RTE 4.2 (each element's LMS behavior requirements).
"""

import json
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

from heliograph.runtime.sequencing.model import Activity

MEDIA = ("pdf", "mp3", "mp4")
NAMES = ("cmi.core.student_name", "cmi.learner_name")


# What content sets in one of the two data models only.
ONLY_IN = {
    "scorm_12": (
        "cmi.core.lesson_status",
        "cmi.core.lesson_location",
        "cmi.core.score.",
        "cmi.core.session_time",
        "cmi.core.exit",
    ),
    "scorm_2004": (
        "cmi.completion_status",
        "cmi.success_status",
        "cmi.location",
        "cmi.score.",
        "cmi.session_time",
        "cmi.exit",
        "cmi.progress_",
    ),
}

LEARNER = {"scorm_12": "cmi.core.student_id", "scorm_2004": "cmi.learner_id"}
# Where an attempt's state keeps the table that a player named, by activity; only where a manifest speaks of
# both standards
SPOKEN = "spoken"


def data_model(standard: str) -> str:
    """The data model table a course's activities use; our own media pages speak SCORM 2004."""
    return "scorm_12" if standard in ("scorm_11", "scorm_12") else "scorm_2004"


def other_data_model(structure: dict[str, Any]) -> str | None:
    """The other table whose API the pages of a SCORM course may look for, where its manifest speaks of both
    standards."""
    other = structure.get("other_standard")
    return data_model(other) if other else None


def api_of(
    standard: str, structure: dict[str, Any], *sources: Iterable[str], named: str | None = None
) -> str:
    """The table in which a SCO speaks: the course's own, or the other one that its manifest speaks of too.

    ``named`` is what its player says of the API that its pages use, which decides where it is one of the two.
    Players of earlier releases do not say it; then it is the table that alone has what the pages set.
    ``sources`` are names of elements, the newest first: of values that were just set, then of what the SCO
    keeps.
    """
    own, other = data_model(standard), other_data_model(structure)
    if named and other and named in (own, other):
        return named
    for names in sources if other else ():
        names_seen = list(names)
        for table in (own, other):
            if table and any(name.startswith(ONLY_IN[table]) for name in names_seen):
                return table
    return own


def is_seeded(data: dict[str, str], table: str) -> bool:
    """Whether a SCO's data holds what the LMS sets by the words of this table."""
    return LEARNER[table] in data


def is_fresh(data: dict[str, str]) -> bool:
    """Whether the session whose data this is began with nothing to resume."""
    return "ab-initio" in (data.get("cmi.entry"), data.get("cmi.core.entry"))


def seed(
    activity: Activity,
    standard: str,
    mode: str,
    credit: str,
    fresh: bool,
    learner: tuple[str, str],
    shared: dict[str, str],
) -> dict[str, str]:
    """The elements the LMS sets for a session of this activity, flat.

    ``fresh``: nothing is resumed. ``learner`` is (identifier, name). ``shared`` holds the buckets of adl.data
    by their id.
    """
    entry = "ab-initio" if fresh else None
    buckets: dict[str, str] = {}
    if data_model(standard) == "scorm_12":
        seeded = _scorm_12(activity.item, mode, credit, entry, learner)
    else:
        seeded = _scorm_2004(activity.item, mode, credit, entry, learner)
        seeded |= _objectives(activity.item) if fresh else {}
        buckets = _buckets(activity.item, shared)
    return {name: str(value) for name, value in seeded.items() if value not in (None, "")} | buckets


def shared_data(data: dict[str, str]) -> dict[str, str]:
    """What an activity's data says of the buckets it may write to, by id (SCORM 2004 4th Ed. RTE 4.3)."""
    written = {}
    number = 0
    while bucket := data.get(f"adl.data.{number}.id"):
        store = data.get(f"adl.data.{number}.store")
        if store is not None and "w" in data.get(f"adl.data.{number}._access", "rw"):
            written[bucket] = store
        number += 1
    return written


def media_page(standard: str, file: str, pages: str, title: str) -> str:
    """The address of our own page for a PDF, a sound or a film; what it shows stands behind the #."""
    what = {"standard": standard, "file": file, "pages": pages, "title": title}
    return f"/static/runtime/media/media.html#{quote(json.dumps(what))}"


def _scorm_12(
    item: dict[str, Any], mode: str, credit: str, entry: str | None, learner: tuple[str, str]
) -> dict[str, Any]:
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


def _scorm_2004(
    item: dict[str, Any], mode: str, credit: str, entry: str | None, learner: tuple[str, str]
) -> dict[str, Any]:
    sequencing = item.get("sequencing") or {}
    primary = next(
        (objective for objective in sequencing.get("objectives", []) if objective["primary"]), None
    )
    threshold = item.get("completion_threshold")
    return {
        "cmi.learner_id": learner[0],
        "cmi.learner_name": learner[1],
        "cmi.credit": credit,
        "cmi.mode": mode,
        "cmi.entry": entry,
        "cmi.launch_data": item.get("data_from_lms"),
        "cmi.time_limit_action": item.get("time_limit_action"),
        "cmi.max_time_allowed": sequencing.get("limits", {}).get("attempt_absolute_duration_limit"),
        "cmi.scaled_passing_score": primary["min_normalized_measure"]
        if primary and primary["satisfied_by_measure"]
        else None,
        "cmi.completion_threshold": threshold["min_progress_measure"]
        if threshold and threshold["completed_by_measure"]
        else None,
    }


def _objectives(item: dict[str, Any]) -> dict[str, Any]:
    """The objectives the author named are there from the first session on (RTE 4.2.17)."""
    named = [
        objective["id"]
        for objective in (item.get("sequencing") or {}).get("objectives", [])
        if objective["id"]
    ]
    return {f"cmi.objectives.{number}.id": identifier for number, identifier in enumerate(named)}


def _buckets(item: dict[str, Any], shared: dict[str, str]) -> dict[str, str]:
    """The buckets of adl.data. An empty access is a grant like any other: the author gave none."""
    seeded: dict[str, str] = {}
    for number, bucket in enumerate(item.get("adl_data", [])):
        access = ("r" if bucket["read_shared_data"] else "") + ("w" if bucket["write_shared_data"] else "")
        seeded[f"adl.data.{number}.id"] = bucket["target_id"]
        if shared.get(bucket["target_id"]):
            seeded[f"adl.data.{number}.store"] = shared[bucket["target_id"]]
        seeded[f"adl.data.{number}._access"] = access
    return seeded
