"""The running product, as an operator starts it and as a program reaches it: a process tree with a home of
its own, and an API key.
"""

import contextlib
import hashlib
import hmac
import json
import os
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import Any

import psutil
from tests.running import Running, kill

OWNER, PASSWORD = "owner@northlight.example", "long enough for anyone"
BOUNDARY = "----journeys"


class Product(Running):
    """`heliograph up` in a home of its own, and what an operator or the weather does to it."""

    @property
    def app(self) -> str:
        return f"http://localhost:{self.port}"

    @property
    def content(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def ask(self, *words: str) -> Any:
        """What a command answers in JSON."""
        done = self.command(*words, "--json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    @contextlib.contextmanager
    def stopped(self) -> Iterator[None]:
        """Nobody listens at its address while the block runs, and for as many minutes longer as
        JOURNEY_MINUTES_AWAY asks for.

        Only the web server ends, which costs a third of ending and starting everything.
        """
        supervisor = psutil.Process(self.supervisor.pid)
        supervisor.suspend()  # or it would start another one
        try:
            for process in [self.web_server(), *self.web_processes()]:
                kill(process)
            yield
            time.sleep(60 * float(os.environ.get("JOURNEY_MINUTES_AWAY", "0")))
        finally:
            supervisor.resume()
            self.wait_until_ready()

    @contextlib.contextmanager
    def frozen(self) -> Iterator[None]:
        """It takes connections and answers none of them while the block runs."""
        frozen = self.web_processes()
        for process in frozen:
            process.suspend()
        try:
            yield
        finally:
            for process in frozen:
                process.resume()


@dataclass
class Heliograph:
    """An organization of the running product, reached through the API as any integrator reaches it."""

    product: Product
    secret: str = ""
    numbers: Any = field(default_factory=count)

    @classmethod
    def of(cls, product: Product, key: str = "northlight") -> "Heliograph":
        """A new organization; who owns the first one signs in as OWNER."""
        owner = OWNER.replace("northlight", key)
        product.ask("organization", key, "--owner", owner, "--password", PASSWORD)
        stranger = cls(product)
        stranger.secret = stranger.api("POST", "/token", {"email": owner, "password": PASSWORD})["access"]
        return cls(
            product, stranger.api("POST", "/org/api-keys", {"name": "journeys", "role": "admin"})["secret"]
        )

    @property
    def app(self) -> str:
        return self.product.app

    @property
    def content(self) -> str:
        return self.product.content

    def api(self, method: str, path: str, body: Any = None) -> Any:
        """The answer's document; raises AssertionError with the problem document where it is one."""
        answer = self.raw(
            method, path, None if body is None else json.dumps(body).encode(), "application/json"
        )
        return json.loads(answer) if answer else None

    def document(self, method: str, path: str, body: bytes, kind: str) -> Any:
        """The answer's document to a body of another kind than JSON."""
        return json.loads(self.raw(method, path, body, kind))

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

    def credential(self, *scopes: str) -> dict[str, Any]:
        """A credential of the record store, which may do everything where no scope is named."""
        return dict(self.api("POST", "/org/credentials", {"name": "journeys", "scopes": scopes or ["admin"]}))

    def tell(self, credential: dict[str, Any], *statements: dict[str, Any]) -> list[str]:
        """Sends statements as any program does; their ids."""
        request = urllib.request.Request(
            f"{credential['endpoint']}statements", json.dumps(statements).encode()
        )
        for name, value in {
            "Authorization": f"Bearer {credential['token']}",
            "Content-Type": "application/json",
        }.items():
            request.add_header(name, value)
        request.add_header("X-Experience-API-Version", "1.0.3")
        with urllib.request.urlopen(request, timeout=60) as answer:
            return list(json.loads(answer.read()))

    def import_package(
        self, package: bytes, name: str = "course.zip", key: str = "", publish: bool = True
    ) -> dict[str, Any]:
        """Imports a package, waits until it is done, and returns the course."""
        fields = {"course": key or f"course-{next(self.numbers)}", "publish": "true" if publish else "false"}
        started = self.document("POST", "/imports", *multipart(fields, name, package))

        def finished() -> Any:
            job = self.api("GET", f"/imports/{started['id']}")
            return job if job["state"] in ("done", "refused") else None

        job = eventually(finished, f"the import of {name} ends", seconds=60)
        assert job["state"] == "done", job["error"]
        return dict(self.api("GET", f"/courses/{job['course']}"))

    def import_users(self, *rows: str) -> None:
        """Imports users of the rows of a CSV file, the first of which names the columns."""
        content = "\n".join(rows).encode()
        started = json.loads(self.raw("POST", "/org/user-imports", *multipart({}, "users.csv", content)))
        path = f"/org/user-imports/{started['id']}"
        eventually(lambda: self.api("GET", path)["state"] == "ready", "users.csv is checked")
        self.api("POST", f"{path}/apply", {})
        eventually(lambda: self.api("GET", path)["state"] == "done", "users.csv is imported")

    def dispatch(self, course: dict[str, Any], **limits: Any) -> dict[str, Any]:
        """A dispatch of the course to a customer of its own."""
        customer = self.api("POST", "/destinations", {"name": f"Customer {next(self.numbers)}"})
        return dict(
            self.api("POST", "/dispatch", {"course": course["id"], "destination": customer["id"], **limits})
        )

    def assign(self, course: dict[str, Any], **due: Any) -> dict[str, Any]:
        """The course assigned to the owner of the organization."""
        [owner] = self.api("GET", "/org/users?role=owner")["items"]
        body = {"course": course["id"], "users": [owner["id"]], **due}
        return dict(self.api("POST", "/org/assignments", body)["items"][0])

    def program(self, course: dict[str, Any]) -> dict[str, Any]:
        """An enrollment of the owner, who works for the holder of the program as well: published, in an open
        catalog, with a part for which a claim waits.
        """
        may = ["mark_complete", "verify_claims", "match_results"]
        name = f"Bright Care {next(self.numbers)}"
        holder = self.api("POST", "/program-holders", {"name": name, "permissions": may})["id"]
        self.api("POST", f"/program-holders/{holder}/people", {"email": OWNER})
        self.api("PUT", "/org/catalog", {"title": "Northlight Careers", "open": True})
        self.api("POST", "/credentials/templates", {"name": name, "title": "Certificate of completion"})
        parts = [{"kind": "course", "course": course["id"]}, {"title": "Exam"}, {"title": "Practice"}]
        said = {"title": name, "holder": holder, "parts": parts, "publish": True}
        program = self.api("POST", "/programs", said)["id"]
        start = {"name": "Spring", "starts_on": "2031-03-01"}
        self.api("POST", f"/programs/{program}/starts", start)
        made = dict(self.api("POST", "/enrollments", {"program": program, "email": OWNER}))
        for day in ("2026-05-04", "2026-06-04"):
            marked = {"enrollmentId": made["id"], "completedAt": f"{day}T12:00:00Z"}
            self.api("POST", "/program-holder/mark-complete", marked)
        [claim, *_] = self.api("GET", "/claims?status=verified")["items"]
        revoked = {"decision": "revoke", "reason": "Wrong person."}
        self.api("POST", f"/claims/{claim['id']}/decision", revoked)
        return made

    def partner(self) -> dict[str, Any]:
        """An enrollment of the owner in a program at partners, with the partners' ids by adapter. The one
        with a webhook has sent what found nobody, what cannot be read, and a correction.
        """
        name, holder = (
            f"At partners {next(self.numbers)}",
            self.api("GET", "/program-holders")["items"][0]["id"],
        )
        parts = [{"title": title, "kind": "partner"} for title in ("State exam", "Badge", "Report")]
        program = self.api(
            "POST", "/programs", {"title": name, "holder": holder, "parts": parts, "publish": True}
        )
        made = dict(self.api("POST", "/enrollments", {"program": program["id"], "email": OWNER}))
        fields = {
            "result_id": "id",
            "person_id": "person",
            "program": "exam",
            "status": "is",
            "taken_at": "at",
        }
        fields |= {"email": "email", "name": "name"}
        settings: dict[str, Any] = {
            "webhook": {"fields": fields, "records": "data", "signature": "hmac"},
            "badge": {"issuers": ["https://badges.example.org/issuer"]},
            "file": {"fields": fields},
        }
        for part, (adapter, said) in zip(program["parts"], settings.items(), strict=True):
            secrets = {"secret": "shared"} if adapter == "webhook" else {}
            partner = {"name": f"{name} {adapter}", "adapter": adapter, "settings": said, "secrets": secrets}
            made[adapter] = self.api("POST", "/partners", partner)["id"]
            mapping = {"key": "E-1", "program": program["id"], "part": part["title"]}
            self.api("POST", f"/partners/{made[adapter]}/programs", mapping)
        result = {"exam": "E-1", "is": "passed", "at": f"{datetime.now(UTC):%Y-%m-%d}"}
        [owner] = self.api("GET", "/org/users?role=owner")["items"]
        mine = result | {"id": "r1", "email": OWNER, "name": owner["name"]}
        self._tell(
            made["webhook"], [mine, result | {"id": "r2", "person": "C-1"}, result | {"id": "r3", "is": "?"}]
        )
        self._tell(made["webhook"], [mine | {"is": "failed"}])
        at, until = f"/partners/{made['webhook']}/results?status=corrected", time.monotonic() + 30
        while not self.api("GET", at)["items"]:
            assert time.monotonic() < until, "the worker did not read what the partner sent"
            time.sleep(0.2)
        return made

    def _tell(self, partner: str, results: list[dict[str, Any]]) -> None:
        body, moment = json.dumps({"data": results}).encode(), str(int(time.time()))
        signature = hmac.new(b"shared", f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
        headers = {"X-Timestamp": moment, "X-Signature": signature, "Content-Type": "application/json"}
        address = f"{self.app}/partners/{partner}/webhook"
        request = urllib.request.Request(address, body, headers)
        with urllib.request.urlopen(request) as answer:
            assert answer.status == 200

    def change(self, dispatch: dict[str, Any], **limits: Any) -> None:
        self.api("PATCH", f"/dispatch/{dispatch['id']}", limits)

    def package(self, dispatch: dict[str, Any], format: str) -> bytes:
        return self.raw("GET", f"/dispatch/{dispatch['id']}/package?format={format}")

    def registrations(self, dispatch: dict[str, Any]) -> list[dict[str, Any]]:
        return list(self.api("GET", f"/registrations?dispatch={dispatch['id']}")["items"])

    def registration(self, dispatch: dict[str, Any]) -> dict[str, Any]:
        """Of a dispatch with one learner."""
        [only] = self.registrations(dispatch)
        return only

    def import_for_window(self, package: bytes) -> dict[str, Any]:
        """A course that opens in a window of its own."""
        course = self.import_package(package)
        self.api("PATCH", f"/courses/{course['id']}", {"opens_in": "window"})
        return course

    def receipts(self, dispatch: dict[str, Any]) -> list[dict[str, Any]]:
        return list(self.api("GET", f"/dispatch/{dispatch['id']}/receipts?limit=200")["items"])

    def deployments(self, dispatch: dict[str, Any]) -> list[dict[str, Any]]:
        return list(self.api("GET", f"/dispatch/{dispatch['id']}/deployments"))

    def calls(self, registration: str) -> list[dict[str, Any]]:
        return list(self.api("GET", f"/registrations/{registration}/calls"))

    def launch_link(self, course: dict[str, Any], learner: str = "anna") -> tuple[str, str]:
        """The registration's id, and a link that opens the player."""
        registration = self.api(
            "POST", "/registrations", {"course": course["id"], "learner": {"id": learner, "name": "Anna"}}
        )["id"]
        return registration, self.api("POST", f"/registrations/{registration}/launch", {})["url"]


def eventually(ask: Callable[[], Any], what: str | Callable[[], str], seconds: float = 60) -> Any:
    """Asks until the answer is true, and returns it; fails with `what` was waited for, as it
    can be said then, and the last answer.
    """
    answer: Any = None
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if answer := ask():
            return answer
        time.sleep(0.1)
    wanted = what if isinstance(what, str) else what()
    raise AssertionError(f"waited {seconds:g} s in vain until {wanted}; last answer: {answer!r}")


def multipart(fields: dict[str, str], name: str, content: bytes) -> tuple[bytes, str]:
    """A form with fields and a file, and its content type."""
    parts = [
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'
        for key, value in fields.items()
    ]
    head = (
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
        "Content-Type: application/octet-stream\r\n\r\n"
    )
    body = "".join(parts).encode() + head.encode() + content + f"\r\n--{BOUNDARY}--\r\n".encode()
    return body, f"multipart/form-data; boundary={BOUNDARY}"
