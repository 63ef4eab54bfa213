"""Is it well? What load balancers, people and Prometheus are told, and who is told nothing."""

from dataclasses import replace

import pytest
from django.conf import settings
from django.db import connection
from prometheus_client.parser import text_string_to_metric_families

import heliograph

pytestmark = pytest.mark.django_db


def metrics(client, **headers) -> dict[str, float]:
    answer = client.get("/metrics", headers=headers)
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("text/plain")
    return {sample.name: sample.value for family in text_string_to_metric_families(answer.content.decode()) for sample in family.samples}


def with_metrics_token(monkeypatch, token: str, url: str = "http://localhost:8000") -> None:
    monkeypatch.setattr(settings, "HELIOGRAPH", replace(settings.HELIOGRAPH, metrics_token=token, url=url))


def test_health_names_version_database_worker_and_backlog(client):
    document = client.get("/health").json()
    backlog = document.pop("backlog")
    assert document == {"live": True, "ready": True, "version": heliograph.VERSION, "database": "up", "worker": "down"}
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
    assert after["heliograph_jobs_failed"] == before["heliograph_jobs_waiting"] + before["heliograph_jobs_failed"]


def test_metrics_ask_for_the_token_where_one_is_set(client, monkeypatch):
    with_metrics_token(monkeypatch, "for the one who watches")
    assert client.get("/metrics").status_code == 401
    assert client.get("/metrics", headers={"Authorization": "Bearer something else"}).status_code == 401
    assert metrics(client, Authorization="Bearer for the one who watches")


def test_metrics_at_a_public_address_answer_nobody_without_a_token(client, monkeypatch):
    with_metrics_token(monkeypatch, "", url="https://learn.example.org")
    assert client.get("/metrics").status_code == 401
    assert client.get("/metrics", headers={"Authorization": "Bearer "}).status_code == 401
