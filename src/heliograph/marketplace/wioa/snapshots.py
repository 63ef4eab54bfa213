"""Snapshots: what is known of an organization's participants at a moment, a line of JSON for each of them in
the order of their numbers, after one line about the whole. Reports are made of nothing else.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import IO, Any
from uuid import UUID

from heliograph.marketplace.models import (
    Participant,
    ProgramReporting,
    ProgramVersion,
    ReportRun,
    WioaSettings,
)

AT_ONCE = 500


def lines(run: ReportRun) -> Iterator[str]:
    """The lines of a snapshot of what is known now, with their ends."""
    yield _line(_head(run))
    people = Participant.objects.filter(organization_id=run.organization_id).order_by("number")
    people = people.prefetch_related(
        "participations__board",
        "episodes__enrollment",
        "attainments",
        "outcomes",
        "participations__gains",
    )
    for person in people.iterator(chunk_size=AT_ONCE):
        yield _line(_person(person))


def read(file: IO[bytes]) -> tuple[dict[str, Any], Iterator[dict[str, Any]]]:
    """The head of a snapshot, and its people one by one."""
    each = iter(file)
    head: dict[str, Any] = json.loads(next(each))
    return head, (json.loads(line) for line in each)


def _line(said: dict[str, Any]) -> str:
    return json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":")) + "\n"


def _head(run: ReportRun) -> dict[str, Any]:
    settings = WioaSettings.objects.get(organization_id=run.organization_id)
    return {
        "provider": settings.provider,
        "state": settings.state,
        "as_of": str(run.as_of),
        "since": str(run.since),
        "until": str(run.until),
        "least_cell": run.least_cell,
        "board": str(run.board_id) if run.board_id else None,
        "programs": dict(_programs(run.organization_id)),
    }


def _programs(organization_id: UUID) -> Iterable[tuple[str, dict[str, Any]]]:
    codes = {row.program_id: row for row in ProgramReporting.objects.filter(organization_id=organization_id)}
    versions = ProgramVersion.objects.filter(program__organization_id=organization_id)
    for version in versions.order_by("program_id", "number"):  # the last one stays
        said = codes.get(version.program_id) or ProgramReporting()
        yield (
            str(version.program_id),
            {
                "title": version.title,
                "state_key": said.state_key,
                "cip": said.cip_code,
                "outcome_type": said.outcome_type,
                "hours": said.hours,
                "weeks": version.weeks,
                "cost_cents": version.price_cents,
                "listed_on": str(said.listed_on or ""),
            },
        )


def _person(person: Participant) -> dict[str, Any]:
    participations = sorted(person.participations.all(), key=lambda row: (row.entered_on, row.id))
    return {
        "id": str(person.id),
        "number": person.number,
        "born": str(person.born_on) if person.born_on else None,
        "participations": [
            {
                "id": str(row.id),
                "board": str(row.board_id) if row.board_id else None,
                "board_code": row.board.code if row.board else "",
                "case": row.case_number,
                "adult": row.adult,
                "dislocated_worker": row.dislocated_worker,
                "youth": row.youth,
                "employment": row.employment_at_entry,
                "education": row.education_at_entry,
                "entered": str(row.entered_on),
                "exited": str(row.exited_on) if row.exited_on else None,
                "reason": row.exit_reason,
            }
            for row in participations
        ],
        "episodes": [
            {
                "program": str(row.enrollment.program_id),
                "participation": str(row.participation_id) if row.participation_id else None,
                "entered": str(row.entered_on),
                "ended": str(row.ended_on) if row.ended_on else None,
                "outcome": row.outcome,
                "type": row.training_type,
                "occupation": row.occupation_code,
                "cip": row.cip_code,
            }
            for row in sorted(person.episodes.all(), key=lambda row: (row.entered_on, row.id))
        ],
        "credentials": [
            {"type": row.type, "on": str(row.attained_on)}
            for row in sorted(person.attainments.all(), key=lambda row: (row.attained_on, row.id))
            if row.revoked_at is None
        ],
        "gains": [
            {"type": gain.type, "on": str(gain.gained_on), "participation": str(row.id)}
            for row in participations
            for gain in sorted(row.gains.all(), key=lambda each: (each.gained_on, each.id))
            if gain.revoked_at is None
        ],
        "outcomes": {
            f"{row.year}Q{row.quarter}": {
                "employed": row.employed,
                "match": row.match,
                "wages": row.wages_cents,
                "employer": row.employer_number,
            }
            for row in person.outcomes.all()
        },
    }
