"""Checking who asks the record store: a credential, or the token of a learner's content.

A credential is checked against the database once and believed for a few seconds by the process that checked
it, so that a busy store does not ask for every statement; one that is revoked is refused everywhere within
`BELIEVED_FOR`. Content that a learner opened gets a token instead, bound to its registration; the part that
opened it says what such a token may do (`hooks.session_access`).
"""

import base64
import binascii
import hashlib
import hmac
import time
from collections import OrderedDict
from typing import Any, Final
from uuid import UUID

import msgspec
from django.conf import settings

from heliograph.core import clock
from heliograph.core.secrets import tokens
from heliograph.lrs import hooks
from heliograph.lrs.access import Access
from heliograph.lrs.errors import CredentialRefused
from heliograph.lrs.models import Credential
from heliograph.lrs.rules import keys

BELIEVED_FOR: Final = 5.0  # seconds


MOST_KNOWN: Final = 10_000


LONGEST_KNOWN: Final = (
    1_000  # characters of a header: one credential can be written with any number of blanks
)


SESSION_PREFIX: Final = "session."


USE_NOTED_EVERY: Final = 300


class _Known:
    """Credentials this process has checked lately, by the header they came in."""

    def __init__(self) -> None:
        self.by_header: OrderedDict[str, tuple[float, Access]] = OrderedDict()

    def get(self, header: str) -> Access | None:
        cached = self.by_header.get(header)
        if cached is None or cached[0] < time.monotonic():
            return None
        access = cached[1]
        return (
            None if access.expires_at is not None and access.expires_at <= clock.epoch_seconds() else access
        )

    def keep(self, header: str, access: Access) -> None:
        self.by_header[header] = (time.monotonic() + BELIEVED_FOR, access)
        self.by_header.move_to_end(header)
        while len(self.by_header) > MOST_KNOWN:
            self.by_header.popitem(last=False)


_known = _Known()


def digest(secret: str) -> bytes:
    """What is kept of a secret; it is long and random, so one hash of it is enough."""
    return hashlib.sha256(secret.encode()).digest()


def of_header(header: str) -> Access:
    """What an Authorization header gives access to: Basic, or a bearer of ``key.secret``.

    Raises `CredentialRefused`.
    """
    known = _known.get(header)
    if known:
        return known
    key, secret = _credentials_in(header)
    access = _of_session(secret) if key == SESSION_PREFIX else _of_credential(key, secret)
    if (
        len(header) <= LONGEST_KNOWN and not access.session
    ):  # a session may be over the next moment, and nothing of it is taken then
        _known.keep(header, access)
    return access


def basic(key: str, secret: str) -> str:
    """The part of a Basic header that follows the word."""
    return base64.b64encode(f"{key}:{secret}".encode()).decode()


def session_token(session_id: UUID, expires: int) -> str:
    """A token for the content of one session, to be sent after the word Basic; ``expires`` in seconds since
    1970.
    """

    return basic(
        SESSION_PREFIX, tokens.sign(settings.HELIOGRAPH.secret_key.encode(), "xapi", session_id, expires)
    )


def forget_known() -> None:
    """Forget what this process believes: a credential was changed here."""
    _known.by_header.clear()


def _credentials_in(header: str) -> tuple[str, str]:
    kind, _, value = header.partition(" ")
    if kind.lower() == "basic":
        try:
            key, colon, secret = base64.b64decode(value.strip(), validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError, ValueError):
            key, colon, secret = "", "", ""
    elif kind.lower() == "bearer":
        key, colon, secret = value.strip().partition(".")
        if f"{key}." == SESSION_PREFIX:
            key = SESSION_PREFIX
    else:
        key, colon, secret = "", "", ""
    if not colon or "\x00" in key:
        raise CredentialRefused("Send a credential in the Authorization header: “Basic” with key and secret.")
    return key, secret


def _of_credential(key: str, secret: str) -> Access:
    credential = Credential.objects.filter(key=key[:40]).first()
    if (
        credential is None
        or not hmac.compare_digest(bytes(credential.digest), digest(secret))
        or credential.state != "active"
    ):
        raise CredentialRefused("Invalid credential: unknown, revoked or expired.")
    moment = clock.now()
    if (
        credential.last_used_at is None
        or (moment - credential.last_used_at).total_seconds() > USE_NOTED_EVERY
    ):
        Credential.objects.filter(id=credential.id).update(last_used_at=moment)
    authority = authority_of(credential.key)
    return Access(
        organization_id=credential.organization_id,
        label=credential.name,
        scopes=frozenset(credential.scopes),
        authority=authority,
        authority_identifier=keys.identifier(msgspec.json.decode(authority)) or "",
        activity_prefix=credential.activity_prefix,
        expires_at=credential.expires_at.timestamp() if credential.expires_at else None,
    )


def authority_of(account_name: str) -> str:
    """Who vouches for statements, as JSON: an account of this installation."""
    agent: dict[str, Any] = {
        "objectType": "Agent",
        "account": {"homePage": settings.HELIOGRAPH.url, "name": account_name},
    }
    return msgspec.json.encode(agent).decode()


def _of_session(token: str) -> Access:

    try:
        session_id, _ = tokens.verify(
            settings.HELIOGRAPH.secret_key.encode(), "xapi", token, clock.epoch_seconds()
        )
    except tokens.TokenRefused:
        raise CredentialRefused("This token is invalid or has expired. Open the course again.") from None
    access = hooks.session_access.first(session_id)
    if access is None:
        raise CredentialRefused("This session has ended. Open the course again.")
    return access
