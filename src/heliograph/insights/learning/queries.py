"""How far those have come whom a selection has: steps, scores and times, in all, by month, by course and by
customer. Read from cohorts of days, whose number does not follow learners.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date
from statistics import median
from typing import Any, Final, LiteralString
from uuid import UUID

from heliograph.insights import rollup
from heliograph.insights.durations import BUCKETS
from heliograph.insights.learning.distributions import of_duration, of_percent, quantile, tens
from heliograph.insights.learning.rows import rows
from heliograph.insights.learning.selection import Selection
from heliograph.insights.models import EVERY, NOWHERE

STEPS: Final = ("registered", "launched", "half", "completed", "passed")
MEASURES: Final = ("completion_rate", "pass_rate", "average_score")


@dataclass
class Reached:
    """How many have come how far; each step holds those of the next."""

    registered: int = 0
    launched: int = 0
    half: int = 0
    completed: int = 0
    passed: int = 0
    scored: int = 0
    score_ten_thousandths: int = 0

    @property
    def steps(self) -> dict[str, int]:
        return {step: getattr(self, step) for step in STEPS}

    @property
    def completion_rate(self) -> float | None:
        """From 0 to 1; None where nobody is registered."""
        return self.completed / self.registered if self.registered else None

    @property
    def pass_rate(self) -> float | None:
        """From 0 to 1; None where nobody is registered."""
        return self.passed / self.registered if self.registered else None

    @property
    def average_score(self) -> float | None:
        """From 0 to 1; None where nobody has a score."""
        return self.score_ten_thousandths / 10_000 / self.scored if self.scored else None


@dataclass
class Outcomes(Reached):
    """The same with all scores by percent and all times by bucket."""

    scores: list[int] = field(default_factory=lambda: [0] * 101)
    durations: list[int] = field(default_factory=lambda: [0] * BUCKETS)

    @property
    def timed(self) -> int:
        """How many have a time."""
        return sum(self.durations)

    @property
    def score_tens(self) -> list[int]:
        return tens(self.scores)

    @property
    def median_score(self) -> float | None:
        """From 0 to 1, to within 0.01."""
        return quantile(self.scores, 0.5, of_percent)

    @property
    def quartiles(self) -> list[float | None]:
        """The seconds in which a quarter, half and three quarters have completed, to within a tenth."""
        return [quantile(self.durations, share, of_duration) for share in (0.25, 0.5, 0.75)]


@dataclass
class OfMonth(Reached):
    """Those who were registered in one month, of which ``month`` is the first day."""

    month: date = date.min


@dataclass
class OfGroup(Reached):
    """Those of one course or customer; ``id`` is None for who is registered without a customer."""

    id: UUID | None = None
    name: str = ""


_SUMS: LiteralString = """
coalesce(sum(c.registered), 0), coalesce(sum(c.launched), 0), coalesce(sum(c.half), 0),
coalesce(sum(c.completed), 0), coalesce(sum(c.passed), 0),
coalesce(sum(c.scored), 0), coalesce(sum(c.score_ten_thousandths), 0)
"""
_GROUPS: Final[dict[str, tuple[LiteralString, LiteralString]]] = {
    "courses": ("c.course_id", "JOIN report_courses t ON t.id = g.id"),
    "customers": ("nullif(c.destination_id, %(nowhere)s)", "LEFT JOIN report_destinations t ON t.id = g.id"),
}
_NAMES: Final[dict[str, LiteralString]] = {"courses": "t.title", "customers": "coalesce(t.name, '')"}


def outcomes(selection: Selection) -> Outcomes:
    """All that a selection comes to."""
    if selection.is_of_groups:
        return _outcomes_of_people(selection)
    [sums] = rows(
        f"SELECT {_SUMS} FROM insights_coursecohort c WHERE {selection.where}", selection.parameters
    )
    made = Outcomes(*sums)
    for is_time, bucket, count in rows(
        f"""
SELECT false, n, sum(learners)
  FROM insights_coursecohort c, unnest(c.scores) WITH ORDINALITY AS s (learners, n)
 WHERE {selection.where} GROUP BY n
 UNION ALL
SELECT true, n, sum(learners)
  FROM insights_coursecohort c, unnest(c.durations) WITH ORDINALITY AS s (learners, n)
 WHERE {selection.where} GROUP BY n
""",
        selection.parameters,
    ):
        (made.durations if is_time else made.scores)[bucket - 1] = count
    return made


def _outcomes_of_people(selection: Selection) -> Outcomes:
    """The same in one pass, as each pass looks up all that the people contribute: a row of everything, and
    one for each percent and for each bucket of times.
    """
    found = rows(
        f"""
SELECT {_SUMS}, c.percent, c.duration, grouping(c.percent), grouping(c.duration)
  FROM {selection.cohorts("insights_coursecohort")} c
 WHERE {selection.where} GROUP BY GROUPING SETS ((), (c.percent), (c.duration))
""",
        selection.parameters,
    )
    made = Outcomes(*next(row[:7] for row in found if row[-2:] == (1, 1)))
    for registered, *_, percent, duration, _, _ in found:
        if percent is not None:
            made.scores[percent] = registered
        elif duration is not None:
            made.durations[duration] = registered
    return made


def months(selection: Selection) -> list[OfMonth]:
    """By month of registration, oldest first."""
    found = rows(
        f"""
SELECT {_SUMS}, date_trunc('month', c.day)::date
  FROM {selection.cohorts("insights_coursecohort")} c
 WHERE {selection.where} GROUP BY 8 ORDER BY 8
""",
        selection.parameters,
    )
    return [OfMonth(*row) for row in found]


def groups(selection: Selection, group: str) -> list[OfGroup]:
    """By course or by customer (``group``: "courses" or "customers"), in the order of their names."""
    key, named = _GROUPS[group]
    counted = selection.of_each_course if group == "courses" else selection.of_each_customer
    found = rows(
        f"""
SELECT g.registered, g.launched, g.half, g.completed, g.passed, g.scored, g.score, g.id, {_NAMES[group]}
  FROM (
    SELECT {key}, {_SUMS}
      FROM {selection.cohorts("insights_coursecohort")} c
     WHERE {counted} GROUP BY 1
  ) g (id, registered, launched, half, completed, passed, scored, score)
  {named}
 ORDER BY lower({_NAMES[group]}), g.id
""",
        {**selection.parameters, "nowhere": NOWHERE},
    )
    return [OfGroup(*row) for row in found]


def medians(found: Collection[Reached]) -> dict[str, float | None]:
    """The median of each of `MEASURES` over courses or customers, of those that have one."""
    return {measure: _median([getattr(row, measure) for row in found]) for measure in MEASURES}


def registered(organization_id: UUID) -> int:
    """How many registrations the organization has ever had that are still there, by the last roll-up."""
    sql: LiteralString = (
        "SELECT coalesce(sum(registered), 0) FROM insights_coursecohort"
        " WHERE organization_id = %(organization)s AND course_id = %(every)s AND destination_id = %(every)s"
    )
    return int(rows(sql, {"organization": organization_id, "every": EVERY})[0][0])


def catch_up(selection: Selection) -> None:
    """Count what came in since the last roll-up; call it before anybody looks."""
    rollup.roll_up_soon(selection.organization_id)


def _median(values: list[Any]) -> float | None:
    known = [value for value in values if value is not None]
    return median(known) if known else None
