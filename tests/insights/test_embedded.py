"""Figures of embedded packages: what they report days later counts on its own day, and every report is in the
metrics.
"""

import json
from datetime import timedelta

import pytest
from tests.config.server.test_health import metrics
from tests.fixtures import CONTENT
from tests.insights.sessions import TODAY, at

from heliograph.core.clock import now
from heliograph.core.ids import new_id
from heliograph.dispatch import rate_limits as rates
from heliograph.dispatch.embedded import callback
from heliograph.dispatch.models import Dispatch
from heliograph.insights import queries
from heliograph.insights.filters import Filters
from heliograph.insights.periods import days


@pytest.fixture(autouse=True)
def _fresh():
    rates.CALLBACKS.forget()
    callback._routes.clear()


@pytest.fixture
def package(client, dispatch):
    """The doors of an embedded package: ``package("launch", …)``, ``package("events", …)``."""

    def post(door: str, **said):
        headers = {"HTTP_HOST": CONTENT, "HTTP_ORIGIN": "https://lms.brandt.example"}
        return client.post(
            f"/d/{dispatch.stub_key}/{door}", json.dumps(said), content_type="text/plain", **headers
        )

    return post


def test_what_an_embedded_package_reports_days_later_counts_on_its_own_day(client, dispatch, package):
    Dispatch.objects.update(embedded_since=at(3, "09:00"))
    before = metrics(client)
    began, passed = at(3, "10:00"), at(3, "10:20")
    shaken = package(
        "launch",
        learner="anna",
        mode_of_package="embedded",
        sitting=str(new_id()),
        scos=["sco-1.html"],
        began_ago=_ago(began),
    ).json()
    body = {
        "completion": "completed",
        "success": "passed",
        "score_scaled": 0.9,
        "centiseconds": 120_000,
        "sco": "sco-1.html",
    }
    event = {"sequence": 1, "kind": "state", "ago": _ago(passed), "body": body}
    for _ in range(2):  # and it is told twice
        assert package("events", token=shaken["callback"], events=[event]).status_code == 200
    assert package("events", token="nobody's", events=[event]).status_code >= 400
    analytics = queries.analytics(dispatch.organization_id, days("7d"), Filters(dispatch_id=dispatch.id))
    day = next(
        timeline_day for timeline_day in analytics.timeline if timeline_day.day == TODAY - timedelta(days=3)
    )
    assert (day.launches, day.learners, day.completions, day.average_score, day.centiseconds) == (
        1,
        1,
        1,
        0.9,
        120_000,
    )
    assert (analytics.summary.launches, analytics.states["passed"]) == (1, 1)
    grown = {name: value - before[name] for name, value in metrics(client).items()}
    assert (
        grown["heliograph_callbacks_done"],
        grown["heliograph_callbacks_refused"],
        grown["heliograph_callbacks_failed"],
    ) == (2, 1, 0)
    assert grown["heliograph_completions"] == 1


def _ago(moment) -> int:
    """Milliseconds before now."""
    return int((now() - moment).total_seconds() * 1000)
