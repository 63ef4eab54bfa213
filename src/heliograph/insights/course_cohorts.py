"""The cohorts of courses: everybody who was registered on a day, how far they have come, what they answered
and in which order they went.

What has changed of the contributions (`insights.contributions`) is added to the figures, and what became
nothing is deleted. All of it are whole numbers, and an organization has one roll-up at a time: so each figure
is the sum of the stored contributions, whatever the order. `insights.figures_check` proves it each night.
"""

from datetime import date
from typing import Any, Final, LiteralString

from django.db import connection

from heliograph.insights import contributions
from heliograph.insights.durations import BUCKETS
from heliograph.insights.models import EVERY
from heliograph.insights.plans import planned_for

_IS_OF: LiteralString = """
c.organization_id = %(organization)s AND c.course_id = d.course_id AND c.destination_id = d.destination_id
  AND c.day = d.day
"""
_OUTCOMES = f"""
MERGE INTO insights_coursecohort c
USING (
  SELECT place.course_id, place.destination_id, k.day,
         sum(k.sign) AS registered, sum(k.sign * k.launched::integer) AS launched,
         sum(k.sign * k.half::integer) AS half, sum(k.sign * k.completed::integer) AS completed,
         sum(k.sign * k.passed::integer) AS passed,
         coalesce(sum(k.sign) FILTER (WHERE k.score_ten_thousandths IS NOT NULL), 0) AS scored,
         coalesce(sum(k.sign * k.score_ten_thousandths), 0) AS score_ten_thousandths,
         array_agg(k.score_ten_thousandths / 100) AS scores, array_agg(k.duration::integer) AS durations,
         array_agg(k.sign) AS signs
    FROM contribution_changes k
   CROSS JOIN LATERAL (VALUES (k.course_id, k.destination_id), (k.course_id, %(every)s::uuid),
                              (%(every)s::uuid, k.destination_id), (%(every)s::uuid, %(every)s::uuid))
      AS place (course_id, destination_id)
   GROUP BY 1, 2, 3
) d ON {_IS_OF}
WHEN MATCHED AND c.registered + d.registered = 0 THEN DELETE
WHEN MATCHED THEN UPDATE
 SET registered = c.registered + d.registered, launched = c.launched + d.launched, half = c.half + d.half,
     completed = c.completed + d.completed, passed = c.passed + d.passed, scored = c.scored + d.scored,
     score_ten_thousandths = c.score_ten_thousandths + d.score_ten_thousandths,
     scores = insights_add_to_buckets(c.scores, d.scores, d.signs),
     durations = insights_add_to_buckets(c.durations, d.durations, d.signs)
WHEN NOT MATCHED AND d.registered <> 0 THEN INSERT
     (organization_id, course_id, destination_id, day, registered, launched, half, completed, passed, scored,
      score_ten_thousandths, scores, durations)
     VALUES (%(organization)s, d.course_id, d.destination_id, d.day, d.registered, d.launched, d.half,
             d.completed, d.passed, d.scored, d.score_ten_thousandths,
             insights_add_to_buckets(array_fill(0, ARRAY[101]), d.scores, d.signs),
             insights_add_to_buckets(array_fill(0, ARRAY[%(buckets)s]), d.durations, d.signs))
"""

# What was answered: an element of each of the four arrays of a contribution ``k``.
ANSWERS: Final[LiteralString] = """
CROSS JOIN LATERAL unnest(k.questions, k.responses, k.correct, k.others)
  AS i (question_id, response, correct, y)
"""
# How each activity was come to, and behind the last one, that nothing followed; those that ``happened``.
MOVES: Final[LiteralString] = """
CROSS JOIN LATERAL generate_subscripts(k.path, 1) AS n
CROSS JOIN LATERAL (VALUES (coalesce(k.path[n - 1], ''), k.path[n], false, true),
                           (k.path[n], '', k.completed, n = cardinality(k.path)))
  AS move (origin, target, finished, happened)
"""
_ITEMS = f"""
FROM contribution_changes k
{ANSWERS}
CROSS JOIN LATERAL (VALUES (k.destination_id), (%(every)s::uuid)) AS place (destination_id)
"""
_QUESTIONS = f"""
MERGE INTO insights_questioncohort c
USING (
  SELECT * FROM (
    SELECT k.course_id, place.destination_id, k.day, i.question_id,
           sum(k.sign) AS answered,
           coalesce(sum(k.sign) FILTER (WHERE i.correct IS NOT NULL), 0) AS graded,
           coalesce(sum(k.sign * i.correct::integer), 0) AS correct,
           -- Who has no other graded answer has no share to compare with, nor has an answer that was not
           -- graded.
           coalesce(sum(k.sign) FILTER (WHERE i.y IS NOT NULL), 0) AS compared,
           coalesce(sum(k.sign * i.correct::integer) FILTER (WHERE i.y IS NOT NULL), 0) AS sum_x,
           coalesce(sum(k.sign * i.y), 0) AS sum_y,
           coalesce(sum(k.sign * i.correct::integer * i.y), 0) AS sum_xy,
           coalesce(sum(k.sign * i.y::bigint * i.y), 0) AS sum_yy
      {_ITEMS}
     GROUP BY 1, 2, 3, 4
  ) g
  WHERE (answered, graded, correct, compared, sum_x, sum_y, sum_xy, sum_yy) <> (0, 0, 0, 0, 0, 0, 0, 0)
) d ON {_IS_OF} AND c.question_id = d.question_id
WHEN MATCHED AND c.answered + d.answered = 0 THEN DELETE
WHEN MATCHED THEN UPDATE
 SET answered = c.answered + d.answered, graded = c.graded + d.graded, correct = c.correct + d.correct,
     compared = c.compared + d.compared, sum_x = c.sum_x + d.sum_x, sum_y = c.sum_y + d.sum_y,
     sum_xy = c.sum_xy + d.sum_xy, sum_yy = c.sum_yy + d.sum_yy
WHEN NOT MATCHED THEN INSERT
     (organization_id, course_id, destination_id, day, question_id, answered, graded, correct, compared,
      sum_x, sum_y, sum_xy, sum_yy)
     VALUES (%(organization)s, d.course_id, d.destination_id, d.day, d.question_id, d.answered, d.graded,
             d.correct, d.compared, d.sum_x, d.sum_y, d.sum_xy, d.sum_yy)
"""
_RESPONSES = f"""
MERGE INTO insights_responsecohort c
USING (
  SELECT * FROM (
    SELECT k.course_id, place.destination_id, k.day, i.question_id, i.response,
           sum(k.sign) AS learners, coalesce(sum(k.sign * i.correct::integer), 0) AS correct
      {_ITEMS}
     GROUP BY 1, 2, 3, 4, 5
  ) g
  WHERE (learners, correct) <> (0, 0)
) d ON {_IS_OF} AND c.question_id = d.question_id AND c.response = d.response
WHEN MATCHED AND c.learners + d.learners = 0 THEN DELETE
WHEN MATCHED THEN UPDATE SET learners = c.learners + d.learners, correct = c.correct + d.correct
WHEN NOT MATCHED THEN INSERT
     (organization_id, course_id, destination_id, day, question_id, response, learners, correct)
     VALUES (%(organization)s, d.course_id, d.destination_id, d.day, d.question_id, d.response, d.learners,
             d.correct)
"""
_PATHS = f"""
MERGE INTO insights_pathcohort c
USING (
  SELECT * FROM (
    SELECT k.course_id, place.destination_id, k.day, move.origin, move.target, move.finished,
           sum(k.sign) AS learners
      FROM contribution_changes k
     {MOVES}
     CROSS JOIN LATERAL (VALUES (k.destination_id), (%(every)s::uuid)) AS place (destination_id)
     WHERE move.happened
     GROUP BY 1, 2, 3, 4, 5, 6
  ) g
  WHERE learners <> 0
) d ON {_IS_OF} AND c.origin = d.origin AND c.target = d.target AND c.finished = d.finished
WHEN MATCHED AND c.learners + d.learners = 0 THEN DELETE
WHEN MATCHED THEN UPDATE SET learners = c.learners + d.learners
WHEN NOT MATCHED THEN INSERT
     (organization_id, course_id, destination_id, day, origin, target, finished, learners)
     VALUES (%(organization)s, d.course_id, d.destination_id, d.day, d.origin, d.target, d.finished,
             d.learners)
"""
_OF_DISPATCHES = """
MERGE INTO insights_cohort c
USING (
  SELECT k.dispatch_id, k.deployment_id, k.day, sum(k.sign) AS registered,
         sum(k.sign * (k.step >= 1)::integer) AS launched, sum(k.sign * (k.step >= 2)::integer) AS begun,
         sum(k.sign * (k.step >= 3)::integer) AS completed, sum(k.sign * (k.step >= 4)::integer) AS passed
    FROM contribution_changes k
   WHERE k.dispatch_id IS NOT NULL
   GROUP BY 1, 2, 3
) d ON c.organization_id = %(organization)s AND c.dispatch_id = d.dispatch_id AND c.day = d.day
   AND c.deployment_id = d.deployment_id
WHEN MATCHED AND c.registered + d.registered = 0 THEN DELETE
WHEN MATCHED THEN UPDATE
 SET registered = c.registered + d.registered, launched = c.launched + d.launched, begun = c.begun + d.begun,
     completed = c.completed + d.completed, passed = c.passed + d.passed
-- The rows of a dispatch that is gone went with it.
WHEN NOT MATCHED AND d.registered > 0 THEN INSERT
     (organization_id, dispatch_id, day, deployment_id, registered, launched, begun, completed, passed)
     VALUES (%(organization)s, d.dispatch_id, d.day, d.deployment_id, d.registered, d.launched, d.begun,
             d.completed, d.passed)
"""
TABLES: Final[tuple[LiteralString, ...]] = (
    "insights_coursecohort",
    "insights_questioncohort",
    "insights_responsecohort",
    "insights_pathcohort",
    "insights_cohort",
)


def add_changes(of: dict[str, Any], number: int) -> None:
    """Add the ``number`` rows of `contribution_changes` to the figures of the ``organization``.

    Raises `IntegrityError` where a figure would fall below zero.
    """
    with planned_for(number), connection.cursor() as cursor:
        for sql in (_OUTCOMES, _QUESTIONS, _RESPONSES, _PATHS, _OF_DISPATCHES):
            cursor.execute(sql, {**of, "every": EVERY, "buckets": BUCKETS})


def sum_again(of: dict[str, Any], day: date) -> None:
    """Make the figures of a day anew, from all of its contributions."""
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(
                f"DELETE FROM {table} WHERE organization_id = %(organization)s AND day = %(day)s",
                {**of, "day": day},
            )
    add_changes(of, contributions.take_all(of, day))
