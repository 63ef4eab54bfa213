"""The figures of ``make bench`` can fail: one that came out as nothing does not hold, and one without a goal says neither."""

import json
from typing import Any

import pytest
from benchmarks import statements
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
