"""Storing results: many at once by COPY into a staging table, matched there, and written once in their state.

Whatever was stored before is left alone, except where it says something else now: that waits as a correction.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction

from heliograph.core import clock
from heliograph.core.ids import new_id
from heliograph.marketplace.models import Partner, PartnerRun
from heliograph.marketplace.partners import matching
from heliograph.marketplace.partners.events import Event
from heliograph.marketplace.partners.rules import Outcome

if TYPE_CHECKING:
    from uuid import UUID

FEW = 1_000
_COLUMNS = (
    "external_id, person_id, voucher, email, name, program_key, status, outcome, score, taken_at, "
    "credential_id, credential_url, record, digest, reason"
)
_STAGE = """
CREATE TEMPORARY TABLE IF NOT EXISTS partner_stage (
  n uuid, external_id text, person_id text, voucher text, email text, name text, program_key text,
  status text, outcome text, score double precision, taken_at timestamptz, credential_id text,
  credential_url text, record text, digest text, reason text
) ON COMMIT DELETE ROWS"""
_WANTED = """
  SELECT n, person_id, voucher, email, name, program_key, taken_at FROM partner_stage
  WHERE outcome = 'completed' AND reason = ''"""
# Each staged row with its state: what cannot be read is dead, what was not completed is only kept, and what
# was completed is matched or waits for a person.
_JUDGED = f"""
{matching.verdicts(_WANTED)},
judged AS (
  SELECT stage.*,
    CASE WHEN stage.reason <> '' THEN 'dead' WHEN stage.outcome <> 'completed' THEN 'ignored'
      WHEN {matching.IS_MATCHED} THEN 'matched' ELSE 'unmatched' END AS state,
    CASE WHEN stage.reason <> '' THEN stage.reason WHEN stage.outcome <> 'completed' THEN 'not_completed'
      WHEN {matching.IS_MATCHED} THEN '' ELSE {matching.UNMATCHED_REASON.format(key="stage.program_key")}
      END AS why,
    CASE WHEN {matching.IS_MATCHED} THEN {matching.WAYS} ELSE '' END AS way,
    CASE WHEN {matching.IS_MATCHED} THEN verdicts.part_id END AS part_id
  FROM partner_stage stage LEFT JOIN verdicts ON verdicts.n = stage.n
)"""  # noqa: S608 - our own text
_INSERT = f"""
{_JUDGED},
stored AS (
  INSERT INTO marketplace_partnerresult (
    id, organization_id, partner_id, run_id, external_id, person_id, voucher, email, name, program_key,
    status, outcome, score, taken_at, credential_id, credential_url, record, seen, state, reason, error,
    matched_by, part_id, decided_by, created_at)
  SELECT n, %(organization)s, %(partner)s, %(run)s, external_id, person_id, voucher, email, name,
    program_key, status, outcome, score, taken_at, credential_id, credential_url, record::jsonb, digest,
    state, why, '', way, part_id, '', %(now)s
  FROM judged
  ON CONFLICT (partner_id, external_id, taken_at) DO NOTHING
  RETURNING state
)
SELECT state, count(*) FROM stored GROUP BY state"""  # noqa: S608 - our own text
# What is there already and says something that none of its contents said before.
_CORRECT = """
WITH other AS (
  SELECT DISTINCT ON (result.id) result.id, stage.*
  FROM partner_stage stage
  JOIN marketplace_partnerresult result ON result.partner_id = %(partner)s
    AND result.external_id = stage.external_id AND result.taken_at IS NOT DISTINCT FROM stage.taken_at
  WHERE position(stage.digest IN result.seen) = 0 AND length(result.seen) < 480 AND stage.reason = ''
  ORDER BY result.id, stage.n DESC
)
UPDATE marketplace_partnerresult result
SET seen = result.seen || ' ' || other.digest, corrected_at = %(now)s,
  correction = jsonb_build_object('status', other.status, 'outcome', other.outcome, 'score', other.score,
    'credential_id', other.credential_id, 'credential_url', other.credential_url, 'email', other.email,
    'name', other.name, 'person_id', other.person_id, 'program_key', other.program_key)
FROM other WHERE result.id = other.id"""
_AGAIN = f"""
{
    matching.verdicts('''
  SELECT id AS n, person_id, voucher, email, name, program_key, taken_at FROM marketplace_partnerresult
  WHERE organization_id = %(organization)s AND partner_id = %(partner)s AND state = 'unmatched' ''')
}
UPDATE marketplace_partnerresult result
SET state = CASE WHEN {matching.IS_MATCHED} THEN 'matched' ELSE 'unmatched' END,
  reason = CASE WHEN {matching.IS_MATCHED} THEN '' ELSE {
    matching.UNMATCHED_REASON.format(key="verdicts.program_key")
} END,
  matched_by = CASE WHEN {matching.IS_MATCHED} THEN {matching.WAYS} ELSE '' END,
  part_id = CASE WHEN {matching.IS_MATCHED} THEN verdicts.part_id END
FROM (SELECT wanted.program_key, wanted.n AS wanted_n, verdicts.* FROM wanted
  LEFT JOIN verdicts ON verdicts.n = wanted.n) verdicts
WHERE result.id = verdicts.wanted_n AND result.state = 'unmatched'"""  # noqa: S608 - our own text
_PREVIEW = f"{_JUDGED} SELECT n, state, why, way, part_id FROM judged ORDER BY n"  # noqa: S608 - our own text


@dataclass
class Counts:
    """What became of some results; the names are those of the columns of `PartnerRun`."""

    received: int = 0
    stored: int = 0
    matched: int = 0
    unmatched: int = 0
    ignored: int = 0
    dead: int = 0
    corrected: int = 0

    def add(self, other: Counts) -> None:
        for each in fields(self):
            setattr(self, each.name, getattr(self, each.name) + getattr(other, each.name))


@transaction.atomic
def store(partner: Partner, run: PartnerRun | None, events: Iterable[Event]) -> Counts:
    """Store results that are new, matched as far as they can be. Those that are under way are only counted.

    A result that is there already and says something else has a correction from then on.
    """
    counts = Counts()
    values: dict[str, Any] = matching.parameters(partner.organization_id, partner.id)
    values |= {"run": run.id if run else None, "now": clock.now()}
    with connection.cursor() as cursor:
        staged = _stage(cursor, events, counts)
        if staged > FEW:  # the planner then joins all of them at once
            cursor.execute("ANALYZE partner_stage; SET LOCAL work_mem = '64MB'; SET LOCAL jit = off")
        if staged:
            cursor.execute(_INSERT, values)
            for state, count in cursor.fetchall():
                setattr(counts, state, count)
                counts.stored += count
        if counts.stored < staged:
            cursor.execute(_CORRECT, values)
            counts.corrected = cursor.rowcount
        if staged:
            cursor.execute("DELETE FROM partner_stage")
    counts.ignored += counts.received - staged
    return counts


@transaction.atomic
def match_again(partner: Partner) -> None:
    """Look again for whose the results are that found nobody: people have enrolled, or were made known."""
    with connection.cursor() as cursor:
        cursor.execute(_AGAIN, matching.parameters(partner.organization_id, partner.id))


@dataclass(frozen=True)
class Preview:
    """A row as it would be stored."""

    event: Event
    state: str
    reason: str
    way: str
    part_id: UUID | None


@transaction.atomic
def preview(partner: Partner, events: Iterable[Event]) -> list[Preview]:
    """What would become of results; nothing is stored."""
    listed = list(events)
    with connection.cursor() as cursor:
        _stage(cursor, (event for event in listed if event.outcome != Outcome.OPEN), Counts())
        cursor.execute(_PREVIEW, matching.parameters(partner.organization_id, partner.id))
        verdicts: Iterator[Any] = iter(cursor.fetchall())
        cursor.execute("DELETE FROM partner_stage")
    shown = []
    for event in listed:
        if event.outcome == Outcome.OPEN:
            shown.append(Preview(event, "ignored", "not_completed", "", None))
        else:
            _, state, why, way, part_id = next(verdicts)
            shown.append(Preview(event, state, why, way, part_id))
    return shown


def _stage(cursor: Any, events: Iterable[Event], counts: Counts) -> int:
    """Copy the results to the staging table; how many there were that are not under way."""
    cursor.execute(_STAGE)
    staged, received, underway = 0, 0, Outcome.OPEN.value
    with cursor.copy(f"COPY partner_stage (n, {_COLUMNS}) FROM STDIN") as copy:
        for event in events:
            received += 1
            if event.outcome != underway:
                copy.write_row((new_id(), *event))
                staged += 1
    counts.received = received
    return staged
