"""Figures of learning, of everybody and of groups of people, beside the same figures worked out in plain
Python from the raw rows, of 200,000 registrations; how long figures of groups take; and how long a roll-up
takes of what a second of commits has left.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from statistics import median
from typing import TYPE_CHECKING, Any

from benchmarks.figure import figure
from benchmarks.learners import ask, fill
from benchmarks.server import running

if TYPE_CHECKING:
    from uuid import UUID

    from heliograph.insights.learning.selection import Selection

REGISTRATIONS, CHANGED = int(os.environ.get("BENCH_REGISTRATIONS", "200000")), 200
MEMBERS, GROUPS, VIEWS = 25_000, (500, 20_000), 5


def run() -> Iterator[str]:
    with running() as server:
        seconds = fill(server, REGISTRATIONS, MEMBERS, GROUPS)
        yield figure(
            "registrations a second, rolled up for the first time",
            REGISTRATIONS / seconds,
            1,
            "stated",
        )
        told = ask(server, "benchmarks.analytics_check")
    for whose, compared in told["compared"].items():
        yield figure(
            f"figures of {whose}, of {REGISTRATIONS:,} registrations, that differ from a recount",
            len(compared["differing"]),
            compared["compared"],
            "none",
            at_most=0.0,
            differing=compared["differing"][:5],
        )
    for people, milliseconds in told["milliseconds"].items():
        yield figure(
            f"milliseconds of outcomes of {people} people of a group, of {REGISTRATIONS:,} registrations",
            milliseconds,
            1,
            "stated",
        )
    yield figure(
        f"seconds to roll up what {CHANGED} learners who commit at once have left",
        told["seconds"],
        1,
        "≤ 1 s",
        at_most=1.0,
    )


def _check() -> dict[str, Any]:
    import django

    django.setup()
    from tests.insights import recounting

    from heliograph.accounts.models import Group, Organization
    from heliograph.insights.learning.selection import Selection
    from heliograph.insights.periods import days

    # Each table is read once, for all courses and groups.
    recounting._table = cache(recounting._table)
    organization = Organization.objects.get()
    groups = [Group.objects.get(key=f"group-{size}").id for size in GROUPS]
    everybody = Selection(organization.id, days("", _long_ago(), ""))
    return {
        "compared": {
            "everybody": _compared(everybody, None),
            **{
                f"a group of {size:,} people": _compared(replace(everybody, group_id=group), [group])
                for size, group in zip(GROUPS, groups, strict=True)
            },
            "two groups, as a limited role sees them": _compared(
                replace(everybody, within_groups=tuple(groups)), groups
            ),
        },
        "milliseconds": {
            f"{size:,}": _milliseconds(replace(everybody, group_id=group))
            for size, group in zip(GROUPS, groups, strict=True)
        },
        "seconds": seconds_after_commits(CHANGED),
    }


def _compared(whose: Selection, groups: list[UUID] | None) -> dict[str, Any]:
    """All figures of each course, and those that differ from a recount."""
    from tests.insights import recounting

    from heliograph.insights.learning import paths, queries, questions

    compared, differing = 0, []

    def same(name: str, ours: Any, theirs: Any) -> None:
        nonlocal compared
        compared += 1
        if ours != theirs:
            differing.append(f"{name}: {ours} instead of {theirs}")

    for course in queries.groups(whose, "courses"):
        of = replace(whose, course_id=course.id)
        counted = recounting.recount(of.organization_id, course.id, groups=groups)
        outcomes = queries.outcomes(of)
        same(f"{course.name} steps", outcomes.steps, counted.steps)
        same(f"{course.name} scores", outcomes.scores, _by_percent(counted.scores))
        same(f"{course.name} times", outcomes.durations, _by_time(counted.seconds))
        for item in questions.items(of):
            answered, graded, correct, correlation = counted.items[str(item.id)]
            name = f"{course.name} {item.identifier}"
            same(name, (item.answered, item.graded, item.correct), (answered, graded, correct))
            same(f"{name} discrimination", _short(item.discrimination), _short(correlation))
            given = {response.text: response.learners for response in questions.responses(of, item)}
            same(f"{name} responses", given, dict(counted.responses[str(item.id)]))
        moves = {(move.origin, move.target): move.learners for move in paths.paths(of).moves}
        same(f"{course.name} moves", moves, dict(counted.moves))
    return {"compared": compared, "differing": differing}


def _milliseconds(of: Selection) -> float:
    """How long the outcomes of a selection take, of several times the middle one."""
    from heliograph.insights.learning import queries

    taken = []
    for _ in range(VIEWS):
        started = time.perf_counter()
        queries.outcomes(of)
        taken.append((time.perf_counter() - started) * 1000)
    return median(taken)


def seconds_after_commits(learners: int) -> float:
    """How long a roll-up takes where so many learners, of any cohort, have just got another outcome."""
    from django.db import connection

    from heliograph.insights import rollup

    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE runtime_registration SET completion = 'completed', completed_at = now()
             WHERE id IN (SELECT id FROM runtime_registration WHERE completion = 'incomplete'
                           ORDER BY hashtext(id::text) LIMIT %s)
            """,
            [learners],
        )
    started = time.perf_counter()
    rollup.roll_up()
    return time.perf_counter() - started


def _long_ago() -> str:
    from datetime import timedelta

    from heliograph.core import clock

    return str(clock.now().date() - timedelta(days=400))


def _by_percent(scores: list[float]) -> list[int]:
    counts = [0] * 101
    for score in scores:
        counts[round(score * 10_000) // 100] += 1
    return counts


def _by_time(seconds: list[float]) -> list[int]:
    from bisect import bisect_right

    from heliograph.insights.durations import EDGES

    counts = [0] * (len(EDGES) + 1)
    for one in seconds:
        counts[bisect_right(EDGES, one)] += 1
    return counts


def _short(value: float | None) -> float | None:
    """What rounding to ten-thousandths leaves the same."""
    return None if value is None else round(value, 3)


if __name__ == "__main__":
    json.dump(_check(), sys.stdout)
