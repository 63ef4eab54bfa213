"""Forms of applicants."""

from typing import Any

from django import forms

from heliograph.core.translation import gettext_lazy
from heliograph.ui.forms import Choice, Form, Tick, text


class BeginApplication(Form):
    """The first step; ``website`` is a field that people do not see, and programs fill in."""

    email = text(
        gettext_lazy("Email"),
        longest=254,
        shown=forms.EmailInput,
        attrs={"autocomplete": "email"},
        help_text=gettext_lazy("We mail you a link with which you go on, now or later."),
        error_messages={"required": gettext_lazy("Enter your email address.")},
    )
    website = forms.CharField(required=False, widget=forms.HiddenInput())


class ApplicationForm(Form):
    name = text(
        gettext_lazy("Full name"),
        attrs={"autocomplete": "name"},
        error_messages={"required": gettext_lazy("Enter your name.")},
    )
    phone = text(gettext_lazy("Phone"), longest=50, required=False, attrs={"autocomplete": "tel"})
    message = text(gettext_lazy("Why do you apply?"), longest=5_000, lines=4, required=False)
    cohort = Choice(gettext_lazy("Start"), required=False)
    consent = Tick(gettext_lazy("I agree that this information is used to decide on my application."))

    def __init__(self, *given: Any, starts: Any = (), **options: Any) -> None:
        super().__init__(*given, **options)
        if starts:
            self.fields["cohort"].choices = [(str(row.id), f"{row.name}, {row.starts_on}") for row in starts]  # type: ignore[attr-defined]
        else:
            del self.fields["cohort"]

    def clean_consent(self) -> bool:
        if not self.cleaned_data["consent"]:
            raise forms.ValidationError(gettext_lazy("We cannot decide on your application without this."))
        return True
