"""Forms of enrollments."""

from typing import Any

from django import forms

from heliograph.core.translation import gettext_lazy
from heliograph.ui.forms import Choice, Form, text


class EnrollForm(Form):
    email = text(
        gettext_lazy("Email"),
        longest=254,
        shown=forms.EmailInput,
        help_text=gettext_lazy("Of a user of your organization."),
        error_messages={"required": gettext_lazy("Enter an email address.")},
    )
    cohort = Choice(gettext_lazy("Start"), required=False)

    def __init__(self, *given: Any, starts: Any = (), **options: Any) -> None:
        super().__init__(*given, **options)
        listed = [(str(row.id), f"{row.name}, {row.starts_on}") for row in starts]
        if listed:
            self.fields["cohort"].choices = [("", "–"), *listed]  # type: ignore[attr-defined]
        else:
            del self.fields["cohort"]
