"""How a message to somebody else's server is signed: Standard Webhooks 1.0, with a secret that both know."""

import base64
import secrets
from collections.abc import Iterable
from datetime import datetime

from standardwebhooks import Webhook

SECRET_BYTES = 32


def new_secret() -> str:
    """A secret to sign with, as `whsec_` and base64."""
    return f"whsec_{base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()}"


def signed_headers(keys: Iterable[str], message_id: str, moment: datetime, body: bytes) -> dict[str, str]:
    """The headers of a message: its id, its time, and a signature over both and the body by each of ``keys``
    (`whsec_…`), with spaces between them. A receiver that knows one of the keys accepts it.
    """
    text = body.decode()
    return {
        "Content-Type": "application/json",
        "webhook-id": message_id,
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": " ".join(Webhook(key).sign(message_id, moment, text) for key in keys),
    }
