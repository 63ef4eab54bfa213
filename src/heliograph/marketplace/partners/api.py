"""REST routes of partners."""

from datetime import datetime
from typing import Any, Literal

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema, Status

from heliograph.accounts.api_auth import SIGNED_IN
from heliograph.accounts.page_access import actor_of
from heliograph.core.permissions import Permission
from heliograph.core.web.paging import DatedQuery, PageQuery, page_of
from heliograph.core.web.schemas import Body, problems
from heliograph.marketplace.enrollments import queries as enrollments
from heliograph.marketplace.models import Partner, PartnerResult, PartnerRun
from heliograph.marketplace.partners import actions, deciding, queries, syncing
from heliograph.marketplace.programs import queries as programs

router = Router(tags=["Partners"], auth=SIGNED_IN)
Adapter = Literal["file", "api", "webhook", "badge"]
RunStatus = Literal["preview", "waiting", "running", "done", "failed", "discarded"]
ResultStatus = Literal["matched", "unmatched", "ignored", "dead"]


class PartnerOut(Schema):
    id: str
    key: str
    name: str
    profile: str
    adapter: Adapter
    settings: dict[str, Any] = Field(description="How its results are read; secrets are never shown.")
    enabled: bool
    failures: int = Field(description="How many runs in succession failed.")
    paused_until: datetime | None = Field(description="No run begins before this time.")
    next_run_at: datetime | None
    last_run_at: datetime | None
    last_success_at: datetime | None
    waiting: int = Field(description="Results that a person decides.")


class PartnerPage(Schema):
    items: list[PartnerOut]
    next_cursor: str | None
    next: str | None


class PartnerNew(Body):
    name: str
    key: str = Field("", description="Made of the name where it is empty.")
    adapter: Literal["", Adapter] = Field("", description="Left out: the profile's.")
    profile: str = Field("", description="Settings to begin with, such as `certiport`.")
    settings: dict[str, Any] | None = None
    secrets: dict[str, str] = Field({}, description="Such as `token` or `secret`. Kept encrypted.")


class PartnerChange(Body):
    name: str | None = None
    settings: dict[str, Any] | None = None
    secrets: dict[str, str] = Field({}, description="Those that are left out stay.")
    enabled: bool | None = None


class MappingNew(Body):
    key: str = Field(description="What the partner calls the program.")
    program: str = Field(description="ID or key of a program.")
    part: str = Field(description="Title of a part of its published version.")


class RunOut(Schema):
    id: str
    kind: Literal["scheduled", "manual", "upload", "folder", "webhook"]
    status: RunStatus
    file: str
    received: int
    stored: int = Field(description="Results that were new.")
    matched: int
    unmatched: int
    ignored: int
    dead: int
    corrected: int
    claimed: int = Field(description="Parts that were claimed.")
    error: str
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None


class RunPage(Schema):
    items: list[RunOut]
    next_cursor: str | None
    next: str | None


class PartnerResultOut(Schema):
    id: str
    partner: str = Field(description="ID of the partner.")
    external_id: str
    person_id: str
    email: str
    name: str
    program_key: str
    partner_status: str = Field(description="In the partner's words.")
    outcome: Literal["completed", "failed", "revoked", "open", "unknown"]
    score: float | None = Field(description="From 0 to 1.")
    taken_at: datetime | None
    status: ResultStatus
    reason: str
    error: str
    matched_by: Literal["", "account", "voucher", "person", "badge", "hand"]
    enrollment: str | None = Field(description="ID of the enrollment that it was matched to.")
    claim: str | None = Field(description="ID of the claim that it made.")
    correction: dict[str, Any] | None = Field(description="What the partner says now, if it differs.")


class PartnerResultPage(Schema):
    items: list[PartnerResultOut]
    next_cursor: str | None
    next: str | None


class PartnerResultQuery(DatedQuery):
    search: str = Field("", description="Part of the name, email or ID.")
    status: Literal["", ResultStatus, "waiting", "corrected"] = Field(
        "", description="Status of the result; *waiting*: those that a person decides."
    )


class ResultMatch(Body):
    enrollment: str = Field(description="ID of the enrollment.")
    remember: bool = Field(True, description="The partner's ID of the person is this student from then on.")


class CorrectionDecision(Body):
    decision: Literal["accept", "dismiss"]
    reason: str = Field("", description="Needed to accept. The student reads it.")


class PutAway(Body):
    reason: str


@router.get("", response={200: PartnerPage, **problems(422)}, summary="List partners")
def list_partners(request: HttpRequest, query: Query[PageQuery]) -> Any:
    """Those on whose platforms students complete parts of programs, newest first."""
    actor = actor_of(request)
    actor.require(Permission.PROGRAMS_VIEW)
    rows = queries.partners(actor.organization_id).order_by("-id")
    return page_of(request, rows, query, show_partner)


@router.post("", response={201: PartnerOut, **problems(409, 422)}, summary="Create a partner")
def create_partner(request: HttpRequest, body: PartnerNew) -> Any:
    """Without settings it has those of its profile, or is disabled until it has some."""
    actor = actor_of(request)
    given = body.dict()
    made = actions.create(actor, given.pop("name"), **given)
    return Status(201, show_partner(queries.partner(actor.organization_id, str(made.id))))


@router.get("/{partner_id}", response={200: PartnerOut, **problems(404)}, summary="Get a partner")
def get_partner(request: HttpRequest, partner_id: str) -> Any:
    """With how its synchronization stands."""
    return show_partner(_partner(request, partner_id, Permission.PROGRAMS_VIEW))


@router.patch("/{partner_id}", response={200: PartnerOut, **problems(404, 422)}, summary="Change a partner")
def change_partner(request: HttpRequest, partner_id: str, body: PartnerChange) -> Any:
    """What is left out stays as it is."""
    actor = actor_of(request)
    found = _partner(request, partner_id, Permission.PROGRAMS_MANAGE)
    actions.change(
        actor, found, name=body.name, settings=body.settings, secrets=body.secrets, is_active=body.enabled
    )
    return show_partner(queries.partner(actor.organization_id, str(found.id)))


@router.post(
    "/{partner_id}/programs",
    response={204: None, **problems(404, 422)},
    summary="Map a program of a partner",
)
def map_partner_program(request: HttpRequest, partner_id: str, body: MappingNew) -> Any:
    """Say which part of a program a key of the partner stands for. New versions of the program keep it."""
    actor = actor_of(request)
    found = _partner(request, partner_id, Permission.PROGRAMS_MANAGE)
    program = programs.program(actor.organization_id, body.program)
    part = queries.titled_part(program, body.part)
    actions.map_program(actor, found, body.key, program, part)
    return Status(204, None)


@router.get(
    "/{partner_id}/runs", response={200: RunPage, **problems(404, 422)}, summary="List synchronizations"
)
def list_partner_runs(request: HttpRequest, partner_id: str, query: Query[PageQuery]) -> Any:
    """What was read of a partner, newest first."""
    found = _partner(request, partner_id, Permission.PROGRAMS_VIEW)
    return page_of(request, queries.runs(found), query, show_run)


@router.post(
    "/{partner_id}/runs",
    response={202: RunOut, **problems(404, 409)},
    summary="Synchronize a partner now",
)
def synchronize_partner(request: HttpRequest, partner_id: str) -> Any:
    """A worker asks the partner soon, or takes what is in its drop folder."""
    found = _partner(request, partner_id, Permission.PROGRAMS_MANAGE)
    return Status(202, show_run(syncing.synchronize(actor_of(request), found)))


@router.get(
    "/{partner_id}/results",
    response={200: PartnerResultPage, **problems(404, 422)},
    summary="List results of a partner",
)
def list_partner_results(request: HttpRequest, partner_id: str, query: Query[PartnerResultQuery]) -> Any:
    """What a partner reported, newest first."""
    found = _partner(request, partner_id, Permission.PROGRAMS_VIEW)
    rows = queries.results(found.organization_id, query.search, query.status, str(found.id))
    return page_of(request, rows, query, show_result)


@router.post(
    "/{partner_id}/results/{result_id}/match",
    response={200: PartnerResultOut, **problems(404, 409, 422)},
    summary="Match a result",
)
def match_partner_result(request: HttpRequest, partner_id: str, result_id: str, body: ResultMatch) -> Any:
    """Say whose a result is that found nobody. The part of the enrollment is completed."""
    actor = actor_of(request)
    result = _result(request, partner_id, result_id)
    enrollment = enrollments.enrollment(actor.organization_id, body.enrollment)
    deciding.match(actor, result, enrollment, remember=body.remember)
    return _shown(request, result)


@router.post(
    "/{partner_id}/results/{result_id}/retry",
    response={200: PartnerResultOut, **problems(404, 409)},
    summary="Retry a result",
)
def retry_partner_result(request: HttpRequest, partner_id: str, result_id: str) -> Any:
    """A dead letter, or what was ignored, is read again with the settings of now."""
    result = _result(request, partner_id, result_id)
    deciding.retry(actor_of(request), result)
    return _shown(request, result)


@router.post(
    "/{partner_id}/results/{result_id}/ignore",
    response={200: PartnerResultOut, **problems(404, 409, 422)},
    summary="Ignore a result",
)
def ignore_partner_result(request: HttpRequest, partner_id: str, result_id: str, body: PutAway) -> Any:
    """A result that belongs to nobody here no longer waits."""
    result = _result(request, partner_id, result_id)
    deciding.put_away(actor_of(request), result, body.reason)
    return _shown(request, result)


@router.post(
    "/{partner_id}/results/{result_id}/correction",
    response={200: PartnerResultOut, **problems(404, 409, 422)},
    summary="Decide a correction",
)
def decide_partner_correction(
    request: HttpRequest, partner_id: str, result_id: str, body: CorrectionDecision
) -> Any:
    """Accepting it revokes what the result completed, and completes it anew if the partner still says so."""
    actor, result = actor_of(request), _result(request, partner_id, result_id)
    if body.decision == "accept":
        deciding.accept_correction(actor, result, body.reason)
    else:
        deciding.dismiss_correction(actor, result)
    return _shown(request, result)


def _partner(request: HttpRequest, partner_id: str, permission: Permission) -> Partner:
    actor = actor_of(request)
    actor.require(permission)
    return queries.partner(actor.organization_id, partner_id)


def _result(request: HttpRequest, partner_id: str, result_id: str) -> PartnerResult:
    partner = _partner(request, partner_id, Permission.ENROLLMENTS_MANAGE)
    return queries.result_of(partner, result_id)


def _shown(request: HttpRequest, result: PartnerResult) -> dict[str, Any]:
    return show_result(queries.result(actor_of(request).organization_id, str(result.id)))


def show_partner(partner: Partner) -> dict[str, Any]:
    """A partner as the API shows it."""
    return {
        "id": str(partner.id),
        "key": partner.key,
        "name": partner.name,
        "profile": partner.profile,
        "adapter": partner.adapter,
        "settings": partner.settings,
        "enabled": partner.is_active,
        "failures": partner.failures,
        "paused_until": partner.open_until,
        "next_run_at": partner.next_run_at,
        "last_run_at": partner.last_run_at,
        "last_success_at": partner.last_success_at,
        "waiting": partner.wait,  # type: ignore[attr-defined]  # counted by `queries.partners`
    }


def show_run(run: PartnerRun) -> dict[str, Any]:
    """A synchronization as the API shows it."""
    counts = ("received", "stored", "matched", "unmatched", "ignored", "dead", "corrected", "claimed")
    return {
        "id": str(run.id),
        "kind": run.kind,
        "status": run.state,
        "file": run.file_name,
        **{name: getattr(run, name) for name in counts},
        "error": run.error,
        "created_at": run.created_at,
        "started_at": run.started_at,
        "ended_at": run.ended_at,
    }


def show_result(result: PartnerResult) -> dict[str, Any]:
    """A result as the API shows it."""
    same = (
        "external_id", "person_id", "email", "name", "program_key", "outcome", "score", "taken_at", "reason",
        "error", "matched_by", "correction",
    )  # fmt: skip
    return {
        "id": str(result.id),
        "partner": str(result.partner_id),
        **{name: getattr(result, name) for name in same},
        "partner_status": result.status,
        "status": result.state,
        "enrollment": str(result.part.enrollment_id) if result.part else None,
        "claim": str(result.claim_id) if result.claim_id else None,
    }
