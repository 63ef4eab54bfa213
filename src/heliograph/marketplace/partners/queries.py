"""Reading partners, their runs and results, always from the organization down."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from heliograph.core.errors import Invalid
from heliograph.core.ids import parse_id
from heliograph.core.scope import refuse_limited
from heliograph.core.translation import gettext
from heliograph.marketplace import rules
from heliograph.marketplace.enrollments import queries as enrollments
from heliograph.marketplace.errors import PartnerNotFound, PartnerResultNotFound, PartnerRunNotFound
from heliograph.marketplace.models import (
    Enrollment,
    EnrollmentPart,
    Partner,
    PartnerProgram,
    PartnerResult,
    PartnerRun,
    Program,
    ProgramPart,
)

QUEUE = Q(state__in=["unmatched", "dead"]) | ~Q(correction=None)
MOST_CANDIDATES = 20


def partners(organization_id: UUID, search: str = "") -> QuerySet[Partner]:
    """The organization's partners by name, each with how many results ``wait`` for a person."""
    refuse_limited()
    rows = Partner.objects.filter(organization_id=organization_id).select_related("organization")
    if search:
        rows = rows.filter(name__icontains=search)
    waits = Q(results__state__in=["unmatched", "dead"]) | ~Q(results__correction=None)
    return rows.annotate(wait=Count("results", filter=waits & ~Q(results=None))).order_by("name", "id")


def partner(organization_id: UUID, id_or_key: str) -> Partner:
    """One partner by id or key. Raises `PartnerNotFound`."""
    by_id, rows = parse_id(id_or_key), partners(organization_id)
    found = rows.filter(id=by_id).first() if by_id else rows.filter(key=id_or_key).first()
    if found is None:
        raise PartnerNotFound(gettext("Partner not found."))
    return found


def mappings(partner: Partner) -> QuerySet[PartnerProgram]:
    """What a partner's keys stand for."""
    return partner.programs.select_related("program__published").order_by("key", "id")


def mapping(partner: Partner, mapping_id: str) -> PartnerProgram:
    """One of them by id. Raises `PartnerNotFound`."""
    by_id = parse_id(mapping_id)
    found = mappings(partner).filter(id=by_id).first() if by_id else None
    if found is None:
        raise PartnerNotFound(gettext("Mapping not found."))
    return found


def partner_parts(organization_id: UUID) -> QuerySet[ProgramPart]:
    """The parts on partners' platforms, of the published versions."""
    refuse_limited()
    published = Program.objects.filter(organization_id=organization_id).values("published_id")
    rows = ProgramPart.objects.filter(version_id__in=published, kind="partner")
    return rows.select_related("version__program").order_by("version__title", "-version__number", "position")


def named_part(organization_id: UUID, part_id: str) -> ProgramPart:
    """The part that was chosen. Raises `Invalid`."""
    by_id = parse_id(part_id)
    found = partner_parts(organization_id).filter(id=by_id).first() if by_id else None
    if found is None:
        raise Invalid(gettext("Choose a part on a partner’s platform."), field="part")
    return found


def titled_part(program: Program, title: str) -> ProgramPart:
    """The part on a partner's platform with that title, of the published version. Raises `Invalid`."""
    found = partner_parts(program.organization_id).filter(version__program=program, title=title).first()
    if found is None:
        raise Invalid(gettext("Choose a part on a partner’s platform."), field="part")
    return found


def runs(partner: Partner) -> QuerySet[PartnerRun]:
    """A partner's runs, the newest first."""
    return partner.runs.select_related("partner").order_by("-id")


def run(partner: Partner, run_id: str) -> PartnerRun:
    """One of them by id. Raises `PartnerRunNotFound`."""
    by_id = parse_id(run_id)
    found = runs(partner).filter(id=by_id).first() if by_id else None
    if found is None:
        raise PartnerRunNotFound(gettext("Synchronization not found."))
    return found


def results(
    organization_id: UUID, search: str = "", state: str = "", partner: str = ""
) -> QuerySet[PartnerResult]:
    """The organization's results, the newest first; ``state`` is one of `PartnerResult.State`, *waiting* for
    those that a person decides, or *corrected*.
    """
    refuse_limited()
    rows = PartnerResult.objects.filter(organization_id=organization_id)
    if search:
        rows = rows.filter(
            Q(email__icontains=search)
            | Q(name__icontains=search)
            | Q(external_id__icontains=search)
            | Q(person_id__icontains=search)
        )
    if state == "waiting":
        rows = rows.filter(QUEUE)
    elif state == "corrected":
        rows = rows.exclude(correction=None)
    elif state:
        rows = rows.filter(state=state)
    if partner:
        by_id = parse_id(partner)
        rows = rows.filter(partner_id=by_id) if by_id else rows.none()
    return rows.select_related(
        "partner", "part__part", "part__enrollment__student__user", "part__enrollment__program", "claim"
    ).order_by("-id")


def result(organization_id: UUID, result_id: str) -> PartnerResult:
    """One result by id. Raises `PartnerResultNotFound`."""
    by_id = parse_id(result_id)
    found = results(organization_id).filter(id=by_id).first() if by_id else None
    if found is None:
        raise PartnerResultNotFound(gettext("Result not found."))
    return found


def result_of(partner: Partner, result_id: str) -> PartnerResult:
    """One result of a partner by id. Raises `PartnerResultNotFound`."""
    found = result(partner.organization_id, result_id)
    if found.partner_id != partner.id:
        raise PartnerResultNotFound(gettext("Result not found."))
    return found


def partner_of(part: EnrollmentPart) -> Partner | None:
    """The partner whose key stands for a part of an enrollment; active ones only."""
    named = PartnerProgram.objects.filter(program=part.enrollment.program_id, partner__is_active=True)
    by_title = named.filter(part_title=part.part.title).select_related("partner").first()
    found = by_title or named.filter(part_position=part.part.position).select_related("partner").first()
    return found.partner if found else None


def candidates(result: PartnerResult) -> list[Enrollment]:
    """Enrollments that a result may be about: of the programs that its key stands for, whose student has the
    email address, or a name with the same last word.
    """
    programs = PartnerProgram.objects.filter(partner=result.partner_id, key=result.program_key)
    rows = enrollments.enrollments(result.organization_id).filter(
        program__in=programs.values("program"),
        state__in=[*rules.LEARNING, rules.EnrollmentState.ON_HOLD, rules.EnrollmentState.COMPLETED],
    )
    words = result.name.split()
    alike = Q(student__user__email__iexact=result.email) if result.email else Q(pk=None)
    if words:
        alike |= Q(student__user__name__icontains=words[-1]) | Q(student__name__icontains=words[-1])
    return list(rows.filter(alike)[:MOST_CANDIDATES])


def results_for_holders(
    holders: Collection[UUID], organization_id: UUID, search: str = ""
) -> QuerySet[PartnerResult]:
    """Results that found nobody and whose key stands for a program of one of these holders."""
    mapped = PartnerProgram.objects.filter(
        program__holder_id__in=holders, partner__organization_id=organization_id
    )
    rows = results(organization_id, search, PartnerResult.State.UNMATCHED)
    wanted = Q(pk=None)
    for partner_id, key in mapped.values_list("partner_id", "key"):
        wanted |= Q(partner_id=partner_id, program_key=key)
    return rows.filter(wanted)
