"""REST routes of roles: the built-in ones, and those that an organization makes of permissions."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Field, Router, Schema, Status

from heliograph.accounts import roles
from heliograph.accounts.api_auth import SIGNED_IN
from heliograph.accounts.models import CustomRole
from heliograph.accounts.page_access import actor_of
from heliograph.core.permissions import Permission
from heliograph.core.roles import Granted
from heliograph.core.web.schemas import Body, problems

router = Router(tags=["Organization"], auth=SIGNED_IN)
PERMISSIONS = "Names of permissions, such as `courses.view`; `GET /api/org/roles` lists those of each role."


class RoleOut(Schema):
    id: str | None = Field(description="Null for built-in roles.")
    key: str = Field(description="What members, invitations and API keys have as their `role`.")
    name: str
    built_in: bool
    permissions: list[str]


class RoleList(Schema):
    items: list[RoleOut] = Field(description="Built-in roles from the lowest up, then custom ones by name.")


class RoleNew(Body):
    name: str
    permissions: list[str] = Field(description=PERMISSIONS)


class RoleChange(Body):
    name: str | None = None
    permissions: list[str] | None = Field(None, description=PERMISSIONS)


@router.get("/roles", response={200: RoleList, **problems()}, summary="List roles")
def list_roles(request: HttpRequest) -> Any:
    """All roles of the organization with their permissions."""
    actor = actor_of(request)
    actor.require(Permission.USERS_MANAGE)
    return {"items": [show_role(role) for role in roles.all_roles(actor.organization_id)]}


@router.post("/roles", response={201: RoleOut, **problems(422)}, summary="Create a role")
def create_role(request: HttpRequest, body: RoleNew) -> Any:
    """You can only give permissions that you have yourself. Owners have a built-in role of their own."""
    return Status(201, show_role(roles.create_role(actor_of(request), body.name, body.permissions)))


@router.patch("/roles/{role_id}", response={200: RoleOut, **problems(404, 422)}, summary="Update a role")
def change_role(request: HttpRequest, role_id: str, body: RoleChange) -> Any:
    """Takes effect immediately for everybody who has the role. Its key stays."""
    return show_role(
        roles.change_role(actor_of(request), _role(request, role_id), body.name, body.permissions)
    )


@router.delete("/roles/{role_id}", response={204: None, **problems(404, 409)}, summary="Delete a role")
def delete_role(request: HttpRequest, role_id: str) -> Any:
    """A role that members, invitations or API keys have can't be deleted (`role_in_use`)."""
    roles.delete_role(actor_of(request), _role(request, role_id))
    return Status(204, None)


def show_role(role: Granted) -> dict[str, Any]:
    return {
        "id": str(role.id) if isinstance(role, CustomRole) else None,
        "key": role.word,
        "name": role.label,
        "built_in": not isinstance(role, CustomRole),
        "permissions": [permission.value for permission in Permission if permission in role.permissions],
    }


def _role(request: HttpRequest, role_id: str) -> CustomRole:
    actor = actor_of(request)
    actor.require(Permission.USERS_MANAGE)
    return roles.custom_role(actor.organization_id, role_id)
