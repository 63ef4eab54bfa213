"""Statements are forwarded and imported while the worker is killed again and again: each arrives, once, in
order.
"""

import json
import random
import threading
import time
from base64 import b64encode
from uuid import uuid4

import pytest
from tests.running import Running, kill, running, until

PASSWORD = "long enough for anybody"
KILLS = 3
BATCH = 20


class Store:
    """An organization and a client of its record store, on a running Heliograph."""

    def __init__(self, server: Running, key: str) -> None:
        self.server, self.mail = server, f"o@{key}.example"
        assert (
            server.command("organization", key, "--owner", self.mail, "--password", PASSWORD).returncode == 0
        )
        self.credential = json.loads(
            server.command("lrs", "credential", "--organization", key, "--scope", "admin", "--json").stdout
        )

    def ask(self, method: str, path: str, body: object = None) -> dict:
        """A request of its xAPI."""
        secret = b64encode(f"{self.credential['key']}:{self.credential['secret']}".encode()).decode()
        headers = {
            "Authorization": f"Basic {secret}",
            "X-Experience-API-Version": "1.0.3",
            "Content-Type": "application/json",
        }
        status, answer, _ = self.server.request(
            method, path, json.dumps(body).encode() if body is not None else None, headers=headers
        )
        assert status == 200, answer
        return json.loads(answer)

    def api(self, method: str, path: str, body: object = None) -> dict:
        """A request of its owner."""
        json_only = {"Content-Type": "application/json"}
        signed_in = json.dumps({"email": self.mail, "password": PASSWORD}).encode()
        _, answer, _ = self.server.request("POST", "/api/token", signed_in, headers=json_only)
        token = json.loads(answer)["access"]
        content = json.dumps(body).encode() if body is not None else None
        status, answer, _ = self.server.request(
            method, f"/api{path}", content, headers={**json_only, "Authorization": f"Bearer {token}"}
        )
        assert status < 300, answer
        return json.loads(answer)

    def pipe(self, direction: str, other: "Store") -> str:
        endpoint = f"http://localhost:{self.server.port}/xapi"
        credential = {name: other.credential[name] for name in ("key", "secret")}
        return self.api(
            "POST",
            "/org/pipes",
            {"name": direction, "direction": direction, "endpoint": endpoint, **credential},
        )["id"]

    def everything(self) -> list[str]:
        """The ids of all its statements, oldest first."""
        ids, path = [], "/xapi/statements?ascending=true&limit=500"
        while path:
            page = self.ask("GET", path)
            ids += [statement["id"] for statement in page["statements"]]
            path = page["more"]
        return ids


def statements() -> list[dict]:
    return [
        {
            "id": str(uuid4()),
            "actor": {"mbox": f"mailto:{random.choice('abcd')}@example.org"},
            "verb": {"id": "http://adlnet.gov/expapi/verbs/experienced"},
            "object": {"id": "https://example.org/1"},
        }
        for _ in range(BATCH)
    ]


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with running(tmp_path_factory.mktemp("pipes") / "home", HELIOGRAPH_OUTBOUND_PRIVATE="on") as server:
        yield server


def test_no_kill_of_the_worker_loses_doubles_or_disorders_a_statement(server):
    ours, warehouse, successor = (Store(server, key) for key in ("northlight", "warehouse", "successor"))
    sent: list[str] = []
    enough = threading.Event()

    def learn() -> None:
        while not enough.is_set():
            sent.extend(ours.ask("POST", "/xapi/statements", statements()))
            time.sleep(0.2)

    learning = threading.Thread(target=learn)
    learning.start()
    forwarding, importing = ours.pipe("forward", warehouse), successor.pipe("import", ours)
    for _ in range(KILLS):
        time.sleep(random.uniform(2, 5))
        kill(server.worker())
        until(lambda: server.worker() is not None, "there is another worker", log=server.tail)
    enough.set()
    learning.join()
    until(
        lambda: len(warehouse.everything()) >= len(sent),
        f"all {len(sent)} were forwarded",
        150,
        log=server.tail,
    )

    def imported() -> bool:
        if successor.api("GET", f"/org/pipes/{importing}")["state"] == "up to date":
            successor.api("POST", f"/org/pipes/{importing}/try", {})
        return len(successor.everything()) >= len(sent)

    until(imported, f"all {len(sent)} were imported", 250, log=server.tail)
    here = ours.everything()
    assert sorted(here) == sorted(sent)
    assert warehouse.everything() == here
    assert successor.everything() == here
    time.sleep(3)
    assert ours.api("GET", f"/org/pipes/{forwarding}")["moved"] == len(sent)
    assert successor.api("GET", f"/org/pipes/{importing}")["moved"] == len(sent)
