"""The form of a dispatch's webhook."""

from django import forms

from heliograph.ui.forms import Form, text


class WebhookEndpoint(Form):
    postback_url = text(
        "Endpoint URL",
        longest=2000,
        required=False,
        shown=forms.URLInput,
        placeholder="https://lms.example.org/heliograph",
        help_text="Leave blank to turn off. Past events are not sent.",
    )
