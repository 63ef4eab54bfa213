"""REST routes of destinations and dispatches."""

from datetime import datetime
from typing import Any, Literal

from django.http import HttpRequest, HttpResponseBase
from ninja import Field, Query, Router, Schema, Status

from heliograph.accounts.api_auth import SIGNED_IN
from heliograph.accounts.page_access import actor_of
from heliograph.core.permissions import Permission
from heliograph.core.web.paging import DatedQuery, page_of
from heliograph.core.web.schemas import Body, Moment, Zip, problems
from heliograph.courses import queries as courses
from heliograph.dispatch import actions, admission, downloads, queries, states, stub_keys
from heliograph.dispatch.licenses import usage
from heliograph.dispatch.lookups import destination_of, dispatch_of
from heliograph.dispatch.models import Destination, Dispatch
from heliograph.runtime.api import LaunchOut, LearnerIn

destinations = Router(tags=["Customers"], auth=SIGNED_IN)
router = Router(tags=["Dispatches"], auth=SIGNED_IN)


class ColorsIn(Body):
    accent: str = Field("", description="Button color, such as #b45309.")
    background: str = Field("", description="Page color, such as #fffdf8.")


class ContactIn(Body):
    email: str = ""
    phone: str = Field("", description="Digits, spaces and + ( ) . / -, such as +1 555 0100.")
    url: str = Field("", description="A help page, such as https://example.org/help.")


class BrandingIn(Body):
    """Whose course it is, as learners see it while the course opens and when it can't be opened, and as
    customers see it on their portal. Omitted fields are unchanged; empty fields are removed.
    """

    name: str = Field(
        "", description="Shown above each message. Without name and logo: the organization's name."
    )
    logo: str = Field(
        "",
        description="An image as “data:image/png;base64,…” (PNG, JPEG or SVG, up to 128 KB), "
        "or the name of an uploaded logo.",
    )
    colors: ColorsIn | None = Field(
        None, description="Colors with too little contrast are refused with `branding_contrast`."
    )
    language: str = Field(
        "",
        description="Language tag, “browser” for the learner's browser language, or empty: "
        "inherited from the destination, there the browser language.",
    )
    texts: dict[str, dict[str, str]] = Field({}, description="Custom texts by language and text name.")
    contact: ContactIn | None = Field(
        None, description="Who helps learners and customers; shown with every refusal and on the portal."
    )


class ColorsOut(Schema):
    accent: str
    background: str


class ContactOut(Schema):
    email: str
    phone: str
    url: str


class BrandingOut(Schema):
    name: str
    logo: str
    colors: ColorsOut
    language: str
    texts: dict[str, dict[str, str]]
    contact: ContactOut


class DestinationIn(Body):
    name: str
    key: str = ""
    notes: str = ""
    identity: Literal["as_given", "hashed", "anonymous"] = Field(
        "as_given", description="Learner identity: full, pseudonymous or anonymous."
    )
    host: str = Field(
        "", description="Origin of the custom domain, such as https://learn.example.org; empty for none."
    )
    redirect_origin: str = Field("", description="Origin that existing packages are redirected to.")
    branding: BrandingIn | None = Field(None, description="Applies to packages downloaded from now on.")


class DestinationPatch(Body):
    name: str | None = None
    key: str | None = None
    notes: str | None = None
    identity: Literal["as_given", "hashed", "anonymous"] | None = None
    host: str | None = None
    redirect_origin: str | None = None
    branding: BrandingIn | None = None


class DestinationOut(Schema):
    id: str
    key: str
    name: str
    notes: str
    identity: str
    host: str
    redirect_origin: str
    branding: BrandingOut
    dispatches: int
    created_at: datetime


class DispatchIn(Body):
    course: str = Field(description="Course ID or key.")
    destination: str = Field(description="Destination ID or key.")
    key: str = ""
    name: str = ""
    description: str = ""
    enabled: bool = True
    expires_at: Moment | None = None
    new_learners_allowed: bool = True
    registration_limit: int | None = Field(None, description="Learner limit; null for unlimited.")
    mode: Literal["hosted", "embedded"] = "hosted"
    allowed_domains: list[str] = Field(
        [], description="Host names of LMSs, subdomains included; empty for any LMS."
    )
    tags: list[str] = Field([], description="Found by the search.")
    exit_to: str = Field(
        "",
        description="After exit: `close` the window, `blank` page, or a URL; empty for the goodbye page.",
    )
    instanced: bool = Field(
        False,
        description="Start a new attempt when the LMS does (`ab-initio`), for confirmed learners. "
        "Hosted packages only.",
    )
    confirmed_only: bool = Field(
        False,
        description="Admit returning learners only with the mark kept by their LMS or browser. "
        "If false, sessions without the mark are flagged.",
    )
    tracking: bool = Field(True, description="Store learner names and emails.")
    branding: BrandingIn | None = Field(
        None, description="Overrides the destination's branding, field by field."
    )
    postback_url: str = Field(
        "", description="Webhook endpoint notified of learners' progress; empty for none."
    )


class DispatchPatch(Body):
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


class RekeyIn(Body):
    grace_days: int = Field(
        30, description="Grace period in days for existing packages; 0 stops them immediately."
    )


class BulkIn(Body):
    dispatches: list[str] = Field([], max_length=1000, description="IDs or keys.")
    search: str = Field(
        "", description="Without `dispatches`: all that match search and state, as in the list."
    )
    state: str = ""
    enabled: bool | None = None
    expires_at: Moment | None = None
    delete: bool = False


class PackageQuery(Schema):
    format: str = Field(
        "",
        description="Package format, such as `scorm12`; empty for the default.",
    )
    mode: str = Field("hosted", description="`hosted` or `embedded`.")


class ManyPackagesQuery(Schema):
    format: str = Field("", description="Default: SCORM 1.2, or an embedded course's own standard.")
    mode: Literal["", "hosted", "embedded"] = Field("", description="Default: each dispatch's own mode.")


class DestinationPackagesQuery(ManyPackagesQuery):
    search: str = Field("", description="Only matching dispatches, as in the list of dispatches.")
    state: Literal["", "active", "full", "upcoming", "disabled", "expired"] = Field(
        "", description="Only dispatches in this state."
    )


class PackagesQuery(ManyPackagesQuery):
    dispatch: list[str] = Field([], max_length=200, description="IDs or keys; repeat the parameter for each.")


class BulkOut(Schema):
    changed: int
    refused: list[dict[str, str]] = Field(
        description="Dispatches that were not changed, each with the reason."
    )


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
        description="Learners of embedded packages whom a limit would have refused, "
        "and whose results are kept."
    )
    tracking: bool
    branding: BrandingOut
    launches: int
    refused: int
    downloads: int
    postback_url: str
    created_by: str
    created_at: datetime


class DestinationPage(Schema):
    items: list[DestinationOut]
    next_cursor: str | None
    next: str | None


class DispatchPage(Schema):
    items: list[DispatchOut]
    next_cursor: str | None
    next: str | None


class DispatchQuery(DatedQuery):
    search: str = Field(
        "",
        description="Part of the dispatch's name or key, the course's title or the destination's name; "
        "or a tag.",
    )
    state: Literal["", "active", "full", "upcoming", "disabled", "expired"] = Field(
        "", description="Current state."
    )
    course: str = Field("", description="Course ID or key.")
    destination: str = Field("", description="Destination ID or key.")
    mode: Literal["", "hosted", "embedded"] = Field("", description="Package type.")
    tag: str = Field("", description="Only dispatches with this tag.")


class DestinationQuery(DatedQuery):
    search: str = Field("", description="Part of the name or key.")


class DispatchLaunchIn(Body):
    learner: LearnerIn


NULLABLE = ("expires_at", "registration_limit")


@destinations.get("", response={200: DestinationPage, **problems(422)}, summary="List destinations")
def list_destinations(request: HttpRequest, query: Query[DestinationQuery]) -> Any:
    """Newest first; `since` and `until` filter by creation time."""
    actor = actor_of(request)
    actor.require(Permission.DISPATCHES_VIEW)
    return page_of(
        request, queries.destinations(actor.organization_id, query.search), query, show_destination
    )


@destinations.post("", response={201: DestinationOut, **problems(409, 422)}, summary="Create a destination")
def create_destination(request: HttpRequest, body: DestinationIn) -> Any:
    """A destination is a customer, or one LMS of a customer. Leave the key out to generate one."""
    return Status(201, show_destination(actions.create_destination(actor_of(request), **body.dict())))


@destinations.get(
    "/{destination_id}", response={200: DestinationOut, **problems(404)}, summary="Read a destination"
)
def read_destination(request: HttpRequest, destination_id: str) -> Any:
    """By ID or key."""
    return show_destination(destination_of(request, destination_id))


@destinations.patch(
    "/{destination_id}",
    response={200: DestinationOut, **problems(404, 409, 422)},
    summary="Change a destination",
)
def change_destination(request: HttpRequest, destination_id: str, body: DestinationPatch) -> Any:
    """Omitted fields are unchanged. Branding applies to packages downloaded from now on."""
    return show_destination(
        actions.change_destination(actor_of(request), destination_of(request, destination_id), **_given(body))
    )


@destinations.delete(
    "/{destination_id}", response={204: None, **problems(404, 409)}, summary="Delete a destination"
)
def delete_destination(request: HttpRequest, destination_id: str) -> Any:
    """Refused while the destination has dispatches (`destination_in_use`)."""
    actions.delete_destination(actor_of(request), destination_of(request, destination_id))
    return Status(204, None)


@destinations.get(
    "/{destination_id}/packages",
    response={200: Zip, **problems(404, 409, 422)},
    summary="Download all packages of a destination",
)
def download_destination_packages(
    request: HttpRequest, destination_id: str, query: Query[DestinationPackagesQuery]
) -> HttpResponseBase:
    """One ZIP with up to 1,000 packages.

    Each counts as a download. Packages that are refused, for example by a license, are listed with the reason
    in “LEFT OUT.txt”.
    """
    actor = actor_of(request)
    actor.require(Permission.CUSTOMERS_MANAGE)
    destination = destination_of(request, destination_id)
    chosen = states.dispatches(actor.organization_id, query.search, query.state).filter(
        destination=destination
    )
    return downloads.packages(actor, destination, chosen, query.format, query.mode)


@router.get("", response={200: DispatchPage, **problems(404, 422)}, summary="List dispatches")
def list_dispatches(request: HttpRequest, query: Query[DispatchQuery]) -> Any:
    """Newest first; `since` and `until` filter by creation time."""
    actor = actor_of(request)
    actor.require(Permission.DISPATCHES_VIEW)
    dispatches = states.dispatches(actor.organization_id, query.search, query.state)
    if query.course:
        dispatches = dispatches.filter(course=courses.course(actor.organization_id, query.course))
    if query.destination:
        dispatches = dispatches.filter(
            destination=queries.destination(actor.organization_id, query.destination)
        )
    if query.mode:
        dispatches = dispatches.filter(mode=query.mode)
    if query.tag:
        dispatches = dispatches.filter(tags__contains=[query.tag])
    return page_of(request, dispatches, query, show_dispatch, usage.load)


@router.post("", response={201: DispatchOut, **problems(404, 409, 422)}, summary="Create a dispatch")
def create_dispatch(request: HttpRequest, body: DispatchIn) -> Any:
    """Gives a destination access to a course.

    The package is downloaded separately.
    """
    actor = actor_of(request)
    actor.require(Permission.DISPATCHES_MANAGE)
    settings = body.dict()
    course = courses.course(actor.organization_id, settings.pop("course"))
    destination = queries.destination(actor.organization_id, settings.pop("destination"))
    return Status(201, show_dispatch(actions.create_dispatch(actor, course, destination, **settings)))


@router.post("/bulk", response={200: BulkOut, **problems(404, 422)}, summary="Bulk-update dispatches")
def change_dispatches(request: HttpRequest, body: BulkIn) -> Any:
    """Changes or deletes dispatches one by one; a refused one does not stop the others."""
    actor = actor_of(request)
    actor.require(Permission.DISPATCHES_MANAGE)
    if body.dispatches:
        chosen = [queries.dispatch(actor.organization_id, id_or_key) for id_or_key in body.dispatches]
    else:
        chosen = list(states.dispatches(actor.organization_id, body.search, body.state))
    changes = {
        name: value
        for name, value in body.dict(include={"enabled", "expires_at"}, exclude_unset=True).items()
        if name != "enabled" or value is not None
    }
    changed, refused = actions.change_many(actor, chosen, delete=body.delete, **changes)
    return {"changed": changed, "refused": refused}


@router.get(
    "/packages",
    response={200: Zip, **problems(404, 409, 422)},
    summary="Download packages of several dispatches",
)
def download_packages(request: HttpRequest, query: Query[PackagesQuery]) -> HttpResponseBase:
    """One ZIP with every package, each in its dispatch's own mode; refused packages are listed in “LEFT
    OUT.txt”.
    """
    actor = actor_of(request)
    actor.require(Permission.DISPATCHES_MANAGE)
    return downloads.packages(
        actor,
        None,
        [queries.dispatch(actor.organization_id, id_or_key) for id_or_key in query.dispatch],
        query.format,
        query.mode,
    )


@router.get("/{dispatch_id}", response={200: DispatchOut, **problems(404)}, summary="Read a dispatch")
def read_dispatch(request: HttpRequest, dispatch_id: str) -> Any:
    """By ID or key, with state, limits and usage."""
    return show_dispatch(dispatch_of(request, dispatch_id))


@router.patch(
    "/{dispatch_id}", response={200: DispatchOut, **problems(404, 409, 422)}, summary="Change a dispatch"
)
def change_dispatch(request: HttpRequest, dispatch_id: str, body: DispatchPatch) -> Any:
    """Omitted fields are unchanged; `null` removes the end date and the learner limit.

    Applies from the next launch.
    """
    return show_dispatch(
        actions.change_dispatch(actor_of(request), dispatch_of(request, dispatch_id), **_given(body))
    )


@router.delete("/{dispatch_id}", response={204: None, **problems(404, 409)}, summary="Delete a dispatch")
def delete_dispatch(request: HttpRequest, dispatch_id: str) -> Any:
    """Refused once the dispatch has learner results (`dispatch_in_use`). Disabling ends access at once."""
    actions.delete_dispatch(actor_of(request), dispatch_of(request, dispatch_id))
    return Status(204, None)


@router.post(
    "/{dispatch_id}/rekey",
    response={200: DispatchOut, **problems(404, 422)},
    summary="Rotate the package key",
)
def rekey_dispatch(request: HttpRequest, dispatch_id: str, body: RekeyIn) -> Any:
    """Packages downloaded from now on carry the new key.

    Existing packages work until the grace period ends.
    """
    return show_dispatch(
        stub_keys.rekey(actor_of(request), dispatch_of(request, dispatch_id), body.grace_days)
    )


@router.post(
    "/{dispatch_id}/launch",
    response={201: LaunchOut, **problems(404, 422)},
    summary="Create a launch link of a dispatch",
)
def launch_dispatch(request: HttpRequest, dispatch_id: str, body: DispatchLaunchIn) -> Any:
    """A direct launch link for one learner, within the dispatch's limits.

    A refusal is a 403 with the code of the limit.
    """
    dispatch = dispatch_of(request, dispatch_id)
    actor_of(request).require(Permission.DISPATCHES_MANAGE)
    who = body.learner
    return Status(201, admission.direct_link(dispatch, who.id, who.name, who.email).__dict__)


@router.get(
    "/{dispatch_id}/package",
    response={200: Zip, **problems(404, 409, 422)},
    summary="Download a package",
)
def download_package(request: HttpRequest, dispatch_id: str, query: Query[PackageQuery]) -> HttpResponseBase:
    """Hosted (content streams from Heliograph) or embedded (content is inside the ZIP).

    Default format: SCORM 1.2, or an embedded course's own standard.
    """
    dispatch = dispatch_of(request, dispatch_id)
    actor_of(request).require(Permission.DISPATCHES_MANAGE)
    return downloads.package(actor_of(request), dispatch, query.format, query.mode)


def show_destination(destination: Destination) -> dict[str, Any]:
    return {
        "id": str(destination.id),
        "key": destination.key,
        "name": destination.name,
        "notes": destination.notes,
        "identity": destination.identity,
        "host": destination.host,
        "redirect_origin": destination.redirect_origin,
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
        "state": states.state_of(dispatch),
        "refused": dispatch.refused_count,
        "launches": dispatch.launch_count,
        "downloads": dispatch.download_count,
        **{column: getattr(dispatch, column) for column in columns},
    }


def show_branding(kept: dict[str, Any]) -> dict[str, Any]:
    empty: dict[str, Any] = {"name": "", "logo": "", "language": "", "texts": {}}
    return {
        **empty,
        **kept,
        "colors": {"accent": "", "background": "", **kept.get("colors", {})},
        "contact": {"email": "", "phone": "", "url": "", **kept.get("contact", {})},
    }


def _given(body: Schema) -> dict[str, Any]:
    """What the request set; null clears only what may be empty."""
    return {
        name: value
        for name, value in body.dict(exclude_unset=True).items()
        if value is not None or name in NULLABLE
    }
