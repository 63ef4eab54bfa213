"""What an Open Badge 3.0 of ours says, and what its issuer's profile says; nothing is signed here.

Of the holder it says the name, if at all: no address, and no hash of one, since a hash of an address can be
tried until it fits.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import NAMESPACE_URL, uuid5

from django.conf import settings

from heliograph.marketplace.credentials import keys

if TYPE_CHECKING:
    from collections.abc import Iterable

    from heliograph.accounts.models import Organization
    from heliograph.marketplace.models import AwardedCredential, IssuerKey, ProgramVersion, StatusList

VERIFIABLE = "https://www.w3.org/ns/credentials/v2"
OPEN_BADGES = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"
MULTIKEY = "https://w3id.org/security/multikey/v1"
SECURITY = "https://w3id.org/security#"
# The terms of a profile that is a controlled identifier document, too.
CONTROLLED = {
    "verificationMethod": {"@id": f"{SECURITY}verificationMethod", "@type": "@id"},
    "assertionMethod": {"@id": f"{SECURITY}assertionMethod", "@type": "@id", "@container": "@set"},
    "controller": {"@id": f"{SECURITY}controller", "@type": "@id"},
    "JsonWebKey": f"{SECURITY}JsonWebKey",
    "publicKeyJwk": {"@id": f"{SECURITY}publicKeyJwk", "@type": "@json"},
}
STATUS_BITS = 131_072  # of a list, the least that its standard allows


def credential_address(credential: AwardedCredential) -> str:
    """The id of a credential, where anybody finds it as signed JSON."""
    return f"{settings.HELIOGRAPH.url}/credentials/{credential.number}"


def list_address(organization: Organization, status_list: StatusList) -> str:
    """The id of a status list, where it is found."""
    return f"{keys.issuer_address(organization)}/status/{status_list.number}"


def badge(
    credential: AwardedCredential, status_list: StatusList, index: int, *, named: bool
) -> dict[str, Any]:
    """A credential as an OpenBadgeCredential without a proof (Open Badges 3.0, appendix B).

    ``credential`` comes with its organization and its enrollment's version.
    """
    organization, version = credential.organization, credential.enrollment.version
    where, listed = credential_address(credential), list_address(organization, status_list)
    subject: dict[str, Any] = {
        "id": uuid5(NAMESPACE_URL, where).urn,
        "type": ["AchievementSubject"],
        "activityEndDate": moment(credential.completed_at),
        "achievement": _achievement(organization, version, credential.title),
    }
    if named:
        subject["identifier"] = [
            {
                "type": "IdentityObject",
                "hashed": False,
                "identityType": "name",
                "identityHash": credential.holder_name,
            }
        ]
    document = {
        "@context": [VERIFIABLE, OPEN_BADGES],
        "id": where,
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "name": credential.title,
        "issuer": _issuer(organization),
        "validFrom": moment(credential.awarded_at),
        "credentialSubject": subject,
        "credentialStatus": {
            "id": f"{listed}#{index}",
            "type": "BitstringStatusListEntry",
            "statusPurpose": "revocation",
            "statusListIndex": str(index),
            "statusListCredential": listed,
        },
    }
    if credential.expires_at:
        document["validUntil"] = moment(credential.expires_at)
    return document


def profile(organization: Organization, published: Iterable[IssuerKey]) -> dict[str, Any]:
    """The issuer's profile with its keys: Open Badges 3.0, `Profile`, and the document that says which keys
    may sign for it.
    """
    methods = [keys.method(organization, key) for key in published]
    return {
        "@context": [VERIFIABLE, OPEN_BADGES, MULTIKEY, CONTROLLED],
        **_issuer(organization),
        "verificationMethod": methods,
        "assertionMethod": [each["id"] for each in methods],
    }


def moment(at: datetime) -> str:
    """A moment as XML Schema writes it, to the second."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _issuer(organization: Organization) -> dict[str, Any]:
    return {
        "id": keys.issuer_address(organization),
        "type": ["Profile"],
        "name": organization.name,
        "url": settings.HELIOGRAPH.url,
    }


def _achievement(organization: Organization, version: ProgramVersion, title: str) -> dict[str, Any]:
    """What was achieved: the program in the version that the student completed."""
    parts = [part.title for part in version.parts.all() if part.required]
    return {
        "id": version.id.urn,
        "type": ["Achievement"],
        "achievementType": "Certificate",
        "name": title,
        "description": version.summary or version.title,
        "criteria": {"narrative": f"{version.title}: {'; '.join(parts)}" if parts else version.title},
        "creator": _issuer(organization),
    }
