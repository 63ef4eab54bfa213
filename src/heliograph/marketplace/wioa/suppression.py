"""Which numbers of a table are hidden, so that nobody can tell what a few people did. No Django.

A row has nested counts, from the largest group down, as served ≥ exited ≥ completed. A row is hidden as a
whole where a count, or what one leaves of the one before, is from 1 to below the threshold. With totals
shown, what is hidden must not follow from them: at least two rows are hidden, and what they have together is
large enough. Rows are hidden for that too, the smallest first; where none is left to hide, the total is
hidden.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

Counts = Sequence[int]


@dataclass(frozen=True)
class Shown:
    """Which rows of a table are hidden, and whether its total is."""

    hidden: frozenset[str]
    total_hidden: bool


def is_small(counts: Counts, least: int) -> bool:
    """Whether a row tells of few people: by a count, or by how many of the group before are not in it."""
    return any(0 < each < least for each in (*counts, *_left(counts)))


def suppress(rows: Mapping[str, Counts], least: int) -> Shown:
    """What is hidden of rows, which are added up to a total."""
    hidden = {name for name, counts in rows.items() if is_small(counts, least)}
    if not hidden:
        return Shown(frozenset(), is_small(total(rows.values()), least))
    others = sorted(
        (name for name in rows if name not in hidden and any(rows[name])),
        key=lambda name: (rows[name][0], name),
    )
    while not _is_safe([rows[name] for name in hidden], least):
        if not others:
            return Shown(frozenset(hidden), True)
        hidden.add(others.pop(0))
    return Shown(frozenset(hidden), is_small(total(rows.values()), least))


def total(rows: Iterable[Counts]) -> list[int]:
    """The counts of all rows together."""
    return [sum(column) for column in zip(*rows, strict=True)]


def _left(counts: Counts) -> list[int]:
    return [before - after for before, after in pairwise(counts)]


def _is_safe(hidden: list[Counts], least: int) -> bool:
    """Whether what several rows have together may follow from the total."""
    together = total(hidden)
    return (
        len(hidden) > 1
        and min(together) >= least
        and all(left == 0 or left >= least for left in _left(together))
    )
