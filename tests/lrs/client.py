"""A program that speaks xAPI with the record store's door, as its bytes go through it."""

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from heliograph.lrs.authentication import basic
from heliograph.lrs.xapi.app import application

VERB = "http://adlnet.gov/expapi/verbs/experienced"


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def code(self) -> str:
        return self.json()["code"]

    @property
    def rule(self) -> str:
        return self.json().get("rule", "")


@dataclass
class Xapi:
    """Sends requests with one credential in one version; keyword arguments of `request` are the address's
    parameters.
    """

    key: str
    secret: str
    version: str = "1.0.3"
    headers: dict[str, str] = field(default_factory=dict)

    def request(
        self,
        method: str,
        resource: str,
        body: Any = None,
        headers: Mapping[str, str | None] | None = None,
        **query: Any,
    ) -> Answer:
        content = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        sent: dict[str, str | None] = {
            "Authorization": f"Basic {basic(self.key, self.secret)}",
            "X-Experience-API-Version": self.version,
            "Content-Type": "application/json",
            **self.headers,
            **(headers or {}),
        }
        path, _, inline = resource.partition("?")
        told = {name: value if isinstance(value, str) else json.dumps(value) for name, value in query.items()}
        environ: dict[str, Any] = {
            "REQUEST_METHOD": method, "PATH_INFO": f"/xapi/{path}", "QUERY_STRING": inline or urlencode(told),
            "wsgi.input": io.BytesIO(content), "CONTENT_LENGTH": str(len(content)),
            "HTTP_HOST": "localhost:8000",
        }  # fmt: skip
        for name, value in sent.items():
            if value is not None:
                environ[
                    "CONTENT_TYPE" if name == "Content-Type" else f"HTTP_{name.upper().replace('-', '_')}"
                ] = value
        seen: list[Any] = []
        pieces = application(environ, lambda status, headers: seen.extend((status, headers)))
        return Answer(
            int(seen[0].split()[0]), {name.lower(): value for name, value in seen[1]}, b"".join(pieces)
        )

    def get(self, resource: str, **query: Any) -> Answer:
        return self.request("GET", resource, **query)

    def post(self, resource: str, body: Any, **query: Any) -> Answer:
        return self.request("POST", resource, body, **query)

    def put(self, resource: str, body: Any, **query: Any) -> Answer:
        return self.request("PUT", resource, body, **query)

    def store(self, *statements: dict[str, Any]) -> list[str]:
        """Store statements; their ids."""
        answer = self.post("statements", list(statements))
        assert answer.status == 200, answer.body
        return answer.json()

    def statements(self, **query: Any) -> list[dict[str, Any]]:
        """The statements a query finds."""
        answer = self.get("statements", **query)
        assert answer.status == 200, answer.body
        return answer.json()["statements"]


def statement(**changes: Any) -> dict[str, Any]:
    """A small statement with some properties changed; None leaves one out."""
    made = {
        "actor": {"mbox": "mailto:ada@example.org", "name": "Ada"},
        "verb": {"id": VERB, "display": {"en": "experienced"}},
        "object": {"id": "https://example.org/activities/1"},
        **changes,
    }
    return {name: value for name, value in made.items() if value is not None}
