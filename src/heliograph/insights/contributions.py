"""What each registration adds to the cohorts of its day, and what has changed of it.

A registration that was touched is looked at again, alone: what it contributes now comes from its own rows.
Where that differs from what is stored, the old contribution is taken back and the new one is made. So the
work follows the registrations that were touched, however many their cohorts hold, and a cohort is always the
sum of the contributions that are stored.
"""

from datetime import date
from typing import Any, LiteralString
from uuid import UUID

from django.db import connection

from heliograph.insights.durations import EDGES
from heliograph.insights.models import NOWHERE
from heliograph.insights.plans import FEW, planned_for

# A session may be the first one of its registration, which then has been launched.
_TOUCHED = """
INSERT INTO touched_registrations
SELECT DISTINCT registration_id FROM taken_changes
"""
_OF_DAY = """
INSERT INTO touched_registrations
SELECT r.id
  FROM report_registrations r
 WHERE r.organization_id = %(organization)s AND r.purpose = 'learning'
   AND r.created_at >= %(day)s::timestamp AT TIME ZONE 'UTC'
   AND r.created_at < (%(day)s + 1)::timestamp AT TIME ZONE 'UTC'
 UNION
SELECT registration_id
  FROM insights_contribution
 WHERE organization_id = %(organization)s AND day = %(day)s
"""
_PREPARE = """
CREATE TEMPORARY TABLE IF NOT EXISTS touched_registrations (registration_id uuid) ON COMMIT DELETE ROWS;
CREATE TEMPORARY TABLE IF NOT EXISTS fresh_contributions (LIKE insights_contribution) ON COMMIT DELETE ROWS;
-- Each contribution that is taken back, with the sign -1, and each one that is made, with 1.
CREATE TEMPORARY TABLE IF NOT EXISTS contribution_changes (LIKE insights_contribution, sign integer)
    ON COMMIT DELETE ROWS;
DELETE FROM touched_registrations;
DELETE FROM fresh_contributions;
DELETE FROM contribution_changes;
"""


def score(row: LiteralString) -> LiteralString:
    """The score of a row in ten-thousandths of the best; NULL where it has none.

    SCORM 1.2 has points from 0 to 100 where nothing else is said (RTE 3.4.4).
    """
    return f"""
round(10000 * CASE
  WHEN {row}.score_scaled IS NOT NULL
  THEN greatest(0, least(1, {row}.score_scaled))
  WHEN {row}.score_raw IS NOT NULL AND coalesce({row}.score_max, 100) > coalesce({row}.score_min, 0)
  THEN greatest(0, least(1, ({row}.score_raw - coalesce({row}.score_min, 0))
                            / (coalesce({row}.score_max, 100) - coalesce({row}.score_min, 0)))) END)::integer
"""


# Each registration is looked up by itself, so that no plan depends on what the planner believes of tables
# that were empty a moment ago.
_REACHED = f"""
SELECT r.id, r.organization_id, r.course_id, r.dispatch_id, d.destination_id, s.deployment_id,
       (r.created_at AT TIME ZONE 'UTC')::date AS day,
       -- Where the current attempt stands.
       CASE WHEN r.success = 'passed' THEN 4
            WHEN r.completion = 'completed' THEN 3
            WHEN r.completion <> 'not attempted' OR r.success <> 'unknown' THEN 2
            WHEN r.first_launched_at IS NOT NULL OR s.deployment_id IS NOT NULL THEN 1
            ELSE 0 END AS step,
       -- What any attempt has reached counts; the registration has what was set by hand, too.
       r.success = 'passed' OR coalesce(a.passed, false) AS passed,
       r.completion = 'completed' OR coalesce(a.completed, false) OR c.completed_at IS NOT NULL AS completed,
       greatest(r.progress, a.progress) >= 0.5 IS TRUE AS half,
       r.completion <> 'not attempted' OR r.success <> 'unknown' OR r.first_launched_at IS NOT NULL
         OR s.launched_at IS NOT NULL OR coalesce(a.begun, false) AS launched,
       coalesce({score("r")}, a.score) AS score,
       least(r.completed_at, c.completed_at) AS completed_at,
       least(r.first_launched_at, s.launched_at) AS launched_at
  FROM touched_registrations t
  JOIN report_registrations r ON r.id = t.registration_id
  LEFT JOIN report_dispatches d ON d.id = r.dispatch_id
  LEFT JOIN LATERAL (
    SELECT bool_or(t.success = 'passed') AS passed, bool_or(t.completion = 'completed') AS completed,
           bool_or(t.completion <> 'not attempted') AS begun, max(t.progress) AS progress,
           -- The score of the last attempt that has one.
           (array_agg({score("t")} ORDER BY t.number DESC)
              FILTER (WHERE {score("t")} IS NOT NULL))[1] AS score
      FROM report_attempts t
     WHERE t.organization_id = %(organization)s AND t.registration_id = r.id
  ) a ON true
  LEFT JOIN LATERAL (
    SELECT min(k.completed_at) AS completed_at
      FROM insights_completion k
     WHERE k.registration_id = r.id
  ) c ON true
  LEFT JOIN LATERAL (
    -- It is counted in the LMS of its first session.
    SELECT (array_agg(v.deployment_id ORDER BY v.launched_at, v.id))[1] AS deployment_id,
           min(v.launched_at) AS launched_at
      FROM report_sessions v WHERE v.registration_id = r.id
  ) s ON true
 WHERE r.organization_id = %(organization)s AND r.purpose = 'learning'
   AND (r.dispatch_id IS NULL OR d.id IS NOT NULL)
"""
_ANSWERS = """
SELECT array_agg(i.question_id ORDER BY q.activity, q.identifier, q.id) AS questions,
       array_agg(i.response ORDER BY q.activity, q.identifier, q.id) AS responses,
       array_agg(i.correct ORDER BY q.activity, q.identifier, q.id) AS correct,
       array_agg(i.others ORDER BY q.activity, q.identifier, q.id) AS others
  FROM (
    SELECT question_id, response, correct,
           -- The share of the learner's other graded answers that are correct.
           round(10000.0 * (sum(correct::integer) OVER () - correct::integer)
                 / nullif(count(correct) OVER () - 1, 0))::integer AS others
      FROM (
        -- The attempt with the earliest graded answer; where nothing was graded, the one with the earliest
        -- answer.
        SELECT *, first_value(within) OVER (ORDER BY graded_at NULLS LAST, answered_at, within) AS chosen
          FROM (
            SELECT g.within, g.question_id, g.response, g.correct,
                   min(g.answered_at) FILTER (WHERE g.correct IS NOT NULL) OVER attempt AS graded_at,
                   min(g.answered_at) OVER attempt AS answered_at
              FROM report_answers g
             WHERE g.registration_id = m.id
            WINDOW attempt AS (PARTITION BY g.within)
          ) answer
      ) first
     WHERE within = chosen
  ) i
  JOIN report_questions q ON q.id = i.question_id
"""
_PATH = """
SELECT array_agg(f.identifier ORDER BY f.id) AS path
  FROM (
    SELECT o.identifier, min(o.id::text) AS id
      FROM report_openings o
     WHERE o.registration_id = m.id
     GROUP BY o.identifier
  ) f
"""
_FRESH = f"""
-- Whoever is at a later step has been through those before it: each step holds those of the next.
INSERT INTO fresh_contributions
       (organization_id, registration_id, course_id, dispatch_id, destination_id, deployment_id, day, step,
        launched, half, completed, passed, score_ten_thousandths, duration,
        path, questions, responses, correct, others)
SELECT m.organization_id, m.id, m.course_id, m.dispatch_id,
       coalesce(m.destination_id, %(nowhere)s), coalesce(m.deployment_id, %(nowhere)s), m.day, m.step,
       m.launched OR m.half OR m.completed OR m.passed, m.half OR m.completed OR m.passed,
       m.completed OR m.passed, m.passed, m.score,
       CASE WHEN (m.completed OR m.passed) AND m.completed_at IS NOT NULL AND m.launched_at IS NOT NULL
            THEN width_bucket(greatest(extract(epoch FROM m.completed_at - m.launched_at)::float, 0),
                              %(edges)s::float[]) END,
       coalesce(o.path, '{{}}'), coalesce(a.questions, '{{}}'), coalesce(a.responses, '{{}}'),
       coalesce(a.correct, '{{}}'), coalesce(a.others, '{{}}')
  FROM ({_REACHED}) m
  LEFT JOIN LATERAL ({_ANSWERS}) a ON true
  LEFT JOIN LATERAL ({_PATH}) o ON true
"""

_TAKE_BACK = """
WITH gone AS (
  DELETE FROM insights_contribution c
   USING touched_registrations t
    LEFT JOIN fresh_contributions f ON f.registration_id = t.registration_id
   WHERE c.organization_id = %(organization)s AND c.registration_id = t.registration_id
     AND (f.registration_id IS NULL OR ROW(f.*) IS DISTINCT FROM ROW(c.*))
  RETURNING c.*
)
INSERT INTO contribution_changes SELECT gone.*, -1 FROM gone
"""
_MAKE = """
WITH made AS (
  INSERT INTO insights_contribution
  SELECT f.*
    FROM fresh_contributions f
      ON CONFLICT DO NOTHING
  RETURNING *
)
INSERT INTO contribution_changes SELECT made.*, 1 FROM made
"""


def update(of: dict[str, Any]) -> int:
    """Bring the contributions of what `taken_changes` touches up to date, of the ``organization``.

    Returns how many were taken back and made; they are in the temporary table `contribution_changes`.
    """
    return _update(_TOUCHED, of)


def update_day(of: dict[str, Any], day: date) -> int:
    """The same with everybody who was registered on a day."""
    return _update(_OF_DAY, {**of, "day": day})


def take_all(of: dict[str, Any], day: date) -> int:
    """Put all contributions of a day into `contribution_changes`, as if they were made just now; how many."""
    with connection.cursor() as cursor:
        cursor.execute(_PREPARE)
        cursor.execute(
            """
            INSERT INTO contribution_changes
            SELECT c.*, 1 FROM insights_contribution c
             WHERE c.organization_id = %(organization)s AND c.day = %(day)s
            """,
            {**of, "day": day},
        )
        taken = cursor.rowcount
        cursor.execute("ANALYZE contribution_changes")
    return taken


def changed_days() -> list[date]:
    """The days of what is in `contribution_changes`."""
    return _column("SELECT DISTINCT day FROM contribution_changes ORDER BY day")


def changed_registrations() -> list[UUID]:
    """The registrations of what is in `contribution_changes`."""
    return _column("SELECT DISTINCT registration_id FROM contribution_changes")


def _column(sql: LiteralString) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return [row[0] for row in cursor.fetchall()]


def _update(touched: LiteralString, of: dict[str, Any]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(_PREPARE)
        cursor.execute(touched, of)
        number = cursor.rowcount
        cursor.execute("ANALYZE touched_registrations")
        with planned_for(FEW):
            cursor.execute(_FRESH, {**of, "nowhere": NOWHERE, "edges": EDGES})
        cursor.execute("ANALYZE fresh_contributions")
        with planned_for(number):
            cursor.execute(_TAKE_BACK, of)
        changes = cursor.rowcount
        cursor.execute(_MAKE)
        changes += cursor.rowcount
        cursor.execute("ANALYZE contribution_changes")
    return changes
