"""REST route of completion receipts."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from ninja import Field, Router, Schema

from heliograph.accounts.api_auth import SIGNED_IN
from heliograph.accounts.page_access import actor_of
from heliograph.core.permissions import Permission
from heliograph.core.web.schemas import problems
from heliograph.dispatch.completion_receipts import actions
from heliograph.runtime import queries as runtime

registrations = Router(tags=["Registrations"], auth=SIGNED_IN)


class CompletionReceiptOut(Schema):
    receipt: str = Field(description="A JWT (EdDSA). Verify with the keys at `/.well-known/jwks.json`.")
    verify_url: str = Field(description="Page where anybody can verify the receipt.")


@registrations.get(
    "/{registration_id}/completion-receipt",
    response={200: CompletionReceiptOut, **problems(404, 409)},
    summary="Read the signed completion receipt",
)
def read_completion_receipt(request: HttpRequest, registration_id: str) -> Any:
    """Answers 409 with the code `not_completed` until the learner has completed the course."""
    actor = actor_of(request)
    actor.require(Permission.REGISTRATIONS_VIEW)
    receipt = actions.issue(runtime.registration(actor.organization_id, registration_id))
    return {"receipt": receipt, "verify_url": settings.HELIOGRAPH.url + reverse("verify")}
