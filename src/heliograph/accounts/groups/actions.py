"""Changing groups: administrators make them and say who manages them; managers add and remove people.

A manager of a group can do nothing to anybody but have them in the group or not: no role, no other group.
"""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from heliograph.accounts import queries, roles
from heliograph.accounts.errors import GroupKeyTaken, GroupNameTaken, MemberNotFound, NotUsers
from heliograph.accounts.groups.queries import group as group_open_to
from heliograph.accounts.models import Group, GroupManager, GroupMember, Membership
from heliograph.audit.actions import record, record_many
from heliograph.core.actor import Actor
from heliograph.core.database.fields import refuse_too_long
from heliograph.core.errors import Forbidden, Invalid
from heliograph.core.permissions import Permission
from heliograph.core.translation import gettext, ngettext

MOST_AT_ONCE = 1000  # addresses
AT_A_TIME = 1000  # members, in one statement
NAMED = 5  # of several addresses in a sentence
COLUMNS = ("name", "kind", "key")


@transaction.atomic
def create(actor: Actor, name: str, kind: str = Group.Kind.OTHER, key: str = "") -> Group:
    """A new group. Raises `Invalid`, `GroupNameTaken` and `GroupKeyTaken`."""
    actor.require(Permission.USERS_MANAGE)
    made = Group(organization_id=actor.organization_id)
    _fill(made, {"name": name, "kind": kind, "key": key})
    made.save()
    record(actor, "created", "group", made.id, made.name, kind=made.kind)
    return made


@transaction.atomic
def change(actor: Actor, group: Group, **changes: str) -> Group:
    """Change a group's ``name``, ``kind`` or ``key``. Raises as `create` does."""
    actor.require(Permission.USERS_MANAGE)
    group = _locked(group)
    before = {column: getattr(group, column) for column in COLUMNS}
    _fill(group, changes)
    after = {column: getattr(group, column) for column in COLUMNS}
    if after != before:
        group.save()
        differing = [column for column in COLUMNS if before[column] != after[column]]
        details = {
            "before": {column: before[column] for column in differing},
            "after": {column: after[column] for column in differing},
        }
        record(actor, "changed", "group", group.id, group.name, **details)
    return group


@transaction.atomic
def delete(actor: Actor, group: Group) -> None:
    """Delete a group; its people stay in the organization."""
    actor.require(Permission.USERS_MANAGE)
    group = _locked(group)
    record(actor, "deleted", "group", group.id, group.name, people=group.members.count())
    group.delete()


@transaction.atomic
def add(actor: Actor, group: Group, members: Iterable[Membership]) -> int:
    """Have members in a group; how many were not in it before.

    Raises `Forbidden` for a group that limits the actor's role: they would reach everybody whom they add.
    """
    group, chosen = _managed(actor, group), _of_organization(group, members)
    if group.id in actor.scope.groups:
        raise Forbidden(
            gettext("Your role is limited to this group, so you can’t add people. Contact an administrator."),
            code="outside_limits",
        )
    inside = _inside(group, chosen)
    new = [member for member in chosen if member.id not in inside]
    GroupMember.objects.bulk_create(
        (GroupMember(group=group, membership=member) for member in new),
        batch_size=AT_A_TIME,
        ignore_conflicts=True,
    )
    _record(actor, "added a group to", group, new)
    return len(new)


@transaction.atomic
def remove(actor: Actor, group: Group, members: Iterable[Membership]) -> int:
    """Have members no longer in a group; how many were."""
    group, chosen = _managed(actor, group), _of_organization(group, members)
    inside = _inside(group, chosen)
    leaving = [member for member in chosen if member.id in inside]
    GroupMember.objects.filter(group=group, membership__in=leaving).delete()
    _record(actor, "removed a group from", group, leaving)
    return len(leaving)


def _of_organization(group: Group, members: Iterable[Membership]) -> list[Membership]:
    """The members, each once. Raises `MemberNotFound` for one of another organization."""
    chosen = list({member.id: member for member in members}.values())
    for member in chosen:
        _refuse_another_organization(group, member)
    return chosen


def _inside(group: Group, members: Sequence[Membership]) -> set[UUID]:
    of_group = GroupMember.objects.filter(group=group, membership__in=members)
    return set(of_group.values_list("membership_id", flat=True))


def _record(actor: Actor, verb: str, group: Group, members: Sequence[Membership]) -> None:
    details = {"group": group.name}
    record_many(actor, verb, "member", ((member.id, str(member), details) for member in members))


@transaction.atomic
def set_manager(actor: Actor, group: Group, member: Membership, manages: bool) -> None:
    """Have a member manage a group, or no longer."""
    actor.require(Permission.USERS_MANAGE)
    _refuse_another_organization(group, member)
    mine = GroupManager.objects.filter(group=group, membership=member)
    if manages == mine.exists():
        return
    if manages:
        GroupManager.objects.get_or_create(group=group, membership=member)
    else:
        mine.delete()
    verb = "granted group management to" if manages else "withdrew group management from"
    record(actor, verb, "member", member.id, str(member), group=group.name)


def found_by_addresses(
    actor: Actor, group: Group, addresses: Sequence[str], field: str = "emails"
) -> QuerySet[Membership]:
    """The members with these email addresses, whom the actor may add. Raises `Invalid` and `NotUsers`.

    For a manager of the group who is no administrator, whoever has a higher role than theirs counts as
    unknown.
    """
    wanted = {address.strip().lower() for address in addresses} - {""}
    if not wanted:
        raise Invalid(gettext("Enter at least one email address."), field="emails")
    if len(wanted) > MOST_AT_ONCE:
        raise Invalid(
            gettext("Enter at most %(most)s email addresses at once.") % {"most": MOST_AT_ONCE},
            field="emails",
        )
    members = queries.members(group.organization_id).filter(user__email__in=wanted)
    if not actor.may(Permission.USERS_MANAGE):
        members = members.filter(role__in=roles.words_within(actor.organization_id, actor.role))
    unknown = sorted(wanted - {member.user.email.lower() for member in members})
    if unknown:
        raise NotUsers(_sentence(unknown), field=field)
    return members


def _sentence(unknown: list[str]) -> str:
    named = ", ".join(unknown[:NAMED])
    more = len(unknown) - NAMED
    if more > 0:
        others = ngettext("%(names)s and %(count)s other", "%(names)s and %(count)s others", more)
        named = others % {"names": named, "count": more}
    return gettext("Nobody was added. These addresses belong to no user you can add: %(addresses)s.") % {
        "addresses": named
    }


def _fill(group: Group, columns: dict[str, Any]) -> None:
    name = " ".join(columns.get("name", group.name).split())
    key = columns.get("key", group.key).strip()
    kind = columns.get("kind", group.kind)
    if not name:
        raise Invalid(gettext("Enter a name for the group."), field="name")
    if kind not in Group.Kind.values:
        raise Invalid(gettext("Choose department, cohort or other."), code="kind_invalid", field="kind")
    refuse_too_long(Group, {"name": name, "key": key})
    others = Group.objects.filter(organization_id=group.organization_id).exclude(id=group.id)
    if others.filter(name__iexact=name).exists():
        raise GroupNameTaken(gettext("There is already a group with this name."), field="name")
    if key and others.filter(key=key).exists():
        raise GroupKeyTaken(gettext("Another group has this key."), field="key")
    group.name, group.kind, group.key = name, kind, key


def _managed(actor: Actor, group: Group) -> Group:
    """The group, held until the transaction ends, where the actor may say who is in it.

    Raises `GroupNotFound`.
    """
    group_open_to(actor, str(group.id))
    return _locked(group)


def _locked(group: Group) -> Group:
    return Group.objects.select_for_update(no_key=True).get(id=group.id)


def _refuse_another_organization(group: Group, member: Membership) -> None:
    if group.organization_id != member.organization_id:
        raise MemberNotFound(gettext("Member not found."))
