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
    summary="Let a learner in who is not confirmed",
)
def readmit_learner(request: HttpRequest, registration_id: str) -> Any:
    """Their next launch within seven days is believed without the mark of their first one, and gets a mark of
    its own.
    """
    actor = actor_of(request)
    admission.readmit(actor, runtime.registration(actor.organization_id, registration_id))
    return Status(204, None)
