"""Times in ranges that people read."""

from collections.abc import Sequence
from itertools import pairwise

from heliograph.core.translation import gettext
from heliograph.insights.durations import DAY, HOUR, MINUTE, RANGES, in_ranges


def labeled_ranges(durations: Sequence[int]) -> list[tuple[str, int]]:
    """How many took how long, in the ranges of `RANGES`: label and number of learners."""
    labels = [
        f"< {_span(RANGES[0])}",
        *(f"{_low(low, high)}–{_span(high)}" for low, high in pairwise(RANGES)),
        f"> {_span(RANGES[-1])}",
    ]
    return list(zip(labels, in_ranges(list(durations)), strict=True))


def _low(low: int, high: int) -> str:
    """Where a range begins, without the unit that its end repeats."""
    unit, of_high = _unit(low), _unit(high)
    return str(low // unit) if unit == of_high else _span(low)


def _unit(seconds: int) -> int:
    return DAY if seconds >= DAY else HOUR if seconds >= HOUR else MINUTE


def _span(seconds: int) -> str:
    if seconds >= DAY:
        return gettext("%(count)sd") % {"count": seconds // DAY}
    if seconds >= HOUR:
        return gettext("%(count)sh") % {"count": seconds // HOUR}
    return gettext("%(count)sm") % {"count": seconds // MINUTE}
