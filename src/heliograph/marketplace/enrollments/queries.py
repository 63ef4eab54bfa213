"""Reading enrollments, always from the organization down."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from heliograph.core.ids import parse_id
from heliograph.core.scope import refuse_limited
from heliograph.core.translation import gettext
from heliograph.marketplace.errors import EnrollmentNotFound, ProgramPartNotFound
from heliograph.marketplace.models import Enrollment, EnrollmentPart, HolderMember


def enrollments(
    organization_id: UUID, search: str = "", state: str = "", program: str = ""
) -> QuerySet[Enrollment]:
    """The organization's enrollments, newest first, each with how many ``required`` parts it has and how many
    of them are ``completed``.
    """
    refuse_limited()
    rows = Enrollment.objects.filter(organization_id=organization_id)
    if search:
        rows = rows.filter(
            Q(student__user__name__icontains=search)
            | Q(student__name__icontains=search)
            | Q(student__user__email__icontains=search)
            | Q(version__title__icontains=search)
        )
    if state:
        rows = rows.filter(state=state)
    if program:
        rows = rows.filter(program_id=program)
    return (
        rows.select_related(
            "program__holder", "version", "cohort", "student__user", "student__organization", "application"
        )
        .annotate(
            required=Count("parts", filter=Q(parts__part__required=True)),
            completed=Count("parts", filter=Q(parts__part__required=True) & ~Q(parts__completed_at=None)),
        )
        .order_by("-id")
    )


def enrollment(organization_id: UUID, enrollment_id: str) -> Enrollment:
    """One enrollment by id. Raises `EnrollmentNotFound`."""
    by_id = parse_id(enrollment_id)
    found = enrollments(organization_id).filter(id=by_id).first() if by_id else None
    if found is None:
        raise EnrollmentNotFound(gettext("Enrollment not found."))
    return found


def parts(enrollment: Enrollment) -> QuerySet[EnrollmentPart]:
    """The parts of an enrollment in their order, with their claims, the newest first."""
    rows = enrollment.parts.select_related("part", "registration", "enrollment")
    return rows.prefetch_related("claims__files").order_by("part__position")


def members_in_use(member_ids: Collection[UUID]) -> set[UUID]:
    """Which of these members are students, or work for a program holder."""
    students = Enrollment.objects.filter(student__in=member_ids).values_list("student_id", flat=True)
    people = HolderMember.objects.filter(member__in=member_ids).values_list("member_id", flat=True)
    return {*students, *people}


def part(enrollment: Enrollment, part_id: str) -> EnrollmentPart:
    """A part of an enrollment by id. Raises `ProgramPartNotFound`."""
    by_id = parse_id(part_id)
    found = parts(enrollment).filter(id=by_id).first() if by_id else None
    if found is None:
        raise ProgramPartNotFound(gettext("Program part not found."))
    return found
