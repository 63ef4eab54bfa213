"""The frame around the pages of the back office: the organization's name, and tabs."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from heliograph.core.permissions import Permission
from heliograph.core.translation import gettext_lazy
from heliograph.ui.tabs import Tab, Tabs

OVERVIEW = Tab(gettext_lazy("Overview"), "organization", Permission.ORGANIZATION_VIEW)
USERS = Tab(gettext_lazy("Users"), "organization_users", Permission.USERS_MANAGE)
GROUPS = Tab(gettext_lazy("Groups"), "organization_groups", Permission.USERS_MANAGE)
COURSES = Tab(gettext_lazy("Courses"), "organization_courses", Permission.ORGANIZATION_VIEW)
ANALYTICS = Tab(gettext_lazy("Analytics"), "organization_analytics", Permission.ANALYTICS_VIEW)
SETTINGS = Tab(gettext_lazy("Settings"), "organization_settings", Permission.SETTINGS_MANAGE)
TABS = Tabs(OVERVIEW, USERS, GROUPS, COURSES, ANALYTICS, SETTINGS)


def show(request: HttpRequest, template: str, tab: Tab, /, **content: Any) -> HttpResponse:
    """A page of the back office, below that tab."""
    return render(request, template, {"tabs": TABS.shown(tab), **content})
