"""The two proofs of Open Badges 3.0, made offline: the contexts of JSON-LD come with the library."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from heliograph.core import clock
from heliograph.marketplace.credentials import keys

if TYPE_CHECKING:
    from datetime import datetime

    from heliograph.accounts.models import Organization


def with_proof(organization: Organization, document: dict[str, Any]) -> dict[str, Any]:
    """A document with a Data Integrity proof (W3C `eddsa-rdfc-2022`) by the organization's current key."""
    from openbadgeslib.ob3.ldp import (
        add_data_integrity_proof,
    )  # here: loads a JSON-LD processor that few need

    key = keys.current(organization.id, keys.ED25519)
    return add_data_integrity_proof(
        document, keys.private(key), keys.address(organization, key), created=clock.now()
    )


def as_jwt(
    organization: Organization, document: dict[str, Any], since: datetime, until: datetime | None
) -> str:
    """The same document as a VC-JWT: its claims are the document's, and those that Open Badges 3.0, section
    8.2.4, asks for. The header says by which key.
    """
    import jwt

    key = keys.current(organization.id, keys.RSA)
    claims = {**document, "iss": keys.issuer_address(organization), "jti": document["id"]}
    claims |= {"nbf": int(since.timestamp()), "sub": document["credentialSubject"]["id"]}
    if until is not None:
        claims["exp"] = int(until.timestamp())
    headers = {"kid": keys.address(organization, key)}
    return jwt.encode(claims, keys.private(key), algorithm="RS256", headers=headers)
