"""How pages say what was recorded for reports."""

from collections.abc import Mapping
from typing import Any

from django import template

from heliograph.core.translation import grouped

register = template.Library()


@register.filter
def of(labels: Mapping[str, Any], code: str) -> Any:
    """What a code is called; a dash where there is none."""
    return labels.get(code, "–")


@register.filter
def dollars(cents: int) -> str:
    """An amount as *$9,000*."""
    return f"${grouped(cents // 100)}"
