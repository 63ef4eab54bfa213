"""What pages say of entries of the audit log."""

import re
from datetime import datetime
from typing import Any

from django import template
from django.utils.text import Truncator

from heliograph.audit import queries

register = template.Library()
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?\+00:00\Z")


@register.filter
def changes(entry: Any) -> Any:
    """What an entry of the audit log says was changed."""
    return queries.changes(entry)


@register.filter
def cut_words(name: str) -> str:
    """The name of a setting as words: registration limit."""
    return name.replace("_", " ")


@register.filter
def told(value: Any) -> str:
    """A value of the audit log in a few words."""
    if isinstance(value, str) and MOMENT.match(value):
        return f"{datetime.fromisoformat(value):%d %b %Y, %H:%M} UTC"
    text = (
        {None: "none", True: "yes", False: "no", "": "empty"}.get(value)
        if isinstance(value, bool | str | None)
        else str(value)
    )
    return Truncator(text if text is not None else value).chars(80)
