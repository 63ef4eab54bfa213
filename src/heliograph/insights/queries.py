"""What the roll-ups say of a range of days: of an organization, or of what `Filters` leave of it.

Every figure comes from tables whose size follows days, not sessions; the number of queries is the same for
one dispatch and for thousands.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Final, LiteralString
from uuid import UUID

from django.db import connection

from heliograph.dispatch.queries import UNKNOWN_LMS
from heliograph.insights import rollup
from heliograph.insights.filters import EVERYTHING, Filters
from heliograph.insights.models import EVERY
from heliograph.insights.periods import Days

STATES = ("not attempted", "incomplete", "completed", "passed", "failed")
# What stands for no one thing, as the API and files call it.
BY_HAND: Final = "Marked complete manually"
UNNAMED_LMS: Final = "Unnamed LMS"
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
    """The figures of one dispatch, course, destination, LMS or deployment.

    ``id`` is the domain of an LMS, and a UUID of all others; nothing where completions were set by hand.
    """

    id: UUID | str | None = None
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
    """All that a range of days tells; ``groups`` has the rows of the groups that were asked for."""

    days: Days
    summary: Figures
    before: Figures  # of as many days right before
    states: dict[str, int]
    funnel: dict[str, int]
    timeline: list[OnDay]
    timeline_before: list[OnDay]
    states_before: dict[str, int]
    funnel_before: dict[str, int]
    groups: dict[str, list[Of]] = field(default_factory=dict)

    @property
    def empty(self) -> bool:
        """Whether nothing at all happened."""
        return not (self.summary.launches or self.summary.completions or self.funnel["registered"])

    @property
    def deployments(self) -> list[Of]:
        return self.groups.get("deployments", [])

    @property
    def courses(self) -> list[Of]:
        return self.groups.get("courses", [])

    @property
    def destinations(self) -> list[Of]:
        return self.groups.get("destinations", [])


# A state is counted on the last day that somebody was there within the range, so everybody is counted
# once.
_WITHIN: Final = "s.until > %(last)s AND s.day BETWEEN %(first)s AND %(last)s"
_LMS_NAME: Final = f"""
CASE WHEN c.id IS NULL THEN '{BY_HAND}' WHEN c.id = '' THEN '{UNKNOWN_LMS}' ELSE c.id END
"""
_OF_DAYS: Final = "d.day BETWEEN %(first)s AND %(last)s"


def _learners(filters: Filters) -> LiteralString:
    return f"""
SELECT coalesce(sum(s.people), 0)
  FROM insights_dailystate s
 WHERE {_WITHIN} AND s.scope = '{filters.people}' AND {filters.where("s")}
"""


def _states(filters: Filters) -> LiteralString:
    return f"""
SELECT s.state, sum(s.people), sum(s.score_ten_thousandths), sum(s.scored)
  FROM insights_dailystate s
 WHERE {_WITHIN} AND s.scope = '{filters.registrations}' AND {filters.where("s")}
 GROUP BY s.state
"""


def _funnel(filters: Filters) -> LiteralString:
    return f"""
SELECT coalesce(sum(registered), 0), coalesce(sum(launched), 0), coalesce(sum(begun), 0),
       coalesce(sum(completed), 0), coalesce(sum(passed), 0)
  FROM insights_cohort d
 WHERE {_OF_DAYS} AND {filters.where("d")}
"""


def _timeline(filters: Filters) -> LiteralString:
    return f"""
SELECT coalesce(counted.launches, 0), coalesce(audience.people, 0), coalesce(counted.completions, 0),
       counted.average, coalesce(counted.centiseconds, 0), calendar.day
  -- Every day of the range, also those on which nothing happened.
  FROM (SELECT generate_series(%(first)s::date, %(last)s::date, '1 day')::date AS day) calendar
  LEFT JOIN (
    SELECT d.day, sum(d.launches) AS launches, sum(d.completions) AS completions,
           sum(d.score_sum) / nullif(sum(d.score_count), 0) AS average,
           sum(d.centiseconds) AS centiseconds
      FROM insights_dailytotals d
     WHERE {_OF_DAYS} AND {filters.where("d")}
     GROUP BY d.day
  ) counted ON counted.day = calendar.day
  -- The row of a whole day ends with the day itself; it has everybody who was there, once.
  LEFT JOIN (
    SELECT s.day, sum(s.people) AS people
      FROM insights_dailystate s
     WHERE s.until = s.day AND s.day BETWEEN %(first)s AND %(last)s
       AND s.scope = '{filters.people}' AND {filters.where("s")}
     GROUP BY s.day
  ) audience ON audience.day = calendar.day
 ORDER BY calendar.day
"""


def _deployments(filters: Filters) -> LiteralString:
    return f"""
WITH counted AS (
  -- What happened in each deployment; what was set by hand has none.
  SELECT d.dispatch_id, d.deployment_id,
         sum(d.launches) AS launches, sum(d.completions) AS completions,
         sum(d.centiseconds) AS centiseconds
    FROM insights_dailytotals d
   WHERE {_OF_DAYS} AND {filters.where("d")}
   GROUP BY d.dispatch_id, d.deployment_id
)
SELECT c.launches, coalesce(who.people, 0) AS learners, c.completions, who.average AS average_score,
       c.centiseconds, c.deployment_id AS id,
       CASE WHEN p.id IS NULL THEN '{BY_HAND}'
            ELSE coalesce(nullif(p.name, ''), nullif(p.domain, ''), '{UNNAMED_LMS}') END AS name,
       x.id AS dispatch_id, x.name AS dispatch, coalesce(p.suspended, false) AS suspended
  FROM counted c
  JOIN report_dispatches x ON x.id = c.dispatch_id
  LEFT JOIN report_deployments p ON p.id = c.deployment_id
  -- Who was there, each counted on their last day within the range.
  LEFT JOIN (
    SELECT s.deployment_id, sum(s.people) AS people,
           sum(s.score_ten_thousandths) / 10000.0 / nullif(sum(s.scored), 0) AS average
      FROM insights_dailystate s
     WHERE {_WITHIN} AND s.scope = 'deployment' AND {filters.where("s")}
     GROUP BY s.deployment_id
  ) who ON who.deployment_id = c.deployment_id
"""


def _by(
    key: LiteralString,
    named: LiteralString,
    name: LiteralString,
    people: LiteralString,
    scores: LiteralString,
    filters: Filters,
) -> LiteralString:
    """By ``key``, an expression on the dispatch ``x`` and the deployment ``p`` of a row. People are counted
    within the scope ``people``, their scores within ``scores``; ``named`` joins what has the ``name``.
    """
    return f"""
WITH counted AS (
  -- What happened in all of its dispatches and LMSs.
  SELECT {key} AS id,
         sum(d.launches) AS launches, sum(d.completions) AS completions,
         sum(d.centiseconds) AS centiseconds
    FROM insights_dailytotals d
    JOIN report_dispatches x ON x.id = d.dispatch_id
    LEFT JOIN report_deployments p ON p.id = d.deployment_id
   WHERE {_OF_DAYS} AND {filters.where("d")}
   GROUP BY 1
), who AS (
  -- Somebody with several dispatches is one person here, and has a score in each of them.
  SELECT {key} AS id,
         sum(s.people) FILTER (WHERE s.scope = '{people}') AS people,
         sum(s.score_ten_thousandths) FILTER (WHERE s.scope = '{scores}') / 10000.0
           / nullif(sum(s.scored) FILTER (WHERE s.scope = '{scores}'), 0) AS average
    FROM insights_dailystate s
    JOIN report_dispatches x ON x.id = s.dispatch_id
    LEFT JOIN report_deployments p ON p.id = s.deployment_id
   WHERE {_WITHIN} AND s.scope IN ('{people}', '{scores}') AND {filters.where("s")}
   GROUP BY 1
)
SELECT c.launches, coalesce(who.people, 0) AS learners, c.completions, who.average AS average_score,
       c.centiseconds, c.id, {name} AS name
  FROM counted c
  {named}
  LEFT JOIN who ON who.id = c.id
"""


def _of_group(group: str, filters: Filters) -> LiteralString:
    """The rows of a group as SQL, with the columns that `Of` has, in its order."""
    scores = filters.registrations
    if group == "dispatches":
        return _by("x.id", "JOIN report_dispatches t ON t.id = c.id", "t.name", scores, scores, filters)
    if group == "courses":
        courses = filters.people_of_courses
        return _by("x.course_id", "JOIN report_courses t ON t.id = c.id", "t.title", courses, scores, filters)
    if group == "destinations":
        joined: LiteralString = "JOIN report_destinations t ON t.id = c.id"
        return _by("x.destination_id", joined, "t.name", filters.people, scores, filters)
    if group == "lms":
        return _by("p.domain", "", _LMS_NAME, filters.people_of_lmss, "deployment", filters)
    return _deployments(filters)


# What rows can be ordered by. Those that are equal come in the order of their launches, completions and ids.
ORDERS: Final[dict[str, LiteralString]] = {
    "name": "lower(g.name)",
    "launches": "g.launches",
    "learners": "g.learners",
    "completions": "g.completions",
    "score": "g.average_score",
    "time": "g.centiseconds",
}
GROUPS: Final = ("dispatches", "courses", "destinations", "lms")
OF_API: Final = ("deployments", "courses", "destinations")


def analytics(
    organization_id: UUID,
    days: Days,
    filters: Filters = EVERYTHING,
    groups: Collection[str] = OF_API,
    *,
    most: int | None = 50,
    order: str = "-launches",
) -> Analytics:
    """All figures of the range, after counting what came in since the last roll-up.

    ``groups``: whose rows are counted, of `GROUPS` and "deployments"; ``most``: so many rows of each, in the
    ``order`` that `group_rows` takes.
    """
    rollup.roll_up_soon(organization_id, filters.dispatch_id)
    asked = _asked(organization_id, days, filters)
    timeline, summary, by_state = _summary(asked, filters)
    asked_before = _asked(organization_id, days.before, filters)
    timeline_before, before, by_state_before = _summary(asked_before, filters)
    return Analytics(
        days,
        summary,
        before=before,
        states=_of_states(by_state),
        funnel=_of_steps(asked, filters),
        timeline=timeline,
        timeline_before=timeline_before,
        states_before=_of_states(by_state_before),
        funnel_before=_of_steps(asked_before, filters),
        groups={
            group: group_rows(organization_id, days, filters, group, order, most=most)[0] for group in groups
        },
    )


def progress_of_courses(organization_id: UUID, course_ids: Collection[UUID]) -> dict[UUID, tuple[int, int]]:
    """How many were registered on each of these courses, with a dispatch or without, and how many of them
    have ever completed it; by the last roll-up.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT c.course_id, sum(c.registered), sum(c.completed)
              FROM insights_coursecohort c
             WHERE c.organization_id = %s AND c.course_id = ANY(%s) AND c.destination_id = %s
             GROUP BY c.course_id
            """,
            [organization_id, list(course_ids), EVERY],
        )
        return {course_id: (int(registered), int(completed)) for course_id, registered, completed in cursor}


def group_rows(
    organization_id: UUID,
    days: Days,
    filters: Filters,
    group: str,
    order: str,
    *,
    search: str = "",
    skip: int = 0,
    most: int | None = 50,
) -> tuple[list[Of], int]:
    """The rows of a group, and how many there are on all pages.

    ``order`` is one of `ORDERS`, with "-" before it for downward; ``search`` is a part of the name. Call
    `analytics` or `rollup.roll_up_soon` first, or what came in lately is missing.
    """
    downward = "DESC" if order.startswith("-") else "ASC"
    sql = f"""
SELECT count(*) OVER (), g.*
  FROM ({_of_group(group, filters)}) g
 WHERE g.name ILIKE %(pattern)s
 ORDER BY {ORDERS[order.removeprefix("-")]} {downward} NULLS LAST,
          g.launches DESC, g.completions DESC, g.id
 LIMIT %(most)s OFFSET %(skip)s
"""
    literal = search.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    page = {"pattern": f"%{literal}%", "most": most, "skip": skip}
    rows = _rows(sql, _asked(organization_id, days, filters) | page)
    return [Of(*map(_plain, row[1:])) for row in rows], rows[0][0] if rows else 0


def _asked(organization_id: UUID, days: Days, filters: Filters) -> dict[str, Any]:
    """What all queries are given."""
    return {
        "organization": organization_id,
        "first": days.first,
        "last": days.last,
        **filters.parameters,
    }


def _summary(asked: dict[str, Any], filters: Filters) -> tuple[list[OnDay], Figures, dict[str, list[int]]]:
    """The days of a range, what they come to, and by state how many people, their scores and who has one."""
    timeline = [OnDay(*map(_plain, row)) for row in _rows(_timeline(filters), asked)]
    by_state = {row[0]: [int(value) for value in row[1:]] for row in _rows(_states(filters), asked)}
    score_ten_thousandths, scored = (sum(row[index] for row in by_state.values()) for index in (1, 2))
    summary = Figures(
        launches=sum(day.launches for day in timeline),
        learners=int(_rows(_learners(filters), asked)[0][0]),
        completions=sum(day.completions for day in timeline),
        average_score=score_ten_thousandths / 10_000 / scored if scored else None,
        centiseconds=sum(day.centiseconds for day in timeline),
    )
    return timeline, summary, by_state


def _of_states(by_state: dict[str, list[int]]) -> dict[str, int]:
    return {state: by_state.get(state, [0])[0] for state in STATES}


def _of_steps(asked: dict[str, Any], filters: Filters) -> dict[str, int]:
    return dict(zip(STEPS, map(int, _rows(_funnel(filters), asked)[0]), strict=True))


def _rows(sql: LiteralString, parameters: dict[str, Any]) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchall()


def _plain(value: Any) -> Any:
    """PostgreSQL sums whole numbers into decimals; here they are whole or floating again."""
    if not isinstance(value, Decimal):
        return value
    return int(value) if value == value.to_integral_value() else float(value)
