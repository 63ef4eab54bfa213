"""A partner's secrets and vouchers, as they are kept: unreadable without this installation's secret key."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from uuid import UUID

from django.conf import settings

from heliograph.core.secrets.encryption import seal, unseal

if TYPE_CHECKING:
    from heliograph.marketplace.models import Partner


def seal_secrets(partner_id: UUID, secrets: dict[str, str]) -> bytes:
    """Secrets by their names, as they are kept."""
    return seal(_key(), f"partner {partner_id}", json.dumps(secrets).encode())


def secrets_of(partner: Partner) -> dict[str, str]:
    """The secrets of a partner by their names. Raises `Misconfigured`."""
    if not partner.encrypted_secrets:
        return {}
    read = unseal(_key(), f"partner {partner.id}", bytes(partner.encrypted_secrets))
    known: dict[str, str] = json.loads(read)
    return known


def seal_code(partner_id: UUID, code: str) -> bytes:
    """A voucher's code as it is kept."""
    return seal(_key(), f"voucher {partner_id}", code.encode())


def open_code(partner_id: UUID, sealed: bytes) -> str:
    """The code of a voucher. Raises `Misconfigured`."""
    return unseal(_key(), f"voucher {partner_id}", bytes(sealed)).decode()


def _key() -> bytes:
    return settings.HELIOGRAPH.secret_key.encode()
