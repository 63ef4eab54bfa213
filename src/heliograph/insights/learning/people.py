"""The cohorts of the people of groups: what each of their registrations contributes, as rows of the tables of
cohorts.

Who is in a group is asked when somebody looks: whoever joins brings along what they contribute, and whoever
leaves takes it with them. A person is known by their address, as in `accounts.scopes.of_people`.
"""

from collections.abc import Mapping
from typing import Final, LiteralString

from heliograph.insights.course_cohorts import ANSWERS, MOVES

_OF: LiteralString = "k.organization_id, k.course_id, k.destination_id, k.day"
# Each person once, however many of the groups they are in. What is sought is put into an array each time,
# which the planner takes for a few values, and OFFSET 0 keeps days and courses out: so each large table is
# looked up in by one index, and the work follows the people, never the organization.
_CONTRIBUTIONS: LiteralString = """
(
  SELECT * FROM insights_contribution
   WHERE organization_id = %(organization)s AND registration_id = ANY(ARRAY(
     SELECT id FROM report_registrations WHERE learner_id = ANY(ARRAY(
       SELECT id FROM report_learners WHERE organization_id = %(organization)s AND email = ANY(ARRAY(
         SELECT email::text FROM report_group_people
          WHERE organization_id = %(organization)s AND group_id = ANY(%(groups)s)
       ))
     ))
   ))
  OFFSET 0
) k
"""
_OUTCOMES: LiteralString = f"""
SELECT {_OF}, 1 AS registered, k.launched::integer AS launched, k.half::integer AS half,
       k.completed::integer AS completed, k.passed::integer AS passed,
       (k.score_ten_thousandths IS NOT NULL)::integer AS scored,
       coalesce(k.score_ten_thousandths, 0) AS score_ten_thousandths,
       k.score_ten_thousandths / 100 AS percent, k.duration
  FROM {_CONTRIBUTIONS}
"""
_QUESTIONS: LiteralString = f"""
SELECT {_OF}, i.question_id, 1 AS answered, (i.correct IS NOT NULL)::integer AS graded,
       coalesce(i.correct::integer, 0) AS correct, (i.y IS NOT NULL)::integer AS compared,
       CASE WHEN i.y IS NOT NULL THEN i.correct::integer ELSE 0 END AS sum_x, coalesce(i.y, 0) AS sum_y,
       coalesce(i.correct::integer * i.y, 0) AS sum_xy, coalesce(i.y::bigint * i.y, 0) AS sum_yy
  FROM {_CONTRIBUTIONS}
  {ANSWERS}
"""
_RESPONSES: LiteralString = f"""
SELECT {_OF}, i.question_id, i.response, 1 AS learners, coalesce(i.correct::integer, 0) AS correct
  FROM {_CONTRIBUTIONS}
  {ANSWERS}
"""
_PATHS: LiteralString = f"""
SELECT {_OF}, move.origin, move.target, move.finished, 1 AS learners
  FROM {_CONTRIBUTIONS}
  {MOVES}
 WHERE move.happened
"""
# By the table in whose place they are read; the parameter ``groups`` has the ids.
COHORTS: Final[Mapping[str, LiteralString]] = {
    "insights_coursecohort": f"({_OUTCOMES})",
    "insights_questioncohort": f"({_QUESTIONS})",
    "insights_responsecohort": f"({_RESPONSES})",
    "insights_pathcohort": f"({_PATHS})",
}
