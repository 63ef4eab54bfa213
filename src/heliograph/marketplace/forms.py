"""Forms that several pages of the marketplace share."""

from datetime import datetime
from typing import Any

from heliograph.core.translation import gettext_lazy
from heliograph.ui.forms import Day, Form, text

NOON = 12


class Reason(Form):
    reason = text(
        gettext_lazy("Reason"),
        longest=1000,
        lines=3,
        help_text=gettext_lazy("The student reads it."),
        error_messages={"required": gettext_lazy("Enter a reason. The student reads it.")},
    )


class CompletionDay(Day):
    """A day on which something was completed: its noon in UTC, which is the same day almost everywhere."""

    def __init__(self) -> None:
        super().__init__(
            gettext_lazy("Completed on"),
            required=True,
            error_messages={
                "required": gettext_lazy("Enter the day of completion."),
                "invalid": gettext_lazy("Enter a date as YYYY-MM-DD."),
            },
        )

    def clean(self, value: Any) -> datetime | None:  # type: ignore[override]
        day = super().clean(value)
        return day.replace(hour=NOON) if day else None
