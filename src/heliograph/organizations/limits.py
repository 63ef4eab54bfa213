"""Limiting roles: to folders of courses, customers and groups."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import path, reverse
from django.views.decorators.http import require_POST

from heliograph.accounts import actions, queries, roles, scopes
from heliograph.accounts.groups import queries as groups
from heliograph.accounts.page_access import actor_of, page
from heliograph.core.errors import Invalid
from heliograph.core.ids import parse_id
from heliograph.core.permissions import Permission
from heliograph.core.scope import UNLIMITED, Scope, same
from heliograph.core.translation import gettext, gettext_lazy
from heliograph.courses import organizing
from heliograph.dispatch import queries as dispatching
from heliograph.organizations.forms import LIMIT_FIELDS, RoleLimits
from heliograph.ui import lookups
from heliograph.ui.confirmation import question
from heliograph.ui.lookups import MOST_LISTED, Option

if TYPE_CHECKING:
    from heliograph.accounts.models import Membership
    from heliograph.ui.forms import Form

LABELS: Final = {
    "folders": gettext_lazy("Folder"),
    "destinations": gettext_lazy("Customer"),
    "groups": gettext_lazy("Group"),
}


def offer(form: Form, organization_id: UUID) -> Form:
    """The form of a role, with what the role can be limited to."""
    for field, kind in LIMIT_FIELDS.items():
        form.fields[field].offer(  # type: ignore[attr-defined]
            _options(organization_id, kind), reverse("limit_choices")
        )
    return form


def sent_scope(organization_id: UUID, sent: dict[str, Any]) -> Scope:
    """What a form with `LIMIT_FIELDS` limits a role to; its fields are taken out of ``sent``.

    Raises `Invalid` for what is not there.
    """
    chosen = {
        kind: _found(organization_id, kind, field, sent.pop(field)) for field, kind in LIMIT_FIELDS.items()
    }
    return scopes.read(organization_id, chosen)


def _found(organization_id: UUID, kind: str, field: str, written: str) -> list[str]:
    """The id of what was chosen, or of the only one that is called as somebody wrote."""
    if not written or parse_id(written):
        return [written] if written else []
    called = [
        option.value
        for option in _options(organization_id, kind, written)
        if option.label.casefold() == written.strip().casefold()
    ]
    if len(called) != 1:
        raise Invalid(
            gettext("“%(name)s” was not found. Choose one from the list.") % {"name": written[:100]},
            code="scope_invalid",
            field=field,
        )
    return called


def _options(organization_id: UUID, kind: str, search: str = "") -> Iterator[Option]:
    match kind:
        case "folders":
            for place in organizing.places(organization_id):
                if search.casefold() in place.label.casefold():
                    yield Option(str(place.folder.id), place.label)
        case "destinations":
            for customer in dispatching.named_destinations(organization_id, search)[: MOST_LISTED + 1]:
                yield Option(str(customer.id), customer.name, customer.key)
        case _:
            for group in groups.groups(organization_id, search)[: MOST_LISTED + 1]:
                yield Option(str(group.id), group.name)


@page(Permission.USERS_MANAGE, Permission.API_KEYS_MANAGE)
def choices(request: HttpRequest) -> HttpResponseBase:
    """What a combobox finds, which sends what is typed under its own name."""
    field = next((name for name in LIMIT_FIELDS if name in request.GET), "limit_folder")
    search = request.GET.get(field, "").strip()
    return lookups.options(request, _options(actor_of(request).organization_id, LIMIT_FIELDS[field], search))


@require_POST
@page(Permission.USERS_MANAGE)
def add(request: HttpRequest, member_id: str) -> HttpResponseBase:
    """Limit a member's role, or limit it to one more of a kind."""
    member = queries.member(actor_of(request).organization_id, member_id)
    chosen = sent_scope(member.organization_id, RoleLimits.sent(request))
    if not chosen:
        raise Invalid(gettext("Choose what to limit the role to."), field=next(iter(LIMIT_FIELDS)))
    wider = {kind: same([*getattr(member.scope, kind), *getattr(chosen, kind)]) for kind in scopes.KINDS}
    for kind, ids in wider.items():
        scopes.refuse_too_many(kind, ids)
    return _changed(request, member, Scope(**wider))


@require_POST
@page(Permission.USERS_MANAGE)
def remove(request: HttpRequest, member_id: str) -> HttpResponseBase:
    """Take one limit away. The last one of a kind opens the whole organization in that respect: it is asked
    about first.
    """
    member = queries.member(actor_of(request).organization_id, member_id)
    gone = parse_id(request.POST.get("limit", ""))
    before = {kind: getattr(member.scope, kind) for kind in scopes.KINDS}
    scope = Scope(**{kind: tuple(each for each in ids if each != gone) for kind, ids in before.items()})
    opened = [kind for kind in scopes.KINDS if before[kind] and not getattr(scope, kind)]
    if opened and (
        asked := question(
            request,
            gettext("Remove this limit of %(person)s?") % {"person": member},
            gettext("Remove"),
            [_consequence(scope, opened[0])],
        )
    ):
        return asked
    return _changed(request, member, scope)


def _consequence(scope: Scope, kind: str) -> str:
    if scope == UNLIMITED:
        return gettext("They have all permissions of their role, for the whole organization.")
    return {
        "folders": gettext("They are no longer limited to folders of courses."),
        "destinations": gettext("They are no longer limited to customers."),
        "groups": gettext("They are no longer limited to groups."),
    }[kind]


def _changed(request: HttpRequest, member: Membership, scope: Scope) -> HttpResponseBase:
    actor = actor_of(request)
    role = roles.granted(member.organization_id, member.role)
    changed = actions.change_role(actor, member, role, scope)
    text = (
        gettext("%(user)s is limited now.") if changed.scope else gettext("%(user)s is not limited any more.")
    )
    messages.success(request, text % {"user": changed})
    return redirect("organization_user", changed.id)


def shown(member: Membership) -> list[tuple[str, UUID, str]]:
    """A member's limits: of each its kind as pages say it, its id, and its name."""
    return [
        (str(LABELS[kind]), each, name)
        for kind, called in scopes.named(member.organization_id, member.scope).items()
        for each, name in called.items()
    ]


def with_limits(members: list[Membership]) -> list[Membership]:
    """Members, each with ``limited_to``: its limits as pages say them; their names are asked for at once."""
    there = {kind: _named(kind, members) for kind in scopes.KINDS}
    for member in members:
        member.limited_to = "; ".join(  # type: ignore[attr-defined]
            f"{LABELS[kind]}: {there[kind].get(each, scopes.DELETED)}"
            for kind in scopes.KINDS
            for each in getattr(member.scope, kind)
        )
    return members


def _named(kind: str, members: list[Membership]) -> dict[UUID, str]:
    """What the limits of one kind are called that any of the members has."""
    ids = {each for member in members for each in getattr(member.scope, kind)}
    return scopes.names(members[0].organization_id, kind, ids) if ids else {}


urlpatterns = [
    path("admin/org/limits", choices, name="limit_choices"),
    path("admin/org/users/<str:member_id>/limits", add, name="member_limits"),
    path("admin/org/users/<str:member_id>/limits/remove", remove, name="member_limit_remove"),
]
