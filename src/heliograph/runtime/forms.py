"""Forms of a registration."""

from typing import Any

from django import forms

from heliograph.core.translation import gettext_lazy, pgettext_lazy
from heliograph.runtime.cmi5.waiving import LONGEST_NOTE, REASONS
from heliograph.runtime.corrections import LONGEST_REASON
from heliograph.ui.forms import Choice, Form, text


class Points(forms.FloatField):
    """A score from 0 to 100, with a point or a comma; None where the field is empty."""

    def __init__(self) -> None:
        refusal = gettext_lazy("Score must be a number from 0 to 100, or blank.")
        super().__init__(
            label=gettext_lazy("Score (0–100)"),
            required=False,
            min_value=0,
            max_value=100,
            widget=forms.TextInput({"inputmode": "decimal", "placeholder": gettext_lazy("Unchanged")}),
            error_messages={"invalid": refusal, "min_value": refusal, "max_value": refusal},
        )

    def to_python(self, value: Any) -> Any:
        return super().to_python(value.replace(",", ".") if isinstance(value, str) else value)


class MarkComplete(Form):
    reason = text(
        gettext_lazy("Reason"),
        longest=LONGEST_REASON,
        lines=2,
        help_text=gettext_lazy("Visible to everyone with access to this registration."),
        error_messages={
            "required": gettext_lazy(
                "Enter a reason. It is visible to everyone with access to this registration."
            )
        },
    )
    success = Choice(
        gettext_lazy("Result"),
        [
            ("", gettext_lazy("Unchanged")),
            ("passed", gettext_lazy("Passed")),
            ("failed", pgettext_lazy("learner", "Failed")),
        ],
        required=False,
    )
    points = Points()


class WaiveLesson(Form):
    """``lessons`` are those that are not met: their identifiers with their titles."""

    unit = forms.CharField(label=gettext_lazy("Lesson"), required=False, widget=forms.Select)
    reason = Choice(gettext_lazy("Reason"), [(reason, reason) for reason in REASONS])
    note = text(gettext_lazy("Note"), longest=LONGEST_NOTE, required=False)

    def __init__(self, *given: Any, lessons: Any = (), **options: Any) -> None:
        super().__init__(*given, **options)
        self.fields["unit"].widget.choices = [("", gettext_lazy("All incomplete lessons")), *lessons]  # type: ignore[attr-defined]


class ResetProgress(Form):
    reason = text(gettext_lazy("Reason"), longest=LONGEST_REASON, required=False)
