"""How a postback is signed: Standard Webhooks 1.0, with the dispatch's own secret."""

import base64
import secrets

import msgspec
from standardwebhooks import Webhook

from heliograph.core import clock
from heliograph.dispatch.models import Postback

SECRET_BYTES = 32


def signed_message(postback: Postback) -> tuple[bytes, dict[str, str]]:
    """The body and the headers: id, time, and a signature over both and the body."""
    body, moment, name = msgspec.json.encode(postback.body), clock.now(), str(postback.id)
    signature = Webhook(postback.dispatch.signing_secret).sign(name, moment, body.decode())
    return body, {
        "Content-Type": "application/json",
        "webhook-id": name,
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": signature,
    }


def new_secret() -> str:
    """A secret to sign with, as `whsec_` and base64."""
    return f"whsec_{base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()}"
