"""Asking before something is destroyed, with what follows from it.

The view of a destructive act begins with `question`. What was posted without a confirmation is answered with
the question: as a dialog for the script of the page, as a page of its own without it. Confirming posts the
same again.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.html import format_html

from heliograph.core.translation import gettext
from heliograph.ui.forms import Form

CONFIRMED = "confirmed"  # the field that a confirmation sends
NOT_REPEATED = (CONFIRMED, "typed", "csrfmiddlewaretoken")


class NameTyped(Form):
    """A form that is sent by typing the ``name`` of what it is about."""

    typed = forms.CharField(
        widget=forms.TextInput({"autocomplete": "off", "spellcheck": "false", "autocapitalize": "off"})
    )

    def __init__(self, *given: Any, name: str, **options: Any) -> None:
        super().__init__(*given, **options)
        self.name = _squeezed(name)
        self.refusal = gettext("This does not match. Type “%(name)s” to confirm.") % {"name": self.name}
        self.fields["typed"].label = format_html(
            gettext("To confirm, type {}"), format_html("<code>{}</code>", self.name)
        )
        self.fields["typed"].error_messages["required"] = self.refusal

    def clean_typed(self) -> str:
        typed = _squeezed(self.cleaned_data["typed"])
        if typed != self.name:
            raise forms.ValidationError(self.refusal)
        return typed


def question(
    request: HttpRequest,
    title: str,
    button: str,
    consequences: Iterable[str],
    name: str = "",
    instead: Mapping[str, str] | None = None,
) -> HttpResponse | None:
    """What to answer to a destructive act that was not confirmed yet; None where it was.

    ``title`` asks, ``button`` says what is done, ``consequences`` say what follows, and are only looked for
    where the question is asked. With ``name``, that has to be typed: raises `Invalid` where it was not. What
    is posted again has the values of ``instead`` in place of those that were sent.
    """
    if request.POST.get(CONFIRMED):
        if name:
            NameTyped(request.POST, name=name).values()
        return None
    shown = {
        "title": title,
        "button": button,
        "consequences": list(consequences),
        "form": NameTyped(name=name) if name else None,
        "repeated": [
            *(
                (field, value)
                for field, values in request.POST.lists()
                if field not in NOT_REPEATED and field not in (instead or {})
                for value in values
            ),
            *(instead or {}).items(),
        ],
        "back": request.META.get("HTTP_REFERER", "/"),
    }
    asked_by_script = "x-dialog" in request.headers
    template = "ui/confirmation_dialog.html" if asked_by_script else "ui/confirmation.html"
    response = render(request, template, shown)
    response["X-Question"] = "1"  # by which the script knows that it is to ask
    return response


def _squeezed(text: str) -> str:
    """Text as a page shows it."""
    return " ".join(text.split())
