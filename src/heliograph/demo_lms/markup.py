"""Builds HTML so that forgetting to escape is not possible: only `html()` makes Html, and it escapes what is
not.
"""

from collections.abc import Iterable
from html import escape


class Html(str):
    """Text that is markup already."""

    __slots__ = ()


def html(template: str, **values: object) -> Html:
    """`template` with each `{name}` replaced: Html as it is, a list of Html joined, anything else escaped."""
    return Html(template.format(**{name: _safe(value) for name, value in values.items()}))


def join(parts: Iterable[Html]) -> Html:
    return Html("".join(parts))


def _safe(value: object) -> str:
    return value if isinstance(value, Html) else escape(str(value))
