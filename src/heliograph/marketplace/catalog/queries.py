"""What the public reads: programs in a given order, what became of their students, and all addresses."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, Q

from heliograph.marketplace.models import Enrollment, Program
from heliograph.marketplace.programs.queries import offered
from heliograph.marketplace.rules import EnrollmentState


def programs(organization_id: UUID, program_ids: Sequence[UUID]) -> list[Program]:
    """The published programs of these, in their order."""
    rows = offered(organization_id).in_bulk(program_ids)
    return [rows[program_id] for program_id in program_ids if program_id in rows]


def by_keys(organization_id: UUID, keys: Iterable[str]) -> list[Program]:
    """The published programs with these keys, in their order."""
    listed = list(dict.fromkeys(keys))
    rows = {program.key: program for program in offered(organization_id).filter(key__in=listed)}
    return [rows[key] for key in listed if key in rows]


@dataclass(frozen=True)
class Outcomes:
    """How many students are through with a program, and how many percent of them completed it."""

    ended: int
    percent: int


def outcomes(program: Program, fewest: int) -> Outcomes | None:
    """What became of those who enrolled; None where it would tell about fewer than ``fewest`` people."""
    rows = Enrollment.objects.filter(organization_id=program.organization_id, program=program)
    counts = rows.aggregate(
        completed=Count("id", Q(state=EnrollmentState.COMPLETED)),
        left=Count("id", Q(state=EnrollmentState.WITHDRAWN, enrolled_at__isnull=False)),
    )
    ended = counts["completed"] + counts["left"]
    if ended < fewest or any(0 < number < fewest for number in counts.values()):
        return None
    return Outcomes(ended, round(100 * counts["completed"] / ended))
