"""What roles are limited to: checking and naming it.

Only members who are not limited manage users and API keys, so nobody gives others more than they have.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Lower

from heliograph.accounts import hooks
from heliograph.accounts.models import Group, GroupMember
from heliograph.core.actor import Actor
from heliograph.core.errors import Invalid
from heliograph.core.ids import parse_id
from heliograph.core.permissions import Permission
from heliograph.core.roles import Granted
from heliograph.core.scope import Scope, limit, same
from heliograph.core.translation import gettext, gettext_lazy, grouped

MOST = 50  # of a kind
LOGGED = {"folders": "folders", "destinations": "customers", "groups": "groups"}
KINDS = tuple(LOGGED)
DELETED = gettext_lazy("(deleted)")


def read(organization_id: UUID, given: Mapping[str, Collection[str]]) -> Scope:
    """The scope that somebody names: ids of each of `KINDS`. Raises `Invalid` for what is not there."""
    ids: dict[str, tuple[UUID, ...]] = {}
    for kind in KINDS:
        parsed = [parse_id(str(each)) for each in given.get(kind, ())]
        refuse_too_many(kind, parsed)
        there = names(organization_id, kind, [each for each in parsed if each])
        if any(each not in there for each in parsed):
            raise Invalid(
                gettext("A folder, customer or group of these limits was not found. Choose another one."),
                code="scope_invalid",
                field=kind,
            )
        ids[kind] = same(there)
    return Scope(**ids)


def refuse_too_many(kind: str, ids: Collection[Any]) -> None:
    """Raises `Invalid` for more than `MOST` of a kind."""
    if len(ids) > MOST:
        raise Invalid(
            gettext("A role can be limited to at most %(most)s of each kind.") % {"most": grouped(MOST)},
            code="scope_too_long",
            field=kind,
        )


def names(organization_id: UUID, kind: str, ids: Collection[UUID]) -> dict[UUID, str]:
    """What the folders, destinations or groups with these ids are called, of those that are there."""
    if not ids:
        return {}
    if kind == "groups":
        groups = Group.objects.filter(organization_id=organization_id, id__in=ids)
        return dict(groups.values_list("id", "name"))
    return hooks.scope_names.first(organization_id, kind, ids) or {}


def named(organization_id: UUID, scope: Scope) -> dict[str, dict[UUID, str]]:
    """Of each kind that limits: its ids with what they are called."""
    called = {}
    for kind in KINDS:
        if ids := getattr(scope, kind):
            there = names(organization_id, kind, ids)
            called[kind] = {each: there.get(each, str(DELETED)) for each in ids}
    return called


def shown(scope: Scope) -> dict[str, list[str]]:
    """A scope as the API shows it."""
    return {kind: [str(each) for each in getattr(scope, kind)] for kind in KINDS}


def logged(organization_id: UUID, scope: Scope) -> str:
    """A scope as the audit log says it; empty for none."""
    called = named(organization_id, scope)
    return "; ".join(f"{LOGGED[kind]}: {', '.join(sorted(called[kind].values()))}" for kind in called)


def refuse_for(role: Granted, scope: Scope) -> None:
    """Owners have all of the organization: raises `Invalid` for a limited one."""
    if scope and Permission.OWNERS_MANAGE in role.permissions:
        raise Invalid(
            gettext("An owner cannot be limited. Choose another role, or remove the limits."),
            code="owner_limited",
            field="role",
        )


def in_groups(actor: Actor, email: str) -> Q:
    """Rows whose column ``email`` is the address of somebody in one of the actor's groups."""
    return of_people(actor.scope.groups, email) if actor.scope.groups else Q()


def of_people(groups: Collection[UUID], email: str) -> Q:
    """Rows whose column ``email`` is the address of somebody in one of the groups who is not deactivated."""
    people = GroupMember.objects.filter(group__in=groups, membership__is_active=True)
    return Q(Exists(people.filter(membership__user__email=Lower(OuterRef(email)))))


def refuse_outside(actor: Actor, emails: Iterable[str]) -> None:
    """Raises `Invalid` for the address of somebody who is in none of the groups that limit the actor."""
    if not actor.scope.groups:
        return
    addresses = {email.strip().lower() for email in emails}
    people = GroupMember.objects.filter(
        group__in=actor.scope.groups, membership__user__email__in=addresses, membership__is_active=True
    )
    if outside := addresses - set(people.values_list("membership__user__email", flat=True)):
        raise Invalid(
            gettext("%(email)s is not in one of your groups. Remove the address.") % {"email": min(outside)},
            code="outside_groups",
            field="users",
        )


def register() -> None:
    limit("accounts.Group", lambda actor: Q(id__in=actor.scope.groups) if actor.scope.groups else Q())
