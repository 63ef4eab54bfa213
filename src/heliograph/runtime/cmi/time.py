"""Lengths of time in both standards' notations, to and from whole centiseconds.

SCORM 1.2 writes HHHH:MM:SS.SS (CMITimespan), SCORM 2004 an ISO 8601 duration, P1DT2H3.45S (timeinterval, RTE
4.1.1).
"""

import re
from decimal import ROUND_HALF_UP, Decimal

from heliograph.runtime.cmi.table import Standard

TIMESPAN = re.compile(r"([0-9]{1,9}):([0-9]{1,2}):([0-9]{1,2}(?:\.[0-9]{1,9})?)")
INTERVAL = re.compile(
    r"P(?:([0-9]{1,9})Y)?(?:([0-9]{1,9})M)?(?:([0-9]{1,9})D)?"
    r"(?:T(?:([0-9]{1,9})H)?(?:([0-9]{1,9})M)?(?:([0-9]{1,9}(?:\.[0-9]{1,9})?)S)?)?"
)
MINUTE, HOUR, DAY = 60, 3600, 86400
# Neither standard fixes the length of a month or a year; these are what reports usually take.
MONTH, YEAR = 30 * DAY, 365 * DAY
LONGEST_TIMESPAN = 9999 * HOUR * 100 + 59 * MINUTE * 100 + 5999


def parse_duration(text: str) -> int:
    """Centiseconds of a length of time in either notation, rounded half up.

    Raises ValueError for anything else.
    """
    if match := TIMESPAN.fullmatch(text):
        units = zip((HOUR, MINUTE, 1), match.groups(), strict=True)
    elif (match := INTERVAL.fullmatch(text)) and any(match.groups()):
        units = zip((YEAR, MONTH, DAY, HOUR, MINUTE, 1), match.groups(), strict=True)
    else:
        raise ValueError(f"{text[:100]!r} is not a length of time such as 0001:30:05.25 or PT1H30M5.25S.")
    seconds = sum((size * Decimal(number) for size, number in units if number), Decimal(0))
    return int((seconds * 100).quantize(Decimal(1), ROUND_HALF_UP))


def format_duration(standard: Standard, centiseconds: int) -> str:
    """A length of time as the standard writes it.

    SCORM 1.2 has room for 9,999 hours; what is longer is cut to that.
    """
    if standard == "scorm_12":
        hours, minutes, seconds, rest = _split(min(centiseconds, LONGEST_TIMESPAN))
        return f"{hours:04}:{minutes:02}:{seconds:02}.{rest:02}"
    hours, minutes, seconds, rest = _split(centiseconds)
    fraction = f".{rest:02}".rstrip("0") if rest else ""
    parts = [f"{hours}H" if hours else "", f"{minutes}M" if minutes else ""]
    return "PT" + "".join(parts) + (f"{seconds}{fraction}S" if seconds or rest or not any(parts) else "")


def _split(centiseconds: int) -> tuple[int, int, int, int]:
    seconds, rest = divmod(centiseconds, 100)
    return seconds // HOUR, seconds % HOUR // MINUTE, seconds % MINUTE, rest
