"""The form of a new dispatch, and what it offers to choose from."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.urls import path, reverse

from heliograph.accounts.page_access import actor_of, page
from heliograph.core.actor import Actor
from heliograph.core.permissions import Permission
from heliograph.courses import queries as courses
from heliograph.dispatch import queries
from heliograph.dispatch.forms import NewDispatch
from heliograph.dispatch.limits_of_roles import creates_customers
from heliograph.ui import lookups
from heliograph.ui.lookups import Option


def form(actor: Actor, request: HttpRequest) -> NewDispatch:
    """The form, with the course and the customer that the link to it names."""
    organization_id = actor.organization_id
    chosen: dict[str, Option] = {}
    if key := request.GET.get("new"):
        chosen["course"] = next(_options([courses.course(organization_id, key)]))
    if key := request.GET.get("new_for"):
        chosen["destination"] = next(_options([queries.destination(organization_id, key)]))
    made = NewDispatch(
        initial={name: option.value for name, option in chosen.items()},
        creates_customers=creates_customers(actor),
    )
    made.offer(
        "course",
        _options(courses.published(organization_id)[: lookups.MOST_LISTED + 1]),
        reverse("dispatch_courses"),
        chosen.get("course"),
    )
    made.offer(
        "destination",
        _options(queries.named_destinations(organization_id)[: lookups.MOST_LISTED + 1]),
        reverse("dispatch_destinations"),
        chosen.get("destination"),
    )
    return made


@page(Permission.DISPATCHES_MANAGE)
def find_courses(request: HttpRequest) -> HttpResponseBase:
    """The published courses that a combobox finds."""
    found = courses.published(actor_of(request).organization_id, request.GET.get("course", "").strip())
    return lookups.options(request, _options(found[: lookups.MOST_LISTED + 1]))


@page(Permission.DISPATCHES_MANAGE)
def find_destinations(request: HttpRequest) -> HttpResponseBase:
    """The customers that a combobox finds."""
    search = request.GET.get("destination", "").strip()
    found = queries.named_destinations(actor_of(request).organization_id, search)
    return lookups.options(request, _options(found[: lookups.MOST_LISTED + 1]))


def _options(rows: Iterable[Any]) -> Iterator[Option]:
    """Courses or destinations to choose from."""
    for row in rows:
        yield Option(str(row.id), str(row), row.key)


urlpatterns = [
    path("admin/dispatch/new/courses", find_courses, name="dispatch_courses"),
    path("admin/dispatch/new/customers", find_destinations, name="dispatch_destinations"),
]
