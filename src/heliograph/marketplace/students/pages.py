"""A student's own pages: their programs, each with its parts, launching them and proving their completion."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.http import require_POST

from heliograph.accounts.page_access import actor_of, page
from heliograph.core.translation import gettext, gettext_lazy
from heliograph.marketplace import rules
from heliograph.marketplace.completion import actions as completion
from heliograph.marketplace.completion import downloads, files
from heliograph.marketplace.completion import queries as claims
from heliograph.marketplace.completion.actions import Completion
from heliograph.marketplace.credentials import actions as credentials
from heliograph.marketplace.credentials import downloads as downloads_of_credential
from heliograph.marketplace.enrollments import actions as enrollments
from heliograph.marketplace.enrollments import queries as all_enrollments
from heliograph.marketplace.errors import ClaimNotFound
from heliograph.marketplace.forms import CompletionDay
from heliograph.marketplace.models import Claim, EnrollmentPart
from heliograph.marketplace.states import wrong
from heliograph.marketplace.students import queries
from heliograph.runtime import actions as runtime
from heliograph.ui.confirmation import question
from heliograph.ui.forms import Files, Form, text


class SubmitCompletion(Form):
    completed_at = CompletionDay()
    notes = text(gettext_lazy("Comment"), longest=completion.LONGEST_NOTES, lines=3, required=False)
    proof = Files(
        gettext_lazy("Certificate or result"),
        accept=files.ACCEPTED,
        help_text=gettext_lazy("PDF, or photos as JPEG or PNG. Up to 5 files of 10 MB."),
    )


@page(everybody=True)
def my_programs(request: HttpRequest) -> HttpResponseBase:
    student = _student(request)
    mine = queries.enrollments(student)
    shown = {
        "current": [row for row in mine if row.state not in rules.FINAL],
        "ended": [row for row in mine if row.state in rules.FINAL],
        "credentials": queries.credentials(student),
    }
    return render(request, "marketplace/student/programs.html", shown)


@page(everybody=True)
def my_program(request: HttpRequest, enrollment_id: str) -> HttpResponseBase:
    enrollment = queries.enrollment(_student(request), enrollment_id)
    shown = {
        "enrollment": enrollment,
        "parts": all_enrollments.parts(enrollment),
        "learning": enrollment.state in rules.LEARNING,
        "ends": enrollment.state not in rules.FINAL,
        "steps": enrollment.steps.order_by("id"),
        "credential": enrollment.credentials.order_by("-id").first(),
        "order": enrollment.orders.order_by("-id").first(),
    }
    return render(request, "marketplace/student/program.html", shown)


@require_POST
@page(everybody=True)
def launch(request: HttpRequest, enrollment_id: str, part_id: str) -> HttpResponseBase:
    """Opens a course of ours: a link that works once, for this student's own registration."""
    enrollment = queries.enrollment(_student(request), enrollment_id)
    part = all_enrollments.part(enrollment, part_id)
    if (
        enrollment.state not in rules.LEARNING | {rules.EnrollmentState.COMPLETED}
        or part.registration is None
    ):
        raise wrong(enrollment)
    return redirect(runtime.launch_link(part.registration).url)


@require_POST
@page(everybody=True)
def withdraw(request: HttpRequest, enrollment_id: str) -> HttpResponseBase:
    enrollment = queries.enrollment(_student(request), enrollment_id)
    title = gettext("Withdraw from “%(program)s”?") % {"program": enrollment.version.title}
    follows = [
        gettext("You can no longer open its courses."),
        gettext("What you completed is kept. To come back, you apply again."),
    ]
    if asked := question(request, title, gettext("Withdraw"), follows):
        return asked
    enrollments.withdraw_own(actor_of(request), enrollment)
    messages.success(request, gettext("You have withdrawn."))
    return redirect("my_program", enrollment.id)


@page(everybody=True)
def submit_completion(request: HttpRequest, course_id: str) -> HttpResponseBase:
    """Where a student sends proof that a part is completed, and sees what became of it."""
    part = queries.part_of_course(_student(request), course_id)
    before = list(part.claims.filter(route=Claim.Route.STUDENT).prefetch_related("files").order_by("-id"))
    if request.method == "POST":
        return _submit(request, part)
    last = before[0] if before else None
    initial: dict[str, Any] = {}
    if last is not None and last.state == rules.ClaimState.REJECTED:
        initial = {"completed_at": last.completed_at, "notes": last.notes}
    shown = {
        "part": part,
        "enrollment": part.enrollment,
        "claims": before,
        "form": SubmitCompletion(initial=initial),
        "takes": part.part.kind != "course"
        and part.completed_at is None
        and part.enrollment.state in rules.LEARNING
        and not (last and last.state == rules.ClaimState.PROPOSED),
    }
    return render(request, "marketplace/student/submit_completion.html", shown)


def _submit(request: HttpRequest, part: EnrollmentPart) -> HttpResponseBase:
    values = SubmitCompletion.sent(request)
    with files.received(part.enrollment.organization_id, values["proof"]) as stored:
        said = Completion(values["completed_at"], notes=values["notes"], files=stored)
        completion.claim(actor_of(request), part, Claim.Route.STUDENT, said, verified=False)
    messages.success(request, gettext("Proof sent. You will be mailed when it is checked."))
    return redirect("my_program", part.enrollment_id)


@page(everybody=True)
def claim_file(request: HttpRequest, claim_id: str, file_id: str) -> HttpResponseBase:
    """A file that the student sent."""
    student = _student(request)
    claim = claims.claim(student.organization_id, claim_id)
    if claim.part.enrollment.student_id != student.id:
        raise ClaimNotFound(gettext("Claim not found."))
    return redirect(downloads.address(claims.file(claim, file_id)))


@page(everybody=True)
def my_credential(request: HttpRequest, number: str) -> HttpResponseBase:
    """A student's credential: its files, where to share it, and whether its public page says the name."""
    found = queries.credential(_student(request), number)
    shown = {
        "credential": found,
        "address": credentials.address(found),
        "linkedin": downloads_of_credential.linkedin(found),
        "files": downloads_of_credential.offered(found),
    }
    return render(request, "marketplace/student/credential.html", shown)


@page(everybody=True)
def my_credential_file(request: HttpRequest, number: str, name: str) -> HttpResponseBase:
    """A file of a student's credential, with the name whether or not the public sees it."""
    found = queries.credential(_student(request), number)
    return downloads_of_credential.respond(found, name, named=True)


@require_POST
@page(everybody=True)
def privacy(request: HttpRequest, number: str) -> HttpResponseBase:
    """Whether the public page of a credential says the student's name."""
    found = queries.credential(_student(request), number)
    credentials.set_privacy(found, request.POST.get("shows_name") == "yes")
    messages.success(request, gettext("Changes saved."))
    return redirect("my_credential", found.number)


def _student(request: HttpRequest) -> Any:
    return request.member  # type: ignore[attr-defined]


urlpatterns = [
    path("lms/programs/", my_programs, name="my_programs"),
    path("lms/programs/<str:enrollment_id>/", my_program, name="my_program"),
    path("lms/programs/<str:enrollment_id>/withdraw", withdraw, name="my_program_withdraw"),
    path("lms/programs/<str:enrollment_id>/parts/<str:part_id>/launch", launch, name="my_part_launch"),
    path("lms/courses/<str:course_id>/submit-completion", submit_completion, name="submit_completion"),
    path("lms/claims/<str:claim_id>/files/<str:file_id>", claim_file, name="my_claim_file"),
    path("lms/credentials/<str:number>/", my_credential, name="my_credential"),
    path("lms/credentials/<str:number>/files/<str:name>", my_credential_file, name="my_credential_file"),
    path("lms/credentials/<str:number>/privacy", privacy, name="my_credential_privacy"),
]
