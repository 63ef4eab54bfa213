"""Filters by one of many things: a menu searches them on the server while somebody types.

The menu is ``ui/filter_menu.html``. What it asks for is a view of its part that answers with `choices`: the
things as links to the page they filter. Without the page's script the same view is a page of its own.
"""

from collections.abc import Iterable
from itertools import islice
from typing import NamedTuple

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django_htmx.http import HttpResponseClientRedirect

from heliograph.ui.lookups import Option
from heliograph.ui.tables import LONGEST_SEARCH, address

MOST = 30  # values that a menu offers at once


class Filtered(NamedTuple):
    """The page that a filter is set on: its title and address, and the filter's name and label there."""

    title: str
    address: str
    filter: str
    label: str


def sought(request: HttpRequest) -> str:
    """What somebody has typed; empty where they want to see what there is."""
    return request.GET.get("find", "").strip()[:LONGEST_SEARCH]


def choices(request: HttpRequest, page: Filtered, found: Iterable[Option]) -> HttpResponseBase:
    """The first of what was found, each as a link that sets the filter.

    Whoever sends the search itself (with Enter, or without the page's script) goes to the only one at once.
    """
    few = list(islice(found, MOST + 1))
    asked_by_script, typing = bool(request.htmx), bool(request.htmx.trigger_name)  # type: ignore[attr-defined]
    if sought(request) and len(few) == 1 and not typing:
        there = _filtered(request, page, few[0].value)
        return HttpResponseClientRedirect(there) if asked_by_script else redirect(there)
    chosen = request.GET.get(page.filter, "")
    shown = {
        "name": page.filter,
        "label": page.label,
        "address": request.path,
        "sought": sought(request),
        "page": page,
        "back": f"{page.address}{address(request.GET, find='')}",
        "options": [
            (option, _filtered(request, page, option.value), option.value == chosen) for option in few[:MOST]
        ],
        "all": _filtered(request, page, "") if chosen else "",
        "more": len(few) > MOST,
    }
    return render(request, "ui/filter_choices.html" if asked_by_script else "ui/choose.html", shown)


def _filtered(request: HttpRequest, page: Filtered, value: str) -> str:
    return f"{page.address}{address(request.GET, **{page.filter: value, 'find': ''})}"
