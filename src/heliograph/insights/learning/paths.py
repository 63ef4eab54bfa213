"""Learning paths: in which order learners open the activities of a course, and where they leave."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from heliograph.insights.learning.rows import rows
from heliograph.insights.learning.selection import Selection

MOST_ACTIVITIES: Final = 12
START, LEFT, FINISHED, OTHER = "start", "left", "finished", "other"


@dataclass(frozen=True)
class Move:
    """So many learners opened ``target`` next after ``origin``; both are places as `Paths` has them."""

    origin: str
    target: str
    learners: int


@dataclass(frozen=True)
class Paths:
    """The activities in the order in which they are mostly come to, the busiest only, and all moves.

    A place is `START`, `LEFT`, `FINISHED`, `OTHER`, or an activity's identifier behind a colon.
    """

    activities: list[str]
    moves: list[Move]
    others: int  # how many activities are in OTHER

    @property
    def learners(self) -> int:
        """How many have opened anything."""
        return sum(move.learners for move in self.moves if move.origin == START)

    def entered(self, place: str) -> int:
        """How many came to a place."""
        return sum(move.learners for move in self.moves if move.target == place)

    def left(self, place: str) -> int:
        """How many went nowhere from there, and had not completed the course."""
        return sum(move.learners for move in self.moves if (move.origin, move.target) == (place, LEFT))


def paths(selection: Selection) -> Paths:
    """The moves of a selection, of one course."""
    found = rows(
        f"""
SELECT c.origin, c.target, c.finished, sum(c.learners)
  FROM {selection.cohorts("insights_pathcohort")} c
 WHERE {selection.of_each_course}
 GROUP BY 1, 2, 3
""",
        selection.parameters,
    )
    return _limited([Move(_origin(row[0]), _target(row[1], row[2]), row[3]) for row in found])


def courses_with_paths(selection: Selection) -> list[tuple[UUID, str, int]]:
    """The courses of which anything was ever opened: id, title, and how many activities; on any day."""
    return [
        (row[0], row[1], row[2])
        for row in rows(
            f"""
SELECT t.id, t.title, count(DISTINCT c.target)
  FROM {selection.cohorts("insights_pathcohort")} c
  JOIN report_courses t ON t.id = c.course_id
 WHERE {selection.each_course} AND c.target <> ''
 GROUP BY t.id, t.title
 ORDER BY lower(t.title), t.id
""",
            selection.parameters,
        )
    ]


def _origin(identifier: str) -> str:
    return f":{identifier}" if identifier else START


def _target(identifier: str, finished: bool) -> str:
    if identifier:
        return f":{identifier}"
    return FINISHED if finished else LEFT


def _limited(moves: list[Move]) -> Paths:
    entered: dict[str, int] = {}
    for move in moves:
        if move.target.startswith(":"):
            entered[move.target] = entered.get(move.target, 0) + move.learners
    busiest = sorted(entered, key=lambda place: (-entered[place], place))
    kept = set(busiest if len(busiest) <= MOST_ACTIVITIES else busiest[: MOST_ACTIVITIES - 1])
    summed: dict[tuple[str, str], int] = {}
    for move in moves:
        ends = tuple(
            OTHER if place.startswith(":") and place not in kept else place
            for place in (move.origin, move.target)
        )
        if ends != (OTHER, OTHER):
            summed[ends[0], ends[1]] = summed.get((ends[0], ends[1]), 0) + move.learners
    limited = [Move(*ends, learners) for ends, learners in summed.items()]
    limited.sort(key=lambda move: (-move.learners, move.origin, move.target))
    return Paths(_in_order(kept, limited), limited, len(busiest) - len(kept))


def _in_order(kept: set[str], moves: list[Move]) -> list[str]:
    """From the start on, always to where most go who have not been there; what is left comes last."""
    order: list[str] = []
    place: str | None = START
    while place:
        following = [m for m in moves if m.origin == place and m.target in kept and m.target not in order]
        place = max(following, key=lambda move: move.learners).target if following else None
        if place is None and (rest := kept - set(order)):
            place = min(rest, key=lambda left: (-_entered(left, moves), left))
        if place:
            order.append(place)
    return order


def _entered(place: str, moves: list[Move]) -> int:
    return sum(move.learners for move in moves if move.target == place)
