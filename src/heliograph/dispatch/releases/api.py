"""REST routes of canary publishing: a course's new version for some destinations first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema, Status

from heliograph.accounts.api_auth import SIGNED_IN
from heliograph.accounts.page_access import actor_of
from heliograph.core.permissions import Permission
from heliograph.core.web.schemas import Body, problems
from heliograph.courses import queries as courses
from heliograph.dispatch import queries
from heliograph.dispatch.releases import actions

if TYPE_CHECKING:
    from heliograph.courses.models import Course

router = Router(tags=["Courses"], auth=SIGNED_IN)


class ReleaseIn(Body):
    destinations: list[str] = Field(
        max_length=1000,
        description="IDs or keys of the destinations that get the version before it is published.",
    )


class ReleaseOut(Schema):
    destination: str
    version: int


@router.get(
    "/{course_id}/releases",
    response={200: list[ReleaseOut], **problems(404)},
    summary="List early releases",
)
def list_releases(request: HttpRequest, course_id: str) -> Any:
    """The destinations that have a version before it is published, each with its number."""
    return [
        {"destination": str(canary.destination_id), "version": canary.version.number}
        for canary in actions.ahead(_course(request, course_id))
    ]


@router.post(
    "/{course_id}/versions/{number}/release",
    response={204: None, **problems(404, 422)},
    summary="Release a version early",
)
def release_course_version(request: HttpRequest, course_id: str, number: int, body: ReleaseIn) -> Any:
    """New attempts of these destinations use the version until it is published or the release is rolled
    back.
    """
    actor = actor_of(request)
    version = courses.version(_course(request, course_id), number)
    actions.release_to(
        actor,
        version,
        [queries.destination(actor.organization_id, id_or_key) for id_or_key in body.destinations],
    )
    return Status(204, None)


@router.delete("/{course_id}/releases", response={204: None, **problems(404)}, summary="Roll back a release")
def take_back_release(
    request: HttpRequest,
    course_id: str,
    destination: str = Query("", description="Destination ID or key; empty for all."),
) -> Any:
    """For one destination, or for all. Attempts in progress stay on their version."""
    actor = actor_of(request)
    course = _course(request, course_id)
    actions.take_back(
        actor, course, [queries.destination(actor.organization_id, destination)] if destination else None
    )
    return Status(204, None)


def _course(request: HttpRequest, course_id: str) -> Course:
    actor = actor_of(request)
    actor.require(Permission.DISPATCHES_VIEW)
    return courses.course(actor.organization_id, course_id)
