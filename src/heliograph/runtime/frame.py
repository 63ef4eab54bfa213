"""The frame around the pages of one registration: a header with what can be corrected, and tabs."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from heliograph.core.translation import gettext_lazy
from heliograph.runtime import queries
from heliograph.runtime.cmi5 import waiving
from heliograph.runtime.forms import MarkComplete, ResetProgress, WaiveLesson
from heliograph.runtime.models import Registration
from heliograph.ui.tabs import Tab, Tabs

OVERVIEW = Tab(gettext_lazy("Overview"), "registration")
LOG = Tab(gettext_lazy("Debug log"), "registration_calls")
ACTIVITY = Tab(gettext_lazy("Activity"), "registration_activity")
TABS = Tabs(OVERVIEW, LOG, ACTIVITY)


def show(
    request: HttpRequest, template: str, registration: Registration, tab: Tab, /, **content: Any
) -> HttpResponse:
    """A page of a registration, in its frame, below that tab."""
    attempt = queries.current_attempt(registration)
    lessons = [(unit["identifier"], unit["title"]) for unit in waiving.not_met(attempt)] if attempt else []
    frame = {
        "frame": "runtime/frame.html",
        "registration": registration,
        "attempt": attempt,
        "tabs": TABS.shown(tab, registration),
        "complete_form": MarkComplete(),
        "reset_form": ResetProgress(),
        "waive_form": WaiveLesson(lessons=lessons) if lessons else None,
    }
    return render(request, template, {**frame, **content})
