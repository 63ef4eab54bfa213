"""REST routes of assignments: those of the organization, and one's own."""

from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema, Status

from heliograph.accounts import queries as accounts
from heliograph.accounts.api_auth import SIGNED_IN
from heliograph.accounts.groups import queries as groups
from heliograph.accounts.page_access import actor_of
from heliograph.core.errors import Invalid
from heliograph.core.permissions import Permission
from heliograph.core.translation import gettext
from heliograph.core.web.paging import DatedQuery, page_of
from heliograph.core.web.schemas import Body, Moment, problems
from heliograph.courses import queries as courses
from heliograph.organizations.assignments import actions, queries
from heliograph.organizations.models import Assignment

if TYPE_CHECKING:
    from heliograph.accounts.models import Membership
    from heliograph.core.actor import Actor

router = Router(tags=["Assignments"], auth=SIGNED_IN)


class AssignmentOut(Schema):
    id: str
    user: str = Field(description="ID of the member.")
    email: str
    course: str = Field(description="ID of the course.")
    registration: str = Field(description="ID of the registration, which has the results.")
    state: Literal["open", "overdue", "completed"]
    due_at: datetime | None
    assigned_by: str
    created_at: datetime


class AssignmentPage(Schema):
    items: list[AssignmentOut]
    next_cursor: str | None
    next: str | None


class AssignmentQuery(DatedQuery):
    search: str = Field("", description="Part of the user's name or email, or of the course's title.")
    state: Literal["", "open", "overdue", "completed"] = Field("", description="Assignment state.")
    course: str = Field("", description="ID or key of a course.")
    user: str = Field("", description="ID of a member.")


class AssignmentNew(Body):
    course: str = Field(description="ID or key of the course.")
    users: list[str] = Field([], description="IDs of members.")
    emails: list[str] = Field([], description="Email addresses of members.")
    group: str = Field("", description="ID of a group: its active members now, and nobody who joins later.")
    due_at: Moment | None = None
    notify: bool = Field(False, description="Mail those who are new on the course.")


class AssignmentsMade(Schema):
    items: list[AssignmentOut] = Field(description="Those that are new.")


class AssignmentChange(Body):
    due_at: Moment | None = Field(description="Null for no due date.")


@router.get("", response={200: AssignmentPage, **problems(404, 422)}, summary="List assignments")
def list_assignments(request: HttpRequest, query: Query[AssignmentQuery]) -> Any:
    """Courses that the organization assigned to members itself, newest first."""
    actor = actor_of(request)
    actor.require(Permission.REGISTRATIONS_VIEW)
    rows = queries.assignments(actor.organization_id, query.search, query.state)
    if query.course:
        rows = rows.filter(registration__course=courses.course(actor.organization_id, query.course))
    if query.user:
        rows = rows.filter(member=accounts.member(actor.organization_id, query.user))
    return page_of(request, rows, query, show_assignment)


@router.post(
    "", response={201: AssignmentsMade, **problems(404, 409, 422)}, summary="Assign a course to users"
)
def create_assignments(request: HttpRequest, body: AssignmentNew) -> Any:
    """All of them, or nobody; at most 20,000 at once. `users`, `emails` and `group` add up. Who has the
    course already gets the due date, if one is given.
    """
    actor = actor_of(request)
    actor.require(Permission.REGISTRATIONS_MANAGE)
    course = courses.course(actor.organization_id, body.course)
    made = actions.assign(actor, course, _members(actor, body), due_at=body.due_at, notify=body.notify)
    return Status(201, {"items": [show_assignment(assignment) for assignment in made]})


def _members(actor: "Actor", body: AssignmentNew) -> "list[Membership]":
    """Those that are named, each once. Raises `Invalid`, `MemberNotFound` and `GroupNotFound`."""
    named = [
        *accounts.members_by_ids(actor.organization_id, body.users),
        *accounts.members_by_emails(actor.organization_id, body.emails, field="emails"),
    ]
    if body.group:
        named += groups.people(groups.group(actor, body.group)).filter(is_active=True)
    elif "users" not in body.model_fields_set and not named:
        raise Invalid(gettext("Name users, email addresses or a group."), code="users_missing", field="users")
    return list({member.id: member for member in named}.values())


@router.patch(
    "/{assignment_id}", response={200: AssignmentOut, **problems(404, 422)}, summary="Change a due date"
)
def change_assignment(request: HttpRequest, assignment_id: str, body: AssignmentChange) -> Any:
    """Reminders go out seven days and one day before, and a day after the due date."""
    actor = actor_of(request)
    return show_assignment(actions.change_due(actor, _assignment(request, assignment_id), body.due_at))


@router.delete("/{assignment_id}", response={204: None, **problems(404)}, summary="Withdraw a user")
def withdraw_assignment(request: HttpRequest, assignment_id: str) -> Any:
    """The course leaves the user's page. Results are kept."""
    actions.withdraw(actor_of(request), _assignment(request, assignment_id))
    return Status(204, None)


def show_assignment(assignment: Assignment) -> dict[str, Any]:
    return {
        "id": str(assignment.id),
        "user": str(assignment.member_id),
        "email": assignment.member.user.email,
        "course": str(assignment.registration.course_id),
        "registration": str(assignment.registration_id),
        "state": assignment.state,
        "due_at": assignment.due_at,
        "assigned_by": assignment.assigned_by,
        "created_at": assignment.created_at,
    }


def _assignment(request: HttpRequest, assignment_id: str) -> Assignment:
    actor = actor_of(request)
    actor.require(Permission.REGISTRATIONS_VIEW)
    return queries.assignment(actor.organization_id, assignment_id)
