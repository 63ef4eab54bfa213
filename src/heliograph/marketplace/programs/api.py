"""REST routes of programs."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema, Status

from heliograph.accounts.api_auth import SIGNED_IN
from heliograph.accounts.page_access import actor_of
from heliograph.core.permissions import Permission
from heliograph.core.web.paging import DatedQuery, page_of
from heliograph.core.web.schemas import Body, problems
from heliograph.courses import queries as courses
from heliograph.marketplace import sites
from heliograph.marketplace.holders import queries as holders
from heliograph.marketplace.models import Program
from heliograph.marketplace.price_rules import LARGEST, MOST_FEES, MOST_INSTALMENTS, MOST_WINDOWS
from heliograph.marketplace.programs import actions, queries
from heliograph.marketplace.programs.actions import Part
from heliograph.marketplace.programs.pricing import MOST_DAYS

router = Router(tags=["Programs"], auth=SIGNED_IN)
catalog = Router(tags=["Programs"], auth=SIGNED_IN)
PartKind = Literal["course", "holder", "partner"]
Funding = Literal["self", "wioa", "employer", "scholarship", "veterans", "other"]


class FeeOut(Schema):
    title: str
    amount_cents: int


class RefundWindowOut(Schema):
    days: int = Field(description="Until so many days after the enrollment,")
    percent: int = Field(description="so many percent of what was paid are refunded.")


class PartOut(Schema):
    title: str
    kind: PartKind
    course: str | None = Field(description="ID of the course, where it is one of this organization.")
    instructions: str
    url: str
    required: bool


class StartOut(Schema):
    id: str
    name: str
    starts_on: date
    ends_on: date | None
    capacity: int | None
    taken: int


class ProgramOut(Schema):
    """What the newest version says; `published` tells which version the public sees."""

    id: str
    key: str
    title: str
    summary: str
    description: str
    requirements: str
    credential: str
    credential_months: int | None
    field: str
    weeks: int | None
    price_cents: int
    currency: str
    funding: list[str]
    delivery: Literal["online", "in_person", "hybrid"]
    place: str
    language: str
    approval: Literal["review", "automatic"]
    fees: list[FeeOut]
    tax_percent: Decimal
    pay_within_days: int
    instalments: int = Field(description="Into how many months a student may split the payment; 1: none.")
    starts_when: Literal["paid", "authorized"]
    refund_windows: list[RefundWindowOut]
    version: int
    published: int | None = Field(description="Number of the published version.")
    holder: str | None = Field(description="ID of the program holder.")
    parts: list[PartOut]
    starts: list[StartOut]
    created_at: datetime


class ProgramPage(Schema):
    items: list[ProgramOut]
    next_cursor: str | None
    next: str | None


class ProgramQuery(DatedQuery):
    search: str = Field("", description="Part of the title or key.")
    status: Literal["", "published", "unpublished"] = Field("", description="Whether the public sees it.")


class PartNew(Body):
    title: str = Field("", description="Empty for the title of the course.")
    kind: PartKind = "holder"
    course: str = Field("", description="ID or key of a published course, for the kind `course`.")
    instructions: str = ""
    url: str = ""
    required: bool = True


class FeeNew(Body):
    title: str = Field(min_length=1, max_length=200)
    amount_cents: int = Field(ge=1, le=LARGEST)


class RefundWindowNew(Body):
    days: int = Field(ge=0, le=MOST_DAYS, description="Until so many days after the enrollment,")
    percent: int = Field(ge=0, le=100, description="so many percent of what was paid are refunded.")


class ProgramPayment(Body):
    """What is paid beside the price, how and until when, and what is refunded."""

    fees: list[FeeNew] = Field([], max_length=MOST_FEES)
    tax_percent: Decimal = Field(Decimal(0), ge=0, le=100, max_digits=6, decimal_places=3)
    pay_within_days: int = Field(14, ge=1, le=365)
    instalments: int = Field(1, ge=1, le=MOST_INSTALMENTS, description="Months, at most; 1: all at once.")
    starts_when: Literal["paid", "authorized"] = "paid"
    refund_windows: list[RefundWindowNew] = Field([], max_length=MOST_WINDOWS)

    def said(self) -> dict[str, Any]:
        """As the columns of a version."""
        return {
            **self.dict(include={"tax_percent", "pay_within_days", "instalments", "starts_when"}),
            "fees": [[fee.title, fee.amount_cents] for fee in self.fees],
            "refund_windows": [[window.days, window.percent] for window in self.refund_windows],
        }


class ProgramNew(ProgramPayment):
    title: str
    key: str = Field("", description="Its address in the catalog; made of the title where it is empty.")
    holder: str = Field("", description="ID or key of a program holder.")
    summary: str = ""
    description: str = ""
    requirements: str = ""
    credential: str = Field("", description="What students receive; the title where it is empty.")
    credential_months: int | None = Field(None, ge=1, le=600)
    field: str = ""
    weeks: int | None = Field(None, ge=1, le=1000)
    price_cents: int = Field(0, ge=0, le=2_000_000_000)
    currency: str = "USD"
    funding: list[Funding] = []
    delivery: Literal["online", "in_person", "hybrid"] = "online"
    place: str = ""
    language: str = "en"
    approval: Literal["review", "automatic"] = "review"
    parts: list[PartNew] = Field([], max_length=actions.MOST_PARTS)
    publish: bool = False


class StartNew(Body):
    name: str
    starts_on: date
    ends_on: date | None = None
    capacity: int | None = Field(None, ge=1, le=1_000_000)


@router.get("", response={200: ProgramPage, **problems(422)}, summary="List programs")
def list_programs(request: HttpRequest, query: Query[ProgramQuery]) -> Any:
    """Programs of the organization, newest first."""
    actor = actor_of(request)
    actor.require(Permission.PROGRAMS_VIEW)
    rows = queries.programs(actor.organization_id, query.search, query.status)
    return page_of(request, rows.prefetch_related("versions__parts", "cohorts"), query, show_program)


@router.post("", response={201: ProgramOut, **problems(404, 409, 422)}, summary="Create a program")
def create_program(request: HttpRequest, body: ProgramNew) -> Any:
    """With its parts, all or nothing. `publish` makes it public at once."""
    actor = actor_of(request)
    actor.require(Permission.PROGRAMS_MANAGE)
    said = body.dict(exclude={"title", "key", "holder", "parts", "publish"}) | body.said()
    said["credential"] = said["credential"] or body.title
    made = actions.create_whole(
        actor,
        body.title,
        [_part(request, part) for part in body.parts],
        key=body.key,
        holder=holders.holder(actor.organization_id, body.holder) if body.holder else None,
        published=body.publish,
        **said,
    )
    return Status(201, show_program(queries.program(actor.organization_id, str(made.id))))


@router.get("/{program_id}", response={200: ProgramOut, **problems(404)}, summary="Get a program")
def get_program(request: HttpRequest, program_id: str) -> Any:
    """By its ID or key."""
    actor = actor_of(request)
    actor.require(Permission.PROGRAMS_VIEW)
    return show_program(queries.program(actor.organization_id, program_id))


@router.put(
    "/{program_id}/payment",
    response={200: ProgramOut, **problems(404, 422)},
    summary="Set fees, tax, instalments and refunds of a program",
)
def set_program_payment(request: HttpRequest, program_id: str, body: ProgramPayment) -> Any:
    """In its draft: they apply to whoever applies after it is published."""
    actor = actor_of(request)
    actor.require(Permission.PROGRAMS_MANAGE)
    actions.change(actor, queries.program(actor.organization_id, program_id), **body.said())
    return show_program(queries.program(actor.organization_id, program_id))


@router.post(
    "/{program_id}/starts", response={201: StartOut, **problems(404, 422)}, summary="Add a start to a program"
)
def create_start(request: HttpRequest, program_id: str, body: StartNew) -> Any:
    """When the program begins, and for how many students."""
    actor = actor_of(request)
    actor.require(Permission.PROGRAMS_MANAGE)
    program = queries.program(actor.organization_id, program_id)
    made = actions.add_cohort(actor, program, body.name, body.starts_on, body.ends_on, body.capacity)
    return Status(201, _start(made))


class CatalogSettings(Body):
    title: str
    introduction: str = ""
    open: bool = Field(description="Whether the public sees the catalog.")


class CatalogOut(Schema):
    title: str
    introduction: str
    open: bool
    host: str = Field(description="Host name at which it is; empty without one.")


@catalog.put("", response={200: CatalogOut, **problems(409, 422)}, summary="Set up the public catalog")
def set_catalog(request: HttpRequest, body: CatalogSettings) -> Any:
    """Its title and introduction, and whether it is open."""
    site = sites.change(
        actor_of(request), title=body.title, introduction=body.introduction, is_open=body.open
    )
    return {
        "title": site.title,
        "introduction": site.introduction,
        "open": site.is_open,
        "host": site.host,
    }


def show_program(program: Program) -> dict[str, Any]:
    """A program as the API shows it."""
    version = max(program.versions.all(), key=lambda row: row.number)
    said = {name: getattr(version, name) for name in actions.SAID}
    return said | {
        "id": str(program.id),
        "key": program.key,
        "fees": [{"title": title, "amount_cents": cents} for title, cents in version.fees],
        "refund_windows": [{"days": days, "percent": percent} for days, percent in version.refund_windows],
        "version": version.number,
        "published": program.published.number if program.published else None,
        "holder": str(program.holder_id) if program.holder_id else None,
        "parts": [
            {
                "title": part.title,
                "kind": part.kind,
                "course": str(part.course_id) if part.course_id else None,
                "instructions": part.instructions,
                "url": part.url,
                "required": part.required,
            }
            for part in sorted(version.parts.all(), key=lambda row: row.position)
        ],
        "starts": [_start(row) for row in sorted(program.cohorts.all(), key=lambda row: row.starts_on)],
        "created_at": program.created_at,
    }


def _part(request: HttpRequest, part: PartNew) -> Part:
    organization_id = actor_of(request).organization_id
    course = courses.course(organization_id, part.course) if part.course else None
    return Part(part.title, part.kind, course, part.instructions, part.url, part.required)


def _start(row: Any) -> dict[str, Any]:
    return {
        "id": str(row.id),
        "name": row.name,
        "starts_on": row.starts_on,
        "ends_on": row.ends_on,
        "capacity": row.capacity,
        "taken": row.taken,
    }
