"""The operator's pages of WIOA reports and their layouts, and of social security numbers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from heliograph.accounts.page_access import actor_of, page
from heliograph.core.errors import Invalid
from heliograph.core.permissions import Permission
from heliograph.core.translation import gettext
from heliograph.core.web.csv_files import as_csv
from heliograph.marketplace.models import ReportRun
from heliograph.marketplace.wioa import frame, layouts, queries, reports, ssn
from heliograph.marketplace.wioa.aggregates import INDICATORS
from heliograph.marketplace.wioa.forms import (
    FIGURES,
    GATES,
    LayoutForm,
    ReportForm,
    SsnForm,
    SsnReason,
    SsnSettings,
)
from heliograph.marketplace.wioa.pages import show
from heliograph.marketplace.wioa.tables import REPORTS

if TYPE_CHECKING:
    from heliograph.core.actor import Actor
    from heliograph.marketplace.models import Participation

VIEW, MANAGE, SSN = Permission.WIOA_VIEW, Permission.WIOA_MANAGE, Permission.SSN_VIEW
MOST_ERRORS = 100  # on a page; the file has all that are kept
MOST_PEOPLE = 500


@page(VIEW)
def listed(request: HttpRequest) -> HttpResponseBase:
    """The reports."""
    organization_id, query = actor_of(request).organization_id, REPORTS.read(request)
    rows = queries.reports(organization_id, query.filters["kind"])
    if query.csv:
        return REPORTS.file(query, rows)
    form = ReportForm(**_choices(request))
    shown = {"table": REPORTS.page(request, query, rows), "form": form}
    return show(request, "marketplace/wioa/reports.html", frame.REPORTS, **shown)


@require_POST
@page(MANAGE)
def order(request: HttpRequest) -> HttpResponseBase:
    """Have a report made."""
    actor = actor_of(request)
    said = ReportForm.sent(request, **_choices(request))
    layout = queries.layout(actor.organization_id, said["layout"]) if said["layout"] else None
    board = queries.board(actor.organization_id, said["board"]) if said["board"] else None
    made = reports.order(
        actor,
        said["kind"],
        said["since"],
        said["until"],
        layout=queries.newest(layout) if layout else None,
        board=board,
    )
    messages.success(request, gettext("The report is being made."))
    return redirect("wioa_report", made.id)


@page(VIEW)
def one(request: HttpRequest, report_id: str) -> HttpResponseBase:
    """A report: its snapshot, hash and errors, and the figures of indicators."""
    found = _report(request, report_id)
    shown: dict[str, Any] = {
        "report": found,
        "gates": GATES,
        "faults": list(found.errors.order_by("id")[:MOST_ERRORS]),
        "figures": _figures(found),
    }
    return render(request, "marketplace/wioa/report.html", shown)


@page(MANAGE)
def download(request: HttpRequest, report_id: str) -> HttpResponseBase:
    """The file of a report."""
    return answer_file(actor_of(request), _report(request, report_id))


@page(VIEW)
def errors(request: HttpRequest, report_id: str) -> HttpResponseBase:
    """The errors of a report as a file."""
    found = _report(request, report_id)
    columns = {
        "row": lambda row: row.row,
        "participant": lambda row: row.participant_number,
        "element": lambda row: row.element,
        "rule": lambda row: row.rule,
        "gate": lambda row: row.gate,
    }
    return as_csv("errors", columns, found.errors.order_by("id"))


@require_POST
@page(MANAGE)
def again(request: HttpRequest, report_id: str) -> HttpResponseBase:
    """Make a report again of its snapshot."""
    made = reports.again(actor_of(request), _report(request, report_id))
    messages.success(request, gettext("The report is being made."))
    return redirect("wioa_report", made.id)


@page(VIEW)
def people(request: HttpRequest, report_id: str, name: str) -> HttpResponseBase:
    """The people behind a number of the indicators: ``name`` is the indicator."""
    found = _report(request, report_id)
    part = "part" if request.GET.get("part") == "part" else "whole"
    if name not in INDICATORS or found.kind != ReportRun.Kind.INDICATORS or found.state != "done":
        raise Invalid(gettext("Choose one of the options."))
    ids = reports.people_behind(found, name, part)
    shown = {
        "report": found,
        "title": FIGURES[name],
        "part": part,
        "people": queries.participants(found.organization_id, ids[:MOST_PEOPLE]),
        "total": len(ids),
    }
    return render(request, "marketplace/wioa/people.html", shown)


@page(VIEW)
def layout_list(request: HttpRequest) -> HttpResponseBase:
    """The layouts, and those to begin with."""
    rows = queries.layouts(actor_of(request).organization_id)
    form = LayoutForm(initial={"definition": json.dumps(layouts.PROVIDER, indent=1)})
    return show(request, "marketplace/wioa/layouts.html", frame.LAYOUTS, layouts=rows, form=form)


@require_POST
@page(MANAGE)
def layout_create(request: HttpRequest) -> HttpResponseBase:
    said = LayoutForm.sent(request)
    made = reports.save_layout(actor_of(request), said["name"], said["definition"])
    return redirect("wioa_layout", made.layout_id)


@page(VIEW)
def layout(request: HttpRequest, layout_id: str) -> HttpResponseBase:
    """A layout with its versions."""
    found = queries.layout(actor_of(request).organization_id, layout_id)
    newest = queries.newest(found)
    initial = {"name": found.name, "definition": json.dumps(newest.definition, indent=1)}
    shown = {
        "layout": found,
        "newest": newest,
        "versions": found.versions.order_by("-number"),
        "columns": layouts.read(newest.definition).columns,
        "form": LayoutForm(initial=initial),
    }
    return render(request, "marketplace/wioa/layout.html", shown)


@require_POST
@page(MANAGE)
def layout_change(request: HttpRequest, layout_id: str) -> HttpResponseBase:
    """Save another version of a layout."""
    found = queries.layout(actor_of(request).organization_id, layout_id)
    said = LayoutForm.sent(request)
    reports.save_layout(actor_of(request), said["name"], said["definition"], found)
    messages.success(request, gettext("Changes saved."))
    return redirect("wioa_layout", found.id)


@require_POST
@page(SSN)
def ssn_settings(request: HttpRequest) -> HttpResponseBase:
    """Whether social security numbers are asked for."""
    said = SsnSettings.sent(request)
    ssn.ask(actor_of(request), said["asks"], said["days"])
    messages.success(request, gettext("Changes saved."))
    return redirect("wioa_settings")


@require_POST
@page(SSN)
def ssn_enter(request: HttpRequest, participation_id: str) -> HttpResponseBase:
    found = _participation(request, participation_id)
    ssn.enter(actor_of(request), found.participant, SsnForm.sent(request)["ssn"])
    messages.success(request, gettext("Changes saved."))
    return redirect("participation", found.id)


@never_cache
@require_POST
@page(SSN)
def ssn_read(request: HttpRequest, participation_id: str) -> HttpResponseBase:
    """Show the number once, to whoever says why."""
    found = _participation(request, participation_id)
    number = ssn.read(actor_of(request), found.participant, SsnReason.sent(request)["reason"])
    shown = {"participation": found, "participant": found.participant, "number": number}
    return render(request, "marketplace/wioa/ssn.html", shown)


@require_POST
@page(SSN)
def ssn_delete(request: HttpRequest, participation_id: str) -> HttpResponseBase:
    found = _participation(request, participation_id)
    ssn.delete(actor_of(request), found.participant)
    messages.success(request, gettext("Changes saved."))
    return redirect("participation", found.id)


def answer_file(actor: Actor, report: ReportRun) -> HttpResponseBase:
    """The file of a report as a download."""
    name = f"{report.kind}-{report.since}-{report.until}.csv"
    return FileResponse(
        reports.open_file(actor, report),
        as_attachment=True,
        filename=name,
        content_type="text/csv; charset=utf-8",
    )


def _choices(request: HttpRequest) -> dict[str, Any]:
    organization_id = actor_of(request).organization_id
    return {"layouts": queries.layouts(organization_id), "boards": queries.boards(organization_id)}


def _figures(report: ReportRun) -> list[tuple[str, Any, Any]]:
    """The indicators of a report, each with its name."""
    if report.kind != ReportRun.Kind.INDICATORS or report.state != "done":
        return []
    return [(name, FIGURES[name], figure) for name, figure in reports.figures_of(report).items()]


def _report(request: HttpRequest, report_id: str) -> ReportRun:
    return queries.report(actor_of(request).organization_id, report_id)


def _participation(request: HttpRequest, participation_id: str) -> Participation:
    return queries.participation(actor_of(request).organization_id, participation_id)


_AT = "admin/marketplace/wioa/"
_ONE = f"{_AT}reports/<str:report_id>/"
_SSN = f"{_AT}participations/<str:participation_id>/ssn/"
urlpatterns = [
    path(f"{_AT}reports/", listed, name="wioa_reports"),
    path(f"{_AT}reports/create", order, name="wioa_report_create"),
    path(_ONE, one, name="wioa_report"),
    path(f"{_ONE}file", download, name="wioa_report_file"),
    path(f"{_ONE}errors", errors, name="wioa_report_errors"),
    path(f"{_ONE}again", again, name="wioa_report_again"),
    path(f"{_ONE}people/<str:name>/", people, name="wioa_people"),
    path(f"{_AT}layouts/", layout_list, name="wioa_layouts"),
    path(f"{_AT}layouts/create", layout_create, name="wioa_layout_create"),
    path(f"{_AT}layouts/<str:layout_id>/", layout, name="wioa_layout"),
    path(f"{_AT}layouts/<str:layout_id>/change", layout_change, name="wioa_layout_change"),
    path(f"{_AT}settings/ssn", ssn_settings, name="wioa_ssn_settings"),
    path(f"{_SSN}enter", ssn_enter, name="ssn_enter"),
    path(f"{_SSN}read", ssn_read, name="ssn_read"),
    path(f"{_SSN}delete", ssn_delete, name="ssn_delete"),
]
