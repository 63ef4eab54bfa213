"""REST routes of figures: of one dispatch, and of the organization."""

from datetime import date
from typing import Any

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema

from heliograph.accounts.api_auth import SIGNED_IN
from heliograph.accounts.page_access import actor_of
from heliograph.core.permissions import Permission
from heliograph.core.scope import refuse_limited
from heliograph.core.web.schemas import problems
from heliograph.dispatch import queries as dispatching
from heliograph.insights import queries
from heliograph.insights.filters import Filters, chosen
from heliograph.insights.periods import days

MOST = 500
router = Router(tags=["Analytics"], auth=SIGNED_IN)


class RangeQuery(Schema):
    """Which days: a period up to today, or any range. All days are UTC."""

    period: str = Field("", description="`7d`, `30d` or `90d` up to today; default `30d`.")
    from_: str = Field(
        "",
        alias="from",
        description="First day (`2026-03-01`), instead of a period; default 30 days before `to`.",
    )
    to: str = Field("", description="Last day, included; default today.")


class AnalyticsQuery(RangeQuery):
    """Which days, and of which course, customer and LMS. Filters can be combined."""

    course: str = Field("", description="Only this course, by ID or key.")
    destination: str = Field("", description="Only this customer, by ID or key.")
    lms: str = Field(
        "",
        description="Only launches in the LMS with this domain; `-` for launches that named no LMS, "
        "such as direct links.",
    )


class FiguresOut(Schema):
    launches: int
    learners: int = Field(description="Unique learners.")
    completions: int
    average_score: float | None = Field(
        description="From 0 to 1, average of the latest score per learner; null without scores."
    )
    seconds: float = Field(description="Time spent.")


class OnDayOut(FiguresOut):
    day: date


class GroupOut(FiguresOut):
    id: str
    name: str


class DeploymentFiguresOut(FiguresOut):
    id: str | None = Field(description="Null for manual completions of learners without an LMS.")
    name: str
    dispatch: str
    suspended: bool


class StatesOut(Schema):
    """Where the learners who were active within the range stood on their last day of it."""

    not_attempted: int
    incomplete: int
    completed: int
    passed: int
    failed: int


class FunnelOut(Schema):
    """How far those have come by now who were registered within the range;
    each step holds those of the next.
    """

    registered: int
    launched: int
    in_progress: int
    completed: int
    passed: int


class AnalyticsOut(Schema):
    period: str = Field(description="The requested period, or `custom`.")
    from_: date = Field(alias="from")
    to: date
    summary: FiguresOut
    timeline: list[OnDayOut] = Field(description="Every day of the range, including days without activity.")
    deployments: list[DeploymentFiguresOut] = Field(description=f"Top {MOST} by launches.")
    states: StatesOut
    funnel: FunnelOut


class OrganizationAnalyticsOut(AnalyticsOut):
    courses: list[GroupOut] = Field(description=f"Top {MOST} by launches.")
    destinations: list[GroupOut] = Field(description=f"Top {MOST} by launches.")


@router.get(
    "/dispatch/{dispatch_id}/analytics",
    response={200: AnalyticsOut, **problems(404, 422)},
    by_alias=True,
    summary="Analytics of a dispatch",
)
def read_dispatch_analytics(request: HttpRequest, dispatch_id: str, query: Query[RangeQuery]) -> Any:
    """Launches, learners, completions and scores by day and LMS. Days are UTC."""
    actor = actor_of(request)
    actor.require(Permission.ANALYTICS_VIEW)
    dispatch = dispatching.dispatch(actor.organization_id, dispatch_id)
    return show(
        queries.analytics(
            actor.organization_id,
            days(query.period, query.from_, query.to),
            Filters(dispatch_id=dispatch.id),
            ("deployments",),
            most=MOST,
        )
    )


@router.get(
    "/analytics",
    response={200: OrganizationAnalyticsOut, **problems(404, 422)},
    by_alias=True,
    summary="Analytics of the organization",
)
def read_analytics(request: HttpRequest, query: Query[AnalyticsQuery]) -> Any:
    """The same for all dispatches, and by course and customer.

    `course`, `destination` and `lms` leave out what does not belong to them, in all figures: with an LMS, the
    funnel has the registrations that were first launched there. A learner who is counted in a range is
    counted once, whatever the filters.
    """
    actor = actor_of(request)
    actor.require(Permission.ANALYTICS_VIEW)
    refuse_limited()
    filters = chosen(
        actor.organization_id,
        {"course": query.course, "destination": query.destination, "lms": query.lms},
    )
    analytics = queries.analytics(
        actor.organization_id, days(query.period, query.from_, query.to), filters, most=MOST
    )
    return {
        **show(analytics),
        "courses": [_group(course) for course in analytics.courses],
        "destinations": [_group(destination) for destination in analytics.destinations],
    }


def show(analytics: queries.Analytics) -> dict[str, Any]:
    return {
        "period": analytics.days.period,
        "from": analytics.days.first,
        "to": analytics.days.last,
        "summary": _figures(analytics.summary),
        "timeline": [{"day": day.day, **_figures(day)} for day in analytics.timeline],
        "deployments": [
            {
                "id": str(deployment.id) if deployment.id else None,
                "name": deployment.name,
                "dispatch": str(deployment.dispatch_id),
                "suspended": deployment.suspended,
                **_figures(deployment),
            }
            for deployment in analytics.deployments
        ],
        "states": {state.replace(" ", "_"): count for state, count in analytics.states.items()},
        "funnel": analytics.funnel,
    }


def _figures(figures: queries.Figures) -> dict[str, Any]:
    return {
        "launches": figures.launches,
        "learners": figures.learners,
        "completions": figures.completions,
        "average_score": figures.average_score,
        "seconds": figures.centiseconds / 100,
    }


def _group(group: queries.Of) -> dict[str, Any]:
    return {"id": str(group.id), "name": group.name, **_figures(group)}
