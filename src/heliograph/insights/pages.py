"""Pages of figures: of the organization, of one dispatch, and lists of all dispatches, courses, customers and
LMSs by their figures.

The range and the filters are in the address, and so is which table to have as CSV.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import path, reverse

from heliograph.accounts.page_access import actor_of, page
from heliograph.core.ids import slug
from heliograph.core.permissions import Permission
from heliograph.core.scope import is_limited, refuse_limited
from heliograph.core.translation import gettext, ngettext, pgettext_lazy
from heliograph.core.translation import gettext_lazy as _
from heliograph.core.web.csv_files import as_csv
from heliograph.courses import queries as courses
from heliograph.dispatch import queries as dispatching
from heliograph.dispatch.queries import UNKNOWN_LMS_LABEL, WITHOUT_DOMAIN
from heliograph.insights import points, queries, rollup
from heliograph.insights.filters import NAMES, Filters, chosen
from heliograph.insights.groups import DEPLOYMENTS, FIGURES, GROUPS, Group
from heliograph.insights.periods import PERIODS, Days, days
from heliograph.ui import filter_menus
from heliograph.ui.filter_menus import MOST, Filtered, sought
from heliograph.ui.lookups import Option
from heliograph.ui.tables import ROWS, Chip, address

if TYPE_CHECKING:
    from uuid import UUID

    from heliograph.dispatch.models import Dispatch

TOP = 10  # rows of a group on the page of all figures
BY_LEARNERS = "-learners"
STATES = {
    "not attempted": _("Not started"),
    "incomplete": _("In progress"),
    "completed": _("Completed"),
    "passed": _("Passed"),
    "failed": pgettext_lazy("learner", "Failed"),
}
STEPS = {
    "registered": _("Registered"),
    "launched": _("Launched"),
    "in_progress": _("In progress"),
    "completed": _("Completed"),
    "passed": _("Passed"),
}
_COUNTS: dict[str, Callable[[Any], Any]] = {"learners": lambda pair: pair[1]}
# What can be had as CSV beside the groups: its columns, and its rows.
TABLES: dict[str, tuple[dict[str, Callable[[Any], Any]], Callable[[queries.Analytics], Any]]] = {
    "timeline": (
        {"day": lambda point: point.day.isoformat(), **FIGURES},
        lambda analytics: analytics.timeline,
    ),
    "states": ({"status": lambda pair: pair[0], **_COUNTS}, lambda analytics: analytics.states.items()),
    "funnel": (
        {"step": lambda pair: pair[0].replace("_", " "), **_COUNTS},
        lambda analytics: analytics.funnel.items(),
    ),
}


@page(Permission.ANALYTICS_VIEW)
def of_organization(request: HttpRequest) -> HttpResponseBase:
    """How all dispatches are used, or those that the filters leave. Whoever is limited is led to the figures
    of learning, which can be limited.
    """
    if is_limited():
        return redirect("organization_analytics")
    filters = chosen(actor_of(request).organization_id, request.GET)
    return _figures(request, filters, None, list(GROUPS.values()))


@page(Permission.ANALYTICS_VIEW)
def of_dispatch(request: HttpRequest, dispatch_id: str) -> HttpResponseBase:
    """How one dispatch is used, by deployment."""
    dispatch = dispatching.dispatch(actor_of(request).organization_id, dispatch_id)
    return _figures(request, Filters(dispatch_id=dispatch.id), dispatch, [DEPLOYMENTS])


def _figures(
    request: HttpRequest, filters: Filters, dispatch: Dispatch | None, groups: list[Group]
) -> HttpResponseBase:
    organization_id = actor_of(request).organization_id
    asked = _days(request)
    csv = request.GET.get("csv", "")
    file = f"{slug(dispatch.name) if dispatch else 'all-dispatches'}-{csv}-{asked.first}-to-{asked.last}"
    if csv in {*GROUPS, DEPLOYMENTS.name}:
        rollup.roll_up_soon(organization_id, filters.dispatch_id)
        rows, _total = queries.group_rows(organization_id, asked, filters, csv, BY_LEARNERS, most=None)
        return as_csv(file, {**GROUPS, DEPLOYMENTS.name: DEPLOYMENTS}[csv].table.csv, rows)
    analytics = queries.analytics(
        organization_id,
        asked,
        filters,
        () if csv else [group.name for group in groups],
        most=TOP + 1,
        order=BY_LEARNERS,
    )
    if csv in TABLES:
        columns, rows_of = TABLES[csv]
        return as_csv(file, columns, rows_of(analytics))
    shown = {
        "dispatch": dispatch,
        "analytics": analytics,
        "completed_share": _share(analytics.funnel["completed"], analytics.funnel["registered"]),
        "bars": {"states": _states(analytics), "funnel": _funnel(analytics)},
        "tables": [_top(request, dispatch, group, analytics) for group in groups],
        "learners": _learners(dispatch, filters),
        **_range(request, asked),
        **_cards(organization_id, analytics, filters),
        **({} if dispatch else _filters(request, filters)),
    }
    return render(request, "insights/analytics.html", shown)


def _days(request: HttpRequest) -> Days:
    return days(*(request.GET.get(name, "") for name in ("period", "from", "to")))


def _range(request: HttpRequest, asked: Days) -> dict[str, Any]:
    """What the choice of a range shows."""
    return {
        "days": asked,
        "periods": {
            name: ngettext("%(count)s day", "%(count)s days", count) % {"count": count}
            for name, count in PERIODS.items()
        },
    }


def _cards(organization_id: UUID, analytics: queries.Analytics, filters: Filters) -> dict[str, Any]:
    """What the cards of the charts say, and what happened in the range."""
    noted = points.annotations_of(organization_id, analytics.days, filters)
    return {
        "noted": noted,
        "points": {
            "days": points.of_days(analytics, noted),
            "states": points.of_counts(analytics, STATES, analytics.states, analytics.states_before),
            "funnel": points.of_counts(analytics, STEPS, analytics.funnel, analytics.funnel_before),
        },
    }


def _filters(request: HttpRequest, filters: Filters) -> dict[str, Any]:
    """The filters that can be set, and those that are."""
    given = request.GET
    return {
        "menus": [(name, label, reverse(f"analytics_choices_{name}")) for name, label in NAMES.items()],
        "chips": [
            Chip(NAMES[name], label, address(given, **{name: ""})) for name, label in filters.labels.items()
        ],
        "unfiltered": address(given, **dict.fromkeys(NAMES, "")),
    }


def _learners(dispatch: Dispatch | None, filters: Filters) -> str:
    """The address of the registrations that the filters leave."""
    of = {
        "dispatch": dispatch.id if dispatch else None,
        "course": filters.course_id,
        "destination": filters.destination_id,
        "lms": None if filters.domain is None else filters.domain or WITHOUT_DOMAIN,
    }
    asked = urlencode({name: value for name, value in of.items() if value})
    return reverse("registrations") + (f"?{asked}" if asked else "")


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


def _top(
    request: HttpRequest, dispatch: Dispatch | None, group: Group, analytics: queries.Analytics
) -> dict[str, Any]:
    """The rows of a group with the most learners, and where all of them are, if there are more."""
    rows = analytics.groups[group.name]
    all_rows = (
        reverse("dispatch_analytics_lms", args=[dispatch.id])
        if dispatch
        else reverse(f"analytics_{group.name}")
    )
    return {
        "group": group,
        "rows": [(row, group.label(row), group.address(row)) for row in rows[:TOP]],
        "all": all_rows + address(request.GET) if len(rows) > TOP else "",
    }


@page(Permission.ANALYTICS_VIEW)
def all_of_group(request: HttpRequest, group: str) -> HttpResponseBase:
    """All dispatches, courses, customers or LMSs by their figures."""
    refuse_limited()
    return _list(request, GROUPS[group], chosen(actor_of(request).organization_id, request.GET), None)


@page(Permission.ANALYTICS_VIEW)
def all_of_dispatch(request: HttpRequest, dispatch_id: str) -> HttpResponseBase:
    """All deployments of a dispatch by their figures."""
    dispatch = dispatching.dispatch(actor_of(request).organization_id, dispatch_id)
    return _list(request, DEPLOYMENTS, Filters(dispatch_id=dispatch.id), dispatch)


def _list(
    request: HttpRequest, group: Group, filters: Filters, dispatch: Dispatch | None
) -> HttpResponseBase:
    organization_id = actor_of(request).organization_id
    asked, query = _days(request), group.table.read(request)
    rollup.roll_up_soon(organization_id, filters.dispatch_id)

    def rows_of(page: int, most: int | None) -> tuple[list[queries.Of], int]:
        return queries.group_rows(
            organization_id,
            asked,
            filters,
            group.name,
            query.order or BY_LEARNERS,
            search=query.search,
            skip=(page - 1) * ROWS,
            most=most,
        )

    if query.csv:
        return as_csv(
            f"{group.table.name}-{asked.first}-to-{asked.last}", group.table.csv, rows_of(1, None)[0]
        )
    rows, total = rows_of(query.page, ROWS)
    if not rows and query.page > 1:
        query = replace(query, page=1)
        rows, total = rows_of(1, ROWS)
    names = {query.filters[name]: label for name, label in filters.labels.items()}
    table = group.table.page_of(request, query, rows, total, names)
    shown = {
        "group": group,
        "dispatch": dispatch,
        "table": table,
        "rows": [(row, group.label(row), group.address(row)) for row in rows],
        "back": reverse("dispatch_analytics", args=[dispatch.id]) if dispatch else reverse("analytics"),
        **_range(request, asked),
    }
    return render(request, "insights/group.html", shown)


@page(Permission.ANALYTICS_VIEW)
def choices(request: HttpRequest, name: str) -> HttpResponseBase:
    """The values of a filter, to be chosen."""
    refuse_limited()
    values = _VALUES[name](actor_of(request).organization_id, sought(request))
    filtered = Filtered(gettext("Analytics"), reverse("analytics"), name, NAMES[name])
    return filter_menus.choices(request, filtered, (Option(*pair) for pair in values.items()))


def _courses(organization_id: UUID, text: str) -> dict[str, str]:
    found = courses.courses(organization_id, text).order_by("title", "id")[: MOST + 1]
    return {str(course.id): course.title for course in found}


def _customers(organization_id: UUID, text: str) -> dict[str, str]:
    found = dispatching.named_destinations(organization_id, text)[: MOST + 1]
    return {str(destination.id): destination.name for destination in found}


def _lmss(organization_id: UUID, text: str) -> dict[str, str]:
    found = dispatching.domains(organization_id, text)[: MOST + 1]
    return {domain or WITHOUT_DOMAIN: domain or UNKNOWN_LMS_LABEL for domain in found}


# The first values of each filter that a search finds, by what they are in the address: their names.
_VALUES: Mapping[str, Callable[[UUID, str], dict[str, str]]] = {
    "course": _courses,
    "destination": _customers,
    "lms": _lmss,
}


urlpatterns = [
    path("admin/analytics/", of_organization, name="analytics"),
    *(
        path(f"admin/analytics/filters/{name}/", choices, {"name": name}, name=f"analytics_choices_{name}")
        for name in NAMES
    ),
    *(
        path(f"admin/analytics/{group}/", all_of_group, {"group": group}, name=f"analytics_{group}")
        for group in GROUPS
    ),
    path("admin/dispatch/<str:dispatch_id>/analytics/", of_dispatch, name="dispatch_analytics"),
    path("admin/dispatch/<str:dispatch_id>/analytics/lms/", all_of_dispatch, name="dispatch_analytics_lms"),
]
