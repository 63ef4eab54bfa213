"""The list of all licenses of an organization: whose they are, how full, and when they end."""

from datetime import datetime, timedelta
from operator import attrgetter
from uuid import UUID

from django.db.models import DateTimeField, ExpressionWrapper, F, Q, QuerySet, Value
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import path

from heliograph.accounts.page_access import actor_of, page
from heliograph.core import clock
from heliograph.core.permissions import Permission
from heliograph.core.scope import limited
from heliograph.core.translation import format_lazy, gettext_lazy
from heliograph.dispatch.licenses import rules, usage
from heliograph.dispatch.models import License
from heliograph.ui.tables import ChoiceFilter, Column, Table

ENDS_SOON = timedelta(days=30)
NEARLY_FULL = 90  # per cent of one of the limits

LICENSES = Table(
    "licenses",
    gettext_lazy("license"),
    gettext_lazy("licenses"),
    columns=(
        Column("name", gettext_lazy("License"), "name"),
        Column("owner", gettext_lazy("For"), "owner_name"),
        Column("state", gettext_lazy("Status")),
        Column("usage", gettext_lazy("Usage")),
        Column("starts", gettext_lazy("Start date"), "starts_at"),
        Column("ends", gettext_lazy("End date"), "expires_at"),
        Column("created", gettext_lazy("Created"), "id", hidden=True),
    ),
    filters=(
        ChoiceFilter(
            "state",
            gettext_lazy("Status"),
            {
                "current": gettext_lazy("Current"),
                "scheduled": gettext_lazy("Scheduled"),
                "ended": gettext_lazy("Ended"),
            },
            open=True,
        ),
        ChoiceFilter(
            "attention",
            gettext_lazy("Attention"),
            {
                "ending": gettext_lazy("Ends within 30 days"),
                "full": format_lazy(gettext_lazy("{share}% used or more"), share=NEARLY_FULL),
            },
        ),
        ChoiceFilter(
            "of",
            gettext_lazy("Kind"),
            {"dispatch": gettext_lazy("Of one dispatch"), "destination": gettext_lazy("Of a customer")},
        ),
    ),
    dated=True,
    searched=gettext_lazy("License, dispatch or customer"),
    csv={
        "name": lambda license: license.name,
        "dispatch": lambda license: license.dispatch.name if license.dispatch else "",
        "customer": lambda license: (license.destination or license.dispatch.destination).name,
        "status": usage.state_of,
        "start date": lambda license: license.starts_at.isoformat() if license.starts_at else "",
        "end date": lambda license: license.expires_at.isoformat() if license.expires_at else "",
        **{f"{count} used": attrgetter(f"{count}_used") for count in rules.COUNTS},
        **{f"{count} limit": attrgetter(limit) for count, limit in rules.LIMITS.items()},
    },
)


@page(Permission.DISPATCHES_VIEW)
def licenses(request: HttpRequest) -> HttpResponseBase:
    query = LICENSES.read(request)
    rows = found(actor_of(request).organization_id, query.search, query.filters)
    if query.csv:
        return LICENSES.file(query, rows)
    return render(request, "dispatch/license_list.html", {"table": LICENSES.page(request, query, rows)})


def found(organization_id: UUID, search: str, filters: dict[str, str]) -> QuerySet[License]:
    """The organization's licenses that a search and the table's filters leave, newest first."""
    licenses: QuerySet[License] = (
        limited(License.objects.filter(organization_id=organization_id))
        .select_related("dispatch__destination", "destination")
        .annotate(owner_name=Coalesce("dispatch__name", "destination__name"))
        .order_by("-id")
    )
    if search:
        licenses = licenses.filter(Q(name__icontains=search) | Q(owner_name__icontains=search))
    if filters["of"]:
        licenses = licenses.exclude(**{filters["of"]: None})
    if filters["state"]:
        licenses = _in_state(licenses, filters["state"])
    if filters["attention"]:
        now = clock.now()
        going_on = _in_state(licenses, "current")
        licenses = (
            going_on.filter(expires_at__gt=now, expires_at__lte=now + ENDS_SOON)
            if filters["attention"] == "ending"
            else going_on.filter(_nearly_full())
        )
    return licenses


def _in_state(licenses: QuerySet[License], state: str) -> QuerySet[License]:
    """Those that are ``current``, ``scheduled`` or ``ended``, as `usage.state_of` says of each."""
    now = clock.now()
    over = ExpressionWrapper(
        F("expires_at") + F("grace_days") * Value(timedelta(days=1)), output_field=DateTimeField()
    )
    dated = licenses.alias(over=over)
    if state == "ended":
        return dated.filter(Q(ended_at__isnull=False) | Q(over__lte=now))
    going_on = Q(ended_at=None) & (Q(expires_at=None) | Q(over__gt=now))
    return dated.filter(going_on, _begins(state, now))


def _begins(state: str, now: datetime) -> Q:
    return Q(starts_at__gt=now) if state == "scheduled" else Q(starts_at=None) | Q(starts_at__lte=now)


def _nearly_full() -> Q:
    full = Q()
    for count in rules.COUNTS:
        full |= Q(**{f"{count}_used__gte": F(rules.LIMITS[count]) * NEARLY_FULL / 100})
    return full


urlpatterns = [path("admin/licenses/", licenses, name="licenses")]
