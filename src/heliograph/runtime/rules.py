"""Pure decisions of the runtime part."""

from typing import Any

from heliograph.runtime.sequencing.model import Outcome

PLACES = ("cmi.location", "cmi.core.lesson_location")


def new_place(values: list[tuple[str, str]], data: dict[str, str]) -> str | None:
    """The place that an activity's data holds, where ``values`` set it; None where they did not."""
    return next((data.get(place) for place in PLACES if any(element == place for element, _ in values)), None)


def relay(course: Outcome, session_centiseconds: int, location: str | None = None) -> dict[str, Any]:
    """What a stub mirrors into the customer's LMS: the course's outcome, this launch's time, and the place where it is new."""
    return {**course._asdict(), "session_centiseconds": max(0, session_centiseconds), "location": location}
