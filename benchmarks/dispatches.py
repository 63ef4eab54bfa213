"""Pages with 50,000 dispatches, each with a license, beside the same pages with 500: how many statements they
take, and how long.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from statistics import median
from typing import Any

import psycopg

from benchmarks.figure import figure
from benchmarks.server import Server, running

FEW, MANY, CUSTOMERS, VIEWS, ROUNDS = 500, 50_000, 50, 20, 3
HELD = {
    "the home page": "/",
    "the list of dispatches": "/admin/dispatch/",
    "its tenth page": "/admin/dispatch/?page=10",
    "the list by end date": "/admin/dispatch/?sort=ends",
    "the list of disabled ones": "/admin/dispatch/?state=disabled",
    "the page of a dispatch": "/admin/dispatch/number-7/",
    "the API's list": "/api/dispatch?limit=50",
}
# A search reads every name; an order by a customer's name sorts all rows.
STATED = {
    "a search among them": "/admin/dispatch/?search=number-7",
    "the list by customer": "/admin/dispatch/?sort=customer",
}
ADDRESSES = HELD | STATED

# Rows like the only one there is, whatever columns it has.
_LIKE_THE_FIRST = """
INSERT INTO {table}
SELECT (jsonb_populate_record(first, {changes})).*
  FROM {table} first, generate_series(2, {number}) n
"""
_COPIES = {
    "dispatch_destination": (
        "jsonb_build_object('id', md5('customer' || n)::uuid, 'key', 'customer-' || n,"
        " 'name', 'Customer ' || n)"
    ),
    "dispatch_dispatch": (
        "jsonb_build_object('id', md5('dispatch' || n)::uuid, 'key', 'number-' || n,"
        " 'name', 'Dispatch number-' || n, 'stub_key', 'key-' || n, 'enabled', n % 10 > 0,"
        " 'expires_at', CASE WHEN n % 10 < 3 THEN now() + n * interval '1 hour' END,"
        " 'destination_id', md5('customer' || 2 + n % ({customers} - 1))::uuid)"
    ),
    "dispatch_license": (
        "jsonb_build_object('id', md5('license' || n)::uuid, 'dispatch_id', md5('dispatch' || n)::uuid)"
    ),
}


def run() -> Iterator[str]:
    with running() as few, running() as many:
        _make(few, FEW)
        _make(many, MANY)
        # By turns, because a core's speed depends on what its neighbor does.
        rounds = [[_measure(server) for server in (few, many)] for _ in range(ROUNDS)]
        measured = [
            {name: (looks[0][name][0], median(look[name][1] for look in looks)) for name in ADDRESSES}
            for looks in zip(*rounds, strict=True)
        ]
        for name in ADDRESSES:
            (few_queries, _), (many_queries, _) = (figures[name] for figures in measured)
            yield figure(
                f"statements of {name} with {MANY:,} dispatches, beside {FEW}",
                many_queries,
                few_queries,
                "the same",
                at_most=1.0,
            )
        for name in ADDRESSES:
            (_, few_seconds), (_, many_seconds) = (figures[name] for figures in measured)
            goal = {"goal": "≤ 1.5×", "at_most": 1.5} if name in HELD else {"goal": "stated"}
            yield figure(
                f"milliseconds of {name} with {MANY:,} dispatches, beside {FEW}",
                many_seconds * 1000,
                few_seconds * 1000,
                **goal,
            )


def _make(server: Server, number: int) -> None:
    """So many dispatches, each with a license, to 50 customers; one in ten is disabled, three in ten end."""
    customer = server.call("POST", "/api/destinations", {"name": "Customer 1", "key": "customer-1"})
    dispatch = server.call(
        "POST",
        "/api/dispatch",
        {"course": "course", "destination": customer["id"], "name": "Dispatch number-1"},
    )
    server.call(
        "POST", f"/api/dispatch/{dispatch['id']}/licenses", {"registration_limit": 50, "launch_limit": 500}
    )
    with psycopg.connect(server.database_url, autocommit=True) as connection:
        for table, changes in _COPIES.items():
            rows = CUSTOMERS if table == "dispatch_destination" else number
            connection.execute(
                _LIKE_THE_FIRST.format(table=table, changes=changes.format(customers=CUSTOMERS), number=rows)
            )
        connection.execute("VACUUM ANALYZE")


def _measure(server: Server) -> dict[str, tuple[int, float]]:
    """In a process of its own, where the statements can be counted: statements and median seconds of each
    address.
    """
    environment = {**os.environ, "HELIOGRAPH_HOME": str(server.home), "HELIOGRAPH_PORT": str(server.port)}
    environment["DJANGO_SETTINGS_MODULE"] = "heliograph.config.settings"
    command = [sys.executable, "-m", "benchmarks.dispatches", server.secret]
    return dict(json.loads(subprocess.run(command, env=environment, check=True, capture_output=True).stdout))


def _look(secret: str) -> dict[str, tuple[int, float]]:
    import django

    django.setup()
    from django.db import connection
    from django.test import Client

    client = Client(HTTP_HOST="localhost", headers={"Authorization": f"Bearer {secret}"})
    client.post("/sign-in/", {"login": "owner@bench.example", "password": "long enough"})
    figures = {}
    for name, address in ADDRESSES.items():
        assert client.get(address).status_code == 200, address
        statements: list[str] = []

        def note(execute: Any, sql: str, *more: Any, said: list[str] = statements) -> Any:
            said.append(sql)
            return execute(sql, *more)

        with connection.execute_wrapper(note):
            client.get(address)
        assert statements, address
        seconds = []
        for _ in range(VIEWS):
            begun = time.perf_counter()
            client.get(address)
            seconds.append(time.perf_counter() - begun)
        figures[name] = (len(statements), median(seconds))
    return figures


if __name__ == "__main__":
    print(json.dumps(_look(sys.argv[1])))
