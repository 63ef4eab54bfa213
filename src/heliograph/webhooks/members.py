"""Events about members: `accounts` lies below and says by its hooks what happened."""

from __future__ import annotations

from typing import TYPE_CHECKING

from heliograph.webhooks.actions import emit
from heliograph.webhooks.queries import is_recorded
from heliograph.webhooks.topics import Member, MemberEvent

if TYPE_CHECKING:
    from uuid import UUID

    from heliograph.accounts.models import Invitation, Membership


def tell_invited(invitation: Invitation) -> None:
    """Somebody was invited."""
    invited = Member(str(invitation.id), invitation.email, "", invitation.role)
    emit(invitation.organization_id, "member.invited", MemberEvent(invited))


def tell_changed(member: Membership, change: str, previous_role: str | None = None) -> None:
    """Somebody joined, has another role, or was kept out or let in again."""
    user = member.user
    told = Member(str(member.id), user.email, user.name, member.role)
    emit(member.organization_id, f"member.{change}", MemberEvent(told, previous_role))


def tell_all_changed(
    organization_id: UUID, change: str, members: list[tuple[Membership, str | None]]
) -> None:
    """The same of many members at once; whether anybody is told is asked once."""
    if is_recorded(organization_id):
        for member, previous_role in members:
            tell_changed(member, change, previous_role)
