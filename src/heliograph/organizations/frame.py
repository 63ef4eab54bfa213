"""The frame around the pages of the back office: the organization's name, and tabs."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from heliograph.core.roles import Role
from heliograph.core.translation import gettext_lazy
from heliograph.ui.tabs import Tab, Tabs

OVERVIEW = Tab(gettext_lazy("Overview"), "organization", Role.ADMIN)
USERS = Tab(gettext_lazy("Users"), "organization_users", Role.ADMIN)
COURSES = Tab(gettext_lazy("Courses"), "organization_courses", Role.ADMIN)
SETTINGS = Tab(gettext_lazy("Settings"), "organization_settings", Role.ADMIN)
TABS = Tabs(OVERVIEW, USERS, COURSES, SETTINGS)


def show(request: HttpRequest, template: str, tab: Tab, /, **content: Any) -> HttpResponse:
    """A page of the back office, below that tab."""
    return render(request, template, {"tabs": TABS.shown(tab), **content})
