"""Rolling up: whatever was touched is counted again, by its day and its people, in SQL.

Counting is idempotent: what a day, a learner or a registration comes to is made anew from its rows, so that a
late session lands on its own day, and rolling up twice changes nothing. Cohorts are the sums of what their
registrations come to. The work follows what was touched; no page ever counts sessions.
"""

import logging
from collections.abc import Iterable
from datetime import date
from typing import Any, LiteralString
from uuid import UUID

from django.db import IntegrityError, connection, transaction

from heliograph.core.database import change_queue
from heliograph.dispatch.hosted.silent_sessions import refresh_and_end_silent_sessions
from heliograph.dispatch.results import agreement
from heliograph.insights import contributions, course_cohorts
from heliograph.insights.models import NEVER_AGAIN

log = logging.getLogger(__name__)

BATCH = 1_000_000  # rows of the queue in one transaction of the worker
SOON = 10_000  # and in one of somebody who waits for a page
FEW = 1_000

_WAITING = """
SELECT organization_id FROM report_changed_registrations UNION
SELECT organization_id FROM report_sessions WHERE ended_at IS NULL AND NOT embedded
"""
_TOUCHED_DAYS = """
SELECT DISTINCT dispatch_id, day FROM taken_changes WHERE day IS NOT NULL AND dispatch_id IS NOT NULL
"""
_COMPLETE = """
INSERT INTO insights_completion
       (id, organization_id, dispatch_id, deployment_id, registration_id, completed_at, day)
SELECT gen_random_uuid(), r.organization_id, r.dispatch_id, opening.deployment_id, r.id,
       r.completed_at, (r.completed_at AT TIME ZONE 'UTC')::date
  FROM report_registrations r
  LEFT JOIN report_dispatches d ON d.id = r.dispatch_id
  -- It belongs to the last opening before it, or to the first one where a clock was wrong.
  LEFT JOIN LATERAL (
    SELECT s.deployment_id
      FROM report_sessions s
     WHERE s.registration_id = r.id
     ORDER BY s.launched_at <= r.completed_at DESC,
              CASE WHEN s.launched_at <= r.completed_at THEN s.launched_at END DESC,
              s.launched_at
     LIMIT 1
  ) opening ON true
 WHERE r.id IN (SELECT registration_id FROM taken_changes)
   AND r.completed_at IS NOT NULL AND r.purpose = 'learning'
   AND (r.dispatch_id IS NULL OR d.id IS NOT NULL)
   -- A registration that somebody deletes at this moment is waited for, and then it is gone.
   FOR KEY SHARE OF r
    -- A completion that is known stays; only a place that was missing is filled in.
    ON CONFLICT (organization_id, registration_id, completed_at) DO UPDATE
   SET deployment_id = excluded.deployment_id
 WHERE insights_completion.deployment_id IS NULL AND excluded.deployment_id IS NOT NULL
RETURNING dispatch_id, day
"""

# How a session stands, in five words, and its score in ten-thousandths.
_STATE = """
CASE WHEN s.success IN ('passed', 'failed') THEN s.success
     WHEN s.completion = 'completed' THEN 'completed'
     WHEN s.completion = 'not attempted' THEN 'not attempted'
     ELSE 'incomplete' END
"""
_SCORE = contributions.score("s")


def _until(person: LiteralString) -> LiteralString:
    """The next day on which ``person`` was there again; nothing on all rows of a day but its last."""
    return f"""
         CASE WHEN row_number() OVER (PARTITION BY {person}, day
                                          ORDER BY state = 'not attempted', launched_at DESC, id DESC) = 1
              THEN coalesce(min(day) OVER (PARTITION BY {person} ORDER BY day
                                           GROUPS BETWEEN 1 FOLLOWING AND 1 FOLLOWING), %(never)s) END"""


# All days of everybody who was touched: a day more changes when the day before it was followed.
_LEARNERS = f"""
WITH visit AS (
  -- The last session of each learner, day and deployment. One that has not told anything yet says less of
  -- where its learner stands than an earlier one of the day.
  SELECT DISTINCT ON (s.registration_id, s.deployment_id, (s.launched_at AT TIME ZONE 'UTC')::date)
         s.organization_id, s.dispatch_id, s.deployment_id, s.registration_id,
         r.learner_id, d.destination_id, d.course_id, p.domain,
         (s.launched_at AT TIME ZONE 'UTC')::date AS day, s.launched_at, s.id,
         {_STATE} AS state, {_SCORE} AS score_ten_thousandths
    FROM report_registrations r
    JOIN report_sessions s ON s.registration_id = r.id
    JOIN report_dispatches d ON d.id = s.dispatch_id
    JOIN report_deployments p ON p.id = s.deployment_id
   WHERE r.learner_id IN (SELECT learner_id FROM taken_changes) AND r.purpose = 'learning'
   ORDER BY s.registration_id, s.deployment_id, (s.launched_at AT TIME ZONE 'UTC')::date,
            s.completion = 'not attempted' AND s.success = 'unknown', s.launched_at DESC, s.id DESC
), fresh AS MATERIALIZED (
  -- Until when each visit is the last one, in the deployment and for each larger whole that has the person.
  SELECT organization_id, dispatch_id, deployment_id, registration_id, day, state, score_ten_thousandths,
         coalesce(lead(day) OVER (PARTITION BY registration_id, deployment_id ORDER BY day),
                  %(never)s) AS until_deployment,
         {_until("registration_id")} AS until_dispatch,
         {_until("learner_id, destination_id")} AS until_destination,
         {_until("learner_id, course_id")} AS until_course,
         {_until("learner_id, domain")} AS until_lms,
         {_until("learner_id, course_id, domain")} AS until_lms_course
    FROM visit
), gone AS (
  -- Rows that no visit stands for any more: its session was moved or deleted. A registration that is gone
  -- itself is found by its own id.
  DELETE FROM insights_dailylearner p
   WHERE p.organization_id = %(organization)s
     AND p.registration_id IN (
       SELECT registration_id FROM taken_changes
        UNION
       SELECT id FROM report_registrations WHERE learner_id IN (SELECT learner_id FROM taken_changes)
     )
     AND NOT EXISTS (
       SELECT FROM fresh f
        WHERE f.registration_id = p.registration_id
          AND f.deployment_id = p.deployment_id
          AND f.day = p.day
     )
  RETURNING p.dispatch_id, p.day
), kept AS (
  -- All others as they are now; those that are so already are not written, and their days not counted again.
  INSERT INTO insights_dailylearner AS p
         (organization_id, dispatch_id, deployment_id, registration_id, day, state, score_ten_thousandths,
          until_deployment, until_dispatch, until_destination, until_course, until_lms, until_lms_course)
  SELECT organization_id, dispatch_id, deployment_id, registration_id, day, state, score_ten_thousandths,
         until_deployment, until_dispatch, until_destination, until_course, until_lms, until_lms_course
    FROM fresh
      ON CONFLICT (organization_id, registration_id, deployment_id, day) DO UPDATE
     SET dispatch_id = excluded.dispatch_id, state = excluded.state,
         score_ten_thousandths = excluded.score_ten_thousandths,
         until_deployment = excluded.until_deployment, until_dispatch = excluded.until_dispatch,
         until_destination = excluded.until_destination, until_course = excluded.until_course,
         until_lms = excluded.until_lms, until_lms_course = excluded.until_lms_course
   WHERE (p.state, p.score_ten_thousandths,
          p.until_deployment, p.until_dispatch, p.until_destination, p.until_course,
          p.until_lms, p.until_lms_course)
         IS DISTINCT FROM
         (excluded.state, excluded.score_ten_thousandths,
          excluded.until_deployment, excluded.until_dispatch,
          excluded.until_destination, excluded.until_course,
          excluded.until_lms, excluded.until_lms_course)
  RETURNING p.dispatch_id, p.day
)
-- The days that look different now.
SELECT dispatch_id, day FROM gone
 UNION
SELECT dispatch_id, day FROM kept
"""

_FORGET_STATES = """
DELETE FROM insights_dailystate s
 USING unnest(%(dispatches)s::uuid[], %(days)s::date[]) AS t (dispatch_id, day)
 WHERE s.organization_id = %(organization)s AND s.dispatch_id = t.dispatch_id AND s.day = t.day
"""
_STATES = """
INSERT INTO insights_dailystate
       (organization_id, dispatch_id, deployment_id, scope, day, until, state, people, scored,
        score_ten_thousandths)
SELECT p.organization_id, p.dispatch_id, place.deployment_id, place.scope, p.day,
       -- The row of the whole day is marked by a day that ends with itself.
       CASE WHEN GROUPING(place.until) = 1 THEN p.day ELSE place.until END, coalesce(p.state, ''),
       count(*), count(p.score_ten_thousandths), coalesce(sum(p.score_ten_thousandths), 0)
  FROM unnest(%(dispatches)s::uuid[], %(days)s::date[]) AS t (dispatch_id, day)
  JOIN report_dispatches d ON d.id = t.dispatch_id
  JOIN insights_dailylearner p
    ON p.organization_id = %(organization)s AND p.dispatch_id = t.dispatch_id AND p.day = t.day
 -- Each learner's day counts in six places.
 CROSS JOIN LATERAL (VALUES
         ('deployment', p.deployment_id, p.until_deployment),
         ('dispatch', NULL, p.until_dispatch),
         ('destination', NULL, p.until_destination),
         ('course', NULL, p.until_course),
         ('lms', p.deployment_id, p.until_lms),
         ('lms_course', p.deployment_id, p.until_lms_course)
       ) AS place (scope, deployment_id, until)
 -- Of several visits of a day only its last one stands for the person.
 WHERE place.until IS NOT NULL
 -- Once for all who were there, and once for each standing and the day until which it holds.
 GROUP BY p.organization_id, p.dispatch_id, place.deployment_id, place.scope, p.day,
          GROUPING SETS ((), (place.until, p.state))
"""

_FORGET_DAYS = """
DELETE FROM insights_dailytotals d
 USING unnest(%(dispatches)s::uuid[], %(days)s::date[]) AS t (dispatch_id, day)
 WHERE d.organization_id = %(organization)s AND d.dispatch_id = t.dispatch_id AND d.day = t.day
"""
_DAYS = f"""
WITH touched AS (
  -- The days to count again, of dispatches that still exist.
  SELECT d.organization_id, d.id AS dispatch_id, t.day
    FROM unnest(%(dispatches)s::uuid[], %(days)s::date[]) AS t (dispatch_id, day)
    JOIN report_dispatches d ON d.id = t.dispatch_id AND d.organization_id = %(organization)s
), visit AS MATERIALIZED (
  -- Their sessions; `last` marks the one that says where its learner stands at the end of the day.
  SELECT t.organization_id, t.dispatch_id, t.day, s.deployment_id, s.registration_id, s.centiseconds,
         {_STATE} AS state, {_SCORE} AS score_ten_thousandths,
         row_number() OVER (
           PARTITION BY t.day, s.deployment_id, s.registration_id
               ORDER BY s.completion = 'not attempted' AND s.success = 'unknown',
                        s.launched_at DESC, s.id DESC) = 1 AS last
    FROM touched t
    JOIN report_sessions s
      ON s.organization_id = t.organization_id AND s.dispatch_id = t.dispatch_id
     AND s.launched_at >= t.day::timestamp AT TIME ZONE 'UTC'
     AND s.launched_at < (t.day + 1)::timestamp AT TIME ZONE 'UTC'
    JOIN report_registrations r ON r.id = s.registration_id AND r.purpose = 'learning'
), counted AS (
  -- Every session is a launch; people, scores and states are those of the last session.
  SELECT organization_id, dispatch_id, day, deployment_id,
         count(*) AS launches, sum(centiseconds) AS centiseconds,
         count(*) FILTER (WHERE last) AS learners,
         sum(score_ten_thousandths) FILTER (WHERE last) AS score_ten_thousandths,
         count(score_ten_thousandths) FILTER (WHERE last) AS scored,
         count(*) FILTER (WHERE last AND state = 'not attempted') AS not_attempted,
         count(*) FILTER (WHERE last AND state = 'incomplete') AS incomplete,
         count(*) FILTER (WHERE last AND state = 'completed') AS completed,
         count(*) FILTER (WHERE last AND state = 'passed') AS passed,
         count(*) FILTER (WHERE last AND state = 'failed') AS failed,
         0 AS completions
    FROM visit
   GROUP BY organization_id, dispatch_id, day, deployment_id
   UNION ALL
  -- Completions may fall on days, and on deployments, without a session.
  SELECT c.organization_id, c.dispatch_id, c.day, c.deployment_id,
         0, 0, 0, 0, 0, 0, 0, 0, 0, 0, count(*)
    FROM touched t
    JOIN insights_completion c
      ON c.organization_id = t.organization_id AND c.dispatch_id = t.dispatch_id AND c.day = t.day
   GROUP BY c.organization_id, c.dispatch_id, c.day, c.deployment_id
)
-- Both together, a row for each day and deployment.
INSERT INTO insights_dailytotals
       (id, organization_id, dispatch_id, day, deployment_id, launches, learners, completions,
        score_sum, score_count, centiseconds,
        not_attempted, incomplete, completed, passed, failed)
SELECT gen_random_uuid(), organization_id, dispatch_id, day, deployment_id,
       sum(launches), sum(learners), sum(completions),
       coalesce(sum(score_ten_thousandths), 0) / 10000.0, sum(scored), sum(centiseconds),
       sum(not_attempted), sum(incomplete), sum(completed), sum(passed), sum(failed)
  FROM counted
 GROUP BY organization_id, dispatch_id, day, deployment_id
"""


def roll_up() -> None:
    """Count again whatever was touched anywhere, however much it is; the worker does it every minute."""
    for (organization,) in _rows(_WAITING, {}):
        while _roll_up(organization, None, BATCH, wait=True) == BATCH:
            pass


def roll_up_soon(organization_id: UUID, dispatch_id: UUID | None = None) -> None:
    """The same for an organization or one of its dispatches, before somebody looks at it; the worker has what
    is more than a moment's work.
    """
    _roll_up(organization_id, dispatch_id, SOON, wait=False)


@transaction.atomic
def _roll_up(organization_id: UUID, dispatch_id: UUID | None, most: int, wait: bool) -> int:
    """Up to ``most`` of what was touched in one organization; how much it was.

    One at a time, or two would make the same rows.
    """
    of = {"organization": organization_id}
    if not locked(organization_id, wait):
        return 0
    refresh_and_end_silent_sessions(organization_id, dispatch_id)
    taken = change_queue.take(organization_id, dispatch_id, most)
    if taken > FEW:
        _run("ANALYZE taken_changes", {})
    if taken:
        _count_again(of)
    return taken


def locked(organization_id: UUID, wait: bool) -> bool:
    """Hold the lock of an organization's figures until the transaction ends; whether it was to be had."""
    name = f"roll-up of {organization_id}"
    lock = "pg_advisory_xact_lock(key) IS NOT NULL" if wait else "pg_try_advisory_xact_lock(key)"
    return bool(_rows(f"SELECT {lock} FROM hashtextextended(%(name)s, 0) AS key", {"name": name})[0][0])


def _count_again(of: dict[str, Any]) -> None:
    """Make anew the figures of the batch: completions, learners and states of its days, and its days; and
    add to the cohorts what has changed of its registrations.
    """
    completed = [place for place in _rows(_COMPLETE, of) if place[0]]
    _replace(of, _rows(_LEARNERS, {**of, "never": NEVER_AGAIN}), _FORGET_STATES, _STATES)
    _replace(of, {*_rows(_TOUCHED_DAYS, of), *completed}, _FORGET_DAYS, _DAYS)
    add_to_cohorts(of, contributions.update(of))
    agreement.compare_changed(of["organization"])


def add_to_cohorts(of: dict[str, Any], changes: int) -> None:
    """Add the ``changes`` in `contribution_changes` to the cohorts of the ``organization``."""
    if not changes:
        return
    try:
        with transaction.atomic():
            course_cohorts.add_changes(of, changes)
    except IntegrityError:  # a figure would have fallen below zero: something wrote past the contributions
        days = contributions.changed_days()
        log.exception("cohorts of organization %s are summed up again: %s", of["organization"], days)
        for day in days:
            course_cohorts.sum_again(of, day)


def _replace(
    of: dict[str, Any], days_of: Iterable[tuple[UUID, date]], forget: LiteralString, count: LiteralString
) -> None:
    days_of = sorted(days_of)
    if days_of:
        parameters = {
            **of,
            "dispatches": [pair[0] for pair in days_of],
            "days": [pair[1] for pair in days_of],
        }
        _run(forget, parameters)
        _run(count, parameters)


def _rows(sql: LiteralString, parameters: dict[str, Any]) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchall()


def _run(sql: LiteralString, parameters: dict[str, Any]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
