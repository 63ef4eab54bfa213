"""A learner's own pages, signed in: *My courses*, and each of them with its progress and history."""

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.http import require_POST

from heliograph.accounts.page_access import page
from heliograph.organizations.assignments import queries
from heliograph.organizations.models import Assignment
from heliograph.runtime import actions as runtime


@page(everybody=True)
def my_courses(request: HttpRequest) -> HttpResponseBase:
    mine = queries.of_member(request.member)  # type: ignore[attr-defined]
    shown = {
        "to_do": [row for row in mine if row.state != "completed"],
        "done": [row for row in mine if row.state == "completed"],
    }
    return render(request, "organizations/my_courses.html", shown)


@page(everybody=True)
def my_course(request: HttpRequest, course_id: str) -> HttpResponseBase:
    assignment = _mine(request, course_id)
    registration = assignment.registration
    shown = {
        "assignment": assignment,
        "registration": registration,
        "attempts": registration.attempts.order_by("-number"),
    }
    return render(request, "organizations/my_course.html", shown)


@require_POST
@page(everybody=True)
def launch(request: HttpRequest, course_id: str) -> HttpResponseBase:
    """Opens the course: a link that works once, for this person's own registration."""
    return redirect(runtime.launch_link(_mine(request, course_id).registration).url)


def _mine(request: HttpRequest, course_id: str) -> Assignment:
    return queries.of_member_on(request.member, course_id)  # type: ignore[attr-defined]


urlpatterns = [
    path("lms/", my_courses, name="my_courses"),
    path("lms/courses/<str:course_id>/", my_course, name="my_course"),
    path("lms/courses/<str:course_id>/launch", launch, name="my_course_launch"),
]
