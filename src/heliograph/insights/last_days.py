"""The last 30 days of an organization, as the home page and the back office show them."""

from typing import Any
from uuid import UUID

from heliograph.insights import points, queries
from heliograph.insights.filters import EVERYTHING
from heliograph.insights.periods import days


def last_days(organization_id: UUID) -> dict[str, Any]:
    """What the template ``insights/last_days.html`` shows."""
    month = days("30d")
    analytics = queries.analytics(organization_id, month, groups=())
    noted = points.annotations_of(organization_id, month, EVERYTHING)
    return {"analytics": analytics, "points": points.of_days(analytics, noted)}
