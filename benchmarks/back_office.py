"""Pages of the back office with 1,000,000 registrations and 10,000 members, beside the same pages with a
hundredth of both: how many statements they take, and how long.

As many as BENCH_REGISTRATIONS says, instead of the million.
"""

import json
import os
import sys
import time
from collections.abc import Iterator
from statistics import median
from typing import Any

from benchmarks.figure import figure
from benchmarks.learners import ask, fill
from benchmarks.server import running

MANY = int(os.environ.get("BENCH_REGISTRATIONS", "1000000"))
FEW, MANY_MEMBERS = MANY // 100, 10_000
FEW_MEMBERS, VIEWS, ROUNDS = MANY_MEMBERS // 100, 10, 3
GROUP = FEW_MEMBERS  # people of a group, the same in both
COURSE = "course=course-1&period=90d"
ADDRESSES = {
    "the overview": "/admin/org/",
    "users": "/admin/org/users/",
    "courses": "/admin/org/courses/",
    "outcomes": "/admin/org/analytics/?period=90d",
    "outcomes of a course": f"/admin/org/analytics/?{COURSE}",
    "courses beside their median": "/admin/org/analytics/courses/?period=90d",
    "customers beside their median": "/admin/org/analytics/customers/?period=90d",
    "a comparison": "/admin/org/analytics/compare/?period=30d",
    "questions of a course": f"/admin/org/analytics/questions/?{COURSE}",
    "paths of a course": f"/admin/org/analytics/paths/?{COURSE}",
    "outcomes of a group": f"/admin/org/analytics/?period=90d&group=group-{GROUP}",
    "questions of a course and group": f"/admin/org/analytics/questions/?{COURSE}&group=group-{GROUP}",
    "statements": "/admin/org/analytics/statements/?period=90d",
}


def run() -> Iterator[str]:
    with running() as few, running() as many:
        fill(few, FEW, FEW_MEMBERS, [GROUP])
        seconds = fill(many, MANY, MANY_MEMBERS, [GROUP])
        yield figure("registrations a second, rolled up for the first time", MANY / seconds, 1, "stated")
        # By turns, because a core's speed depends on what its neighbor does.
        rounds = [
            [ask(server, "benchmarks.back_office", server.secret) for server in (few, many)]
            for _ in range(ROUNDS)
        ]
        for name in ADDRESSES:
            few_looks, many_looks = ([look[name] for look in looks] for looks in zip(*rounds, strict=True))
            yield figure(
                f"statements of {name} with {MANY:,} registrations, beside {FEW:,}",
                many_looks[-1][0],
                few_looks[-1][0],
                "the same",
                at_most=1.0,
            )
            yield figure(
                f"milliseconds of {name} with {MANY:,} registrations, beside {FEW:,}",
                median(look[1] for look in many_looks) * 1000,
                median(look[1] for look in few_looks) * 1000,
                "≤ 1.5×",
                at_most=1.5,
            )


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
        seconds = []
        for _ in range(VIEWS):
            begun = time.perf_counter()
            client.get(address)
            seconds.append(time.perf_counter() - begun)
        figures[name] = (len(statements), median(seconds))
    return figures


if __name__ == "__main__":
    print(json.dumps(_look(sys.argv[1])))
