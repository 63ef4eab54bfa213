"""Pages of licenses: attached, changed, counted anew and ended from the page of their dispatch or
destination.
"""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import path
from django.views.decorators.http import require_POST

from heliograph.accounts.page_access import actor_of, page
from heliograph.core.permissions import Permission
from heliograph.core.scope import limited
from heliograph.core.translation import gettext, grouped
from heliograph.dispatch import queries
from heliograph.dispatch.licenses import actions, consequences, enforcement, rules
from heliograph.dispatch.licenses.forms import LicenseSettings
from heliograph.dispatch.licenses.usage import LABELS
from heliograph.dispatch.models import Destination, Dispatch, License
from heliograph.ui.confirmation import question

ALMOST, FULL = 0.9, 1.0


def shown(to: Dispatch | Destination) -> list[License]:
    """The licenses of a dispatch or destination, within the limits of whoever asks, with what a page says of
    them: ``active``, ``uses``, ``unlimited`` and ``form``.
    """
    chain = list(limited(enforcement.licenses_of(to)))
    first = next((license for license in chain if not license.ended_at), None)
    for license in chain:
        license.active = license is first  # type: ignore[attr-defined]
        license.uses = _uses(license)  # type: ignore[attr-defined]
        license.unlimited = _unlimited(license)  # type: ignore[attr-defined]
        license.form = LicenseSettings(  # type: ignore[attr-defined]
            key=license.id,
            initial={name: getattr(license, name) or None for name in LicenseSettings.base_fields},
        )
    return chain


def _uses(license: License) -> list[dict[str, Any]]:
    counts = [
        (count, getattr(license, f"{count}_used"), getattr(license, rules.LIMITS[count]))
        for count in rules.COUNTS
    ]
    if license.seat_limit:
        counts.append(("concurrent learners", enforcement.seats_taken(license), license.seat_limit))
    return [
        {"label": LABELS[what], "used": used, "limit": limit, "tone": _tone(used, limit)}
        for what, used, limit in counts
    ]


def _unlimited(license: License) -> str:
    """The counts without a limit, each with what is used."""
    return ", ".join(
        f"{LABELS[count]} ({grouped(getattr(license, f'{count}_used'))})"
        for count in rules.COUNTS
        if not getattr(license, rules.LIMITS[count])
    )


def _tone(used: int, limit: int | None) -> str:
    share = used / limit if limit else 0
    return "bad" if share >= FULL else "warn" if share >= ALMOST else "good"


@require_POST
@page(Permission.LICENSES_MANAGE)
def attach_to_dispatch(request: HttpRequest, dispatch_id: str) -> HttpResponseBase:
    dispatch = queries.dispatch(actor_of(request).organization_id, dispatch_id)
    return _attached(request, dispatch, "dispatch_limits")


@require_POST
@page(Permission.LICENSES_MANAGE)
def attach_to_destination(request: HttpRequest, destination_id: str) -> HttpResponseBase:
    destination = queries.destination(actor_of(request).organization_id, destination_id)
    return _attached(request, destination, "destination_licenses")


@require_POST
@page(Permission.LICENSES_MANAGE)
def change(request: HttpRequest, license_id: str) -> HttpResponseBase:
    license = _license(request, license_id)
    settings = LicenseSettings.sent(request)
    actions.change(actor_of(request), license, **{**settings, "name": settings["name"] or license.name})
    messages.success(request, gettext("Saved. Applies from the next launch."))
    return _back_to(license)


@require_POST
@page(Permission.LICENSES_MANAGE)
def reset(request: HttpRequest, license_id: str) -> HttpResponseBase:
    license = _license(request, license_id)
    title = gettext("Reset the usage of “%(name)s”?") % {"name": license.name}
    if asked := question(request, title, gettext("Reset usage"), consequences.of_resetting(license)):
        return asked
    actions.reset_counters(actor_of(request), license)
    messages.success(request, gettext("Usage reset to 0. Previous counts are in the audit log."))
    return _back_to(license)


@require_POST
@page(Permission.LICENSES_MANAGE)
def end(request: HttpRequest, license_id: str) -> HttpResponseBase:
    license = _license(request, license_id)
    if asked := question(
        request,
        gettext("End “%(name)s”?") % {"name": license.name},
        gettext("End license"),
        consequences.of_ending(license),
    ):
        return asked
    actions.end(actor_of(request), license)
    messages.success(request, gettext("License “%(name)s” ended.") % {"name": license.name})
    return _back_to(license)


def _attached(request: HttpRequest, to: Dispatch | Destination, page_of: str) -> HttpResponseBase:
    before = enforcement.licenses_of(to).filter(ended_at=None).last()
    made = actions.attach(actor_of(request), to, **LicenseSettings.sent(request))
    sentence = (
        gettext("License “%(name)s” added. It starts when “%(before)s” ends.")
        if before
        else gettext("License “%(name)s” added.")
    )
    messages.success(request, sentence % {"name": made.name, "before": before.name if before else ""})
    return redirect(page_of, to.id)


def _license(request: HttpRequest, license_id: str) -> License:
    return queries.license(actor_of(request).organization_id, license_id)


def _back_to(license: License) -> HttpResponseBase:
    return (
        redirect("dispatch_limits", license.dispatch_id)
        if license.dispatch_id
        else redirect("destination_licenses", license.destination_id)
    )


urlpatterns = [
    path("admin/dispatch/<str:dispatch_id>/licenses", attach_to_dispatch, name="dispatch_license_add"),
    path(
        "admin/destinations/<str:destination_id>/licenses",
        attach_to_destination,
        name="destination_license_add",
    ),
    path("admin/licenses/<str:license_id>/change", change, name="license_change"),
    path("admin/licenses/<str:license_id>/reset", reset, name="license_reset"),
    path("admin/licenses/<str:license_id>/end", end, name="license_end"),
]
