"""What would come of each row of a list: whose enrollment it means, and whether that can be completed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import TYPE_CHECKING
from uuid import UUID

from django.db.models import Count, Q

from heliograph.core.errors import Invalid
from heliograph.core.ids import parse_id
from heliograph.core.translation import gettext
from heliograph.marketplace import rules
from heliograph.marketplace.completion.actions import Completion, refuse_impossible
from heliograph.marketplace.completion_lists.reading import Said
from heliograph.marketplace.models import CompletionListRow, Enrollment, ProgramPart
from heliograph.marketplace.rules import EnrollmentState

if TYPE_CHECKING:
    from django.db.models import QuerySet

State = CompletionListRow.State
OPEN = rules.LEARNING | {EnrollmentState.ON_HOLD}


def check(mine: QuerySet[Enrollment], rows: Iterable[Said]) -> list[CompletionListRow]:
    """Rows to be kept; ``mine`` are the enrollments that may be marked."""
    listed = list(rows)
    by_id, by_email = _found(mine, listed)
    seen: dict[UUID, int] = {}
    made = []
    for said in listed:
        enrollment, problem = _whose(said, by_id, by_email)
        row = CompletionListRow(
            number=said.number,
            enrollment=enrollment,
            email=said.email,
            completed_at=said.completed_at,
            certificate_url=said.certificate_url[:1000],
            notes=said.notes,
        )
        row.state, row.problem = _verdict(said, enrollment, problem)
        if enrollment is not None and row.state == State.READY:
            if enrollment.id in seen:
                row.state = State.REFUSED
                row.problem = gettext("Row %(number)s is about the same student and program.") % {
                    "number": seen[enrollment.id]
                }
            seen.setdefault(enrollment.id, said.number)
        made.append(row)
    return made


def _found(
    mine: QuerySet[Enrollment], rows: list[Said]
) -> tuple[dict[UUID, Enrollment], dict[str, list[Enrollment]]]:
    ids = {known for said in rows if (known := parse_id(said.enrollment))}
    emails = {said.email for said in rows if said.email and not said.enrollment}
    partly = ~Q(parts__part__kind=ProgramPart.Kind.COURSE)
    found = (
        mine.filter(Q(id__in=ids) | Q(student__user__email__in=emails))
        .select_related("student__user", "version", "program")
        .annotate(
            markable=Count("parts", filter=partly),
            unmarked=Count("parts", filter=partly & Q(parts__completed_at=None)),
        )
        .order_by("id")
    )
    by_email: dict[str, list[Enrollment]] = defaultdict(list)
    by_id: dict[UUID, Enrollment] = {}
    for enrollment in found:
        by_id[enrollment.id] = enrollment
        by_email[enrollment.student.user.email.lower()].append(enrollment)
    return by_id, by_email


def _whose(
    said: Said, by_id: dict[UUID, Enrollment], by_email: dict[str, list[Enrollment]]
) -> tuple[Enrollment | None, str]:
    """The enrollment that a row means, or why there is none."""
    if said.enrollment:
        found = by_id.get(parse_id(said.enrollment))  # type: ignore[arg-type]
        return found, "" if found else gettext("No enrollment has this ID.")
    if not said.email:
        return None, gettext("The email address is missing.")
    fitting = by_email.get(said.email, [])
    if said.program:
        wanted = said.program.casefold()
        fitting = [row for row in fitting if wanted in (row.version.title.casefold(), row.program.key)]
    for states in (OPEN, {EnrollmentState.COMPLETED}):
        best = [row for row in fitting if row.state in states]
        if len(best) == 1:
            return best[0], ""
        if best:
            return None, gettext("This student has several programs. Name one in a column “program”.")
    if fitting:
        return fitting[-1], ""
    if said.program:
        return None, gettext("No student with this email address is in “%(program)s”.") % {
            "program": said.program[:100]
        }
    return None, gettext("No student has this email address.")


def _verdict(said: Said, enrollment: Enrollment | None, problem: str) -> tuple[CompletionListRow.State, str]:
    if said.problem:
        return State.REFUSED, said.problem
    if said.completed_at is None:
        return State.SKIPPED, ""
    if enrollment is None:
        return State.REFUSED, problem
    if enrollment.state == EnrollmentState.COMPLETED:
        return State.UNCHANGED, ""
    if enrollment.state not in OPEN:
        return State.REFUSED, gettext("This student is not enrolled any more, or not yet.")
    if not enrollment.markable:  # type: ignore[attr-defined]
        return State.REFUSED, gettext("Courses of the organization complete themselves: nothing to mark.")
    if not enrollment.unmarked:  # type: ignore[attr-defined]
        return State.UNCHANGED, ""
    try:
        refuse_impossible(Completion(said.completed_at, None, said.certificate_url, said.notes))
    except Invalid as reason:
        return State.REFUSED, reason.sentence
    return State.READY, ""
