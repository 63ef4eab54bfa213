"""Is it well? What load balancers, people and Prometheus are told, and who is told nothing."""

from dataclasses import replace

import pytest
from django.conf import settings
from django.db import connection
from prometheus_client.parser import text_string_to_metric_families
from tests.fixtures import CONTENT
from tests.insights.sessions import at, complete

import heliograph
from heliograph.core import counters
from heliograph.core.errors import Problem
from heliograph.dispatch import downloads
from heliograph.insights import rollup

pytestmark = pytest.mark.django_db


def metrics(client, **headers) -> dict[str, float]:
    answer = client.get("/metrics", headers=headers)
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("text/plain")
    return {
        sample.name: sample.value
        for family in text_string_to_metric_families(answer.content.decode())
        for sample in family.samples
    }


def with_metrics_token(monkeypatch, token: str, url: str = "http://localhost:8000") -> None:
    monkeypatch.setattr(settings, "HELIOGRAPH", replace(settings.HELIOGRAPH, metrics_token=token, url=url))


def test_health_names_version_database_worker_and_backlog(client):
    document = client.get("/health").json()
    backlog = document.pop("backlog")
    assert document == {
        "live": True,
        "ready": True,
        "version": heliograph.VERSION,
        "database": "up",
        "worker": "down",
    }
    assert set(backlog) == {"waiting", "running", "failed"}


def test_a_worker_heard_of_within_the_minute_is_up(client):
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO procrastinate_workers DEFAULT VALUES")
    assert client.get("/health").json()["worker"] == "up"


def test_health_is_never_kept_by_a_cache_and_needs_no_sign_in(client):
    assert client.get("/health")["Cache-Control"] == "no-store"


def test_metrics_count_what_operators_watch(client, dispatch, tenant):
    before = metrics(client)
    assert before["heliograph_database_up"] == 1
    assert before["heliograph_dispatches_enabled"] == 1
    dispatch.enabled = False
    dispatch.save()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET status = 'failed'")
    after = metrics(client)
    assert after["heliograph_dispatches_enabled"] == 0
    assert (
        after["heliograph_jobs_failed"]
        == before["heliograph_jobs_waiting"] + before["heliograph_jobs_failed"]
    )


def test_metrics_ask_for_the_token_where_one_is_set(client, monkeypatch):
    with_metrics_token(monkeypatch, "for the one who watches")
    assert client.get("/metrics").status_code == 401
    assert client.get("/metrics", headers={"Authorization": "Bearer something else"}).status_code == 401
    assert metrics(client, Authorization="Bearer for the one who watches")


def test_metrics_at_a_public_address_answer_nobody_without_a_token(client, monkeypatch):
    with_metrics_token(monkeypatch, "", url="https://learn.example.org")
    assert client.get("/metrics").status_code == 401
    assert client.get("/metrics", headers={"Authorization": "Bearer "}).status_code == 401


def test_metrics_tell_what_was_built_downloaded_launched_and_refused(client, dispatch, tenant):
    before = metrics(client)
    for _ in range(2):
        downloads.package(tenant.manager, dispatch, "scorm12", "hosted")
    with pytest.raises(Problem):
        downloads.package(tenant.manager, dispatch, "no such format", "hosted")
    client.post(
        f"/d/{dispatch.stub_key}/launch",
        {"learner": "anna"},
        content_type="application/json",
        HTTP_HOST=CONTENT,
    )
    client.post("/d/nobody/launch", {"learner": "anna"}, content_type="application/json", HTTP_HOST=CONTENT)
    after = metrics(client)
    grown = {name: after[name] - before[name] for name in after}
    assert (
        grown["heliograph_packages_done"],
        grown["heliograph_packages_refused"],
        grown["heliograph_downloads_done"],
    ) == (2, 1, 2)
    assert 0 < grown["heliograph_packages_seconds"] < 30
    assert (
        grown["heliograph_stub_launches_done"],
        grown["heliograph_stub_launches_refused"],
        grown["heliograph_packages_failed"],
    ) == (
        1,
        1,
        0,
    )
    assert (grown["heliograph_deployments"], grown["heliograph_active_sessions"]) == (1, 1)
    assert after["heliograph_failure_rate"] == before["heliograph_failure_rate"] == 0


def test_what_breaks_is_counted_as_a_failure_and_told_as_a_rate(client):
    before = metrics(client)
    with pytest.raises(ZeroDivisionError), counters.measured("package"):
        1 / 0  # noqa: B018
    after = metrics(client)
    assert after["heliograph_packages_failed"] == before["heliograph_packages_failed"] + 1
    assert 0 < after["heliograph_failure_rate"] <= 1


def test_completions_of_dispatches_are_among_the_metrics(client, dispatch):
    complete(dispatch, "anna", at(1))
    rollup.roll_up()
    assert metrics(client)["heliograph_completions"] == 1
