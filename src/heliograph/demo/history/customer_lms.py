"""A customer's LMS, as far as history needs one: what the stub writes into it, and what it keeps.

The stub's table is `dispatch/package/stub/mapping.js`; docs/protocols/stub.md has it for people.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from heliograph.core import clock
from heliograph.dispatch.hosted.relay import WRITE_ONLY, Write

FORMATS: Final = {"scorm_12": "scorm12"}  # of packages, by the course's standard; others get SCORM 2004


@dataclass(frozen=True)
class Kept:
    """What an LMS made of one value."""

    value: str
    accepted: bool = True
    error: str = "0"


Fault = Callable[[str, str], Kept | None]


@dataclass
class CustomerLms:
    """One learner's attempt in an LMS; a ``fault`` says what the LMS makes of an element and its value, None
    where it keeps it.
    """

    package_format: str
    fault: Fault | None = None
    written: dict[str, str] = field(default_factory=dict)
    sequence: int = 0
    _unsent: list[tuple[datetime, Write]] = field(default_factory=list)

    def take(self, state: dict[str, Any]) -> None:
        """Write what is new of a course's state, as an acknowledgment relays it."""
        for element, value in _elements(self.package_format, state):
            if self.written.get(element) != value:
                self._write(element, value)

    def close(self, finished: bool) -> None:
        """The last word of a session."""
        element, done = ("cmi.core.exit", "") if self.package_format == "scorm12" else ("cmi.exit", "normal")
        self._write(element, done if finished else "suspend")

    def reports(self) -> list[Write]:
        """What was written since the last report, and how long ago."""
        moment = clock.now()
        reports = [
            Write(**{**_fields(write), "ago": round((moment - at).total_seconds() * 1000)})
            for at, write in self._unsent
        ]
        self._unsent = []
        return reports

    def _write(self, element: str, value: str) -> None:
        answer = (self.fault and self.fault(element, value)) or Kept("" if element in WRITE_ONLY else value)
        self.sequence += 1
        if answer.accepted:
            self.written[element] = value
        write = Write(self.sequence, element, value, answer.value, answer.accepted, answer.error)
        self._unsent.append((clock.now(), write))


def _fields(write: Write) -> dict[str, Any]:
    return {name: getattr(write, name) for name in write.__struct_fields__}


def _elements(package_format: str, state: dict[str, Any]) -> list[tuple[str, str]]:
    finished = state["completion"] == "completed"
    raw, scaled = state["score_raw"], state["score_scaled"]
    seconds = state["session_centiseconds"] // 100
    if package_format == "scorm12":
        points = raw if raw is not None else None if scaled is None else scaled * 100
        known = state["success"] if state["success"] != "unknown" else None
        pairs = [
            *(("cmi.core.score.min", 0), ("cmi.core.score.max", 100), ("cmi.core.score.raw", points)),
            ("cmi.core.lesson_location", state["location"]),
            ("cmi.core.lesson_status", known or ("completed" if finished else "incomplete")),
            ("cmi.core.session_time", f"{seconds // 3600:04}:{seconds // 60 % 60:02}:{seconds % 60:02}"),
        ]
        pairs = pairs[3 if points is None else 0 :]
    else:
        pairs = [
            ("cmi.score.min", state["score_min"]),
            ("cmi.score.max", state["score_max"]),
            ("cmi.score.raw", raw),
            ("cmi.score.scaled", scaled),
            ("cmi.progress_measure", state["progress"]),
            ("cmi.location", state["location"]),
            ("cmi.completion_status", "completed" if finished else "incomplete"),
            ("cmi.success_status", state["success"] if state["success"] != "unknown" else None),
            ("cmi.session_time", f"PT{seconds}S"),
        ]
    return [(element, _text(value)) for element, value in pairs if value is not None]


def _text(value: Any) -> str:
    return value if isinstance(value, str) else f"{round(value, 7):g}"


def mastery_of_its_own(element: str, value: str) -> Kept | None:
    """An LMS that compares the score with a passing score of its own, and says failed."""
    fails = element in ("cmi.core.lesson_status", "cmi.success_status") and value == "passed"
    return Kept("failed") if fails else None


def decides_itself(element: str, value: str) -> Kept | None:
    """An LMS in which the course may not set the status."""
    codes = {"cmi.core.lesson_status": "403", "cmi.completion_status": "404", "cmi.success_status": "404"}
    return Kept("not attempted", False, codes[element]) if element in codes else None


def signed_out(element: str, value: str) -> Kept | None:
    """An LMS whose session has ended while the learner read."""
    over = element in ("cmi.core.lesson_status", "cmi.core.score.raw") and value not in ("incomplete", "0")
    over |= element in ("cmi.success_status", "cmi.score.scaled")
    return Kept("", False, "301" if "core" in element else "132") if over else None


def cannot_save(element: str, value: str) -> Kept | None:
    """An LMS that takes a result and fails to save it."""
    result = value in ("passed", "failed") or element.endswith((".raw", ".scaled"))
    return Kept(value, False, "commit 391") if result else None
