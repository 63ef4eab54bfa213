"""Reading groups: which there are, who may see one, and who is in it."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from django.db.models import Count, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Lower

from heliograph.accounts import queries
from heliograph.accounts.errors import GroupNotFound
from heliograph.accounts.models import Group, GroupManager, GroupMember, Membership
from heliograph.core.actor import Actor
from heliograph.core.errors import Forbidden
from heliograph.core.ids import parse_id
from heliograph.core.permissions import Permission
from heliograph.core.scope import limited
from heliograph.core.translation import gettext


def groups(organization_id: UUID, search: str = "", kind: str = "") -> QuerySet[Group, Any]:
    """The organization's groups by name, each with ``people`` and ``managed_by``: how many there are."""
    rows = Group.objects.filter(organization_id=organization_id).annotate(
        people=_counted(GroupMember), managed_by=_counted(GroupManager)
    )
    if search:
        rows = rows.filter(name__icontains=search)
    if kind:
        rows = rows.filter(kind=kind)
    return rows.order_by("name", "id")


def _counted(model: type[GroupMember] | type[GroupManager]) -> Any:
    of_group = model.objects.filter(group=OuterRef("id")).order_by().values("group")
    counted = Subquery(of_group.annotate(count=Count("id")).values("count"), output_field=IntegerField())
    return queries.or_zero(counted)


def open_to(actor: Actor, search: str = "", kind: str = "") -> QuerySet[Group, Any]:
    """The groups that the actor may see: all for administrators, else those that they manage."""
    rows = groups(actor.organization_id, search, kind)
    if actor.may(Permission.USERS_MANAGE):
        return rows
    return rows.filter(id__in=queries.groups_managed_by(actor))


def refuse_others(actor: Actor) -> None:
    """Raise `Forbidden` for whoever is neither an administrator nor a manager of a group."""
    if not actor.may(Permission.USERS_MANAGE) and not queries.groups_managed_by(actor).exists():
        raise Forbidden(gettext("Only administrators and managers of groups can do this."))


def group(actor: Actor, group_id: str) -> Group:
    """A group that the actor may see; raises `GroupNotFound` for every other one."""
    by_id = parse_id(group_id)
    found = open_to(actor).filter(id=by_id).first() if by_id else None
    if found is None:
        raise GroupNotFound(gettext("Group not found."))
    return found


def all_named(organization_id: UUID, search: str = "") -> QuerySet[Group]:
    """The organization's groups by name, for figures by group; whoever is limited to groups finds these."""
    rows = limited(Group.objects.filter(organization_id=organization_id))
    return (rows.filter(name__icontains=search) if search else rows).order_by("name", "id")


def named(organization_id: UUID, id_or_key: str) -> Group:
    """One of `all_named`; raises `GroupNotFound`."""
    by_id = parse_id(id_or_key)
    found = all_named(organization_id).filter(Q(id=by_id) if by_id else Q(key=id_or_key)).first()
    if found is None:
        raise GroupNotFound(gettext("Group not found."))
    return found


def people(of: Group, search: str = "") -> QuerySet[Membership]:
    """The members in a group, as `accounts.queries.members` has them."""
    return queries.members(of.organization_id, search).filter(groups__group=of)


def person(of: Group, member_id: str) -> Membership:
    """One of `people`; raises `MemberNotFound`."""
    return queries.one_of(people(of), member_id)


def managers(of: Group) -> QuerySet[Membership]:
    """The members who manage a group."""
    return queries.members(of.organization_id).filter(managed_groups__group=of)


def with_groups(rows: Iterable[Membership]) -> list[Membership]:
    """Members, each with ``group_names``: in how many groups they are is asked once for all."""
    loaded = list(rows)
    names: dict[UUID, list[str]] = {member.id: [] for member in loaded}
    of_these = GroupMember.objects.filter(membership__in=list(names)).order_by("group__name")
    for member_id, name in of_these.values_list("membership_id", "group__name"):
        names[member_id].append(name)
    for member in loaded:
        member.group_names = names[member.id]  # type: ignore[attr-defined]
    return loaded


def by_names(organization_id: UUID, names: Sequence[str]) -> dict[str, Group]:
    """Groups by their names in lower case, of those names that there are."""
    lowered = {name.lower() for name in names}
    rows = Group.objects.annotate(lowered=Lower("name"))
    rows = rows.filter(organization_id=organization_id, lowered__in=lowered)
    return {row.name.lower(): row for row in rows}
