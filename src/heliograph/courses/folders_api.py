"""REST routes of folders, and a course's place as routes take it."""

from typing import Any

from django.http import HttpRequest
from ninja import Field, Router, Schema, Status

from heliograph.accounts import queries as accounts
from heliograph.accounts.api_auth import SIGNED_IN
from heliograph.accounts.page_access import actor_of
from heliograph.core.actor import Actor
from heliograph.core.permissions import Permission
from heliograph.core.web.schemas import Body, problems
from heliograph.courses import organizing
from heliograph.courses.models import Folder

router = Router(tags=["Courses"], auth=SIGNED_IN)


class FolderOut(Schema):
    id: str
    name: str
    parent: str | None = Field(description="ID of the folder that it is in; null at the top.")
    path: list[str] = Field(description="The names from the top down to its own.")
    courses: int = Field(description="How many courses lie directly in it.")


class FolderList(Schema):
    items: list[FolderOut] = Field(description="Each folder stands behind the one that it is in.")


class FolderNew(Body):
    name: str
    parent: str = Field("", description="ID of the folder that it is in; leave out for the top.")


class FolderChange(Body):
    name: str | None = None
    parent: str | None = Field(None, description="ID of another folder; an empty text for the top.")


@router.get("", response={200: FolderList, **problems()}, summary="List folders")
def list_folders(request: HttpRequest) -> Any:
    """All folders of the organization, at most 200."""
    actor = actor_of(request)
    actor.require(Permission.COURSES_VIEW)
    counts = organizing.course_counts(actor.organization_id)
    return {"items": [_show(place, counts) for place in organizing.open_places(actor.organization_id)]}


@router.post("", response={201: FolderOut, **problems(404, 422)}, summary="Create a folder")
def create_folder(request: HttpRequest, body: FolderNew) -> Any:
    """Names are unique within a folder, and folders at most five levels deep."""
    actor = actor_of(request)
    actor.require(Permission.COURSES_MANAGE)
    parent = organizing.folder_of(actor.organization_id, body.parent) if body.parent else None
    return Status(201, _one(organizing.create_folder(actor, body.name, parent)))


@router.patch("/{folder_id}", response={200: FolderOut, **problems(404, 422)}, summary="Update a folder")
def change_folder(request: HttpRequest, folder_id: str, body: FolderChange) -> Any:
    """A folder moves with all that is in it."""
    actor, folder = actor_of(request), _folder(request, folder_id)
    if body.parent is None:
        return _one(organizing.change_folder(actor, folder, body.name))
    parent = organizing.folder_of(actor.organization_id, body.parent) if body.parent else None
    return _one(organizing.change_folder(actor, folder, body.name, parent))


@router.delete("/{folder_id}", response={204: None, **problems(404, 409)}, summary="Delete a folder")
def delete_folder(request: HttpRequest, folder_id: str) -> Any:
    """Its courses move to the folder above. One with folders in it is refused (`folder_in_use`)."""
    organizing.delete_folder(actor_of(request), _folder(request, folder_id))
    return Status(204, None)


def places(actor: Actor, changes: dict[str, Any]) -> dict[str, Any]:
    """What of a course's changes is about its place, taken out of them and found.

    Raises `FolderNotFound` and `MemberNotFound`.
    """
    found: dict[str, Any] = {}
    if "tags" in changes:
        found["tags"] = changes.pop("tags")
    if "folder" in changes:
        folder_id = changes.pop("folder")
        found["folder"] = organizing.folder_of(actor.organization_id, folder_id) if folder_id else None
    if "owner" in changes:
        member_id = changes.pop("owner")
        found["owner"] = accounts.member(actor.organization_id, member_id) if member_id else None
    return found


def _folder(request: HttpRequest, folder_id: str) -> Folder:
    actor = actor_of(request)
    actor.require(Permission.COURSES_MANAGE)
    return organizing.folder_of(actor.organization_id, folder_id)


def _one(folder: Folder) -> dict[str, Any]:
    known = organizing.places(folder.organization_id)
    place = next(place for place in known if place.folder.id == folder.id)
    return _show(place, organizing.course_counts(folder.organization_id))


def _show(place: organizing.Place, counts: dict[Any, int]) -> dict[str, Any]:
    folder = place.folder
    return {
        "id": str(folder.id),
        "name": folder.name,
        "parent": str(folder.parent_id) if folder.parent_id else None,
        "path": list(place.path),
        "courses": counts.get(folder.id, 0),
    }
