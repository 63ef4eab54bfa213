"""The operator's pages of WIOA reporting: participations, codes of programs, settings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.http import require_POST

from heliograph.accounts import queries as accounts
from heliograph.accounts.page_access import actor_of, page
from heliograph.core.permissions import Permission
from heliograph.core.translation import gettext
from heliograph.marketplace.models import ProgramReporting, SocialSecurityNumber
from heliograph.marketplace.participants import codes, numbers
from heliograph.marketplace.programs import queries as programs
from heliograph.marketplace.wioa import frame, participations, queries, reporting, results
from heliograph.marketplace.wioa.forms import (
    AttainedForm,
    BoardForm,
    EpisodeForm,
    ExitForm,
    GainForm,
    IntakeForm,
    NumberForm,
    OutcomeForm,
    ProgramForm,
    ServiceForm,
    SettingsForm,
    SsnForm,
    SsnReason,
    SsnSettings,
    StartForm,
)
from heliograph.marketplace.wioa.participations import Intake
from heliograph.marketplace.wioa.tables import PARTICIPATIONS

if TYPE_CHECKING:
    from heliograph.marketplace.models import Participation
    from heliograph.ui.tabs import Tab

MOST_READINGS = 20
VIEW, MANAGE = Permission.WIOA_VIEW, Permission.WIOA_MANAGE


def show(request: HttpRequest, template: str, tab: Tab, **content: Any) -> HttpResponse:
    """A page below the tabs of WIOA reporting."""
    return render(request, template, {"tabs": frame.TABS.shown(tab), **content})


@page(VIEW)
def listed(request: HttpRequest) -> HttpResponseBase:
    """The participations."""
    organization_id, query = actor_of(request).organization_id, PARTICIPATIONS.read(request)
    rows = queries.participations(organization_id, query.search, query.filters["state"])
    if query.csv:
        return PARTICIPATIONS.file(query, rows)
    shown = {
        "table": PARTICIPATIONS.page(request, query, rows),
        "reports": queries.settings_of(organization_id),
        "form": StartForm(boards=queries.boards(organization_id)),
    }
    return show(request, "marketplace/wioa/participations.html", frame.PARTICIPATIONS, **shown)


@require_POST
@page(MANAGE)
def start(request: HttpRequest) -> HttpResponseBase:
    actor = actor_of(request)
    said = StartForm.sent(request, boards=queries.boards(actor.organization_id))
    [student] = accounts.members_by_emails(actor.organization_id, [said.pop("email")], field="email")
    made = participations.start(actor, student, said.pop("entered_on"), _intake(request, said))
    messages.success(request, gettext("%(student)s is a participant now.") % {"student": student})
    return redirect("participation", made.id)


@page(VIEW)
def one(request: HttpRequest, participation_id: str) -> HttpResponseBase:
    """A participation with all that is recorded of it."""
    found = _found(request, participation_id)
    boards = queries.boards(found.organization_id)
    initial = {name: getattr(found, name) for name in Intake.__dataclass_fields__}
    episodes = list(queries.episodes(found))
    for episode in episodes:
        values = {name: getattr(episode, name) for name in EpisodeForm.base_fields}
        episode.form = EpisodeForm(key=episode.id, initial=values)  # type: ignore[attr-defined]
    shown = {
        "participation": found,
        "participant": found.participant,
        "funding": _funding(found),
        "entry": {
            "employment": dict(codes.EMPLOYMENT_AT_ENTRY).get(found.employment_at_entry, "–"),
            "education": dict(codes.EDUCATION_AT_ENTRY).get(found.education_at_entry, "–"),
            "reason": dict(codes.EXIT_REASONS)[found.exit_reason],
        },
        "episodes": episodes,
        "services": found.services.order_by("-on", "-id"),
        "gains": found.gains.order_by("-gained_on", "-id"),
        "attainments": queries.attainments(found),
        "outcomes": found.participant.outcomes.order_by("-year", "-quarter"),
        "labels": {
            "services": dict(codes.SERVICES),
            "gains": dict(codes.GAIN_TYPES),
            "credentials": dict(codes.CREDENTIAL_TYPES),
            "matches": dict(codes.EMPLOYMENT_MATCHES),
            "trainings": dict(codes.TRAINING_TYPES),
        },
        "ssn": _ssn(request, found),
        "forms": {
            "ssn": SsnForm(),
            "ssn_reason": SsnReason(),
            "change": IntakeForm(boards=boards, initial={**initial, "board": found.board_id or ""}),
            "number": NumberForm(
                initial={"number": found.participant.number, "born_on": found.participant.born_on}
            ),
            "service": ServiceForm(),
            "exit": ExitForm(initial={"reason": found.exit_reason}),
            "gain": GainForm(),
            "attained": AttainedForm(),
            "outcome": OutcomeForm(),
        },
    }
    return render(request, "marketplace/wioa/participation.html", shown)


@require_POST
@page(MANAGE)
def change(request: HttpRequest, participation_id: str) -> HttpResponseBase:
    found = _found(request, participation_id)
    said = IntakeForm.sent(request, boards=queries.boards(found.organization_id))
    participations.change(actor_of(request), found, _intake(request, said))
    return _saved(request, found)


@require_POST
@page(MANAGE)
def number(request: HttpRequest, participation_id: str) -> HttpResponseBase:
    """Change the number that reports have for the participant, and the date of birth."""
    found = _found(request, participation_id)
    numbers.change(actor_of(request), found.participant, **NumberForm.sent(request))
    return _saved(request, found)


@require_POST
@page(MANAGE)
def service_add(request: HttpRequest, participation_id: str) -> HttpResponseBase:
    found = _found(request, participation_id)
    participations.record_service(actor_of(request), found, **ServiceForm.sent(request))
    return _saved(request, found)


@require_POST
@page(MANAGE)
def service_cancel(request: HttpRequest, participation_id: str, service_id: str) -> HttpResponseBase:
    found = _found(request, participation_id)
    participations.cancel_service(actor_of(request), queries.service(found, service_id))
    return _saved(request, found)


@require_POST
@page(MANAGE)
def exit_reason(request: HttpRequest, participation_id: str) -> HttpResponseBase:
    found = _found(request, participation_id)
    participations.set_exit_reason(actor_of(request), found, ExitForm.sent(request)["reason"])
    return _saved(request, found)


@require_POST
@page(MANAGE)
def gain_add(request: HttpRequest, participation_id: str) -> HttpResponseBase:
    found = _found(request, participation_id)
    results.record_gain(actor_of(request), found, **GainForm.sent(request))
    return _saved(request, found)


@require_POST
@page(MANAGE)
def gain_revoke(request: HttpRequest, participation_id: str, gain_id: str) -> HttpResponseBase:
    found = _found(request, participation_id)
    results.revoke(actor_of(request), found, queries.gain(found, gain_id))
    return _saved(request, found)


@require_POST
@page(MANAGE)
def attained_add(request: HttpRequest, participation_id: str) -> HttpResponseBase:
    found = _found(request, participation_id)
    results.record_credential(actor_of(request), found, **AttainedForm.sent(request))
    return _saved(request, found)


@require_POST
@page(MANAGE)
def attained_revoke(request: HttpRequest, participation_id: str, attainment_id: str) -> HttpResponseBase:
    found = _found(request, participation_id)
    results.revoke(actor_of(request), found, queries.attainment(found, attainment_id))
    return _saved(request, found)


@require_POST
@page(MANAGE)
def outcome_add(request: HttpRequest, participation_id: str) -> HttpResponseBase:
    found, said = _found(request, participation_id), OutcomeForm.sent(request)
    results.record_outcome(
        actor_of(request),
        found.participant,
        said["year"],
        said["quarter"],
        employed=said["match"] != "0",
        match=said["match"],
        wages_cents=None if said["wages"] is None else said["wages"] * 100,
        employer_number=said["employer_number"],
    )
    return _saved(request, found)


@require_POST
@page(MANAGE)
def training_change(request: HttpRequest, participation_id: str, episode_id: str) -> HttpResponseBase:
    found = _found(request, participation_id)
    episode = queries.episode(found, episode_id)
    results.correct_episode(actor_of(request), episode, **EpisodeForm.sent(request))
    return _saved(request, found)


@page(VIEW)
def program_codes(request: HttpRequest) -> HttpResponseBase:
    """The programs with their codes."""
    rows = list(queries.programs(actor_of(request).organization_id))
    return show(request, "marketplace/wioa/programs.html", frame.PROGRAMS, programs=rows)


@page(VIEW)
def program_code(request: HttpRequest, program_id: str) -> HttpResponseBase:
    """The codes of one program."""
    program = programs.program(actor_of(request).organization_id, program_id)
    said = ProgramReporting.objects.filter(program=program).first() or ProgramReporting()
    form = ProgramForm(initial={name: getattr(said, name) for name in ProgramForm.base_fields})
    shown = {"program": program, "version": programs.newest(program), "form": form}
    return render(request, "marketplace/wioa/program.html", shown)


@require_POST
@page(MANAGE)
def program_code_change(request: HttpRequest, program_id: str) -> HttpResponseBase:
    actor = actor_of(request)
    program = programs.program(actor.organization_id, program_id)
    reporting.describe_program(actor, program, **ProgramForm.sent(request))
    messages.success(request, gettext("Changes saved."))
    return redirect("wioa_programs")


@page(VIEW)
def settings(request: HttpRequest) -> HttpResponseBase:
    """Whether and as whom the organization reports, and its boards."""
    actor = actor_of(request)
    found = queries.settings_of(actor.organization_id)
    initial = {name: getattr(found, name) for name in SettingsForm.base_fields} if found else {}
    shown = {
        "reports": found,
        "form": SettingsForm(initial=initial),
        "boards": queries.boards(actor.organization_id),
        "board_form": BoardForm(),
        "ssn_form": SsnSettings(
            initial={"asks": found.asks_ssn if found else False, "days": found.ssn_days if found else 365}
        ),
    }
    return show(request, "marketplace/wioa/settings.html", frame.SETTINGS, **shown)


@require_POST
@page(MANAGE)
def settings_change(request: HttpRequest) -> HttpResponseBase:
    reporting.change(actor_of(request), **SettingsForm.sent(request))
    messages.success(request, gettext("Changes saved."))
    return redirect("wioa_settings")


@require_POST
@page(MANAGE)
def board_add(request: HttpRequest) -> HttpResponseBase:
    made = reporting.add_board(actor_of(request), **BoardForm.sent(request))
    messages.success(request, gettext("“%(name)s” added.") % {"name": made.name})
    return redirect("wioa_settings")


def _ssn(request: HttpRequest, participation: Participation) -> dict[str, Any] | None:
    """What somebody who may read the number is told of it, without it."""
    if not actor_of(request).may(Permission.SSN_VIEW):
        return None
    settings_ = queries.settings_of(participation.organization_id)
    kept = SocialSecurityNumber.objects.filter(participant=participation.participant).first()
    readings = participation.participant.ssn_readings.order_by("-id")[:MOST_READINGS]
    if not (settings_ and settings_.asks_ssn) and not readings:
        return None
    return {"asks": settings_ is not None and settings_.asks_ssn, "kept": kept, "readings": readings}


def _found(request: HttpRequest, participation_id: str) -> Participation:
    return queries.participation(actor_of(request).organization_id, participation_id)


def _saved(request: HttpRequest, participation: Participation) -> HttpResponseBase:
    messages.success(request, gettext("Changes saved."))
    return redirect("participation", participation.id)


def _intake(request: HttpRequest, said: dict[str, Any]) -> Intake:
    board_id = said.pop("board")
    board = queries.board(actor_of(request).organization_id, board_id) if board_id else None
    return Intake(board=board, **said)


def _funding(participation: Participation) -> str:
    said = dict(codes.FUNDING)
    streams = {
        gettext("Adult"): participation.adult,
        gettext("Dislocated worker"): participation.dislocated_worker,
        gettext("Youth"): participation.youth,
    }
    return ", ".join(f"{name}: {said[code]}" for name, code in streams.items() if code != "0") or "–"


_AT = "admin/marketplace/wioa/"
_ONE = f"{_AT}participations/<str:participation_id>/"
urlpatterns = [
    path(_AT, listed, name="wioa"),
    path(f"{_AT}start", start, name="participation_start"),
    path(_ONE, one, name="participation"),
    path(f"{_ONE}change", change, name="participation_change"),
    path(f"{_ONE}number", number, name="participant_number"),
    path(f"{_ONE}services/add", service_add, name="wioa_service_add"),
    path(f"{_ONE}services/<str:service_id>/cancel", service_cancel, name="wioa_service_cancel"),
    path(f"{_ONE}exit", exit_reason, name="participation_exit"),
    path(f"{_ONE}gains/add", gain_add, name="skill_gain_add"),
    path(f"{_ONE}gains/<str:gain_id>/revoke", gain_revoke, name="skill_gain_revoke"),
    path(f"{_ONE}credentials/add", attained_add, name="attained_add"),
    path(f"{_ONE}credentials/<str:attainment_id>/revoke", attained_revoke, name="attained_revoke"),
    path(f"{_ONE}outcomes/add", outcome_add, name="employment_outcome_add"),
    path(f"{_ONE}trainings/<str:episode_id>/change", training_change, name="training_change"),
    path(f"{_AT}programs/", program_codes, name="wioa_programs"),
    path(f"{_AT}programs/<str:program_id>/", program_code, name="wioa_program"),
    path(f"{_AT}programs/<str:program_id>/change", program_code_change, name="wioa_program_change"),
    path(f"{_AT}settings/", settings, name="wioa_settings"),
    path(f"{_AT}settings/change", settings_change, name="wioa_settings_change"),
    path(f"{_AT}boards/add", board_add, name="board_add"),
]
