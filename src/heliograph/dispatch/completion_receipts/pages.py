"""Pages of completion receipts, and the page where anybody verifies one."""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.views.decorators.csrf import csrf_exempt

from heliograph.accounts.page_access import actor_of, page
from heliograph.core.permissions import Permission
from heliograph.dispatch.completion_receipts import actions
from heliograph.dispatch.completion_receipts.forms import VerifyReceipt
from heliograph.runtime import queries as registrations


@page(Permission.REGISTRATIONS_VIEW)
def completion_receipt(request: HttpRequest, registration_id: str) -> HttpResponseBase:
    """A registration's receipt, to copy or as a file."""
    registration = registrations.registration(actor_of(request).organization_id, registration_id)
    receipt = actions.issue(registration)
    if request.GET.get("download"):
        response = HttpResponse(receipt, content_type="application/jwt")
        response["Content-Disposition"] = f'attachment; filename="receipt-{registration.key}.jwt"'
        return response
    shown = {
        "registration": registration,
        "receipt": receipt,
        "verify": settings.HELIOGRAPH.url + reverse("verify"),
    }
    return render(request, "dispatch/completion_receipt.html", shown)


@csrf_exempt  # it changes nothing and asks nobody who they are, so it needs no cookie
def verify(request: HttpRequest) -> HttpResponseBase:
    """Where anybody checks a receipt; what they paste is not kept."""
    shown: dict[str, Any] = {"form": VerifyReceipt()}
    if request.method == "POST":
        given = request.POST.get("receipt", "")
        verdict = actions.check(given)
        shown = {"verdict": verdict, "form": VerifyReceipt({"receipt": given[: actions.LONGEST]})}
        if verdict.state == actions.VALID:
            shown |= _in_words(verdict.claims)
    response = render(request, "dispatch/verify.html", shown)
    response["Cache-Control"] = "no-store"
    return response


def jwks(request: HttpRequest) -> HttpResponseBase:
    """The public keys of completion receipts, for any program."""
    response = JsonResponse(actions.published_keys())
    response["Cache-Control"], response["Access-Control-Allow-Origin"] = "public, max-age=300", "*"
    return response


def _in_words(claims: dict[str, Any]) -> dict[str, Any]:
    points = {f"score_{part}": value for part, value in claims["score"].items()}
    return {
        "completed_at": datetime.fromisoformat(claims["completed_at"]) if claims["completed_at"] else None,
        "issued_at": datetime.fromtimestamp(claims["iat"], UTC),
        "points": SimpleNamespace(**points) if any(value is not None for value in points.values()) else None,
    }


urlpatterns = [
    path("verify/", verify, name="verify"),
    path(".well-known/jwks.json", jwks, name="jwks"),
    path(
        "admin/registrations/<str:registration_id>/completion-receipt",
        completion_receipt,
        name="completion_receipt",
    ),
]
