"""REST routes of the back office."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from ninja import Field, File, Form, Query, Router, Schema, Status
from ninja.files import UploadedFile

from heliograph.accounts.api_auth import SIGNED_IN
from heliograph.accounts.page_access import actor_of
from heliograph.accounts.user_imports import actions as user_imports
from heliograph.accounts.user_imports import api as user_imports_api
from heliograph.core.permissions import Permission
from heliograph.core.web.paging import DatedQuery, page_of
from heliograph.core.web.schemas import Body, problems
from heliograph.courses import queries as courses
from heliograph.courses.imports import uploads
from heliograph.insights.periods import days
from heliograph.organizations.courses import with_oversight
from heliograph.organizations.overview import facts
from heliograph.ui.home import attention

router = Router(tags=["Organization"], auth=SIGNED_IN)


class CoursesQuery(DatedQuery):
    search: str = Field("", description="Part of the title or key.")


class OverseenCourse(Schema):
    id: str
    key: str
    title: str
    owner: str | None = Field(description="ID of the member who owns it.")
    imported_by: str = Field(description="Who imported its first version.")
    created_at: datetime
    published_version: int | None
    versions: int
    dispatches: int
    registrations: int = Field(description="Ever, with a dispatch or without; updated within a minute.")
    completed: int = Field(description="Those of them that are completed.")
    completion_rate: float | None = Field(description="From 0 to 1; null without registrations.")
    stored_bytes: int = Field(description="Size of the packages of all versions.")


class OverseenCoursePage(Schema):
    items: list[OverseenCourse]
    next_cursor: str | None
    next: str | None


@router.get(
    "/courses", response={200: OverseenCoursePage, **problems(422)}, summary="List courses with their use"
)
def list_overseen_courses(request: HttpRequest, query: Query[CoursesQuery]) -> Any:
    """Every course of the organization, whoever imported it, newest first: versions, dispatches, completion
    rate and storage.
    """
    actor = actor_of(request)
    actor.require(Permission.ORGANIZATION_VIEW)
    rows = courses.courses(actor.organization_id, query.search)
    return page_of(request, rows, query, _show, load=with_oversight)


class NeedsAttention(Schema):
    level: str = Field(description="`bad`, `warn` or `soft`.")
    text: str
    url: str = Field(description="The page that shows it, and what can be done.")


class OrganizationOverview(Schema):
    users: int = Field(description="Active members.")
    deactivated_users: int
    courses: int
    dispatches: int
    registrations: int = Field(description="Ever, with a dispatch or without; updated within a minute.")
    statements: int = Field(description="Of the last 30 days.")
    stored_bytes: int = Field(description="Size of the packages of all courses.")
    attention: list[NeedsAttention]


@router.get("/overview", response={200: OrganizationOverview, **problems()}, summary="Get the overview")
def read_overview(request: HttpRequest) -> Any:
    """What the organization has, and what needs attention today."""
    actor = actor_of(request)
    actor.require(Permission.ORGANIZATION_VIEW)
    counted = facts(actor.organization_id, days("30d"))
    users = counted.pop("users")
    return {
        **counted,
        "users": users["active"],
        "deactivated_users": users["deactivated"],
        "stored_bytes": counted["stored"],
        "attention": [
            {"level": item.tone, "text": item.text, "url": f"{settings.HELIOGRAPH.url}{item.address}"}
            for item in attention(actor.organization_id, actor.role)
        ],
    }


class UserImportIn(Body):
    update_existing: bool = Field(True, description="Without it, rows of existing users are skipped.")
    invites: bool = Field(False, description="Send an invitation to each new user; at most 500.")


@router.post(
    "/user-imports",
    response={202: user_imports_api.UserImportOut, **problems(409, 413, 422)},
    summary="Import users",
)
def create_user_import(request: HttpRequest, body: Form[UserImportIn], file: File[UploadedFile]) -> Any:
    """Send a CSV or XLSX file as `multipart/form-data`. It is checked in the background and changes nothing
    before it is applied.
    """
    actor = actor_of(request)
    actor.require(Permission.USERS_MANAGE)
    started = user_imports.start(actor, uploads.take_over(file), file.name or "", **body.dict())
    return Status(202, user_imports_api.show(started))


def _show(course: Any) -> dict[str, Any]:
    return {
        "id": str(course.id),
        "key": course.key,
        "title": course.title,
        "owner": str(course.owner_id) if course.owner_id else None,
        "imported_by": course.oversight.stored.imported_by,
        "created_at": course.created_at,
        "published_version": course.published.number if course.published else None,
        "versions": course.oversight.stored.versions,
        "dispatches": course.usage.get("dispatches", 0),
        "registrations": course.oversight.registered,
        "completed": course.oversight.completed,
        "completion_rate": course.oversight.completion_rate,
        "stored_bytes": course.oversight.stored.package_bytes,
    }
