"""Which enrollments somebody may mark, and which lists they see."""

from __future__ import annotations

from typing import TYPE_CHECKING

from heliograph.core.errors import Forbidden
from heliograph.core.ids import parse_id
from heliograph.core.permissions import Permission
from heliograph.core.translation import gettext
from heliograph.marketplace.errors import CompletionListNotFound
from heliograph.marketplace.holder_portal.marking import MARK_COMPLETE
from heliograph.marketplace.holders.queries import works_for
from heliograph.marketplace.models import CompletionList, Enrollment

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from heliograph.core.actor import Actor


def markable(actor: Actor) -> QuerySet[Enrollment]:
    """The enrollments on which somebody may mark completions: all of the organization for the operator's
    people, those of their programs for people of program holders who may. Raises `Forbidden`.
    """
    rows = Enrollment.objects.filter(organization_id=actor.organization_id)
    if actor.may(Permission.ENROLLMENTS_MANAGE):
        return rows
    mine = works_for(actor)
    allowed = [holder for holder in mine if MARK_COMPLETE in holder.permissions]
    if mine and not allowed:
        raise Forbidden(
            gettext("“%(holder)s” may not do this. Ask the operator of the marketplace.")
            % {"holder": mine[0].name},
            code="holder_may_not",
        )
    if not mine:
        actor.require(Permission.ENROLLMENTS_MANAGE)
    return rows.filter(program__holder__in=allowed)


def lists(actor: Actor) -> QuerySet[CompletionList]:
    """The lists that somebody sees, the newest first: the operator's people all of the organization, others
    their own. Raises `Forbidden`.
    """
    markable(actor)
    rows = CompletionList.objects.filter(organization_id=actor.organization_id)
    if not actor.may(Permission.ENROLLMENTS_MANAGE):
        rows = rows.filter(member__user=actor.id)
    return rows.select_related("member__user").order_by("-id")


def one(actor: Actor, list_id: str) -> CompletionList:
    """One of these by id. Raises `CompletionListNotFound` and `Forbidden`."""
    by_id = parse_id(list_id)
    found = lists(actor).filter(id=by_id).first() if by_id else None
    if found is None:
        raise CompletionListNotFound(gettext("There is no such file of completions."))
    return found
