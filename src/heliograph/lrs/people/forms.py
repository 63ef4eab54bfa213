"""The form that erases a person."""

from django import forms

from heliograph.core.translation import gettext_lazy
from heliograph.ui.confirmation import NameTyped
from heliograph.ui.forms import text


class ErasePerson(NameTyped):
    person = forms.CharField(widget=forms.HiddenInput)
    reason = text(
        gettext_lazy("Reason"),
        longest=1000,
        lines=2,
        placeholder=gettext_lazy("Request by letter, March 3"),
        help_text=gettext_lazy("Kept in the log. Don't name the person."),
        error_messages=dict.fromkeys(
            ("required", "max_length"), gettext_lazy("Enter a reason of up to 1,000 characters.")
        ),
    )
    field_order = ("reason", "typed")
