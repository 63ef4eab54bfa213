"""Reading assignments, always from the organization down."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from django.conf import settings
from django.db.models import Q, QuerySet

from heliograph.core import clock
from heliograph.core.errors import NotFound
from heliograph.core.ids import parse_id
from heliograph.core.scope import limited
from heliograph.core.translation import gettext
from heliograph.organizations.models import Assignment
from heliograph.runtime import queries as registrations

if TYPE_CHECKING:
    from heliograph.accounts.models import Membership
    from heliograph.core.actor import Actor
    from heliograph.runtime.models import Registration


class AssignmentNotFound(NotFound):
    code = "assignment_not_found"


def assignments(organization_id: UUID, search: str = "", state: str = "") -> QuerySet[Assignment]:
    """The organization's assignments, newest first; ``state`` is *open*, *overdue* or *completed*."""
    rows = limited(Assignment.objects.filter(organization_id=organization_id))
    if search:
        rows = rows.filter(
            Q(member__user__name__icontains=search)
            | Q(member__user__email__icontains=search)
            | Q(registration__course__title__icontains=search)
        )
    completed, overdue = ~Q(registration__completed_at=None), Q(due_at__lt=clock.now())
    match state:
        case "completed":
            rows = rows.filter(completed)
        case "overdue":
            rows = rows.exclude(completed).filter(overdue)
        case "open":
            rows = rows.exclude(completed).exclude(overdue)
    return rows.select_related("member__user", "registration__course", "registration__learner").order_by(
        "-id"
    )


def of_limited(actor: Actor) -> Q:
    """What somebody finds whose role is limited: assignments whose registrations they find."""
    return Q(registration__in=registrations.learning(actor.organization_id).values("id"))


def assignment(organization_id: UUID, assignment_id: str) -> Assignment:
    """One assignment by id. Raises `AssignmentNotFound`."""
    by_id = parse_id(assignment_id)
    found = assignments(organization_id).filter(id=by_id).first() if by_id else None
    if found is None:
        raise AssignmentNotFound(gettext("Assignment not found."))
    return found


def of_member(member: Membership) -> list[Assignment]:
    """A member's own assignments: what is to do first, by due date, then what is completed."""
    mine = list(assignments(member.organization_id).filter(member=member))
    never = max((row.due_at for row in mine if row.due_at), default=clock.now())
    return sorted(mine, key=lambda row: (row.state == "completed", row.due_at is None, row.due_at or never))


def of_member_on(member: Membership, course_id: str) -> Assignment:
    """A member's own assignment on a course, by the course's id or key. Raises `AssignmentNotFound`."""
    by_id = parse_id(course_id)
    course = Q(registration__course_id=by_id) if by_id else Q(registration__course__key=course_id)
    found = assignments(member.organization_id).filter(course, member=member).first()
    if found is None:
        raise AssignmentNotFound(gettext("This course is not assigned to you."))
    return found


def way_back(registration: Registration) -> str:
    """Where leaving a course leads that the organization assigned itself; empty for all others."""
    if registration.dispatch_id is not None:
        return ""
    if not Assignment.objects.filter(registration=registration).exists():
        return ""
    return f"{settings.HELIOGRAPH.url}/lms/courses/{registration.course_id}/"
