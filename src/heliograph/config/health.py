"""Is it well? ``/health`` for people and load balancers, ``/metrics`` for Prometheus."""

import hmac
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import Error, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from prometheus_client import CollectorRegistry, Gauge, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

import heliograph
from heliograph.core.clock import now
from heliograph.core.errors import NotSignedIn

WORKER_SILENT_AFTER = timedelta(seconds=60)

_JOBS = """
SELECT (SELECT count(*) FROM procrastinate_jobs WHERE status = 'todo'),
       (SELECT count(*) FROM procrastinate_jobs WHERE status = 'doing'),
       (SELECT count(*) FROM procrastinate_jobs WHERE status = 'failed'),
       (SELECT max(last_heartbeat) FROM procrastinate_workers)
"""
_COUNTS = """
SELECT (SELECT count(*) FROM dispatch_dispatch WHERE enabled),
       (SELECT coalesce(sum(download_count), 0) FROM dispatch_dispatch),
       (SELECT coalesce(sum(refused_count), 0) FROM dispatch_dispatch),
       (SELECT count(*) FROM runtime_launch WHERE ended_at IS NULL AND last_commit_at > now() - interval '15 minutes'),
       (SELECT count(*) FROM courses_import WHERE state = 'refused')
"""


def health(request: HttpRequest) -> JsonResponse:
    """Live as soon as it answers; ready when the database does. 503 where it is not ready."""
    found = state()
    document = {"live": True, "ready": found["database"] == "up", "version": heliograph.VERSION, **found}
    return JsonResponse(document, status=200 if document["ready"] else 503, headers={"Cache-Control": "no-store"})


def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus metrics, for this machine or for whoever has HELIOGRAPH_METRICS_TOKEN."""
    _refuse_stranger(request)
    registry = CollectorRegistry()
    found = state()
    values: dict[str, tuple[str, float]] = {
        "heliograph_database_up": ("Whether the database answers", float(found["database"] == "up")),
        "heliograph_worker_up": ("Whether a worker was heard of in the last minute", float(found["worker"] == "up")),
        "heliograph_jobs_waiting": ("Jobs that wait for a worker", found["backlog"]["waiting"]),
        "heliograph_jobs_running": ("Jobs being carried out", found["backlog"]["running"]),
        "heliograph_jobs_failed": ("Jobs that were given up", found["backlog"]["failed"]),
    }
    if found["database"] == "up":
        enabled, downloads, refused, sessions, imports = _row(_COUNTS)
        values |= {
            "heliograph_dispatches_enabled": ("Dispatches that are enabled", enabled),
            "heliograph_package_downloads": ("Packages downloaded so far", downloads),
            "heliograph_launches_refused": ("Launches refused by a limit so far", refused),
            "heliograph_active_sessions": ("Launches that committed within 15 minutes", sessions),
            "heliograph_imports_refused": ("Imports refused so far", imports),
        }
    for name, (meaning, value) in values.items():
        Gauge(name, meaning, registry=registry).set(float(value))
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def state() -> dict[str, Any]:
    """Whether database and worker are up, and how many jobs wait, run or were given up."""
    try:
        waiting, running, failed, heard = _row(_JOBS)
    except Error:
        return {"database": "down", "worker": "unknown", "backlog": {"waiting": 0, "running": 0, "failed": 0}}
    alive = heard is not None and now() - heard < WORKER_SILENT_AFTER
    backlog = {"waiting": waiting, "running": running, "failed": failed}
    return {"database": "up", "worker": "up" if alive else "down", "backlog": backlog}


def _row(sql: str) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchone()


def _refuse_stranger(request: HttpRequest) -> None:
    token = settings.HELIOGRAPH.metrics_token
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if token and hmac.compare_digest(given.encode(), token.encode()):
        return
    if not token and settings.HELIOGRAPH.local:
        return
    raise NotSignedIn("Metrics take the token in HELIOGRAPH_METRICS_TOKEN, as “Authorization: Bearer …”.")
