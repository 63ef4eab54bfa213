"""Where parts above connect: what happens to an organization's members."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Literal
from uuid import UUID

from heliograph.core.hooks import hook

if TYPE_CHECKING:
    from heliograph.accounts.models import Invitation, Membership


@hook
def member_invited(invitation: Invitation) -> None:
    """Somebody was invited. Called in the transaction that makes the invitation."""


Change = Literal["joined", "role_changed", "deactivated", "reactivated"]


@hook
def member_changed(member: Membership, change: Change, previous_role: str | None = None) -> None:
    """A member came, has another role, or was kept out or let in again. Called in that transaction.

    What changes many at once calls `members_changed`.
    """


@hook
def members_changed(
    organization_id: UUID, change: Change, members: list[tuple[Membership, str | None]]
) -> None:
    """The same of many members of an organization, each with the role before where that was changed."""


@hook
def members_in_use(member_ids: Collection[UUID]) -> set[UUID]:  # type: ignore[empty-body]
    """Which of these members something of a part above hangs on, as an enrollment in a program: undoing the
    import that made them deactivates them in place of deleting them.
    """


@hook
def scope_names(organization_id: UUID, kind: str, ids: Collection[UUID]) -> dict[UUID, str] | None:
    """What the *folders* or *destinations* with these ids are called, of those that the organization has.

    The first answer decides.
    """
