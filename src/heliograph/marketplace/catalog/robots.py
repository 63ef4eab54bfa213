"""What search engines ask for: all programs (sitemaps.org), and what they leave alone (RFC 9309)."""

from __future__ import annotations

from functools import lru_cache
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils.html import escape

from heliograph.core import clock
from heliograph.core.errors import NotFound
from heliograph.core.translation import gettext
from heliograph.marketplace import sites
from heliograph.marketplace.catalog.addresses import absolute
from heliograph.marketplace.errors import SiteNotFound
from heliograph.marketplace.models import CatalogEntry, Site

MOST_ADDRESSES = 50_000  # of a sitemap
MOST_KEPT, KEPT_SECONDS = 8, 3600
OPEN = ("/catalog/", "/static/", "/sitemap")
_NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"


def robots(request: HttpRequest) -> HttpResponse:
    """The catalog is open to search engines, and nothing else."""
    lines = ["User-agent: *", "Disallow: /"]
    try:
        site = sites.of_request(request)
    except SiteNotFound:
        pass
    else:
        lines += [f"Allow: {beginning}" for beginning in OPEN]
        lines += [f"Sitemap: {absolute(site, reverse('sitemap'))}"]
    return HttpResponse("\n".join([*lines, ""]), content_type="text/plain; charset=utf-8")


def sitemap(request: HttpRequest) -> HttpResponse:
    """The list of sitemaps, of which each has at most `MOST_ADDRESSES`."""
    site = sites.of_request(request)
    number = CatalogEntry.objects.filter(organization_id=site.organization_id).count()
    pages = range(1, max(1, -(-number // MOST_ADDRESSES)) + 1)
    addresses = (absolute(site, reverse("sitemap_page", args=[page])) for page in pages)
    listed = "".join(f"<sitemap><loc>{escape(address)}</loc></sitemap>" for address in addresses)
    return _xml(f'<sitemapindex xmlns="{_NAMESPACE}">{listed}</sitemapindex>')


def sitemap_page(request: HttpRequest, number: int) -> HttpResponse:
    """The addresses of programs, in the order in which they were made. Made once an hour, however often it is
    asked for.
    """
    site = sites.of_request(request)
    hour = int(clock.now().timestamp()) // KEPT_SECONDS
    listed = _addresses(site.id, min(number, MOST_ADDRESSES), hour)
    if not listed:
        raise NotFound(gettext("There is no sitemap with this number."))
    return _xml(f'<urlset xmlns="{_NAMESPACE}">{listed}</urlset>')


@lru_cache(MOST_KEPT)
def _addresses(site_id: UUID, number: int, _hour: int) -> str:
    site = Site.objects.get(id=site_id)
    rows = CatalogEntry.objects.filter(organization_id=site.organization_id).order_by("program")
    begin = (number - 1) * MOST_ADDRESSES
    some = rows.values_list("program__key", "program__published__published_at")[
        begin : begin + MOST_ADDRESSES
    ]
    catalog = absolute(site, reverse("catalog"))
    first = [f"<url><loc>{escape(catalog)}</loc></url>"] if number == 1 else []
    return "".join(
        [
            *first,
            *(
                f"<url><loc>{escape(f'{catalog}{key}/')}</loc><lastmod>{published:%Y-%m-%d}</lastmod></url>"
                for key, published in some
            ),
        ]
    )


def _xml(document: str) -> HttpResponse:
    return HttpResponse(
        f'<?xml version="1.0" encoding="UTF-8"?>\n{document}\n', content_type="application/xml; charset=utf-8"
    )


urlpatterns = [
    path("robots.txt", robots, name="robots"),
    path("sitemap.xml", sitemap, name="sitemap"),
    path("sitemap-<int:number>.xml", sitemap_page, name="sitemap_page"),
]
