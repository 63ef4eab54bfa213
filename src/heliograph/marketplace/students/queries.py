"""What a student finds of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db.models import Q, QuerySet

from heliograph.accounts.merging import queries as merges
from heliograph.core.ids import parse_id
from heliograph.core.translation import gettext
from heliograph.marketplace import rules
from heliograph.marketplace.enrollments import queries
from heliograph.marketplace.errors import CredentialNotFound, EnrollmentNotFound, ProgramPartNotFound
from heliograph.marketplace.models import AwardedCredential, Enrollment, EnrollmentPart

if TYPE_CHECKING:
    from heliograph.accounts.models import Membership
    from heliograph.runtime.models import Registration


def enrollments(student: Membership) -> list[Enrollment]:
    """A student's enrollments: what is to do first, then what has ended; the newest first."""
    mine = queries.enrollments(student.organization_id).filter(student=student)
    return sorted(mine, key=lambda row: row.state in rules.FINAL)


def enrollment(student: Membership, enrollment_id: str) -> Enrollment:
    """One of a student's own. Raises `EnrollmentNotFound`."""
    found = queries.enrollment(student.organization_id, enrollment_id)
    if found.student_id != student.id:
        raise EnrollmentNotFound(gettext("Enrollment not found."))
    return found


def part_of_course(student: Membership, course_id: str) -> EnrollmentPart:
    """The part of a student's current programs that is meant by its id, or by the id or key of its course.

    Raises `ProgramPartNotFound`.
    """
    by_id = parse_id(course_id)
    named = Q(id=by_id) | Q(part__course_id=by_id) if by_id else Q(part__course__key=course_id)
    mine = EnrollmentPart.objects.filter(named, enrollment__student=student)
    found = (
        mine.exclude(enrollment__state__in=[rules.EnrollmentState.WITHDRAWN, rules.EnrollmentState.REJECTED])
        .select_related("part", "enrollment__version", "enrollment__student__user")
        .order_by("-enrollment_id")
        .first()
    )
    if found is None:
        raise ProgramPartNotFound(gettext("This course is not part of your programs."))
    return found


def credentials(student: Membership) -> QuerySet[AwardedCredential]:
    """A student's own credentials, the newest first; of whoever was merged into them, too."""
    rows = AwardedCredential.objects.filter(
        Q(enrollment__student=student)
        | Q(enrollment__student__in=merges.into(student).order_by().values("merged"))
    )
    return rows.select_related("organization", "replaces", "replaced_by").order_by("-id")


def credential(student: Membership, number: str) -> AwardedCredential:
    """One of a student's own. Raises `CredentialNotFound`."""
    found = credentials(student).filter(number=number[:41].replace("\x00", "")).first()
    if found is None:
        raise CredentialNotFound(gettext("Credential not found."))
    return found


def way_back(registration: Registration) -> str:
    """Where leaving a course leads that is part of a program; empty for all others."""
    if registration.dispatch_id is not None:
        return ""
    part = EnrollmentPart.objects.filter(registration=registration).order_by("-id").first()
    return f"{settings.HELIOGRAPH.url}/lms/programs/{part.enrollment_id}/" if part else ""
