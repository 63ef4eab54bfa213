"""Texts and numbers of pages in the reader's language, by gettext; programs and logs are answered in English.

``gettext`` translates now, in the language of the request: for what a function returns or raises.
``gettext_lazy`` translates when it is shown: for what a module holds. Its value is typed as the ``str`` that
it behaves like; ``format_lazy`` fills in its ``{places}``. Write
``str(value)`` where it leaves Python, as in JSON.
"""

from datetime import date, datetime
from typing import TYPE_CHECKING

from django.utils.dateformat import format as date_format
from django.utils.formats import get_format, number_format
from django.utils.translation import gettext, ngettext, pgettext

__all__ = [
    "format_lazy",
    "gettext",
    "gettext_lazy",
    "grouped",
    "last_use",
    "long_day",
    "ngettext",
    "pgettext",
    "pgettext_lazy",
    "plain",
    "short_day",
    "weekday_day",
]

if TYPE_CHECKING:

    def gettext_lazy(message: str) -> str: ...

    def pgettext_lazy(context: str, message: str) -> str: ...

    def format_lazy(message: str, **values: object) -> str: ...

else:
    from django.utils.text import format_lazy
    from django.utils.translation import gettext_lazy, pgettext_lazy


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
    """A day with its month's name: 1 Dec 2026."""
    return date_format(day, pgettext("format of a date", "j M Y"))


def weekday_day(day: date) -> str:
    """A day with the names of its weekday and month: Tue 1 Dec 2026."""
    return date_format(day, pgettext("format of a date", "D j M Y"))
