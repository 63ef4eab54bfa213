"""Merging: what a member has here goes to another one, and they are deactivated; undoing gives it back.

Registrations and statements stay under the address that they were made with: they are found for both.
"""

from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from heliograph.accounts import roles
from heliograph.accounts.actions import set_member_active
from heliograph.accounts.errors import MergeNotPossible
from heliograph.accounts.models import (
    ApiKey,
    GroupManager,
    GroupMember,
    Membership,
    MembershipMerge,
    Organization,
    TableView,
)
from heliograph.audit.actions import record
from heliograph.core.actor import Actor
from heliograph.core.clock import now
from heliograph.core.permissions import Permission
from heliograph.core.translation import gettext

UNDONE_WITHIN = timedelta(days=30)
# What moves: by its name in `MembershipMerge.moved` its model, the column of the member, and the column that
# tells which of its rows the kept member has already.
MOVED: dict[str, tuple[Any, str, str]] = {
    "groups": (GroupMember, "membership_id", "group_id"),
    "managed groups": (GroupManager, "membership_id", "group_id"),
    "API keys": (ApiKey, "created_by_id", "id"),
    "saved views": (TableView, "membership_id", "name"),
}


def moving(merged: Membership, kept: Membership) -> dict[str, QuerySet[Any]]:
    """The rows that would go from one member to the other, by their kind."""
    return {
        kind: model.objects.filter(**{owner: merged.id}).exclude(
            **{f"{same}__in": model.objects.filter(**{owner: kept.id}).values(same)}
        )
        for kind, (model, owner, same) in MOVED.items()
    }


@transaction.atomic
def merge(actor: Actor, merged: Membership, kept: Membership) -> MembershipMerge:
    """Give what ``merged`` has to ``kept``, whose role and name stay, and deactivate ``merged``.

    Raises `Forbidden` for a member above the actor, `LastOwner`, and `MergeNotPossible`.
    """
    actor.require(Permission.USERS_MANAGE)
    Organization.objects.select_for_update(no_key=True).get(id=actor.organization_id)
    merged, kept = (Membership.objects.select_related("user").get(id=member.id) for member in (merged, kept))
    refuse(actor, merged, kept)
    moved = {}
    for kind, rows in moving(merged, kept).items():
        ids = list(rows.values_list("id", flat=True))
        model, owner, _ = MOVED[kind]
        model.objects.filter(id__in=ids).update(**{owner: kept.id})
        moved[kind] = [str(row_id) for row_id in ids]
    was_active = merged.is_active
    if was_active:
        set_member_active(actor, merged, False)
    made = MembershipMerge.objects.create(
        organization_id=actor.organization_id,
        merged=merged,
        kept=kept,
        moved=moved,
        was_active=was_active,
        created_by=actor.label[:200],
    )
    counts = {kind: len(ids) for kind, ids in moved.items() if ids}
    record(actor, "merged", "member", merged.id, str(merged), into=str(kept), moved=counts)
    return made


@transaction.atomic
def undo(actor: Actor, of: MembershipMerge) -> MembershipMerge:
    """Give back what moved, as far as it is still there, within 30 days. Raises `MergeNotPossible`."""
    actor.require(Permission.USERS_MANAGE)
    Organization.objects.select_for_update(no_key=True).get(id=actor.organization_id)
    of = MembershipMerge.objects.select_related("merged__user", "kept__user").get(id=of.id)
    _refuse_beyond(actor, of.merged, of.kept)
    if of.undone_at or now() - of.created_at > UNDONE_WITHIN:
        raise MergeNotPossible(gettext("This merge was undone already, or is older than 30 days."))
    for kind, ids in of.moved.items():
        model, owner, same = MOVED[kind]
        back = model.objects.filter(id__in=ids, **{owner: of.kept_id})
        has = model.objects.filter(**{owner: of.merged_id}).values(same)
        back.exclude(**{f"{same}__in": has}).update(**{owner: of.merged_id})
    if of.was_active:
        set_member_active(actor, of.merged, True)
    of.undone_at = now()
    of.save(update_fields=["undone_at"])
    record(actor, "undid merge of", "member", of.merged_id, str(of.merged), into=str(of.kept))
    return of


def _refuse_beyond(actor: Actor, *members: Membership) -> None:
    roles.refuse_beyond(actor, *(roles.granted(member.organization_id, member.role) for member in members))


def refuse(actor: Actor, merged: Membership, kept: Membership) -> None:
    """Raise `Forbidden` and `MergeNotPossible` where the actor may not merge one into the other."""
    _refuse_beyond(actor, merged, kept)
    if merged.id == kept.id:
        raise MergeNotPossible(gettext("Choose another user: this is the same one."), field="email")
    if not kept.is_active:
        raise MergeNotPossible(gettext("Activate the user who is to be kept first."), field="email")
    if merged.user_id == actor.id:
        raise MergeNotPossible(gettext("You cannot merge yourself into somebody else."), field="email")
    if merged.merges.filter(undone_at=None).exists():
        raise MergeNotPossible(gettext("This user was merged already."), field="email")
