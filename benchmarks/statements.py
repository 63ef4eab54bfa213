"""The record store: statements written and read over HTTP, beside bare psycopg that writes the same rows with
the same indexes.
"""

import base64
import http.client
import json
import multiprocessing
import os
import random
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid4

import psycopg

from benchmarks.figure import figure, percentile
from benchmarks.server import Server, running

CLIENTS, PROCESSES, SECONDS, ROUNDS, BATCH = 8, 2, 3.0, 3, 50
SINGLE, BATCHES = 1, BATCH
LEAST_ON_DISK, MOST_ON_DISK = 0.5, 4.0  # times the bytes that were sent
MINUTES = int(os.environ.get("BENCH_MINUTES", "2"))
FEW, MANY, ASKED = 50_000, int(os.environ.get("BENCH_STATEMENTS", "1000000")), 400


def run() -> Iterator[str]:
    with running() as server:
        credential = server.run("lrs", "credential", "--organization", "bench")
        yield from _writing(server, credential, SINGLE, 0.5)
        yield from _writing(server, credential, BATCHES, 0.7)
        yield from _memory(server, credential)
    with running() as small, running() as large:
        yield from _reading(small, large)


def _writing(server: Server, credential: dict[str, Any], size: int, at_least: float) -> Iterator[str]:
    ours = theirs = 0.0
    latencies: list[float] = []
    _drive(_http_client, 1.0, server.port, credential, size)  # warm up
    for _ in range(ROUNDS):  # by turns, because a core's speed depends on what its neighbor does
        theirs += (
            len(_drive(_bare_client, SECONDS, server.database_url, _organization(server), size))
            * size
            / SECONDS
        )
        taken = _drive(_http_client, SECONDS, server.port, credential, size)
        ours += len(taken) * size / SECONDS
        latencies += taken
    what = "single POSTs" if size == 1 else f"batches of {size}"
    yield figure(
        f"statements per second, {what}, {CLIENTS} clients, beside bare psycopg writing the same rows",
        ours / ROUNDS,
        theirs / ROUNDS,
        f"≥ {at_least:.0%}",
        at_least=at_least * theirs / ROUNDS,
    )
    yield figure(
        f"{what}: p99 in milliseconds, beside the median",
        percentile(latencies, 0.99) * 1000,
        percentile(latencies, 0.5) * 1000,
        "stated",
    )


def _memory(server: Server, credential: dict[str, Any]) -> Iterator[str]:
    """What the web processes hold after minutes of writing and reading, beside what they held after the
    first.
    """
    held = []
    for _ in range(MINUTES):
        _drive(_http_client, 58.0, server.port, credential, 10)
        for queries in FILTERS.values():
            _asked(server.port, credential, queries, 60)
        held.append(server.web_memory())
    yield figure(
        f"megabytes held by the web processes after {MINUTES} minutes of load, beside after one",
        held[-1],
        held[0],
        "≤ 1.1×",
        at_most=1.1,
    )


def _reading(small: Server, large: Server) -> Iterator[str]:
    """A page of 50 by each filter, in a store of `FEW` and in one of `MANY` statements, by turns."""
    stores = {FEW: small, MANY: large}
    for size, server in stores.items():
        _fill(server.database_url, _organization(server), size)
    credentials = {
        size: server.run("lrs", "credential", "--organization", "bench") for size, server in stores.items()
    }
    taken: dict[int, dict[str, list[float]]] = {size: {name: [] for name in FILTERS} for size in stores}
    for _ in range(ROUNDS):
        for name, queries in FILTERS.items():
            for size, server in stores.items():
                taken[size][name] += _asked(server.port, credentials[size], queries)
    sizes = {size: _bytes(server.database_url) for size, server in stores.items()}
    for name in FILTERS:
        few, many = (percentile(taken[size][name], 0.99) * 1000 for size in (FEW, MANY))
        goal = {"goal": "≤ 1.5×", "at_most": 1.5} if name in HELD else {"goal": "stated"}
        yield figure(
            f"GET limit 50 by {name}, p99 in milliseconds, {MANY:,} statements beside {FEW:,}",
            many, few, **goal,
            medians=[round(percentile(taken[size][name], 0.5) * 1000, 2) for size in (FEW, MANY)],
        )  # fmt: skip
    yield disk_figure((sizes[MANY] - sizes[FEW]) / (MANY - FEW))


def disk_figure(each: float) -> str:
    """What a statement takes on the disk beside what was sent; its text alone takes a good part of that, so
    less was not measured.
    """
    sent = len(json.dumps(statement(1)))
    return figure(
        "disk bytes per statement with its indexes, beside the bytes that were sent",
        each,
        sent,
        f"{LEAST_ON_DISK:g}× to {MOST_ON_DISK:g}×",
        at_least=LEAST_ON_DISK * sent,
        at_most=MOST_ON_DISK,
    )


FILTERS: dict[str, Callable[[], dict[str, str]]] = {
    "verb": lambda: {"verb": f"http://adlnet.gov/expapi/verbs/verb-{random.randrange(10)}"},
    "agent": lambda: {"agent": json.dumps(statement(random.randrange(500))["actor"])},
    "activity": lambda: {"activity": f"https://courses.example.org/activities/{random.randrange(200)}"},
    "related activity": lambda: {
        "activity": f"https://courses.example.org/{random.randrange(20)}",
        "related_activities": "true",
    },
    "verb, agent and activity": lambda: _three(random.randrange(FEW)),
    "nothing": dict,
}


# Of three at once, what is looked at grows with what one person did.
HELD = (
    "verb",
    "agent",
    "activity",
    "related activity",
    "nothing",
)


def _three(number: int) -> dict[str, str]:
    sample = statement(number)
    return {
        "verb": sample["verb"]["id"],
        "agent": json.dumps(sample["actor"]),
        "activity": sample["object"]["id"],
    }


def _asked(
    port: int, credential: dict[str, Any], queries: Callable[[], dict[str, str]], count: int = ASKED
) -> list[float]:
    """How long each of some hundred questions took."""
    connection, taken = http.client.HTTPConnection("127.0.0.1", port), []
    headers = {
        "Authorization": f"Bearer {credential['token']}",
        "X-Experience-API-Version": "1.0.3",
        "Host": f"localhost:{port}",
    }
    for number in range(count + 50):
        address = f"/xapi/statements?{urlencode({'limit': 50, **queries()})}"
        begun = time.perf_counter()
        connection.request("GET", address, headers=headers)
        answer = connection.getresponse()
        body = answer.read()
        if number >= 50:  # the first ones find caches cold
            taken.append(time.perf_counter() - begun)
        assert answer.status == 200, body[:300]
    connection.close()
    return taken


def _fill(url: str, organization: str, size: int) -> None:
    """So many statements, written by the store's own code."""
    processes = [
        multiprocessing.Process(target=_write_many, args=(url, organization, size // 2, seed))
        for seed in range(2)
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
        assert process.exitcode == 0
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE lrs_statement, lrs_key, lrs_statementid")


def _write_many(url: str, organization: str, count: int, seed: int) -> None:
    os.environ["DATABASE_URL"] = url
    os.environ["DJANGO_SETTINGS_MODULE"] = "heliograph.config.settings"
    import django

    django.setup()
    from heliograph.lrs.access import ADMIN, Access
    from heliograph.lrs.statements import write

    access = Access(
        UUID(organization),
        "bench",
        frozenset({ADMIN}),
        '{"account":{"homePage":"https://x.example","name":"bench"}}',
        "account x bench",
    )
    for start in range(0, count, 500):
        batch = [
            json.dumps(statement(2 * number + seed)).encode()
            for number in range(start, min(start + 500, count))
        ]
        write.store(access, batch, "1.0.3")


def _bytes(url: str) -> int:
    tables = "'lrs_statement', 'lrs_key', 'lrs_statementid', 'lrs_activity', 'lrs_agent'"
    with psycopg.connect(url) as connection:
        row = connection.execute(
            f"""
            SELECT sum(pg_total_relation_size(t.relid))
              FROM unnest(ARRAY[{tables}]) AS name,
                   pg_partition_tree(name::regclass) AS t
            """
        ).fetchone()
    return int(row[0]) if row else 0


def statement(number: int) -> dict[str, Any]:
    """A statement as a course sends it: some 900 bytes, of one of 500 learners, 200 activities, 10 verbs."""
    learner, activity, verb = number % 500, number * 7 % 200, number * 3 % 10
    return {
        "id": str(uuid4()),
        "actor": {
            "objectType": "Agent", "name": f"Learner {learner}",
            "account": {"homePage": "https://lms.example.org/", "name": f"learner-{learner}"},
        },
        "verb": {"id": f"http://adlnet.gov/expapi/verbs/verb-{verb}", "display": {"en-US": f"verb {verb}"}},
        "object": {
            "objectType": "Activity",
            "id": f"https://courses.example.org/activities/{activity}",
            "definition": {
                "name": {"en-US": f"Activity {activity}"}, "description": {"en-US": "A lesson of a course"},
                "type": "http://adlnet.gov/expapi/activities/lesson",
            },
        },
        "result": {
            "score": {"scaled": 0.9, "raw": 90, "min": 0, "max": 100},
            "success": True,
            "completion": True,
            "duration": "PT1H30M",
        },
        "context": {
            "registration": f"c2b5b5a4-6f0e-4a5e-9d0c-{learner:012x}",
            "contextActivities": {
                "parent": [{"id": f"https://courses.example.org/{activity % 20}"}],
                "grouping": [{"id": "https://courses.example.org/all"}],
                "category": [{"id": "https://w3id.org/xapi/scorm"}],
            },
            "language": "en-US",
        },
        "timestamp": "2026-05-04T10:11:12.345Z",
    }  # fmt: skip


def _drive(client: Callable[..., None], seconds: float, *arguments: Any) -> list[float]:
    """How long each request took, of all clients together, in so many seconds."""
    answers: multiprocessing.Queue[list[float]] = multiprocessing.Queue()
    ready = multiprocessing.Barrier(PROCESSES + 1)
    processes = [
        multiprocessing.Process(target=_process, args=(client, seconds, ready, answers, arguments))
        for _ in range(PROCESSES)
    ]
    for process in processes:
        process.start()
    ready.wait()
    taken = [answer for _ in processes for answer in answers.get()]
    for process in processes:
        process.join()
    return taken


def _process(
    client: Callable[..., None], seconds: float, ready: Any, answers: Any, arguments: tuple[Any, ...]
) -> None:
    random.seed(os.getpid())
    taken: list[float] = []
    together = threading.Barrier(CLIENTS // PROCESSES + 1)
    threads = [
        threading.Thread(target=client, args=(seconds, together, taken, *arguments))
        for _ in range(CLIENTS // PROCESSES)
    ]
    for thread in threads:
        thread.start()
    ready.wait()
    together.wait()
    for thread in threads:
        thread.join()
    answers.put(taken)


def _http_client(
    seconds: float,
    together: threading.Barrier,
    taken: list[float],
    port: int,
    credential: dict[str, Any],
    size: int,
) -> None:
    """Sends prepared requests over one connection, as fast as they are answered."""
    authorization = base64.b64encode(f"{credential['key']}:{credential['secret']}".encode()).decode()
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        together.wait()
        until = time.perf_counter() + seconds
        while time.perf_counter() < until:
            batch = [statement(random.randrange(100_000)) for _ in range(size)]
            body = json.dumps(batch if size > 1 else batch[0]).encode()
            head = (
                f"POST /xapi/statements HTTP/1.1\r\nHost: localhost:{port}\r\n"
                f"Authorization: Basic {authorization}\r\nX-Experience-API-Version: 1.0.3\r\n"
                f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
            )
            begun = time.perf_counter()
            connection.sendall(head.encode() + body)
            _answer(connection)
            taken.append(time.perf_counter() - begun)


def _answer(connection: socket.socket) -> bytes:
    received = connection.recv(65_536)
    while b"\r\n\r\n" not in received:
        received += connection.recv(65_536)
    head, _, body = received.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200"), received[:500]
    length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
    while len(body) < length:
        body += connection.recv(65_536)
    return body


_BARE = """
WITH ids AS (
  INSERT INTO lrs_statementid
    (organization_id, statement_id, position, digest, voided, voids, referrers_wait)
  SELECT %(organization)s, s, p, d, false, false, false
    FROM unnest(%(ids)s::uuid[], %(positions)s::uuid[], %(digests)s::uuid[]) AS g(s, p, d)
), stored AS (
  INSERT INTO lrs_statement
    (organization_id, id, statement_id, voided, without_timestamp, sent, shown, added)
  SELECT %(organization)s, p, s, false, false, t, NULL, a
    FROM unnest(%(positions)s::uuid[], %(ids)s::uuid[], %(sent)s::text[], %(added)s::text[]) AS g(p, s, t, a)
)
INSERT INTO lrs_key (organization_id, key, id)
SELECT %(organization)s, k, p FROM unnest(%(keys)s::bigint[], %(owners)s::uuid[]) AS g(k, p)
"""


def _bare_client(
    seconds: float, together: threading.Barrier, taken: list[float], url: str, organization: str, size: int
) -> None:
    """Writes the rows that the store writes, with nothing checked."""
    from heliograph.core.ids import new_id
    from heliograph.lrs.rules import keys

    authority = (
        '"authority":{"objectType":"Agent",'
        '"account":{"homePage":"http://localhost:8000","name":"abcdefghijklmnopqrst"}},"version":"1.0.0"'
    )
    with psycopg.connect(url, autocommit=True, prepare_threshold=0) as connection:
        connection.execute("SET search_path TO public")
        together.wait()
        until = time.perf_counter() + seconds
        while time.perf_counter() < until:
            batch = [statement(random.randrange(100_000)) for _ in range(size)]
            positions = [new_id() for _ in batch]
            sent = [json.dumps(statement) for statement in batch]
            read = [list(keys.of_statement(statement, "account x y")) for statement in batch]
            values = {
                "organization": organization, "ids": [row["id"] for row in batch], "positions": positions,
                "digests": [uuid4() for _ in batch],
                "sent": sent, "added": [authority] * size, "keys": [key for some in read for key in some],
                "owners": [position for position, some in zip(positions, read, strict=True) for _ in some],
            }  # fmt: skip
            begun = time.perf_counter()
            connection.execute(_BARE, values)
            taken.append(time.perf_counter() - begun)


def _organization(server: Server) -> str:
    with psycopg.connect(server.database_url) as connection:
        row = connection.execute("SELECT id FROM accounts_organization WHERE key = 'bench'").fetchone()
        assert row
        return str(row[0])
