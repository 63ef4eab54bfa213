"""Forwarding: how long after a statement was stored here it is stored in another record store, at steady
rates, and how fast a pipe catches up.

The other store is another organization's of the same server, so both stores, the worker and the load share
this machine's cores.
"""

import base64
import http.client
import json
import threading
import time
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import psycopg

from benchmarks.figure import figure, percentile
from benchmarks.server import Server, running
from benchmarks.statements import statement

QUIET, BUSY = 0.02, 0.1  # of what one client stores straight in the same run
SECONDS, BATCH = 15.0, 10
MOST_BEHIND = 15_000
LEAST_SHARE = 0.4

# Places begin with the time their statement was stored, in each of the two.
_TIME = "('x' || left(replace({0}.position::text, '-', ''), 12))::bit(48)::bigint"
_LAGS = f"""
SELECT {_TIME.format("there")} - {_TIME.format("here")}
  FROM lrs_statementid here
  JOIN lrs_statementid there ON there.statement_id = here.statement_id AND there.organization_id = %s
 WHERE here.organization_id = %s AND here.position > %s
"""


def run() -> Iterator[str]:
    with running(HELIOGRAPH_OUTBOUND_PRIVATE="on") as server:
        server.run(
            "organization", "warehouse", "--owner", "owner@warehouse.example", "--password", "long enough"
        )
        ours = server.run("lrs", "credential", "--organization", "bench")
        theirs = server.run("lrs", "credential", "--organization", "warehouse", "--scope", "admin")
        endpoint = f"http://localhost:{server.port}/xapi"
        pipe = {
            "name": "bench",
            "direction": "forward",
            "endpoint": endpoint,
            "key": theirs["key"],
            "secret": theirs["secret"],
        }
        made = server.call("POST", "/api/org/pipes", pipe)
        server.call("PATCH", f"/api/org/pipes/{made['id']}", {"paused": True})
        straight, caught_up = _catching_up(server, ours, made["id"])
        yield caught_up
        quiet, busy = (_lags(server, ours, int(straight * share) // BATCH * BATCH) for share in (QUIET, BUSY))
        yield figure(
            f"forwarding lag at {straight * BUSY:.0f} statements a second, "
            f"beside at {straight * QUIET:.0f}: p99 in seconds",
            percentile(busy, 0.99),
            percentile(quiet, 0.99),
            "≤ 2×",
            at_most=2.0,
            medians=[round(percentile(busy, 0.5), 3), round(percentile(quiet, 0.5), 3)],
            longest=max(busy),
        )


def _lags(server: Server, credential: dict[str, Any], rate: int) -> list[float]:
    """Seconds for each statement that was sent at this rate."""
    after = _newest(server)
    sent = _send(server, credential, rate, SECONDS)
    _wait(server, after, sent)
    with psycopg.connect(server.database_url) as database:
        lags = [
            row[0] / 1000
            for row in database.execute(
                _LAGS, [_id(server, "warehouse"), _id(server, "bench"), after]
            ).fetchall()
        ]
    assert len(lags) == sent, (len(lags), sent)
    return lags


def _catching_up(server: Server, credential: dict[str, Any], pipe_id: str) -> tuple[float, str]:
    """What one client that sends the same batches straight to the store stores in a second, and the pipe's
    speed beside it.

    Both in the same run: a core's speed depends on what its neighbor does.
    """
    after, begun = _newest(server), time.perf_counter()
    sent = _send(server, credential, 0, 0, MOST_BEHIND, 50)
    straight = sent / (time.perf_counter() - begun)
    begun = time.perf_counter()
    server.call("PATCH", f"/api/org/pipes/{pipe_id}", {"paused": False})
    _wait(server, after, sent)
    speed = sent / (time.perf_counter() - begun)
    return straight, figure(
        "statements per second forwarded when catching up, beside one client that sends them straight",
        speed,
        straight,
        f"≥ {LEAST_SHARE:.0%}",
        at_least=LEAST_SHARE * straight,
    )


def _send(
    server: Server, credential: dict[str, Any], rate: int, seconds: float, count: int = 0, batch: int = BATCH
) -> int:
    """Store statements in batches, at a rate or as fast as they go; how many that were."""
    authorization = (
        "Basic " + base64.b64encode(f"{credential['key']}:{credential['secret']}".encode()).decode()
    )
    headers = {
        "Authorization": authorization,
        "X-Experience-API-Version": "1.0.3",
        "Content-Type": "application/json",
    }
    connection = http.client.HTTPConnection("localhost", server.port, timeout=60)
    total = count or int(rate * seconds)
    begun = time.perf_counter()
    for number in range(0, total, batch):
        if rate:
            time.sleep(max(0.0, begun + number / rate - time.perf_counter()))
        body = json.dumps([{**statement(number + offset), "id": str(uuid4())} for offset in range(batch)])
        connection.request("POST", "/xapi/statements", body, headers)
        answer = connection.getresponse()
        assert answer.status == 200, answer.read()
        answer.read()
    connection.close()
    return total


def _wait(server: Server, after: str, count: int) -> None:
    """Until so many statements that are here since ``after`` are in the other store: the pipe says so, then
    that store is asked.
    """
    query = """
        SELECT count(*)
          FROM lrs_statement here
          JOIN lrs_statementid there
            ON there.statement_id = here.statement_id
           AND there.organization_id = %s AND there.position IS NOT NULL
         WHERE here.organization_id = %s AND here.id > %s
    """
    behind = """
        SELECT EXISTS (
                 SELECT FROM lrs_statement s
                  WHERE s.organization_id = p.organization_id AND s.id > p.cursor
               )
          FROM lrs_pipe p
    """
    given = [_id(server, "warehouse"), _id(server, "bench"), after]
    with psycopg.connect(server.database_url, autocommit=True) as database:
        for _ in range(1200):
            if database.execute(behind).fetchone() == (False,):
                break
            threading.Event().wait(0.25)
        [stored] = database.execute(query, given).fetchone() or [0]
    assert stored == count, (stored, count)


def _newest(server: Server) -> str:
    with psycopg.connect(server.database_url) as database:
        row = database.execute(
            "SELECT max(id::text) FROM lrs_statement WHERE organization_id = %s", [_id(server, "bench")]
        ).fetchone()
    return str(row[0] if row and row[0] else "00000000-0000-0000-0000-000000000000")


def _id(server: Server, key: str) -> str:
    with psycopg.connect(server.database_url) as database:
        row = database.execute("SELECT id FROM accounts_organization WHERE key = %s", [key]).fetchone()
    assert row
    return str(row[0])
