"""The frames around the pages of one dispatch and of one customer: a header, and tabs."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render

from heliograph.audit.tables import activity
from heliograph.core.permissions import Permission
from heliograph.core.translation import gettext_lazy
from heliograph.dispatch import limits_of_roles, queries
from heliograph.dispatch.forms import LaunchLink
from heliograph.dispatch.models import Destination, Dispatch
from heliograph.ui.tabs import Tab, Tabs

OVERVIEW = Tab(gettext_lazy("Overview"), "dispatch")
LEARNERS = Tab(gettext_lazy("Learners"), "dispatch_learners", Permission.REGISTRATIONS_VIEW)
CONNECTIONS = Tab(gettext_lazy("LMS connections"), "dispatch_connections")
RESULTS = Tab(gettext_lazy("Results sync"), "dispatch_results", Permission.REGISTRATIONS_VIEW)
PACKAGE = Tab(gettext_lazy("Package"), "dispatch_packages")
LIMITS = Tab(gettext_lazy("Access & limits"), "dispatch_limits")
WEBHOOKS = Tab(gettext_lazy("Webhooks"), "postbacks")
BRANDING = Tab(gettext_lazy("Branding"), "dispatch_branding", Permission.DISPATCHES_MANAGE)
ACTIVITY = Tab(gettext_lazy("Activity"), "dispatch_activity")
OF_DISPATCH = Tabs(OVERVIEW, LEARNERS, CONNECTIONS, RESULTS, PACKAGE, LIMITS, WEBHOOKS, BRANDING, ACTIVITY)

CUSTOMER = Tab(gettext_lazy("Dispatches"), "destination")
CUSTOMER_LICENSES = Tab(
    gettext_lazy("Licenses"), "destination_licenses", only=limits_of_roles.sees_all_of_customers
)
CUSTOMER_SETTINGS = Tab(gettext_lazy("Settings"), "destination_settings")
CUSTOMER_BRANDING = Tab(gettext_lazy("Branding"), "destination_branding", Permission.DISPATCHES_MANAGE)
CUSTOMER_PORTAL = Tab(gettext_lazy("Customer portal"), "portal_links", Permission.CUSTOMERS_MANAGE)
CUSTOMER_ACTIVITY = Tab(gettext_lazy("Activity"), "destination_activity")
OF_CUSTOMER = Tabs(
    CUSTOMER,
    CUSTOMER_LICENSES,
    CUSTOMER_SETTINGS,
    CUSTOMER_BRANDING,
    CUSTOMER_PORTAL,
    CUSTOMER_ACTIVITY,
)


def show(
    request: HttpRequest, template: str, thing: Dispatch | Destination, tab: Tab, /, **content: Any
) -> HttpResponse:
    """A page of a dispatch or customer, in its frame, below that tab."""
    frame = _of_dispatch(thing, tab) if isinstance(thing, Dispatch) else _of_customer(thing, tab)
    return render(request, template, {**frame, **content})


def show_activity(request: HttpRequest, thing: Dispatch | Destination, tab: Tab) -> HttpResponseBase:
    """What was done to a dispatch or customer, as the audit log has it."""
    listed = activity(request, thing.organization_id, [thing.id])
    if isinstance(listed, HttpResponseBase):
        return listed
    return show(request, "audit/activity.html", thing, tab, thing=thing, table=listed)


def _of_dispatch(dispatch: Dispatch, tab: Tab) -> dict[str, Any]:
    return {
        "frame": "dispatch/frame.html",
        "dispatch": dispatch,
        "tabs": OF_DISPATCH.shown(tab, dispatch),
        "has_learners": queries.has_learners(dispatch),
        "launch_form": LaunchLink(),
    }


def _of_customer(destination: Destination, tab: Tab) -> dict[str, Any]:
    return {
        "frame": "dispatch/customer_frame.html",
        "destination": destination,
        "tabs": OF_CUSTOMER.shown(tab, destination),
    }
