"""Signed statements: an attachment that is a JSON web signature of the statement (1.0.3 Data 2.6; 2.0 section
4.2.6; RFC 7515).
"""

import base64
import binascii
from typing import Any, Final

import jwt
import msgspec
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from heliograph.lrs.rules.equality import comparable
from heliograph.lrs.rules.table import refuse

USAGE: Final = "http://adlnet.gov/expapi/attachments/signature"
ALGORITHMS: Final = ("RS256", "RS384", "RS512")
_encode = msgspec.json.Encoder(order="deterministic").encode


def check(statement: dict[str, Any], attachment: dict[str, Any], content: bytes) -> None:
    """Raise `Broken` unless ``content`` is a signature of ``statement``; the key is checked where a
    certificate comes with it.
    """
    if attachment["contentType"] != "application/octet-stream":
        refuse("signature.media", attachment["contentType"])
    try:
        token = content.decode("ascii").strip()
        header, payload, _ = token.split(".")
        head, signed = msgspec.json.decode(_plain(header)), msgspec.json.decode(_plain(payload))
    except (UnicodeDecodeError, ValueError, binascii.Error, msgspec.DecodeError):
        refuse("signature.malformed")
    if type(head) is not dict or type(signed) is not dict:
        refuse("signature.malformed")
    if head.get("alg") not in ALGORITHMS:
        refuse("signature.algorithm")
    if "x5c" in head:
        _check_key(token, head)
    try:
        same = _encode(comparable(signed)) == _encode(comparable(statement))
    except (KeyError, TypeError, AttributeError, ValueError):
        same = False
    if not same:
        refuse("signature.statement")


def _plain(part: str) -> bytes:
    return base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True)


def _check_key(token: str, head: dict[str, Any]) -> None:
    try:
        key = x509.load_der_x509_certificate(base64.b64decode(head["x5c"][0])).public_key()
        if not isinstance(key, RSAPublicKey):
            refuse("signature.certificate")
        jwt.api_jws.decode(token, key, algorithms=list(ALGORITHMS))
    except (ValueError, TypeError, KeyError, IndexError, UnsupportedAlgorithm, jwt.InvalidTokenError):
        refuse("signature.certificate")
