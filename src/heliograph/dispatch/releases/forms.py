"""The form that gives chosen customers a version."""

from typing import Any

from django import forms

from heliograph.core.translation import gettext_lazy
from heliograph.ui.forms import Form, WholeNumber


class Release(Form):
    """``destination`` names the ticked rows of the table."""

    version = WholeNumber(
        gettext_lazy("Version"), required=True, refusal=gettext_lazy("Select a version."), widget=forms.Select
    )

    def __init__(self, *given: Any, newer: Any = (), **options: Any) -> None:
        super().__init__(*given, **options)
        self.fields["version"].widget.choices = [  # type: ignore[attr-defined]
            (version.number, f"version {version.number}") for version in newer
        ]
        self.fields["version"].widget.attrs["aria-label"] = "Version"
