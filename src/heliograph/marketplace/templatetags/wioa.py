"""How pages say what was recorded for reports."""

from collections.abc import Mapping
from typing import Any

from django import template

from heliograph.core.translation import gettext_lazy, grouped
from heliograph.marketplace.wioa.forms import KINDS

register = template.Library()


@register.filter
def of(labels: Mapping[str, Any], code: str) -> Any:
    """What a code is called; a dash where there is none."""
    return labels.get(code, "–")


@register.filter
def dollars(cents: int) -> str:
    """An amount as *$9,000*."""
    return f"${grouped(cents // 100)}"


STATES = {
    "queued": gettext_lazy("Being made"),
    "done": gettext_lazy("Done"),
    "refused": gettext_lazy("Errors"),
    "failed": gettext_lazy("Failed"),
}


@register.filter
def report_kind(kind: str) -> str:
    """What a report is."""
    return str(KINDS[kind])


@register.filter
def report_state(state: str) -> str:
    """How far a report is."""
    return str(STATES[state])
