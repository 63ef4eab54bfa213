"""Forms of program holders."""

from django import forms

from heliograph.core.translation import gettext_lazy
from heliograph.ui.forms import Form, text

PERMISSIONS = {
    "mark_complete": gettext_lazy("Mark students complete"),
    "verify_claims": gettext_lazy("Verify and reject students’ claims"),
    "match_results": gettext_lazy("Match partners’ results that found nobody"),
}


class HolderForm(Form):
    name = text(gettext_lazy("Name"), error_messages={"required": gettext_lazy("Enter a name.")})
    email = text(gettext_lazy("Email"), longest=254, required=False, shown=forms.EmailInput)
    website = text(
        gettext_lazy("Website"),
        longest=500,
        required=False,
        shown=forms.URLInput,
        placeholder="https://",
    )
    permissions = forms.MultipleChoiceField(
        label=gettext_lazy("What its people may do"),
        choices=list(PERMISSIONS.items()),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )


class HolderPerson(Form):
    email = text(
        gettext_lazy("Email"),
        longest=254,
        shown=forms.EmailInput,
        help_text=gettext_lazy("Of a user of your organization."),
        error_messages={"required": gettext_lazy("Enter an email address.")},
    )
