"""Identifiers: UUIDv7 everywhere, so that ids sort by the time they were made, and readable keys where people
name things.
"""

import re
import secrets
import unicodedata
from datetime import UTC, datetime
from itertools import count
from uuid import UUID

from uuid_utils.compat import uuid7

from heliograph.core import clock

KEY_PATTERN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
NUMBER_PATTERN = re.compile(r"[0-9]{1,18}")
_KEY_ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"

__all__ = ["is_key", "lowest_id", "moment_of", "new_id", "parse_id", "parse_number", "random_key", "slug"]


def new_id() -> UUID:
    """A new UUIDv7 (RFC 9562, section 5.7); ids that a process makes follow each other while its clock does
    not go back.
    """
    moment = clock.set_moment()
    return uuid7() if moment is None else _id_at(moment)


def lowest_id(moment: datetime) -> UUID:
    """What no id made since ``moment`` is below: ids begin with their time."""
    return UUID(int=min(max(int(moment.timestamp() * 1000), 0), 2**48 - 1) << 80)


_made = count()


def _id_at(moment: datetime) -> UUID:
    """An id of a moment at which the clock stands: a counter of 26 bits keeps the order, as in method 1 of
    section 6.2.
    """
    number = next(_made)
    counted = (0x7000 | number >> 14 & 0xFFF) << 64 | (0x8000 | number & 0x3FFF) << 48
    return UUID(int=lowest_id(moment).int | counted | secrets.randbits(48))


def moment_of(id: UUID) -> datetime:
    """When an id was made: it says so itself, to the millisecond (RFC 9562, section 5.7)."""
    return datetime.fromtimestamp((id.int >> 80) / 1000, UTC)


def parse_id(text: str) -> UUID | None:
    """The UUID in ``text``, or None where it is not one."""
    try:
        return UUID(text)
    except ValueError:
        return None


def parse_number(text: str) -> int | None:
    """The whole number from 0 in ``text``, of at most 18 digits; None where it is not one."""
    return int(text) if NUMBER_PATTERN.fullmatch(text) else None


def is_key(text: str) -> bool:
    """Whether ``text`` may name a course, dispatch …: 1 to 100 of ``A-Z a-z 0-9 . _ -``, starting with a
    letter or digit.

    A key never looks like an id, so that one address can take either.
    """
    return KEY_PATTERN.fullmatch(text) is not None and parse_id(text) is None


def random_key(length: int = 26) -> str:
    """A key that cannot be guessed: 5 bits a character, so 130 bits by default."""
    return "".join(secrets.choice(_KEY_ALPHABET) for _ in range(length))


def slug(text: str, fallback: str = "item") -> str:
    """``text`` as a key for people: lower case ASCII words joined by hyphens, at most 60 characters."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    words = re.findall(r"[a-z0-9]+", plain)
    key = "-".join(words)[:60].strip("-")
    return key if key and is_key(key) else fallback
