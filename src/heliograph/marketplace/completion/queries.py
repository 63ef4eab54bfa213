"""Reading claims, always from the organization down."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Q, QuerySet

from heliograph.core.ids import parse_id
from heliograph.core.scope import refuse_limited
from heliograph.core.translation import gettext
from heliograph.marketplace.errors import ClaimNotFound
from heliograph.marketplace.models import Claim, ClaimFile

_SHOWN = (
    "part__part",
    "part__enrollment__version",
    "part__enrollment__program__holder",
    "part__enrollment__student__user",
    "part__enrollment__student__organization",
)


def claims(organization_id: UUID, search: str = "", state: str = "", route: str = "") -> QuerySet[Claim]:
    """The organization's claims, newest first; ``state`` is one of `rules.ClaimState`."""
    refuse_limited()
    rows = Claim.objects.filter(organization_id=organization_id)
    if search:
        rows = rows.filter(
            Q(part__enrollment__student__user__name__icontains=search)
            | Q(part__enrollment__student__name__icontains=search)
            | Q(part__enrollment__student__user__email__icontains=search)
            | Q(part__part__title__icontains=search)
            | Q(part__enrollment__version__title__icontains=search)
        )
    if state:
        rows = rows.filter(state=state)
    if route:
        rows = rows.filter(route=route)
    return rows.select_related(*_SHOWN).order_by("-id")


def claim(organization_id: UUID, claim_id: str) -> Claim:
    """One claim by id. Raises `ClaimNotFound`."""
    by_id = parse_id(claim_id)
    rows = claims(organization_id)
    found = rows.filter(id=by_id).first() if by_id else None
    if found is None:
        raise ClaimNotFound(gettext("Claim not found."))
    return found


def file(claim: Claim, file_id: str) -> ClaimFile:
    """A file of a claim by id. Raises `ClaimNotFound`."""
    by_id = parse_id(file_id)
    found = claim.files.filter(id=by_id).first() if by_id else None
    if found is None:
        raise ClaimNotFound(gettext("File not found."))
    return found
