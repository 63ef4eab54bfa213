"""The email log: the organization's mail, what became of it, and sending again what failed."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.http import require_POST

from heliograph.accounts.page_access import actor_of, page
from heliograph.core.roles import Role
from heliograph.core.web.listing import as_csv, listing
from heliograph.delivery import mail

COLUMNS = {
    "at": lambda mail: mail.created_at.isoformat(),
    "to": lambda mail: ", ".join(mail.to),
    "subject": lambda mail: mail.subject,
    "state": lambda mail: mail.word,
    "tries": lambda mail: mail.tries,
    "error": lambda mail: mail.answer,
}


@page(Role.ADMIN)
def outbox(request: HttpRequest) -> HttpResponseBase:
    actor = actor_of(request)
    state = request.GET.get("state", "")
    rows = mail.outbox(actor.organization_id, state)
    if request.GET.get("csv"):
        return as_csv("outbox", COLUMNS, rows)
    shown = {
        "listing": listing(request, rows),
        "state": state,
        "states": list(mail.STATES),
        "set_up": bool(settings.EMAIL_HOST),
    }
    return render(request, "accounts/outbox.html", shown)


@require_POST
@page(Role.ADMIN)
def retry(request: HttpRequest, mail_id: str) -> HttpResponseBase:
    mail.send_again(actor_of(request), mail_id)
    messages.success(request, "Email queued for resending.")
    return redirect("outbox")


urlpatterns = [
    path("admin/outbox/", outbox, name="outbox"),
    path("admin/outbox/<str:mail_id>/retry", retry, name="mail_retry"),
]
