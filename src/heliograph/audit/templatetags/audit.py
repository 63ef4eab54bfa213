"""What pages say of entries of the audit log."""

import re
from datetime import datetime
from typing import Any

from django import template
from django.utils.text import Truncator

from heliograph.audit import changed, queries, verbs
from heliograph.core.translation import gettext, grouped, plain, short_day
from heliograph.core.translation import gettext_lazy as _

register = template.Library()
ACTORS = {"api_key": _("API key"), "system": _("System"), "learner": _("Learner"), "user": _("User")}
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?\+00:00\Z")


@register.filter
def changes(entry: Any) -> Any:
    """What an entry of the audit log says was changed."""
    return queries.changes(entry)


@register.filter
def verb_said(verb: str) -> str:
    """What was done, in the reader's language."""
    return verbs.said(verb)


@register.filter
def setting_name(name: str) -> str:
    """The name of a setting that was changed, in the reader's language: Registration limit."""
    return changed.setting_name(name)


@register.filter
def told(value: Any, name: str = "") -> str:
    """A value of the audit log in a few words; ``name`` is its setting's."""
    if isinstance(value, bool | None) or value == "":
        return {None: "—", True: gettext("On"), False: gettext("Off")}.get(value, gettext("blank"))
    if isinstance(value, str) and MOMENT.match(value):
        return f"{short_day(moment := datetime.fromisoformat(value))}, {moment:%H:%M} UTC"
    if isinstance(value, int | float):
        return grouped(value) if isinstance(value, int) else plain(value)
    text = Truncator(changed.value_name(name, value) if isinstance(value, str) else str(value)).chars(80)
    return gettext("“%(text)s”") % {"text": text} if isinstance(value, str) else text


@register.filter
def kind_word(kind: str) -> str:
    """What pages call what an entry is about."""
    return str(queries.KINDS.get(kind, kind))


@register.filter
def actor_word(kind: str) -> str:
    """What pages call somebody who is no member."""
    return ACTORS.get(kind, kind.capitalize())
