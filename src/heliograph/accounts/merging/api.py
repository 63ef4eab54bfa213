"""REST routes of members who are probably one person."""

from datetime import datetime
from typing import Any, Literal

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema, Status

from heliograph.accounts import queries
from heliograph.accounts.api_auth import SIGNED_IN
from heliograph.accounts.merging import duplicates
from heliograph.accounts.models import DismissedDuplicate, Membership
from heliograph.accounts.page_access import actor_of
from heliograph.core.web.paging import PageQuery, next_page, page_of
from heliograph.core.web.schemas import Body, problems

router = Router(tags=["Organization"], auth=SIGNED_IN)


class PossibleDuplicate(Schema):
    id: str = Field(description="ID of the member.")
    email: str
    name: str
    role: str


class DuplicateOut(Schema):
    keep: PossibleDuplicate = Field(description="The member to be kept, who joined or was there first.")
    merge: PossibleDuplicate = Field(description="The member to be merged into the one who is kept.")
    reasons: list[Literal["email", "name"]] = Field(
        description="What they have in common: a mailbox (`email`), or their `name`."
    )


class DuplicatePage(Schema):
    items: list[DuplicateOut]
    next_cursor: str | None
    next: str | None


class TwoMembers(Body):
    user: str = Field(description="ID of a member.")
    other: str = Field(description="ID of the other member.")


class DismissedOut(Schema):
    user: PossibleDuplicate
    other: PossibleDuplicate
    dismissed_by: str
    dismissed_at: datetime


class DismissedPage(Schema):
    items: list[DismissedOut]
    next_cursor: str | None
    next: str | None


@router.get("", response={200: DuplicatePage, **problems(422)}, summary="List possible duplicates")
def list_duplicate_users(request: HttpRequest, query: Query[PageQuery]) -> Any:
    """Active members who are probably one person, the same mailbox before the same name. Merge them with
    `POST /api/org/users/{id}/merge`, or dismiss the suggestion.
    """
    found = duplicates.suggested(actor_of(request), query.limit + 1, query.cursor)
    page, more = found[: query.limit], len(found) > query.limit
    return {"items": [_show(each) for each in page], **next_page(request, page[-1].cursor if more else None)}


@router.get("/dismissed", response={200: DismissedPage, **problems(422)}, summary="List dismissed duplicates")
def list_dismissed_duplicates(request: HttpRequest, query: Query[PageQuery]) -> Any:
    """Members who look like one person and are two, as somebody said, latest first."""
    return page_of(request, duplicates.dismissed(actor_of(request)), query, _show_dismissed)


@router.post("/dismiss", response={204: None, **problems(404, 422)}, summary="Dismiss a possible duplicate")
def dismiss_duplicate_users(request: HttpRequest, body: TwoMembers) -> Any:
    """These two members are two people: they are not suggested again."""
    duplicates.dismiss(actor_of(request), *_two(request, body))
    return Status(204, None)


@router.post(
    "/restore", response={204: None, **problems(404, 422)}, summary="Suggest a dismissed duplicate again"
)
def restore_duplicate_users(request: HttpRequest, body: TwoMembers) -> Any:
    """Takes a dismissal back. Nothing changes for two members who were not dismissed."""
    duplicates.restore(actor_of(request), *_two(request, body))
    return Status(204, None)


def _two(request: HttpRequest, body: TwoMembers) -> tuple[Membership, Membership]:
    actor = actor_of(request)
    actor.require(duplicates.PERMISSION)
    user, other = (queries.member(actor.organization_id, member_id) for member_id in (body.user, body.other))
    return user, other


def _show(duplicate: duplicates.Duplicate) -> dict[str, Any]:
    return {
        "keep": _member(duplicate.kept),
        "merge": _member(duplicate.merged),
        "reasons": duplicate.reasons,
    }


def _show_dismissed(dismissed: DismissedDuplicate) -> dict[str, Any]:
    return {
        "user": _member(dismissed.first),
        "other": _member(dismissed.second),
        "dismissed_by": dismissed.dismissed_by,
        "dismissed_at": dismissed.created_at,
    }


def _member(member: Membership) -> dict[str, str]:
    return {
        "id": str(member.id),
        "email": member.user.email,
        "name": member.full_name,
        "role": member.role,
    }
