"""Pages of what we send and sign: a dispatch's postbacks, a registration's completion receipt, links for people without an account."""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from heliograph.accounts.access import actor_of, page
from heliograph.core.actor import Role
from heliograph.core.ids import parse_number
from heliograph.core.listing import as_csv, listing
from heliograph.dispatch import actions, portal, postbacks, queries, receipts
from heliograph.dispatch.models import Deployment, Destination, Postback
from heliograph.runtime import queries as registrations

POSTBACK_COLUMNS = {
    "id": lambda one: one.id,
    "at": lambda one: one.created_at.isoformat(),
    "message": lambda one: one.kind,
    "learner": lambda one: one.registration.learner.identifier if one.registration else "",
    "state": lambda one: one.state,
    "tries": lambda one: one.tries,
    "status": lambda one: one.status,
    "answer": lambda one: one.answer,
}


@page()
def postback_list(request: HttpRequest, dispatch_id: str) -> HttpResponseBase:
    found = queries.dispatch(actor_of(request).organisation_id, dispatch_id)
    rows = postbacks.of_dispatch(found)
    state = request.GET.get("state", "")
    if state:
        rows = rows.filter(state=state)
    if request.GET.get("csv"):
        return as_csv("postbacks", POSTBACK_COLUMNS, rows)
    shown = {"dispatch": found, "listing": listing(request, rows), "state": state, "states": Postback.State.values}
    return render(request, "dispatch/postback_list.html", shown)


@require_POST
@page(Role.MANAGER)
def postback_address(request: HttpRequest, dispatch_id: str) -> HttpResponseBase:
    """Set where postbacks go; the first time, the secret that signs them is shown."""
    actor = actor_of(request)
    found = queries.dispatch(actor.organisation_id, dispatch_id)
    had_secret = bool(found.signing_secret)
    postbacks.set_address(actor, found, request.POST.get("postback_url", ""))
    if found.signing_secret and not had_secret:
        request.session[f"signing_secret:{found.id}"] = found.signing_secret
    messages.success(request, "Saved. It counts from now on." if found.postback_url else "Saved. Nobody is told any more.")
    return redirect("dispatch", found.id)


@require_POST
@page(Role.MANAGER)
def postback_secret(request: HttpRequest, dispatch_id: str) -> HttpResponseBase:
    actor = actor_of(request)
    found = queries.dispatch(actor.organisation_id, dispatch_id)
    request.session[f"signing_secret:{found.id}"] = postbacks.remake_secret(actor, found)
    return redirect("dispatch", found.id)


@require_POST
@page(Role.MANAGER)
def postback_replay(request: HttpRequest, dispatch_id: str, postback_id: str) -> HttpResponseBase:
    actor = actor_of(request)
    found = queries.dispatch(actor.organisation_id, dispatch_id)
    postbacks.replay(actor, postbacks.postback(found, postback_id))
    messages.success(request, "It is sent again in a moment.")
    return redirect("postbacks", found.id)


@page()
def completion_receipt(request: HttpRequest, registration_id: str) -> HttpResponseBase:
    """A registration's receipt, to copy or as a file."""
    found = registrations.registration(actor_of(request).organisation_id, registration_id)
    receipt = receipts.issue(found)
    if request.GET.get("download"):
        response = HttpResponse(receipt, content_type="application/jwt")
        response["Content-Disposition"] = f'attachment; filename="receipt-{found.key}.jwt"'
        return response
    shown = {"registration": found, "receipt": receipt, "verify": settings.HELIOGRAPH.url + reverse("verify")}
    return render(request, "dispatch/completion_receipt.html", shown)


@require_POST
@page(Role.MANAGER)
def readmit(request: HttpRequest, registration_id: str) -> HttpResponseBase:
    actor = actor_of(request)
    found = registrations.registration(actor.organisation_id, registration_id)
    actions.readmit(actor, found)
    messages.success(request, "The learner's next launch within seven days is let in and confirmed.")
    return redirect("registration", found.id)


@csrf_exempt  # it changes nothing and asks nobody who they are, so it needs no cookie
def verify(request: HttpRequest) -> HttpResponseBase:
    """Where anybody checks a receipt; what they paste is not kept."""
    shown: dict[str, Any] = {}
    if request.method == "POST":
        given = request.POST.get("receipt", "")
        verdict = receipts.check(given)
        shown = {"verdict": verdict, "given": given[: receipts.LONGEST]}
        if verdict.state == receipts.VALID:
            shown |= _in_words(verdict.claims)
    response = render(request, "dispatch/verify.html", shown)
    response["Cache-Control"] = "no-store"
    return response


def jwks(request: HttpRequest) -> HttpResponseBase:
    """The public keys of completion receipts, for any program."""
    response = JsonResponse(receipts.published_keys())
    response["Cache-Control"], response["Access-Control-Allow-Origin"] = "public, max-age=300", "*"
    return response


def _in_words(claims: dict[str, Any]) -> dict[str, Any]:
    points = {f"score_{part}": value for part, value in claims["score"].items()}
    return {
        "completed_at": datetime.fromisoformat(claims["completed_at"]) if claims["completed_at"] else None,
        "issued_at": datetime.fromtimestamp(claims["iat"], UTC),
        "points": SimpleNamespace(**points) if any(value is not None for value in points.values()) else None,
    }


@page(Role.MANAGER)
def portal_links(request: HttpRequest, destination_id: str) -> HttpResponseBase:
    """The links to a destination's portal; a POST makes another."""
    found = queries.destination(actor_of(request).organisation_id, destination_id)
    return _links(request, found, reverse("destination", args=[found.id]), reverse("portal_links", args=[found.id]))


@require_POST
@page(Role.MANAGER)
def portal_link_revoke(request: HttpRequest, destination_id: str, link_id: str) -> HttpResponseBase:
    found = queries.destination(actor_of(request).organisation_id, destination_id)
    portal.revoke(actor_of(request), found, link_id)
    messages.success(request, "The link is revoked. Whoever opens it now is told to ask for a new one.")
    return redirect("portal_links", found.id)


@page(Role.MANAGER)
def share_links(request: HttpRequest, deployment_id: str) -> HttpResponseBase:
    """The links to a deployment's health; a POST makes another."""
    found = queries.deployment(actor_of(request).organisation_id, deployment_id)
    return _links(request, found, reverse("dispatch", args=[found.dispatch_id]), reverse("share_links", args=[found.id]))


@require_POST
@page(Role.MANAGER)
def share_link_revoke(request: HttpRequest, deployment_id: str, share_id: str) -> HttpResponseBase:
    found = queries.deployment(actor_of(request).organisation_id, deployment_id)
    portal.revoke(actor_of(request), found, share_id)
    messages.success(request, "The link is revoked. Whoever opens it now is told to ask for a new one.")
    return redirect("share_links", found.id)


def _links(request: HttpRequest, thing: Destination | Deployment, back: str, here: str) -> HttpResponseBase:
    made = f"guest_link:{thing.id}"
    if request.method == "POST":
        days = parse_number(request.POST.get("days", ""))
        _, request.session[made] = portal.make_link(actor_of(request), thing, days or 0)
        return redirect(here)
    rows = portal.links(thing)
    for one in (shown := listing(request, rows)).rows:
        one.state = portal.state_of(one)
    context = {
        "thing": thing,
        "of_destination": isinstance(thing, Destination),
        "back": back,
        "listing": shown,
        "address": request.session.pop(made, ""),
        "usual_days": portal.USUAL_DAYS,
        "longest_days": portal.LONGEST_DAYS,
    }
    return render(request, "dispatch/guest_links.html", context)


urlpatterns = [
    path("admin/destinations/<str:destination_id>/links/", portal_links, name="portal_links"),
    path("admin/destinations/<str:destination_id>/links/<str:link_id>/revoke", portal_link_revoke, name="portal_link_revoke"),
    path("admin/deployments/<str:deployment_id>/links/", share_links, name="share_links"),
    path("admin/deployments/<str:deployment_id>/links/<str:share_id>/revoke", share_link_revoke, name="share_link_revoke"),
    path("verify/", verify, name="verify"),
    path(".well-known/jwks.json", jwks, name="jwks"),
    path("admin/registrations/<str:registration_id>/readmit", readmit, name="registration_readmit"),
    path("admin/registrations/<str:registration_id>/completion-receipt", completion_receipt, name="completion_receipt"),
    path("admin/dispatch/<str:dispatch_id>/postbacks/", postback_list, name="postbacks"),
    path("admin/dispatch/<str:dispatch_id>/postbacks/address", postback_address, name="postback_address"),
    path("admin/dispatch/<str:dispatch_id>/postbacks/secret", postback_secret, name="postback_secret"),
    path("admin/dispatch/<str:dispatch_id>/postbacks/<str:postback_id>/replay", postback_replay, name="postback_replay"),
]
