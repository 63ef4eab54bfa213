"""The operator's pages of enrollments: all of them, and each with its history and parts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.http import require_POST

from heliograph.accounts import queries as accounts
from heliograph.accounts.page_access import actor_of, page
from heliograph.core.permissions import Permission
from heliograph.core.translation import gettext
from heliograph.marketplace import rules
from heliograph.marketplace.completion.forms import MarkCompleteForm
from heliograph.marketplace.enrollments import actions, queries
from heliograph.marketplace.enrollments.forms import EnrollForm
from heliograph.marketplace.enrollments.tables import ENROLLMENTS
from heliograph.marketplace.forms import Reason
from heliograph.marketplace.programs import frame
from heliograph.marketplace.programs import queries as programs
from heliograph.marketplace.rules import EnrollmentState as State

if TYPE_CHECKING:
    from heliograph.marketplace.models import Enrollment


@page(Permission.PROGRAMS_VIEW)
def enrollments(request: HttpRequest) -> HttpResponseBase:
    query = ENROLLMENTS.read(request)
    rows = queries.enrollments(actor_of(request).organization_id, query.search, query.filters["state"])
    if query.csv:
        return ENROLLMENTS.file(query, rows)
    shown = {"table": ENROLLMENTS.page(request, query, rows), **_marking(request)}
    return render(request, "marketplace/enrollments.html", shown)


@page(Permission.PROGRAMS_VIEW)
def enrollment(request: HttpRequest, enrollment_id: str) -> HttpResponseBase:
    found = _enrollment(request, enrollment_id)
    shown = {
        "enrollment": found,
        "parts": queries.parts(found),
        "steps": found.steps.order_by("-id"),
        "credentials": found.credentials.order_by("-id"),
        "to_decide": found.state in rules.TO_DECIDE,
        "may_hold": rules.may_follow(found.state, State.ON_HOLD),
        "may_withdraw": rules.may_follow(found.state, State.WITHDRAWN),
        "may_reopen": State(found.state) in rules.REOPENED and found.enrolled_at is not None,
        "forms": {word: Reason(key=word) for word in ("reject", "hold", "withdraw", "reopen")},
    }
    return render(request, "marketplace/enrollment.html", shown)


@page(Permission.PROGRAMS_VIEW)
def program_students(request: HttpRequest, program_id: str) -> HttpResponseBase:
    found = programs.program(actor_of(request).organization_id, program_id)
    query = ENROLLMENTS.read(request)
    rows = queries.enrollments(
        found.organization_id, query.search, query.filters["state"], program=str(found.id)
    )
    if query.csv:
        return ENROLLMENTS.file(query, rows)
    table = ENROLLMENTS.page(request, query, rows)
    form = EnrollForm(starts=programs.coming_cohorts(found))
    shown = {"table": table, "form": form, **_marking(request)}
    return frame.show(request, "marketplace/students.html", frame.STUDENTS, found, **shown)


@require_POST
@page(Permission.ENROLLMENTS_MANAGE)
def enroll(request: HttpRequest, program_id: str) -> HttpResponseBase:
    """Enroll a user without an application."""
    actor = actor_of(request)
    program = programs.program(actor.organization_id, program_id)
    said = EnrollForm.sent(request, starts=programs.coming_cohorts(program))
    [member] = accounts.members_by_emails(actor.organization_id, [said["email"]], field="email")
    cohort = programs.cohort(program, said["cohort"]) if said.get("cohort") else None
    made = actions.enroll_directly(actor, program, member, cohort)
    messages.success(request, gettext("%(student)s is enrolled.") % {"student": member})
    return redirect("enrollment", made.id)


@require_POST
@page(Permission.ENROLLMENTS_MANAGE)
def decide(request: HttpRequest, enrollment_id: str) -> HttpResponseBase:
    """A step of an application: *eligible*, *documents_complete* or *approved*."""
    found = _enrollment(request, enrollment_id)
    actions.decide(actor_of(request), found, request.POST.get("state", "")[:20])
    return _done(request, found)


@require_POST
@page(Permission.ENROLLMENTS_MANAGE)
def reject(request: HttpRequest, enrollment_id: str) -> HttpResponseBase:
    found = _enrollment(request, enrollment_id)
    actions.decide(actor_of(request), found, State.REJECTED, Reason.sent(request)["reason"])
    return _done(request, found)


@require_POST
@page(Permission.ENROLLMENTS_MANAGE)
def hold(request: HttpRequest, enrollment_id: str) -> HttpResponseBase:
    found = _enrollment(request, enrollment_id)
    actions.hold(actor_of(request), found, Reason.sent(request)["reason"])
    return _done(request, found)


@require_POST
@page(Permission.ENROLLMENTS_MANAGE)
def resume(request: HttpRequest, enrollment_id: str) -> HttpResponseBase:
    found = _enrollment(request, enrollment_id)
    actions.resume(actor_of(request), found)
    return _done(request, found)


@require_POST
@page(Permission.ENROLLMENTS_MANAGE)
def withdraw(request: HttpRequest, enrollment_id: str) -> HttpResponseBase:
    found = _enrollment(request, enrollment_id)
    actions.withdraw(actor_of(request), found, Reason.sent(request)["reason"])
    return _done(request, found)


@require_POST
@page(Permission.ENROLLMENTS_MANAGE)
def reopen(request: HttpRequest, enrollment_id: str) -> HttpResponseBase:
    found = _enrollment(request, enrollment_id)
    actions.reopen(actor_of(request), found, Reason.sent(request)["reason"])
    return _done(request, found)


def _marking(request: HttpRequest) -> dict[str, Any]:
    """Whether students can be marked complete here, and how."""
    marks = actor_of(request).may(Permission.ENROLLMENTS_MANAGE)
    return {"marks": marks, "mark_form": MarkCompleteForm(key="many")}


def _enrollment(request: HttpRequest, enrollment_id: str) -> Enrollment:
    return queries.enrollment(actor_of(request).organization_id, enrollment_id)


def _done(request: HttpRequest, enrollment: Enrollment) -> HttpResponseBase:
    messages.success(request, gettext("Changes saved."))
    return redirect("enrollment", enrollment.id)


_AT = "admin/marketplace/enrollments/"
urlpatterns = [
    path(_AT, enrollments, name="enrollments"),
    path(f"{_AT}<str:enrollment_id>/", enrollment, name="enrollment"),
    path(f"{_AT}<str:enrollment_id>/decide", decide, name="enrollment_decide"),
    path(f"{_AT}<str:enrollment_id>/reject", reject, name="enrollment_reject"),
    path(f"{_AT}<str:enrollment_id>/hold", hold, name="enrollment_hold"),
    path(f"{_AT}<str:enrollment_id>/resume", resume, name="enrollment_resume"),
    path(f"{_AT}<str:enrollment_id>/withdraw", withdraw, name="enrollment_withdraw"),
    path(f"{_AT}<str:enrollment_id>/reopen", reopen, name="enrollment_reopen"),
    path("admin/marketplace/programs/<str:program_id>/students/", program_students, name="program_students"),
    path("admin/marketplace/programs/<str:program_id>/enroll", enroll, name="program_enroll"),
]
