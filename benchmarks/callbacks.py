"""The callback of embedded packages: CPU for a message beside the same rows written by bare psycopg, and many
learners at a sustained rate.
"""

import http.client
import json
import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count

import psycopg

from benchmarks.figure import figure, percentile
from benchmarks.server import Server, running
from heliograph.core.ids import new_id

LEARNERS, MESSAGES, LMSS = 200, 25, 100
RATE, SECONDS, ROUNDS = 150, 20, 2  # messages a second, for as long, in so many turns
MOST_BESIDE_LIGHTEST = 10.0
STATE = {
    "completion": "incomplete", "success": "unknown",
    "score_scaled": 0.5, "score_raw": 50, "score_min": 0, "score_max": 100, "progress": 0.5,
    "centiseconds": 100, "sco": "sco-1.html",
    "elements": {"cmi.core.lesson_location": "3", "cmi.suspend_data": "x" * 400},
}  # fmt: skip


def run() -> Iterator[str]:
    with running() as server:
        server.call("POST", "/api/destinations", {"name": "Brandt", "key": "brandt"})
        dispatch = server.call("POST", "/api/dispatch", {"course": "course", "destination": "brandt"})["id"]
        # Sessions of packages that nobody has are refused.
        server.call("GET", f"/api/dispatch/{dispatch}/package?mode=embedded")
        with psycopg.connect(server.database_url) as connection:
            [key] = connection.execute(
                "SELECT stub_key FROM dispatch_dispatch WHERE id = %s", [dispatch]
            ).fetchone() or [""]
        sessions = [_Session(server, key, number) for number in range(LEARNERS)]
        _drive(server, sessions, 2, 20)  # warm up
        total = LEARNERS * MESSAGES
        before = _bare(server, total // 2)
        cpu_before = server.web_cpu()
        _drive(server, sessions, MESSAGES, 50)
        web_cpu = server.web_cpu() - cpu_before
        after = _bare(server, total // 2)  # on both sides of the figure, because the machine's mood changes
        yield figure(
            "CPU milliseconds per callback, beside bare psycopg writing the same rows",
            web_cpu / total * 1000, (before + after) / total * 1000, "≤ 2.5×", at_most=2.5,
        )  # fmt: skip
        lightest, latencies = [], []
        for _ in range(ROUNDS):  # by turns, because the machine's mood changes
            lightest += _sustained(sessions, _Session.ask_for_nothing)
            latencies += _sustained(sessions, _Session.send)
        yield figure(
            f"callback p99 in milliseconds at {RATE} a second for {SECONDS} s, "
            f"beside the lightest request at the same pace",
            percentile(latencies, 0.99) * 1000, percentile(lightest, 0.99) * 1000,
            f"≤ {MOST_BESIDE_LIGHTEST:g}×", at_most=MOST_BESIDE_LIGHTEST,
            medians=[round(percentile(taken, 0.5) * 1000, 1) for taken in (latencies, lightest)],
        )  # fmt: skip


class _Session:
    def __init__(self, server: Server, key: str, number: int) -> None:
        self.door, self.sequence, self.host = f"/d/{key}/events", 0, f"127.0.0.1:{server.port}"
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
        said = {
            "learner": f"learner-{number}",
            "mode_of_package": "embedded",
            "sitting": str(new_id()),
            "scos": ["sco-1.html"],
        }
        headers = {"Host": self.host, "Origin": f"https://lms-{number % LMSS}.example"}
        connection.request("POST", f"/d/{key}/launch", json.dumps(said), headers)
        self.token = json.loads(connection.getresponse().read())["callback"]

    def send(self, connection: http.client.HTTPConnection) -> float:
        self.sequence += 1
        body = {
            "token": self.token,
            "events": [{"sequence": self.sequence, "kind": "state", "ago": 5, "body": STATE}],
        }
        begun = time.perf_counter()
        connection.request(
            "POST", self.door, json.dumps(body), {"Host": self.host, "Content-Type": "text/plain"}
        )
        answer = connection.getresponse()
        content = answer.read()
        assert answer.status == 200, content[:300]
        return time.perf_counter() - begun

    def ask_for_nothing(self, connection: http.client.HTTPConnection) -> None:
        """The question whether all is well: it passes the same threads and asks the database, and nothing is
        written.
        """
        connection.request("GET", "/health", headers={"Host": self.host.replace("127.0.0.1", "localhost")})
        answer = connection.getresponse()
        content = answer.read()
        assert answer.status == 200, content[:300]


def _drive(server: Server, sessions: list[_Session], messages: int, threads: int) -> None:
    """Each session sends ``messages``; the sessions are shared among connections that stay open."""

    def work(mine: list[_Session]) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
        for _ in range(messages):
            for session in mine:
                session.send(connection)

    _together(work, [sessions[place::threads] for place in range(threads)])


def _sustained(
    sessions: list[_Session], ask: Callable[[_Session, http.client.HTTPConnection], object]
) -> list[float]:
    """Requests at a steady pace, whoever is slow; seconds from when each was due."""
    latencies: list[float] = []
    begun, turns = time.perf_counter() + 0.5, count()
    threads = 40

    def work(mine: list[_Session]) -> None:
        connection = http.client.HTTPConnection(mine[0].host, timeout=60)
        while (turn := next(turns)) < RATE * SECONDS // ROUNDS:
            due = begun + turn / RATE
            time.sleep(max(0.0, due - time.perf_counter()))
            ask(mine[turn % len(mine)], connection)
            latencies.append(time.perf_counter() - due)

    _together(work, [sessions[place::threads] for place in range(threads)])
    return latencies


def _together(work: Callable[[list[_Session]], None], parts: list[list[_Session]]) -> None:
    """All parts at once, each in a thread of its own. Raises what went wrong in any of them."""
    with ThreadPoolExecutor(len(parts)) as threads:
        list(threads.map(work, parts))


def _bare(server: Server, messages: int) -> float:
    """The same rows by psycopg alone, one transaction a message: CPU seconds of this process."""
    with psycopg.connect(server.database_url) as connection:
        rows = connection.execute(
            "SELECT id, organization_id, registration_id FROM dispatch_session"
        ).fetchall()
        connection.commit()
        body, data = json.dumps(STATE), json.dumps({"sco-1.html": STATE["elements"]})
        standing = json.dumps(
            {"sco-1.html": {name: STATE[name] for name in ("completion", "success", "score_raw")}}
        )
        before = os.times()
        for number in range(messages):
            session, organization, registration = rows[number % len(rows)]
            with connection.transaction(), connection.cursor() as cursor:
                cursor.execute(
                    """
                    INSERT INTO dispatch_sessionevent
                           (id, organization_id, session_id, sequence, kind, body, happened_at, received_at)
                    VALUES (%s, %s, %s, %s, 'state', %s, now(), now())
                        ON CONFLICT DO NOTHING
                    """,
                    [new_id(), organization, session, number + 1_000_000, body],
                )
                cursor.execute(
                    """
                    UPDATE dispatch_session
                       SET last_activity_at = now(), completion = 'incomplete', success = 'unknown',
                           score_scaled = 0.5, score_raw = 50, score_min = 0, score_max = 100,
                           progress = 0.5, centiseconds = 100, data = %s
                     WHERE id = %s
                    """,
                    [data, session],
                )
                cursor.execute(
                    """
                    UPDATE dispatch_embeddedprogress
                       SET scos = scos || %s::jsonb
                     WHERE registration_id = %s
                    """,
                    [standing, registration],
                )
                cursor.execute(
                    """
                    UPDATE runtime_registration
                       SET completion = 'incomplete', success = 'unknown', score_raw = 50,
                           last_activity_at = now()
                     WHERE id = %s
                    """,
                    [registration],
                )
        after = os.times()
        return (after.user + after.system) - (before.user + before.system)
