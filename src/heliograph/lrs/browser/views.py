"""Saved views: filters of the statement browser, kept under a name."""

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse

from heliograph.accounts.page_access import actor_of
from heliograph.audit.actions import record
from heliograph.core.actor import Actor
from heliograph.core.errors import Forbidden
from heliograph.core.ids import parse_id
from heliograph.core.permissions import Permission
from heliograph.core.translation import gettext
from heliograph.lrs.browser.search import StatementFilters
from heliograph.lrs.browser.tables import STATEMENTS
from heliograph.lrs.errors import ViewInvalid, ViewNotFound
from heliograph.lrs.models import SavedView
from heliograph.ui.tables import ViewLink

LONGEST_VIEW_NAME = 80


@transaction.atomic
def save_view(actor: Actor, name: str, asked: StatementFilters, *, shared: bool = False) -> SavedView:
    """Keep filters of the statement browser under a name. Raises `ViewInvalid`."""
    actor.require(Permission.RECORDS_VIEW)
    if actor.kind != "user" or actor.id is None:
        raise ViewInvalid(gettext("Views belong to people. Sign in as a user."))
    name = " ".join(name.split())
    if not name or len(name) > LONGEST_VIEW_NAME:
        raise ViewInvalid(
            gettext("View names must have 1 to %(longest_view_name)s characters.")
            % {"longest_view_name": LONGEST_VIEW_NAME},
            field="name",
        )
    if not asked.anything:
        raise ViewInvalid(gettext("Set a filter before saving a view."))
    try:
        with transaction.atomic():
            made = SavedView.objects.create(
                organization_id=actor.organization_id,
                owner_id=actor.id,
                name=name,
                query=asked.query(),
                shared=shared,
            )
    except IntegrityError:
        raise ViewInvalid(
            gettext("The view name “%(name)s” is already in use. Choose another name.") % {"name": name},
            code="view_name_taken",
            field="name",
        ) from None
    # Not its filters: they may name a person.
    record(actor, "saved", "view of records", made.id, made.name, shared=shared)
    return made


@transaction.atomic
def delete_view(actor: Actor, view: SavedView) -> None:
    """Delete a view: one's own, or as an administrator anybody's. Raises `Forbidden`."""
    refuse_strangers(actor, view)
    record(actor, "deleted", "view of records", view.id, view.name)
    view.delete()


def refuse_strangers(actor: Actor, view: SavedView) -> None:
    """Raise `Forbidden` for whoever may not delete a view."""
    actor.require(Permission.RECORDS_VIEW)
    if not _may_delete(actor, view):
        raise Forbidden(
            gettext("This view belongs to %(owner)s. Only they or an administrator can delete it.")
            % {"owner": view.owner}
        )


def _may_delete(actor: Actor, view: SavedView) -> bool:
    return view.owner_id == actor.id or actor.may(Permission.RECORDS_MANAGE)


def views(actor: Actor) -> QuerySet[SavedView]:
    """The actor's own views and those that are shared, by name."""
    mine = Q(owner_id=actor.id) | Q(shared=True)
    return (
        SavedView.objects.filter(mine, organization_id=actor.organization_id)
        .select_related("owner")
        .order_by("name")
    )


def links(request: HttpRequest, table: str) -> list[ViewLink]:
    """What the menu of the list of statements shows; nothing for other lists."""
    if table != STATEMENTS.name:
        return []
    actor = actor_of(request)
    return [
        ViewLink(
            view.name,
            f"?{view.query}",
            reverse("view_delete", args=[view.id]) if _may_delete(actor, view) else "",
            gettext("Shared by %(owner)s") % {"owner": view.owner} if view.shared else "",
        )
        for view in views(actor)
    ]


def view(actor: Actor, view_id: str) -> SavedView:
    """One view that the actor can see. Raises `ViewNotFound`."""
    by_id = parse_id(view_id)
    view = views(actor).filter(id=by_id).first() if by_id else None
    if view is None:
        raise ViewNotFound(gettext("View not found. It may have been deleted."))
    return view
