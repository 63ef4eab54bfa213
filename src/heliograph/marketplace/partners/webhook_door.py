"""The address that partners send signed messages to: checked, kept once, answered, and worked by a job."""

from __future__ import annotations

import hashlib

from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from heliograph.core.errors import Problem, TooLarge, TooMany
from heliograph.core.ids import parse_id
from heliograph.core.web.rate_limits import RateLimit
from heliograph.marketplace.errors import PartnerNotFound
from heliograph.marketplace.models import Partner
from heliograph.marketplace.partners import syncing
from heliograph.marketplace.partners.adapters.choose import connector
from heliograph.marketplace.partners.adapters.webhook import WebhookConnector

LONGEST = 512 * 1024  # bytes
A_MINUTE = 600  # messages of one partner
_limit = RateLimit(A_MINUTE)


@csrf_exempt  # a partner's server, which has no cookie; its signature says who it is
@require_POST
def receive(request: HttpRequest, partner_id: str) -> HttpResponseBase:
    """Take a message. 200 says that it is kept, also where it was before."""
    try:
        _receive(request, partner_id)
    except Problem as reason:
        return JsonResponse(reason.document(), status=reason.status, content_type="application/problem+json")
    return HttpResponse(status=200)


def _receive(request: HttpRequest, partner_id: str) -> None:
    by_id = parse_id(partner_id)
    partner = Partner.objects.filter(id=by_id, adapter="webhook", is_active=True).first() if by_id else None
    if partner is None:
        raise PartnerNotFound("There is no webhook at this address.")
    if not _limit.take(partner.id).allowed:
        raise TooMany("Too many messages. Try again in a minute.")
    if int(request.headers.get("Content-Length") or 0) > LONGEST:
        raise TooLarge("A message has at most 512 KB.")
    body = request.read(LONGEST + 1)
    if len(body) > LONGEST:
        raise TooLarge("A message has at most 512 KB.")
    adapter = connector(partner)
    assert isinstance(adapter, WebhookConnector)  # noqa: S101 - it was asked for
    adapter.verify(request.headers, body)
    syncing.keep_message(partner, body, hashlib.sha256(body).hexdigest())


urlpatterns = [path("partners/<str:partner_id>/webhook", receive, name="partner_webhook")]
