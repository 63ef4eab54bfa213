"""Pages of the record store's credentials."""

from typing import Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.http import require_POST

from heliograph.accounts.page_access import actor_of, page
from heliograph.core.permissions import Permission
from heliograph.core.translation import gettext, gettext_lazy
from heliograph.lrs.access import SCOPES
from heliograph.lrs.credentials import actions, queries
from heliograph.lrs.credentials.forms import NewCredential
from heliograph.ui.confirmation import question

NEW_SECRET: Final = "new_credential"  # noqa: S105 - the name of a session entry
SHOWN_ONCE: Final = {
    "endpoint": gettext_lazy("Endpoint"),
    "key": gettext_lazy("Key (user name)"),
    "secret": gettext_lazy("Secret (password)"),
    "token": gettext_lazy("Bearer token"),
}


@page(Permission.RECORDS_MANAGE)
def credentials(request: HttpRequest) -> HttpResponseBase:
    """Who may read and write the records: programs, by their credentials."""
    made = request.session.pop(NEW_SECRET, None)
    shown = {
        "credentials": [
            (credential, [SCOPES.get(scope, scope) for scope in credential.scopes])
            for credential in queries.credentials(actor_of(request).organization_id)
        ],
        "form": NewCredential(),
        "made": made,
        "made_fields": [(label, f"made-{name}", made[name]) for name, label in SHOWN_ONCE.items()]
        if made
        else [],
        "endpoint": queries.endpoint(),
        "opened": "new" in request.GET,
    }
    return render(request, "lrs/credentials.html", shown)


@require_POST
@page(Permission.RECORDS_MANAGE)
def credential_add(request: HttpRequest) -> HttpResponseBase:
    made, secret = actions.create_credential(actor_of(request), **NewCredential.sent(request))
    request.session[NEW_SECRET] = {"name": made.name, **queries.shown_once(made, secret)}
    return redirect("credentials")


@require_POST
@page(Permission.RECORDS_MANAGE)
def credential_revoke(request: HttpRequest, credential_id: str) -> HttpResponseBase:
    credential = queries.credential(actor_of(request).organization_id, credential_id)
    title = gettext("Revoke “%(name)s”?") % {"name": credential.name}
    if asked := question(request, title, gettext("Revoke"), queries.consequences_of_revoking(credential)):
        return asked
    actions.revoke_credential(actor_of(request), credential)
    messages.success(request, gettext("Credential “%(name)s” revoked.") % {"name": credential.name})
    return redirect("credentials")


urlpatterns = [
    path("records/credentials/", credentials, name="credentials"),
    path("records/credentials/new", credential_add, name="credential_add"),
    path("records/credentials/<str:credential_id>/revoke", credential_revoke, name="credential_revoke"),
]
