"""Reading credentials, always from the organization down."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Q, QuerySet

from heliograph.core.scope import refuse_limited
from heliograph.core.translation import gettext
from heliograph.marketplace.errors import CredentialNotFound
from heliograph.marketplace.models import AwardedCredential

LONGEST_NUMBER = 40


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
    return rows.select_related(
        "organization", "replaces", "enrollment__program", "enrollment__student__user"
    ).order_by("-id")


def public(number: str) -> AwardedCredential:
    """The credential with a number, of whichever organization: whoever knows the number may see it.

    Raises `CredentialNotFound`.
    """
    found = (
        AwardedCredential.objects.filter(number=number[: LONGEST_NUMBER + 1].replace("\x00", ""))
        .select_related("organization", "replaces", "replaced_by", "enrollment__program__holder")
        .first()
    )
    if found is None:
        raise CredentialNotFound(
            gettext("There is no credential with this number. Check the number, letter by letter.")
        )
    return found


def credential(organization_id: UUID, number: str) -> AwardedCredential:
    """One credential by its number. Raises `CredentialNotFound`."""
    rows = credentials(organization_id).select_related("replaced_by")
    found = rows.filter(number=number[: LONGEST_NUMBER + 1].replace("\x00", "")).first()
    if found is None:
        raise CredentialNotFound(gettext("Credential not found."))
    return found
