"""Public pages of the catalog: the list of programs, each program, and the beginning of an application."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.http import urlencode
from django.utils.translation import get_language

from heliograph.accounts.page_access import actor_of
from heliograph.core.errors import Problem, TooMany
from heliograph.core.translation import gettext
from heliograph.core.web.clients import client_address, network_of
from heliograph.core.web.rate_limits import RateLimit
from heliograph.marketplace import sites
from heliograph.marketplace.applications import actions as applications
from heliograph.marketplace.applications.forms import BeginApplication
from heliograph.marketplace.catalog import labels, linked_data, queries
from heliograph.marketplace.catalog.addresses import absolute
from heliograph.marketplace.enrollments import actions as enrollments
from heliograph.marketplace.listing.facets import FACETS
from heliograph.marketplace.listing.search import (
    LONGEST_TEXT,
    MOST_CHOSEN,
    RELEVANCE,
    Found,
    Search,
    search,
)
from heliograph.marketplace.models import Site
from heliograph.marketplace.programs.queries import offered_program

MOST_COMPARED = 4
LONGEST_KEY = 100
begun = RateLimit(20)  # applications a minute, from one network


def catalog(request: HttpRequest) -> HttpResponseBase:
    """The programs that were asked for. The form sends all its fields: those that say nothing are dropped
    from the address.
    """
    site = sites.of_request(request)
    if any(not value for name in request.GET for value in request.GET.getlist(name)):
        return redirect(_address(request.GET.lists()))
    wanted = _wanted(request)
    found = search(site.organization_id, wanted)
    shown: dict[str, Any] = {
        "wanted": wanted,
        "found": found,
        "programs": queries.programs(site.organization_id, found.program_ids),
        "how_many": labels.how_many(found.total, found.more),
        "facets": _facets(wanted, found),
        "orders": labels.ORDERS if wanted.text else _without(labels.ORDERS, RELEVANCE),
        "canonical": absolute(site, reverse("catalog")),
        "is_filtered": bool(wanted.text or wanted.values or wanted.page > 1),
        **_neighbors(request, found),
    }
    return show(request, site, "marketplace/public/catalog.html", **shown)


def compare(request: HttpRequest) -> HttpResponseBase:
    """Up to `MOST_COMPARED` programs, side by side."""
    site = sites.of_request(request)
    keys = [key for key in request.GET.getlist("program") if len(key) <= LONGEST_KEY]
    compared = queries.by_keys(site.organization_id, list(dict.fromkeys(keys))[:MOST_COMPARED])
    return show(request, site, "marketplace/public/compare.html", programs=compared, most=MOST_COMPARED)


def _wanted(request: HttpRequest) -> Search:
    values = {name: request.GET.getlist(name) for name in FACETS if name in request.GET}
    page = request.GET.get("page", "")
    return Search(
        request.GET.get("q", "")[:LONGEST_TEXT],
        values,
        request.GET.get("order", RELEVANCE),
        int(page) if page.isdecimal() and page.isascii() and len(page) < 6 else 1,
    )


def _facets(wanted: Search, found: Found) -> list[dict[str, Any]]:
    """The filters, without those that have nothing to choose."""
    facets = [
        {
            "name": name,
            "label": title,
            "choices": labels.choices(name, found.counts[name], list(wanted.values.get(name, ()))),
            "is_open": name in wanted.values,
        }
        for name, title in labels.FACETS.items()
    ]
    return [facet for facet in facets if facet["choices"]]


def _neighbors(request: HttpRequest, found: Found) -> dict[str, str]:
    """The addresses of the page before and the page after."""
    pages = {"previous": found.page - 1, "next": found.page + 1}
    return {
        name: _address([*_without(dict(request.GET.lists()), "page").items(), ("page", [str(page)])])
        for name, page in pages.items()
        if 1 <= page <= found.pages
    }


def _address(parameters: Iterable[tuple[str, list[str]]]) -> str:
    """The address of the catalog with what is known of these parameters, and not empty."""
    known = ("q", *FACETS, "order", "page")
    listed = dict(parameters)
    said = [
        (name, value[:LONGEST_TEXT])
        for name in known
        for value in listed.get(name, ())[:MOST_CHOSEN]
        if value
    ]
    return f"{reverse('catalog')}?{urlencode(said)}" if said else reverse("catalog")


def _without(items: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in items.items() if key != name}


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
        "outcomes": queries.outcomes(found, site.fewest_students),
        "canonical": absolute(site, reverse("catalog_program", args=[found.key])),
        "picture": absolute(site, reverse("catalog_picture", args=[found.key])),
        "linked_data": linked_data.of_program(site, found),
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
    path("catalog/compare/", compare, name="catalog_compare"),
    path("catalog/<str:program_id>/", program, name="catalog_program"),
]
