"""What the operator does with programs: draft, parts, publication, starts, program holders."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F, Max

from heliograph.audit.actions import record
from heliograph.core import clock
from heliograph.core.actor import Actor
from heliograph.core.database.fields import refuse_too_long
from heliograph.core.errors import Conflict, Invalid
from heliograph.core.ids import is_key, slug
from heliograph.core.permissions import Permission
from heliograph.core.translation import gettext
from heliograph.marketplace.errors import ProgramPartNotFound
from heliograph.marketplace.models import (
    Enrollment,
    Program,
    ProgramCohort,
    ProgramPart,
    ProgramVersion,
)
from heliograph.marketplace.programs import pricing

if TYPE_CHECKING:
    from heliograph.courses.models import Course
    from heliograph.marketplace.models import Holder

MOST_PARTS = 100
FUNDING = ("self", "wioa", "employer", "scholarship", "veterans", "other")
# What a draft says, by the names of its columns.
SAID = (
    "title",
    "summary",
    "description",
    "requirements",
    "field",
    "credential",
    "credential_months",
    "weeks",
    "price_cents",
    "currency",
    "funding",
    "delivery",
    "language",
    "place",
    "approval",
    "fees",
    "tax_percent",
    "pay_within_days",
    "instalments",
    "starts_when",
    "refund_windows",
)


@dataclass(frozen=True)
class Part:
    """A part as somebody describes it: a course of ours, or what is done elsewhere."""

    title: str
    kind: str = ProgramPart.Kind.HOLDER
    course: Course | None = None
    instructions: str = ""
    url: str = ""
    required: bool = True


@transaction.atomic
def create(actor: Actor, title: str, *, key: str = "", holder: Holder | None = None, **said: Any) -> Program:
    """A program with its first draft, which nobody else sees. Raises `Invalid`."""
    actor.require(Permission.PROGRAMS_MANAGE)
    key = key or _free_key(actor.organization_id, slug(title, "program"))
    if not is_key(key):
        raise Invalid(
            gettext("Program IDs can contain letters, numbers, dots, hyphens and underscores."), field="key"
        )
    program = Program(
        organization_id=actor.organization_id, key=key, holder=holder, created_by=actor.label[:200]
    )
    try:
        with transaction.atomic():
            program.save()
    except IntegrityError:
        raise Conflict(
            gettext("The program ID “%(key)s” is already in use.") % {"key": key},
            code="key_taken",
            field="key",
        ) from None
    version = ProgramVersion(program=program, number=1)
    _say(version, {"title": title, "credential": title, **said})
    version.save()
    record(actor, "created", "program", program.id, version.title)
    return program


@transaction.atomic
def create_whole(
    actor: Actor,
    title: str,
    parts: Sequence[Part],
    *,
    key: str = "",
    holder: Holder | None = None,
    published: bool = False,
    **said: Any,
) -> Program:
    """A program with its parts, published or not: all of it, or nothing. Raises `Invalid`."""
    program = create(actor, title, key=key, holder=holder, **said)
    for part in parts:
        add_part(actor, program, part)
    if published:
        program.published = publish(actor, program)
    return program


@transaction.atomic
def change(actor: Actor, program: Program, **said: Any) -> ProgramVersion:
    """Change what the draft of a program says; ``said`` are columns of `SAID`. Raises `Invalid`."""
    draft = _draft(actor, program)
    before = {name: getattr(draft, name) for name in said}
    _say(draft, said)
    draft.save()
    changed = {name for name, value in before.items() if getattr(draft, name) != value}
    if changed:
        record(actor, "changed", "program", program.id, draft.title, changed=sorted(changed))
    return draft


@transaction.atomic
def set_holder(actor: Actor, program: Program, holder: Holder | None) -> None:
    """Whose program it is, which its people see at once."""
    actor.require(Permission.PROGRAMS_MANAGE)
    if program.holder_id == (holder.id if holder else None):
        return
    program.holder = holder
    program.save(update_fields=["holder"])
    record(actor, "changed", "program", program.id, title_of(program), holder=holder.name if holder else None)


@transaction.atomic
def add_part(actor: Actor, program: Program, part: Part) -> ProgramPart:
    """Add a part at the end of the draft. Raises `Invalid`."""
    draft = _draft(actor, program)
    if draft.parts.count() >= MOST_PARTS:
        raise Invalid(gettext("A program can have at most %(most)s parts.") % {"most": MOST_PARTS})
    last = draft.parts.aggregate(last=Max("position"))["last"] or 0
    made = _checked(ProgramPart(version=draft, position=last + 1), part)
    made.save()
    record(actor, "added a part to", "program", program.id, draft.title, part=made.title)
    return made


@transaction.atomic
def change_part(actor: Actor, program: Program, position: int, part: Part) -> ProgramPart:
    """Describe a part of the draft anew. Raises `Invalid` and `ProgramPartNotFound`."""
    draft = _draft(actor, program)
    row = _checked(part_at(draft, position), part)
    row.save()
    record(actor, "changed", "program", program.id, draft.title, part=row.title)
    return row


@transaction.atomic
def remove_part(actor: Actor, program: Program, position: int) -> None:
    """Take a part out of the draft; those after it move up. Raises `ProgramPartNotFound`."""
    draft = _draft(actor, program)
    row = part_at(draft, position)
    row.delete()
    # One after the other, as each place is unique.
    for later in draft.parts.filter(position__gt=position).order_by("position"):
        later.position -= 1
        later.save(update_fields=["position"])
    record(actor, "removed a part from", "program", program.id, draft.title, part=row.title)


@transaction.atomic
def publish(actor: Actor, program: Program) -> ProgramVersion:
    """Publish the draft: the public sees it, and new applicants get it. Who enrolled before keeps theirs.

    Raises `Invalid` for a draft without parts, or with a course that nobody can start.
    """
    actor.require(Permission.PROGRAMS_MANAGE)
    locked = _locked(program)
    draft = locked.versions.filter(published_at=None).first()
    if draft is None:
        raise Invalid(gettext("There are no changes to publish."), code="nothing_to_publish")
    parts = list(draft.parts.select_related("course"))
    if not parts:
        raise Invalid(
            gettext("Add at least one part first: what students have to complete."), code="no_parts"
        )
    for part in parts:
        if part.course is not None and part.course.published_id is None:
            raise Invalid(
                gettext("The course “%(course)s” has no published version. Publish it first.")
                % {"course": part.course.title},
                code="nothing_published",
            )
    draft.published_at = clock.now()
    draft.save(update_fields=["published_at"])
    locked.published = draft
    locked.save(update_fields=["published"])
    record(actor, "published", "program", locked.id, draft.title, version=draft.number)
    return draft


@transaction.atomic
def unpublish(actor: Actor, program: Program) -> None:
    """Take a program from the catalog. Nobody applies any more; who applied or enrolled is not touched."""
    actor.require(Permission.PROGRAMS_MANAGE)
    locked = _locked(program)
    if locked.published_id is None:
        return
    title = title_of(locked)
    locked.published = None
    locked.save(update_fields=["published"])
    record(actor, "unpublished", "program", locked.id, title)


@transaction.atomic
def delete(actor: Actor, program: Program) -> None:
    """Delete a program for which nobody ever enrolled. Raises `Conflict`."""
    actor.require(Permission.PROGRAMS_MANAGE)
    locked = _locked(program)
    if Enrollment.objects.filter(program=locked).exists():
        raise Conflict(
            gettext("Students are enrolled in this program, or were. Unpublish it instead."),
            code="program_in_use",
        )
    title = title_of(locked)
    record(actor, "deleted", "program", locked.id, title)
    ProgramPart.objects.filter(version__program=locked).delete()
    locked.delete()


@transaction.atomic
def add_cohort(
    actor: Actor,
    program: Program,
    name: str,
    starts_on: date,
    ends_on: date | None = None,
    capacity: int | None = None,
) -> ProgramCohort:
    """Another start of a program. Raises `Invalid`."""
    actor.require(Permission.PROGRAMS_MANAGE)
    made = ProgramCohort(organization_id=actor.organization_id, program=program)
    _plan(made, name, starts_on, ends_on, capacity)
    made.save()
    record(actor, "created", "cohort", made.id, f"{title_of(program)}: {made.name}")
    return made


@transaction.atomic
def change_cohort(
    actor: Actor,
    cohort: ProgramCohort,
    name: str,
    starts_on: date,
    ends_on: date | None,
    capacity: int | None,
) -> ProgramCohort:
    """Plan a start anew. Raises `Invalid` for a capacity below the places that are taken."""
    actor.require(Permission.PROGRAMS_MANAGE)
    locked = ProgramCohort.objects.select_for_update(of=("self",)).select_related("program").get(id=cohort.id)
    _plan(locked, name, starts_on, ends_on, capacity)
    if capacity is not None and locked.taken > capacity:
        raise Invalid(
            gettext("%(taken)s places are taken already.") % {"taken": locked.taken}, field="capacity"
        )
    locked.save()
    record(actor, "changed", "cohort", locked.id, f"{title_of(locked.program)}: {locked.name}")
    return locked


@transaction.atomic
def delete_cohort(actor: Actor, cohort: ProgramCohort) -> None:
    """Delete a start that nobody ever enrolled for. Raises `Conflict`."""
    actor.require(Permission.PROGRAMS_MANAGE)
    if cohort.enrollments.exists():
        raise Conflict(
            gettext("Students are enrolled for this start, or were. It is kept."), code="cohort_in_use"
        )
    record(actor, "deleted", "cohort", cohort.id, f"{title_of(cohort.program)}: {cohort.name}")
    cohort.delete()


def take_place(cohort: ProgramCohort) -> bool:
    """Take a place in a cohort, unless it is full: one update decides."""
    free = ProgramCohort.objects.filter(id=cohort.id).exclude(capacity__lte=F("taken"))
    return bool(free.update(taken=F("taken") + 1))


def give_back_place(cohort_id: UUID) -> None:
    """A place is free again."""
    ProgramCohort.objects.filter(id=cohort_id, taken__gt=0).update(taken=F("taken") - 1)


def title_of(program: Program) -> str:
    """What a program is called now: its published title, or its draft's."""
    version = program.published or program.versions.order_by("-number").first()
    return version.title if version else program.key


def part_at(draft: ProgramVersion, position: int) -> ProgramPart:
    """The part of a version at a place, from 1. Raises `ProgramPartNotFound`."""
    row = draft.parts.filter(position=position).first()
    if row is None:
        raise ProgramPartNotFound(gettext("Program part not found."))
    return row


def _free_key(organization_id: UUID, wanted: str) -> str:
    """The key, with a number where a program has it already."""
    taken = set(
        Program.objects.filter(organization_id=organization_id, key__startswith=wanted).values_list(
            "key", flat=True
        )
    )
    if wanted not in taken:
        return wanted
    return next(key for number in range(2, len(taken) + 3) if (key := f"{wanted}-{number}") not in taken)


def _locked(program: Program) -> Program:
    """The program as it is now, held until the transaction ends."""
    return Program.objects.select_for_update(of=("self",)).get(id=program.id)


def _draft(actor: Actor, program: Program) -> ProgramVersion:
    """The draft of a program, which is held; made of the newest version where there is none."""
    actor.require(Permission.PROGRAMS_MANAGE)
    locked = _locked(program)
    newest = locked.versions.order_by("-number").first()
    assert newest is not None  # noqa: S101 - a program is made with its first draft
    return newest if newest.published_at is None else _copy(newest)


def _copy(version: ProgramVersion) -> ProgramVersion:
    copy = ProgramVersion(program_id=version.program_id, number=version.number + 1)
    for name in SAID:
        setattr(copy, name, getattr(version, name))
    copy.save()
    for part in version.parts.all():
        part.pk, part.id, part.version, part._state.adding = None, ProgramPart().id, copy, True
        part.save(force_insert=True)
    return copy


def _say(version: ProgramVersion, said: dict[str, Any]) -> None:
    """Write what was said to a draft. Raises `Invalid`."""
    refuse_too_long(ProgramVersion, {name: value for name, value in said.items() if isinstance(value, str)})
    for name, value in said.items():
        if name not in SAID:
            raise TypeError(name)
        setattr(version, name, value.strip() if isinstance(value, str) else value)
    if not version.title:
        raise Invalid(gettext("Enter a program title."), field="title")
    if not version.credential:
        raise Invalid(
            gettext("Enter what students receive when they complete the program."), field="credential"
        )
    version.currency = version.currency.upper()
    if not (len(version.currency) == 3 and version.currency.isascii() and version.currency.isalpha()):
        raise Invalid(gettext("Enter a currency as three letters, such as USD."), field="currency")
    unknown = [route for route in version.funding if route not in FUNDING]
    if unknown:
        raise Invalid(gettext("Choose one of the options."), field="funding")
    pricing.check(version)
    for name, choices in (("delivery", ProgramVersion.Delivery), ("approval", ProgramVersion.Approval)):
        if getattr(version, name) not in choices.values:
            raise Invalid(gettext("Choose one of the options."), field=name)


def _checked(row: ProgramPart, part: Part) -> ProgramPart:
    """The row with what was said of the part. Raises `Invalid`."""
    title = part.title.strip() or (part.course.title if part.course else "")
    refuse_too_long(ProgramPart, {"title": title, "url": part.url})
    if not title:
        raise Invalid(gettext("Enter a title for the part."), field="title")
    if part.kind not in ProgramPart.Kind.values:
        raise Invalid(gettext("Choose one of the options."), field="kind")
    if part.kind == ProgramPart.Kind.COURSE and part.course is None:
        raise Invalid(gettext("Select a course."), field="course")
    if part.url and not part.url.startswith(("https://", "http://")):
        raise Invalid(gettext("Enter an address that begins with https://."), field="url")
    row.title, row.kind, row.required = title, part.kind, part.required
    row.course = part.course if part.kind == ProgramPart.Kind.COURSE else None
    row.instructions, row.url = part.instructions.strip(), part.url.strip()
    return row


def _plan(
    cohort: ProgramCohort, name: str, starts_on: date, ends_on: date | None, capacity: int | None
) -> None:
    refuse_too_long(ProgramCohort, {"name": name})
    if not name.strip():
        raise Invalid(gettext("Enter a name for the start."), field="name")
    if ends_on and ends_on < starts_on:
        raise Invalid(gettext("The end date is before the start date."), field="ends_on")
    cohort.name, cohort.starts_on, cohort.ends_on, cohort.capacity = (
        name.strip(),
        starts_on,
        ends_on,
        capacity,
    )
