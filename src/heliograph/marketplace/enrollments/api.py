"""REST routes of enrollments."""

from datetime import datetime
from typing import Any, Literal

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema, Status

from heliograph.accounts import queries as accounts
from heliograph.accounts.api_auth import SIGNED_IN
from heliograph.accounts.page_access import actor_of
from heliograph.core.permissions import Permission
from heliograph.core.web.paging import DatedQuery, page_of
from heliograph.core.web.schemas import Body, problems
from heliograph.marketplace.enrollments import actions, queries
from heliograph.marketplace.models import Enrollment
from heliograph.marketplace.programs import queries as programs

router = Router(tags=["Enrollments"], auth=SIGNED_IN)
State = Literal[
    "applied",
    "eligible",
    "documents_complete",
    "approved",
    "rejected",
    "enrolled",
    "active",
    "on_hold",
    "completed",
    "withdrawn",
]


class EnrollmentPartOut(Schema):
    id: str
    title: str
    kind: Literal["course", "holder", "partner"]
    required: bool
    registration: str | None = Field(description="ID of the registration, of a course of ours.")
    completed_at: datetime | None
    score: float | None = Field(description="From 0 to 1.")


class EnrollmentOut(Schema):
    id: str
    program: str = Field(description="ID of the program.")
    version: int
    cohort: str | None = Field(description="ID of the start.")
    student: str = Field(description="ID of the member.")
    email: str
    status: State
    status_since: datetime
    created_at: datetime
    enrolled_at: datetime | None
    completed_at: datetime | None
    parts: list[EnrollmentPartOut]
    credential: str | None = Field(description="Number of the valid credential.")


class EnrollmentPage(Schema):
    items: list[EnrollmentOut]
    next_cursor: str | None
    next: str | None


class EnrollmentQuery(DatedQuery):
    search: str = Field("", description="Part of the student's name or email, or of the program's title.")
    status: Literal["", State] = Field("", description="Status of the enrollment.")
    program: str = Field("", description="ID or key of a program.")


class EnrollmentNew(Body):
    program: str = Field(description="ID or key of the program.")
    email: str = Field(description="Email address of a member of the organization.")
    cohort: str = Field("", description="ID of a start.")


class EnrollmentDecision(Body):
    status: Literal[
        "eligible", "documents_complete", "approved", "rejected", "on_hold", "active", "withdrawn"
    ] = Field(description="`active` ends a hold, or reopens what was withdrawn.")
    reason: str = Field("", description="Needed for all but `eligible`, `documents_complete`, `approved`.")


@router.get("", response={200: EnrollmentPage, **problems(404, 422)}, summary="List enrollments")
def list_enrollments(request: HttpRequest, query: Query[EnrollmentQuery]) -> Any:
    """Students in programs, newest first."""
    actor = actor_of(request)
    actor.require(Permission.PROGRAMS_VIEW)
    program = str(programs.program(actor.organization_id, query.program).id) if query.program else ""
    rows = queries.enrollments(actor.organization_id, query.search, query.status, program)
    return page_of(request, rows.prefetch_related("parts__part", "credentials"), query, show_enrollment)


@router.post(
    "", response={201: EnrollmentOut, **problems(404, 409, 422)}, summary="Enroll a user in a program"
)
def create_enrollment(request: HttpRequest, body: EnrollmentNew) -> Any:
    """Without an application, at once, while there is a place."""
    actor = actor_of(request)
    actor.require(Permission.ENROLLMENTS_MANAGE)
    program = programs.program(actor.organization_id, body.program)
    cohort = programs.cohort(program, body.cohort) if body.cohort else None
    [member] = accounts.members_by_emails(actor.organization_id, [body.email], field="email")
    made = actions.enroll_directly(actor, program, member, cohort)
    return Status(201, show_enrollment(queries.enrollment(actor.organization_id, str(made.id))))


@router.get("/{enrollment_id}", response={200: EnrollmentOut, **problems(404)}, summary="Get an enrollment")
def get_enrollment(request: HttpRequest, enrollment_id: str) -> Any:
    """With its parts, and the number of its credential."""
    actor = actor_of(request)
    actor.require(Permission.PROGRAMS_VIEW)
    return show_enrollment(queries.enrollment(actor.organization_id, enrollment_id))


@router.post(
    "/{enrollment_id}/status",
    response={200: EnrollmentOut, **problems(404, 409, 422)},
    summary="Change the status of an enrollment",
)
def change_enrollment_status(request: HttpRequest, enrollment_id: str, body: EnrollmentDecision) -> Any:
    """Decide an application, hold, resume, withdraw or reopen. `approved` enrolls while there is a place."""
    actor = actor_of(request)
    actor.require(Permission.ENROLLMENTS_MANAGE)
    enrollment = queries.enrollment(actor.organization_id, enrollment_id)
    match body.status:
        case "withdrawn":
            actions.withdraw(actor, enrollment, body.reason)
        case "on_hold":
            actions.hold(actor, enrollment, body.reason)
        case "active" if enrollment.state == "on_hold":
            actions.resume(actor, enrollment)
        case "active":
            actions.reopen(actor, enrollment, body.reason)
        case decision:
            actions.decide(actor, enrollment, decision, body.reason)
    return show_enrollment(queries.enrollment(actor.organization_id, enrollment_id))


def show_enrollment(enrollment: Enrollment) -> dict[str, Any]:
    """An enrollment as the API shows it, with its parts."""
    parts = sorted(enrollment.parts.all(), key=lambda row: row.part.position)
    valid = [row for row in enrollment.credentials.all() if row.revoked_at is None]
    return {
        "id": str(enrollment.id),
        "program": str(enrollment.program_id),
        "version": enrollment.version.number,
        "cohort": str(enrollment.cohort_id) if enrollment.cohort_id else None,
        "student": str(enrollment.student_id),
        "email": enrollment.student.user.email,
        "status": enrollment.state,
        "status_since": enrollment.state_since,
        "created_at": enrollment.created_at,
        "enrolled_at": enrollment.enrolled_at,
        "completed_at": enrollment.completed_at,
        "parts": [
            {
                "id": str(row.id),
                "title": row.part.title,
                "kind": row.part.kind,
                "required": row.part.required,
                "registration": str(row.registration_id) if row.registration_id else None,
                "completed_at": row.completed_at,
                "score": row.score,
            }
            for row in parts
        ],
        "credential": valid[0].number if valid else None,
    }
