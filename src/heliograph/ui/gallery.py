"""Every component of the pages in every state, on one page, for whoever changes them on their machine."""

from dataclasses import replace

from django.conf import settings
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render

from heliograph.ui.icons import NAMES
from heliograph.ui.tables import ACTIONS, Choice, Column, Listed, Table
from heliograph.ui.tabs import Tab, shown

CUSTOMERS = Table(
    "gallery",
    "customer",
    "customers",
    columns=(
        Column("name", "Customer", "name"),
        Column("status", "Status"),
        Column("learners", "Learners", "learners", number=True),
        Column(ACTIONS, "Actions"),
    ),
    filters=(
        Choice("status", "Status", {"active": "Active", "full": "Full"}, open=True),
        Choice("mode", "Package", {"hosted": "Hosted", "embedded": "Embedded"}),
    ),
    dated=True,
    searched="Customer or ID",
    csv={},
)
ROWS = (("Brandt Logistics", "active", 412), ("Ostrava Polymers", "full", 1204))
TABS = (Tab("Overview", "gallery"), Tab("Learners", "gallery"))


def gallery(request: HttpRequest) -> HttpResponseBase:
    """The page; there is none where others can reach the installation."""
    if not settings.HELIOGRAPH.local:
        raise Http404
    query = CUSTOMERS.read(request)
    content = {
        "icons": NAMES,
        "tones": ("good", "warn", "bad", "soft"),
        "tabs": shown(TABS, TABS[0]),
        "customers": Listed(CUSTOMERS, query, list(ROWS), 1204, frozenset(), request.GET, {"": 1204}, {}),
        "no_table": Listed(
            replace(CUSTOMERS, name="gallery-narrowed", filters=(), searched=""),
            replace(query, search="Meridian"),
            [],
            0,
            frozenset(),
            request.GET,
            {},
            {},
        ),
    }
    return render(request, "ui/gallery.html", content)
