"""The operator's pages of mails to students, and the student's page of which to get."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase, QueryDict
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.views.decorators.http import require_POST

from heliograph.accounts.page_access import actor_of, page
from heliograph.core.permissions import Permission
from heliograph.core.translation import gettext, gettext_lazy
from heliograph.marketplace import mails
from heliograph.marketplace.mail_templates import actions
from heliograph.marketplace.mails import Template
from heliograph.marketplace.models import MailPreference, MailTemplate
from heliograph.marketplace.models.mails import LONGEST_TEXT
from heliograph.ui.forms import Choice, Form, text


class MailForm(Form):
    subject = text(
        gettext_lazy("Subject"),
        longest=actions.LONGEST_SUBJECT,
        error_messages={"required": gettext_lazy("Enter a subject.")},
    )
    text = text(
        gettext_lazy("Text"),
        longest=LONGEST_TEXT,
        lines=10,
        error_messages={"required": gettext_lazy("Enter a text.")},
    )


class PreferenceForm(Form):
    language = Choice(gettext_lazy("Language of mails"), required=False)
    wanted = forms.MultipleChoiceField(
        label=gettext_lazy("Mails that only inform"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("Decisions, payments and credentials are always mailed."),
    )

    def __init__(self, *given: Any, **options: Any) -> None:
        super().__init__(*given, **options)
        language: Any = self.fields["language"]
        language.choices = [("", gettext("As in my application")), *settings.LANGUAGES]
        wanted: Any = self.fields["wanted"]
        wanted.choices = [(each.key, each.label) for each in mails.TEMPLATES.values() if each.optional]


@page(Permission.PROGRAMS_VIEW)
def mail_templates(request: HttpRequest) -> HttpResponseBase:
    own = MailTemplate.objects.filter(organization_id=actor_of(request).organization_id)
    names = dict(settings.LANGUAGES)
    changed: dict[str, list[str]] = {}
    for key, code in own.order_by("language").values_list("key", "language"):
        changed.setdefault(key, []).append(str(names.get(code, code)))
    rows = [(template, ", ".join(changed.get(template.key, []))) for template in mails.TEMPLATES.values()]
    shown = {"rows": rows, "language": mails.DEFAULT_LANGUAGE}
    return render(request, "marketplace/mail_templates.html", shown)


@page(Permission.PROGRAMS_VIEW)
def mail_template(request: HttpRequest) -> HttpResponseBase:
    template, spoken = _named(request.GET)
    own = MailTemplate.objects.filter(
        organization_id=actor_of(request).organization_id, key=template.key, language=spoken
    ).first()
    with mails.in_language(spoken):
        ours = {"subject": gettext(template.subject), "text": gettext(template.text)}
    shown = {
        "template": template,
        "language": spoken,
        "languages": settings.LANGUAGES,
        "own": own,
        "ours": ours,
        "places": actions.shown_places(template),
        "form": MailForm(initial={"subject": own.subject, "text": own.text} if own else ours),
    }
    return render(request, "marketplace/mail_template.html", shown)


@require_POST
@page(Permission.PROGRAMS_MANAGE)
def mail_template_change(request: HttpRequest) -> HttpResponseBase:
    said = MailForm.sent(request)
    template, spoken = _named(request.POST)
    actions.change(actor_of(request), template, spoken, said["subject"], said["text"])
    messages.success(request, gettext("Saved. Applies to mails that are sent from now on."))
    return _back(template, spoken)


@require_POST
@page(Permission.PROGRAMS_MANAGE)
def mail_template_restore(request: HttpRequest) -> HttpResponseBase:
    template, spoken = _named(request.POST)
    actions.restore(actor_of(request), template, spoken)
    messages.success(request, gettext("The mail has the standard text again."))
    return _back(template, spoken)


@page(everybody=True)
def my_mails(request: HttpRequest) -> HttpResponseBase:
    member = request.member  # type: ignore[attr-defined]
    if request.method == "POST":
        said = PreferenceForm.sent(request)
        optional = {template.key for template in mails.TEMPLATES.values() if template.optional}
        actions.prefer(member, said["language"], optional - set(said["wanted"]))
        messages.success(request, gettext("Changes saved."))
        return redirect("my_mails")
    known = MailPreference.objects.filter(member=member).first() or MailPreference(member=member)
    wanted = [key for key, each in mails.TEMPLATES.items() if each.optional and key not in known.off]
    form = PreferenceForm(initial={"language": known.language, "wanted": wanted})
    return render(request, "marketplace/student/mails.html", {"form": form})


def _named(given: QueryDict) -> tuple[Template, str]:
    """The mail and the language that are meant. Raises `NotFound`."""
    key, code = given.get("mail", mails.BEGUN.key), given.get("language", mails.DEFAULT_LANGUAGE)
    return actions.template(key), actions.language(code)


def _back(template: Template, spoken: str) -> HttpResponseBase:
    return redirect(f"{reverse('mail_template')}?mail={template.key}&language={spoken}")


_AT = "admin/marketplace/mails/"
urlpatterns = [
    path(_AT, mail_templates, name="mail_templates"),
    path(f"{_AT}mail/", mail_template, name="mail_template"),
    path(f"{_AT}mail/change", mail_template_change, name="mail_template_change"),
    path(f"{_AT}mail/restore", mail_template_restore, name="mail_template_restore"),
    path("lms/mails/", my_mails, name="my_mails"),
]
