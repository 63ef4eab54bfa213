"""A status that follows from a measure and a threshold, as completion from progress (RTE 4.2.4.1)."""

import math
from collections.abc import Callable
from typing import Any


def status_by_threshold(rule: dict[str, Any], value_of: Callable[[str], str | None]) -> str:
    """The status, once both the measure and the threshold are known; else "".

    ``rule`` names the two elements (``value``, ``threshold``) and the two statuses (``reached``, ``missed``).
    """
    value, threshold = (
        as_number(value_of(rule["value"])),
        as_number(value_of(rule["threshold"])),
    )
    if value is None or threshold is None:
        return ""
    status: str = rule["reached"] if value >= threshold else rule["missed"]
    return status


def as_number(text: str | None) -> float | None:
    """The number an element holds, or None where it holds none."""
    try:
        value = float(text or "nan")
    except ValueError:
        return None
    return value if math.isfinite(value) else None
