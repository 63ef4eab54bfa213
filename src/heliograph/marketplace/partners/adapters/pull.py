"""Results pulled from an API of JSON, page by page, through the guard of outgoing requests.

Errors that pass by themselves are tried again; pages that lead in a circle, to another server or nowhere are
not followed.
"""

from __future__ import annotations

import base64
import random
import time
from collections.abc import Iterator
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

from heliograph.core import clock, json
from heliograph.core.errors import Problem
from heliograph.core.http_client import HttpSession, NoAnswer, Reply, refuse_address
from heliograph.core.translation import gettext
from heliograph.marketplace.partners import rules
from heliograph.marketplace.partners.adapters.base import Base
from heliograph.marketplace.partners.connectors import Page, PartnerAway, PartnerBroken
from heliograph.marketplace.partners.events import text_at, value_at

LONGEST_PAGE = 8 * 2**20  # bytes
SECONDS = 30.0
MOST_PAGES = 20_000
MOST_RECORDS = 10_000  # in a page
LONGEST_CURSOR = 2_000
LONGEST_RETRY_AFTER = 60.0  # seconds that a run waits; beyond, the next run does
LINK = "link "  # before a cursor that is the address of a page

pause = time.sleep


class ApiConnector(Base):
    def fetch_results(self, cursor: str) -> Iterator[Page]:
        """The results from a cursor on, in pages. Raises `PartnerAway` and `PartnerBroken`."""
        read, seen = self.reader().by_paths(), {cursor}
        with HttpSession() as session:
            headers = self._headers(session)
            for _ in range(MOST_PAGES):
                answer = self._json(session, self._address(cursor), headers)
                records = value_at(answer, self.settings.records) if self.settings.records else answer
                if not isinstance(records, list):
                    raise PartnerBroken(gettext("The answer holds no list of results."))
                if len(records) > MOST_RECORDS:
                    raise PartnerBroken(gettext("A page has more than 10,000 results."))
                following = self._following(answer, cursor)
                yield Page([read(record) for record in records], following)
                if not following:
                    return
                if following in seen:
                    raise PartnerBroken(gettext("The pages lead in a circle."))
                seen.add(following)
                cursor = following
        raise PartnerBroken(gettext("There are more than 20,000 pages."))

    def _address(self, cursor: str) -> str:
        """The address of a page: a link, the partner's cursor, or the first page since the last success."""
        if cursor.startswith(LINK):
            return cursor.removeprefix(LINK)
        url, since = self.settings.url, self.partner.last_success_at
        if cursor:
            return _with(url, self.settings.cursor_parameter, cursor)
        if self.settings.since_parameter and since:
            moment = since - rules.OVERLAP
            return _with(url, self.settings.since_parameter, f"{moment:%Y-%m-%dT%H:%M:%SZ}")
        return str(url)

    def _following(self, answer: Any, cursor: str) -> str:
        if self.settings.next_link:
            link = text_at(answer, self.settings.next_link)
            if not link:
                return ""
            link = urljoin(self._address(cursor), link)
            if urlsplit(link)[:2] != urlsplit(self.settings.url)[:2]:
                raise PartnerBroken(gettext("The next page is at another server."))
            try:
                refuse_address(link, "next")
            except Problem as reason:
                raise PartnerBroken(reason.sentence) from None
            following = f"{LINK}{link}"
        elif self.settings.next_cursor:
            following = text_at(answer, self.settings.next_cursor)
        else:
            return ""
        if len(following) > LONGEST_CURSOR:
            raise PartnerBroken(gettext("The cursor is longer than 2,000 characters."))
        return following

    def _headers(self, session: HttpSession) -> dict[str, str]:
        secrets, headers = self.secrets(), {"Accept": "application/json"}
        match self.settings.authentication:
            case "bearer":
                headers["Authorization"] = f"Bearer {secrets.get('token', '')}"
            case "header":
                headers[self.settings.header] = secrets.get("token", "")
            case "basic":
                headers["Authorization"] = _basic(secrets)
            case "oauth":
                headers["Authorization"] = f"Bearer {self._token(session, secrets)}"
        return headers

    def _token(self, session: HttpSession, secrets: dict[str, str]) -> str:
        """An access token for the client's credentials (RFC 6749, section 4.4)."""
        form = {"grant_type": "client_credentials"}
        if self.settings.scope:
            form["scope"] = self.settings.scope
        headers = {
            "Authorization": _basic(secrets),
            "Content-Type": "application/x-www-form-urlencoded",
            "Accept": "application/json",
        }
        answer = self._json(session, self.settings.token_url, headers, "POST", urlencode(form).encode())
        token = text_at(answer, "access_token")
        if not token or not token.isascii() or not token.isprintable():
            raise PartnerBroken(gettext("The partner gave no access token."))
        return token

    def _json(
        self, session: HttpSession, url: str, headers: dict[str, str], method: str = "GET", body: bytes = b""
    ) -> Any:
        reply = _asked(session, method, url, headers, body)
        if not 200 <= reply.status < 300:
            raise PartnerBroken(
                gettext("The partner answered %(status)s: %(text)s")
                % {"status": reply.status, "text": reply.text[:200]}
            )
        try:
            return json.read(reply.body)
        except ValueError as reason:
            raise PartnerBroken(
                gettext("The answer is no JSON: %(reason)s.") % {"reason": str(reason)[:200]}
            ) from None


def _asked(session: HttpSession, method: str, url: str, headers: dict[str, str], body: bytes) -> Reply:
    """The answer, after as many tries as it takes. Raises `PartnerAway`."""
    said, after = "", 0.0
    for failed in range(1, rules.TRIES + 1):
        try:
            reply = session.ask(method, url, headers, body, longest=LONGEST_PAGE, seconds=SECONDS)
        except NoAnswer as reason:
            said, after = str(reason), 0.0
        else:
            if not rules.is_retried(reply.status):
                return reply
            said = gettext("The partner answered %(status)s.") % {"status": reply.status}
            after = retry_after(reply.headers.get("retry-after", ""), clock.now())
        if after > LONGEST_RETRY_AFTER:
            break
        if failed < rules.TRIES:
            pause(after or random.uniform(0, rules.longest_pause(failed)))  # noqa: S311 - no secret
    raise PartnerAway(said, after)


def retry_after(text: str, now: datetime) -> float:
    """The seconds that a Retry-After says (RFC 9110, section 10.2.3), at most a day; 0 for none."""
    text = text.strip()
    if text.isdecimal():
        return float(min(int(text[:9]), 86_400))
    try:
        moment = parsedate_to_datetime(text)
        return min(max((moment - now).total_seconds(), 0.0), 86_400.0)
    except (ValueError, TypeError):
        return 0.0


def _basic(secrets: dict[str, str]) -> str:
    pair = f"{secrets.get('client_id', '')}:{secrets.get('client_secret', '')}"
    return f"Basic {base64.b64encode(pair.encode()).decode()}"


def _with(url: str, name: str, value: str) -> str:
    parts = urlsplit(url)
    query = urlencode([*parse_qsl(parts.query, keep_blank_values=True), (name, value)])
    return urlunsplit(parts._replace(query=query))
