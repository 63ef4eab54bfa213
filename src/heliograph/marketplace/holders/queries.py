"""Reading program holders, and what their people find."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from django.db.models import Count, QuerySet

from heliograph.accounts import queries as accounts
from heliograph.core.errors import Forbidden, Invalid
from heliograph.core.ids import parse_id
from heliograph.core.scope import refuse_limited
from heliograph.core.translation import gettext
from heliograph.marketplace.errors import HolderNotFound
from heliograph.marketplace.models import Holder, HolderMember, Program

if TYPE_CHECKING:
    from heliograph.accounts.models import Membership
    from heliograph.core.actor import Actor


def holders(organization_id: UUID, search: str = "") -> QuerySet[Holder]:
    """The organization's program holders by name, each with how many ``offers`` and ``members`` it has."""
    refuse_limited()
    rows = Holder.objects.filter(organization_id=organization_id)
    if search:
        rows = rows.filter(name__icontains=search)
    return rows.annotate(
        offers=Count("programs", distinct=True), members=Count("people", distinct=True)
    ).order_by("name", "id")


def holder(organization_id: UUID, id_or_key: str) -> Holder:
    """One program holder by id or key. Raises `HolderNotFound`."""
    by_id, rows = parse_id(id_or_key), holders(organization_id)
    found = rows.filter(id=by_id).first() if by_id else rows.filter(key=id_or_key).first()
    if found is None:
        raise HolderNotFound(gettext("Program holder not found."))
    return found


def named(organization_id: UUID, id_or_key: str) -> Holder:
    """The program holder that was chosen in a form. Raises `Invalid`."""
    try:
        return holder(organization_id, id_or_key)
    except HolderNotFound as reason:
        raise Invalid(reason.sentence, field="holder") from None


def people(holder: Holder) -> QuerySet[Membership]:
    """The members who work for a program holder, by name."""
    rows = accounts.members(holder.organization_id).filter(holders__holder=holder)
    return rows.order_by("user__name", "id")


def programs_of(holder: Holder) -> QuerySet[Program]:
    """The programs of a program holder, the newest first."""
    return Program.objects.filter(holder=holder).select_related("published").order_by("-id")


def works_for(actor: Actor) -> list[Holder]:
    """The program holders that a person works for; none for API keys and for whoever is deactivated."""
    if actor.kind != "user" or actor.id is None:
        return []
    mine = HolderMember.objects.filter(
        holder__organization_id=actor.organization_id, member__user_id=actor.id, member__is_active=True
    )
    return [row.holder for row in mine.select_related("holder").order_by("holder__name")]


def require_any(actor: Actor) -> list[Holder]:
    """The same. Raises `Forbidden` for somebody who works for none."""
    mine = works_for(actor)
    if not mine:
        raise Forbidden(gettext("This page is for program holders. Contact the operator of the marketplace."))
    return mine
