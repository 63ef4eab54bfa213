"""Forms that several pages of the marketplace share."""

from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms

from heliograph.core.translation import gettext_lazy
from heliograph.ui.forms import Day, Form, text

NOON = 12
CENTS = 100


class Amount(forms.CharField):
    """An amount of money, in cents; None where the field is empty."""

    def __init__(self, label: str, *, required: bool = False, **options: Any) -> None:
        widget = forms.TextInput({"inputmode": "decimal", "autocomplete": "off"})
        options.setdefault("error_messages", {"required": gettext_lazy("Enter an amount above zero.")})
        super().__init__(label=label, required=required, max_length=12, widget=widget, **options)

    def clean(self, value: Any) -> int | None:
        written = super().clean(value).strip().replace(",", ".")
        if not written:
            return None
        whole, _, part = written.partition(".")
        digits = f"{whole}{part}"
        if not (digits.isdecimal() and digits.isascii() and 1 <= len(whole) <= 7 and len(part) <= 2):
            raise forms.ValidationError(gettext_lazy("Enter an amount such as 1250 or 1250.50."))
        return int(whole) * CENTS + int(part.ljust(2, "0"))

    def prepare_value(self, value: Any) -> Any:
        """Cents as people write them."""
        return f"{value / CENTS:.2f}" if isinstance(value, int) else value


class Percentage(forms.CharField):
    """A percentage from 0 to 100, with up to three places; zero where the field is empty."""

    def __init__(self, label: str, **options: Any) -> None:
        widget = forms.TextInput({"inputmode": "decimal", "autocomplete": "off"})
        super().__init__(label=label, required=False, max_length=8, widget=widget, **options)

    def clean(self, value: Any) -> Decimal:
        written = super().clean(value).strip().removesuffix("%").replace(",", ".")
        try:
            percent = Decimal(written or "0") if written.isascii() else Decimal("NaN")
        except InvalidOperation:
            percent = Decimal("NaN")
        if not percent.is_finite() or not 0 <= percent <= 100 or percent != round(percent, 3):
            raise forms.ValidationError(gettext_lazy("Enter a percentage from 0 to 100."))
        return percent

    def prepare_value(self, value: Any) -> Any:
        """Without the zeros at its end."""
        return f"{value.normalize():f}" if isinstance(value, Decimal) else value


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
