"""A tour of the demo organization in five steps, on its home page until somebody closes it."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from heliograph.accounts import queries as organizations
from heliograph.core.translation import gettext
from heliograph.courses.models import Course
from heliograph.demo.load import KEY
from heliograph.dispatch.models import Dispatch

YEAR: Final = 365 * 24 * 3600
CLOSED: Final = "closed"
COURSE: Final = "lifting"
OPEN_DISPATCH, DIFFERING_DISPATCH = "lifting-atlas", "phishing-sunda"  # their keys


@dataclass(frozen=True)
class TourStep:
    """Where it leads, and what is to be seen there, in a sentence."""

    title: str
    text: str
    address: str


def steps(request: HttpRequest, organization_id: UUID, demo_lms: str) -> list[TourStep]:
    """The steps; none in any other organization, in a demo without history, and where the tour was closed.

    ``demo_lms`` is the address of the demo LMS.
    """
    if request.COOKIES.get(settings.TOUR_COOKIE_NAME) == CLOSED:
        return []
    if organizations.organization(organization_id).key != KEY:
        return []
    course = Course.objects.filter(organization_id=organization_id, key=COURSE).first()
    dispatches = {
        dispatch.key: dispatch.id
        for dispatch in Dispatch.objects.filter(
            organization_id=organization_id, key__in=(OPEN_DISPATCH, DIFFERING_DISPATCH)
        )
    }
    if course is None or len(dispatches) < 2:
        return []
    return [
        TourStep(
            gettext("Course"),
            gettext(
                "Ten courses are imported. Open one, read its import report, and preview it as a learner."
            ),
            reverse("course", args=[course.id]),
        ),
        TourStep(
            gettext("Dispatch"),
            gettext(
                "A dispatch gives one customer a course, under limits that you can change at any time. "
                "Download its package here."
            ),
            reverse("dispatch", args=[dispatches[OPEN_DISPATCH]]),
        ),
        TourStep(
            gettext("Package in an LMS"),
            gettext("The demo LMS plays the customer’s LMS. Upload the package there, and take the course."),
            demo_lms,
        ),
        TourStep(
            gettext("Results sync"),
            gettext(
                "Compare what learners achieved with what the customer’s LMS kept, and read why they differ."
            ),
            reverse("dispatch_receipts", args=[dispatches[DIFFERING_DISPATCH]]),
        ),
        TourStep(
            gettext("Analytics"),
            gettext("See launches, completions and scores of 90 days, by course, customer and LMS."),
            f"{reverse('analytics')}?period=90d",
        ),
    ]


@require_POST
def close(request: HttpRequest) -> HttpResponseBase:
    """Remember in this browser that the tour is not wanted any more."""
    answer = redirect("home")
    answer.set_cookie(
        settings.TOUR_COOKIE_NAME,
        CLOSED,
        max_age=YEAR,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    return answer
