"""Reading credentials, always from the organization down."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Q, QuerySet

from heliograph.core.scope import refuse_limited
from heliograph.core.translation import gettext
from heliograph.marketplace.errors import CredentialNotFound
from heliograph.marketplace.models import AwardedCredential


def credentials(organization_id: UUID, search: str = "", state: str = "") -> QuerySet[AwardedCredential]:
    """The organization's credentials, newest first; ``state`` is *revoked* or *valid*."""
    refuse_limited()
    rows = AwardedCredential.objects.filter(organization_id=organization_id)
    if search:
        rows = rows.filter(
            Q(holder_name__icontains=search) | Q(title__icontains=search) | Q(number=search.strip())
        )
    if state:
        rows = rows.filter(revoked_at__isnull=state != "revoked")
    return rows.select_related("enrollment__program", "enrollment__student__user").order_by("-id")


def credential(organization_id: UUID, number: str) -> AwardedCredential:
    """One credential by its number. Raises `CredentialNotFound`."""
    found = credentials(organization_id).filter(number=number[:41]).first()
    if found is None:
        raise CredentialNotFound(gettext("Credential not found."))
    return found
