"""The key and the secret that another store knows us by: kept encrypted, shown to nobody."""

from uuid import UUID

import msgspec
from django.conf import settings

from heliograph.core.secrets.encryption import seal, unseal
from heliograph.lrs.models import Pipe


def seal_secret(pipe_id: UUID, key: str, secret: str) -> bytes:
    """Key and secret as they are kept."""
    return seal(
        settings.HELIOGRAPH.secret_key.encode(), f"pipe {pipe_id}", msgspec.json.encode([key, secret])
    )


def key_of(pipe: Pipe) -> tuple[str, str]:
    """Key and secret. Raises `Misconfigured`."""
    key, secret = msgspec.json.decode(
        unseal(settings.HELIOGRAPH.secret_key.encode(), f"pipe {pipe.id}", bytes(pipe.encrypted_credentials))
    )
    return key, secret
