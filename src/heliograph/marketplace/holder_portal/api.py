"""REST routes of program holders."""

from typing import Any

from django.http import HttpRequest
from ninja import Field, Router

from heliograph.accounts.api_auth import SIGNED_IN
from heliograph.accounts.page_access import actor_of
from heliograph.core.web.schemas import AwareMoment, Body, problems
from heliograph.marketplace.enrollments import queries as enrollments
from heliograph.marketplace.enrollments.api import EnrollmentOut, show_enrollment
from heliograph.marketplace.holder_portal import marking

router = Router(tags=["Program holders"], auth=SIGNED_IN)


class MarkComplete(Body):
    enrollmentId: str = Field(description="ID of the enrollment.")
    completedAt: AwareMoment = Field(description="When the student completed.")
    certificateUrl: str = Field("", description="Address of the certificate.")
    notes: str = ""


@router.post(
    "/mark-complete",
    response={200: EnrollmentOut, **problems(404, 409, 422)},
    summary="Mark a student complete",
)
def mark_complete(request: HttpRequest, body: MarkComplete) -> Any:
    """Every open part of the enrollment except courses of this organization is completed. With the last
    required part, the program is completed, and the credential awarded. Sent again, it changes nothing.

    Where something else was recorded before, a claim waits for a person in place of it.
    """
    actor = actor_of(request)
    marking.mark_complete(
        actor, body.enrollmentId, body.completedAt, certificate_url=body.certificateUrl, notes=body.notes
    )
    return show_enrollment(enrollments.enrollment(actor.organization_id, body.enrollmentId))
