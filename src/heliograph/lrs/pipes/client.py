"""The other store, as a pipe speaks to it."""

import secrets
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from heliograph.core import clock
from heliograph.core.http_client import HttpSession, NoAnswer, Reply, TooLong
from heliograph.core.web import query_strings
from heliograph.lrs.authentication import basic
from heliograph.lrs.models import Pipe
from heliograph.lrs.pipes import rules
from heliograph.lrs.pipes.credentials import key_of
from heliograph.lrs.pipes.lease import SECONDS_TO_ANSWER, Wait
from heliograph.lrs.rules import multipart

LONGEST_PAGE: Final = 64 * 2**20
LONGEST_STATEMENT: Final = 4 * 2**20
LONGEST_RECEIPT: Final = 2**20
SIZEABLE, SLOWEST = 2 * 2**20, 250_000  # bytes, and bytes in a second
Parts = Mapping[str, tuple[str, bytes]]  # by hash: media type and content


def extra_seconds(size: int) -> float:
    """How much longer than others a large request may take."""
    return size / SLOWEST if size > SIZEABLE else 0.0


class Other:
    """Asks the other store; a context manager. Its methods raise `Wait` where nobody answers."""

    def __init__(
        self, endpoint: str, version: str, key: str, secret: str, seconds: float | None = None
    ) -> None:
        self.endpoint, self.seconds = endpoint, seconds or SECONDS_TO_ANSWER
        self.headers = {"X-Experience-API-Version": version, "Authorization": f"Basic {basic(key, secret)}"}
        self.line = HttpSession()

    @classmethod
    def of(cls, pipe: Pipe) -> "Other":
        return cls(pipe.endpoint, pipe.version, *key_of(pipe))

    def __enter__(self) -> "Other":
        return self

    def __exit__(self, *about: object) -> None:
        self.line.__exit__(*about)

    def post(self, statements: list[str], parts: Parts) -> Reply:
        """Send statements, as a list."""
        return self._send("POST", "/statements", f"[{','.join(statements)}]".encode(), parts)

    def put(self, statement_id: str, statement: str, parts: Parts) -> Reply:
        """Send one statement under its id."""
        return self._send("PUT", f"/statements?statementId={statement_id}", statement.encode(), parts)

    def get(
        self, resource: str, query: dict[str, str] | None = None, longest: int = LONGEST_STATEMENT
    ) -> Reply:
        """Ask for something. Raises `TooLong` too."""
        return self.at(
            f"{self.endpoint}/{resource}{'?' if query else ''}{query_strings.query(query or {})}", longest
        )

    def at(self, address: str, longest: int = LONGEST_PAGE, extra: float = 0.0) -> Reply:
        """Ask at a whole address, which must be the other store's own, with some seconds more.

        Raises `TooLong` too.
        """
        return self._ask("GET", address, self.headers, b"", longest, extra)

    def statement(self, statement_id: str) -> dict[str, Any] | None:
        """A statement as the other store has it, voided or not; None where it has none, or says none that can
        be read.
        """
        for name in ("statementId", "voidedStatementId"):
            reply = self.get("statements", {name: statement_id})
            if reply.status == 200:
                try:
                    listed = msgspec.json.decode(reply.body)
                except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                    return None
                return listed if isinstance(listed, dict) else None
            if reply.status != 404:
                raise wait_for(reply)
        return None

    def _send(self, method: str, resource: str, document: bytes, parts: Parts) -> Reply:
        if not parts:
            return self._sent(method, resource, "application/json", document)
        boundary = f"heliograph-{secrets.token_hex(16)}"
        pieces: list[tuple[dict[str, str], bytes]] = [({"Content-Type": "application/json"}, document)]
        for sha2, (media, content) in parts.items():
            pieces.append(
                (
                    {
                        "Content-Type": media,
                        "Content-Transfer-Encoding": "binary",
                        "X-Experience-API-Hash": sha2,
                    },
                    content,
                )
            )
        return self._sent(
            method,
            resource,
            f'multipart/mixed; boundary="{boundary}"',
            b"".join(multipart.written(boundary, pieces)),
        )

    def _sent(self, method: str, resource: str, media: str, body: bytes) -> Reply:
        try:
            return self._ask(
                method,
                self.endpoint + resource,
                {**self.headers, "Content-Type": media},
                body,
                LONGEST_RECEIPT,
                extra_seconds(len(body)),
            )
        except TooLong as reason:
            raise Wait(str(reason)) from None

    def _ask(
        self, method: str, url: str, headers: dict[str, str], body: bytes, longest: int, extra: float
    ) -> Reply:
        try:
            return self.line.ask(method, url, headers, body, longest=longest, seconds=self.seconds + extra)
        except TooLong:
            raise
        except NoAnswer as reason:
            raise Wait(str(reason)) from None


def wait_for(reply: Reply) -> Wait:
    """That nothing can be moved now, because of this answer."""
    until = (
        rules.pause_wanted(reply.headers.get("retry-after", ""), clock.now())
        if reply.status in (429, 503)
        else None
    )
    return Wait(rules.sentence(reply.status, reply.text), reply.status, until)
