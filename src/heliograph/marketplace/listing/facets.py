"""What the catalog is filtered by, and which values a program has of each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from heliograph.marketplace.models import Holder, ProgramCohort, ProgramVersion

FACETS: Final = (
    "field",
    "credential",
    "length",
    "cost",
    "funding",
    "delivery",
    "language",
    "place",
    "start",
)
WEEKS: Final = (4, 12, 26, 52)  # the longest of each range; above is “more”
CENTS: Final = (50_000, 200_000, 500_000)
MOST_STARTS: Final = 24


def values(version: ProgramVersion, starts: Iterable[ProgramCohort]) -> list[str]:
    """The values of a version, as *facet:value*; ``starts`` are those to come."""
    return sorted(set(_values(version, starts)))


def _values(version: ProgramVersion, starts: Iterable[ProgramCohort]) -> Iterator[str]:
    for name in ("field", "credential", "delivery", "language", "place"):
        said = getattr(version, name)
        if said:
            yield f"{name}:{said}"
    if version.weeks:
        yield f"length:{_range(version.weeks, WEEKS)}"
    yield f"cost:{_range(version.price_cents, CENTS) if version.price_cents else 'free'}"
    for route in version.funding:
        yield f"funding:{route}"
    for cohort in list(starts)[:MOST_STARTS]:
        yield f"start:{month(cohort.starts_on)}"


def month(day: date) -> str:
    """The month of a day, as *2026-12*."""
    return f"{day:%Y-%m}"


def text_of(version: ProgramVersion, holder: Holder | None, parts: Iterable[str]) -> str:
    """What is searched beside the title."""
    named = (version.summary, version.field, version.credential, version.place, holder.name if holder else "")
    return " ".join((*named, *parts, version.description))


def _range(number: int, ends: tuple[int, ...]) -> str:
    return next((str(end) for end in ends if number <= end), "more")
