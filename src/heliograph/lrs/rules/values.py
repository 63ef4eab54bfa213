"""The small forms of xAPI values: IRIs, identifiers, times, durations, languages, numbers."""

import re
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any, Final

IRI: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:[^\s<>\"{}|\\^`\x00-\x20]+")
IRL: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*://[^\s<>\"{}|\\^`\x00-\x20]+")
MAILTO: Final = re.compile(r"mailto:[^@\s<>]+@[^@\s<>]+")
SHA1: Final = re.compile(r"[0-9A-Fa-f]{40}")
SHA2: Final = re.compile(r"[0-9A-Fa-f]{56}|[0-9A-Fa-f]{64}|[0-9A-Fa-f]{96}|[0-9A-Fa-f]{128}")
MEDIA_TYPE: Final = re.compile(
    r"[\w!#$&^.+\-]+/[\w!#$&^.+\-]+(?:\s*;\s*[\w!#$&^.+\-]+=(?:[\w!#$&^.+\-:]+|\"[^\"]*\"))*"
)
ID: Final = re.compile(r"[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}")
# RFC 5646, section 2.1: a well-formed tag, but that languages of four letters are only reserved; the
# irregular old ones are named.
LANGUAGE: Final = re.compile(
    r"(?:[a-z]{2,3}(?:-[a-z]{3}){0,3}|[a-z]{5,8})(?:-[a-z]{4})?(?:-(?:[a-z]{2}|[0-9]{3}))?(?:-(?:[a-z0-9]{5,8}|[0-9][a-z0-9]{3}))*"
    r"(?:-[0-9a-wy-z](?:-[a-z0-9]{2,8})+)*(?:-x(?:-[a-z0-9]{1,8})+)?"
    r"|x(?:-[a-z0-9]{1,8})+"
    r"|en-gb-oed|i-(?:ami|bnn|default|enochian|hak|klingon|lux|mingo|navajo|pwn|tao|tay|tsu)|sgn-(?:be-fr|be-nl|ch-de)",
    re.IGNORECASE | re.ASCII,
)
_NUMBER = r"\d+(?:[.,]\d+)?"
DURATION: Final = re.compile(
    rf"P(?:({_NUMBER})W|(?=[\dT])(?:({_NUMBER})Y)?(?:({_NUMBER})M)?(?:({_NUMBER})D)?"
    rf"(?:T(?=\d)(?:({_NUMBER})H)?(?:({_NUMBER})M)?(?:({_NUMBER})S)?)?)",
    re.ASCII,
)
TIMESTAMP: Final = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d(?::\d\d)?)(?:[.,](\d+))?(?:([Zz])|([+-])(\d\d)(?::?(\d\d))?)?",
    re.ASCII,
)
# In hundredths of a second; a year and a month are what most calendars make of them on average.
_UNITS: Final = tuple(
    Fraction(100 * seconds) for seconds in (604_800, 31_556_952, 2_629_746, 86_400, 3_600, 60, 1)
)


def is_number(value: Any) -> bool:
    """Whether a JSON value is a number."""
    return type(value) in (int, float)


def moment(text: str) -> datetime | None:
    """An ISO 8601 time in UTC (what says no zone is in UTC), to the microsecond; None where it is none.

    "-00:00" is none (1.0.3 Data 4.5, RFC 3339 section 4.3): its author did not know.
    """
    match = TIMESTAMP.fullmatch(text)
    if match is None:
        return None
    date, clock, fraction, zulu, sign, hours, minutes = match.groups()
    if sign == "-" and int(hours) == 0 and int(minutes or 0) == 0:
        return None
    zone = "+00:00" if zulu or not sign else f"{sign}{hours}:{minutes or '00'}"
    seconds = clock if len(clock) == 8 else f"{clock}:00"
    try:
        return datetime.fromisoformat(f"{date}T{seconds}.{(fraction or '0')[:6]:0<6}{zone}").astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def in_utc(text: str) -> bool:
    """Whether a time that is one says that it is in UTC."""
    return text[-1:] in "Zz" or text.endswith(("+00:00", "+0000", "+00"))


def centiseconds(text: str) -> int | None:
    """An ISO 8601 duration in hundredths of a second, truncated; None where it is none."""
    match = DURATION.fullmatch(text)
    if match is None:
        return None
    parts = zip(match.groups(), _UNITS, strict=True)
    return int(
        sum((Fraction(number.replace(",", ".")) * unit for number, unit in parts if number), Fraction(0))
    )
