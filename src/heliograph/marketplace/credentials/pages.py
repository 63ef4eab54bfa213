"""The public page of a credential, by its number, and the operator's list of all of them."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.http import require_POST

from heliograph.accounts import queries as accounts
from heliograph.accounts.page_access import actor_of, page
from heliograph.core.errors import TooMany
from heliograph.core.permissions import Permission
from heliograph.core.translation import gettext, gettext_lazy
from heliograph.core.web.clients import client_address, network_of
from heliograph.core.web.rate_limits import RateLimit
from heliograph.marketplace.credentials import actions, documents, downloads, keys, queries
from heliograph.marketplace.credentials.forms import Reissue
from heliograph.marketplace.forms import Reason
from heliograph.ui.confirmation import question
from heliograph.ui.tables import ChoiceFilter, Column, Table

downloaded = RateLimit(60)  # files a minute, of one network
SIGNS: dict[str, str] = {keys.RSA: "VC-JWT (RSA)", keys.ED25519: "Data Integrity (Ed25519)"}
CREDENTIALS = Table(
    "credentials",
    gettext_lazy("credential"),
    gettext_lazy("credentials"),
    columns=(
        Column("student", gettext_lazy("Student"), "holder_name"),
        Column("title", gettext_lazy("Credential"), "title"),
        Column("state", gettext_lazy("Status")),
        Column("awarded", gettext_lazy("Awarded"), "id"),
        Column("expires", gettext_lazy("Expires"), "expires_at"),
        Column("number", gettext_lazy("Number")),
    ),
    filters=(
        ChoiceFilter(
            "state",
            gettext_lazy("Status"),
            {"valid": gettext_lazy("Not revoked"), "revoked": gettext_lazy("Revoked")},
            open=True,
        ),
    ),
    dated=True,
    searched=gettext_lazy("Name, title or number"),
    csv={
        "number": lambda row: row.number,
        "title": lambda row: row.title,
        "name": lambda row: row.holder_name,
        "email": lambda row: row.enrollment.student.user.email,
        "status": lambda row: row.state,
        "awarded": lambda row: row.awarded_at.isoformat(),
        "completed": lambda row: row.completed_at.isoformat(),
        "expires": lambda row: row.expires_at.isoformat() if row.expires_at else "",
        "revoked": lambda row: row.revoked_at.isoformat() if row.revoked_at else "",
        "reason": lambda row: row.revocation_reason,
    },
)


@page(Permission.PROGRAMS_VIEW)
def credentials(request: HttpRequest) -> HttpResponseBase:
    query = CREDENTIALS.read(request)
    rows = queries.credentials(actor_of(request).organization_id, query.search, query.filters["state"])
    if query.csv:
        return CREDENTIALS.file(query, rows)
    table = CREDENTIALS.page(request, query, rows)
    return render(request, "marketplace/credentials.html", {"table": table})


@page(Permission.PROGRAMS_VIEW)
def credential(request: HttpRequest, awarded_id: str) -> HttpResponseBase:
    """A credential: what it says, its files, and what can be done with it."""
    found = queries.credential(actor_of(request).organization_id, awarded_id)
    shown = {
        "credential": found,
        "address": actions.address(found),
        "files": downloads.offered(found),
        "revoke_form": Reason(),
        "reissue_form": Reissue(initial={"holder_name": found.holder_name}),
    }
    return render(request, "marketplace/credential.html", shown)


@page(Permission.PROGRAMS_VIEW)
def credential_file(request: HttpRequest, awarded_id: str, name: str) -> HttpResponseBase:
    """A file of a credential, with the holder's name."""
    found = queries.credential(actor_of(request).organization_id, awarded_id)
    return downloads.respond(found, name, named=True)


@require_POST
@page(Permission.CREDENTIALS_MANAGE)
def revoke(request: HttpRequest, awarded_id: str) -> HttpResponseBase:
    actor = actor_of(request)
    found = queries.credential(actor.organization_id, awarded_id)
    actions.revoke(actor, found, Reason.sent(request)["reason"])
    messages.success(request, gettext("Credential revoked."))
    return redirect("awarded_credential", found.number)


@require_POST
@page(Permission.CREDENTIALS_MANAGE)
def reissue(request: HttpRequest, awarded_id: str) -> HttpResponseBase:
    """Award it anew with a corrected name."""
    actor = actor_of(request)
    found = queries.credential(actor.organization_id, awarded_id)
    made = actions.reissue(actor, found, **Reissue.sent(request))
    messages.success(request, gettext("Credential reissued."))
    return redirect("awarded_credential", made.number)


@page(Permission.PROGRAMS_VIEW)
def signing_keys(request: HttpRequest) -> HttpResponseBase:
    """The keys that sign the organization's credentials, and those that did."""
    organization = accounts.organization(actor_of(request).organization_id)
    shown = {
        "issuer": keys.issuer_address(organization),
        "keys": [
            (key, keys.address(organization, key), SIGNS[key.kind]) for key in keys.published(organization.id)
        ],
    }
    return render(request, "marketplace/signing_keys.html", shown)


@require_POST
@page(Permission.CREDENTIALS_MANAGE)
def rotate(request: HttpRequest) -> HttpResponseBase:
    title = gettext("Replace the signing keys?")
    follows = [
        gettext("New credentials and status lists are signed with new keys."),
        gettext("What the old keys signed stays valid: they stay published."),
    ]
    if asked := question(request, title, gettext("Replace keys"), follows):
        return asked
    keys.rotate(actor_of(request))
    messages.success(request, gettext("Signing keys replaced."))
    return redirect("signing_keys")


def verify(request: HttpRequest, number: str) -> HttpResponseBase:
    """What was awarded by whom and when, and whether it is valid now; the name if the student shows it."""
    credential = queries.public(number)
    shown = {
        "credential": credential,
        "files": downloads.offered(credential),
        "badge": documents.credential_address(credential),
        "issuer": keys.issuer_address(credential.organization),
    }
    response = render(request, "marketplace/public/verify.html", shown)
    response["Cache-Control"] = "no-store"
    return response


def verify_file(request: HttpRequest, number: str, name: str) -> HttpResponseBase:
    """A file of a credential for anybody, with the name if the student shows it."""
    network = network_of(client_address(request.META, settings.HELIOGRAPH.trusted_proxies))
    allowed = downloaded.take(network)
    if not allowed.allowed:
        raise TooMany(
            gettext("Too many downloads from your network. Wait a minute, then try again."),
            retry_after=allowed.seconds,
        )
    credential = queries.public(number)
    return downloads.respond(credential, name, named=credential.shows_name)


_AT = "admin/marketplace/credentials/"
urlpatterns = [
    path(_AT, credentials, name="awarded_credentials"),
    path(f"{_AT}keys/", signing_keys, name="signing_keys"),
    path(f"{_AT}keys/rotate", rotate, name="signing_keys_rotate"),
    path(f"{_AT}<str:awarded_id>/", credential, name="awarded_credential"),
    path(f"{_AT}<str:awarded_id>/revoke", revoke, name="credential_award_revoke"),
    path(f"{_AT}<str:awarded_id>/reissue", reissue, name="credential_award_reissue"),
    path(f"{_AT}<str:awarded_id>/files/<str:name>", credential_file, name="awarded_credential_file"),
    path("verify/<str:number>/", verify, name="verify_credential"),
    path("verify/<str:number>/<str:name>", verify_file, name="verify_credential_file"),
]
