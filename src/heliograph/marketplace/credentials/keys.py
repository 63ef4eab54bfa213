"""The keys that an organization signs credentials with: an RSA pair for VC-JWT, an Ed25519 pair for Data
Integrity proofs. They are made when the first credential is signed.

Addresses of public keys are part of every proof, so that a key is published for as long as the organization
is here.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives import serialization as form
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from django.conf import settings
from django.db import transaction

from heliograph.audit.actions import record
from heliograph.core import clock
from heliograph.core.actor import Actor
from heliograph.core.database.locks import lock_by_name
from heliograph.core.errors import Conflict
from heliograph.core.permissions import Permission
from heliograph.core.secrets.encryption import seal, unseal
from heliograph.core.translation import gettext
from heliograph.marketplace.models import IssuerKey

if TYPE_CHECKING:
    from uuid import UUID

    from django.db.models import QuerySet

    from heliograph.accounts.models import Organization

RSA_BITS = 2048
ROTATED_AGAIN = timedelta(minutes=10)  # after which current keys may be replaced
PURPOSE = "issuer keys"
RSA, ED25519 = IssuerKey.Kind.RSA, IssuerKey.Kind.ED25519


def issuer_address(organization: Organization) -> str:
    """The id of an organization as an issuer, where its profile is."""
    return f"{settings.HELIOGRAPH.url}/credentials/issuers/{organization.key}"


def address(organization: Organization, key: IssuerKey) -> str:
    """The id of a key, where its public part is."""
    return f"{issuer_address(organization)}/keys/{key.id}"


def published(organization_id: UUID) -> QuerySet[IssuerKey]:
    """Every key that an organization ever signed with, the newest first."""
    return IssuerKey.objects.filter(organization_id=organization_id).order_by("-id")


def current(organization_id: UUID, kind: IssuerKey.Kind) -> IssuerKey:
    """The key of a kind that signs now; made where there is none yet.

    Of two that are made at the same time, the database takes one.
    """
    mine = IssuerKey.objects.filter(organization_id=organization_id, kind=kind, retired_at=None)
    found = mine.first()
    if found is None:
        IssuerKey.objects.bulk_create([_new(organization_id, kind)], ignore_conflicts=True)
        found = mine.get()
    return found


def rotate(actor: Actor) -> list[IssuerKey]:
    """New keys sign from now on; the ones before are retired and stay published.

    Raises `Conflict` where the current keys are only minutes old, so that two who rotate at once make one
    pair.
    """
    actor.require(Permission.CREDENTIALS_MANAGE)
    # Before the transaction, because it takes long.
    made = [_new(actor.organization_id, kind) for kind in IssuerKey.Kind]
    with transaction.atomic():
        lock_by_name(f"issuer keys {actor.organization_id}")
        mine = IssuerKey.objects.filter(organization_id=actor.organization_id, retired_at=None)
        if mine.filter(created_at__gt=clock.now() - ROTATED_AGAIN).exists():
            raise Conflict(
                gettext("The signing keys were replaced just now. Wait ten minutes to replace them again."),
                code="keys_just_rotated",
            )
        mine.update(retired_at=clock.now())
        IssuerKey.objects.bulk_create(made)
        record(actor, "replaced signing keys of", "organization", actor.organization_id, "")
    return made


def private(key: IssuerKey) -> Any:
    """A key's private part. Raises `Misconfigured` where the secret key is another one."""
    der = unseal(_secret(), PURPOSE, bytes(key.private))
    # What was unsealed is as we made it. To check whether its numbers are primes takes 50 ms each time.
    return form.load_der_private_key(der, None, unsafe_skip_rsa_key_validation=True)


def public_pem(key: IssuerKey) -> bytes:
    """A key's public part in PEM."""
    return form.load_der_public_key(bytes(key.public)).public_bytes(
        form.Encoding.PEM, form.PublicFormat.SubjectPublicKeyInfo
    )


def jwk(organization: Organization, key: IssuerKey) -> dict[str, Any]:
    """A public key as a JSON Web Key (RFC 7517, RFC 8037)."""
    from jwt.algorithms import OKPAlgorithm, RSAAlgorithm

    public: Any = form.load_der_public_key(bytes(key.public))
    shown = (RSAAlgorithm if key.kind == RSA else OKPAlgorithm).to_jwk(public, as_dict=True)
    shown.pop("key_ops", None)
    return {
        **shown,
        "use": "sig",
        "alg": "RS256" if key.kind == RSA else "EdDSA",
        "kid": address(organization, key),
    }


def method(organization: Organization, key: IssuerKey) -> dict[str, Any]:
    """A public key as a verification method (W3C Controlled Identifiers 1.0, section 2.2)."""
    named = {"id": address(organization, key), "controller": issuer_address(organization)}
    if key.kind == RSA:
        return {**named, "type": "JsonWebKey", "publicKeyJwk": jwk(organization, key)}
    from openbadgeslib.ob3.did import multikey_from_pem

    return {**named, "type": "Multikey", "publicKeyMultibase": multikey_from_pem(public_pem(key))}


def _new(organization_id: UUID, kind: str) -> IssuerKey:
    """A key pair that is not stored yet."""
    private = (
        rsa.generate_private_key(public_exponent=65537, key_size=RSA_BITS)
        if kind == RSA
        else ed25519.Ed25519PrivateKey.generate()
    )
    der = private.private_bytes(form.Encoding.DER, form.PrivateFormat.PKCS8, form.NoEncryption())
    public = private.public_key().public_bytes(form.Encoding.DER, form.PublicFormat.SubjectPublicKeyInfo)
    return IssuerKey(
        organization_id=organization_id, kind=kind, private=seal(_secret(), PURPOSE, der), public=public
    )


def _secret() -> bytes:
    return settings.HELIOGRAPH.secret_key.encode()
