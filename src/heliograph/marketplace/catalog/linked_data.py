"""A program as search engines read it: JSON-LD in the vocabulary of schema.org."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe

from heliograph.marketplace.catalog.addresses import absolute

if TYPE_CHECKING:
    from heliograph.marketplace.models import Program, ProgramCohort, ProgramVersion, Site

MODES: Final = {"online": "Online", "in_person": "Onsite", "hybrid": "Blended"}  # schema.org/courseMode
MOST_STARTS = 20
# JSON may not end the element that it stands in (HTML, section 4.12.1.3).
_ESCAPES = {ord("<"): "\\u003c", ord(">"): "\\u003e", ord("&"): "\\u0026"}


def of_program(site: Site, program: Program) -> SafeString:
    """A `Course` and `EducationalOccupationalProgram` as JSON that may stand in a ``script``."""
    version = program.published
    assert version is not None  # noqa: S101 - it is offered
    document = {
        "@context": "https://schema.org",
        "@type": ["Course", "EducationalOccupationalProgram"],
        "@id": absolute(site, reverse("catalog_program", args=[program.key])),
        "url": absolute(site, reverse("catalog_program", args=[program.key])),
        "name": version.title,
        "description": version.summary or version.description[:300],
        "inLanguage": version.language,
        "provider": _provider(site, program),
        "offers": _offer(version),
        "educationalCredentialAwarded": {
            "@type": "EducationalOccupationalCredential",
            "name": version.credential,
        },
        "programPrerequisites": version.requirements[:1000],
        "occupationalCategory": version.field,
        "timeToComplete": f"P{version.weeks}W" if version.weeks else "",
        "hasCourseInstance": [_instance(version, start) for start in program.starts[:MOST_STARTS]],  # type: ignore[attr-defined]
    }
    said = {name: value for name, value in document.items() if value}
    return mark_safe(json.dumps(said, ensure_ascii=False).translate(_ESCAPES))  # noqa: S308 - escaped


def _provider(site: Site, program: Program) -> dict[str, Any]:
    holder = program.holder
    provider = {"@type": "Organization", "name": holder.name if holder else site.organization.name}
    if holder and holder.website:
        provider["url"] = holder.website
    return provider


def _offer(version: ProgramVersion) -> dict[str, Any]:
    return {
        "@type": "Offer",
        "price": f"{version.price_cents / 100:.2f}",
        "priceCurrency": version.currency,
        "category": "Paid" if version.price_cents else "Free",
    }


def _instance(version: ProgramVersion, start: ProgramCohort) -> dict[str, Any]:
    instance: dict[str, Any] = {
        "@type": "CourseInstance",
        "name": start.name,
        "courseMode": MODES[version.delivery],
        "startDate": start.starts_on.isoformat(),
    }
    if start.ends_on:
        instance["endDate"] = start.ends_on.isoformat()
    if version.place:
        instance["location"] = {"@type": "Place", "name": version.place}
    return instance
