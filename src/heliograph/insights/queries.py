"""What the roll-ups say of a range of days: of an organization, or of one of its dispatches.

Every figure comes from tables whose size follows days, not sessions; the number of queries is the same for
one dispatch and for thousands.
"""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, LiteralString
from uuid import UUID

from django.db import connection

from heliograph.insights import rollup
from heliograph.insights.periods import Days

STATES = ("not attempted", "incomplete", "completed", "passed", "failed")
STEPS = ("registered", "launched", "in_progress", "completed", "passed")


@dataclass
class Figures:
    """What is counted of anything: ``average_score`` is from 0 to 1, of each learner's last score; none where
    nobody has one.
    """

    launches: int = 0
    learners: int = 0
    completions: int = 0
    average_score: float | None = None
    centiseconds: int = 0


@dataclass
class Of(Figures):
    """The figures of one course, destination or deployment."""

    id: UUID | None = None
    name: str = ""
    dispatch_id: UUID | None = None
    dispatch: str = ""
    suspended: bool = False


@dataclass
class OnDay(Figures):
    """The figures of one day; the score is the average of those who were there."""

    day: date = date.min


@dataclass
class Analytics:
    """All that a range of days tells."""

    days: Days
    summary: Figures
    before: Figures  # of as many days right before
    states: dict[str, int]
    funnel: dict[str, int]
    timeline: list[OnDay]
    deployments: list[Of]
    courses: list[Of] = field(default_factory=list)
    destinations: list[Of] = field(default_factory=list)

    @property
    def empty(self) -> bool:
        """Whether nothing at all happened."""
        return not (self.summary.launches or self.summary.completions or self.funnel["registered"])


# A state is counted on the last day that somebody was there within the range, so everybody is counted
# once.
_WITHIN = (
    "s.organization_id = %(organization)s AND s.until > %(last)s AND s.day BETWEEN %(first)s AND %(last)s"
)
_OF_DAYS = """
d.organization_id = %(organization)s AND d.day BETWEEN %(first)s AND %(last)s
       AND (%(dispatch)s::uuid IS NULL OR d.dispatch_id = %(dispatch)s)
"""
_OF_ONE = "(%(dispatch)s::uuid IS NULL OR s.dispatch_id = %(dispatch)s)"
# Learners belong to one destination each, so those of the organization are the sum over its destinations.
_AUDIENCE = (
    f"s.scope = CASE WHEN %(dispatch)s::uuid IS NULL THEN 'destination' ELSE 'dispatch' END AND {_OF_ONE}"
)

_LEARNERS = f"SELECT coalesce(sum(s.people), 0) FROM insights_dailystate s WHERE {_WITHIN} AND {_AUDIENCE}"
_STATES = f"""
SELECT s.state, sum(s.people), sum(s.score_ten_thousandths), sum(s.scored)
  FROM insights_dailystate s
 WHERE {_WITHIN} AND s.scope = 'dispatch' AND {_OF_ONE}
 GROUP BY s.state
"""
_FUNNEL = f"""
SELECT coalesce(sum(registered), 0), coalesce(sum(launched), 0), coalesce(sum(begun), 0),
       coalesce(sum(completed), 0), coalesce(sum(passed), 0)
  FROM insights_cohort d
 WHERE {_OF_DAYS}
"""
_TIMELINE = f"""
SELECT coalesce(counted.launches, 0), coalesce(audience.people, 0), coalesce(counted.completions, 0),
       counted.average, coalesce(counted.centiseconds, 0), calendar.day
  -- Every day of the range, also those on which nothing happened.
  FROM (SELECT generate_series(%(first)s::date, %(last)s::date, '1 day')::date AS day) calendar
  LEFT JOIN (
    SELECT d.day, sum(d.launches) AS launches, sum(d.completions) AS completions,
           sum(d.score_sum) / nullif(sum(d.score_count), 0) AS average,
           sum(d.centiseconds) AS centiseconds
      FROM insights_dailytotals d
     WHERE {_OF_DAYS}
     GROUP BY d.day
  ) counted ON counted.day = calendar.day
  -- The row of a whole day ends with the day itself; it has everybody who was there, once.
  LEFT JOIN (
    SELECT s.day, sum(s.people) AS people
      FROM insights_dailystate s
     WHERE s.organization_id = %(organization)s AND s.until = s.day
       AND s.day BETWEEN %(first)s AND %(last)s AND {_AUDIENCE}
     GROUP BY s.day
  ) audience ON audience.day = calendar.day
 ORDER BY calendar.day
"""

_DEPLOYMENTS = f"""
WITH counted AS (
  -- What happened in each deployment; what was set by hand has none.
  SELECT d.dispatch_id, d.deployment_id,
         sum(d.launches) AS launches, sum(d.completions) AS completions,
         sum(d.centiseconds) AS centiseconds
    FROM insights_dailytotals d
   WHERE {_OF_DAYS}
   GROUP BY d.dispatch_id, d.deployment_id
)
SELECT c.launches, coalesce(who.people, 0), c.completions, who.average, c.centiseconds, c.deployment_id,
       CASE WHEN p.id IS NULL THEN 'Marked complete manually'
            ELSE coalesce(nullif(p.name, ''), nullif(p.domain, ''), 'Unnamed LMS') END,
       x.id, x.name, coalesce(p.suspended, false)
  FROM counted c
  JOIN report_dispatches x ON x.id = c.dispatch_id
  LEFT JOIN report_deployments p ON p.id = c.deployment_id
  -- Who was there, each counted on their last day within the range.
  LEFT JOIN (
    SELECT s.deployment_id, sum(s.people) AS people,
           sum(s.score_ten_thousandths) / 10000.0 / nullif(sum(s.scored), 0) AS average
      FROM insights_dailystate s
     WHERE {_WITHIN} AND s.scope = 'deployment' AND {_OF_ONE}
     GROUP BY s.deployment_id
  ) who ON who.deployment_id = c.deployment_id
 ORDER BY c.launches DESC, c.completions DESC, c.dispatch_id, c.deployment_id
 LIMIT %(most)s
"""


def _by(scope: LiteralString, column: LiteralString, table: LiteralString, name: LiteralString) -> str:
    """By course or destination: people are counted within it, scores within each of its dispatches."""
    return f"""
WITH counted AS (
  -- What happened in all of its dispatches.
  SELECT x.{column} AS id,
         sum(d.launches) AS launches, sum(d.completions) AS completions,
         sum(d.centiseconds) AS centiseconds
    FROM insights_dailytotals d
    JOIN report_dispatches x ON x.id = d.dispatch_id
   WHERE {_OF_DAYS}
   GROUP BY x.{column}
), who AS (
  -- Somebody with several dispatches is one person here, and has a score in each of them.
  SELECT x.{column} AS id,
         sum(s.people) FILTER (WHERE s.scope = '{scope}') AS people,
         sum(s.score_ten_thousandths) FILTER (WHERE s.scope = 'dispatch') / 10000.0
           / nullif(sum(s.scored) FILTER (WHERE s.scope = 'dispatch'), 0) AS average
    FROM insights_dailystate s
    JOIN report_dispatches x ON x.id = s.dispatch_id
   WHERE {_WITHIN} AND s.scope IN ('{scope}', 'dispatch')
   GROUP BY x.{column}
)
SELECT c.launches, coalesce(who.people, 0), c.completions, who.average, c.centiseconds, t.id, t.{name}
  FROM counted c
  JOIN {table} t ON t.id = c.id
  LEFT JOIN who ON who.id = c.id
 ORDER BY c.launches DESC, c.completions DESC, c.id
 LIMIT %(most)s
"""


_COURSES = _by("course", "course_id", "report_courses", "title")
_DESTINATIONS = _by("destination", "destination_id", "report_destinations", "name")


def analytics(
    organization_id: UUID, days: Days, dispatch_id: UUID | None = None, most: int | None = 50
) -> Analytics:
    """All figures of the range, after counting what came in since the last roll-up.

    ``most``: so many rows by launches in each table.
    """
    rollup.roll_up_soon(organization_id, dispatch_id)
    asked = {
        "organization": organization_id,
        "dispatch": dispatch_id,
        "first": days.first,
        "last": days.last,
        "most": most,
    }
    timeline, summary, by_state = _summary(asked)
    _, before, _ = _summary(asked | {"first": days.before.first, "last": days.before.last})
    return Analytics(
        days,
        summary,
        before=before,
        states={state: by_state.get(state, [0])[0] for state in STATES},
        funnel=dict(zip(STEPS, map(int, _rows(_FUNNEL, asked)[0]), strict=True)),
        timeline=timeline,
        deployments=[Of(*map(_plain, row)) for row in _rows(_DEPLOYMENTS, asked)],
        courses=[] if dispatch_id else [Of(*map(_plain, row)) for row in _rows(_COURSES, asked)],
        destinations=[] if dispatch_id else [Of(*map(_plain, row)) for row in _rows(_DESTINATIONS, asked)],
    )


def _summary(asked: dict[str, Any]) -> tuple[list[OnDay], Figures, dict[str, list[int]]]:
    """The days of a range, what they come to, and by state how many people, their scores and who has one."""
    timeline = [OnDay(*map(_plain, row)) for row in _rows(_TIMELINE, asked)]
    by_state = {row[0]: [int(value) for value in row[1:]] for row in _rows(_STATES, asked)}
    score_ten_thousandths, scored = (sum(row[index] for row in by_state.values()) for index in (1, 2))
    summary = Figures(
        launches=sum(day.launches for day in timeline),
        learners=int(_rows(_LEARNERS, asked)[0][0]),
        completions=sum(day.completions for day in timeline),
        average_score=score_ten_thousandths / 10_000 / scored if scored else None,
        centiseconds=sum(day.centiseconds for day in timeline),
    )
    return timeline, summary, by_state


def _rows(sql: str, parameters: dict[str, Any]) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchall()


def _plain(value: Any) -> Any:
    """PostgreSQL sums whole numbers into decimals; here they are whole or floating again."""
    if not isinstance(value, Decimal):
        return value
    return int(value) if value == value.to_integral_value() else float(value)
