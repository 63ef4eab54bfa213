"""The running product, as an operator starts it and as a program reaches it: a process tree with a home of its own, and an API key."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

from heliograph.core.embedded_postgres import EmbeddedPostgres

OWNER, PASSWORD = "owner@northlight.example", "long enough for anyone"
BOUNDARY = "----journeys"


class Product:
    """`heliograph up` in a home of its own; `start` and `stop` are what an operator does."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.port = _free_port()
        self.app, self.content = f"http://localhost:{self.port}", f"http://127.0.0.1:{self.port}"
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("HELIOGRAPH_", "DJANGO_", "DATABASE_"))}
        self.environment = {**kept, "HELIOGRAPH_HOME": str(home)}
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.process = subprocess.Popen([sys.executable, "-m", "heliograph", "up", "--port", str(self.port)], env=self.environment)
        eventually(self._answers, "Heliograph answers", seconds=90)

    def stop(self) -> None:
        if self.process:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(30)

    def destroy(self) -> None:
        self.stop()
        EmbeddedPostgres(self.home).destroy()

    def command(self, *words: str) -> Any:
        done = subprocess.run(
            [sys.executable, "-m", "heliograph", *words, "--json"], env=self.environment, capture_output=True, text=True, check=True
        )
        return json.loads(done.stdout)

    def _answers(self) -> bool:
        try:
            return urllib.request.urlopen(f"{self.app}/health", timeout=2).status == 200
        except OSError:
            return False


@dataclass
class Heliograph:
    """An organisation of the running product, reached through the API as any integrator reaches it."""

    product: Product
    secret: str = ""
    numbers: Any = field(default_factory=count)

    @classmethod
    def of(cls, product: Product) -> "Heliograph":
        product.command("organisation", "northlight", "--owner", OWNER, "--password", PASSWORD)
        stranger = cls(product)
        stranger.secret = stranger.api("POST", "/token", {"email": OWNER, "password": PASSWORD})["access"]
        return cls(product, stranger.api("POST", "/org/api-keys", {"name": "journeys", "role": "admin"})["secret"])

    @property
    def app(self) -> str:
        return self.product.app

    @property
    def content(self) -> str:
        return self.product.content

    def api(self, method: str, path: str, body: Any = None) -> Any:
        """The answer's document; raises AssertionError with the problem document where it is one."""
        answer = self.raw(method, path, None if body is None else json.dumps(body).encode(), "application/json")
        return json.loads(answer) if answer else None

    def raw(self, method: str, path: str, body: bytes | None = None, kind: str = "") -> bytes:
        request = urllib.request.Request(f"{self.app}/api{path}", data=body, method=method)
        if self.secret:
            request.add_header("Authorization", f"Bearer {self.secret}")
        if kind:
            request.add_header("Content-Type", kind)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return bytes(answer.read())
        except urllib.error.HTTPError as problem:
            raise AssertionError(f"{method} {path}: {problem.code} {problem.read().decode()[:500]}") from None

    def import_package(self, package: bytes, name: str = "course.zip", key: str = "", publish: bool = True) -> dict[str, Any]:
        """Imports a package, waits until it is done, and returns the course."""
        fields = {"course": key or f"course-{next(self.numbers)}", "publish": "true" if publish else "false"}
        started = json.loads(self.raw("POST", "/imports", *_multipart(fields, name, package)))

        def finished() -> Any:
            job = self.api("GET", f"/imports/{started['id']}")
            return job if job["state"] in ("done", "refused") else None

        job = eventually(finished, f"the import of {name} ends", seconds=60)
        assert job["state"] == "done", job["error"]
        return dict(self.api("GET", f"/courses/{job['course']}"))

    def dispatch(self, course: dict[str, Any], **limits: Any) -> dict[str, Any]:
        """A dispatch of the course to a customer of its own."""
        customer = self.api("POST", "/destinations", {"name": f"Customer {next(self.numbers)}"})
        return dict(self.api("POST", "/dispatch", {"course": course["id"], "destination": customer["id"], **limits}))

    def change(self, dispatch: dict[str, Any], **limits: Any) -> None:
        self.api("PATCH", f"/dispatch/{dispatch['id']}", limits)

    def package(self, dispatch: dict[str, Any], format: str) -> bytes:
        return self.raw("GET", f"/dispatch/{dispatch['id']}/package?format={format}")

    def registrations(self, dispatch: dict[str, Any]) -> list[dict[str, Any]]:
        return list(self.api("GET", f"/registrations?dispatch={dispatch['id']}")["items"])

    def registration(self, dispatch: dict[str, Any]) -> dict[str, Any]:
        """Of a dispatch with one learner."""
        [found] = self.registrations(dispatch)
        return found

    def receipts(self, dispatch: dict[str, Any]) -> list[dict[str, Any]]:
        return list(self.api("GET", f"/dispatch/{dispatch['id']}/receipts?limit=200")["items"])

    def calls(self, registration: str) -> list[dict[str, Any]]:
        return list(self.api("GET", f"/registrations/{registration}/calls"))

    def launch_link(self, course: dict[str, Any], learner: str = "anna") -> tuple[str, str]:
        """The registration's id, and a link that opens the player."""
        registration = self.api("POST", "/registrations", {"course": course["id"], "learner": {"id": learner, "name": "Anna"}})["id"]
        return registration, self.api("POST", f"/registrations/{registration}/launch", {})["url"]


def eventually(ask: Callable[[], Any], what: str, seconds: float = 15) -> Any:
    """Asks until the answer is true, and returns it; fails with `what` was waited for and the last answer."""
    answer: Any = None
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if answer := ask():
            return answer
        time.sleep(0.1)
    raise AssertionError(f"waited {seconds:g} s in vain until {what}; last answer: {answer!r}")


def _multipart(fields: dict[str, str], name: str, content: bytes) -> tuple[bytes, str]:
    parts = [f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n' for key, value in fields.items()]
    head = (
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\nContent-Type: application/octet-stream\r\n\r\n'
    )
    body = "".join(parts).encode() + head.encode() + content + f"\r\n--{BOUNDARY}--\r\n".encode()
    return body, f"multipart/form-data; boundary={BOUNDARY}"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
