"""REST routes of licences: attached to a dispatch or to all of a destination, changed, counted anew, ended."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from ninja import Field, Router, Schema, Status

from heliograph.accounts.access import actor_of
from heliograph.accounts.api_auth import SIGNED_IN
from heliograph.core.actor import Role
from heliograph.core.schemas import Body, Moment, problems
from heliograph.dispatch import queries
from heliograph.dispatch.licenses import actions
from heliograph.dispatch.models import Licence

licences = Router(tags=["Licences"], auth=SIGNED_IN)
of_dispatch = Router(tags=["Licences"], auth=SIGNED_IN)
of_destination = Router(tags=["Licences"], auth=SIGNED_IN)


class LicenceFields(Schema):
    name: str = ""
    starts_at: Moment | None = None
    expires_at: Moment | None = None
    grace_days: int = Field(0, description="Days after the expiry in which nobody is kept out yet.")
    registration_limit: int | None = None
    learner_limit: int | None = Field(None, description="Distinct learners, on however many courses.")
    launch_limit: int | None = Field(None, description="Beyond it, learners who were here before still get in.")
    download_limit: int | None = None
    seat_limit: int | None = Field(
        None, description="Learners at the same time; a seat is free again 15 minutes after its learner was last heard of."
    )
    grace_share: int = Field(0, description="Per cent that may be used beyond each count.")
    access_days: int | None = Field(None, description="Each learner's access, counted from their first launch.")


class LicenceIn(LicenceFields, Body):
    pass


class LicencePatch(Body):
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


class LicenceOut(LicenceFields):
    id: str
    dispatch: str | None
    destination: str | None
    registrations_used: int
    learners_used: int
    launches_used: int
    downloads_used: int
    seats_taken: int
    period: int = Field(description="Raised each time the counters are reset.")
    warned: list[str] = Field(description="Shares that were warned of in this period, as “registrations 90”.")
    ended_at: datetime | None
    created_at: datetime


NEVER_EMPTY = ("name", "grace_days", "grace_share")


@of_dispatch.get("/{dispatch_id}/licences", response={200: list[LicenceOut], **problems(404)}, summary="List a dispatch's licences")
def list_dispatch_licenses(request: HttpRequest, dispatch_id: str) -> Any:
    """In the order in which they follow each other: the first that has not ended is active."""
    actor = actor_of(request)
    actor.require(Role.REPORTER)
    return [show(one) for one in actions.chain_of(queries.dispatch(actor.organisation_id, dispatch_id))]


@of_dispatch.post("/{dispatch_id}/licences", response={201: LicenceOut, **problems(404, 422)}, summary="Attach a licence to a dispatch")
def create_dispatch_license(request: HttpRequest, dispatch_id: str, body: LicenceIn) -> Any:
    """It follows those that are attached already. While a dispatch has licenses of its own, its destination's do not count."""
    actor = actor_of(request)
    actor.require(Role.REPORTER)
    return Status(201, show(actions.attach(actor, queries.dispatch(actor.organisation_id, dispatch_id), **body.dict())))


@of_destination.get(
    "/{destination_id}/licences", response={200: list[LicenceOut], **problems(404)}, summary="List a destination's licences"
)
def list_destination_licenses(request: HttpRequest, destination_id: str) -> Any:
    """In the order in which they follow each other: the first that has not ended is active."""
    actor = actor_of(request)
    actor.require(Role.REPORTER)
    return [show(one) for one in actions.chain_of(queries.destination(actor.organisation_id, destination_id))]


@of_destination.post(
    "/{destination_id}/licences", response={201: LicenceOut, **problems(404, 422)}, summary="Attach a licence to all of a destination"
)
def create_destination_license(request: HttpRequest, destination_id: str, body: LicenceIn) -> Any:
    """It counts for every dispatch of the destination that has no licence of its own."""
    actor = actor_of(request)
    actor.require(Role.REPORTER)
    return Status(201, show(actions.attach(actor, queries.destination(actor.organisation_id, destination_id), **body.dict())))


@licences.get("/{licence_id}", response={200: LicenceOut, **problems(404)}, summary="Read a licence")
def read_license(request: HttpRequest, licence_id: str) -> Any:
    """With what is used of each count in this period."""
    return show(_licence(request, licence_id))


@licences.patch("/{licence_id}", response={200: LicenceOut, **problems(404, 422)}, summary="Change a licence")
def change_license(request: HttpRequest, licence_id: str, body: LicencePatch) -> Any:
    """Null clears a limit. A raised limit or a later expiry brings a licence back that had ended for want of it."""
    given = body.dict(exclude_unset=True).items()
    changes = {name: value for name, value in given if value is not None or name not in NEVER_EMPTY}
    return show(actions.change(actor_of(request), _licence(request, licence_id), **changes))


@licences.post("/{licence_id}/reset", response={200: LicenceOut, **problems(404)}, summary="Begin counting again")
def reset_license(request: HttpRequest, licence_id: str) -> Any:
    """The counts so far stay in the journal."""
    return show(actions.reset_counters(actor_of(request), _licence(request, licence_id)))


@licences.post("/{licence_id}/end", response={200: LicenceOut, **problems(404)}, summary="End a licence now")
def end_license(request: HttpRequest, licence_id: str) -> Any:
    """The next one follows. Where there is none, nobody enters any more."""
    licence = _licence(request, licence_id)
    actions.end(actor_of(request), licence)
    licence.refresh_from_db()
    return show(licence)


def show(licence: Licence) -> dict[str, Any]:
    columns = (
        *LicenceFields.model_fields,
        "registrations_used",
        "learners_used",
        "launches_used",
        "downloads_used",
        "period",
        "warned",
        "ended_at",
    )
    return {
        "id": str(licence.id),
        "dispatch": str(licence.dispatch_id) if licence.dispatch_id else None,
        "destination": str(licence.destination_id) if licence.destination_id else None,
        "seats_taken": actions.seats_taken(licence) if licence.seat_limit else 0,
        "created_at": licence.created_at,
        **{column: getattr(licence, column) for column in columns},
    }


def _licence(request: HttpRequest, licence_id: str) -> Licence:
    actor = actor_of(request)
    actor.require(Role.REPORTER)
    return queries.licence(actor.organisation_id, licence_id)
