"""Webhooks of a real process tree: the worker sends them, is killed while it does, and `heliograph listen`
forwards events to a program that has no public address.
"""

import contextlib
import json
import re
import signal
import subprocess
import sys
import threading
from functools import partial

import psycopg
import pytest
from tests.builders import build_package
from tests.receiver import receiver
from tests.running import PATIENCE, Running, kill, until

from heliograph.config.server.worker import WAITING_QUEUES
from heliograph.webhooks.channel import OF_ORGANIZATION, QUEUE

OWNER = {"email": "owner@northlight.example", "password": "long enough for anybody"}


class Server(Running):
    """A server with an organization; `call` asks it as the organization's owner."""

    api_key = ""

    def begin(self):
        self.command("migrate")
        made = self.command(
            "organization", "northlight", "--owner", OWNER["email"], "--password", OWNER["password"]
        )
        assert made.returncode == 0, made.stderr
        self.start()
        self.api_key = self.call("POST", "/token", OWNER)["access"]
        self.api_key = self.call("POST", "/org/api-keys", {"name": "tests", "role": "admin"})["secret"]
        return self

    def key_of_another(self):
        """An API key of an organization of somebody else's."""
        owner = {**OWNER, "email": "owner@southlight.example"}
        made = self.command(
            "organization", "southlight", "--owner", owner["email"], "--password", owner["password"]
        )
        assert made.returncode == 0, made.stderr
        key = self.call("POST", "/token", owner)["access"]
        return self.call("POST", "/org/api-keys", {"name": "tests", "role": "admin"}, key)["secret"]

    def call(self, method, path, body=None, key=""):
        headers = {"Authorization": f"Bearer {key or self.api_key}", "Content-Type": "application/json"}
        sent = json.dumps(body).encode() if body is not None else None
        status, answer, _ = self.request(method, f"/api{path}", sent, headers=headers)
        assert status < 400, (status, answer)
        return json.loads(answer) if answer else None


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    running = Server(tmp_path_factory.mktemp("webhooks") / "home", HELIOGRAPH_OUTBOUND_PRIVATE="on")
    yield running.begin()
    running.destroy()


def test_a_worker_that_is_killed_while_it_sends_sends_again_under_the_same_id(server):
    with receiver() as customer:
        made = server.call("POST", "/webhooks", {"url": customer.url, "topics": ["*"]})

        def kill_first(request):
            kill(server.worker())
            with contextlib.suppress(OSError):
                request.send_response(200)
                request.end_headers()

        customer.answers = [kill_first]
        event = server.call("POST", f"/webhooks/{made['id']}/test", {})["event"]
        deliveries = f"/webhooks/{made['id']}/deliveries"
        until(lambda: customer.received, "the worker has been killed over it", log=server.tail)
        with psycopg.connect(server.postgres.url, autocommit=True) as database:  # instead of waiting for it
            database.execute("UPDATE webhooks_message SET next_try_at = now() WHERE state = 'waiting'")
        until(
            lambda: server.call("GET", deliveries)["items"][0]["state"] == "delivered",
            "the other worker has delivered it",
            log=server.tail,
        )
        messages = [received.read(made["signing_secret"]) for received in customer.received]
        assert len(messages) >= 2
        assert {message["id"] for message in messages} == {event}
        assert len({received.body for received in customer.received}) == 1
    server.call("DELETE", f"/webhooks/{made['id']}")


class Hanging:
    """Answers nobody; knows how many wait, and how many ever did at the same time."""

    def __init__(self):
        self.waiting = self.most = 0
        self.lock = threading.Lock()

    def __call__(self, request):
        with self.lock:
            self.waiting += 1
            self.most = max(self.most, self.waiting)
        with contextlib.suppress(OSError):
            request.connection.recv(1)  # nothing, once the sender has given up
        with self.lock:
            self.waiting -= 1


def test_an_organization_whose_servers_hang_leaves_places_for_another_one(server):
    key, hanging = server.key_of_another(), Hanging()
    with receiver() as silent, receiver() as customer:
        silent.answers = [hanging] * 1000
        endpoints = [
            server.call("POST", "/webhooks", {"url": silent.url, "topics": ["*"]})["id"] for _ in range(20)
        ]
        for endpoint in endpoints:
            server.call("POST", f"/webhooks/{endpoint}/test", {})
        until(
            lambda: hanging.waiting == OF_ORGANIZATION, "all places of the organization hang", log=server.tail
        )
        theirs = server.call("POST", "/webhooks", {"url": customer.url, "topics": ["*"]}, key)
        server.call("POST", f"/webhooks/{theirs['id']}/test", {}, key)
        until(lambda: customer.received, "the other organization's event arrived", log=server.tail)
        assert hanging.most == OF_ORGANIZATION < WAITING_QUEUES[QUEUE]
        for endpoint in endpoints:
            server.call("DELETE", f"/webhooks/{endpoint}")


def test_listen_forwards_new_events_signed_with_the_secret_it_prints(server, tmp_path):
    package = tmp_path / "fire.zip"
    build_package(package)
    command = [sys.executable, "-m", "heliograph", "listen", "--server", f"http://localhost:{server.port}"]
    with receiver() as program, (tmp_path / "said").open("w+") as said:
        program.answers = [500]
        options = ["--forward", program.url, "--api-key", server.api_key, "--topics", "course.*"]
        # Tests that run in the background ignore the signal, and so would their processes.
        listens = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
        listening = subprocess.Popen([*command, *options], stdout=said, stderr=said, preexec_fn=listens)  # noqa: PLW1509
        try:

            def printed():
                return (tmp_path / "said").read_text()

            until(lambda: "Signing secret" in printed(), "it listens", log=printed)
            imported = server.command("import", str(package), "--organization", "northlight")
            assert imported.returncode == 0, imported.stderr
            until(lambda: len(program.received) == 2, "both events arrived", log=printed)
            secret = re.findall(r"whsec_\S+", printed())[0]
            told = [received.read(secret)["type"] for received in program.received]
            assert told == ["course.imported", "course.published"]
            until(lambda: "→ 200" in printed(), "it says what was answered", log=printed)
            assert "→ 500" in printed()
        finally:
            listening.send_signal(signal.SIGINT)
            assert listening.wait(PATIENCE) == 130


def test_listen_says_in_a_sentence_what_is_wrong(server):
    wrong = server.command("listen", "--forward", "http://127.0.0.1:9/", "--api-key", "hg_nothing",
                           "--server", f"http://localhost:{server.port}")  # fmt: skip
    assert wrong.returncode == 2
    assert "401" in wrong.stderr
    away = server.command(
        "listen", "--forward", "http://127.0.0.1:9/", "--api-key", "x", "--server", "http://127.0.0.1:9"
    )
    assert (away.returncode, away.stderr.count("\n")) == (2, 1)
