"""Pure decisions of the runtime part."""

from typing import Any

from heliograph.runtime.sequencing.model import Outcome

PLACES = ("cmi.location", "cmi.core.lesson_location")


def place_in(data: dict[str, str]) -> str | None:
    """The place that an activity's data holds; None where it was never set."""
    return next((data[place] for place in PLACES if place in data), None)


def relay(course: Outcome, session_centiseconds: int, location: str | None = None) -> dict[str, Any]:
    """What a stub mirrors into the customer's LMS: the course's outcome, this launch's time, and the
    activity's place.
    """
    return {**course._asdict(), "session_centiseconds": max(0, session_centiseconds), "location": location}
