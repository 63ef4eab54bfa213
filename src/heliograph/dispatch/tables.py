"""The lists of dispatches and of customers: their columns, filters and CSV."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from heliograph.core.translation import gettext_lazy
from heliograph.courses import queries as courses
from heliograph.dispatch import queries, states
from heliograph.dispatch.licenses import usage
from heliograph.dispatch.models import Dispatch
from heliograph.ui.tables import ACTIONS, ChoiceFilter, Column, RelatedFilter, Table

DISPATCHES = Table(
    "dispatches",
    gettext_lazy("dispatch"),
    gettext_lazy("dispatches"),
    columns=(
        Column("course", gettext_lazy("Course"), "course__title"),
        Column("customer", gettext_lazy("Customer"), "destination__name"),
        Column("name", gettext_lazy("Name"), "name", hidden=True),
        Column("state", gettext_lazy("Status")),
        Column("usage", gettext_lazy("Usage"), "registrations_used"),
        Column("ends", gettext_lazy("End date"), "expires_at"),
        Column("launches", gettext_lazy("Launches"), "launch_count", number=True, hidden=True),
        Column("downloads", gettext_lazy("Downloads"), "download_count", number=True, hidden=True),
        Column("created", gettext_lazy("Created"), "id", hidden=True),
        Column(ACTIONS, gettext_lazy("Actions")),
    ),
    filters=(
        ChoiceFilter("state", gettext_lazy("Status"), states.LABELS, open=True),
        ChoiceFilter(
            "mode",
            gettext_lazy("Package"),
            {"hosted": gettext_lazy("Hosted"), "embedded": gettext_lazy("Embedded")},
        ),
        RelatedFilter("course", gettext_lazy("Course")),
        RelatedFilter("destination", gettext_lazy("Customer")),
    ),
    dated=True,
    searched=gettext_lazy("Course, customer, ID or tag"),
    load=usage.load,
    csv={
        "key": lambda dispatch: dispatch.key,
        "name": lambda dispatch: dispatch.name,
        "course": lambda dispatch: dispatch.course.title,
        "customer": lambda dispatch: dispatch.destination.name,
        "status": states.state_of,
        "registrations": lambda dispatch: dispatch.registrations_used,
        "limit": lambda dispatch: dispatch.registration_limit,
        "license": lambda dispatch: license.name if (license := usage.active(dispatch)) else "",
        "used": lambda dispatch: "; ".join(
            f"{use.used} of {use.limit} {use.what}" for use in usage.uses(dispatch)
        ),
        "end date": lambda dispatch: moment.isoformat() if (moment := usage.ends_at(dispatch)) else "",
        "downloads": lambda dispatch: dispatch.download_count,
    },
)

OF_CUSTOMER = replace(
    DISPATCHES,
    name="customers-dispatches",
    columns=tuple(
        replace(column, hidden=column.hidden or column.name == "customer") for column in DISPATCHES.columns
    ),
    filters=DISPATCHES.filters[:2],
    searched=gettext_lazy("Course, ID or tag"),
)

OF_COURSE = replace(
    OF_CUSTOMER,
    name="courses-dispatches",
    columns=tuple(
        replace(column, hidden=column.name != "name" and (column.hidden or column.name == "course"))
        for column in DISPATCHES.columns
    ),
    searched=gettext_lazy("Customer, ID or tag"),
)

DESTINATIONS = Table(
    "destinations",
    gettext_lazy("customer"),
    gettext_lazy("customers"),
    columns=(
        Column("name", gettext_lazy("Customer"), "name"),
        Column("key", gettext_lazy("ID"), "key"),
        Column("dispatches", gettext_lazy("Dispatches"), "dispatch_count", number=True),
        Column("created", gettext_lazy("Created"), "id"),
    ),
    dated=True,
    searched=gettext_lazy("Customer or ID"),
    csv={
        "key": lambda destination: destination.key,
        "name": lambda destination: destination.name,
        "dispatches": lambda destination: destination.dispatch_count,
        "notes": lambda destination: destination.notes,
    },
)


def of_things(
    organization_id: UUID, dispatches: QuerySet[Dispatch], filters: Mapping[str, str]
) -> tuple[QuerySet[Dispatch], dict[str, str]]:
    """The dispatches of the course, customer and kind of package that the filters name, and what course and
    customer are called.

    Raises `NotFound` for one that is not the organization's.
    """
    names: dict[str, str] = {}
    only: dict[str, Any] = {"mode": filters["mode"]} if filters["mode"] else {}
    if filters["course"]:
        course = courses.course(organization_id, filters["course"])
        only["course_id"], names[filters["course"]] = course.id, course.title
    if filters["destination"]:
        destination = queries.destination(organization_id, filters["destination"])
        only["destination_id"], names[filters["destination"]] = destination.id, destination.name
    return dispatches.filter(**only), names
