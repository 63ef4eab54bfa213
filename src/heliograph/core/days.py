"""Days as people write them."""

from datetime import date
from typing import Final

YEARS: Final = range(1971, 3000)  # far enough from where clocks, zones and databases end


def parse_day(text: str) -> date | None:
    """The day in ``text``, written like 2026-03-31; None where it is none of these years."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if day.year in YEARS else None
