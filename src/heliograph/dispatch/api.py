"""REST routes of destinations and dispatches."""

from datetime import datetime
from typing import Any, Literal

from django.http import HttpRequest, HttpResponseBase
from ninja import Field, Query, Router, Schema, Status

from heliograph.accounts.access import actor_of
from heliograph.accounts.api_auth import SIGNED_IN
from heliograph.core.actor import Role
from heliograph.core.ids import parse_id
from heliograph.core.paging import DatedQuery, PageQuery, page_of
from heliograph.core.schemas import Moment, problems
from heliograph.courses import queries as courses
from heliograph.dispatch import actions, downloads, ledger, queries, usage
from heliograph.dispatch.models import Destination, Dispatch, RelayReceipt
from heliograph.runtime.api import LaunchOut, LearnerIn
from heliograph.runtime.models import Registration

destinations = Router(tags=["Destinations"], auth=SIGNED_IN)
router = Router(tags=["Dispatch"], auth=SIGNED_IN)


class ColoursIn(Schema):
    accent: str = Field("", description="Of buttons, as #b45309.")
    background: str = Field("", description="Of the page, as #fffdf8.")


class BrandingIn(Schema):
    """How the package's own pages look and speak. What is left out stays; what is empty is taken away."""

    name: str = Field("", description="Shown above each message.")
    logo: str = Field(
        "", description="An image as “data:image/png;base64,…” (PNG, JPEG, SVG; at most 128 KB), or the name of one sent before."
    )
    colours: ColoursIn | None = Field(
        None, description="They count as a pair; one that cannot be read is refused with `branding_contrast`."
    )
    language: str = Field(
        "", description="A language's tag, “browser” for the learner's own, or empty: a destination's is then the learner's own."
    )
    texts: dict[str, dict[str, str]] = Field({}, description="By language and name: what is said in place of the catalogue's texts.")


class ColoursOut(Schema):
    accent: str
    background: str


class BrandingOut(Schema):
    name: str
    logo: str
    colours: ColoursOut
    language: str
    texts: dict[str, dict[str, str]]


class DestinationIn(Schema):
    name: str
    key: str = ""
    notes: str = ""
    identity: Literal["as_given", "hashed", "anonymous"] = Field("as_given", description="How its learners are known to us.")
    host: str = Field("", description="The origin its packages call, as https://learn.example.org; empty for ours.")
    moved_to: str = Field("", description="The origin its packages in the field are sent on to.")
    branding: BrandingIn | None = Field(None, description="Of its packages downloaded from now on.")


class DestinationPatch(Schema):
    name: str | None = None
    key: str | None = None
    notes: str | None = None
    identity: Literal["as_given", "hashed", "anonymous"] | None = None
    host: str | None = None
    moved_to: str | None = None
    branding: BrandingIn | None = None


class DestinationOut(Schema):
    id: str
    key: str
    name: str
    notes: str
    identity: str
    host: str
    moved_to: str
    branding: BrandingOut
    dispatches: int
    created_at: datetime


class DispatchIn(Schema):
    course: str = Field(description="The course's id or key.")
    destination: str = Field(description="The destination's id or key.")
    key: str = ""
    name: str = ""
    description: str = ""
    enabled: bool = True
    expires_at: Moment | None = None
    new_learners_allowed: bool = True
    registration_limit: int | None = Field(None, description="How many learners may be registered; none for no limit.")
    mode: Literal["hosted", "embedded"] = "hosted"
    allowed_domains: list[str] = Field([], description="Host names of LMSs that may open it, with what lies below them; empty for any.")
    tags: list[str] = Field([], description="Your own words, to find it by.")
    exit_to: str = Field(
        "", description="Where leaving the course leads: `close`, `blank`, an address; empty for a page that says goodbye."
    )
    instanced: bool = Field(
        False,
        description="Whether an LMS that begins anew (`ab-initio`) begins a new attempt, for learners who are confirmed. Hosted packages only.",
    )
    confirmed_only: bool = Field(
        False,
        description="Known learners come back only with the mark that their LMS or browser keeps. Off: sessions without it are flagged.",
    )
    tracking: bool = Field(True, description="Off: sessions keep no name and no mail address.")
    branding: BrandingIn | None = Field(None, description="Over its destination's, field by field.")
    postback_url: str = Field("", description="Where we send what becomes of its learners; empty for nowhere.")


class DispatchPatch(Schema):
    key: str | None = None
    name: str | None = None
    description: str | None = None
    enabled: bool | None = None
    expires_at: Moment | None = None
    new_learners_allowed: bool | None = None
    registration_limit: int | None = None
    mode: Literal["hosted", "embedded"] | None = None
    allowed_domains: list[str] | None = None
    tags: list[str] | None = None
    exit_to: str | None = None
    instanced: bool | None = None
    confirmed_only: bool | None = None
    tracking: bool | None = None
    branding: BrandingIn | None = None
    postback_url: str | None = None


class RekeyIn(Schema):
    grace_days: int = Field(30, description="How long packages in the field keep working; 0 stops them at once.")


class BulkIn(Schema):
    dispatches: list[str] = Field([], max_length=1000, description="Ids or keys.")
    search: str = Field("", description="Or all that this search and state find, as in the list.")
    state: str = ""
    enabled: bool | None = None
    expires_at: Moment | None = None
    delete: bool = False


class PackageQuery(Schema):
    format: str = Field("", description="`scorm12` and the like, as the package's formats are called; empty for the usual one.")
    mode: str = Field("hosted", description="`hosted` or `embedded`.")


class ManyPackagesQuery(Schema):
    format: str = Field("", description="Without it: SCORM 1.2, or an embedded course's own.")
    mode: Literal["", "hosted", "embedded"] = Field("", description="Without it, each dispatch's own.")


class DestinationPackagesQuery(ManyPackagesQuery):
    search: str = Field("", description="Only those that this finds, as in the list of dispatches.")
    state: Literal["", "active", "full", "upcoming", "disabled", "expired"] = Field("", description="Only those in this state.")


class PackagesQuery(ManyPackagesQuery):
    dispatch: list[str] = Field([], max_length=200, description="Ids or keys; give it once for each.")


class BulkOut(Schema):
    changed: int
    refused: list[dict[str, str]] = Field(description="Dispatches that were left as they are, each with the reason.")


class DispatchOut(Schema):
    id: str
    key: str
    course: str
    destination: str
    name: str
    description: str
    mode: str
    state: Literal["active", "full", "upcoming", "disabled", "expired"]
    enabled: bool
    expires_at: datetime | None
    new_learners_allowed: bool
    registration_limit: int | None
    registrations_used: int
    allowed_domains: list[str]
    tags: list[str]
    exit_to: str
    instanced: bool
    confirmed_only: bool
    late_admissions: int = Field(
        description="Learners of embedded packages whom the limits would have refused, and whose results were kept."
    )
    tracking: bool
    branding: BrandingOut
    launches: int
    refused: int
    downloads: int
    postback_url: str
    created_by: str
    created_at: datetime


class ReceiptOut(Schema):
    id: str
    registration: str
    element: str
    written: str
    kept: str
    agrees: bool | None = Field(description="Null where the LMS took the value and cannot be asked what it kept.")
    error: str
    reason: str = Field(description="Why the LMS may have kept something else, as a code; empty where it agrees.")
    advice: str = Field(description="What to tell the customer; empty where it agrees.")
    written_at: datetime


class DestinationPage(Schema):
    items: list[DestinationOut]
    next_cursor: str | None
    next: str | None


class DispatchPage(Schema):
    items: list[DispatchOut]
    next_cursor: str | None
    next: str | None


class DispatchQuery(DatedQuery):
    search: str = Field("", description="A part of its name or key, of the course's title or of the destination's name, or a tag.")
    state: Literal["", "active", "full", "upcoming", "disabled", "expired"] = Field("", description="As it stands now.")
    course: str = Field("", description="The course's id or key.")
    destination: str = Field("", description="The destination's id or key.")
    mode: Literal["", "hosted", "embedded"] = Field("", description="Where its content lies.")
    tag: str = Field("", description="Only those with this tag.")


class DestinationQuery(DatedQuery):
    search: str = Field("", description="A part of its name or key.")


class ReceiptQuery(DatedQuery):
    agrees: bool | None = Field(None, description="Only what the LMS kept as it was written, or only what it did not.")
    registration: str = Field("", description="The registration's id.")


class ReceiptPage(Schema):
    items: list[ReceiptOut]
    next_cursor: str | None
    next: str | None


class ResultQuery(PageQuery):
    state: Literal["", "confirmed", "differs", "not_written", "unreadable"] = Field("", description="Only what is so in the LMS.")


class ResultOut(Schema):
    registration: str
    learner_id: str
    learner_name: str
    completion: str
    success: str
    score_scaled: float | None
    in_the_lms: Literal["confirmed", "differs", "not_written", "unreadable"]


class ResultPage(Schema):
    items: list[ResultOut]
    next_cursor: str | None
    next: str | None


class DispatchLaunchIn(Schema):
    learner: LearnerIn


NULLABLE = ("expires_at", "registration_limit")


@destinations.get("", response={200: DestinationPage, **problems(422)}, summary="List destinations")
def list_destinations(request: HttpRequest, query: Query[DestinationQuery]) -> Any:
    actor = actor_of(request)
    actor.require(Role.REPORTER)
    return page_of(request, queries.destinations(actor.organisation_id, query.search), query, show_destination)


@destinations.post("", response={201: DestinationOut, **problems(409, 422)}, summary="Create a destination")
def create_destination(request: HttpRequest, body: DestinationIn) -> Any:
    return Status(201, show_destination(actions.create_destination(actor_of(request), **body.dict())))


@destinations.get("/{destination_id}", response={200: DestinationOut, **problems(404)}, summary="Read a destination")
def read_destination(request: HttpRequest, destination_id: str) -> Any:
    return show_destination(_destination(request, destination_id))


@destinations.patch("/{destination_id}", response={200: DestinationOut, **problems(404, 409, 422)}, summary="Change a destination")
def change_destination(request: HttpRequest, destination_id: str, body: DestinationPatch) -> Any:
    return show_destination(actions.change_destination(actor_of(request), _destination(request, destination_id), **_given(body)))


@destinations.delete("/{destination_id}", response={204: None, **problems(404, 409)}, summary="Delete a destination")
def delete_destination(request: HttpRequest, destination_id: str) -> Any:
    actions.delete_destination(actor_of(request), _destination(request, destination_id))
    return Status(204, None)


@destinations.get(
    "/{destination_id}/packages",
    response={200: bytes, **problems(404, 409, 422)},
    summary="Download the packages of all its dispatches",
)
def packages_of_destination(request: HttpRequest, destination_id: str, query: Query[DestinationPackagesQuery]) -> HttpResponseBase:
    """One zip of at most 1,000 packages.

    Each is counted as a download. What is refused, as by a licence, is left out, and named with the reason in “LEFT OUT.txt”.
    """
    actor = actor_of(request)
    actor.require(Role.MANAGER)
    found = _destination(request, destination_id)
    chosen = queries.dispatches(actor.organisation_id, query.search, query.state).filter(destination=found)
    return downloads.packages(actor, found, chosen, query.format, query.mode)


@router.get("", response={200: DispatchPage, **problems(404, 422)}, summary="List dispatches")
def list_dispatches(request: HttpRequest, query: Query[DispatchQuery]) -> Any:
    """Newest first; `since` and `until` look at when they were made."""
    actor = actor_of(request)
    actor.require(Role.REPORTER)
    found = queries.dispatches(actor.organisation_id, query.search, query.state)
    if query.course:
        found = found.filter(course=courses.course(actor.organisation_id, query.course))
    if query.destination:
        found = found.filter(destination=queries.destination(actor.organisation_id, query.destination))
    if query.mode:
        found = found.filter(mode=query.mode)
    if query.tag:
        found = found.filter(tags__contains=[query.tag])
    return page_of(request, found, query, show_dispatch, usage.load)


@router.post("", response={201: DispatchOut, **problems(404, 409, 422)}, summary="Create a dispatch")
def create_dispatch(request: HttpRequest, body: DispatchIn) -> Any:
    actor = actor_of(request)
    actor.require(Role.MANAGER)
    settings = body.dict()
    course = courses.course(actor.organisation_id, settings.pop("course"))
    destination = queries.destination(actor.organisation_id, settings.pop("destination"))
    return Status(201, show_dispatch(actions.create_dispatch(actor, course, destination, **settings)))


@router.post("/bulk", response={200: BulkOut, **problems(404, 422)}, summary="Change or delete many dispatches")
def bulk(request: HttpRequest, body: BulkIn) -> Any:
    """Each is changed for itself: one that cannot be does not keep the others back."""
    actor = actor_of(request)
    actor.require(Role.MANAGER)
    if body.dispatches:
        chosen = [queries.dispatch(actor.organisation_id, one) for one in body.dispatches]
    else:
        chosen = list(queries.dispatches(actor.organisation_id, body.search, body.state))
    changes = {
        name: value
        for name, value in body.dict(include={"enabled", "expires_at"}, exclude_unset=True).items()
        if name != "enabled" or value is not None
    }
    changed, refused = actions.change_many(actor, chosen, delete=body.delete, **changes)
    return {"changed": changed, "refused": refused}


@router.get("/packages", response={200: bytes, **problems(404, 409, 422)}, summary="Download the packages of many dispatches")
def packages(request: HttpRequest, query: Query[PackagesQuery]) -> HttpResponseBase:
    """One zip that holds each dispatch's package in its own mode; what cannot be had is named in `LEFT OUT.txt`."""
    actor = actor_of(request)
    actor.require(Role.MANAGER)
    return downloads.packages(
        actor, None, [queries.dispatch(actor.organisation_id, one) for one in query.dispatch], query.format, query.mode
    )


@router.get("/{dispatch_id}", response={200: DispatchOut, **problems(404)}, summary="Read a dispatch")
def read_dispatch(request: HttpRequest, dispatch_id: str) -> Any:
    return show_dispatch(_dispatch(request, dispatch_id))


@router.patch("/{dispatch_id}", response={200: DispatchOut, **problems(404, 409, 422)}, summary="Change a dispatch")
def change_dispatch(request: HttpRequest, dispatch_id: str, body: DispatchPatch) -> Any:
    return show_dispatch(actions.change_dispatch(actor_of(request), _dispatch(request, dispatch_id), **_given(body)))


@router.delete("/{dispatch_id}", response={204: None, **problems(404, 409)}, summary="Delete a dispatch")
def delete_dispatch(request: HttpRequest, dispatch_id: str) -> Any:
    actions.delete_dispatch(actor_of(request), _dispatch(request, dispatch_id))
    return Status(204, None)


@router.post("/{dispatch_id}/rekey", response={200: DispatchOut, **problems(404, 422)}, summary="Give its packages a new key")
def rekey(request: HttpRequest, dispatch_id: str, body: RekeyIn) -> Any:
    return show_dispatch(actions.rekey(actor_of(request), _dispatch(request, dispatch_id), body.grace_days))


@router.post(
    "/{dispatch_id}/launch",
    response={201: LaunchOut, **problems(404, 422)},
    summary="Make a launch link for one learner",
)
def launch(request: HttpRequest, dispatch_id: str, body: DispatchLaunchIn) -> Any:
    """Admits the learner within the dispatch's limits; a refusal is a 403 with the code of the limit."""
    dispatch = _dispatch(request, dispatch_id)
    actor_of(request).require(Role.MANAGER)
    who = body.learner
    return Status(201, actions.direct_link(dispatch, who.id, who.name, who.email).__dict__)


@router.get(
    "/{dispatch_id}/package",
    response={200: bytes, **problems(404, 409, 422)},
    summary="Download the package for the customer's LMS",
)
def package(request: HttpRequest, dispatch_id: str, query: Query[PackageQuery]) -> HttpResponseBase:
    """Hosted (the content stays here) or embedded (it travels inside). Without a format: SCORM 1.2, or an embedded course's own."""
    dispatch = _dispatch(request, dispatch_id)
    actor_of(request).require(Role.MANAGER)
    return downloads.package(actor_of(request), dispatch, query.format, query.mode)


@router.get("/{dispatch_id}/receipts", response={200: ReceiptPage, **problems(404, 422)}, summary="What the customer's LMS kept")
def receipts(request: HttpRequest, dispatch_id: str, query: Query[ReceiptQuery]) -> Any:
    rows = queries.receipts(_dispatch(request, dispatch_id))
    if query.agrees is not None:
        rows = rows.filter(agrees=query.agrees)
    if query.registration:
        rows = rows.filter(registration_id=parse_id(query.registration) or queries.NO_ID)
    return page_of(request, rows, query, show_receipt)


@router.get("/{dispatch_id}/results", response={200: ResultPage, **problems(404, 422)}, summary="Whose result the customer's LMS has")
def results(request: HttpRequest, dispatch_id: str, query: Query[ResultQuery]) -> Any:
    return page_of(request, queries.learners_in_lms(_dispatch(request, dispatch_id), query.state), query, show_result)


def show_result(registration: Registration) -> dict[str, Any]:
    columns = ("completion", "success", "score_scaled")
    return {
        "registration": str(registration.id),
        "learner_id": registration.learner.identifier,
        "learner_name": registration.learner.name,
        "in_the_lms": registration.lms_state,  # type: ignore[attr-defined]
        **{column: getattr(registration, column) for column in columns},
    }


def show_destination(destination: Destination) -> dict[str, Any]:
    return {
        "id": str(destination.id),
        "key": destination.key,
        "name": destination.name,
        "notes": destination.notes,
        "identity": destination.identity,
        "host": destination.host,
        "moved_to": destination.moved_to,
        "branding": show_branding(destination.branding),
        "dispatches": getattr(destination, "dispatch_count", 0),
        "created_at": destination.created_at,
    }


def show_dispatch(dispatch: Dispatch) -> dict[str, Any]:
    columns = (
        "key", "name", "description", "mode", "enabled", "allowed_domains", "tags", "exit_to", "instanced",
        "confirmed_only", "late_admissions", "tracking", "expires_at", "new_learners_allowed",
        "registration_limit", "registrations_used", "postback_url", "created_by", "created_at",
    )  # fmt: skip
    return {
        "id": str(dispatch.id),
        "course": str(dispatch.course_id),
        "destination": str(dispatch.destination_id),
        "branding": show_branding(dispatch.branding),
        "state": queries.state_of(dispatch),
        "refused": dispatch.refused_count,
        "launches": dispatch.launch_count,
        "downloads": dispatch.download_count,
        **{column: getattr(dispatch, column) for column in columns},
    }


def show_branding(kept: dict[str, Any]) -> dict[str, Any]:
    empty: dict[str, Any] = {"name": "", "logo": "", "language": "", "texts": {}}
    return {**empty, **kept, "colours": {"accent": "", "background": "", **kept.get("colours", {})}}


def show_receipt(receipt: RelayReceipt) -> dict[str, Any]:
    columns = ("element", "written", "kept", "agrees", "error", "written_at")
    reason = None if receipt.agrees is not False else ledger.likely_reason(receipt.element, receipt.written, receipt.kept, receipt.error)
    return {
        "reason": reason.code if reason else "",
        "advice": f"{reason.sentence} {reason.advice}" if reason else "",
        "id": str(receipt.id),
        "registration": str(receipt.registration_id),
        **{column: getattr(receipt, column) for column in columns},
    }


def _given(body: Schema) -> dict[str, Any]:
    """What the request set; null clears only what may be empty."""
    return {name: value for name, value in body.dict(exclude_unset=True).items() if value is not None or name in NULLABLE}


def _dispatch(request: HttpRequest, dispatch_id: str) -> Dispatch:
    actor = actor_of(request)
    actor.require(Role.REPORTER)
    return queries.dispatch(actor.organisation_id, dispatch_id)


def _destination(request: HttpRequest, destination_id: str) -> Destination:
    actor = actor_of(request)
    actor.require(Role.REPORTER)
    return queries.destination(actor.organisation_id, destination_id)
