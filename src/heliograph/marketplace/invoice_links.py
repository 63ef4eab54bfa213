"""Links to invoices: whoever is billed has no account here, and opens the invoice by what was mailed."""

from datetime import timedelta
from uuid import UUID

from django.conf import settings

from heliograph.core import clock
from heliograph.core.secrets import tokens

GOOD_FOR = timedelta(days=180)
PURPOSE = "invoice"


def address(share_id: UUID) -> str:
    """Where the invoice of a share is read, for half a year."""
    ends = clock.epoch_seconds() + int(GOOD_FOR.total_seconds())
    token = tokens.sign(settings.HELIOGRAPH.secret_key.encode(), PURPOSE, share_id, ends)
    return f"{settings.HELIOGRAPH.url}/invoices/{token}/"


def share_of(token: str) -> UUID:
    """The share whose invoice a link is for. Raises `TokenRefused` and `TokenExpired`."""
    secret = settings.HELIOGRAPH.secret_key.encode()
    share_id, _ = tokens.verify(secret, PURPOSE, token, clock.epoch_seconds())
    return share_id
