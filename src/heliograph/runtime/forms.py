"""Forms of a registration."""

from typing import Any

from django import forms

from heliograph.runtime.cmi5.waiving import LONGEST_NOTE, REASONS
from heliograph.runtime.corrections import LONGEST_REASON
from heliograph.ui.forms import Choice, Form, text


class Points(forms.FloatField):
    """A score from 0 to 100, with a point or a comma; None where the field is empty."""

    def __init__(self) -> None:
        refusal = "Score must be a number from 0 to 100, or blank."
        super().__init__(
            label="Score (0–100)",
            required=False,
            min_value=0,
            max_value=100,
            widget=forms.TextInput({"inputmode": "decimal", "placeholder": "Unchanged"}),
            error_messages={"invalid": refusal, "min_value": refusal, "max_value": refusal},
        )

    def to_python(self, value: Any) -> Any:
        return super().to_python(value.replace(",", ".") if isinstance(value, str) else value)


class MarkComplete(Form):
    reason = text(
        "Reason",
        longest=LONGEST_REASON,
        lines=2,
        help_text="Visible to everyone with access to this registration.",
        error_messages={
            "required": "Enter a reason. It is visible to everyone with access to this registration."
        },
    )
    success = Choice(
        "Result", [("", "Unchanged"), ("passed", "Passed"), ("failed", "Failed")], required=False
    )
    points = Points()


class WaiveLesson(Form):
    """``lessons`` are those that are not met: their identifiers with their titles."""

    unit = forms.CharField(label="Lesson", required=False, widget=forms.Select)
    reason = Choice("Reason", [(reason, reason) for reason in REASONS])
    note = text("Note", longest=LONGEST_NOTE, required=False)

    def __init__(self, *given: Any, lessons: Any = (), **options: Any) -> None:
        super().__init__(*given, **options)
        self.fields["unit"].widget.choices = [("", "All incomplete lessons"), *lessons]  # type: ignore[attr-defined]


class ResetProgress(Form):
    reason = text("Reason", longest=LONGEST_REASON, required=False)
