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
from heliograph.core import counters
from heliograph.core.clock import now
from heliograph.core.errors import NotSignedIn
from heliograph.lrs.pipes.queries import oldest_waiting

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
       (SELECT count(*) FROM dispatch_deployment),
       (SELECT count(*) FROM dispatch_deployment WHERE suspended),
       -- A hosted session is heard of through its launch, which is copied into it only later.
       (SELECT count(*)
          FROM dispatch_session s
          LEFT JOIN runtime_launch l ON l.id = s.launch_id
         WHERE s.ended_at IS NULL AND l.ended_at IS NULL
           AND greatest(s.last_activity_at, l.last_commit_at) > now() - interval '15 minutes'),
       (SELECT coalesce(sum(completions), 0) FROM insights_dailytotals),
       (SELECT count(*) FROM courses_import WHERE state = 'refused')
"""


def health(request: HttpRequest) -> JsonResponse:
    """Live as soon as it answers; ready when the database does. 503 where it is not ready."""
    states = state()
    document = {"live": True, "ready": states["database"] == "up", "version": heliograph.VERSION, **states}
    return JsonResponse(
        document, status=200 if document["ready"] else 503, headers={"Cache-Control": "no-store"}
    )


def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus metrics, for this machine or for whoever has HELIOGRAPH_METRICS_TOKEN."""
    _refuse_stranger(request)
    registry = CollectorRegistry()
    states = state()
    values: dict[str, tuple[str, float]] = {
        "heliograph_database_up": ("Whether the database answers", float(states["database"] == "up")),
        "heliograph_worker_up": (
            "Whether a worker was heard of in the last minute",
            float(states["worker"] == "up"),
        ),
        "heliograph_jobs_waiting": ("Jobs that wait for a worker", states["backlog"]["waiting"]),
        "heliograph_jobs_running": ("Jobs being carried out", states["backlog"]["running"]),
        "heliograph_jobs_failed": ("Jobs that were given up", states["backlog"]["failed"]),
    }
    if states["database"] == "up":
        enabled, downloads, refused, deployments, suspended, sessions, completions, imports = _row(_COUNTS)
        values |= {
            "heliograph_dispatches_enabled": ("Dispatches that are enabled", enabled),
            "heliograph_package_downloads": ("Packages downloaded so far", downloads),
            "heliograph_launches_refused": ("Launches refused by a limit so far", refused),
            "heliograph_deployments": ("LMS domains on which dispatches were seen", deployments),
            "heliograph_deployments_suspended": ("Those of them that are suspended", suspended),
            "heliograph_active_sessions": (
                "Sessions of learners that were heard of within 15 minutes",
                sessions,
            ),
            "heliograph_completions": (
                "Registrations of dispatches completed so far, as of the last minute",
                completions,
            ),
            "heliograph_imports_refused": ("Imports refused so far", imports),
            "heliograph_pipe_lag_seconds": (
                "Age of the oldest statement that a forwarding pipe has not dealt with",
                oldest_waiting(),
            ),
            **_measured(counters.totals()),
        }
    for name, (meaning, value) in values.items():
        Gauge(name, meaning, registry=registry).set(float(value))
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


# What is measured where it happens (core.counters), and what people call it.
_MEASURED = {
    "package": ("packages", "Packages built"),
    "download": ("downloads", "Packages downloaded"),
    "launch": ("stub_launches", "Launches asked for by stubs"),
    "callback": ("callbacks", "Callbacks of embedded packages"),
}
_COUNTED = {
    "forward_done": ("statements_forwarded", "Statements forwarded to other record stores so far"),
    "forward_refused": ("statements_forward_refused", "Statements that other record stores refused so far"),
    "pull_done": ("statements_imported", "Statements imported from other record stores so far"),
    "pull_refused": (
        "statements_import_refused",
        "Statements of other record stores that were refused here so far",
    ),
}


def _measured(totals: dict[str, tuple[int, float]]) -> dict[str, tuple[str, float]]:
    """How often each of `_MEASURED` was done, refused with a reason and failed, its seconds, and the share of
    all that failed.
    """
    values = {}
    for name, (plural, label) in _MEASURED.items():
        for how, words in (
            ("done", "and done"),
            ("refused", "and refused with a reason"),
            ("failed", "and failed"),
        ):
            values[f"heliograph_{plural}_{how}"] = (
                f"{label} {words} so far",
                float(totals.get(f"{name}_{how}", (0, 0.0))[0]),
            )
        values[f"heliograph_{plural}_seconds"] = (
            f"{label} and done so far, in seconds",
            totals.get(f"{name}_done", (0, 0.0))[1],
        )
    tried = {name: count for name, (count, _) in totals.items() if name not in _COUNTED}
    failed = sum(count for name, count in tried.items() if name.endswith("_failed"))
    values["heliograph_failure_rate"] = (
        "Share of all of these that failed",
        failed / (sum(tried.values()) or 1),
    )
    for name, (plural, label) in _COUNTED.items():
        values[f"heliograph_{plural}"] = (label, float(totals.get(name, (0, 0.0))[0]))
    return values


def state() -> dict[str, Any]:
    """Whether database and worker are up, and how many jobs wait, run or were given up."""
    try:
        waiting, running, failed, last_heartbeat = _row(_JOBS)
    except Error:
        return {"database": "down", "worker": "unknown", "backlog": {"waiting": 0, "running": 0, "failed": 0}}
    alive = last_heartbeat is not None and now() - last_heartbeat < WORKER_SILENT_AFTER
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
    raise NotSignedIn("Metrics require the token in HELIOGRAPH_METRICS_TOKEN, as “Authorization: Bearer …”.")
