"""The figures of ``make bench`` can fail: one that came out as nothing does not hold, and one without a goal says neither."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from benchmarks import relaying, statements
from benchmarks.figure import figure


def said(line: str) -> Any:
    return json.loads(line)["holds"]


def test_a_disk_that_holds_nothing_of_a_statement_was_not_measured() -> None:
    sent = len(json.dumps(statements.statement(1)))
    assert [said(statements.disk_figure(each)) for each in (0.0, 0.1 * sent, 2.6 * sent, 10.0 * sent)] == [False, False, True, False]


def test_a_figure_without_a_goal_is_stated_and_does_not_hold() -> None:
    assert said(figure("stated", 5, 1, "stated")) is None
    assert said(figure("stated", 5, 0, "stated")) is False


@pytest.mark.parametrize(("value", "limit", "holds"), [(1.0, 1.0, True), (3.0, 1.0, False), (1.0, 0.0, False)])
def test_a_figure_with_a_goal_holds_or_does_not(value: float, limit: float, holds: bool) -> None:
    assert said(figure("commits", value, limit, "≤ 2×", at_most=2.0)) is holds


def test_a_score_arrives_with_the_first_that_the_lms_is_told_of_and_that_is_not_lower() -> None:
    begun = datetime(2026, 12, 1, tzinfo=UTC)

    def after(milliseconds: float) -> datetime:
        return begun + timedelta(milliseconds=milliseconds)

    acknowledged = {0.1: after(0), 0.2: after(600), 9.9: after(1200), 10.0: after(1800), 10.1: after(2400)}
    told = [(0.1, after(20)), (10.0, after(1830)), (10.0, after(1900))]
    assert relaying.arrivals(acknowledged, told) == [20, 1230, 630, 30, None]


def test_a_result_that_never_reached_the_lms_keeps_the_figure_from_holding_and_is_counted() -> None:
    lines = [relaying.relayed([5.0], beside, [0.01]) for beside in ([8.0, 9.0], [8.0, None], [None, None])]
    assert [(said(line), json.loads(line)["missing"]) for line in lines] == [(True, 0), (False, 1), (False, 2)]
    assert said(relaying.relayed([None], [8.0], [0.01])) is False
