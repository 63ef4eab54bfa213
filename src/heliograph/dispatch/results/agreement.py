"""Whether customers' LMSs have what their learners achieved: the unit is a learner's result, not a value that
was written.

A result is the status and the score, as far as the LMS's standard can hold them. Noted from receipts as they
come; compared with the registration when somebody asks, so that what was never written counts, too.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any, LiteralString
from uuid import UUID

import msgspec
from django.db import connection
from django.db.models import CharField, Count, Exists, F, Func, OuterRef, Q, QuerySet

from heliograph.core.database.prepared import PreparedStatement
from heliograph.dispatch.models import Session

if TYPE_CHECKING:
    from heliograph.runtime.models import Registration

STATES = ("confirmed", "differs", "not_written", "unreadable")
# The elements that hold a result, and the standard that has them. Statements of cmi5 are named by their
# verbs.
ELEMENTS = {
    "cmi.core.lesson_status": "scorm12",
    "cmi.core.score.raw": "scorm12",
    "cmi.completion_status": "scorm2004",
    "cmi.success_status": "scorm2004",
    "cmi.score.scaled": "scorm2004",
    "completed": "cmi5",
    "passed": "cmi5",
    "failed": "cmi5",
}
UNSAVED = "unsaved"  # the course has set it, and the LMS was not asked to save it
EMBEDDED = "embedded"  # the course wrote by itself; the wrapper says what the LMS did not keep


_ONCE: LiteralString = """
ON CONFLICT (registration_id) DO UPDATE
   SET standard = excluded.standard, written_at = excluded.written_at,
       -- What was written by another standard is forgotten; by the same one, elements are added.
       values = CASE WHEN dispatch_lmsresult.standard = excluded.standard THEN dispatch_lmsresult.values
                     ELSE '{}'::jsonb END || excluded.values
 -- The same again writes nothing: packages repeat where a learner stands with every message.
 WHERE dispatch_lmsresult.standard <> excluded.standard
    OR NOT dispatch_lmsresult.values @> excluded.values
"""

_NOTE = PreparedStatement(f"""
INSERT INTO dispatch_lmsresult (registration_id, organization_id, dispatch_id, standard, values, written_at)
VALUES (%(registration)s, %(organization)s, %(dispatch)s, %(standard)s, %(values)s::jsonb, %(at)s)
{_ONCE}""")  # noqa: S608 — put together from this file's own words

# Part of the statement that stores what a package tells, where ``gate`` lets it in and the learner is
# confirmed; ``told`` is what `embedded` makes of it, by SCO, or NULL.
NOTE_EMBEDDED: LiteralString = f"""
INSERT INTO dispatch_lmsresult (registration_id, organization_id, dispatch_id, standard, values, written_at)
SELECT %(registration)s, %(organization)s, %(dispatch)s, '{EMBEDDED}', %(told)s::jsonb, %(now)s
  FROM gate WHERE gate.newer AND NOT gate.unconfirmed AND %(told)s::jsonb IS NOT NULL
{_ONCE}"""  # noqa: S608 — as above


def note(
    organization_id: UUID,
    dispatch_id: UUID,
    registration_id: UUID,
    writes: Iterable[tuple[str, str, bool | None]],
    at: datetime,
) -> None:
    """Note what was written of a result: element, value, and whether the LMS kept it (None: it cannot be
    read). Other elements are passed over.
    """
    values = {element: [written, kept] for element, written, kept in writes if element in ELEMENTS}
    if values:
        _NOTE.row(
            {
                "registration": registration_id,
                "organization": organization_id,
                "dispatch": dispatch_id,
                "standard": ELEMENTS[next(iter(values))],
                "values": msgspec.json.encode(values).decode(),
                "at": at,
            }
        )


def embedded(completion: str, success: str, unsaved: Iterable[str], differing: Iterable[str]) -> list[Any]:
    """What a SCO of an embedded course has told its LMS, and whether the LMS kept it; what was not saved, and
    what the LMS has otherwise.
    """
    written_state = UNSAVED if any(element in ELEMENTS for element in unsaved) else f"{completion} {success}"
    return [written_state, not any(element in ELEMENTS for element in differing)]


# What the stub would write of a registration now (package/stub/mapping.js says it in the browser), compared
# with what it did write.
_STATE = """(
SELECT CASE
    -- Begun anew here: a finished status is not taken back.
    WHEN r.completion <> 'completed'
     AND (l.values #>> '{cmi.core.lesson_status,0}' IN ('passed', 'completed', 'failed')
          OR l.values #>> '{cmi.completion_status,0}' = 'completed')
    THEN 'differs'
    -- Failed there by the LMS's masteryScore, and passed here.
    WHEN l.standard = 'cmi5' AND r.success = 'passed'
     AND l.values ? 'failed' AND NOT l.values ? 'passed'
    THEN 'differs'
    -- Something of the result was not written, or nothing of it.
    WHEN l.registration_id IS NULL OR NOT (
      CASE l.standard
        -- The course wrote by itself: what each SCO told is kept as one text, such as completed passed. What
        -- somebody has set by hand never came to it.
        WHEN 'embedded' THEN
          r.manual_at IS NULL
          AND NOT l.values @? '$.*[0] ? (@ == "unsaved")'
          AND (r.completion <> 'completed'
               OR NOT l.values @? '$.*[0] ? (!(@ starts with "completed "))')
          AND (r.success = 'unknown'
               OR EXISTS (SELECT FROM jsonb_each(l.values) AS sco
                           WHERE split_part(sco.value ->> 0, ' ', 2) = r.success))
        -- One element has both, and success comes before completion.
        WHEN 'scorm12' THEN
          l.values #>> '{cmi.core.lesson_status,0}'
            = CASE WHEN r.success <> 'unknown' THEN r.success
                   WHEN r.completion = 'completed' THEN 'completed'
                   ELSE 'incomplete' END
          AND (e.percent IS NULL
               OR abs((l.values #>> '{cmi.core.score.raw,0}')::float8 - e.percent) < 0.0001)
        WHEN 'scorm2004' THEN
          l.values #>> '{cmi.completion_status,0}'
            = CASE WHEN r.completion = 'completed' THEN 'completed' ELSE 'incomplete' END
          AND (r.success = 'unknown' OR l.values #>> '{cmi.success_status,0}' = r.success)
          AND (e.scaled IS NULL
               OR abs((l.values #>> '{cmi.score.scaled,0}')::float8 - e.scaled) < 0.0001)
        -- Statements of cmi5, by their verbs.
        ELSE
          (r.completion <> 'completed' OR l.values ? 'completed')
          AND (r.success = 'unknown' OR l.values ? r.success)
      END IS TRUE)
    THEN 'not_written'
    -- All was written; the second of each pair says whether the LMS kept it.
    WHEN l.values @? '$.*[1] ? (@ == false)' THEN 'differs'
    WHEN l.values @? '$.*[1] ? (@ == null)' THEN 'unreadable'
    ELSE 'confirmed' END
  FROM report_registrations r
  LEFT JOIN dispatch_lmsresult l ON l.registration_id = r.id
  -- The score that the stub makes of this one: in points from 0 to 100 for SCORM 1.2, else scaled.
  CROSS JOIN LATERAL (SELECT
    CASE WHEN r.score_raw IS NOT NULL AND r.score_max > r.score_min
          AND NOT (r.score_min = 0 AND r.score_max = 100)
         THEN greatest(0, least(100, (r.score_raw - r.score_min) / (r.score_max - r.score_min) * 100))
         WHEN r.score_raw BETWEEN 0 AND 100
         THEN r.score_raw
         WHEN r.score_scaled IS NOT NULL
         THEN greatest(0, least(100, r.score_scaled * 100)) END AS percent,
    CASE WHEN r.score_scaled IS NOT NULL
         THEN greatest(-1, least(1, r.score_scaled))
         WHEN r.score_raw IS NOT NULL AND coalesce(r.score_max, 100) > coalesce(r.score_min, 0)
         THEN greatest(0, least(1, (r.score_raw - coalesce(r.score_min, 0))
                                   / (coalesce(r.score_max, 100) - coalesce(r.score_min, 0)))) END AS scaled
  ) e
 WHERE r.id = %(expressions)s)"""


_DIFFERS = _STATE % {"expressions": "k.registration_id"} + " = 'differs'"
# A row that is being written has another change in the queue soon, and is not waited for.
_COMPARE = f"""
UPDATE dispatch_lmsresult l
   SET differs = NOT l.differs
  FROM (
    SELECT k.registration_id
      FROM dispatch_lmsresult k
     WHERE k.organization_id = %(organization)s
       AND k.registration_id IN (SELECT registration_id FROM taken_changes)
       AND k.differs <> ({_DIFFERS})
       FOR NO KEY UPDATE SKIP LOCKED
  ) k
 WHERE l.registration_id = k.registration_id
"""  # noqa: S608 — put together from this file's own words


def compare_changed(organization_id: UUID) -> None:
    """Note again of the registrations in `change_queue`'s ``taken_changes`` whether their LMSs' results
    differ, so that those can be counted without looking at all others.
    """
    with connection.cursor() as cursor:
        cursor.execute(_COMPARE, {"organization": organization_id})


def with_state(registrations: QuerySet[Registration]) -> QuerySet[Registration]:
    """These registrations, each with ``lms_state``: one of `STATES`."""
    return registrations.annotate(lms_state=Func(F("pk"), template=_STATE, output_field=CharField()))


def in_an_lms(registrations: QuerySet[Registration]) -> QuerySet[Registration]:
    """Those of them who have begun, and not by direct links alone: behind those there is no LMS."""
    launched = Session.objects.filter(registration=OuterRef("pk"))
    linked = Exists(launched) & ~Exists(launched.exclude(deployment__domain="", deployment__stub_version=""))
    return registrations.exclude(completion="not attempted").exclude(linked)


def counts(registrations: QuerySet[Registration]) -> dict[str, Any]:
    """How many of these learners' results are in which state, of those `in_an_lms`; and the share that is
    confirmed, None where nobody has begun.
    """
    begun = with_state(in_an_lms(registrations))
    counts = begun.aggregate(
        results=Count("id"), **{state: Count("id", filter=Q(lms_state=state)) for state in STATES}
    )
    return {**counts, "share": counts["confirmed"] / counts["results"] if counts["results"] else None}
