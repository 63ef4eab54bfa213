"""The form that makes a credential."""

from django import forms

from heliograph.core.translation import gettext_lazy
from heliograph.lrs.access import SCOPES
from heliograph.lrs.credentials.actions import USUAL
from heliograph.ui.forms import Day, Form, text


class NewCredential(Form):
    name = text(gettext_lazy("Name"), placeholder=gettext_lazy("Authoring tool of the safety team"))
    scopes = forms.MultipleChoiceField(
        label=gettext_lazy("Permissions"),
        choices=list(SCOPES.items()),
        initial=USUAL,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("Choose at least one permission.")},
    )
    activity_prefix = text(
        gettext_lazy("Activity ID prefix"),
        longest=1000,
        required=False,
        placeholder="https://example.org/courses/",
        help_text=gettext_lazy("Leave blank for all activities."),
    )
    expires_at = Day(
        gettext_lazy("Expiration date"), last=True, help_text=gettext_lazy("Leave blank for no expiration.")
    )
