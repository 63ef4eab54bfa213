"""The neutral result: what a partner's record says, read by the partner's settings into the same terms.

Millions of rows pass here, so an event is a plain tuple in the order of the staging table, and what repeats
(dates, words) is read once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hashlib import blake2b
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import msgspec

from heliograph.marketplace.partners import rules
from heliograph.marketplace.partners.rules import Outcome
from heliograph.marketplace.partners.settings import Reading

LONGEST_ID, LONGEST_EMAIL, LONGEST_WORD, LONGEST_URL = 200, 254, 100, 1000
LONGEST_VALUE, LONGEST_RECORD = 300, 4_000
NOON = 12
NAMES = (
    "result_id",
    "person_id",
    "voucher",
    "email",
    "name",
    "program",
    "status",
    "score",
    "taken_at",
    "credential_id",
    "credential_url",
    "first_name",
    "last_name",
)


class Event(NamedTuple):
    """A result. ``reason`` says why it cannot be used, ``digest`` is of what it says."""

    external_id: str
    person_id: str
    voucher: str  # digest
    email: str
    name: str
    program_key: str
    status: str
    outcome: str
    score: float | None
    taken_at: datetime | None
    credential_id: str
    credential_url: str
    record: str  # JSON
    digest: str
    reason: str


class Reader:
    """Reads records of one partner. ``now`` is the moment after which a date lies in the future."""

    def __init__(self, settings: Reading, key: bytes, now: datetime) -> None:
        self.settings = settings
        self.key = key
        self.latest = now + rules.AHEAD
        self.words = {word: outcome for outcome, words in rules.WORDS.items() for word in words}
        for outcome in (Outcome.COMPLETED, Outcome.FAILED, Outcome.REVOKED, Outcome.OPEN):
            for word in getattr(settings, outcome.value):
                self.words[word.strip().casefold()] = outcome
        self.program = settings.program.strip().casefold()[:LONGEST_ID]
        self.has_status = bool(settings.fields.status)
        self.score_of = settings.score_of
        self.moment = moments(settings.date_format, settings.time_zone)

    def by_columns(self, headings: Sequence[str]) -> Callable[[Sequence[str]], Event]:
        """Reads rows of a file with these headings. ValueError names headings that are missing."""
        places = {heading.strip().casefold(): place for place, heading in reversed(list(enumerate(headings)))}
        wanted = {name: getattr(self.settings.fields, name) for name in NAMES}
        missing = [heading for heading in wanted.values() if heading and heading.casefold() not in places]
        if missing:
            raise ValueError(", ".join(missing[:5]))
        at = [places.get(wanted[name].casefold(), -1) if wanted[name] else -1 for name in NAMES]
        widest, secret = max(at), at[2]
        shown = [heading[:100] for heading in headings]
        encode = msgspec.json.encode

        def read(row: Sequence[str]) -> Event:
            if len(row) <= widest:
                row = [*row, *[""] * (widest + 1 - len(row))]
            values = [row[place].strip() if place >= 0 else "" for place in at]
            kept = dict(zip(shown, row, strict=False))
            if secret >= 0:
                kept.pop(shown[secret], None)
            record = encode(kept)
            return self.event(values, record if len(record) <= LONGEST_RECORD else encode(_cut(kept)))

        return read

    def by_paths(self) -> Callable[[Any], Event]:
        """Reads records of JSON, whose fields are found by paths with dots."""
        paths = [getattr(self.settings.fields, name) for name in NAMES]

        def read(record: Any) -> Event:
            if not isinstance(record, dict):
                record = {"value": record}
            values = [text_at(record, path) for path in paths]
            kept = _cut(_flat(record))
            if paths[2]:
                kept.pop(paths[2], None)
            return self.event(values, msgspec.json.encode(kept))

        return read

    def event(self, values: list[str], record: bytes, voucher: str = "") -> Event:
        """The result that the values say, in the order of `NAMES`; ``voucher`` is a digest that is known."""
        (result, person, code, email, name, program, status, score, date, number, url, first, last) = values
        program = program.casefold()[:LONGEST_ID] or self.program
        status = status[:LONGEST_WORD]
        outcome = self.words.get(status.casefold(), Outcome.UNKNOWN) if self.has_status else Outcome.COMPLETED
        reason = ""
        taken_at = self.moment(date) if date else None
        graded, wrong = self._score(score) if score else (None, False)
        if code:
            voucher = voucher_digest(self.key, code)
        email = email.lower()[:LONGEST_EMAIL]
        if not name and (first or last):
            name = f"{first} {last}"
        name = plain_name(name) if name else ""
        if outcome is Outcome.OPEN:
            pass
        elif outcome is Outcome.UNKNOWN:
            reason = "status_unknown"
        elif taken_at is None:
            reason = "date_invalid" if date else "date_missing"
        elif taken_at > self.latest:
            reason = "in_future"
        elif wrong:
            reason = "score_invalid"
        elif not program:
            reason = "program_missing"
        elif not (person or voucher or email):
            reason = "person_missing"
        person = person[:LONGEST_ID]
        if not url.startswith(("https://", "http://")):
            url = ""
        digest = blake2b(
            f"{outcome}\t{score}\t{date}\t{number}\t{url}\t{program}\t{person}\t{email}\t{name}".encode(),
            digest_size=8,
        ).hexdigest()
        if not result:
            result = f"{program}:{person or voucher or email}" if program else f"?{digest}"
        return Event(
            result[:LONGEST_ID], person, voucher, email, name, program, status, outcome.value, graded,
            taken_at, number[:LONGEST_ID], url[:LONGEST_URL], record.decode(), digest, reason,
        )  # fmt: skip

    def _score(self, text: str) -> tuple[float | None, bool]:
        """From 0 to 1, and whether it is none."""
        try:
            score = float(text.rstrip("% ").replace(",", ".")) / self.score_of
        except ValueError:
            return None, True
        return (score, False) if 0 <= score <= 1 else (None, True)


def voucher_digest(key: bytes, code: str) -> str:
    """What a voucher's code is found by."""
    return blake2b(code.strip().upper().encode(), key=key[:64], digest_size=16).hexdigest()


@lru_cache(100_000)
def plain_name(name: str) -> str:
    """A name as names are compared: one space between words, and no family name first."""
    if name.count(",") == 1:
        family, _, given = name.partition(",")
        name = f"{given} {family}"
    return " ".join(name.split()).casefold()[:LONGEST_ID]


def moments(date_format: str, time_zone: str) -> Callable[[str], datetime | None]:
    """Reads dates of that format (of strptime; empty: ISO 8601) into moments in UTC; a day without a time is
    its noon. None for what is no date.
    """
    zone = ZoneInfo(time_zone)

    @lru_cache(10_000)
    def read(text: str) -> datetime | None:
        text = text.strip()
        try:
            read = datetime.strptime(text, date_format) if date_format else datetime.fromisoformat(text)
        except ValueError:
            return None
        if read.year < rules.EARLIEST:
            return None
        has_time = any(sign in date_format for sign in ("%H", "%I", "%X")) if date_format else len(text) > 10
        if not has_time:
            return read.replace(hour=NOON, tzinfo=UTC)
        try:
            return (read if read.tzinfo else read.replace(tzinfo=zone)).astimezone(UTC)
        except OverflowError:
            return None

    return read


def value_at(record: Any, path: str) -> Any:
    """What is at a path as ``candidate.email`` or ``results.0.score``; None where nothing is."""
    for name in path.split("."):
        if isinstance(record, dict):
            record = record.get(name)
        elif isinstance(record, list) and name.isdecimal() and int(name[:9]) < len(record):
            record = record[int(name[:9])]
        else:
            return None
    return record


def text_at(record: Any, path: str) -> str:
    """The same as text; a list or an object there is none."""
    found = value_at(record, path) if path else None
    if found is None or isinstance(found, dict | list):
        return ""
    return str(found).strip()


def _flat(record: dict[str, Any], before: str = "", depth: int = 0) -> dict[str, str]:
    """A record with paths for its keys."""
    flat: dict[str, str] = {}
    for name, value in record.items():
        path = f"{before}{name}"
        if isinstance(value, dict) and depth < 5:
            flat |= _flat(value, f"{path}.", depth + 1)
        elif isinstance(value, list) and depth < 5:
            flat |= _flat({str(place): each for place, each in enumerate(value[:20])}, f"{path}.", depth + 1)
        else:
            flat[path] = "" if value is None else str(value)
    return flat


def _cut(record: dict[str, str]) -> dict[str, str]:
    """A record that is kept: its first values, each cut, together not longer than what is kept."""
    kept: dict[str, str] = {}
    left = LONGEST_RECORD
    for name, value in record.items():
        name, value = name[:100], value[:LONGEST_VALUE]
        left -= 2 * (len(name.encode()) + len(value.encode()))
        if left < 0:
            break
        kept[name] = value
    return kept


def every(settings: Any) -> timedelta:
    """How long after one run the next begins."""
    return timedelta(hours=settings.every_hours)
