"""The form that marks a student complete."""

from django import forms

from heliograph.core.translation import gettext_lazy
from heliograph.marketplace.completion.actions import LONGEST_NOTES
from heliograph.marketplace.completion.files import ACCEPTED
from heliograph.marketplace.forms import CompletionDay
from heliograph.ui.forms import Files, Form, text


class MarkCompleteForm(Form):
    completed_at = CompletionDay()
    certificate_url = text(
        gettext_lazy("Address of the certificate"),
        longest=1000,
        required=False,
        shown=forms.URLInput,
        placeholder="https://",
    )
    notes = text(gettext_lazy("Notes"), longest=LONGEST_NOTES, lines=3, required=False)
    proof = Files(
        gettext_lazy("Proof"),
        accept=ACCEPTED,
        help_text=gettext_lazy("PDF, or photos as JPEG or PNG. Up to 5 files of 10 MB."),
    )
