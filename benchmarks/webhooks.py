"""Webhooks: how many deliveries a second the worker makes, beside a bare loop of the HTTP client with as many
requests at once, to the same receiver; and how long after it happened an event arrives, at a steady rate.

Server, worker, receiver and load share this machine's cores.
"""

import asyncio
import json
import multiprocessing
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime
from multiprocessing.connection import Connection
from typing import Any

import httpx2
import psycopg

from benchmarks.figure import figure, percentile
from benchmarks.server import running

MESSAGES, AT_ONCE = 3_000, 8
RATE, SECONDS = 200, 15
LEAST_SHARE = 0.4

# What `emit` writes, for many events at once: what is measured is how they are sent.
_EVENTS = """
WITH moment AS (SELECT clock_timestamp() AS at),
made AS (
  INSERT INTO webhooks_event (id, organization_id, topic, body, created_at)
  SELECT id, %(organization)s, 'course.published',
         json_build_object('id', id, 'type', 'course.published', 'timestamp', at,
                           'data', json_build_object('course', repeat('x', 400)))::text, at
    FROM moment, LATERAL (
      SELECT (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0')
              || '7' || substr(md5(random()::text || n), 2, 3)
              || '8' || substr(md5(n || random()::text), 2, 15))::uuid AS id
        FROM generate_series(1, %(count)s) n
    ) ids
  RETURNING id, created_at
)
INSERT INTO webhooks_message
       (id, endpoint_id, event_id, state, tries, answer, created_at, next_try_at, give_up_at)
SELECT id, %(endpoint)s, id, 'waiting', 0, '', created_at, created_at, created_at + interval '3 days'
  FROM made
"""
_WAITING = "SELECT count(*) FROM webhooks_message WHERE endpoint_id = %s AND state = 'waiting'"
_ENQUEUE = """
INSERT INTO procrastinate_jobs (queue_name, task_name, queueing_lock, args, status, attempts)
SELECT 'webhooks', 'delivery.send', 'webhooks of ' || %(endpoint)s::text,
       jsonb_build_object('channel', 'webhooks', 'shard', %(endpoint)s::text), 'todo', 0
 WHERE NOT EXISTS (SELECT 1 FROM procrastinate_jobs
                    WHERE status = 'todo' AND queueing_lock = 'webhooks of ' || %(endpoint)s::text)
"""


def run() -> Iterator[str]:
    with receiving() as receiver, running(HELIOGRAPH_OUTBOUND_PRIVATE="on") as server:
        url = f"http://127.0.0.1:{receiver.port}/hook"
        endpoint = server.call("POST", "/api/webhooks", {"url": url, "topics": ["import.failed"]})["id"]
        bare = _bare(url)
        with psycopg.connect(server.database_url, autocommit=True) as database:
            sent = _burst(database, endpoint)
            yield figure(
                f"webhooks: deliveries per second, {AT_ONCE} at once, beside a bare HTTP client",
                sent,
                bare,
                f">= {LEAST_SHARE} of the client's",
                at_least=LEAST_SHARE * bare,
            )
            receiver.lags()
            missing = _steady(database, endpoint)
            lags = receiver.lags()
        yield figure(
            f"webhooks: lag at {RATE} events a second, median in milliseconds, beside the 99th percentile",
            percentile(lags, 0.5) * 1000,
            percentile(lags, 0.99) * 1000,
            "stated",
            missing=missing,
        )


def _bare(url: str) -> float:
    """Requests per second of threads that each keep one connection and do nothing else."""
    body = json.dumps({"id": "bare", "data": {"course": "x" * 400}}).encode()

    def some(_: int) -> None:
        with httpx2.Client() as client:
            for _ in range(MESSAGES // AT_ONCE):
                client.post(url, content=body).raise_for_status()

    begun = time.monotonic()
    with ThreadPoolExecutor(AT_ONCE) as threads:
        list(threads.map(some, range(AT_ONCE)))
    return MESSAGES / (time.monotonic() - begun)


def _burst(database: Any, endpoint: str) -> float:
    """Deliveries per second of what waits all at once."""
    _write(database, endpoint, MESSAGES)
    begun = time.monotonic()
    database.execute(_ENQUEUE, {"endpoint": endpoint})
    while database.execute(_WAITING, [endpoint]).fetchone()[0]:
        time.sleep(0.05)
    return MESSAGES / (time.monotonic() - begun)


def _steady(database: Any, endpoint: str) -> int:
    """Events at `RATE` for some seconds, in tenths; how many had not arrived ten seconds later."""
    begun, part = time.monotonic(), RATE // 10
    for turn in range(SECONDS * 10):
        _write(database, endpoint, part)
        database.execute(_ENQUEUE, {"endpoint": endpoint})
        time.sleep(max(0.0, begun + (turn + 1) / 10 - time.monotonic()))
    until = time.monotonic() + 10
    while (left := database.execute(_WAITING, [endpoint]).fetchone()[0]) and time.monotonic() < until:
        time.sleep(0.05)
    return int(left)


def _write(database: Any, endpoint: str, count: int) -> None:
    sql = "SELECT organization_id FROM webhooks_endpoint WHERE id = %s"
    [organization] = database.execute(sql, [endpoint]).fetchone()
    database.execute(_EVENTS, {"organization": organization, "endpoint": endpoint, "count": count})


class Receiver:
    """A server in a process of its own that answers 200 at once, and knows how old each event was."""

    def __init__(self, pipe: Connection) -> None:
        self.pipe, self.port = pipe, int(pipe.recv())

    def lags(self) -> list[float]:
        """In seconds, of what came since this was last asked."""
        self.pipe.send("lags")
        listed: list[float] = self.pipe.recv()
        return listed


@contextmanager
def receiving() -> Iterator[Receiver]:
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_serve, args=(theirs,), daemon=True)
    process.start()
    try:
        yield Receiver(ours)
    finally:
        process.terminate()
        process.join()


def _serve(pipe: Connection) -> None:
    asyncio.run(_receive(pipe))


async def _receive(pipe: Connection) -> None:
    lags: list[float] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).lower()
                length = int(head.split(b"content-length:")[1].split(b"\r\n")[0])
                body = json.loads(await reader.readexactly(length))
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
                if "timestamp" in body:
                    lags.append(time.time() - datetime.fromisoformat(body["timestamp"]).timestamp())
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    def asked() -> None:
        while pipe.recv() == "lags":
            pipe.send(lags.copy())
            lags.clear()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    pipe.send(server.sockets[0].getsockname()[1])
    threading.Thread(target=asked, daemon=True).start()
    await server.serve_forever()
