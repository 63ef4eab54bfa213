"""REST routes of registrations, and the launch links that open the player."""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final, Literal

import msgspec
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from ninja import Field, Query, Router, Schema, Status

from heliograph.accounts.api_auth import SIGNED_IN
from heliograph.accounts.page_access import actor_of
from heliograph.core.errors import Problem
from heliograph.core.ids import new_id, parse_id
from heliograph.core.permissions import Permission
from heliograph.core.web import references
from heliograph.core.web.clients import client_address
from heliograph.core.web.paging import DatedQuery, PageQuery, page_of
from heliograph.core.web.schemas import AwareMoment, Body, problems
from heliograph.courses import queries as courses
from heliograph.runtime import actions, corrections, learner_pages, queries, sessions
from heliograph.runtime.cmi5 import waiving
from heliograph.runtime.errors import LaunchAhead
from heliograph.runtime.models import AuSession, Registration

NAVIGATIONS: Final = ("navigate", "nested-navigate")
# Where browsers say that nobody has clicked yet.
AHEAD: Final = ("Sec-Purpose", "Purpose", "X-Purpose", "X-Moz")
# Programs that show what a link leads to say so; a phone of the make Cubot is none.
PREVIEWS: Final = re.compile(
    r"(?<!cu)bot\b|crawler|spider|preview|externalhit|embedly|^WhatsApp/", re.IGNORECASE
)
router = Router(tags=["Registrations"], auth=SIGNED_IN)
launches = Router(tags=["Launches"])


class LearnerIn(Body):
    id: str = Field(
        description="The learner's ID, unique within its source.",
        min_length=1,
        max_length=500,
    )
    name: str = ""
    email: str = ""


class RegistrationIn(Body):
    course: str = Field(description="Course ID or key.")
    learner: LearnerIn
    key: str = Field("", description="Your own ID for the registration.")


class LaunchIn(Body):
    mode: Literal["normal", "review"] = "normal"


class RegistrationQuery(DatedQuery):
    search: str = Field(
        "",
        description="Part of the learner's name or ID or of the course title, or the registration key.",
    )
    course: str = Field("", description="Course ID or key.")
    dispatch: str = Field("", description="Dispatch ID.")
    destination: str = Field("", description="Destination ID.")
    learner: str = Field("", description="Learner ID, exact match.")
    completion: Literal["", "not attempted", "incomplete", "completed", "unknown"] = Field(
        "", description="Completion status."
    )
    success: Literal["", "unknown", "passed", "failed"] = Field("", description="Success status.")
    manual: bool | None = Field(
        None, description="Only registrations that were marked as complete manually, or only the others."
    )
    active_since: AwareMoment | None = Field(
        None, description="Only registrations with activity at or after this time."
    )


class CompletionIn(Body):
    reason: str = Field(
        description="Reason, visible with the registration and in the audit log.",
        min_length=1,
        max_length=1000,
    )
    success: Literal["passed", "failed"] | None = Field(None, description="Null: unchanged.")
    points: float | None = Field(None, ge=0, le=100, description="Score (0–100). Null: unchanged.")


class ResetIn(Body):
    reason: str = Field("", max_length=1000)


class WaiverIn(Body):
    unit: str = Field(
        "",
        description="AU ID, or its position in the menu, from 0. Leave blank for all incomplete AUs.",
    )
    reason: Literal["Administrative", "Tested Out", "Equivalent AU", "Equivalent Outside Activity"] = (
        "Administrative"
    )
    note: str = Field("", max_length=1000, description="Kept in the audit log.")


class UnitLaunchIn(Body):
    unit: str = Field(description="AU ID, or its position in the menu, from 0.", min_length=1)
    mode: Literal["normal", "browse", "review"] = "normal"
    return_url: str = Field(
        "",
        max_length=2000,
        pattern=r"^(https?://.+)?$",
        description="Return URL of the AU. Leave blank for none.",
    )


class UnitLaunchOut(Schema):
    url: str = Field(description="Open this once, in the learner's browser.")
    session: str = Field(description="Session ID in its statements.")
    registration: str = Field(description="The registration that its statements name: this attempt's.")
    window: bool = Field(description="The AU asks for a new window.")


class UnitSessionOut(Schema):
    id: str = Field(description="Session ID in its statements.")
    unit: str = Field(description="ID that the author assigned to the AU or activity.")
    attempt: int
    registration: str = Field(description="The registration that its statements name: its attempt's.")
    mode: Literal["normal", "browse", "review"]
    state: Literal["open", "over", "abandoned", "waived"]
    verbs: list[str] = Field(
        description="What it has said of cmi5's own verbs, or of those that complete an xAPI package, "
        "in order."
    )
    opened_at: datetime
    last_statement_at: datetime | None = Field(description="Time of the last statement.")


class UnitSessionPage(Schema):
    items: list[UnitSessionOut]
    next_cursor: str | None
    next: str | None


class Manual(Schema):
    at: datetime
    by: str
    reason: str


class LaunchOut(Schema):
    token: str
    url: str = Field(description="Open this in the learner's browser before it expires.")
    expires_at: datetime


class Score(Schema):
    scaled: float | None
    raw: float | None
    min: float | None
    max: float | None


class RegistrationOut(Schema):
    id: str
    key: str
    course: str
    dispatch: str | None
    learner: dict[str, str]
    attempt: int
    launches: int
    completion: str
    success: str
    score: Score
    progress: float | None
    total_seconds: float
    created_at: datetime
    first_launched_at: datetime | None
    last_activity_at: datetime | None
    completed_at: datetime | None
    manual: Manual | None = Field(
        description="Set if the registration was marked as complete manually; overrides the course."
    )


class RegistrationPage(Schema):
    items: list[RegistrationOut]
    next_cursor: str | None
    next: str | None


class CallOut(Schema):
    batch: str
    launch: str
    sequence: int
    activity: str
    milliseconds: int = Field(description="Since the launch.")
    method: str
    arguments: list[str]
    result: str
    error: int
    applied: bool
    received_at: datetime


@router.get("", response={200: RegistrationPage, **problems(404, 422)}, summary="List registrations")
def list_registrations(request: HttpRequest, query: Query[RegistrationQuery]) -> Any:
    """Newest first; `since` and `until` filter by creation date."""
    actor = actor_of(request)
    actor.require(Permission.REGISTRATIONS_VIEW)
    asked = {
        "course_id": courses.course(actor.organization_id, query.course).id if query.course else None,
        "dispatch_id": (parse_id(query.dispatch) or new_id()) if query.dispatch else None,
        "learner__realm": (parse_id(query.destination) or new_id()) if query.destination else None,
        "learner__identifier": query.learner or None,
        "completion": query.completion or None,
        "success": query.success or None,
        "manual_at__isnull": None if query.manual is None else not query.manual,
        "last_activity_at__gte": query.active_since,
    }
    filters = {column: value for column, value in asked.items() if value is not None}
    return page_of(
        request, queries.registrations(actor.organization_id, query.search, **filters), query, queries.shown
    )


@router.post(
    "",
    response={201: RegistrationOut, 200: RegistrationOut, **problems(404, 409, 422)},
    summary="Register a learner on a course",
)
def create_registration(request: HttpRequest, body: RegistrationIn) -> Any:
    """Answers 201 for a new registration and 200 for one that was there: a learner is registered once for a
    course.
    """
    actor = actor_of(request)
    actor.require(Permission.REGISTRATIONS_MANAGE)
    course = courses.course(actor.organization_id, body.course)
    courses.published_version(course)
    who = body.learner
    with transaction.atomic():
        learner = actions.ensure_learner(
            actor.organization_id, actor.organization_id, who.id, who.name, who.email
        )
        registration, new = actions.register(actor, course, learner, key=body.key)
    return Status(201 if new else 200, queries.shown(registration))


@router.get(
    "/{registration_id}", response={200: RegistrationOut, **problems(404)}, summary="Read a registration"
)
def read_registration(request: HttpRequest, registration_id: str) -> Any:
    """By ID, key, or the registration ID in its statements."""
    return queries.shown(_registration(request, registration_id))


@router.delete(
    "/{registration_id}",
    response={204: None, **problems(404)},
    summary="Delete a registration with all it holds",
)
def delete_registration(request: HttpRequest, registration_id: str) -> Any:
    """With its attempts, sessions and logs.

    With a learner's last registration their name goes, too. Its seat on a license stays used.
    """
    actions.delete_registration(actor_of(request), _registration(request, registration_id))
    return Status(204, None)


@router.post(
    "/{registration_id}/launch",
    response={201: LaunchOut, **problems(404, 422)},
    summary="Create a launch link",
)
def launch_registration(request: HttpRequest, registration_id: str, body: LaunchIn) -> Any:
    """The link opens the course once, within its time, for whoever has it: hand it to the learner."""
    registration = _registration(request, registration_id)
    actor_of(request).require(Permission.REGISTRATIONS_MANAGE)
    return Status(201, actions.launch_link(registration, body.mode).__dict__)


@router.post(
    "/{registration_id}/attempts",
    response={201: RegistrationOut, **problems(404, 409)},
    summary="Start a new attempt",
)
def create_attempt(request: HttpRequest, registration_id: str) -> Any:
    """Uses the published version. Earlier attempts are kept."""
    registration = _registration(request, registration_id)
    actions.new_attempt(actor_of(request), registration)
    return Status(201, queries.shown(_registration(request, registration_id)))


@router.post(
    "/{registration_id}/completion",
    response={200: RegistrationOut, **problems(404, 422)},
    summary="Mark a registration as complete",
)
def complete_registration(request: HttpRequest, registration_id: str, body: CompletionIn) -> Any:
    """This outcome stands, whatever the course still reports, until it is taken back, reset or a new attempt
    begins.

    An open player hears of it with its next commit, the customer's LMS with it or at the learner's next
    launch.
    """
    registration = _registration(request, registration_id)
    return queries.shown(
        corrections.complete(actor_of(request), registration, body.reason, body.success, body.points)
    )


@router.delete(
    "/{registration_id}/completion",
    response={200: RegistrationOut, **problems(404, 409)},
    summary="Undo a manual completion",
)
def take_back_completion(request: HttpRequest, registration_id: str) -> Any:
    """Restores the result that the learner has reached."""
    return queries.shown(corrections.take_back(actor_of(request), _registration(request, registration_id)))


@router.post(
    "/{registration_id}/reset",
    response={200: RegistrationOut, **problems(404, 422)},
    summary="Reset progress",
)
def reset_registration(request: HttpRequest, registration_id: str, body: ResetIn) -> Any:
    """Deletes every attempt with its log.

    The registration stays, with its place on each license; what customers' LMSs keep stays there.
    """
    return queries.shown(
        corrections.reset(actor_of(request), _registration(request, registration_id), body.reason)
    )


@router.post(
    "/{registration_id}/waivers",
    response={200: RegistrationOut, **problems(404, 409, 422)},
    summary="Waive AUs of a cmi5 course",
)
def waive_units(request: HttpRequest, registration_id: str, body: WaiverIn) -> Any:
    """They count as satisfied; the LRS gets *waived*, and *satisfied* for what that completes."""
    registration = _registration(request, registration_id)
    waiving.waive(actor_of(request), registration, body.reason, body.unit, body.note)
    return queries.shown(_registration(request, registration_id))


@router.post(
    "/{registration_id}/units",
    response={201: UnitLaunchOut, **problems(404, 422)},
    summary="Launch a single AU of a cmi5 course",
)
def launch_unit(request: HttpRequest, registration_id: str, body: UnitLaunchIn) -> Any:
    """For systems that show the AU themselves: its address with all that cmi5 adds to it, without the player
    around it.
    """
    registration = _registration(request, registration_id)
    actor_of(request).require(Permission.REGISTRATIONS_MANAGE)
    return Status(201, sessions.open_unit_alone(registration, body.unit, body.mode, body.return_url))


@router.get(
    "/{registration_id}/sessions",
    response={200: UnitSessionPage, **problems(404, 422)},
    summary="List AU sessions",
)
def list_unit_sessions(request: HttpRequest, registration_id: str, query: Query[PageQuery]) -> Any:
    """Of all attempts, newest first; each opening of a lesson that speaks xAPI is one.

    SCORM courses have none.
    """
    return page_of(request, queries.au_sessions(_registration(request, registration_id)), query, show_session)


@router.post(
    "/{registration_id}/sessions/{session_id}/abandon",
    response={204: None, **problems(404)},
    summary="End an AU session",
)
def abandon_session(request: HttpRequest, registration_id: str, session_id: str) -> Any:
    """What the AU still sends is refused from now on, and the record store says that the session was
    abandoned.
    """
    registration = _registration(request, registration_id)
    waiving.abandon(actor_of(request), registration, parse_id(session_id) or new_id())
    return Status(204, None)


@router.get(
    "/{registration_id}/calls",
    response={200: list[CallOut], **problems(404)},
    summary="Export the debug log",
)
def export_calls(
    request: HttpRequest,
    registration_id: str,
    attempt: int = Query(0, description="Attempt number; 0 for the current attempt."),
) -> Any:
    """Every API call of an attempt (the current one unless `attempt` says which), in the order in which they
    were made; streamed.
    """
    registration = _registration(request, registration_id)
    return StreamingHttpResponse(
        _json_array(queries.calls_of(registration, attempt or registration.attempt_number)),
        content_type="application/json",
    )


@launches.get(
    "/{token}",
    response={302: None, **problems(404, 503)},
    auth=None,
    summary="Open the course with a launch token",
)
def open_launch(request: HttpRequest, token: str) -> Any:
    """A token opens the course once; the same browser may repeat its request within ten seconds.

    What only looks at the link leaves it unused: HEAD, a browser that fetches ahead of a click (503), and
    programs that say they make a preview (an empty page).
    """
    try:
        response = _opened(request, token)
    except Problem as problem:
        if "text/html" not in request.headers.get("Accept", ""):
            raise
        page = learner_pages.refusal(
            problem,
            request.headers.get("Accept-Language", ""),
            learner_pages.brand_of_link(token),
            references.noted(problem, request),
            styled=False,
        )
        response = HttpResponse(page, status=problem.status, headers={"Vary": "Accept, Accept-Language"})
    response["Cache-Control"], response["Referrer-Policy"] = "no-store", "no-referrer"
    return response


def _opened(request: HttpRequest, token: str) -> HttpResponse:
    mode = request.headers.get("Sec-Fetch-Mode", "")
    ahead = any(
        word in request.headers.get(name, "").lower()
        for name in AHEAD
        for word in ("prefetch", "prerender", "preview")
    )
    if ahead or mode not in ("", *NAVIGATIONS):
        raise LaunchAhead(
            "This link works only once, so it opens only by a click. Click the link to open the course."
        )
    agent = request.headers.get("User-Agent", "")
    if not mode and PREVIEWS.search(agent):
        actions.look_at(token)
        return HttpResponse("<!doctype html><title>Open the course</title>")
    return HttpResponseRedirect(
        actions.redeem(token, f"{client_address(request.META, settings.HELIOGRAPH.trusted_proxies)} {agent}")
    )


@launches.api_operation(
    ["HEAD"], "/{token}", response={200: None, **problems(404)}, auth=None, include_in_schema=False
)
def look(request: HttpRequest, token: str) -> Any:
    """Whether the link is one, for who checks links; it stays unused."""
    actions.look_at(token)
    return HttpResponse(headers={"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"})


def show_session(session: AuSession) -> dict[str, Any]:
    return {
        "id": str(session.id),
        "unit": session.identifier,
        "attempt": session.attempt.number,
        "registration": str(session.attempt_id),
        "mode": session.mode.lower(),
        "state": session.state,
        "verbs": session.verbs,
        "opened_at": session.created_at,
        "last_statement_at": session.last_statement_at,
    }


def _registration(request: HttpRequest, registration_id: str) -> Registration:
    actor = actor_of(request)
    actor.require(Permission.REGISTRATIONS_VIEW)
    return queries.registration(actor.organization_id, registration_id)


def _json_array(rows: Iterator[dict[str, Any]]) -> Iterator[bytes]:
    yield b"["
    for index, row in enumerate(rows):
        yield (b",\n" if index else b"\n") + msgspec.json.encode(row)
    yield b"\n]\n"
