"""Pages of destinations, which pages call customers."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.http import require_POST

from heliograph.accounts.page_access import actor_of, page
from heliograph.core.permissions import Permission
from heliograph.core.scope import refuse_limited
from heliograph.core.translation import gettext
from heliograph.dispatch import actions, consequences, downloads, frame, limits_of_roles, queries, states
from heliograph.dispatch.forms import DestinationSettings, NewDestination
from heliograph.dispatch.licenses import pages as licenses_pages
from heliograph.dispatch.licenses.forms import LicenseSettings
from heliograph.dispatch.package.formats import FORMATS
from heliograph.dispatch.tables import DESTINATIONS, OF_CUSTOMER
from heliograph.ui.confirmation import question


@page(Permission.DISPATCHES_VIEW)
def destinations(request: HttpRequest) -> HttpResponseBase:
    query = DESTINATIONS.read(request)
    rows = queries.destinations(actor_of(request).organization_id, query.search)
    if query.csv:
        return DESTINATIONS.file(query, rows)
    shown = {
        "table": DESTINATIONS.page(request, query, rows),
        "form": NewDestination() if limits_of_roles.creates_customers(actor_of(request)) else None,
    }
    return render(request, "dispatch/destinations.html", shown)


@require_POST
@page(Permission.CUSTOMERS_MANAGE)
def destination_create(request: HttpRequest) -> HttpResponseBase:
    made = actions.create_destination(actor_of(request), **NewDestination.sent(request))
    messages.success(
        request, gettext("Customer “%(name)s” created. Next: create a dispatch.") % {"name": made.name}
    )
    return redirect("destination", made.id)


@page(Permission.DISPATCHES_VIEW)
def destination(request: HttpRequest, destination_id: str) -> HttpResponseBase:
    organization_id = actor_of(request).organization_id
    destination = queries.destination(organization_id, destination_id)
    query = OF_CUSTOMER.read(request)
    rows = states.dispatches(organization_id, query.search, query.filters["state"]).filter(
        destination=destination
    )
    if query.csv:
        return OF_CUSTOMER.file(query, rows)
    return frame.show(
        request,
        "dispatch/destination.html",
        destination,
        frame.CUSTOMER,
        table=OF_CUSTOMER.page(request, query, rows),
        formats=FORMATS.values(),
    )


@page(Permission.DISPATCHES_VIEW)
def destination_licenses(request: HttpRequest, destination_id: str) -> HttpResponseBase:
    destination = queries.destination(actor_of(request).organization_id, destination_id)
    if not limits_of_roles.sees_all_of_customers(destination):
        refuse_limited()
    return frame.show(
        request,
        "dispatch/customer_licenses.html",
        destination,
        frame.CUSTOMER_LICENSES,
        licenses=licenses_pages.shown(destination),
        new_license=LicenseSettings(),
    )


@page(Permission.DISPATCHES_VIEW)
def destination_settings(request: HttpRequest, destination_id: str) -> HttpResponseBase:
    destination = queries.destination(actor_of(request).organization_id, destination_id)
    kept = {name: getattr(destination, name) for name in DestinationSettings.base_fields}
    return frame.show(
        request,
        "dispatch/customer_settings.html",
        destination,
        frame.CUSTOMER_SETTINGS,
        form=DestinationSettings(initial=kept),
    )


@page(Permission.DISPATCHES_VIEW)
def destination_activity(request: HttpRequest, destination_id: str) -> HttpResponseBase:
    destination = queries.destination(actor_of(request).organization_id, destination_id)
    return frame.show_activity(request, destination, frame.CUSTOMER_ACTIVITY)


@page(Permission.DISPATCHES_MANAGE)
def destination_packages(request: HttpRequest, destination_id: str) -> HttpResponseBase:
    """The packages of all its dispatches in one zip."""
    actor = actor_of(request)
    destination = queries.destination(actor.organization_id, destination_id)
    chosen = queries.dispatches(actor.organization_id).filter(destination=destination)
    return downloads.packages(
        actor, destination, chosen, request.GET.get("format", ""), request.GET.get("mode", "")
    )


@require_POST
@page(Permission.CUSTOMERS_MANAGE)
def destination_change(request: HttpRequest, destination_id: str) -> HttpResponseBase:
    destination = queries.destination(actor_of(request).organization_id, destination_id)
    actions.change_destination(actor_of(request), destination, **DestinationSettings.sent(request))
    messages.success(request, gettext("Saved."))
    return redirect("destination_settings", destination.id)


@require_POST
@page(Permission.CUSTOMERS_MANAGE)
def destination_delete(request: HttpRequest, destination_id: str) -> HttpResponseBase:
    destination = queries.destination(actor_of(request).organization_id, destination_id)
    title, follows = f"Delete “{destination.name}”?", consequences.of_deleting_destination(destination)
    if asked := question(request, title, gettext("Delete customer"), follows, name=destination.name):
        return asked
    actions.delete_destination(actor_of(request), destination)
    messages.success(request, gettext("“%(name)s” was deleted.") % {"name": destination.name})
    return redirect("destinations")


urlpatterns = [
    path("admin/destinations/", destinations, name="destinations"),
    path("admin/destinations/new", destination_create, name="destination_create"),
    path("admin/destinations/<str:destination_id>/", destination, name="destination"),
    path(
        "admin/destinations/<str:destination_id>/licenses/", destination_licenses, name="destination_licenses"
    ),
    path(
        "admin/destinations/<str:destination_id>/settings/", destination_settings, name="destination_settings"
    ),
    path(
        "admin/destinations/<str:destination_id>/activity/", destination_activity, name="destination_activity"
    ),
    path(
        "admin/destinations/<str:destination_id>/packages", destination_packages, name="destination_packages"
    ),
    path("admin/destinations/<str:destination_id>/change", destination_change, name="destination_change"),
    path("admin/destinations/<str:destination_id>/delete", destination_delete, name="destination_delete"),
]
