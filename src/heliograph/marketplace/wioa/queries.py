"""Reading what is reported, always from the organization down."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar
from uuid import UUID

from django.db.models import Model, Q, QuerySet

from heliograph.core.ids import parse_id
from heliograph.core.scope import refuse_limited
from heliograph.core.translation import gettext
from heliograph.marketplace.models import (
    Board,
    CredentialAttainment,
    Participant,
    Participation,
    Program,
    ReportLayout,
    ReportLayoutVersion,
    ReportRun,
    SkillGain,
    TrainingEpisode,
    WioaService,
    WioaSettings,
)
from heliograph.marketplace.wioa.errors import (
    BoardNotFound,
    LayoutNotFound,
    ParticipationNotFound,
    ReportNotFound,
    WioaRowNotFound,
)

Row = TypeVar("Row", bound=Model)


def settings_of(organization_id: UUID) -> WioaSettings | None:
    """How an organization reports; None where it does not."""
    refuse_limited()
    return WioaSettings.objects.filter(organization_id=organization_id).first()


def participations(
    organization_id: UUID, search: str = "", state: str = "", board: str = ""
) -> QuerySet[Participation]:
    """The organization's participations, newest first; ``state`` is *open* or *exited*."""
    refuse_limited()
    rows = Participation.objects.filter(organization_id=organization_id)
    if search:
        rows = rows.filter(
            Q(participant__student__user__name__icontains=search)
            | Q(participant__student__name__icontains=search)
            | Q(participant__student__user__email__icontains=search)
            | Q(participant__number__iexact=search)
            | Q(case_number__iexact=search)
        )
    if state:
        rows = rows.filter(exited_on__isnull=state == "open")
    if board:
        rows = rows.filter(board__id=board)
    return rows.select_related(
        "participant__student__user", "participant__student__organization", "board"
    ).order_by("-id")


def participation(organization_id: UUID, participation_id: str) -> Participation:
    """One participation by id. Raises `ParticipationNotFound`."""
    by_id = parse_id(participation_id)
    found = participations(organization_id).filter(id=by_id).first() if by_id else None
    if found is None:
        raise ParticipationNotFound(gettext("Participation not found."))
    return found


def attainments(participation: Participation) -> QuerySet[CredentialAttainment]:
    """The credentials of a participation's participant from its entry on, the newest first."""
    rows = participation.participant.attainments.filter(attained_on__gte=participation.entered_on)
    return rows.select_related("awarded").order_by("-attained_on", "-id")


def episodes(participation: Participation) -> QuerySet[TrainingEpisode]:
    """The trainings of a participation, in their order."""
    rows = participation.episodes.select_related("enrollment__version", "enrollment__student__user")
    return rows.order_by("entered_on", "id")


def service(participation: Participation, service_id: str) -> WioaService:
    """A service of a participation. Raises `WioaRowNotFound`."""
    return _one(participation.services.select_related("participation"), service_id)


def gain(participation: Participation, gain_id: str) -> SkillGain:
    """A skill gain of a participation. Raises `WioaRowNotFound`."""
    return _one(participation.gains.all(), gain_id)


def attainment(participation: Participation, attainment_id: str) -> CredentialAttainment:
    """A credential of a participation's participant. Raises `WioaRowNotFound`."""
    return _one(participation.participant.attainments.all(), attainment_id)


def episode(participation: Participation, episode_id: str) -> TrainingEpisode:
    """A training of a participation. Raises `WioaRowNotFound`."""
    return _one(episodes(participation), episode_id)


def boards(organization_id: UUID) -> QuerySet[Board]:
    """The organization's boards by name."""
    refuse_limited()
    return Board.objects.filter(organization_id=organization_id).order_by("name")


def board(organization_id: UUID, board_id: str) -> Board:
    """One board by id. Raises `BoardNotFound`."""
    by_id = parse_id(board_id)
    found = boards(organization_id).filter(id=by_id).first() if by_id else None
    if found is None:
        raise BoardNotFound(gettext("Workforce board not found."))
    return found


def programs(organization_id: UUID) -> QuerySet[Program]:
    """The organization's programs with their codes, by key."""
    refuse_limited()
    rows = Program.objects.filter(organization_id=organization_id)
    return rows.select_related("published", "reporting").order_by("key")


def _one(rows: QuerySet[Row], row_id: str) -> Row:
    by_id = parse_id(row_id)
    found = rows.filter(pk=by_id).first() if by_id else None
    if found is None:
        raise WioaRowNotFound(gettext("Not found in this participation."))
    return found


def reports(organization_id: UUID, kind: str = "") -> QuerySet[ReportRun]:
    """The organization's reports, newest first."""
    refuse_limited()
    rows = ReportRun.objects.filter(organization_id=organization_id)
    if kind:
        rows = rows.filter(kind=kind)
    return rows.select_related("layout_version__layout", "board").order_by("-id")


def report(organization_id: UUID, report_id: str) -> ReportRun:
    """One report by id. Raises `ReportNotFound`."""
    by_id = parse_id(report_id)
    found = reports(organization_id).filter(id=by_id).first() if by_id else None
    if found is None:
        raise ReportNotFound(gettext("Report not found."))
    return found


def layouts(organization_id: UUID) -> QuerySet[ReportLayout]:
    """The organization's layouts by name."""
    refuse_limited()
    return ReportLayout.objects.filter(organization_id=organization_id).order_by("name")


def layout(organization_id: UUID, layout_id: str) -> ReportLayout:
    """One layout by id. Raises `LayoutNotFound`."""
    by_id = parse_id(layout_id)
    found = layouts(organization_id).filter(id=by_id).first() if by_id else None
    if found is None:
        raise LayoutNotFound(gettext("Layout not found."))
    return found


def newest(layout: ReportLayout) -> ReportLayoutVersion:
    """The newest version of a layout."""
    return layout.versions.order_by("-number")[0]


def participants(organization_id: UUID, ids: Sequence[UUID]) -> QuerySet[Participant]:
    """The participants with these ids, by number."""
    refuse_limited()
    rows = Participant.objects.filter(organization_id=organization_id, id__in=ids)
    return rows.select_related("student__user", "student__organization").order_by("number")
