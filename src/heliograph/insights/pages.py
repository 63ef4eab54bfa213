"""Pages of figures: of the organization, and of one dispatch.

The range is in the address, and so is which table to have as CSV.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import path

from heliograph.accounts.page_access import actor_of, page
from heliograph.core.ids import slug
from heliograph.core.web.csv_files import as_csv
from heliograph.dispatch import queries as dispatching
from heliograph.insights import queries
from heliograph.insights.periods import PERIODS, days

if TYPE_CHECKING:
    from heliograph.dispatch.models import Dispatch

MOST = 50
STATES = {
    "not attempted": "Not started",
    "incomplete": "In progress",
    "completed": "Completed",
    "passed": "Passed",
    "failed": "Failed",
}
STEPS = {
    "registered": "Registered",
    "launched": "Launched",
    "in_progress": "In progress",
    "completed": "Completed",
    "passed": "Passed",
}
_FIGURES: dict[str, Callable[[Any], Any]] = {
    "launches": lambda figures: figures.launches,
    "learners": lambda figures: figures.learners,
    "completions": lambda figures: figures.completions,
    "average score": lambda figures: "" if figures.average_score is None else round(figures.average_score, 4),
    "seconds": lambda figures: figures.centiseconds / 100,
}
_COUNTS: dict[str, Callable[[Any], Any]] = {"learners": lambda pair: pair[1]}
_NAMED: dict[str, Callable[[Any], Any]] = {"name": lambda group: group.name}
# What can be had as CSV: its columns, and its rows.
TABLES: dict[str, tuple[dict[str, Callable[[Any], Any]], Callable[[queries.Analytics], Any]]] = {
    "timeline": (
        {"day": lambda point: point.day.isoformat(), **_FIGURES},
        lambda analytics: analytics.timeline,
    ),
    "states": ({"state": lambda pair: pair[0], **_COUNTS}, lambda analytics: analytics.states.items()),
    "funnel": (
        {"step": lambda pair: pair[0].replace("_", " "), **_COUNTS},
        lambda analytics: analytics.funnel.items(),
    ),
    "courses": (_NAMED | _FIGURES, lambda analytics: analytics.courses),
    "destinations": (_NAMED | _FIGURES, lambda analytics: analytics.destinations),
    "deployments": (
        {
            **_NAMED,
            "dispatch": lambda deployment: deployment.dispatch,
            "suspended": lambda deployment: "yes" if deployment.suspended else "no",
            **_FIGURES,
        },
        lambda analytics: analytics.deployments,
    ),
}


@page()
def of_organization(request: HttpRequest) -> HttpResponseBase:
    """How all dispatches are used, by course, destination and deployment."""
    return _figures(request, None)


@page()
def of_dispatch(request: HttpRequest, dispatch_id: str) -> HttpResponseBase:
    """How one dispatch is used, by deployment."""
    return _figures(request, dispatching.dispatch(actor_of(request).organization_id, dispatch_id))


def _figures(request: HttpRequest, dispatch: Dispatch | None) -> HttpResponseBase:
    asked = days(*(request.GET.get(name, "") for name in ("period", "from", "to")))
    table = request.GET.get("csv", "")
    analytics = queries.analytics(
        actor_of(request).organization_id,
        asked,
        dispatch.id if dispatch else None,
        most=None if table else MOST + 1,
    )
    if table in TABLES:
        columns, rows = TABLES[table]
        name = (
            f"{slug(dispatch.name) if dispatch else 'all-dispatches'}-{table}-{asked.first}-to-{asked.last}"
        )
        return as_csv(name, columns, rows(analytics))
    shown = {
        "dispatch": dispatch,
        "analytics": analytics,
        "periods": {name: f"{count} days" for name, count in PERIODS.items()},
        "completed_share": _share(analytics.funnel["completed"], analytics.funnel["registered"]),
        "bars": {"states": _states(analytics), "funnel": _funnel(analytics)},
        "tables": _tables(analytics),
        "most": MOST,
    }
    return render(request, "insights/analytics.html", shown)


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _states(analytics: queries.Analytics) -> list[tuple[str, int, float | None, str]]:
    """Each state: its word, how many stand there, their share, and the name that tells its tone."""
    whole = sum(analytics.states.values())
    return [(STATES[state], count, _share(count, whole), state) for state, count in analytics.states.items()]


def _funnel(analytics: queries.Analytics) -> list[tuple[str, int, float | None, str]]:
    """Each step: its word, how many reached it, and their share of those who were registered."""
    whole = analytics.funnel["registered"]
    return [(STEPS[step], count, _share(count, whole), "") for step, count in analytics.funnel.items()]


def _tables(analytics: queries.Analytics) -> list[dict[str, Any]]:
    """The tables by course, destination and deployment, as far as there is anything in them."""
    named = (
        ("courses", "By course", "Course", analytics.courses),
        ("destinations", "By customer", "Customer", analytics.destinations),
        ("deployments", "By LMS", "LMS", analytics.deployments),
    )
    return [
        {"table": table, "title": title, "column": column, "rows": rows}
        for table, title, column, rows in named
        if rows
    ]


urlpatterns = [
    path("admin/analytics/", of_organization, name="analytics"),
    path("admin/dispatch/<str:dispatch_id>/analytics/", of_dispatch, name="dispatch_analytics"),
]
