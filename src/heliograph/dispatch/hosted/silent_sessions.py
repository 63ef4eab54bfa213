"""Hosted sessions catch up with their launches: what the last acknowledgment said is what the session has
reached.

A commit, and a statement of an AU, write their launch and nothing here; one statement copies what is new, so
that tracking never pays for figures.
"""

from datetime import timedelta
from uuid import UUID

from django.db import connection

from heliograph.core import clock

SESSION_ENDED_AFTER_SILENCE = timedelta(days=1)

# A launch's token lives for a day beyond its last commit: a session that was silent for longer has ended,
# whatever became of its window.
_REFRESH = """
WITH candidate AS (
  -- Sessions that have not ended.
  SELECT s.id
    FROM dispatch_session s
   WHERE s.ended_at IS NULL AND NOT s.embedded
     AND s.organization_id = %(organization)s
     AND (%(dispatch)s::uuid IS NULL OR s.dispatch_id = %(dispatch)s)
   UNION
  -- And those of registrations that were touched: a browser may replay after days what it kept.
  SELECT s.id
    FROM report_changed_registrations t
    JOIN dispatch_session s ON s.registration_id = t.registration_id
   WHERE NOT s.embedded
     AND t.organization_id = %(organization)s
     AND (%(dispatch)s::uuid IS NULL OR t.dispatch_id = %(dispatch)s)
), heard AS (
  -- What was heard last of each, as a document that has the names of an acknowledgment.
  SELECT s.id, coalesce(l.last_sequence, 0) AS sequence,
         coalesce(l.ended_at, s.ended_at) AS ended_at,
         greatest(s.last_activity_at, l.last_commit_at, l.ended_at) AS last_activity_at,
         CASE
           WHEN l.answer IS NOT NULL
           THEN l.answer -> 'relay'
           -- No commit was acknowledged yet: the attempt tells what opening alone achieved, as long as this
           -- launch is its current one.
           WHEN a.current_launch_id = l.id
           THEN jsonb_build_object(
                  'completion', a.completion, 'success', a.success,
                  'score_scaled', a.score_scaled, 'score_raw', a.score_raw,
                  'score_min', a.score_min, 'score_max', a.score_max, 'progress', a.progress)
           -- The player has not opened: the learner stands where they stood.
           WHEN l.id IS NULL AND s.completion = 'not attempted'
           THEN jsonb_build_object(
                  'completion', r.completion, 'success', r.success,
                  'score_scaled', r.score_scaled, 'score_raw', r.score_raw,
                  'score_min', r.score_min, 'score_max', r.score_max, 'progress', r.progress)
           -- Nothing newer is known: the session stays as it is.
           ELSE jsonb_build_object(
                  'session_centiseconds', s.centiseconds,
                  'completion', s.completion, 'success', s.success,
                  'score_scaled', s.score_scaled, 'score_raw', s.score_raw,
                  'score_min', s.score_min, 'score_max', s.score_max, 'progress', s.progress)
         END AS relay
    FROM candidate c
    JOIN dispatch_session s ON s.id = c.id
    JOIN report_registrations r ON r.id = s.registration_id
    LEFT JOIN report_launches l ON l.id = s.launch_id
    LEFT JOIN report_attempts a ON a.id = l.attempt_id
), outcome AS (
  -- The document's values as columns; who was silent for too long has ended with their last word.
  SELECT id, sequence, last_activity_at,
         coalesce(ended_at, CASE WHEN last_activity_at < %(silent_since)s
                                 THEN last_activity_at END) AS ended_at,
         relay ->> 'completion' AS completion,
         relay ->> 'success' AS success,
         (relay ->> 'score_scaled')::float AS score_scaled,
         (relay ->> 'score_raw')::float AS score_raw,
         (relay ->> 'score_min')::float AS score_min,
         (relay ->> 'score_max')::float AS score_max,
         (relay ->> 'progress')::float AS progress,
         coalesce((relay ->> 'session_centiseconds')::bigint, 0) AS centiseconds
    FROM heard
)
UPDATE dispatch_session s
   SET sequence = o.sequence, last_activity_at = o.last_activity_at, ended_at = o.ended_at,
       completion = o.completion, success = o.success,
       score_scaled = o.score_scaled, score_raw = o.score_raw,
       score_min = o.score_min, score_max = o.score_max,
       progress = o.progress, centiseconds = o.centiseconds
  FROM outcome o
 WHERE s.id = o.id
   -- A session that nothing is new of is not written.
   AND (s.sequence, s.ended_at, s.completion, s.success, s.progress, s.centiseconds,
        s.score_scaled, s.score_raw, s.score_min, s.score_max)
       IS DISTINCT FROM
       (o.sequence, o.ended_at, o.completion, o.success, o.progress, o.centiseconds,
        o.score_scaled, o.score_raw, o.score_min, o.score_max)
"""


def refresh_and_end_silent_sessions(organization_id: UUID, dispatch_id: UUID | None = None) -> int:
    """Copy into the hosted sessions of an organization, or of one dispatch, what their launches have reached
    since; how many changed.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            _REFRESH,
            {
                "organization": organization_id,
                "dispatch": dispatch_id,
                "silent_since": clock.now() - SESSION_ENDED_AFTER_SILENCE,
            },
        )
        return cursor.rowcount
