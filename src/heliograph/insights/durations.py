"""Buckets of durations: how exactly times are known. Pure.

The first bucket is below a minute; from there on each is at most a fifth wider than the one before, up to a
year and behind. The ranges that pages show end where buckets end.
"""

from itertools import pairwise
from math import ceil, log
from typing import Final

MINUTE, HOUR, DAY = 60, 3_600, 86_400
RANGES: Final = (
    MINUTE, 10 * MINUTE, 30 * MINUTE, HOUR, 4 * HOUR, DAY, 3 * DAY, 7 * DAY, 30 * DAY, 90 * DAY, 366 * DAY,
)  # fmt: skip
GROWTH: Final = 1.2


def _edges() -> list[float]:
    edges = [float(MINUTE)]
    for low, high in pairwise(RANGES):
        steps = ceil(log(high / low) / log(GROWTH))
        edges += [round(low * (high / low) ** (step / steps), 3) for step in range(1, steps + 1)]
    return edges


# Where each bucket but the first begins, in seconds.
EDGES: Final = _edges()
BUCKETS: Final = len(EDGES) + 1


def bounds(bucket: int) -> tuple[float, float]:
    """From how many seconds on, and below how many, the durations of a bucket are."""
    low = EDGES[bucket - 1] if bucket else 0.0
    return low, EDGES[bucket] if bucket < len(EDGES) else low * GROWTH


def in_ranges(counts: list[int]) -> list[int]:
    """The counts of buckets summed up by `RANGES`: below the first, between two, and from the last on."""
    ends = [0, *(EDGES.index(float(end)) + 1 for end in RANGES), len(counts)]
    return [sum(counts[start:end]) for start, end in pairwise(ends)]
