"""Custom roles: an organization's own sets of permissions, beside the built-in roles.

Nobody gives, changes or takes away a role with permissions that they lack, so no sequence of grants reaches
what the first granter lacked. Owners are appointed by the built-in role alone.
"""

from collections.abc import Iterable
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet

from heliograph.accounts.errors import RoleInUse, RoleNotFound
from heliograph.accounts.models import ApiKey, CustomRole, Invitation, Membership, Organization
from heliograph.audit.actions import record
from heliograph.core.actor import Actor
from heliograph.core.database.fields import refuse_too_long
from heliograph.core.errors import Forbidden, Invalid
from heliograph.core.ids import parse_id, slug
from heliograph.core.permissions import Permission
from heliograph.core.roles import Granted, Role
from heliograph.core.translation import gettext, grouped

MOST = 50  # of an organization
BUILT_IN = {role.word: role for role in Role}
# What a custom role may have.
OFFERED = tuple(permission for permission in Permission if permission is not Permission.OWNERS_MANAGE)


def custom_roles(organization_id: UUID) -> QuerySet[CustomRole]:
    """The organization's own roles, by name."""
    return CustomRole.objects.filter(organization_id=organization_id).order_by("name")


def custom_role(organization_id: UUID, role_id: str) -> CustomRole:
    """One of them by id. Raises `RoleNotFound`."""
    by_id = parse_id(role_id)
    role = custom_roles(organization_id).filter(id=by_id).first() if by_id else None
    if role is None:
        raise RoleNotFound(gettext("Role not found."))
    return role


def all_roles(organization_id: UUID) -> list[Granted]:
    """Every role of the organization: the built-in ones from the lowest up, then its own by name."""
    return [*Role, *custom_roles(organization_id)]


def granted(organization_id: UUID, word: str) -> Granted:
    """What a member, invitation or API key with that role has; nothing where there is no such role."""
    built_in = BUILT_IN.get(word)
    if built_in is not None:
        return built_in
    return custom_roles(organization_id).filter(key=word).first() or Role.LEARNER


def by_word(organization_id: UUID, word: str) -> Granted:
    """The role that somebody names. Raises `Invalid`."""
    role = granted(organization_id, word.strip().lower())
    if role.word != word.strip().lower():
        known = ", ".join(role.word for role in all_roles(organization_id))
        raise Invalid(
            gettext("There is no role “%(role)s”. Use one of: %(known)s.")
            % {"role": word[:40], "known": known},
            code="role_invalid",
            field="role",
        )
    return role


def words_with(organization_id: UUID, permission: Permission) -> list[str]:
    """The roles that have a permission."""
    return [role.word for role in all_roles(organization_id) if permission in role.permissions]


def words_within(organization_id: UUID, limit: Granted) -> list[str]:
    """The roles that give nothing beyond ``limit``."""
    return [role.word for role in all_roles(organization_id) if role.permissions <= limit.permissions]


def refuse_beyond(actor: Actor, *roles: Granted) -> None:
    """Nobody hands out, or takes away, what they lack: raises `Forbidden`."""
    for role in roles:
        if not actor.covers(role):
            lacking = next(perm for perm in Permission if perm in role.permissions and not actor.may(perm))
            raise Forbidden(
                gettext(
                    "The role “%(role)s” has the permission “%(permission)s”, which you don’t have. "
                    "Contact an owner or administrator."
                )
                % {"role": role.label, "permission": lacking.label}
            )


def uses(role: CustomRole) -> int:
    """How many members, open invitations and live API keys have the role."""
    having = Q(organization_id=role.organization_id, role=role.key)
    return (
        Membership.objects.filter(having).count()
        + Invitation.objects.filter(having, accepted_at=None, revoked_at=None).count()
        + ApiKey.objects.filter(having, revoked_at=None).count()
    )


@transaction.atomic
def create_role(actor: Actor, name: str, permissions: Iterable[str]) -> CustomRole:
    """A new role. Raises `Invalid`, and `Forbidden` for permissions that the actor lacks."""
    actor.require(Permission.USERS_MANAGE)
    one_at_a_time(actor.organization_id)
    mine = custom_roles(actor.organization_id)
    if mine.count() >= MOST:
        raise Invalid(
            gettext("An organization can have at most %(most)s roles of its own.") % {"most": grouped(MOST)},
            code="too_many_roles",
        )
    role = CustomRole(
        organization_id=actor.organization_id,
        name=_free_name(mine, name),
        key=_free_key(mine, name),
        granted=_known(permissions),
    )
    refuse_beyond(actor, role)
    role.save()
    record(actor, "created", "role", role.id, role.name, permissions=role.granted)
    return role


@transaction.atomic
def change_role(
    actor: Actor, role: CustomRole, name: str | None = None, permissions: Iterable[str] | None = None
) -> CustomRole:
    """Another name or other permissions, for all who have the role, at once. Raises as `create_role`."""
    actor.require(Permission.USERS_MANAGE)
    one_at_a_time(role.organization_id)
    role = CustomRole.objects.get(id=role.id)
    refuse_beyond(actor, role)
    before = {"name": role.name, "permissions": role.granted}
    if name is not None:
        role.name = _free_name(custom_roles(role.organization_id).exclude(id=role.id), name)
    if permissions is not None:
        role.granted = _known(permissions)
    refuse_beyond(actor, role)
    after = {"name": role.name, "permissions": role.granted}
    if after != before:
        role.save(update_fields=["name", "granted"])
        record(actor, "changed", "role", role.id, role.name, before=before, after=after)
    return role


@transaction.atomic
def delete_role(actor: Actor, role: CustomRole) -> None:
    """Remove a role that nobody has. Raises `RoleInUse`."""
    actor.require(Permission.USERS_MANAGE)
    one_at_a_time(role.organization_id)
    role = CustomRole.objects.get(id=role.id)
    refuse_beyond(actor, role)
    if used := uses(role):
        raise RoleInUse(
            gettext(
                "The role “%(role)s” is in use by members, invitations or API keys (%(count)s). "
                "Give them another role first."
            )
            % {"role": role.name, "count": grouped(used)}
        )
    record(actor, "deleted", "role", role.id, role.name, permissions=role.granted)
    role.delete()


def one_at_a_time(organization_id: UUID) -> None:
    """Roles are given and changed one after the other: what is checked stays so until it is written."""
    Organization.objects.select_for_update(no_key=True).get(id=organization_id)


def _free_name(others: QuerySet[CustomRole], name: str) -> str:
    name = " ".join(name.split())
    if not name:
        raise Invalid(gettext("Enter a name for the role."), field="name")
    refuse_too_long(CustomRole, {"name": name})
    taken = {label.casefold() for role in Role for label in (role.word, role.label)}
    if name.casefold() in taken or others.filter(name__iexact=name).exists():
        raise Invalid(
            gettext("There already is a role “%(name)s”. Choose another name.") % {"name": name},
            code="role_name_taken",
            field="name",
        )
    return name


def _free_key(others: QuerySet[CustomRole], name: str) -> str:
    base = slug(name, "role")[:32].strip("-")
    taken = {*BUILT_IN, *others.values_list("key", flat=True)}
    numbered = (f"{base}-{number}" for number in range(2, MOST + 10))
    return base if base not in taken else next(key for key in numbered if key not in taken)


def _known(permissions: Iterable[str]) -> list[str]:
    """The permissions in their order. Raises `Invalid` for those that no custom role can have."""
    wanted = set(permissions)
    unknown = sorted(wanted - set(OFFERED))
    if unknown:
        raise Invalid(
            gettext("A custom role can’t have the permission “%(permission)s”.")
            % {"permission": unknown[0][:60]},
            code="permission_invalid",
            field="permissions",
        )
    return [permission.value for permission in OFFERED if permission in wanted]
