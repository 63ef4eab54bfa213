"""Public pages of the catalog: the list of programs, each program, and the beginning of an application."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import get_language

from heliograph.accounts.page_access import actor_of
from heliograph.core.errors import Problem, TooMany
from heliograph.core.translation import gettext
from heliograph.core.web.clients import client_address, network_of
from heliograph.core.web.rate_limits import RateLimit
from heliograph.marketplace import sites
from heliograph.marketplace.applications import actions as applications
from heliograph.marketplace.applications.forms import BeginApplication
from heliograph.marketplace.catalog import queries
from heliograph.marketplace.enrollments import actions as enrollments
from heliograph.marketplace.models import ProgramVersion, Site
from heliograph.marketplace.programs.queries import offered_program

ON_A_PAGE = 24
LONGEST_SEARCH = 200
begun = RateLimit(20)  # applications a minute, from one network


def catalog(request: HttpRequest) -> HttpResponseBase:
    site = sites.of_request(request)
    search = request.GET.get("search", "")[:LONGEST_SEARCH].replace("\x00", "")
    field, delivery = request.GET.get("field", "")[:100], request.GET.get("delivery", "")[:20]
    rows = queries.programs(site.organization_id, search, field, delivery)
    shown: dict[str, Any] = {
        "page_of": Paginator(rows, ON_A_PAGE).get_page(request.GET.get("page")),
        "search": search,
        "field": field,
        "delivery": delivery,
        "fields": queries.fields(site.organization_id),
        "deliveries": ProgramVersion.Delivery.choices,
    }
    return show(request, site, "marketplace/public/catalog.html", **shown)


def program(request: HttpRequest, program_id: str) -> HttpResponseBase:
    """A program; a POST begins an application for it."""
    site = sites.of_request(request)
    found = offered_program(site.organization_id, program_id)
    form = BeginApplication()
    if request.method == "POST":
        form = BeginApplication(request.POST)
        try:
            return _begin(request, site, found, form)
        except Problem as problem:
            form.refused(problem)
    version = found.published
    assert version is not None  # noqa: S101 - it is offered
    shown = {
        "program": found,
        "version": version,
        "parts": version.parts.all(),
        "form": form,
        "applies_as_member": _is_member(request, site),
    }
    return show(request, site, "marketplace/public/program.html", status=422 if form.errors else 200, **shown)


def _begin(request: HttpRequest, site: Site, found: Any, form: BeginApplication) -> HttpResponseBase:
    """Members of the organization apply at once; everybody else is mailed a link."""
    if _is_member(request, site):
        made = enrollments.apply(actor_of(request), found, request.member)  # type: ignore[attr-defined]
        return redirect("my_program", made.id)
    values = form.values()
    if not values["website"]:
        network = network_of(client_address(request.META, settings.HELIOGRAPH.trusted_proxies))
        if not begun.take(network).allowed:
            raise TooMany(gettext("Too many applications from your network. Try again in a minute."))
        applications.begin(found, values["email"], get_language() or "en")
    return show(
        request, site, "marketplace/public/mailed.html", email=values["email"], version=found.published
    )


def _is_member(request: HttpRequest, site: Site) -> bool:
    """Whether whoever asks acts in the site's organization: without a second factor that it requires, nobody
    does.
    """
    actor = actor_of(request)
    return actor is not None and actor.organization_id == site.organization_id


def show(
    request: HttpRequest, site: Site, template: str, *, status: int = 200, **content: Any
) -> HttpResponseBase:
    """A public page of a site."""
    return render(request, template, {"site": site, **content}, status=status)


urlpatterns = [
    path("catalog/", catalog, name="catalog"),
    path("catalog/<str:program_id>/", program, name="catalog_program"),
]
