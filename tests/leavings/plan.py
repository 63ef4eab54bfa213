"""Which leavings are tried: every meaningful combination, and a smaller set in which each two values meet at
least once.
"""

import itertools
from collections.abc import Iterator
from dataclasses import astuple, dataclass, fields

VALUES = {
    "package": ["hosted", "embedded", "bare"],
    "way": ["course_exit", "our_exit", "lms_exit", "closed", "address", "back", "killed"],
    "moment": ["at_once", "beforeunload", "pagehide", "unload"],
    "standard": ["scorm_12", "scorm_2004"],
    "window": ["frame", "popup"],
    "kilobytes": ["2", "80"],
    "lms": ["moodle", "outermost-first"],
}


@dataclass(frozen=True, order=True)
class Cell:
    """One kind of leaving. ``package`` *bare* is the course uploaded as it is, without us."""

    package: str
    way: str
    moment: str
    standard: str
    window: str
    kilobytes: str
    lms: str

    @property
    def meaningful(self) -> bool:
        if self.way == "our_exit" and self.package != "hosted":
            return False  # only the player has one
        if self.way == "killed" and self.moment != "at_once":
            return False  # nobody hears a moment that never comes
        # This LMS's pop-up opens on the course itself: there is nothing to go back to.
        return not (self.way == "back" and self.window == "popup" and self.lms == "outermost-first")

    @property
    def pool(self) -> tuple[str, str, str]:
        return self.way, self.moment, self.standard


def every_cell() -> list[Cell]:
    return [cell for values in itertools.product(*VALUES.values()) if (cell := Cell(*values)).meaningful]


def pairwise(cells: list[Cell]) -> list[Cell]:
    """As few of these cells as a greedy choice finds in which each pair of values that any of them has is
    met.
    """
    left = {pair for cell in cells for pair in _pairs(cell)}
    chosen = []
    while left:
        best = max(cells, key=lambda cell: len(left.intersection(_pairs(cell))))
        chosen.append(best)
        left.difference_update(_pairs(best))
    return chosen


def _pairs(cell: Cell) -> Iterator[tuple[tuple[str, str], tuple[str, str]]]:
    named = [(field.name, value) for field, value in zip(fields(cell), astuple(cell), strict=True)]
    return itertools.combinations(named, 2)
