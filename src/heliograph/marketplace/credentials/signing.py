"""Signing credentials as Open Badges: as a Data Integrity proof (`eddsa-rdfc-2022`) and as a VC-JWT.

Both are made together when somebody first asks, in a few milliseconds outside of any transaction, and kept.
They are stored only while the credential stands: its row is locked for that moment, so that one that is
revoked meanwhile gets no proof.
"""

from __future__ import annotations

import json

from django.db import transaction

from heliograph.core.translation import gettext
from heliograph.marketplace.credentials import documents, proofs, status_lists
from heliograph.marketplace.errors import CredentialRevoked
from heliograph.marketplace.models import AwardedCredential, SignedCredential


def signed(credential: AwardedCredential, *, named: bool) -> SignedCredential:
    """A credential with its proofs; ``named``: with the holder's name, if it is known still.

    Raises `CredentialRevoked` for one that was revoked before anybody asked for it.
    """
    named = named and bool(credential.holder_name)
    kept = SignedCredential.objects.filter(credential=credential, named=named).first()
    if kept is not None:
        return kept
    if credential.revoked_at is not None:
        raise _revoked()
    credential = _with_all_it_says(credential)
    entry = status_lists.entry_of(credential)
    document = documents.badge(credential, entry.status_list, entry.index, named=named)
    organization = credential.organization
    made = SignedCredential(
        organization=organization,
        credential=credential,
        named=named,
        document=json.dumps(proofs.with_proof(organization, document), ensure_ascii=False),
        jwt=proofs.as_jwt(organization, document, credential.awarded_at, credential.expires_at),
    )
    return _keep(made)


def _with_all_it_says(credential: AwardedCredential) -> AwardedCredential:
    rows = AwardedCredential.objects.select_related("organization", "enrollment__version")
    return rows.prefetch_related("enrollment__version__parts").get(id=credential.id)


@transaction.atomic
def _keep(made: SignedCredential) -> SignedCredential:
    """Store what was signed, or give what somebody else stored meanwhile. Raises `CredentialRevoked`."""
    locked = AwardedCredential.objects.select_for_update(of=("self",)).get(id=made.credential_id)
    if locked.revoked_at is not None or locked.holder_name != made.credential.holder_name:  # or was erased
        raise _revoked()
    kept = SignedCredential.objects.filter(credential=locked, named=made.named).first()
    if kept is None:
        made.save()
    return kept or made


def _revoked() -> CredentialRevoked:
    return CredentialRevoked(
        gettext("This credential was revoked. Its page says since when: it has no badge or certificate.")
    )
