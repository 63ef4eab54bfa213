"""Tracking: CPU for a commit beside the same rows written by bare psycopg, and 200 learners at once."""

import http.client
import itertools
import json
import os
import socket
import time
from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

import psycopg
from tests.builders import build_package

from benchmarks.figure import figure, percentile
from benchmarks.server import Server, running
from heliograph.core.ids import new_id

LEARNERS, COMMITS, ROUNDS = 200, 10, 5
IDLE, SLOW = 500, 200
# Whose rows psycopg writes: a server that finds its own changed by others has to work every commit out again
BARE = "bare"
CALLS = [[n * 100, "LMSSetValue", ["cmi.core.lesson_location", str(n)], "true", 0] for n in range(6)]


def run() -> Iterator[str]:
    with running() as server:
        sessions = [open_session(server, number) for number in range(LEARNERS)]
        drive([open_session(server, number, BARE) for number in range(LEARNERS)] + sessions, 2)  # warm up
        yield _one_at_a_time(server, sessions)
        ours = theirs = seconds = bare_seconds = 0.0
        latencies: list[float] = []
        for _ in range(ROUNDS):  # by turns, because a core's speed depends on what its neighbor does
            cpu, elapsed = _bare(server, LEARNERS * COMMITS)
            theirs, bare_seconds = theirs + cpu, bare_seconds + elapsed
            before, started = server.web_cpu(), time.perf_counter()
            latencies += drive(sessions, COMMITS)
            ours, seconds = ours + server.web_cpu() - before, seconds + time.perf_counter() - started
        count = ROUNDS * LEARNERS * COMMITS
        yield figure(
            "CPU milliseconds per commit, 200 learners at once, beside bare psycopg writing the same rows",
            ours / count * 1000,
            theirs / count * 1000,
            "≤ 2×",
            at_most=2.0,
        )
        yield figure(
            "commits per second, 200 learners at once, beside bare psycopg on one connection",
            count / seconds,
            count / bare_seconds,
            "stated",
        )
        yield figure(
            "commit p99 in milliseconds, 200 learners at once, beside the median",
            percentile(latencies, 0.99) * 1000,
            percentile(latencies, 0.5) * 1000,
            "stated",
        )
        yield _beside_rude_clients(server, sessions)


def _beside_rude_clients(server: Server, sessions: list["Session"]) -> str:
    """The same 200 learners, by turns alone and beside those who promise a body or take nothing of a film."""
    film = _film(server)
    post = f"POST /sign-in/ HTTP/1.1\r\nHost: localhost:{server.port}\r\nContent-Length: 500\r\n\r\n".encode()
    get = f"GET {film} HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n\r\n".encode()
    alone: list[float] = []
    beside: list[float] = []
    for _ in range(ROUNDS):
        alone += drive(sessions, COMMITS)
        rude = [
            _rude(server, raw)
            for raw, many in ((post, IDLE // 2), (b"", IDLE // 2), (get, SLOW))
            for _ in range(many)
        ]
        for connection in rude[IDLE:]:
            assert connection.recv(12) == b"HTTP/1.1 200"
        _rest(server)  # what the kernel takes for them has been sent
        beside += drive(sessions, COMMITS)
        for connection in rude:
            connection.close()
    return figure(
        f"commit p99 in milliseconds, 200 learners at once beside {IDLE} idle connections "
        f"and {SLOW} slow readers, beside the same alone",
        percentile(beside, 0.99) * 1000,
        percentile(alone, 0.99) * 1000,
        "≤ 2×",
        at_most=2.0,
    )


def _rest(server: Server) -> None:
    """Until the web processes have nothing to do."""
    before = -1.0
    while (now := server.web_cpu()) > before:
        before = now
        time.sleep(0.2)


def _film(server: Server) -> str:
    """The address of a film that no connection takes at once."""
    package = server.home / "film.zip"
    build_package(package, files={"film.mp4": os.urandom(24 * 2**20)})
    server.run("import", str(package), "--organization", "bench", "--course", "film")
    registration = server.call("POST", "/api/registrations", {"course": "film", "learner": {"id": "watcher"}})
    link = server.call("POST", f"/api/registrations/{registration['id']}/launch", {})
    address = str(opened(server, link["token"])["delivery"]["url"])
    return urlsplit(address).path.rpartition("/")[0] + "/film.mp4"


def _rude(server: Server, raw: bytes) -> socket.socket:
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.connect(("127.0.0.1", server.port))
    connection.sendall(raw)
    return connection


def _one_at_a_time(server: Server, sessions: list["Session"]) -> str:
    """The same on one connection, by turns with psycopg: each commit finds its process asleep, which doubles
    what any work costs.
    """
    ours = theirs = 0.0
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    bare = _bare_commits(server)
    for _ in range(2 * ROUNDS):
        before = server.web_cpu()
        for session in sessions:
            session.commit(connection)
            theirs += next(bare)
        ours += server.web_cpu() - before
    connection.close()
    bare.close()
    count = 2 * ROUNDS * LEARNERS
    return figure(
        "CPU milliseconds per commit, one at a time, "
        "beside bare psycopg writing the same rows in the same rhythm",
        ours / count * 1000,
        theirs / count * 1000,
        "≤ 2×",
        at_most=2.0,
    )


class Session:
    """A browser that plays: it keeps its connection."""

    def __init__(self, server: Server, told: dict[str, Any]) -> None:
        self.token, self.activity, self.sequence = told["token"], told["delivery"]["activity"], 0
        self.host = f"127.0.0.1:{server.port}"
        self.connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)

    def commit(self, connection: http.client.HTTPConnection | None = None) -> None:
        connection = connection or self.connection
        connection.request(
            "POST",
            f"/play/{self.token}/commit",
            self.body(),
            {"Host": self.host, "Content-Type": "text/plain"},
        )
        answer = connection.getresponse()
        content = answer.read()
        assert answer.status == 200, content[:300]

    def body(self) -> bytes:
        self.sequence += 1
        commit = {
            "sequence": self.sequence,
            "activity": self.activity,
            "values": self.values(),
            "calls": CALLS,
            "terminated": False,
        }
        return json.dumps({"commits": [commit]}).encode()

    def values(self) -> list[list[str]]:
        return [
            ["cmi.core.lesson_location", str(self.sequence)],
            ["cmi.core.session_time", f"00:00:{self.sequence % 60:02d}"],
            ["cmi.suspend_data", f"page={self.sequence};" + "x" * 400],
        ]


def open_session(server: Server, number: int, prefix: str = "learner") -> Session:
    registration = server.call(
        "POST", "/api/registrations", {"course": "course", "learner": {"id": f"{prefix}-{number}"}}
    )
    link = server.call("POST", f"/api/registrations/{registration['id']}/launch", {})
    return Session(server, opened(server, link["token"]))


def opened(server: Server, token: str) -> dict[str, Any]:
    """What the player hears when it opens this link."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    connection.request("GET", f"/api/launch/{token}", headers={"Host": f"localhost:{server.port}"})
    session = connection.getresponse().headers["Location"].rstrip("/").rsplit("/", 1)[1]
    told: dict[str, Any] = server.call("POST", f"/play/{session}/open", {}, host="127.0.0.1")
    return told


def drive(sessions: list[Session], commits: int) -> list[float]:
    """Each learner commits ``commits`` times, all of them at once. Seconds for each commit."""
    latencies: list[float] = []

    def work(session: Session) -> None:
        for _ in range(commits):
            begun = time.perf_counter()
            session.commit()
            latencies.append(time.perf_counter() - begun)

    with ThreadPoolExecutor(len(sessions)) as learners:
        list(learners.map(work, sessions))  # raises what went wrong for any of them
    return latencies


def _bare(server: Server, count: int) -> tuple[float, float]:
    """So many of `_bare_commits` one after the other: CPU seconds of this process, and seconds by clock."""
    commits = _bare_commits(server)
    next(commits)  # it connects, and psycopg prepares after a few
    started = time.perf_counter()
    return sum(itertools.islice(commits, count)), time.perf_counter() - started


def _bare_commits(server: Server) -> Generator[float, None, None]:
    """The same rows by psycopg alone, one transaction a commit: its CPU seconds."""
    with psycopg.connect(server.database_url) as connection:
        rows = connection.execute(
            """
            SELECT l.id, l.attempt_id, l.registration_id, s.id, l.organization_id,
                   l.answer::text, s.data::text, a.tree::text
              FROM runtime_launch l
              JOIN runtime_attempt a ON a.id = l.attempt_id
              JOIN runtime_activitystate s ON s.attempt_id = a.id
              JOIN runtime_registration r ON r.id = l.registration_id
              JOIN runtime_learner n ON n.id = r.learner_id
             WHERE n.identifier LIKE %s
            """,
            [f"{BARE}-%"],
        ).fetchall()
        connection.commit()
        assert len(rows) == LEARNERS
        calls = json.dumps(CALLS)
        for number in itertools.count():
            before = time.process_time()
            launch, attempt, registration, activity, organization, answer, data, tree = rows[
                number % len(rows)
            ]
            with connection.transaction(), connection.cursor() as cursor:
                cursor.execute(
                    "UPDATE runtime_attempt SET revision = revision + 1, tree = %s WHERE id = %s",
                    [tree, attempt],
                )
                cursor.execute(
                    """
                    UPDATE runtime_launch
                       SET last_sequence = last_sequence + 1, answer = %s, last_commit_at = now()
                     WHERE id = %s
                    """,
                    [answer, launch],
                )
                cursor.execute(
                    "UPDATE runtime_activitystate SET data = %s, updated_at = now() WHERE id = %s",
                    [data, activity],
                )
                cursor.execute(
                    "UPDATE runtime_registration SET last_activity_at = now() WHERE id = %s", [registration]
                )
                cursor.execute(
                    """
                    INSERT INTO runtime_runtimecall
                           (id, organization_id, registration_id, attempt_id, launch_id, sequence, activity,
                            applied, rejected, calls, received_at)
                    VALUES (%s, %s, %s, %s, %s, %s, 'x', true, '[]', %s, now())
                    """,
                    [new_id(), organization, registration, attempt, launch, number, calls],
                )
            yield time.process_time() - before
