"""The email log: the organization's mail, what became of it, and sending again what failed."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.http import require_POST

from heliograph.accounts.page_access import actor_of, page
from heliograph.core.permissions import Permission
from heliograph.core.translation import gettext, gettext_lazy
from heliograph.delivery import mail
from heliograph.ui.tables import ACTIONS, ChoiceFilter, Column, Table

LABELS = {"waiting": gettext_lazy("Waiting"), "sent": gettext_lazy("Sent"), "failed": gettext_lazy("Failed")}
EMAILS = Table(
    "outbox",
    gettext_lazy("email"),
    gettext_lazy("emails"),
    columns=(
        Column("state", gettext_lazy("Status")),
        Column("subject", gettext_lazy("Subject"), "subject"),
        Column("to", gettext_lazy("To")),
        Column("date", gettext_lazy("Date"), "id"),
        Column("response", gettext_lazy("Server response")),
        Column(ACTIONS, gettext_lazy("Actions")),
    ),
    filters=(ChoiceFilter("state", gettext_lazy("Status"), LABELS, open=True),),
    dated=True,
    csv={
        "date": lambda mail: mail.created_at.isoformat(),
        "to": lambda mail: ", ".join(mail.to),
        "subject": lambda mail: mail.subject,
        "status": lambda mail: mail.word,
        "attempts": lambda mail: mail.tries,
        "server response": lambda mail: mail.answer,
    },
)


@page(Permission.EMAILS_MANAGE)
def outbox(request: HttpRequest) -> HttpResponseBase:
    query = EMAILS.read(request)
    rows = mail.outbox(actor_of(request).organization_id, query.filters["state"])
    if query.csv:
        return EMAILS.file(query, rows)
    shown = {"table": EMAILS.page(request, query, rows), "set_up": bool(settings.EMAIL_HOST)}
    return render(request, "accounts/outbox.html", shown)


@require_POST
@page(Permission.EMAILS_MANAGE)
def retry(request: HttpRequest, mail_id: str) -> HttpResponseBase:
    mail.send_again(actor_of(request), mail_id)
    messages.success(request, gettext("Email queued for resending."))
    return redirect("outbox")


urlpatterns = [
    path("admin/outbox/", outbox, name="outbox"),
    path("admin/outbox/<str:mail_id>/retry", retry, name="mail_retry"),
]
