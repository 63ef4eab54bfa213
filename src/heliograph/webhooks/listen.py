"""`heliograph listen`: events of a running server, forwarded to a program on this machine.

They are signed as webhooks are. It needs no public address: it asks the server's API for new events, again
and again. It loads no Django.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import httpx2
import msgspec

from heliograph.core.clock import now
from heliograph.core.errors import Problem
from heliograph.core.secrets.webhook_signatures import new_secret, signed_headers

ASKED_EVERY: Final = 1.0
SECONDS_TO_ANSWER: Final = 30.0
LONGEST_PAUSE: Final = 30.0


class Refused(Problem):
    code, status, title = "listen_refused", 502, "The server does not answer"


@dataclass(frozen=True)
class Listener:
    """Where events come from, and where they go; ``say`` prints a line."""

    server: str
    api_key: str
    forward: str
    topics: str = ""
    say: Callable[[str], None] = lambda line: print(line, flush=True)

    def run(self) -> None:
        """Forward events until interrupted. Raises `Refused` where the server refuses what it is asked."""
        key, pause = new_secret(), ASKED_EVERY
        with (
            httpx2.Client(timeout=SECONDS_TO_ANSWER, headers=self._headers()) as server,
            httpx2.Client(timeout=SECONDS_TO_ANSWER) as receiver,
        ):
            cursor = self._events(server, "")["cursor"]
            self.say(f"Forwarding events of {self.server} to {self.forward}")
            self.say(f"Signing secret: {key}")
            while True:
                time.sleep(pause)
                try:
                    answer = self._events(server, cursor)
                except httpx2.HTTPError as reason:
                    pause = min(pause * 2, LONGEST_PAUSE)
                    self.say(f"{self.server} does not answer ({reason}); next try in {pause:.0f} seconds")
                    continue
                for event in answer["items"]:
                    self.say(forward(receiver, self.forward, key, event))
                cursor, pause = answer["cursor"], 0.0 if answer["items"] else ASKED_EVERY

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.api_key}"}

    def _events(self, client: httpx2.Client, cursor: str) -> dict[str, Any]:
        """The next events. Raises `Refused`, and `httpx2.HTTPError` where trying again may help."""
        asked = {name: value for name, value in (("after", cursor), ("topics", self.topics)) if value}
        try:
            answer = client.get(f"{self.server.rstrip('/')}/api/webhooks/events", params=asked)
            if answer.status_code >= 500 or answer.status_code == 429:
                answer.raise_for_status()
        except httpx2.HTTPError as reason:
            if cursor:
                raise
            raise Refused(f"{self.server} does not answer: {reason}.") from None
        if answer.status_code != 200:
            raise Refused(f"{self.server} answered {answer.status_code}: {_sentence(answer)}")
        page: dict[str, Any] = answer.json()
        return page


def forward(client: httpx2.Client, url: str, key: str, event: dict[str, Any]) -> str:
    """Send one event; the line that says what came of it."""
    body, moment, begun = msgspec.json.encode(event), now(), time.monotonic()
    try:
        answer = client.post(url, content=body, headers=signed_headers([key], event["id"], moment, body))
        said = str(answer.status_code)
    except httpx2.HTTPError as reason:
        said = f"no response ({str(reason) or type(reason).__name__})"
    took = (time.monotonic() - begun) * 1000
    return f"{moment:%H:%M:%S} {event['type']} {event['id']} → {said} ({took:.0f} ms)"


def _sentence(answer: httpx2.Response) -> str:
    try:
        return str(answer.json()["detail"])
    except (ValueError, KeyError, TypeError):
        return answer.text[:200]
