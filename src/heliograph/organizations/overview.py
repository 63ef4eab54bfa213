"""The organization at a glance: what it has, what needs attention today, and its last 30 days."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.urls import path

from heliograph.accounts import queries
from heliograph.accounts.page_access import actor_of, page
from heliograph.core.permissions import Permission
from heliograph.courses import queries as courses
from heliograph.dispatch import queries as dispatch
from heliograph.insights.last_days import last_days
from heliograph.insights.learning import queries as learning
from heliograph.insights.periods import Days
from heliograph.lrs.statements import summary
from heliograph.organizations import frame
from heliograph.ui import home


@page(Permission.ORGANIZATION_VIEW)
def overview(request: HttpRequest) -> HttpResponseBase:
    organization_id = actor_of(request).organization_id
    recent = last_days(organization_id)
    return frame.show(
        request,
        "organizations/overview.html",
        frame.OVERVIEW,
        organization=queries.organization(organization_id),
        address=settings.HELIOGRAPH.url,
        attention=list(home.attention(organization_id, actor_of(request).role)),
        **recent,
        **facts(organization_id, recent["analytics"].days),
    )


def facts(organization_id: UUID, days: Days) -> dict[str, Any]:
    """How much the organization has, and the statements of the ``days``."""
    return {
        "users": queries.member_counts(organization_id),
        "courses": courses.courses(organization_id).count(),
        "stored": courses.stored_bytes(organization_id),
        "dispatches": dispatch.dispatches(organization_id).count(),
        "registrations": learning.registered(organization_id),
        "statements": summary.total(organization_id, summary.SummaryFilters(days.first, days.last)),
    }


urlpatterns = [path("admin/org/", overview, name="organization")]
