"""How pages name the facets of the catalog and their values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from django.utils import formats
from django.utils.translation import get_language_info

from heliograph.core.translation import gettext, gettext_lazy, grouped
from heliograph.marketplace.listing.facets import CENTS, WEEKS
from heliograph.marketplace.listing.search import MOST_COUNTED
from heliograph.marketplace.programs.forms import DELIVERIES, FUNDING

FACETS = {
    "field": gettext_lazy("Field of work"),
    "credential": gettext_lazy("Credential"),
    "length": gettext_lazy("Length"),
    "cost": gettext_lazy("Price"),
    "funding": gettext_lazy("Funding"),
    "delivery": gettext_lazy("Delivery"),
    "language": gettext_lazy("Language"),
    "place": gettext_lazy("Place"),
    "start": gettext_lazy("Next start"),
}
ORDERS = {
    "relevance": gettext_lazy("Best match"),
    "title": gettext_lazy("Title"),
    "price": gettext_lazy("Lowest price"),
    "-price": gettext_lazy("Highest price"),
    "start": gettext_lazy("Next start"),
}
MORE = "more"
ORDERED = {
    "length": [*map(str, WEEKS), MORE],
    "cost": ["free", *map(str, CENTS), MORE],
}


@dataclass(frozen=True)
class Choice:
    """A value of a facet that can be chosen; ``programs`` says how many have it, "" where that was not
    counted.
    """

    value: str
    label: str
    programs: str
    is_chosen: bool


def choices(facet: str, counts: Mapping[str, int | None], chosen: list[str]) -> list[Choice]:
    """The values of a facet as its filter lists them: ranges and months in their order."""
    values = list(counts)
    if facet in ORDERED:
        values = [value for value in ORDERED[facet] if value in counts]
    elif facet == "start":
        values.sort()
    return [Choice(value, label(facet, value), _number(counts[value]), value in chosen) for value in values]


def label(facet: str, value: str) -> str:
    """A value as people read it."""
    if facet in ("delivery", "funding"):
        return str((DELIVERIES if facet == "delivery" else FUNDING).get(value, value))
    if facet == "language":
        return _language(value)
    if facet == "start":
        return _month(value)
    if facet == "length":
        return _weeks(value)
    if facet == "cost":
        return _cost(value)
    return value


def _number(programs: int | None) -> str:
    return "" if programs is None else grouped(programs)


def _language(code: str) -> str:
    try:
        return str(get_language_info(code)["name_translated"])
    except KeyError:
        return code


def _month(value: str) -> str:
    try:
        return formats.date_format(date.fromisoformat(f"{value}-01"), "F Y")
    except ValueError:
        return value


def _weeks(value: str) -> str:
    if value == MORE:
        return gettext("More than %(weeks)s weeks") % {"weeks": WEEKS[-1]}
    return gettext("Up to %(weeks)s weeks") % {"weeks": value}


def _cost(value: str) -> str:
    if value == "free":
        return gettext("Free")
    if value == MORE:
        return gettext("More than %(amount)s") % {"amount": grouped(CENTS[-1] // 100)}
    return gettext("Up to %(amount)s") % {
        "amount": grouped(int(value) // 100) if value.isdecimal() else value
    }


def how_many(total: int, more: bool) -> str:
    """How many programs were found, said as it is known."""
    if more:
        return gettext("More than %(number)s programs") % {"number": grouped(MOST_COUNTED)}
    if total == 1:
        return gettext("1 program")
    return gettext("%(number)s programs") % {"number": grouped(total)}
