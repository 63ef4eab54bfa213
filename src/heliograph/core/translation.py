"""Texts and numbers of pages in the reader's language, by gettext; programs and logs are answered in English.

``gettext`` translates now, in the language of the request: for what a function returns or raises.
``gettext_lazy`` translates when it is shown: for what a module holds. Its value is typed as the ``str`` that
it behaves like; ``format_lazy`` fills in its ``{places}``. Write ``str(value)`` where it leaves Python, as in
JSON.

What is written down while nobody looks is a `Told` sentence: English, with the text and the values from which
``translated`` makes it again in the language of whoever reads it.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Self, TypeAlias

from django.utils.dateformat import format as date_format
from django.utils.formats import get_format, number_format
from django.utils.translation import gettext, ngettext, pgettext

__all__ = [
    "Told",
    "day_and_month",
    "format_lazy",
    "gettext",
    "gettext_lazy",
    "gettext_noop",
    "grouped",
    "last_use",
    "long_day",
    "ngettext",
    "number_format",
    "pgettext",
    "pgettext_lazy",
    "plain",
    "short_day",
    "told",
    "translated",
    "weekday_day",
]

# What stands in a sentence: words as they are, a count, a number with one decimal, or another sentence.
Value: TypeAlias = "str | int | float"

if TYPE_CHECKING:

    def gettext_lazy(message: str) -> str: ...

    def pgettext_lazy(context: str, message: str) -> str: ...

    def format_lazy(message: str, **values: object) -> str: ...

else:
    from django.utils.text import format_lazy
    from django.utils.translation import gettext_lazy, pgettext_lazy


def gettext_noop(message: str) -> str:
    """The text as it is, marked for the catalog. Django's own would read the settings, which import us."""
    return message


def grouped(number: float, decimals: int = 0) -> str:
    """A number with its thousands apart: 12,345 in English, 12.345 in German."""
    return number_format(number, decimals, use_l10n=True, force_grouping=True)


def plain(number: float) -> str:
    """A number with no more digits than it needs: 87.5 in English, 87,5 in German."""
    return number_format(f"{number:g}", use_l10n=True)


def long_day(day: datetime) -> str:
    """A day in a sentence: December 1, 2026."""
    return date_format(day, get_format("DATE_FORMAT"))


def last_use(used: datetime | None) -> str:
    """When a key, a credential or a link was last used, as a sentence."""
    return (
        gettext("It was last used on %(day)s.") % {"day": long_day(used)}
        if used
        else gettext("It was never used.")
    )


def short_day(day: date) -> str:
    """A day with its month's name: Dec 1, 2026."""
    return date_format(day, pgettext("format of a date", "M j, Y"))


def day_and_month(day: date) -> str:
    """A day of a year that is known: Dec 1."""
    return date_format(day, pgettext("format of a date", "M j"))


def weekday_day(day: date) -> str:
    """A day with the names of its weekday and month: Tue, Dec 1, 2026."""
    return date_format(day, pgettext("format of a date", "D, M j, Y"))


class Told(str):
    """An English sentence that knows its text, marked by ``gettext_noop``, and its values by placeholder."""

    text: str
    values: dict[str, Value]

    def __new__(cls, text: str, values: Mapping[str, Value] | None = None) -> Self:
        filled = {name: _english(value) for name, value in (values or {}).items()}
        sentence = super().__new__(cls, text % filled if filled else text)
        sentence.text, sentence.values = text, dict(values or {})
        return sentence

    @property
    def source(self) -> dict[str, Any]:
        """``text`` and ``values``, fit for JSON; a value that is a sentence of its own is such a source."""
        values = {
            name: value.source if isinstance(value, Told) else value for name, value in self.values.items()
        }
        return {"text": self.text, "values": values}


def told(text: str, /, **values: Value) -> Told:
    """The sentence that a text makes with these values; without any, a ``Told`` stays what it is.

    A whole number gets its thousands apart, any other number one decimal; give as ``str`` what shall stand as
    it is, such as the number of a line.
    """
    return text if isinstance(text, Told) and not values else Told(text, values)


def translated(sentence: str, source: Mapping[str, Any] | None = None) -> str:
    """An English sentence in the reader's language, by its ``Told.source`` where it has one.

    It stays English where the catalog lacks it, and where its text cannot be filled in.
    """
    if isinstance(sentence, Told):
        source = sentence.source
    if not source or "text" not in source:
        return gettext(sentence) if sentence else ""
    try:
        return _filled(source)
    except (KeyError, TypeError, ValueError):
        return sentence


def _filled(source: Mapping[str, Any]) -> str:
    values = {name: _shown(value) for name, value in source.get("values", {}).items()}
    text = gettext(source["text"])
    return text % values if values else text


def _shown(value: Any) -> str:
    if isinstance(value, Mapping):
        return _filled(value)
    if isinstance(value, str):
        return value
    return grouped(value) if isinstance(value, int) else number_format(value, 1, use_l10n=True)


def _english(value: Value) -> str:
    return value if isinstance(value, str) else f"{value:,}" if isinstance(value, int) else f"{value:.1f}"
