"""Reading programs, always from the organization down."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from django.db.models import Count, OuterRef, Prefetch, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from heliograph.core import clock
from heliograph.core.ids import parse_id
from heliograph.core.scope import refuse_limited
from heliograph.core.translation import gettext
from heliograph.marketplace.errors import CohortNotFound, ProgramNotFound
from heliograph.marketplace.models import Program, ProgramCohort, ProgramVersion
from heliograph.marketplace.rules import TAKEN


def programs(organization_id: UUID, search: str = "", state: str = "") -> QuerySet[Program]:
    """The organization's programs, newest first, each with its ``title`` (published, or the draft's), whether
    it ``has_draft``, and how many ``students`` it has; ``state`` is *published* or *unpublished*.
    """
    refuse_limited()
    newest = ProgramVersion.objects.filter(program=OuterRef("pk")).order_by("-number")
    rows = Program.objects.filter(organization_id=organization_id).annotate(
        title=Coalesce("published__title", Subquery(newest.values("title")[:1])),
        draft=Subquery(newest.filter(published_at=None).values("number")[:1]),
        students=Count("enrollments", filter=Q(enrollments__state__in=TAKEN)),
    )
    if search:
        rows = rows.filter(Q(title__icontains=search) | Q(key__icontains=search))
    if state:
        rows = rows.filter(published__isnull=state != "published")
    return rows.select_related("published", "holder").order_by("-id")


def program(organization_id: UUID, id_or_key: str) -> Program:
    """One program by id or key. Raises `ProgramNotFound`."""
    by_id = parse_id(id_or_key)
    rows = programs(organization_id)
    found = rows.filter(id=by_id).first() if by_id else rows.filter(key=id_or_key).first()
    if found is None:
        raise ProgramNotFound(gettext("Program not found."))
    return found


def newest(program: Program) -> ProgramVersion:
    """The version that the operator works on: the draft, or the newest published one."""
    return program.versions.prefetch_related("parts__course").order_by("-number")[0]


def cohort(program: Program, cohort_id: str) -> ProgramCohort:
    """A start of a program by id. Raises `CohortNotFound`."""
    by_id = parse_id(cohort_id)
    found = program.cohorts.filter(id=by_id).first() if by_id else None
    if found is None:
        raise CohortNotFound(gettext("This start was not found."))
    return found


def coming_cohorts(program: Program, today: date | None = None) -> QuerySet[ProgramCohort]:
    """The starts that are still to come or under way without an end, the next one first."""
    today = today or clock.now().date()
    return program.cohorts.filter(starts_on__gte=today).order_by("starts_on", "id")


def offered(organization_id: UUID) -> QuerySet[Program]:
    """The published programs, each with its ``starts`` that are to come."""
    starts = ProgramCohort.objects.filter(starts_on__gte=clock.now().date()).order_by("starts_on", "id")
    rows = Program.objects.filter(organization_id=organization_id, published__isnull=False)
    return rows.select_related("published", "holder").prefetch_related(
        Prefetch("cohorts", starts, to_attr="starts")
    )


def offered_program(organization_id: UUID, key: str) -> Program:
    """A published program by its key. Raises `ProgramNotFound`."""
    found = offered(organization_id).filter(key=key).first()
    if found is None:
        raise ProgramNotFound(gettext("This program is not offered any more."))
    return found


def start(program: Program, cohort_id: str) -> ProgramCohort | None:
    """A coming start of a program that an applicant chose; None where none was chosen.

    Raises `CohortNotFound`.
    """
    if not cohort_id:
        return None
    for cohort in program.starts:  # type: ignore[attr-defined]
        if str(cohort.id) == cohort_id:
            return cohort  # type: ignore[no-any-return]
    raise CohortNotFound(gettext("Choose one of the starts."), field="cohort")
