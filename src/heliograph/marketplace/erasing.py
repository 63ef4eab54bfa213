"""What the marketplace forgets of a person whose records are erased.

That something was completed and awarded stays, without whom it was: credentials lose the name, and what was
signed with it; claims lose the files, addresses and notes that prove them; participants lose their birthday
and their social security number.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings

from heliograph.accounts import queries as accounts
from heliograph.marketplace.completion import files
from heliograph.marketplace.models import (
    AwardedCredential,
    Claim,
    ClaimFile,
    CompletionListRow,
    Participant,
    SignedCredential,
    SocialSecurityNumber,
)

if TYPE_CHECKING:
    from typing import Any
    from uuid import UUID

ERASED = "–"  # in place of a name


def forget(organization_id: UUID, agent: dict[str, Any]) -> None:
    """Forget the person that an xAPI agent means, in the caller's transaction.

    Programs know people as members: by their email address, or by the account under which their registrations
    are reported.
    """
    members = accounts.members_of_agent(organization_id, agent, settings.HELIOGRAPH.url)
    if not members:
        return
    awarded = AwardedCredential.objects.filter(
        organization_id=organization_id, enrollment__student_id__in=members
    )
    list(awarded.select_for_update().order_by("id").values_list("id"))  # nothing is signed meanwhile
    SignedCredential.objects.filter(
        organization_id=organization_id, credential__in=awarded, named=True
    ).delete()
    awarded.update(holder_name="", shows_name=False)
    CompletionListRow.objects.filter(enrollment__student_id__in=members).update(
        email="", certificate_url="", notes="", problem=""
    )
    Participant.objects.filter(student_id__in=members).update(born_on=None)
    SocialSecurityNumber.objects.filter(participant__student_id__in=members).delete()
    claims = Claim.objects.filter(organization_id=organization_id, part__enrollment__student_id__in=members)
    files.forget(ClaimFile.objects.filter(organization_id=organization_id, claim__in=claims))
    claims.update(certificate_url="", notes="")
    claims.filter(route=Claim.Route.STUDENT).update(claimed_by=ERASED)
