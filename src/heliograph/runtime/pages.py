"""Pages of learners' registrations, the live runtime log, and trying a course as a learner."""

import json
from itertools import islice
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.http import require_POST

from heliograph.accounts.page_access import actor_of, page
from heliograph.audit import queries as audit
from heliograph.audit.tables import activity
from heliograph.core.ids import new_id, parse_id, parse_number
from heliograph.core.permissions import Permission
from heliograph.core.translation import gettext
from heliograph.courses import queries as courses
from heliograph.runtime import actions, corrections, frame, permissions, queries
from heliograph.runtime.cmi5 import waiving
from heliograph.runtime.forms import MarkComplete, ResetProgress, WaiveLesson
from heliograph.runtime.models import Registration
from heliograph.runtime.tables import REGISTRATIONS
from heliograph.runtime.xapi_identifiers import activity_iri
from heliograph.ui.confirmation import question
from heliograph.ui.tables import Query

CALLS_SHOWN = 400
SESSIONS_SHOWN = 50


@page(Permission.REGISTRATIONS_VIEW)
def registrations(request: HttpRequest) -> HttpResponseBase:
    organization_id = actor_of(request).organization_id
    query = REGISTRATIONS.read(request)
    rows = queries.registrations(organization_id, query.search, **_filters(query))
    narrowed, names = queries.of_things(organization_id, rows, query.filters)
    if query.csv:
        return REGISTRATIONS.file(query, narrowed)
    return render(
        request,
        "runtime/registrations.html",
        {"table": REGISTRATIONS.page(request, query, narrowed, names=names)},
    )


def _filters(query: Query) -> dict[str, Any]:
    """The columns of a registration that the filters name."""
    return {name: query.filters[name] for name in ("completion", "success") if query.filters[name]}


@page(Permission.REGISTRATIONS_VIEW)
def registration(request: HttpRequest, registration_id: str) -> HttpResponseBase:
    registration = queries.registration(actor_of(request).organization_id, registration_id)
    return frame.show(
        request,
        "runtime/registration.html",
        registration,
        frame.OVERVIEW,
        link=request.session.pop(f"launch_link:{registration.id}", None),
        link_minutes=max(1, settings.HELIOGRAPH.launch_token_seconds // 60),
        entries=audit.entries(registration.organization_id, registration.id)[:5],
        attempts=registration.attempts.select_related("version").order_by("-number")[:50],
        sessions=[
            (session, queries.tree(session.attempt.version_id).by_id[session.identifier])
            for session in queries.au_sessions(registration)[:SESSIONS_SHOWN]
        ],
    )


@page(Permission.REGISTRATIONS_VIEW)
def calls(request: HttpRequest, registration_id: str) -> HttpResponseBase:
    """What the course and the player said to each other in the current attempt, as it comes."""
    registration = queries.registration(actor_of(request).organization_id, registration_id)
    return frame.show(request, "runtime/calls.html", registration, frame.LOG, **_log_of(registration))


@page(Permission.REGISTRATIONS_VIEW)
def registration_activity(request: HttpRequest, registration_id: str) -> HttpResponseBase:
    registration = queries.registration(actor_of(request).organization_id, registration_id)
    listed = activity(request, registration.organization_id, [registration.id])
    if isinstance(listed, HttpResponseBase):
        return listed
    shown = {"thing": registration.learner, "table": listed}
    return frame.show(request, "audit/activity.html", registration, frame.ACTIVITY, **shown)


@page(Permission.REGISTRATIONS_VIEW)
def log(request: HttpRequest, registration_id: str) -> HttpResponseBase:
    """The log alone, for the page that asks again and again."""
    registration = queries.registration(actor_of(request).organization_id, registration_id)
    return render(request, "runtime/log.html", _log_of(registration))


@page(Permission.REGISTRATIONS_VIEW)
def log_export(request: HttpRequest, registration_id: str) -> HttpResponseBase:
    """The log as JSON lines."""
    registration = queries.registration(actor_of(request).organization_id, registration_id)
    number = parse_number(request.GET.get("attempt", ""))
    rows = queries.calls_of(registration, registration.attempt_number if number is None else number)
    response = StreamingHttpResponse(
        (json.dumps(row, default=str) + "\n" for row in rows), content_type="application/x-ndjson"
    )
    response["Content-Disposition"] = f'attachment; filename="runtime-log-{registration.key}.jsonl"'
    return response


@require_POST
@page(Permission.REGISTRATIONS_MANAGE)
def launch(request: HttpRequest, registration_id: str) -> HttpResponseBase:
    registration = queries.registration(actor_of(request).organization_id, registration_id)
    request.session[f"launch_link:{registration.id}"] = actions.launch_link(registration).url
    return redirect("registration", registration.id)


@require_POST
@page(Permission.REGISTRATIONS_MANAGE)
def attempt(request: HttpRequest, registration_id: str) -> HttpResponseBase:
    registration = queries.registration(actor_of(request).organization_id, registration_id)
    actions.new_attempt(actor_of(request), registration)
    messages.success(request, gettext("New attempt will start at the next launch."))
    return redirect("registration", registration.id)


@require_POST
@page(Permission.REGISTRATIONS_MANAGE)
def complete(request: HttpRequest, registration_id: str) -> HttpResponseBase:
    registration = queries.registration(actor_of(request).organization_id, registration_id)
    sent = MarkComplete.sent(request)
    corrections.complete(
        actor_of(request), registration, sent["reason"], sent["success"] or None, sent["points"]
    )
    messages.success(request, gettext("Marked as complete. Sent to the LMS at the next launch."))
    return redirect("registration", registration.id)


@require_POST
@page(Permission.REGISTRATIONS_MANAGE)
def take_back(request: HttpRequest, registration_id: str) -> HttpResponseBase:
    registration = queries.registration(actor_of(request).organization_id, registration_id)
    corrections.take_back(actor_of(request), registration)
    messages.success(request, gettext("Manual completion removed."))
    return redirect("registration", registration.id)


@require_POST
@page(Permission.REGISTRATIONS_MANAGE)
def waive(request: HttpRequest, registration_id: str) -> HttpResponseBase:
    registration = queries.registration(actor_of(request).organization_id, registration_id)
    waiving.waive(actor_of(request), registration, **WaiveLesson.sent(request))
    messages.success(request, gettext("Lesson waived."))
    return redirect("registration", registration.id)


@require_POST
@page(Permission.REGISTRATIONS_MANAGE)
def session_end(request: HttpRequest, registration_id: str, session_id: str) -> HttpResponseBase:
    registration = queries.registration(actor_of(request).organization_id, registration_id)
    follows = [
        gettext("What the lesson still sends is refused."),
        gettext("The learner can open the lesson again."),
    ]
    if asked := question(request, gettext("End this session?"), gettext("End session"), follows):
        return asked
    waiving.abandon(actor_of(request), registration, parse_id(session_id) or new_id())
    messages.success(request, gettext("Session ended."))
    return redirect("registration", registration.id)


@require_POST
@page(Permission.REGISTRATIONS_MANAGE)
def reset(request: HttpRequest, registration_id: str) -> HttpResponseBase:
    registration = queries.registration(actor_of(request).organization_id, registration_id)
    sent = ResetProgress.sent(request)
    title, follows = (
        gettext("Reset the progress of %(name)s?") % {"name": registration.learner},
        queries.consequences_of_reset(registration),
    )
    if asked := question(request, title, gettext("Reset progress"), follows):
        return asked
    corrections.reset(actor_of(request), registration, **sent)
    messages.success(
        request,
        gettext("Progress reset."),
    )
    return redirect("registration", registration.id)


@require_POST
@page(Permission.COURSES_MANAGE)
def trial(request: HttpRequest, course_id: str) -> HttpResponseBase:
    """Begin a trial: a registration of its own that counts nowhere."""
    actor = actor_of(request)
    course = courses.course(actor.organization_id, course_id)
    courses.published_version(course)
    learner = actions.ensure_learner(
        actor.organization_id, actor.organization_id, f"trial-{actor.id}", actor.label
    )
    made, _ = actions.register(actor, course, learner, purpose=Registration.Purpose.TRIAL)
    return redirect("trial_page", made.id)


@page(Permission.COURSES_MANAGE)
def trial_page(request: HttpRequest, registration_id: str) -> HttpResponseBase:
    registration = queries.registration(actor_of(request).organization_id, registration_id)
    player = actions.player_address(registration)
    response = render(
        request,
        "runtime/trial.html",
        {**_log_of(registration), "player": player, "allowed": permissions.allowed()},
    )
    response["Permissions-Policy"] = permissions.policy_for(player)
    return response


def _log_of(registration: Registration) -> dict[str, Any]:
    current = queries.current_attempt(registration)
    calls: list[dict[str, Any]] = []
    if current:
        actions.watch(current)
        calls = list(islice(queries.newest_calls(current), CALLS_SHOWN))[::-1]
    for call in calls:
        call["seconds"] = f"{call['milliseconds'] / 1000:.1f} s"
        own = activity_iri(
            registration.course_id, call["activity"]
        )  # which every statement of a lesson begins with
        call["arguments"] = [text.removeprefix(own) for text in call["arguments"] if text != own]
    activities = current.activities.order_by("id") if current else []
    return {"registration": registration, "attempt": current, "calls": calls, "activities": activities}


urlpatterns = [
    path("admin/registrations/", registrations, name="registrations"),
    path("admin/registrations/<str:registration_id>/", registration, name="registration"),
    path("admin/registrations/<str:registration_id>/calls/", calls, name="registration_calls"),
    path(
        "admin/registrations/<str:registration_id>/activity/",
        registration_activity,
        name="registration_activity",
    ),
    path("admin/registrations/<str:registration_id>/log", log, name="registration_log"),
    path("admin/registrations/<str:registration_id>/log.jsonl", log_export, name="registration_log_export"),
    path("admin/registrations/<str:registration_id>/launch", launch, name="registration_launch"),
    path("admin/registrations/<str:registration_id>/attempt", attempt, name="registration_attempt"),
    path("admin/registrations/<str:registration_id>/complete", complete, name="registration_complete"),
    path("admin/registrations/<str:registration_id>/take-back", take_back, name="registration_take_back"),
    path("admin/registrations/<str:registration_id>/waive", waive, name="registration_waive"),
    path(
        "admin/registrations/<str:registration_id>/sessions/<str:session_id>/end",
        session_end,
        name="registration_session_end",
    ),
    path("admin/registrations/<str:registration_id>/reset", reset, name="registration_reset"),
    path("admin/courses/<str:course_id>/try", trial, name="trial"),
    path("admin/registrations/<str:registration_id>/try", trial_page, name="trial_page"),
]
