"""The REST route of the record store's figures."""

from datetime import date
from typing import Any

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema

from heliograph.accounts.api_auth import SIGNED_IN
from heliograph.accounts.page_access import actor_of
from heliograph.core.permissions import Permission
from heliograph.core.web.schemas import problems
from heliograph.insights.api import RangeQuery
from heliograph.insights.periods import days
from heliograph.lrs.people.actions import person_in
from heliograph.lrs.statements import summary

router = Router(tags=["Learning records"], auth=SIGNED_IN)


class SummaryQuery(RangeQuery):
    """Which days, and of whom and what."""

    agent: str = Field("", description="Only statements of this person, an xAPI agent as JSON.")
    course: str = Field("", description="Only statements of this course, by activity ID.")
    verb: str = Field("", description="Only statements with this verb, by ID.")
    limit: int = Field(50, ge=1, le=500, description="Maximum number of people, courses and verbs.")


class OnDayCount(Schema):
    day: date
    statements: int


class UserCount(Schema):
    agent: dict[str, Any]
    name: str
    statements: int


class NamedCount(Schema):
    id: str
    name: str
    statements: int


class SummaryOut(Schema):
    period: str
    from_: date = Field(alias="from")
    to: date
    statements: int = Field(description="Total, updated within a minute; without voided statements.")
    by_day: list[OnDayCount] = Field(
        description="By the day of the statement's timestamp (UTC); days without statements are omitted."
    )
    by_user: list[UserCount]
    by_course: list[NamedCount] = Field(
        description="By the grouping activity of a statement, else its parent, else its object."
    )
    by_verb: list[NamedCount]


@router.get(
    "/xapi-summary",
    response={200: SummaryOut, **problems(422)},
    by_alias=True,
    summary="Statements by user, course, verb and day",
)
def read_statement_summary(request: HttpRequest, query: Query[SummaryQuery]) -> Any:
    """Counted by the day of each statement's timestamp.

    What was stored within the last minute may be missing.
    """
    actor = actor_of(request)
    actor.require(Permission.RECORDS_VIEW)
    asked_for = days(query.period, query.from_, query.to)
    agent = person_in(query.agent) if query.agent else None
    asked = summary.SummaryFilters(asked_for.first, asked_for.last, agent, query.course, query.verb)
    counted = summary.summary(actor.organization_id, asked, query.limit)
    return {"period": asked_for.period, "from": asked_for.first, "to": asked_for.last, **counted}
