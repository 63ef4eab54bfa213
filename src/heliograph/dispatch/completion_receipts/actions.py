"""Completion receipts: a JWT that says who completed what, which anybody can verify against our published
keys without asking us.

The keys are Ed25519 pairs of the whole installation. The newest signs; retired ones stay published, so that
old receipts stay good.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import jwt
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from django.conf import settings
from django.db import transaction

from heliograph.core import clock
from heliograph.core.database.locks import lock_by_name
from heliograph.core.ids import parse_id
from heliograph.core.secrets.encryption import seal, unseal
from heliograph.core.translation import gettext
from heliograph.dispatch.errors import NotCompleted
from heliograph.dispatch.models import Dispatch, SigningKey
from heliograph.runtime import queries as registrations

if TYPE_CHECKING:
    from heliograph.runtime.models import Registration

ALGORITHM, KIND = "EdDSA", "completion-receipt+jwt"
PURPOSE = "signing keys"
LONGEST = 16_000
VALID, CHANGED, FOREIGN = "valid", "changed", "foreign"


@dataclass(frozen=True)
class ReceiptCheck:
    """What became of checking a receipt; ``claims`` only of a valid one."""

    state: str
    claims: dict[str, Any] = field(default_factory=dict)


def issue(registration: Registration) -> str:
    """The receipt of a completed registration. Raises `NotCompleted`."""
    if registration.completion != "completed" or not registration.is_learning:
        raise NotCompleted(gettext("No completion receipt yet. The learner hasn't completed the course."))
    key = _current_key()
    private = Ed25519PrivateKey.from_private_bytes(unseal(_secret(), PURPOSE, bytes(key.private)))
    return jwt.encode(
        _claims(registration), private, algorithm=ALGORITHM, headers={"kid": str(key.id), "typ": KIND}
    )


def check(text: str) -> ReceiptCheck:
    """Whether a receipt is as we gave it, was changed since, or is not ours at all."""
    receipt = "".join(text[: LONGEST + 1].split())
    try:
        header = jwt.get_unverified_header(receipt) if len(receipt) <= LONGEST else {}
    except jwt.InvalidTokenError:
        return ReceiptCheck(FOREIGN)
    key_id = parse_id(str(header.get("kid", "")))
    key = SigningKey.objects.filter(id=key_id).first() if key_id else None
    if key is None:
        return ReceiptCheck(FOREIGN)
    public = Ed25519PublicKey.from_public_bytes(bytes(key.public))
    try:
        claims = jwt.decode(
            receipt,
            public,
            algorithms=[ALGORITHM],
            options={"verify_exp": False, "verify_iat": False, "verify_nbf": False, "verify_aud": False},
        )
        # Receipts that were given before the first release spell it so.
        return ReceiptCheck(VALID, {"organization": claims.get("organisation"), **claims})
    except (jwt.InvalidTokenError, InvalidSignature):
        return ReceiptCheck(CHANGED)


def published_keys() -> dict[str, Any]:
    """Every key that ever signed, as a JSON Web Key Set (RFC 7517, RFC 8037)."""
    keys = SigningKey.objects.order_by("-id")
    return {
        "keys": [
            {
                "kty": "OKP",
                "crv": "Ed25519",
                "use": "sig",
                "alg": ALGORITHM,
                "kid": str(key.id),
                "x": _base64url(bytes(key.public)),
            }
            for key in keys
        ]
    }


@transaction.atomic
def rotate_keys() -> SigningKey:
    """A new key signs from now on; the one before is retired and stays published."""
    _alone()
    SigningKey.objects.filter(retired_at=None).update(retired_at=clock.now())
    return _make_key()


def _current_key() -> SigningKey:
    return SigningKey.objects.filter(retired_at=None).order_by("-id").first() or _first_key()


@transaction.atomic
def _first_key() -> SigningKey:
    _alone()
    return SigningKey.objects.filter(retired_at=None).order_by("-id").first() or _make_key()


def _alone() -> None:
    """One at a time, or two first receipts would make two keys."""
    lock_by_name("signing keys")


def _make_key() -> SigningKey:
    private = Ed25519PrivateKey.generate()
    public = private.public_key().public_bytes_raw()
    return SigningKey.objects.create(
        private=seal(_secret(), PURPOSE, private.private_bytes_raw()), public=public
    )


def _claims(registration: Registration) -> dict[str, Any]:
    attempt = registrations.current_attempt(registration)
    dispatch = (
        Dispatch.objects.select_related("destination").filter(id=registration.dispatch_id).first()
        if registration.dispatch_id
        else None
    )
    course, learner = registration.course, registration.learner
    return {
        "iss": settings.HELIOGRAPH.url,
        "iat": clock.epoch_seconds(),
        "sub": str(registration.id),
        "organization": registration.organization.name,
        "course": {
            "key": course.key,
            "title": course.title,
            "version": attempt.version.number if attempt else None,
        },
        "destination": dispatch.destination.name if dispatch else None,
        "learner": {"id": learner.identifier, "name": learner.name},
        "completion": registration.completion,
        "completed_by_hand": registration.manual_at is not None,
        "success": registration.success,
        "score": {part: getattr(registration, f"score_{part}") for part in ("scaled", "raw", "min", "max")},
        "completed_at": registration.completed_at.isoformat() if registration.completed_at else None,
    }


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _secret() -> bytes:
    return settings.HELIOGRAPH.secret_key.encode()
