"""The frame around the pages of a program: its title, status, and tabs."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from heliograph.core.permissions import Permission
from heliograph.core.translation import gettext_lazy
from heliograph.marketplace.models import Program
from heliograph.marketplace.programs import queries
from heliograph.ui.tabs import Tab, Tabs

CONTENT = Tab(gettext_lazy("Content"), "program", Permission.PROGRAMS_VIEW)
PAYMENT = Tab(gettext_lazy("Payment"), "program_payment", Permission.PROGRAMS_VIEW)
STARTS = Tab(gettext_lazy("Starts"), "program_starts", Permission.PROGRAMS_VIEW)
STUDENTS = Tab(gettext_lazy("Students"), "program_students", Permission.PROGRAMS_VIEW)
TABS = Tabs(CONTENT, PAYMENT, STARTS, STUDENTS)


def show(request: HttpRequest, template: str, tab: Tab, program: Program, /, **content: Any) -> HttpResponse:
    """A page of a program, below that tab."""
    version = queries.newest(program)
    return render(
        request,
        template,
        {"tabs": TABS.shown(tab, program), "program": program, "version": version, **content},
    )
