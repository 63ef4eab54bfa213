"""Counting again the cohorts of courses: everybody who was registered in a course on a day, under one
dispatch or none, how far they have come, what they answered and in which order they went.

A cohort that was touched is counted again as a whole, from its registrations, so that it is exact whatever
has happened, and however often.
"""

from typing import Any, Final, LiteralString

from django.db import connection

from heliograph.insights.durations import BUCKETS, EDGES

FEW: Final = 1_000

# A session may be the first one of its registration, which then has been launched.
_TOUCHED = """
SELECT course_id, dispatch_id, registered_day
  FROM taken_changes WHERE registered_day IS NOT NULL AND course_id IS NOT NULL
 UNION
SELECT r.course_id, r.dispatch_id, (r.created_at AT TIME ZONE 'UTC')::date
  FROM taken_changes t
  JOIN report_registrations r ON r.id = t.registration_id
 WHERE t.day IS NOT NULL AND r.purpose = 'learning'
"""
_PREPARE = """
CREATE TEMPORARY TABLE IF NOT EXISTS touched_cohorts (
  cell integer, course_id uuid, dispatch_id uuid, day date
) ON COMMIT DELETE ROWS;
CREATE TEMPORARY TABLE IF NOT EXISTS cohort_members (
  cell integer, registration_id uuid,
  launched boolean, half boolean, completed boolean, passed boolean,
  score_ten_thousandths integer, seconds double precision
) ON COMMIT DELETE ROWS;
DELETE FROM touched_cohorts;
DELETE FROM cohort_members;
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


_MEMBERS = f"""
WITH member AS (
  -- Those of a dispatch, and those without one: the same index finds both.
  SELECT t.cell, r.*
    FROM touched_cohorts t
    JOIN report_dispatches d ON d.id = t.dispatch_id
    JOIN LATERAL (
      SELECT id, completion, success, progress, first_launched_at, completed_at, {score("g")} AS score
        FROM report_registrations g
       WHERE g.organization_id = %(organization)s AND g.dispatch_id = t.dispatch_id
         AND g.course_id = t.course_id AND g.purpose = 'learning'
         AND g.created_at >= t.day::timestamp AT TIME ZONE 'UTC'
         AND g.created_at < (t.day + 1)::timestamp AT TIME ZONE 'UTC'
    ) r ON true
   UNION ALL
  SELECT t.cell, r.*
    FROM touched_cohorts t
    JOIN LATERAL (
      SELECT id, completion, success, progress, first_launched_at, completed_at, {score("g")} AS score
        FROM report_registrations g
       WHERE g.organization_id = %(organization)s AND g.dispatch_id IS NULL
         AND g.course_id = t.course_id AND g.purpose = 'learning'
         AND g.created_at >= t.day::timestamp AT TIME ZONE 'UTC'
         AND g.created_at < (t.day + 1)::timestamp AT TIME ZONE 'UTC'
    ) r ON true
   WHERE t.dispatch_id IS NULL
), reached AS (
  -- What any attempt has reached counts; the registration has what was set by hand, too.
  SELECT m.cell, m.id,
         m.success = 'passed' OR coalesce(a.passed, false) AS passed,
         m.completion = 'completed' OR coalesce(a.completed, false)
           OR c.completed_at IS NOT NULL AS completed,
         greatest(m.progress, a.progress) >= 0.5 AS half,
         m.completion <> 'not attempted' OR m.success <> 'unknown' OR m.first_launched_at IS NOT NULL
           OR s.launched_at IS NOT NULL OR coalesce(a.begun, false) AS launched,
         coalesce(m.score, a.score) AS score,
         least(m.completed_at, c.completed_at) AS completed_at,
         least(m.first_launched_at, s.launched_at) AS launched_at
    FROM member m
    LEFT JOIN LATERAL (
      SELECT bool_or(t.success = 'passed') AS passed, bool_or(t.completion = 'completed') AS completed,
             bool_or(t.completion <> 'not attempted') AS begun, max(t.progress) AS progress,
             -- The score of the last attempt that has one.
             (array_agg({score("t")} ORDER BY t.number DESC)
                FILTER (WHERE {score("t")} IS NOT NULL))[1] AS score
        FROM report_attempts t
       WHERE t.organization_id = %(organization)s AND t.registration_id = m.id
    ) a ON true
    LEFT JOIN LATERAL (
      SELECT min(k.completed_at) AS completed_at
        FROM insights_completion k
       WHERE k.organization_id = %(organization)s AND k.registration_id = m.id
    ) c ON true
    LEFT JOIN LATERAL (
      SELECT min(v.launched_at) AS launched_at FROM report_sessions v WHERE v.registration_id = m.id
    ) s ON true
)
-- Whoever is at a later step has been through those before it: each step holds those of the next.
INSERT INTO cohort_members
SELECT cell, id,
       launched OR half IS TRUE OR completed OR passed, half IS TRUE OR completed OR passed,
       completed OR passed, passed, score,
       greatest(extract(epoch FROM completed_at - launched_at), 0)
         * CASE WHEN completed_at IS NOT NULL AND launched_at IS NOT NULL THEN 1 END
  FROM reached
"""

_FORGET: LiteralString = """
DELETE FROM {table} c USING touched_cohorts t
 WHERE c.organization_id = %(organization)s AND c.course_id = t.course_id AND c.day = t.day
   AND c.dispatch_id IS NOT DISTINCT FROM t.dispatch_id
"""
_TABLES: Final[tuple[LiteralString, ...]] = (
    "insights_coursecohort",
    "insights_questioncohort",
    "insights_responsecohort",
    "insights_pathcohort",
)

_OUTCOMES = """
WITH counted AS (
  SELECT cell, count(*) AS registered,
         count(*) FILTER (WHERE launched) AS launched, count(*) FILTER (WHERE half) AS half,
         count(*) FILTER (WHERE completed) AS completed, count(*) FILTER (WHERE passed) AS passed,
         count(score_ten_thousandths) AS scored,
         coalesce(sum(score_ten_thousandths), 0) AS score_ten_thousandths
    FROM cohort_members
   GROUP BY cell
), scored AS (
  SELECT cell, score_ten_thousandths / 100 AS bucket, count(*) AS learners
    FROM cohort_members WHERE score_ten_thousandths IS NOT NULL
   GROUP BY 1, 2
), scores AS (
  SELECT c.cell, array_agg(coalesce(s.learners, 0) ORDER BY n) AS scores
    FROM counted c
   CROSS JOIN generate_series(0, 100) n
    LEFT JOIN scored s ON s.cell = c.cell AND s.bucket = n
   GROUP BY c.cell
), lasted AS (
  SELECT cell, width_bucket(seconds, %(edges)s::double precision[]) AS bucket, count(*) AS learners
    FROM cohort_members WHERE completed AND seconds IS NOT NULL
   GROUP BY 1, 2
), durations AS (
  SELECT c.cell, array_agg(coalesce(l.learners, 0) ORDER BY n) AS durations
    FROM counted c
   CROSS JOIN generate_series(0, %(buckets)s - 1) n
    LEFT JOIN lasted l ON l.cell = c.cell AND l.bucket = n
   GROUP BY c.cell
)
INSERT INTO insights_coursecohort
       (organization_id, course_id, dispatch_id, day, registered, launched, half, completed, passed,
        scored, score_ten_thousandths, scores, durations)
SELECT %(organization)s, t.course_id, t.dispatch_id, t.day,
       c.registered, c.launched, c.half, c.completed, c.passed, c.scored, c.score_ten_thousandths,
       s.scores, d.durations
  FROM counted c
  JOIN touched_cohorts t ON t.cell = c.cell
  JOIN scores s ON s.cell = c.cell
  JOIN durations d ON d.cell = c.cell
"""

_QUESTIONS = """
WITH answer AS (
  SELECT m.cell, a.registration_id, a.within, a.question_id,
         a.response, a.correct::integer AS x,
         min(a.answered_at) FILTER (WHERE a.correct IS NOT NULL) OVER attempt AS graded_at,
         min(a.answered_at) OVER attempt AS answered_at
    FROM cohort_members m
    JOIN report_answers a ON a.registration_id = m.registration_id
  WINDOW attempt AS (PARTITION BY a.registration_id, a.within)
), first AS (
  -- The attempt with the earliest graded answer; where nothing was graded, the one with the earliest answer.
  SELECT *, first_value(within) OVER (PARTITION BY registration_id
                                          ORDER BY graded_at NULLS LAST, answered_at, within) AS chosen
    FROM answer
), item AS MATERIALIZED (
  SELECT cell, question_id, response, x,
         -- The share of the learner's other graded answers that are correct.
         round(10000.0 * (sum(x) OVER learner - x) / nullif(count(x) OVER learner - 1, 0))::bigint AS y
    FROM first
   WHERE within = chosen
  WINDOW learner AS (PARTITION BY registration_id)
), counted AS (
  INSERT INTO insights_questioncohort
         (organization_id, course_id, dispatch_id, day, question_id, answered, graded, correct,
          compared, sum_x, sum_y, sum_xy, sum_yy)
  SELECT %(organization)s, t.course_id, t.dispatch_id, t.day, g.question_id, g.answered, g.graded, g.correct,
         g.compared, g.sum_x, g.sum_y, g.sum_xy, g.sum_yy
    FROM (
      -- Who has no other graded answer has no share to compare with, nor has an answer that was not graded.
      SELECT cell, question_id, count(*) AS answered, count(x) AS graded, coalesce(sum(x), 0) AS correct,
             count(x * y) AS compared, coalesce(sum(x) FILTER (WHERE y IS NOT NULL), 0) AS sum_x,
             coalesce(sum(y) FILTER (WHERE x IS NOT NULL), 0) AS sum_y, coalesce(sum(x * y), 0) AS sum_xy,
             coalesce(sum(y * y) FILTER (WHERE x IS NOT NULL), 0) AS sum_yy
        FROM item
       GROUP BY cell, question_id
    ) g
    JOIN touched_cohorts t ON t.cell = g.cell
)
INSERT INTO insights_responsecohort
       (organization_id, course_id, dispatch_id, day, question_id, response, learners, correct)
SELECT %(organization)s, t.course_id, t.dispatch_id, t.day, g.question_id, g.response, g.learners, g.correct
  FROM (
    SELECT cell, question_id, response, count(*) AS learners, coalesce(sum(x), 0) AS correct
      FROM item
     GROUP BY cell, question_id, response
  ) g
  JOIN touched_cohorts t ON t.cell = g.cell
"""

_PATHS = """
WITH opening AS (
  SELECT m.cell, m.registration_id, m.completed, o.identifier, min(o.id::text) AS id
    FROM cohort_members m
    JOIN report_openings o ON o.registration_id = m.registration_id
   GROUP BY 1, 2, 3, 4
), step AS (
  SELECT cell, completed, identifier,
         lag(identifier, 1, '') OVER learner AS before, lead(identifier) OVER learner IS NULL AS last
    FROM opening
  WINDOW learner AS (PARTITION BY registration_id ORDER BY id)
)
INSERT INTO insights_pathcohort
       (organization_id, course_id, dispatch_id, day, origin, target, finished, learners)
SELECT %(organization)s, t.course_id, t.dispatch_id, t.day, g.origin, g.target, g.finished, g.learners
  FROM (
    SELECT s.cell, move.origin, move.target, move.finished, count(*) AS learners
      FROM step s
     -- How each activity was come to, and behind the last one, that nothing followed.
     CROSS JOIN LATERAL (VALUES (s.before, s.identifier, false, true),
                                (s.identifier, '', s.completed, s.last))
       AS move (origin, target, finished, happened)
     WHERE move.happened
     GROUP BY s.cell, move.origin, move.target, move.finished
  ) g
  JOIN touched_cohorts t ON t.cell = g.cell
"""


def count_again(of: dict[str, Any]) -> None:
    """Make anew the cohorts of courses that `taken_changes` touches, of the ``organization``."""
    with connection.cursor() as cursor:
        cursor.execute(_PREPARE)
        cursor.execute(f"INSERT INTO touched_cohorts SELECT row_number() OVER (), t.* FROM ({_TOUCHED}) t")
        if not cursor.rowcount:
            return
        cursor.execute("ANALYZE touched_cohorts")
        cursor.execute(_MEMBERS, of)
        if cursor.rowcount > FEW:
            cursor.execute("ANALYZE cohort_members")
        for table in _TABLES:
            cursor.execute(_FORGET.replace("{table}", table), of)
        cursor.execute(_OUTCOMES, {**of, "edges": EDGES, "buckets": BUCKETS})
        cursor.execute(_QUESTIONS, of)
        cursor.execute(_PATHS, of)
