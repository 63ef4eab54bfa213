"""The secrets that sign an endpoint's messages: kept encrypted, shown once."""

from datetime import datetime
from functools import lru_cache
from uuid import UUID

from django.conf import settings

from heliograph.core.secrets.encryption import seal, unseal
from heliograph.webhooks.models import Endpoint


def seal_secret(endpoint_id: UUID, secret: str) -> bytes:
    """A secret as it is kept."""
    return seal(settings.HELIOGRAPH.secret_key.encode(), f"webhook {endpoint_id}", secret.encode())


def signing_keys(endpoint: Endpoint, moment: datetime) -> list[str]:
    """The secrets that sign at a moment, the newest first. Raises `Misconfigured`."""
    kept = [endpoint.encrypted_secret]
    if endpoint.encrypted_old_secret and endpoint.old_secret_ends_at and endpoint.old_secret_ends_at > moment:
        kept.append(endpoint.encrypted_old_secret)
    key = settings.HELIOGRAPH.secret_key.encode()
    return [_unsealed(key, endpoint.id, bytes(sealed)) for sealed in kept]


@lru_cache(256)
def _unsealed(key: bytes, endpoint_id: UUID, sealed: bytes) -> str:
    """A secret as it signs: of many messages in a row, the same."""
    return unseal(key, f"webhook {endpoint_id}", sealed).decode()
