"""REST routes of groups."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema, Status

from heliograph.accounts.api_auth import SIGNED_IN
from heliograph.accounts.groups import actions, queries
from heliograph.accounts.models import Group, Membership
from heliograph.accounts.page_access import actor_of
from heliograph.core.web.paging import PageQuery, page_of
from heliograph.core.web.schemas import Body, problems

router = Router(tags=["Organization"], auth=SIGNED_IN)


class UserGroupsQuery(PageQuery):
    search: str = Field("", description="Part of the name.")
    kind: str = Field("", description="Only groups of this kind.")


class UserGroupIn(Body):
    name: str
    kind: str = Field("other", description="`department`, `cohort` or `other`.")
    key: str = Field("", description="Your own identifier, unique among your groups.")


class UserGroupChange(Body):
    name: str | None = None
    kind: str | None = None
    key: str | None = None


class UserGroupOut(Schema):
    id: str
    name: str
    kind: str
    key: str
    members: int
    managers: int
    created_at: datetime


class UserGroupPage(Schema):
    items: list[UserGroupOut]
    next_cursor: str | None
    next: str | None


class GroupMemberOut(Schema):
    id: str
    email: str
    name: str
    role: str
    active: bool


class GroupMemberPage(Schema):
    items: list[GroupMemberOut]
    next_cursor: str | None
    next: str | None


class EmailsIn(Body):
    emails: list[str] = Field(description="Email addresses of members, at most 1,000.")


class AddedOut(Schema):
    added: int = Field(description="How many were not in the group before.")


@router.get("", response={200: UserGroupPage, **problems(422)}, summary="List groups")
def list_groups(request: HttpRequest, query: Query[UserGroupsQuery]) -> Any:
    """Administrators get all groups, others those that they manage; newest first."""
    queries.refuse_others(actor_of(request))
    rows = queries.open_to(actor_of(request), query.search, query.kind)
    return page_of(request, rows.order_by("-id"), query, show_group)


@router.post("", response={201: UserGroupOut, **problems(409, 422)}, summary="Create a group")
def create_group(request: HttpRequest, body: UserGroupIn) -> Any:
    """Names of groups differ, whether in capital letters or not."""
    made = actions.create(actor_of(request), body.name, body.kind, body.key)
    return Status(201, show_group(_group(request, str(made.id))))


@router.get("/{group_id}", response={200: UserGroupOut, **problems(404)}, summary="Get a group")
def read_group(request: HttpRequest, group_id: str) -> Any:
    """A group with how many members and managers it has."""
    return show_group(_group(request, group_id))


@router.patch(
    "/{group_id}", response={200: UserGroupOut, **problems(404, 409, 422)}, summary="Update a group"
)
def change_group(request: HttpRequest, group_id: str, body: UserGroupChange) -> Any:
    """Requires the admin role. What is left out stays."""
    changes = {name: value for name, value in body.dict().items() if value is not None}
    actions.change(actor_of(request), _group(request, group_id), **changes)
    return show_group(_group(request, group_id))


@router.delete("/{group_id}", response={204: None, **problems(404)}, summary="Delete a group")
def delete_group(request: HttpRequest, group_id: str) -> Any:
    """Requires the admin role. The group's people stay in the organization."""
    actions.delete(actor_of(request), _group(request, group_id))
    return Status(204, None)


@router.get(
    "/{group_id}/members",
    response={200: GroupMemberPage, **problems(404, 422)},
    summary="List a group's members",
)
def list_group_members(request: HttpRequest, group_id: str, query: Query[PageQuery]) -> Any:
    """Newest members of the organization first."""
    people = queries.people(_group(request, group_id))
    return page_of(request, people.order_by("-id"), query, _show_person)


@router.post(
    "/{group_id}/members", response={200: AddedOut, **problems(404, 422)}, summary="Add members to a group"
)
def add_group_members(request: HttpRequest, group_id: str, body: EmailsIn) -> Any:
    """All of them or, where an address belongs to no member, nobody (`not_users`)."""
    actor, group = actor_of(request), _group(request, group_id)
    members = actions.found_by_addresses(actor, group, body.emails)
    return {"added": actions.add(actor, group, members)}


@router.delete(
    "/{group_id}/members/{user_id}",
    response={204: None, **problems(404)},
    summary="Remove a member from a group",
)
def remove_group_member(request: HttpRequest, group_id: str, user_id: str) -> Any:
    """The member stays in the organization."""
    group = _group(request, group_id)
    actions.remove(actor_of(request), group, [queries.person(group, user_id)])
    return Status(204, None)


def show_group(group: Any) -> dict[str, Any]:
    return {
        "id": str(group.id),
        "name": group.name,
        "kind": group.kind,
        "key": group.key,
        "members": group.people,
        "managers": group.managed_by,
        "created_at": group.created_at,
    }


def _show_person(member: Membership) -> dict[str, Any]:
    return {
        "id": str(member.id),
        "email": member.user.email,
        "name": member.full_name,
        "role": member.role,
        "active": member.is_active,
    }


def _group(request: HttpRequest, group_id: str) -> Group:
    queries.refuse_others(actor_of(request))
    return queries.group(actor_of(request), group_id)
