"""Short signed tokens: who may do one thing to one row, until when.

A token is 16 bytes of id, 5 of expiry and 16 of HMAC-SHA256, in base64url (50 characters). The purpose is
part of what is signed, so a token for one door never opens another. Nothing is looked up to check one. It has
one spelling: whatever else decodes to the same bytes is refused, so that nobody fills the memory of what was
checked with one token.
"""

import base64
import binascii
import hashlib
import hmac
from functools import lru_cache
from uuid import UUID

from heliograph.core.errors import Problem
from heliograph.core.translation import gettext, gettext_noop

_ID, _EXPIRY, _MAC = 16, 5, 16
LENGTH = 50
MOST_KNOWN = 4096


class TokenRefused(Problem):
    code, status, title = "token_invalid", 401, gettext_noop("This link is not valid")


class TokenExpired(TokenRefused):
    code, title = "token_expired", gettext_noop("This link has expired")


def sign(secret: bytes, purpose: str, subject: UUID, expires: int) -> str:
    """A token for ``subject``; ``expires`` in whole seconds since 1970."""
    body = subject.bytes + expires.to_bytes(_EXPIRY, "big")
    return _spelled(body + _mac(secret, purpose, body))


def verify(secret: bytes, purpose: str, token: str, now: int) -> tuple[UUID, int]:
    """The subject and expiry of a token made by `sign` for the same purpose.

    Raises `TokenRefused` for anything else and `TokenExpired` for one whose time has passed.
    """
    if len(token) != LENGTH:
        raise _refused()
    subject, expires = _signed(secret, purpose, token)
    if expires <= now:
        raise TokenExpired(gettext("This link has expired. Open the course again where you started it."))
    return subject, expires


@lru_cache(MOST_KNOWN)
def _signed(secret: bytes, purpose: str, token: str) -> tuple[UUID, int]:
    """What was signed. A window sends its token with every commit; what is refused is not remembered."""
    raw = _decoded(token)
    body, mac = raw[: _ID + _EXPIRY], raw[_ID + _EXPIRY :]
    if (
        len(mac) != _MAC
        or not hmac.compare_digest(mac, _mac(secret, purpose, body))
        or _spelled(raw) != token
    ):
        raise _refused()
    return UUID(bytes=body[:_ID]), int.from_bytes(body[_ID:], "big")


def claimed_subject(token: str) -> UUID | None:
    """Whom a token claims to be for, where its purpose must first be looked up; only `verify` believes it."""
    raw = _decoded(token) if len(token) == LENGTH else b""
    return UUID(bytes=raw[:_ID]) if len(raw) >= _ID else None


def _refused() -> TokenRefused:
    return TokenRefused(gettext("This link is not valid. Request a new link."))


def _spelled(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _decoded(token: str) -> bytes:
    """The bytes of a token; empty where it is none."""
    try:
        return base64.urlsafe_b64decode(token.encode("ascii") + b"=" * (-len(token) % 4))
    except (ValueError, binascii.Error):
        return b""


def _mac(secret: bytes, purpose: str, body: bytes) -> bytes:
    return hmac.digest(secret, purpose.encode() + b"\0" + body, hashlib.sha256)[:_MAC]
