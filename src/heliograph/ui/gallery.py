"""Every component of the pages in every state, on one page, for whoever changes them on their machine."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from django import forms
from django.conf import settings
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render

from heliograph.ui.confirmation import NameTyped
from heliograph.ui.forms import Choice, Day, Form, Tick, WholeNumber, text
from heliograph.ui.icons import NAMES
from heliograph.ui.lookups import Option, options
from heliograph.ui.tables import ACTIONS, ChoiceFilter, Column, NumberedPage, Query, Table
from heliograph.ui.tabs import Tab, Tabs

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
        ChoiceFilter("status", "Status", {"active": "Active", "full": "Full"}, open=True),
        ChoiceFilter("mode", "Package", {"hosted": "Hosted", "embedded": "Embedded"}),
    ),
    dated=True,
    searched="Customer or ID",
    csv={},
)
ROWS = (("Brandt Logistics", "active", 412), ("Ostrava Polymers", "full", 1204))
TABS = (Tab("Overview", "gallery"), Tab("Learners", "gallery"))


class Example(Form):
    """Every kind of field."""

    PAIRS = (("limit", "expires_at"),)

    name = text("Customer name", help_text="Shown in the list of customers.")
    limit = WholeNumber("Learner limit", refusal="Enter a whole number, or leave blank for unlimited.")
    expires_at = Day("End date", last=True)
    notes = text("Notes", lines=2, required=False)
    kind = Choice("Package type", [("hosted", "Hosted"), ("embedded", "Embedded")], required=False)
    terms = forms.MultipleChoiceField(
        label="Terms",
        choices=[("yearly", "Yearly"), ("monthly", "Monthly")],
        widget=forms.CheckboxSelectMultiple,
    )
    tracking = Tick("Store learner names and emails", help_text="Off: reports show IDs only.")


def find(request: HttpRequest) -> HttpResponseBase:
    """What the combobox of the gallery finds."""
    if not settings.HELIOGRAPH.local:
        raise Http404
    search = request.GET.get("customer", "").lower()
    return options(request, [Option(name, name) for name, *_ in ROWS if search in name.lower()])


def gallery(request: HttpRequest) -> HttpResponseBase:
    """The page; there is none where others can reach the installation."""
    if not settings.HELIOGRAPH.local:
        raise Http404
    query = CUSTOMERS.read(request)
    content = {
        "icons": NAMES,
        "tones": ("good", "warn", "bad", "soft"),
        "form": Example({"name": "Brandt Logistics", "limit": "a few", "terms": ["yearly"]}),
        "question": {
            "title": "Delete “Brandt, fire safety”?",
            "consequences": ["Packages that were downloaded (3×) stop at their next launch."],
            "form": NameTyped(name="Brandt, fire safety"),
        },
        "undo": {"address": "/ui/", "fields": [("enabled", "1")]},
        "tour": [
            {"title": "Course", "text": "Open one, and preview it.", "address": "#tour"},
            {"title": "Dispatch", "text": "Give one customer a course.", "address": "#tour"},
        ],
        "steps": [
            {"label": "Upload", "state": "done"},
            {"label": "Check", "state": "current"},
            {"label": "Publish", "state": "waiting"},
        ],
        "failed_steps": [{"label": "Upload", "state": "done"}, {"label": "Check", "state": "failed"}],
        "at": datetime(2026, 3, 4, 9, 30, tzinfo=UTC),
        "tabs": Tabs(*TABS).shown(TABS[0]),
        "customers": _listed(request, CUSTOMERS, query, list(ROWS), 1204),
        "no_table": _listed(
            request,
            replace(CUSTOMERS, name="gallery-narrowed", filters=(), searched=""),
            replace(query, search="Meridian"),
            [],
            0,
        ),
    }
    return render(request, "ui/gallery.html", content)


def _listed(request: HttpRequest, table: Table, query: Query, rows: list[Any], total: int) -> NumberedPage:
    return NumberedPage(table, query, rows, frozenset(), request.GET, {}, {"": total}, total=total)
