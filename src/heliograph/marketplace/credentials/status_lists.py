"""Which credentials were revoked, for programs: W3C Bitstring Status Lists, signed by the issuer.

A list is signed when somebody asks and a bit has changed since, or when what was signed is a day old. What is
asked for first is the bits themselves, so that a revocation is in the next answer.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.db import transaction

from heliograph.core import clock
from heliograph.core.database.locks import lock_by_name
from heliograph.marketplace.credentials import documents, keys, proofs
from heliograph.marketplace.models import StatusEntry, StatusList

if TYPE_CHECKING:
    from heliograph.accounts.models import Organization
    from heliograph.marketplace.models import AwardedCredential

FULL = documents.STATUS_BITS // 2  # credentials in a list: a free place is found at the second try
FRESH = timedelta(days=1)  # before it is signed again
VALID = timedelta(days=7)
CACHED = 60_000  # milliseconds for which a verifier may keep a list


def entry_of(credential: AwardedCredential) -> StatusEntry:
    """The place of a credential in a list, drawn where it has none yet."""
    return _kept(credential) or _drawn(credential)


def current(organization: Organization, status_list: StatusList) -> StatusList:
    """A list with what was signed for its bits as they are now."""
    entries = StatusEntry.objects.filter(status_list=status_list, credential__revoked_at__isnull=False)
    revoked = sorted(entries.values_list("index", flat=True))
    digest = _digest(organization, revoked)
    moment = clock.now()
    if status_list.digest == digest and status_list.signed_at and moment - status_list.signed_at < FRESH:
        return status_list
    document = _document(organization, status_list, revoked)
    status_list.document = json.dumps(proofs.with_proof(organization, document))
    status_list.jwt = proofs.as_jwt(organization, document, moment, moment + VALID)
    status_list.digest, status_list.signed_at = digest, moment
    status_list.save(update_fields=["document", "jwt", "digest", "signed_at"])
    return status_list


def _kept(credential: AwardedCredential) -> StatusEntry | None:
    return StatusEntry.objects.filter(credential=credential).select_related("status_list").first()


@transaction.atomic
def _drawn(credential: AwardedCredential) -> StatusEntry:
    lock_by_name(f"status lists {credential.organization_id}")
    if known := _kept(credential):
        return known
    mine = StatusList.objects.filter(organization_id=credential.organization_id)
    newest = mine.order_by("-number").first()
    if newest is None or newest.taken >= FULL:
        number = newest.number + 1 if newest else 1
        newest = StatusList.objects.create(organization_id=credential.organization_id, number=number)
    index = secrets.randbelow(documents.STATUS_BITS)
    while newest.entries.filter(index=index).exists():
        index = secrets.randbelow(documents.STATUS_BITS)
    newest.taken += 1
    newest.save(update_fields=["taken"])
    return StatusEntry.objects.create(credential=credential, status_list=newest, index=index)


def _digest(organization: Organization, revoked: list[int]) -> str:
    """What the signed list depends on: the bits, and the keys that sign it."""
    signers = [keys.current(organization.id, kind).id.hex for kind in (keys.RSA, keys.ED25519)]
    return hashlib.sha256(" ".join([*signers, *map(str, revoked)]).encode()).hexdigest()


def _document(organization: Organization, status_list: StatusList, revoked: list[int]) -> dict[str, Any]:
    """The list without a proof (W3C Bitstring Status List 1.0, section 2.2)."""
    from openbadgeslib.ob3.status_list import build_status_list_credential

    moment = clock.now()
    return build_status_list_credential(
        keys.issuer_address(organization),
        documents.list_address(organization, status_list),
        "revocation",
        revoked,
        size_bits=documents.STATUS_BITS,
        issued=moment,
        valid_until=moment + VALID,
        ttl=CACHED,
    )
