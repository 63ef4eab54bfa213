"""Results in messages that the partner signs: by Standard Webhooks, or by HMAC over time and body."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from json import JSONDecodeError

from standardwebhooks import Webhook, WebhookVerificationError

from heliograph.core import clock, json
from heliograph.marketplace.errors import SignatureInvalid
from heliograph.marketplace.partners.adapters.base import Base
from heliograph.marketplace.partners.events import Event, value_at

TOLERANCE = 300  # seconds
MOST_RECORDS = 1_000


class WebhookConnector(Base):
    def verify(self, headers: Mapping[str, str], body: bytes) -> None:
        """Raises `SignatureInvalid` for a message that is not the partner's, or too old or too early."""
        secret = self.secrets().get("secret", "")
        if not secret:
            raise SignatureInvalid("This webhook has no secret yet.")
        if self.settings.signature == "standard":
            _verify_standard(secret, headers, body)
        else:
            given = headers.get(self.settings.signature_header, "")
            _verify_hmac(secret, headers.get(self.settings.timestamp_header, ""), given, body)

    def events(self, body: bytes) -> list[Event]:
        """The results in a message that was verified. ValueError where it is none."""
        message = json.read(body)
        found = value_at(message, self.settings.records) if self.settings.records else message
        if found is None:
            return []  # a message about something else
        listed = found if isinstance(found, list) else [found]
        if len(listed) > MOST_RECORDS:
            raise ValueError("it holds more than 1,000 results")
        read = self.reader().by_paths()
        return [read(record) for record in listed]


def _verify_standard(secret: str, headers: Mapping[str, str], body: bytes) -> None:
    names = ("webhook-id", "webhook-timestamp", "webhook-signature")
    try:
        Webhook(secret).verify(body.decode(), {name: headers.get(name, "") for name in names})
    except JSONDecodeError:
        return  # the library reads the body once its signature is known to be good
    except (WebhookVerificationError, ValueError):
        raise SignatureInvalid("The signature or the time of this message is not valid.") from None


def _verify_hmac(secret: str, timestamp: str, given: str, body: bytes) -> None:
    """Hexadecimal HMAC-SHA256 over the time in seconds since 1970, a dot, and the body."""
    is_timely = timestamp.isdecimal() and abs(int(timestamp[:15]) - clock.epoch_seconds()) <= TOLERANCE
    signed = hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    same = hmac.compare_digest(signed.encode(), given.removeprefix("sha256=").strip().lower().encode())
    if not (is_timely and same):
        raise SignatureInvalid("The signature or the time of this message is not valid.")
