"""How pages say what a program is."""

from collections.abc import Iterable

from django import template

from heliograph.core.translation import gettext, grouped
from heliograph.marketplace.models import Claim, ProgramVersion
from heliograph.marketplace.programs.forms import APPROVALS, DELIVERIES, FUNDING, PART_KINDS

register = template.Library()


@register.filter
def price(version: ProgramVersion) -> str:
    """What a program costs, as *$1,250* or *1,250.50 EUR*."""
    if not version.price_cents:
        return gettext("Free")
    whole, cents = divmod(version.price_cents, 100)
    amount = grouped(whole) + (f".{cents:02}" if cents else "")
    return f"${amount}" if version.currency == "USD" else f"{amount} {version.currency}"


@register.filter
def funding_labels(version: ProgramVersion) -> str:
    """How a program can be paid for."""
    return ", ".join(str(FUNDING[route]) for route in version.funding if route in FUNDING)


@register.filter
def delivery_label(version: ProgramVersion) -> str:
    """How a program is held."""
    return str(DELIVERIES[version.delivery])


@register.filter
def approval_label(version: ProgramVersion) -> str:
    """How applications for a program are approved."""
    return str(APPROVALS[version.approval])


@register.filter
def part_kind(kind: str) -> str:
    """What a part of a program is."""
    return str(PART_KINDS[kind])


@register.filter
def last_claim(claims: Iterable[Claim]) -> Claim | None:
    """The newest of the claims that were loaded of a part."""
    return max(claims, key=lambda claim: claim.id, default=None)
