"""Program holders: who they are, which members work for them, and what these may do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction

from heliograph.audit.actions import record
from heliograph.core.actor import Actor
from heliograph.core.database.fields import refuse_too_long
from heliograph.core.errors import Conflict, Invalid
from heliograph.core.ids import is_key, slug
from heliograph.core.permissions import Permission
from heliograph.core.translation import gettext
from heliograph.marketplace import rules
from heliograph.marketplace.listing import actions as listing
from heliograph.marketplace.models import Holder, HolderMember

if TYPE_CHECKING:
    from heliograph.accounts.models import Membership


@transaction.atomic
def create(
    actor: Actor,
    name: str,
    *,
    key: str = "",
    email: str = "",
    website: str = "",
    permissions: Sequence[str] = (),
) -> Holder:
    """A program holder. Raises `Invalid` and `Conflict`."""
    actor.require(Permission.PROGRAMS_MANAGE)
    holder = Holder(organization_id=actor.organization_id, key=key or slug(name, "holder"))
    if not is_key(holder.key):
        raise Invalid(
            gettext("IDs can contain letters, numbers, dots, hyphens and underscores."), field="key"
        )
    _describe(holder, name, email, website, permissions)
    try:
        with transaction.atomic():
            holder.save()
    except IntegrityError:
        raise Conflict(
            gettext("The ID “%(key)s” is already in use.") % {"key": holder.key},
            code="key_taken",
            field="key",
        ) from None
    record(actor, "created", "program holder", holder.id, holder.name)
    return holder


@transaction.atomic
def change(
    actor: Actor, holder: Holder, *, name: str, email: str, website: str, permissions: Sequence[str]
) -> Holder:
    """Change what is known of a program holder, and what its people may do. Raises `Invalid`."""
    actor.require(Permission.PROGRAMS_MANAGE)
    before, called = sorted(holder.permissions), holder.name
    _describe(holder, name, email, website, permissions)
    holder.save()
    if holder.name != called:
        listing.refresh_holder(holder)
    record(
        actor,
        "changed",
        "program holder",
        holder.id,
        holder.name,
        before={"permissions": before},
        after={"permissions": sorted(holder.permissions)},
    )
    return holder


@transaction.atomic
def add_person(actor: Actor, holder: Holder, member: Membership) -> None:
    """Have a member of the organization work for a program holder."""
    actor.require(Permission.PROGRAMS_MANAGE)
    _, created = HolderMember.objects.get_or_create(holder=holder, member=member)
    if created:
        record(actor, "added a person to", "program holder", holder.id, holder.name, person=str(member))


@transaction.atomic
def remove_person(actor: Actor, holder: Holder, member: Membership) -> None:
    """The member no longer works for the program holder."""
    actor.require(Permission.PROGRAMS_MANAGE)
    if HolderMember.objects.filter(holder=holder, member=member).delete()[0]:
        record(actor, "removed a person from", "program holder", holder.id, holder.name, person=str(member))


@transaction.atomic
def delete(actor: Actor, holder: Holder) -> None:
    """Delete a program holder without programs. Raises `Conflict`."""
    actor.require(Permission.PROGRAMS_MANAGE)
    if holder.programs.exists():
        raise Conflict(
            gettext("“%(holder)s” has programs. Give them to another holder first.")
            % {"holder": holder.name},
            code="holder_in_use",
        )
    record(actor, "deleted", "program holder", holder.id, holder.name)
    holder.delete()


def _describe(holder: Holder, name: str, email: str, website: str, permissions: Sequence[str]) -> None:
    refuse_too_long(Holder, {"name": name, "email": email, "website": website})
    if not name.strip():
        raise Invalid(gettext("Enter a name."), field="name")
    if website and not website.startswith(("https://", "http://")):
        raise Invalid(gettext("Enter an address that begins with https://."), field="website")
    unknown = [word for word in permissions if word not in rules.HOLDER_PERMISSIONS]
    if unknown:
        raise Invalid(gettext("Choose one of the options."), field="permissions")
    holder.name, holder.email, holder.website = name.strip(), email.strip(), website.strip()
    holder.permissions = sorted(set(permissions))
