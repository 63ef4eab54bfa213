"""A badge at an address: an Open Badges 2.0 assertion, hosted by an issuer that is configured.

What it says of its issuer is not believed: the assertion, its badge and its issuer are fetched from the
issuer's own server, and the recipient is compared by email address, never by name.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import Any
from urllib.parse import urlsplit

from heliograph.core import json
from heliograph.core.errors import Invalid
from heliograph.core.http_client import HttpSession, NoAnswer, refuse_address
from heliograph.core.translation import gettext
from heliograph.marketplace.partners.adapters.base import Base
from heliograph.marketplace.partners.events import LONGEST_ID, Event, moments, text_at

LONGEST_BADGE = 512 * 1024  # bytes


class BadgeConnector(Base):
    def check_badge(self, url: str, email: str) -> Event:
        """The result that a badge proves for whoever has that email address. Raises `Invalid`."""
        with HttpSession() as session:
            assertion = self._fetch(session, url)
            if text_at(assertion, "id") != url:
                raise _refused(gettext("The badge says that it is at another address."))
            if text_at(assertion, "verification.type") not in ("", "hosted", "HostedBadge"):
                raise _refused(gettext("Only badges that the issuer hosts can be checked."))
            badge = self._linked(session, assertion.get("badge"))
            issuer = self._linked(session, badge.get("issuer"))
        if text_at(issuer, "id") not in self.settings.issuers:
            raise _refused(gettext("The badge was issued by somebody else."))
        if not is_recipient(assertion.get("recipient"), email):
            raise _refused(gettext("The badge was issued to another email address."))
        if assertion.get("revoked"):
            raise _refused(gettext("The badge was revoked."))
        return self._event(assertion, badge, url, email)

    def _event(self, assertion: Any, badge: Any, url: str, email: str) -> Event:
        program = text_at(badge, "id").casefold()[:LONGEST_ID]
        date = text_at(assertion, "issuedOn")
        taken_at = moments("", "UTC")(date)
        if taken_at is None:
            raise _refused(gettext("The badge has no date."))
        digest = hashlib.sha256(f"{date}\t{program}\t{email}".encode()).hexdigest()[:16]
        return Event(
            url[:LONGEST_ID], "", "", email.lower(), "", program, "badge", "completed", None, taken_at,
            url[:LONGEST_ID], url, '{"badge": true}', digest, "",
        )  # fmt: skip

    def _linked(self, session: HttpSession, value: Any) -> dict[str, Any]:
        """What is linked, fetched from where it says it is; a copy inside the badge is not believed."""
        return self._fetch(session, value if isinstance(value, str) else text_at(value, "id"))

    def _fetch(self, session: HttpSession, url: str) -> dict[str, Any]:
        refuse_address(url, "badge")
        if urlsplit(url)[:2] not in {urlsplit(issuer)[:2] for issuer in self.settings.issuers}:
            raise _refused(gettext("The badge is not at the server of its issuer."))
        try:
            headers = {"Accept": "application/ld+json, application/json"}
            reply = session.ask("GET", url, headers, longest=LONGEST_BADGE)
            read = json.read(reply.body)
        except NoAnswer as reason:
            raise _refused(str(reason)) from None
        except ValueError:
            raise _refused(gettext("There is no badge at this address.")) from None
        if reply.status != 200 or not isinstance(read, dict):
            raise _refused(gettext("There is no badge at this address."))
        return read


def is_recipient(recipient: Any, email: str) -> bool:
    """Whether a badge is somebody's (Open Badges 2.0, identity objects): by their address, or its hash."""
    if text_at(recipient, "type") != "email":
        return False
    identity = text_at(recipient, "identity")
    if not (isinstance(recipient, dict) and recipient.get("hashed")):
        return hmac.compare_digest(identity.lower().encode(), email.lower().encode())
    name, _, digest = identity.partition("$")
    if name != "sha256":  # others can be forged
        return False
    salted = f"{email.lower()}{text_at(recipient, 'salt')}".encode()
    wanted = hashlib.sha256(salted).hexdigest()
    return hmac.compare_digest(wanted.encode(), digest.lower().encode())


def _refused(sentence: str) -> Invalid:
    return Invalid(sentence, code="badge_refused", field="badge")
