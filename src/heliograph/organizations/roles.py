"""Roles and permissions: a matrix of who may do what, and the organization's own roles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import path
from django.views.decorators.http import require_POST

from heliograph.accounts import queries, roles, view_as
from heliograph.accounts.page_access import actor_of, page
from heliograph.core.actor import Actor
from heliograph.core.permissions import GROUPS, Permission
from heliograph.core.translation import gettext
from heliograph.organizations import frame
from heliograph.organizations.forms import CustomRoleForm
from heliograph.ui.confirmation import question

if TYPE_CHECKING:
    from heliograph.accounts.models import CustomRole


@page(Permission.USERS_MANAGE)
def listed(request: HttpRequest) -> HttpResponseBase:
    actor = actor_of(request)
    every = roles.all_roles(actor.organization_id)
    members = queries.members_by_role(actor.organization_id)
    shown = {
        "roles": [{"role": role, "members": members.get(role.word, 0)} for role in every],
        "own_roles": [
            {"role": role, "members": members.get(role.key, 0), "form": _form(actor, role)}
            for role in roles.custom_roles(actor.organization_id)
        ],
        "groups": [
            (
                label,
                [(permission, [permission in role.permissions for role in every]) for permission in group],
            )
            for label, group in GROUPS.items()
        ],
        "new_form": CustomRoleForm(actor=actor),
        "lower_roles": view_as.lower_roles(actor),
    }
    return frame.show(request, "organizations/roles.html", frame.USERS, **shown)


def _form(actor: Actor, role: CustomRole) -> CustomRoleForm | None:
    """The form that changes a role; none for one that gives more than the actor has."""
    if not actor.covers(role):
        return None
    initial: dict[str, Any] = {"name": role.name, "permissions": role.granted}
    return CustomRoleForm(actor=actor, key=role.id, initial=initial)


@require_POST
@page(Permission.USERS_MANAGE)
def add(request: HttpRequest) -> HttpResponseBase:
    actor = actor_of(request)
    made = roles.create_role(actor, **CustomRoleForm.sent(request, actor=actor))
    messages.success(request, gettext("Role “%(role)s” created.") % {"role": made.name})
    return redirect("organization_roles")


@require_POST
@page(Permission.USERS_MANAGE)
def change(request: HttpRequest, role_id: str) -> HttpResponseBase:
    actor = actor_of(request)
    role = roles.custom_role(actor.organization_id, role_id)
    changed = roles.change_role(actor, role, **CustomRoleForm.sent(request, actor=actor))
    messages.success(request, gettext("Role “%(role)s” updated.") % {"role": changed.name})
    return redirect("organization_roles")


@require_POST
@page(Permission.USERS_MANAGE)
def delete(request: HttpRequest, role_id: str) -> HttpResponseBase:
    actor = actor_of(request)
    role = roles.custom_role(actor.organization_id, role_id)
    title = gettext("Delete the role “%(role)s”?") % {"role": role.name}
    follows = [gettext("Nobody has this role, so nobody loses access.")]
    if not roles.uses(role) and (asked := question(request, title, gettext("Delete"), follows)):
        return asked
    roles.delete_role(actor, role)
    messages.success(request, gettext("Role “%(role)s” deleted.") % {"role": role.name})
    return redirect("organization_roles")


urlpatterns = [
    path("admin/org/roles/", listed, name="organization_roles"),
    path("admin/org/roles/new", add, name="role_add"),
    path("admin/org/roles/<str:role_id>/change", change, name="role_change"),
    path("admin/org/roles/<str:role_id>/delete", delete, name="role_delete"),
]
