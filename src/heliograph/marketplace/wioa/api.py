"""REST routes of WIOA reporting. None of them has a social security number."""

from datetime import date, datetime
from typing import Any, Literal

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema, Status

from heliograph.accounts import queries as accounts
from heliograph.accounts.api_auth import SIGNED_IN
from heliograph.accounts.page_access import actor_of
from heliograph.core.permissions import Permission
from heliograph.core.web.paging import PageQuery, page_of
from heliograph.core.web.schemas import Body, problems
from heliograph.marketplace.models import Participation, ReportRun
from heliograph.marketplace.wioa import participations, queries, reports, results
from heliograph.marketplace.wioa.participations import Intake
from heliograph.marketplace.wioa.report_pages import answer_file

router = Router(tags=["WIOA"], auth=SIGNED_IN)
ReportKind = Literal["provider_file", "board_extract", "eta_9171", "indicators"]


class ParticipationOut(Schema):
    id: str
    number: str = Field(description="The participant in reports (PIRL 100).")
    student: str = Field(description="ID of the member.")
    board: str | None = Field(description="ID of the workforce board.")
    case_number: str
    entered_on: date
    last_service_on: date | None
    exited_on: date | None = Field(description="The WIOA exit, which is not the end of a training.")
    exit_reason: str = Field(description="Code of PIRL 923.")


class ParticipationPage(Schema):
    items: list[ParticipationOut]
    next_cursor: str | None
    next: str | None


class ParticipationQuery(PageQuery):
    search: str = Field("", description="Part of the name or email; the whole number or case number.")
    status: Literal["", "open", "exited"] = Field("", description="Whether there is a WIOA exit.")


class ParticipationNew(Body):
    email: str = Field(description="Email address of a member of the organization.")
    entered_on: date
    board: str = Field("", description="ID of a workforce board.")
    case_number: str = ""
    adult: str = Field("0", description="Code of PIRL 903.")
    dislocated_worker: str = Field("0", description="Code of PIRL 904.")
    youth: str = Field("0", description="Code of PIRL 905.")
    employment_at_entry: str = Field("", description="Code of PIRL 400.")
    education_at_entry: str = Field("", description="Code of PIRL 408.")


class ServiceNew(Body):
    kind: str = Field(
        description="`career`, `individualized`, `training`, `supportive`, `self_service`, `follow_up`."
    )
    on: date
    note: str = ""


class OutcomeNew(Body):
    year: int
    quarter: int = Field(description="From 1 to 4, of the calendar.")
    employed: bool
    match: str = Field(description="Code of PIRL 1601: how it is known.")
    wages_cents: int | None = Field(None, description="Wages of the quarter.")
    employer_number: str = ""


class WioaReportOut(Schema):
    id: str
    kind: ReportKind
    since: date
    until: date
    as_of: date = Field(description="The day of the snapshot.")
    status: Literal["queued", "done", "refused", "failed"]
    rows: int
    errors: int
    sha256: str = Field(description="Of the file.")
    snapshot_sha256: str
    created_at: datetime


class WioaReportPage(Schema):
    items: list[WioaReportOut]
    next_cursor: str | None
    next: str | None


class WioaReportNew(Body):
    kind: ReportKind
    since: date
    until: date
    layout: str = Field("", description="ID of a layout, for files.")
    board: str = Field("", description="ID of a workforce board.")


@router.get(
    "/participations", response={200: ParticipationPage, **problems(422)}, summary="List participations"
)
def list_participations(request: HttpRequest, query: Query[ParticipationQuery]) -> Any:
    """Participations of students whom a workforce board serves, newest first."""
    actor = actor_of(request)
    actor.require(Permission.WIOA_VIEW)
    rows = queries.participations(actor.organization_id, query.search, query.status)
    return page_of(request, rows, query, show_participation)


@router.post(
    "/participations",
    response={201: ParticipationOut, **problems(404, 409, 422)},
    summary="Start a participation",
)
def create_participation(request: HttpRequest, body: ParticipationNew) -> Any:
    """Trainings that the student entered since then belong to it."""
    actor = actor_of(request)
    actor.require(Permission.WIOA_MANAGE)
    said = body.dict()
    [student] = accounts.members_by_emails(actor.organization_id, [said.pop("email")], field="email")
    board_id, entered_on = said.pop("board"), said.pop("entered_on")
    board = queries.board(actor.organization_id, board_id) if board_id else None
    made = participations.start(actor, student, entered_on, Intake(board=board, **said))
    return Status(201, show_participation(queries.participation(actor.organization_id, str(made.id))))


@router.get(
    "/participations/{participation_id}",
    response={200: ParticipationOut, **problems(404)},
    summary="Get a participation",
)
def get_participation(request: HttpRequest, participation_id: str) -> Any:
    """With its last service and its WIOA exit."""
    actor = actor_of(request)
    actor.require(Permission.WIOA_VIEW)
    return show_participation(queries.participation(actor.organization_id, participation_id))


@router.post(
    "/participations/{participation_id}/services",
    response={200: ParticipationOut, **problems(404, 409, 422)},
    summary="Record a service of a participation",
)
def create_wioa_service(request: HttpRequest, participation_id: str, body: ServiceNew) -> Any:
    """Received, or planned for a day to come. The exit follows from services."""
    actor = actor_of(request)
    actor.require(Permission.WIOA_MANAGE)
    found = queries.participation(actor.organization_id, participation_id)
    participations.record_service(actor, found, body.kind, body.on, body.note)
    return show_participation(queries.participation(actor.organization_id, participation_id))


@router.post(
    "/participations/{participation_id}/outcomes",
    response={204: None, **problems(404, 422)},
    summary="Record employment of a participant",
)
def create_employment_outcome(request: HttpRequest, participation_id: str, body: OutcomeNew) -> Any:
    """In a quarter of the calendar; the same quarter again is corrected."""
    actor = actor_of(request)
    actor.require(Permission.WIOA_MANAGE)
    found = queries.participation(actor.organization_id, participation_id)
    results.record_outcome(actor, found.participant, **body.dict())
    return Status(204, None)


@router.get("/reports", response={200: WioaReportPage, **problems(422)}, summary="List WIOA reports")
def list_wioa_reports(request: HttpRequest, query: Query[PageQuery]) -> Any:
    """Reports that were made, newest first."""
    actor = actor_of(request)
    actor.require(Permission.WIOA_VIEW)
    return page_of(request, queries.reports(actor.organization_id), query, show_report)


@router.post(
    "/reports", response={202: WioaReportOut, **problems(404, 409, 422)}, summary="Create a WIOA report"
)
def create_wioa_report(request: HttpRequest, body: WioaReportNew) -> Any:
    """Made in the background of what is known then; look at it again for its status."""
    actor = actor_of(request)
    actor.require(Permission.WIOA_MANAGE)
    layout = queries.layout(actor.organization_id, body.layout) if body.layout else None
    board = queries.board(actor.organization_id, body.board) if body.board else None
    newest = queries.newest(layout) if layout else None
    made = reports.order(actor, body.kind, body.since, body.until, layout=newest, board=board)
    return Status(202, show_report(made))


@router.get(
    "/reports/{report_id}", response={200: WioaReportOut, **problems(404)}, summary="Get a WIOA report"
)
def get_wioa_report(request: HttpRequest, report_id: str) -> Any:
    """Its status, the number of errors, and the hashes of file and snapshot."""
    actor = actor_of(request)
    actor.require(Permission.WIOA_VIEW)
    return show_report(queries.report(actor.organization_id, report_id))


@router.get(
    "/reports/{report_id}/file",
    response={200: Any, **problems(404, 409)},
    summary="Download the file of a WIOA report",
)
def get_wioa_report_file(request: HttpRequest, report_id: str) -> Any:
    """As CSV or in the form that its layout says; the same bytes each time."""
    actor = actor_of(request)
    actor.require(Permission.WIOA_MANAGE)
    return answer_file(actor, queries.report(actor.organization_id, report_id))


def show_participation(row: Participation) -> dict[str, Any]:
    """A participation as the API shows it."""
    return {
        "id": str(row.id),
        "number": row.participant.number,
        "student": str(row.participant.student_id),
        "board": str(row.board_id) if row.board_id else None,
        "case_number": row.case_number,
        "entered_on": row.entered_on,
        "last_service_on": row.last_service_on,
        "exited_on": row.exited_on,
        "exit_reason": row.exit_reason,
    }


def show_report(run: ReportRun) -> dict[str, Any]:
    """A report as the API shows it."""
    return {
        "id": str(run.id),
        "kind": run.kind,
        "since": run.since,
        "until": run.until,
        "as_of": run.as_of,
        "status": run.state,
        "rows": run.rows,
        "errors": run.errors_found,
        "sha256": run.sha256,
        "snapshot_sha256": run.snapshot_sha256,
        "created_at": run.created_at,
    }
