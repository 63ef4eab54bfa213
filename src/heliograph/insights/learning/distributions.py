"""Distributions in buckets, and what they say of the middle. Pure."""

from collections.abc import Callable, Sequence
from itertools import accumulate

from heliograph.insights.durations import bounds

Bounds = Callable[[int], tuple[float, float]]


def quantile(counts: Sequence[int], share: float, bounds_of: Bounds) -> float | None:
    """The value below which ``share`` of all lie, as exactly as the buckets tell; None where there are none.

    Those of a bucket are taken as evenly spread between its bounds.
    """
    total = sum(counts)
    if not total:
        return None
    place = share * total
    for bucket, (count, until) in enumerate(zip(counts, accumulate(counts), strict=True)):
        if count and until >= place:
            low, high = bounds_of(bucket)
            return low + (high - low) * (place - (until - count)) / count
    return None


def of_duration(bucket: int) -> tuple[float, float]:
    return bounds(bucket)


def of_percent(bucket: int) -> tuple[float, float]:
    """The shares that a bucket of one percent has."""
    return bucket / 100, min(1.0, (bucket + 1) / 100)


def tens(scores: Sequence[int]) -> list[int]:
    """Scores in ten buckets: 0 to 9 percent, and so on; the last has 90 to 100."""
    return [sum(scores[ten * 10 : (ten + 1) * 10 if ten < 9 else 101]) for ten in range(10)]
