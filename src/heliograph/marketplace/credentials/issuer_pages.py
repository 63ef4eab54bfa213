"""What programs ask for when they verify a credential: the credential, its issuer's profile and keys, and the
list of what was revoked. Anybody may, from any origin, without signing in.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotModified
from django.shortcuts import redirect
from django.urls import path
from django.utils.cache import patch_vary_headers
from django.views.decorators.csrf import csrf_exempt

from heliograph.accounts import queries as accounts
from heliograph.core.errors import NotFound
from heliograph.core.ids import parse_id, parse_number
from heliograph.core.translation import gettext
from heliograph.core.web import cors
from heliograph.marketplace.credentials import documents, keys, queries, signing, status_lists
from heliograph.marketplace.errors import IssuerNotFound
from heliograph.marketplace.models import StatusList

if TYPE_CHECKING:
    from collections.abc import Callable

    from heliograph.accounts.models import Organization

VERIFIABLE, JWT, JSON_LD, JSON = (
    "application/vc",
    "application/vc+jwt",
    "application/ld+json",
    "application/json",
)
METHODS = "GET, HEAD, OPTIONS"
REVALIDATED, MINUTES = "public, no-cache", "public, max-age=300"


def _open_to_all(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Lets pages of any origin read it; it changes nothing and knows nobody, so it needs no cookie."""

    @csrf_exempt
    def opened(request: HttpRequest, **named: str) -> HttpResponseBase:
        if request.method == "OPTIONS":
            response: HttpResponseBase = HttpResponse(status=204)
            headers = cors.preflight(METHODS, "Accept, If-None-Match", *cors.asked(request.headers))
        elif request.method in ("GET", "HEAD"):
            response, headers = view(request, **named), []
        else:
            response, headers = HttpResponse(status=405), [("Allow", METHODS)]
        for name, value in (*headers, ("Access-Control-Allow-Origin", "*")):
            response[name] = value
        return response

    return opened


@_open_to_all
def credential(request: HttpRequest, number: str) -> HttpResponseBase:
    """A credential by its public address: signed JSON for programs, as a VC-JWT where that is asked for, and
    the page for people. The holder's name is in it only if they show it.
    """
    found = queries.public(number)
    kind = _wanted(request, VERIFIABLE, JWT, JSON_LD, JSON, "text/html")
    if kind == "text/html":
        response = redirect("verify_credential", found.number)
        patch_vary_headers(response, ["Accept"])
        return response
    signed = signing.signed(found, named=found.shows_name)
    return _signed(request, kind, signed.document, signed.jwt)


@_open_to_all
def issuer(request: HttpRequest, issuer_id: str) -> HttpResponseBase:
    organization = _organization(issuer_id)
    return _json(request, documents.profile(organization, keys.published(organization.id)), JSON_LD)


@_open_to_all
def issuer_key(request: HttpRequest, issuer_id: str, key_id: str) -> HttpResponseBase:
    """A public key by its id: a Multikey, or for VC-JWT a JSON Web Key."""
    organization = _organization(issuer_id)
    parsed = parse_id(key_id)
    key = keys.published(organization.id).filter(id=parsed).first() if parsed else None
    if key is None:
        raise IssuerNotFound(gettext("This issuer has no key with this ID."))
    if key.kind == keys.RSA:
        return _json(request, keys.jwk(organization, key), "application/jwk+json")
    return _json(request, {"@context": documents.MULTIKEY, **keys.method(organization, key)}, JSON_LD)


@_open_to_all
def issuer_jwks(request: HttpRequest, issuer_id: str) -> HttpResponseBase:
    """Every public key of an issuer, as a JSON Web Key Set."""
    organization = _organization(issuer_id)
    listed = [keys.jwk(organization, key) for key in keys.published(organization.id)]
    return _json(request, {"keys": listed}, "application/jwk-set+json")


@_open_to_all
def status_list(request: HttpRequest, issuer_id: str, number: str) -> HttpResponseBase:
    """Which credentials of a list were revoked, signed; the answer is asked for anew each time."""
    organization = _organization(issuer_id)
    numbered = parse_number(number)
    found = StatusList.objects.filter(
        organization=organization, number=numbered if numbered and numbered < 2**31 else 0
    ).first()
    if found is None:
        raise IssuerNotFound(gettext("This issuer has no status list with this number."))
    kept = status_lists.current(organization, found)
    kind = _wanted(request, VERIFIABLE, JWT, JSON_LD, JSON)
    return _signed(request, kind, kept.document, kept.jwt)


def _organization(key: str) -> Organization:
    try:
        return accounts.organization_by_key(key[:101].replace("\x00", ""))
    except NotFound:
        raise IssuerNotFound(gettext("There is no issuer at this address.")) from None


def _wanted(request: HttpRequest, *kinds: str) -> str:
    """Which of ``kinds`` the request prefers; the first where it does not say."""
    return request.get_preferred_type(kinds) or kinds[0]


def _signed(request: HttpRequest, kind: str, document: str, jwt: str) -> HttpResponse:
    text = jwt if kind == JWT else document
    return _answered(request, text.encode(), kind, REVALIDATED)


def _json(request: HttpRequest, document: dict[str, Any], kind: str) -> HttpResponse:
    body = json.dumps(document, ensure_ascii=False).encode()
    return _answered(request, body, _wanted(request, kind, JSON), MINUTES)


def _answered(request: HttpRequest, body: bytes, kind: str, cached: str) -> HttpResponse:
    tag = f'"{hashlib.sha256(kind.encode() + body).hexdigest()[:32]}"'
    same = tag in request.headers.get("If-None-Match", "")
    response = HttpResponseNotModified() if same else HttpResponse(body, content_type=kind)
    response["ETag"], response["Cache-Control"] = tag, cached
    patch_vary_headers(response, ["Accept"])
    return response


urlpatterns = [
    path("credentials/issuers/<str:issuer_id>", issuer, name="issuer"),
    path("credentials/issuers/<str:issuer_id>/keys/<str:key_id>", issuer_key, name="issuer_key"),
    path("credentials/issuers/<str:issuer_id>/jwks.json", issuer_jwks, name="issuer_jwks"),
    path("credentials/issuers/<str:issuer_id>/status/<str:number>", status_list, name="status_list"),
    path("credentials/<str:number>", credential, name="open_badge"),
]
