"""REST routes of the operator's program holders."""

from typing import Any, Literal

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema, Status

from heliograph.accounts import queries as accounts
from heliograph.accounts.api_auth import SIGNED_IN
from heliograph.accounts.page_access import actor_of
from heliograph.core.permissions import Permission
from heliograph.core.web.paging import PageQuery, page_of
from heliograph.core.web.schemas import Body, problems
from heliograph.marketplace.holders import actions, queries
from heliograph.marketplace.models import Holder

router = Router(tags=["Program holders"], auth=SIGNED_IN)
HolderPermission = Literal["mark_complete", "verify_claims", "match_results"]


class HolderOut(Schema):
    id: str
    key: str
    name: str
    email: str
    website: str
    permissions: list[HolderPermission] = Field(description="What its people may do.")


class HolderPage(Schema):
    items: list[HolderOut]
    next_cursor: str | None
    next: str | None


class HolderNew(Body):
    name: str
    key: str = Field("", description="Made of the name where it is empty.")
    email: str = ""
    website: str = ""
    permissions: list[HolderPermission] = []


class HolderPersonNew(Body):
    email: str = Field(description="Email address of a member of the organization.")


@router.get("", response={200: HolderPage, **problems(422)}, summary="List program holders")
def list_holders(request: HttpRequest, query: Query[PageQuery]) -> Any:
    """Training providers whose programs the organization offers, newest first."""
    actor = actor_of(request)
    actor.require(Permission.PROGRAMS_VIEW)
    rows = queries.holders(actor.organization_id).order_by("-id")
    return page_of(request, rows, query, show_holder)


@router.post("", response={201: HolderOut, **problems(409, 422)}, summary="Create a program holder")
def create_holder(request: HttpRequest, body: HolderNew) -> Any:
    """Its people are added afterwards; without permissions they only see their students."""
    actor = actor_of(request)
    return Status(201, show_holder(actions.create(actor, **body.dict())))


@router.post(
    "/{holder_id}/people",
    response={204: None, **problems(404, 422)},
    summary="Add a user to a program holder",
)
def add_holder_person(request: HttpRequest, holder_id: str, body: HolderPersonNew) -> Any:
    """A member of the organization, who finds the pages of program holders from then on."""
    actor = actor_of(request)
    actor.require(Permission.PROGRAMS_MANAGE)
    holder = queries.holder(actor.organization_id, holder_id)
    [member] = accounts.members_by_emails(actor.organization_id, [body.email], field="email")
    actions.add_person(actor, holder, member)
    return Status(204, None)


def show_holder(holder: Holder) -> dict[str, Any]:
    """A program holder as the API shows it."""
    return {
        "id": str(holder.id),
        "key": holder.key,
        "name": holder.name,
        "email": holder.email,
        "website": holder.website,
        "permissions": holder.permissions,
    }
