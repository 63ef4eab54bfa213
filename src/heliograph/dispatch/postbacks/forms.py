"""The form of a dispatch's webhook."""

from django import forms

from heliograph.core.translation import gettext_lazy
from heliograph.ui.forms import Form, text


class WebhookEndpoint(Form):
    postback_url = text(
        gettext_lazy("Endpoint URL"),
        longest=2000,
        required=False,
        shown=forms.URLInput,
        placeholder="https://lms.example.org/heliograph",
        help_text=gettext_lazy("Leave blank to turn off. Past events are not sent."),
    )
