"""Finding whose a result is, for thousands at once: by the partner's ID of the person, by voucher, by email,
name and date together. Never by a name alone, and never where two are equally good.

All of it is SQL over a set of results: rows that were just staged, or those that were not matched before.
"""

from __future__ import annotations

from uuid import UUID

# The parts of programs that this partner's keys stand for, in every version: by the part's title, or by its
# position where no part of the version has that title.
_PARTS = """
parts AS MATERIALIZED (
  SELECT mapping.key, version.id AS version_id, part.id AS part_id
  FROM marketplace_partnerprogram mapping
  JOIN marketplace_programversion version ON version.program_id = mapping.program_id
  JOIN LATERAL (
    SELECT part.id FROM marketplace_programpart part
    WHERE part.version_id = version.id AND part.kind = 'partner'
      AND (part.title = mapping.part_title OR part.position = mapping.part_position)
    ORDER BY part.title = mapping.part_title DESC LIMIT 1
  ) part ON true
  WHERE mapping.partner_id = %(partner)s
)"""
# Who somebody is here, by each of the three ways; a level is better the lower it is.
_FOUND = """
found AS (
  SELECT wanted.n, 1 AS level, enrollment.id AS enrollment_id, enrollment.version_id, enrollment.student_id,
    wanted.program_key, wanted.taken_at >= enrollment.created_at - interval '1 day' AS is_timely
  FROM wanted
  JOIN marketplace_partneraccount account
    ON account.partner_id = %(partner)s AND account.external_id = wanted.person_id
  JOIN marketplace_enrollment enrollment ON enrollment.student_id = account.member_id
  WHERE wanted.person_id <> '' AND enrollment.state IN ('enrolled', 'active', 'on_hold', 'completed')
  UNION ALL
  SELECT wanted.n, 2, enrollment.id, enrollment.version_id, enrollment.student_id,
    wanted.program_key, wanted.taken_at >= enrollment.created_at - interval '1 day'
  FROM wanted
  JOIN marketplace_partnervoucher voucher
    ON voucher.partner_id = %(partner)s AND voucher.digest = wanted.voucher
  JOIN marketplace_enrollmentpart given ON given.id = voucher.part_id
  JOIN marketplace_enrollment enrollment ON enrollment.id = given.enrollment_id
  WHERE wanted.voucher <> '' AND enrollment.state IN ('enrolled', 'active', 'on_hold', 'completed')
  UNION ALL
  SELECT wanted.n, 3, enrollment.id, enrollment.version_id, enrollment.student_id, wanted.program_key, true
  FROM wanted
  JOIN report_members member
    ON member.organization_id = %(organization)s AND member.email = wanted.email AND member.name = wanted.name
  JOIN marketplace_enrollment enrollment ON enrollment.student_id = member.member_id
  WHERE wanted.email <> '' AND wanted.name <> ''
    AND enrollment.state IN ('enrolled', 'active', 'on_hold', 'completed')
    AND wanted.taken_at >= enrollment.created_at - interval '1 day'
)"""
# The best way that found anybody, and how many it found; persons that the two sure ways name must be one.
_VERDICTS = """
ranked AS (
  SELECT found.n, found.level, found.student_id, own.id AS part_id,
    rank() OVER (PARTITION BY found.n ORDER BY found.level, found.is_timely DESC) AS place
  FROM found
  JOIN parts ON parts.key = found.program_key AND parts.version_id = found.version_id
  JOIN marketplace_enrollmentpart own
    ON own.enrollment_id = found.enrollment_id AND own.part_id = parts.part_id
),
verdicts AS (
  SELECT n, min(level) AS level, (array_agg(part_id ORDER BY place))[1] AS part_id,
    count(DISTINCT part_id) FILTER (WHERE place = 1) AS candidates,
    count(DISTINCT student_id) FILTER (WHERE level <= 2) AS people
  FROM ranked GROUP BY n
)"""
WAYS = "CASE verdicts.level WHEN 1 THEN 'account' WHEN 2 THEN 'voucher' ELSE 'person' END"
IS_MATCHED = "verdicts.candidates = 1 AND verdicts.people <= 1"
UNMATCHED_REASON = """CASE
  WHEN verdicts.people > 1 THEN 'contradictory'
  WHEN verdicts.candidates > 1 THEN 'ambiguous'
  WHEN NOT EXISTS (SELECT FROM parts WHERE parts.key = {key}) THEN 'program_unknown'
  ELSE 'nobody' END"""


def verdicts(wanted: str) -> str:
    """The common table expressions that end in ``verdicts``, about the rows of the query ``wanted``: ``n``,
    ``person_id``, ``voucher``, ``email``, ``name``, ``program_key`` and ``taken_at``.
    """
    return f"WITH wanted AS MATERIALIZED ({wanted}), {_PARTS}, {_FOUND}, {_VERDICTS}"


def parameters(organization_id: UUID, partner_id: UUID) -> dict[str, UUID]:
    """What the statements take."""
    return {"organization": organization_id, "partner": partner_id}
