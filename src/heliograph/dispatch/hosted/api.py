"""REST route that lets a learner in again."""

from typing import Any

from django.http import HttpRequest
from ninja import Router, Status

from heliograph.accounts.api_auth import SIGNED_IN
from heliograph.accounts.page_access import actor_of
from heliograph.core.web.schemas import problems
from heliograph.dispatch import admission
from heliograph.runtime import queries as runtime

registrations = Router(tags=["Registrations"], auth=SIGNED_IN)


@registrations.post(
    "/{registration_id}/readmit",
    response={204: None, **problems(404, 422)},
    summary="Readmit an unconfirmed learner",
)
def readmit_learner(request: HttpRequest, registration_id: str) -> Any:
    """The next launch within 7 days needs no mark of the first launch and gets a new mark."""
    actor = actor_of(request)
    admission.readmit(actor, runtime.registration(actor.organization_id, registration_id))
    return Status(204, None)
