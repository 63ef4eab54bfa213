"""The figures of ``make bench`` can fail: one that came out as nothing does not hold, and one without a goal
says neither.
"""

import contextlib
import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psutil
import pytest
from benchmarks import packages, relaying, statements
from benchmarks.figure import figure
from benchmarks.server import Server
from tests.running import kill, until


def said(line: str) -> Any:
    return json.loads(line)["holds"]


def test_a_disk_that_holds_nothing_of_a_statement_was_not_measured() -> None:
    sent = len(json.dumps(statements.statement(1)))
    assert [said(statements.disk_figure(each)) for each in (0.0, 0.1 * sent, 2.6 * sent, 10.0 * sent)] == [
        False,
        False,
        True,
        False,
    ]


def test_building_packages_is_held_to_what_deflating_costs_on_the_same_machine() -> None:
    measured = [(13_020, 2_425), (1_302, 242), (6_000, 2_425), (60_000, 24_250)]
    assert [said(packages.building_figure(*figures)) for figures in measured] == [True, True, False, False]


def test_a_figure_without_a_goal_is_stated_and_does_not_hold() -> None:
    assert said(figure("stated", 5, 1, "stated")) is None
    assert said(figure("stated", 5, 0, "stated")) is False


@pytest.mark.parametrize(
    ("value", "limit", "holds"),
    [(1.0, 1.0, True), (3.0, 1.0, False), (1.0, 0.0, False), (0.0, 1.0, False), (-0.2, 1.0, False)],
)
def test_a_figure_with_a_goal_holds_or_does_not(value: float, limit: float, holds: bool) -> None:
    assert said(figure("commits", value, limit, "≤ 2×", at_most=2.0)) is holds


@pytest.mark.parametrize(
    ("lost", "acknowledged", "holds"), [(0, 100, True), (1, 100, False), (0, 0, False), (-1, 100, False)]
)
def test_where_none_is_the_goal_none_holds(lost: int, acknowledged: int, holds: bool) -> None:
    assert said(figure("lost", lost, acknowledged, "none", at_most=0.0)) is holds


@contextlib.contextmanager
def server_of(*command: str) -> Iterator[Server]:
    """One whose process tree begins with this command."""
    with subprocess.Popen(command) as supervisor:
        try:
            yield Server(Path(), 0, {}, "", "", supervisor)
        finally:
            tree = psutil.Process(supervisor.pid)
            for process in [tree, *tree.children()]:
                process.kill()


def test_what_a_worker_took_is_not_said_where_it_was_started_again() -> None:
    with server_of(
        "/bin/sh", "-c", 'while :; do "$0" -c "import time; time.sleep(600)" worker; done', sys.executable
    ) as server:
        assert server.process is not None
        supervisor = psutil.Process(server.process.pid)

        def workers() -> list[psutil.Process]:
            return [child for child in supervisor.children() if "worker" in child.cmdline()]

        until(workers, "the worker runs")
        assert server.worker_cpu() >= 0
        [killed] = workers()
        kill(killed)
        until(lambda: workers() not in ([], [killed]), "another one runs")
        with pytest.raises(AssertionError, match="a worker process was started again"):
            server.worker_cpu()


def test_what_a_worker_took_is_not_said_where_there_is_none() -> None:
    with server_of("sleep", "600") as server, pytest.raises(AssertionError, match="no worker process runs"):
        server.worker_cpu()


def test_a_score_arrives_with_the_first_that_the_lms_is_told_of_and_that_is_not_lower() -> None:
    begun = datetime(2026, 12, 1, tzinfo=UTC)

    def after(milliseconds: float) -> datetime:
        return begun + timedelta(milliseconds=milliseconds)

    acknowledged = {0.1: after(0), 0.2: after(600), 9.9: after(1200), 10.0: after(1800), 10.1: after(2400)}
    told = [(0.1, after(20)), (10.0, after(1830)), (10.0, after(1900))]
    assert relaying.arrivals(acknowledged, told) == [20, 1230, 630, 30, None]


def test_a_result_that_never_reached_the_lms_keeps_the_figure_from_holding_and_is_counted() -> None:
    measured: list[list[float | None]] = [[8.0, 9.0], [8.0, None], [None, None]]
    lines = [relaying.relayed([5.0], beside, [0.01]) for beside in measured]
    assert [(said(line), json.loads(line)["missing"]) for line in lines] == [
        (True, 0),
        (False, 1),
        (False, 2),
    ]
    assert said(relaying.relayed([None], [8.0], [0.01])) is False
