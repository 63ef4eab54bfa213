"""Changing many members at once: `actions.change_role` and `actions.set_member_active` in sets, for all of
them or for nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from django.db import transaction

from heliograph.accounts import hooks, scopes
from heliograph.accounts.errors import LastOwner
from heliograph.accounts.models import ADMITTED, Membership, RefreshToken
from heliograph.accounts.roles import by_word, granted, one_at_a_time, refuse_beyond
from heliograph.audit.actions import record_many
from heliograph.core.clock import now
from heliograph.core.permissions import Permission
from heliograph.core.roles import Granted, Role
from heliograph.core.translation import gettext

if TYPE_CHECKING:
    from heliograph.core.actor import Actor


@transaction.atomic
def change_roles(actor: Actor, members: Sequence[Membership], role: Granted) -> int:
    """Give members another role; how many had another one. Raises `Forbidden`, `LastOwner`, and `Invalid`
    for a limited owner.
    """
    changing = _locked(actor, members, lambda member: member.role != role.word)
    _refuse_beyond(actor, changing)
    refuse_beyond(actor, by_word(actor.organization_id, role.word))
    for member in changing:
        scopes.refuse_for(role, member.scope)
    _refuse_without_owner(actor, changing)
    details = [(member, {"before": member.role, "after": role.word}) for member in changing]
    Membership.objects.filter(id__in=[member.id for member in changing]).update(role=role.word)
    for member in changing:
        member.role = role.word
    _tell(actor, "changed role of", "role_changed", details)
    return len(changing)


@transaction.atomic
def set_active(actor: Actor, members: Sequence[Membership], active: bool) -> int:
    """Let members in, or keep them out: sessions, tokens and API keys of theirs end at once. How many were
    not so before. Raises `Forbidden` and `LastOwner`.
    """
    changing = _locked(actor, members, lambda member: member.is_active != active)
    _refuse_beyond(actor, changing)
    if not active:
        _refuse_without_owner(actor, changing)
        RefreshToken.objects.filter(membership__in=changing, revoked_at=None).update(revoked_at=now())
    Membership.objects.filter(id__in=[member.id for member in changing]).update(is_active=active)
    for member in changing:
        member.is_active = active
    changed: list[tuple[Membership, dict[str, Any]]] = [(member, {}) for member in changing]
    if active:
        _tell(actor, "activated", "reactivated", changed)
    else:
        _tell(actor, "deactivated", "deactivated", changed)
    return len(changing)


def _locked(
    actor: Actor, members: Sequence[Membership], concerned: Callable[[Membership], bool]
) -> list[Membership]:
    """The members whom a change concerns, as they are now, while nobody else changes any."""
    actor.require(Permission.USERS_MANAGE)
    one_at_a_time(actor.organization_id)
    current = Membership.objects.select_related("user", "organization").filter(
        organization_id=actor.organization_id, id__in=[member.id for member in members]
    )
    return [member for member in current.order_by("id") if concerned(member)]


def _refuse_beyond(actor: Actor, members: Sequence[Membership]) -> None:
    words = sorted({member.role for member in members})
    refuse_beyond(actor, *(granted(actor.organization_id, word) for word in words))


def _refuse_without_owner(actor: Actor, members: Sequence[Membership]) -> None:
    """Raise `LastOwner` where these, who are owners no longer or kept out, are the last ones."""
    if all(member.role != Role.OWNER.word for member in members):
        return
    owners = Membership.objects.filter(
        ADMITTED, organization_id=actor.organization_id, role=Role.OWNER.word, user__is_active=True
    )
    if not owners.exclude(id__in=[member.id for member in members]).exists():
        raise LastOwner(gettext("Assign another owner before changing this one."))


def _tell(
    actor: Actor, verb: str, change: hooks.Change, changed: Sequence[tuple[Membership, dict[str, Any]]]
) -> None:
    record_many(actor, verb, "member", ((member.id, str(member), details) for member, details in changed))
    told = [(member, details.get("before")) for member, details in changed]
    if told:
        hooks.members_changed.call(actor.organization_id, change, told)
