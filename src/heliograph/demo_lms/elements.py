"""Where the two standards keep the same thing: what the LMS gives to a SCO, and what it reads back
afterwards.

The rules of the data models live in the browser (static/scorm12.js, static/scorm2004.js); the server only
stores.
"""

from typing import Any

NAMES = {
    "scorm12": {
        "learner_id": "cmi.core.student_id",
        "learner_name": "cmi.core.student_name",
        "credit": "cmi.core.credit",
        "mode": "cmi.core.lesson_mode",
        "entry": "cmi.core.entry",
        "exit": "cmi.core.exit",
        "location": "cmi.core.lesson_location",
        "suspend_data": "cmi.suspend_data",
        "session_time": "cmi.core.session_time",
        "total_time": "cmi.core.total_time",
        "score": "cmi.core.score",
        "launch_data": "cmi.launch_data",
        "mastery_score": "cmi.student_data.mastery_score",
        "max_time_allowed": "cmi.student_data.max_time_allowed",
        "time_limit_action": "cmi.student_data.time_limit_action",
    },
    "scorm2004": {
        "learner_id": "cmi.learner_id",
        "learner_name": "cmi.learner_name",
        "credit": "cmi.credit",
        "mode": "cmi.mode",
        "entry": "cmi.entry",
        "exit": "cmi.exit",
        "location": "cmi.location",
        "suspend_data": "cmi.suspend_data",
        "session_time": "cmi.session_time",
        "total_time": "cmi.total_time",
        "score": "cmi.score",
        "launch_data": "cmi.launch_data",
        "max_time_allowed": "cmi.max_time_allowed",
        "time_limit_action": "cmi.time_limit_action",
        "scaled_passing_score": "cmi.scaled_passing_score",
        "completion_threshold": "cmi.completion_threshold",
    },
}
PAIRS = {
    "passed": ("completed", "passed"),
    "failed": ("completed", "failed"),
    "completed": ("completed", "unknown"),
    "incomplete": ("incomplete", "unknown"),
    "browsed": ("incomplete", "unknown"),
    "not attempted": ("not attempted", "unknown"),
}
ONE_SESSION = ("exit", "session_time")  # what a SCO says about one sitting is not kept for the next


def given(standard: str, words: dict[str, Any]) -> dict[str, str]:
    """What the LMS puts into the data model before the SCO starts, by element name."""
    names = NAMES[standard]
    elements = {names[word]: str(value) for word, value in words.items() if word in names}
    if standard == "scorm2004":
        for index, identifier in enumerate(words.get("objectives", [])):
            elements[f"cmi.objectives.{index}.id"] = identifier
    return elements


def kept(standard: str, elements: dict[str, str]) -> dict[str, str]:
    """What of a stored data model the next sitting starts with."""
    gone = {NAMES[standard][word] for word in ONE_SESSION} | {"adl.nav.request"}
    return {name: value for name, value in elements.items() if name not in gone}


def summary(standard: str, elements: dict[str, str]) -> dict[str, Any]:
    """The stored data model in the words people use: the status pair, score, time, place."""
    names = NAMES[standard]
    score = {part: elements.get(f"{names['score']}.{part}", "") for part in ("scaled", "raw", "min", "max")}
    words = ("location", "exit", "entry", "mode", "credit", "total_time", "suspend_data")
    return {
        "status": status(standard, elements),
        "score": {part: value for part, value in score.items() if value != ""},
        **{word: elements.get(names[word], "") for word in words},
    }


def status(standard: str, elements: dict[str, str]) -> dict[str, str]:
    """`{"completion", "success"}`, and with SCORM 1.2 also the `lesson_status` both come from."""
    if standard == "scorm12":
        lesson_status = elements.get("cmi.core.lesson_status", "not attempted")
        completion, success = PAIRS[lesson_status]
        return {"completion": completion, "success": success, "lesson_status": lesson_status}
    default = "unknown" if elements else "not attempted"
    return {
        "completion": elements.get("cmi.completion_status", default),
        "success": elements.get("cmi.success_status", "unknown"),
    }
