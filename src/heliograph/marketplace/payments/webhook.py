"""Where Stripe sends its events of an organization."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from heliograph.core.errors import NotFound, Problem, TooLarge
from heliograph.core.ids import parse_id
from heliograph.core.translation import gettext
from heliograph.marketplace.models import PaymentAccount
from heliograph.marketplace.payments import events


@csrf_exempt  # the signature says who sent it, and no cookie is asked for
@require_POST
def stripe_webhook(request: HttpRequest, organization_id: str) -> HttpResponseBase:
    """Keeps the event and answers; what follows is done afterwards."""
    try:
        _receive(request, parse_id(organization_id))
    except Problem as problem:
        return JsonResponse(problem.document(), status=problem.status)
    return HttpResponse(status=200)


def _receive(request: HttpRequest, organization_id: UUID | None) -> None:
    account = None
    if organization_id:
        account = PaymentAccount.objects.filter(organization_id=organization_id).first()
    if account is None:
        raise NotFound(gettext("There is no payment account at this address."))
    body = request.body
    if len(body) > events.LONGEST:
        raise TooLarge(gettext("The event is too large."))
    events.receive(account, body, request.META.get("HTTP_STRIPE_SIGNATURE", ""))


urlpatterns = [path("payments/stripe/<str:organization_id>", stripe_webhook, name="stripe_webhook")]
