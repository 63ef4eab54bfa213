"""REST routes of licenses: attached to a dispatch or a whole destination, changed, counted anew, ended."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from ninja import Field, Router, Schema, Status

from heliograph.accounts.api_auth import SIGNED_IN
from heliograph.accounts.page_access import actor_of
from heliograph.core.permissions import Permission
from heliograph.core.scope import limited
from heliograph.core.web.schemas import Body, Moment, problems
from heliograph.dispatch import queries
from heliograph.dispatch.licenses import actions, enforcement
from heliograph.dispatch.models import License

licenses = Router(tags=["Licenses"], auth=SIGNED_IN)
of_dispatch = Router(tags=["Licenses"], auth=SIGNED_IN)
of_destination = Router(tags=["Licenses"], auth=SIGNED_IN)


class LicenseFields(Schema):
    name: str = ""
    starts_at: Moment | None = None
    expires_at: Moment | None = None
    grace_days: int = Field(0, description="Days after the end date during which access continues.")
    registration_limit: int | None = None
    learner_limit: int | None = Field(None, description="Distinct learners across all courses.")
    launch_limit: int | None = Field(
        None, description="Returning learners keep access when the limit is reached."
    )
    download_limit: int | None = None
    seat_limit: int | None = Field(
        None,
        description="Concurrent learners. A seat is released 15 minutes after the learner's last activity.",
    )
    grace_share: int = Field(0, description="Overage allowance: % that may be used beyond each limit.")
    access_days: int | None = Field(
        None, description="Access period per learner in days, from the first launch."
    )


class LicenseIn(LicenseFields, Body):
    pass


class LicensePatch(Body):
    name: str | None = None
    starts_at: Moment | None = None
    expires_at: Moment | None = None
    grace_days: int | None = None
    registration_limit: int | None = None
    learner_limit: int | None = None
    launch_limit: int | None = None
    download_limit: int | None = None
    seat_limit: int | None = None
    grace_share: int | None = None
    access_days: int | None = None


class LicenseOut(LicenseFields):
    id: str
    dispatch: str | None
    destination: str | None
    registrations_used: int
    learners_used: int
    launches_used: int
    downloads_used: int
    seats_taken: int
    period: int = Field(description="Increased each time usage is reset.")
    warnings_sent: list[str] = Field(
        description="Warnings sent in this period, such as “registrations 90” for 90% of registrations."
    )
    ended_at: datetime | None
    created_at: datetime


NEVER_EMPTY = ("name", "grace_days", "grace_share")


@of_dispatch.get(
    "/{dispatch_id}/licenses",
    response={200: list[LicenseOut], **problems(404)},
    summary="List a dispatch's licenses",
)
def list_dispatch_licenses(request: HttpRequest, dispatch_id: str) -> Any:
    """In the order in which they take effect: the first that has not ended is active."""
    actor = actor_of(request)
    actor.require(Permission.DISPATCHES_VIEW)
    return [
        show(license)
        for license in enforcement.licenses_of(queries.dispatch(actor.organization_id, dispatch_id))
    ]


@of_dispatch.post(
    "/{dispatch_id}/licenses",
    response={201: LicenseOut, **problems(404, 422)},
    summary="Add a license to a dispatch",
)
def create_dispatch_license(request: HttpRequest, dispatch_id: str, body: LicenseIn) -> Any:
    """Takes effect after the licenses that are there already.

    While a dispatch has licenses of its own, those of its destination do not apply.
    """
    actor = actor_of(request)
    actor.require(Permission.DISPATCHES_VIEW)
    return Status(
        201, show(actions.attach(actor, queries.dispatch(actor.organization_id, dispatch_id), **body.dict()))
    )


@of_destination.get(
    "/{destination_id}/licenses",
    response={200: list[LicenseOut], **problems(404)},
    summary="List a destination's licenses",
)
def list_destination_licenses(request: HttpRequest, destination_id: str) -> Any:
    """In the order in which they take effect: the first that has not ended is active. None for a role that is
    limited to folders: these licenses count for all courses.
    """
    actor = actor_of(request)
    actor.require(Permission.DISPATCHES_VIEW)
    destination = queries.destination(actor.organization_id, destination_id)
    return [show(license) for license in limited(enforcement.licenses_of(destination))]


@of_destination.post(
    "/{destination_id}/licenses",
    response={201: LicenseOut, **problems(404, 422)},
    summary="Add a license to a destination",
)
def create_destination_license(request: HttpRequest, destination_id: str, body: LicenseIn) -> Any:
    """Applies to every dispatch of the destination that has no license of its own."""
    actor = actor_of(request)
    actor.require(Permission.DISPATCHES_VIEW)
    return Status(
        201,
        show(
            actions.attach(actor, queries.destination(actor.organization_id, destination_id), **body.dict())
        ),
    )


@licenses.get("/{license_id}", response={200: LicenseOut, **problems(404)}, summary="Read a license")
def read_license(request: HttpRequest, license_id: str) -> Any:
    """With the usage in this period."""
    return show(_license(request, license_id))


@licenses.patch("/{license_id}", response={200: LicenseOut, **problems(404, 422)}, summary="Change a license")
def change_license(request: HttpRequest, license_id: str, body: LicensePatch) -> Any:
    """Null removes a limit.

    A higher limit or a later end date reactivates a license that had ended because of it.
    """
    given = body.dict(exclude_unset=True).items()
    changes = {name: value for name, value in given if value is not None or name not in NEVER_EMPTY}
    return show(actions.change(actor_of(request), _license(request, license_id), **changes))


@licenses.post(
    "/{license_id}/reset", response={200: LicenseOut, **problems(404)}, summary="Reset license usage"
)
def reset_license(request: HttpRequest, license_id: str) -> Any:
    """Previous counts are in the audit log."""
    return show(actions.reset_counters(actor_of(request), _license(request, license_id)))


@licenses.post("/{license_id}/end", response={200: LicenseOut, **problems(404)}, summary="End a license")
def end_license(request: HttpRequest, license_id: str) -> Any:
    """Takes effect immediately. The next license starts; without one, access ends."""
    license = _license(request, license_id)
    actions.end(actor_of(request), license)
    license.refresh_from_db()
    return show(license)


def show(license: License) -> dict[str, Any]:
    columns = (
        *LicenseFields.model_fields,
        "registrations_used",
        "learners_used",
        "launches_used",
        "downloads_used",
        "period",
        "warnings_sent",
        "ended_at",
    )
    return {
        "id": str(license.id),
        "dispatch": str(license.dispatch_id) if license.dispatch_id else None,
        "destination": str(license.destination_id) if license.destination_id else None,
        "seats_taken": enforcement.seats_taken(license) if license.seat_limit else 0,
        "created_at": license.created_at,
        **{column: getattr(license, column) for column in columns},
    }


def _license(request: HttpRequest, license_id: str) -> License:
    actor = actor_of(request)
    actor.require(Permission.DISPATCHES_VIEW)
    return queries.license(actor.organization_id, license_id)
