"""Tracking: CPU for a commit beside the same rows written by bare psycopg, and 200 learners at once."""

import http.client
import json
import os
import threading
import time
from collections.abc import Iterator

import psycopg

from benchmarks.figure import figure, percentile
from benchmarks.server import Server, running
from heliograph.core.ids import new_id

LEARNERS, COMMITS, ROUNDS = 200, 25, 10
CALLS = [[n * 100, "LMSSetValue", ["cmi.core.lesson_location", str(n)], "true", 0] for n in range(6)]


def run() -> Iterator[str]:
    with running() as server:
        sessions = [_open(server, number) for number in range(LEARNERS)]
        _drive(server, sessions[:20], 2, 20)  # warm up
        yield _cpu(server, sessions)
        count = LEARNERS * COMMITS
        bare_rate = _bare(server, count)[1]
        started = time.perf_counter()
        latencies = _drive(server, sessions, COMMITS, LEARNERS)
        seconds = time.perf_counter() - started
        yield figure(
            "commits per second, 200 learners at once, beside bare psycopg on one connection", count / seconds, bare_rate, "stated"
        )
        yield figure(
            "commit p99 in milliseconds, 200 learners at once, beside the median",
            percentile(latencies, 0.99) * 1000,
            percentile(latencies, 0.5) * 1000,
            "stated",
        )


def _cpu(server: Server, sessions: list["_Session"]) -> str:
    """Both sides one commit at a time and by turns, because a core's speed depends on what its neighbour does."""
    ours = bare = 0.0
    for _ in range(ROUNDS):
        bare += _bare(server, LEARNERS)[0]
        before = server.web_cpu()
        _drive(server, sessions, 1, 1)
        ours += server.web_cpu() - before
    count = ROUNDS * LEARNERS
    return figure(
        "CPU milliseconds per commit, beside bare psycopg writing the same rows",
        ours / count * 1000,
        bare / count * 1000,
        "≤ 2×",
        at_most=2.0,
    )


class _Session:
    def __init__(self, token: str, activity: str) -> None:
        self.token, self.activity, self.sequence = token, activity, 0

    def body(self) -> bytes:
        self.sequence += 1
        values = [["cmi.core.lesson_location", str(self.sequence)], ["cmi.core.session_time", f"00:00:{self.sequence % 60:02d}"]]
        values.append(["cmi.suspend_data", f"page={self.sequence};" + "x" * 400])
        commit = {"sequence": self.sequence, "activity": self.activity, "values": values, "calls": CALLS, "terminated": False}
        return json.dumps({"commits": [commit]}).encode()


def _open(server: Server, number: int) -> _Session:
    registration = server.call("POST", "/api/registrations", {"course": "course", "learner": {"id": f"learner-{number}"}})
    link = server.call("POST", f"/api/registrations/{registration['id']}/launch", {})
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    connection.request("GET", f"/api/launch/{link['token']}", headers={"Host": f"localhost:{server.port}"})
    session = connection.getresponse().headers["Location"].rstrip("/").rsplit("/", 1)[1]
    opened = server.call("POST", f"/play/{session}/open", {}, host="127.0.0.1")
    return _Session(opened["token"], opened["delivery"]["activity"])


def _drive(server: Server, sessions: list[_Session], commits: int, threads: int) -> list[float]:
    """Each learner commits ``commits`` times; the learners are shared among connections that stay open. Seconds for each commit."""
    latencies: list[float] = []

    def work(mine: list[_Session]) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
        for _ in range(commits):
            for session in mine:
                body = session.body()
                begun = time.perf_counter()
                connection.request(
                    "POST", f"/play/{session.token}/commit", body, {"Host": f"127.0.0.1:{server.port}", "Content-Type": "text/plain"}
                )
                answer = connection.getresponse()
                content = answer.read()
                latencies.append(time.perf_counter() - begun)
                assert answer.status == 200, content[:300]

    workers = [threading.Thread(target=work, args=(sessions[place::threads],)) for place in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return latencies


def _bare(server: Server, count: int) -> tuple[float, float]:
    """The same rows by psycopg alone, one transaction a commit: CPU seconds of this process, and commits a second."""
    with psycopg.connect(server.database_url) as connection:
        rows = connection.execute(
            "SELECT l.id, l.attempt_id, l.registration_id, s.id, l.organisation_id, l.answer::text, s.data::text, a.tree::text"
            " FROM runtime_launch l JOIN runtime_attempt a ON a.id = l.attempt_id JOIN runtime_activitystate s ON s.attempt_id = a.id"
        ).fetchall()
        connection.commit()
        calls = json.dumps(CALLS)
        before, started = os.times(), time.perf_counter()
        for number in range(count):
            launch, attempt, registration, activity, organisation, answer, data, tree = rows[number % len(rows)]
            with connection.transaction(), connection.cursor() as cursor:
                cursor.execute("UPDATE runtime_attempt SET revision = revision + 1, tree = %s WHERE id = %s", [tree, attempt])
                cursor.execute(
                    "UPDATE runtime_launch SET last_sequence = last_sequence + 1, answer = %s, last_commit_at = now() WHERE id = %s",
                    [answer, launch],
                )
                cursor.execute("UPDATE runtime_activitystate SET data = %s, updated_at = now() WHERE id = %s", [data, activity])
                cursor.execute("UPDATE runtime_registration SET last_activity_at = now() WHERE id = %s", [registration])
                cursor.execute(
                    "INSERT INTO runtime_runtimecall (id, organisation_id, registration_id, attempt_id, launch_id, sequence, activity, applied,"
                    " rejected, calls, received_at) VALUES (%s, %s, %s, %s, %s, %s, 'x', true, '[]', %s, now())",
                    [new_id(), organisation, registration, attempt, launch, number, calls],
                )
        after = os.times()
        return (after.user + after.system) - (before.user + before.system), count / (time.perf_counter() - started)
