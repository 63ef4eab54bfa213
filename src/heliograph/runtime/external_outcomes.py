"""Keeping an outcome that was achieved elsewhere, as in an embedded package: a part of a statement that
stores it.
"""

from typing import Final, LiteralString

KEEP: Final[LiteralString] = """
  UPDATE runtime_registration r SET
         (completion, success, score_scaled, score_raw, score_min, score_max, progress) = (
           SELECT * FROM course WHERE r.manual_at IS NULL
            UNION ALL
           -- It stays as it is where it was set by hand, or where there is no news of the course.
           SELECT r.completion, r.success, r.score_scaled, r.score_raw, r.score_min, r.score_max, r.progress
            WHERE r.manual_at IS NOT NULL OR NOT EXISTS (SELECT FROM course)),
         total_centiseconds = r.total_centiseconds + gate.more,
         last_activity_at = greatest(r.last_activity_at, %(latest)s),
         -- The first completion counts, also where the outcome itself was set by hand.
         completed_at = coalesce(r.completed_at, (SELECT %(happened)s::timestamptz
                                                    FROM course
                                                   WHERE completion = 'completed'))
    FROM gate
   WHERE gate.counts AND r.id = %(registration)s
"""
"""The body of a common table expression that writes the outcome of ``%(registration)s``.

It reads two others of the same statement: ``course``, of one row or none, with the outcome (completion,
success, scaled, raw, least and best score, progress), and ``gate``, of one row, with ``counts`` (whether the
outcome counts) and ``more`` (centiseconds to add). ``%(latest)s`` is when something was last heard,
``%(happened)s`` when the outcome was reached. An outcome that was set by hand stays.
"""
