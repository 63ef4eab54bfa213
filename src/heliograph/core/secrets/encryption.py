"""Secrets kept in the database, unreadable without the secret key of this installation."""

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from heliograph.core.errors import Misconfigured

_NONCE = 12


def seal(secret: bytes, purpose: str, plain: bytes) -> bytes:
    """``plain`` under AES-256-GCM with a key made of ``secret`` for this purpose alone; what is sealed for
    one purpose opens for no other.
    """
    nonce = os.urandom(_NONCE)
    return nonce + _cipher(secret, purpose).encrypt(nonce, plain, None)


def unseal(secret: bytes, purpose: str, sealed: bytes) -> bytes:
    """What `seal` was given.

    Raises `Misconfigured` where the secret is another one, or the bytes were changed.
    """
    try:
        return _cipher(secret, purpose).decrypt(sealed[:_NONCE], sealed[_NONCE:], None)
    except (InvalidTag, ValueError):
        raise Misconfigured(
            f"What was kept for {purpose} cannot be read with this HELIOGRAPH_SECRET_KEY. "
            f"Restore the key that was in use before.",
            code="key_lost",
        ) from None


def _cipher(secret: bytes, purpose: str) -> AESGCM:
    return AESGCM(HKDF(SHA256(), length=32, salt=None, info=f"heliograph {purpose}".encode()).derive(secret))
