"""Pure decisions of the runtime part."""

from typing import Any

from heliograph.runtime.sequencing.model import Outcome

PLACES = ("cmi.location", "cmi.core.lesson_location")


def relay(course: Outcome, session_centiseconds: int, values: list[tuple[str, str]] | None = None) -> dict[str, Any]:
    """What a stub mirrors into the customer's LMS: the course's outcome, this launch's time, and the place that ``values`` last reported."""
    location = next((text for element, text in reversed(values or []) if element in PLACES), None)
    return {**course._asdict(), "session_centiseconds": max(0, session_centiseconds), "location": location}
