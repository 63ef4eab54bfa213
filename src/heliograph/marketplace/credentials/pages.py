"""The public page of a credential, by its number, and the operator's list of all of them."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.http import require_POST

from heliograph.accounts.page_access import actor_of, page
from heliograph.core.permissions import Permission
from heliograph.core.translation import gettext, gettext_lazy
from heliograph.marketplace.credentials import actions, queries
from heliograph.marketplace.forms import Reason
from heliograph.ui.tables import ACTIONS, ChoiceFilter, Column, Table

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
        Column(ACTIONS, gettext_lazy("Actions")),
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
    for row in table.rows:
        row.form = Reason(key=row.number)
    return render(request, "marketplace/credentials.html", {"table": table})


@require_POST
@page(Permission.CREDENTIALS_MANAGE)
def revoke(request: HttpRequest, credential_id: str) -> HttpResponseBase:
    actor = actor_of(request)
    credential = queries.credential(actor.organization_id, credential_id)
    actions.revoke(actor, credential, Reason.sent(request)["reason"])
    messages.success(request, gettext("Credential revoked."))
    return redirect("awarded_credentials")


def verify(request: HttpRequest, number: str) -> HttpResponseBase:
    """What was awarded by whom and when, and whether it is valid now; the name if the student shows it."""
    credential = queries.public(number)
    response = render(request, "marketplace/public/verify.html", {"credential": credential})
    response["Cache-Control"] = "no-store"
    return response


urlpatterns = [
    path("admin/marketplace/credentials/", credentials, name="awarded_credentials"),
    path("admin/marketplace/credentials/<str:credential_id>/revoke", revoke, name="credential_award_revoke"),
    path("verify/<str:number>/", verify, name="verify_credential"),
]
