"""Forms of pages: what each field is called, takes and refuses, declared once and rendered by one template.

A form of a page is a `Form` beside its views. The page shows it as ``{{ form }}``, or field by field as
``{{ form.name.as_field_group }}``. The view asks for ``NewPipe.sent(request)``: the values, or `Invalid` with
what is wrong with each field. What only the part can know stays in its actions, whose `Invalid` names the
``field``.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, ClassVar

from django import forms
from django.forms.renderers import TemplatesSetting
from django.http import HttpRequest
from django.utils.functional import lazy

from heliograph.core.days import parse_day
from heliograph.core.errors import Invalid, Problem
from heliograph.core.ids import parse_number, slug
from heliograph.core.translation import gettext, gettext_lazy, grouped

LONGEST_NUMBER = 2_000_000_000  # of a column of the database


class Renderer(TemplatesSetting):
    """Renders every form of every page."""

    form_template_name = "ui/form.html"
    field_template_name = "ui/form_field.html"


class Form(forms.Form):
    """A form. ``key`` tells it from others of its kind on the same page."""

    PAIRS: ClassVar[tuple[tuple[str, str], ...]] = ()  # fields that stand side by side, by their names
    FOLDED: ClassVar[tuple[str, tuple[str, ...]]] = ("", ())  # fields at the end that are closed at first

    def __init__(self, *given: Any, key: object = "", **options: Any) -> None:
        name = "-".join(part for part in (slug(type(self).__name__, "form"), str(key)) if part)
        super().__init__(*given, **{"auto_id": f"{name}-%s", "label_suffix": "", **options})

    @classmethod
    def sent(cls, request: HttpRequest, **options: Any) -> dict[str, Any]:
        """What was sent, as the fields read it. Raises `Invalid` with what is wrong with each of them."""
        return cls(request.POST, request.FILES, **options).values()

    def values(self) -> dict[str, Any]:
        """The same of a form that is bound already."""
        if self.is_valid():
            return self.cleaned_data
        wrong = [(name, str(said)) for name, listed in self.errors.items() for said in listed]
        field, sentence = wrong[0]
        raise Invalid(
            sentence, field=field, errors=[{"where": name, "message": said} for name, said in wrong]
        )

    def refused(self, problem: Problem) -> None:
        """Take what an action refused into the form, which is then shown again."""
        field = problem.details.get("field")
        if field not in self.errors:
            self.add_error(field if field in self.fields else None, problem.sentence)

    def folded(self) -> list[forms.BoundField]:
        """The fields that are closed at first."""
        return [self[name] for name in self.FOLDED[1]]

    def lines(self) -> Iterator[list[forms.BoundField]]:
        """The fields as they are shown: one in a line, or two."""
        first = {pair[0]: pair for pair in self.PAIRS}
        others = {pair[1] for pair in self.PAIRS}.union(self.FOLDED[1])
        for field in self.visible_fields():
            if field.name not in others:
                yield [self[name] for name in first.get(field.name, (field.name,))]


def text(
    label: str, *, longest: int = 200, lines: int = 0, required: bool = True, **options: Any
) -> forms.CharField:
    """A field of text; of several ``lines`` where their number is given.

    ``options`` may hold a ``placeholder``, the kind of control as ``shown``, and its other attributes as
    ``attrs``.
    """
    attrs = {"placeholder": options.pop("placeholder", ""), **options.pop("attrs", {})}
    if lines:
        attrs["rows"] = str(lines)
    shown = forms.Textarea if lines else options.pop("shown", forms.TextInput)
    return forms.CharField(
        label=label,
        max_length=longest,
        required=required,
        widget=shown({name: value for name, value in attrs.items() if value}),
        **options,
    )


def secret(label: str, **options: Any) -> forms.CharField:
    """A field of text that nobody reads over a shoulder; it is never shown again."""
    return text(label, shown=forms.PasswordInput, attrs={"autocomplete": "new-password"}, **options)


class Choice(forms.ChoiceField):
    """One of ``choices``."""

    default_error_messages: ClassVar[dict[str, Any]] = {
        "required": gettext_lazy("Choose one of the options."),
        "invalid_choice": gettext_lazy("Choose one of the options."),
    }

    def __init__(self, label: str, choices: Any = (), **options: Any) -> None:
        super().__init__(label=label, choices=choices, **options)


class Tick(forms.BooleanField):
    """Yes or no."""

    def __init__(self, label: str, **options: Any) -> None:
        super().__init__(label=label, required=False, **options)


class _ManyFiles(forms.FileInput):
    allow_multiple_selected = True


class Files(forms.FileField):
    """Any number of files, perhaps none, of the types in ``accept``."""

    def __init__(self, label: str, *, accept: str, **options: Any) -> None:
        widget = _ManyFiles({"accept": accept, "multiple": True})
        super().__init__(label=label, required=False, widget=widget, **options)

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        return [super(Files, self).clean(file) for file in data or ()]


class WholeNumber(forms.CharField):
    """A whole number from ``least`` to ``most``; None where the field is empty.

    ``refusal`` says what it must be.
    """

    def __init__(
        self,
        label: str,
        *,
        least: int = 0,
        most: int = LONGEST_NUMBER,
        refusal: str | None = None,
        **options: Any,
    ) -> None:
        self.least, self.most = least, most
        self.refusal = lazy(self._range, str)() if refusal is None else refusal
        options.setdefault("widget", forms.TextInput({"inputmode": "numeric"}))
        options.setdefault("required", False)
        super().__init__(label=label, error_messages={"required": self.refusal}, **options)

    def _range(self) -> str:
        limits = {"least": grouped(self.least), "most": grouped(self.most)}
        return gettext("Enter a whole number from %(least)s to %(most)s.") % limits

    def clean(self, value: Any) -> int | None:
        written = super().clean(value)
        if not written:
            return None
        number = parse_number(written)
        if number is None or not self.least <= number <= self.most:
            raise forms.ValidationError(self.refusal)
        return number


class Day(forms.DateField):
    """A day: its first moment in UTC, or with ``last`` its last second; None where the field is empty."""

    default_error_messages: ClassVar[dict[str, Any]] = {
        "invalid": gettext_lazy("Enter a date as YYYY-MM-DD.")
    }

    def __init__(self, label: str, *, last: bool = False, required: bool = False, **options: Any) -> None:
        self.last = last
        widget = forms.DateInput({"type": "date"}, format="%Y-%m-%d")
        super().__init__(label=label, required=required, widget=widget, **options)

    def to_python(self, value: Any) -> date | None:
        if value in self.empty_values:
            return None
        day = parse_day(str(value).strip())
        if day is None:
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
        return day

    def clean(self, value: Any) -> datetime | None:  # type: ignore[override]
        day = super().clean(value)
        if day is None:
            return None
        begins = datetime.combine(day, time(), UTC)
        return begins + timedelta(days=1, seconds=-1) if self.last else begins

    def prepare_value(self, value: Any) -> Any:
        """A moment as its day in UTC."""
        return value.astimezone(UTC).date() if isinstance(value, datetime) else value
