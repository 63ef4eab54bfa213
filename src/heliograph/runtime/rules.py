"""Pure decisions of the runtime part."""

from typing import Any

from heliograph.runtime.sequencing.model import ActivityOutcome

LOCATIONS = ("cmi.location", "cmi.core.lesson_location")


def location_in(data: dict[str, str]) -> str | None:
    """The place that an activity's data holds; None where it was never set."""
    return next((data[element] for element in LOCATIONS if element in data), None)


def relay(course: ActivityOutcome, session_centiseconds: int, location: str | None = None) -> dict[str, Any]:
    """What a stub mirrors into the customer's LMS: the course's outcome, this launch's time, and the
    activity's place.
    """
    return {**course._asdict(), "session_centiseconds": max(0, session_centiseconds), "location": location}
