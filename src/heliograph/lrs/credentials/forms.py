"""The form that makes a credential."""

from django import forms

from heliograph.lrs.access import SCOPES
from heliograph.lrs.credentials.actions import USUAL
from heliograph.ui.forms import Day, Form, text


class NewCredential(Form):
    name = text("Name", placeholder="Authoring tool of the safety team")
    scopes = forms.MultipleChoiceField(
        label="Permissions",
        choices=list(SCOPES.items()),
        initial=USUAL,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one permission."},
    )
    activity_prefix = text(
        "Activity ID prefix",
        longest=1000,
        required=False,
        placeholder="https://example.org/courses/",
        help_text="Leave blank for all activities.",
    )
    expires_at = Day("Expiration date", last=True, help_text="Leave blank for no expiration.")
