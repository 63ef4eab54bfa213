"""Pages of dispatches."""

from datetime import UTC, datetime, timedelta
from typing import Any

from django.contrib import messages
from django.core import signing
from django.db import transaction
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.views.decorators.http import require_POST

from heliograph.accounts.page_access import actor_of, page
from heliograph.audit import queries as audit
from heliograph.core.actor import Actor
from heliograph.core.errors import Conflict
from heliograph.core.permissions import Permission
from heliograph.core.translation import gettext, grouped, ngettext
from heliograph.courses import queries as courses
from heliograph.dispatch import (
    actions,
    admission,
    consequences,
    downloads,
    frame,
    new_dispatch,
    queries,
    states,
    stub_keys,
    tables,
)
from heliograph.dispatch.forms import BulkChange, DispatchSettings, LaunchLink, Limits, NewDispatch, RotateKey
from heliograph.dispatch.licenses import pages as licenses_pages
from heliograph.dispatch.licenses.forms import LicenseSettings
from heliograph.dispatch.limits_of_roles import creates_customers
from heliograph.dispatch.models import Dispatch
from heliograph.dispatch.next_steps import next_steps
from heliograph.dispatch.package.formats import FORMATS
from heliograph.dispatch.results import queries as results
from heliograph.runtime import queries as registrations
from heliograph.runtime.tables import OF_DISPATCH
from heliograph.ui.confirmation import question
from heliograph.ui.undo import undoable

UNDONE_WITHIN = timedelta(hours=1)
GRACE_DAYS = 30  # in which packages with the old key go on, unless somebody says otherwise


@page(Permission.DISPATCHES_VIEW)
def dispatches(request: HttpRequest) -> HttpResponseBase:
    organization_id = actor_of(request).organization_id
    query = tables.DISPATCHES.read(request)
    rows = states.dispatches(organization_id, query.search, query.filters["state"])
    rows, names = tables.of_things(organization_id, rows, query.filters)
    if query.csv:
        return tables.DISPATCHES.file(query, rows)
    shown = {
        "table": tables.DISPATCHES.page(request, query, rows, states.state_counts(organization_id), names),
        "has_courses": courses.published(organization_id).exists(),
        "new_form": new_dispatch.form(actor_of(request), request),
        "new": request.GET.get("new", ""),
        "new_for": request.GET.get("new_for", ""),
    }
    return render(request, "dispatch/dispatches.html", shown)


@require_POST
@page(Permission.DISPATCHES_MANAGE)
@transaction.atomic  # a customer that was made for a dispatch that is refused would be left behind
def create(request: HttpRequest) -> HttpResponseBase:
    actor = actor_of(request)
    settings = NewDispatch.sent(request, creates_customers=creates_customers(actor))
    course = courses.named(actor.organization_id, settings.pop("course"))
    chosen, new = settings.pop("destination"), settings.pop("new_destination", "")
    if new:
        destination = actions.create_destination(actor, new)
    else:
        destination = queries.destination_named(actor.organization_id, chosen)
    made = actions.create_dispatch(actor, course, destination, **settings)
    messages.success(request, gettext("Dispatch created. Download the package and send it to the customer."))
    return redirect("dispatch", made.id)


@page(Permission.DISPATCHES_VIEW)
def dispatch(request: HttpRequest, dispatch_id: str) -> HttpResponseBase:
    organization_id = actor_of(request).organization_id
    dispatch = queries.dispatch(organization_id, dispatch_id)
    in_lms = results.results_in_lms(dispatch)
    return frame.show(
        request,
        "dispatch/dispatch.html",
        dispatch,
        frame.OVERVIEW,
        learners=registrations.registrations(organization_id, dispatch_id=dispatch.id)[:10],
        counts=queries.learner_counts(dispatch),
        lms=in_lms,
        next_steps=next_steps(dispatch, states.state_of(dispatch), in_lms),
        entries=audit.entries(organization_id, dispatch.id)[:5],
        link=request.session.pop(f"launch_link:{dispatch.id}", None),
    )


@page(Permission.REGISTRATIONS_VIEW)
def learners(request: HttpRequest, dispatch_id: str) -> HttpResponseBase:
    organization_id = actor_of(request).organization_id
    dispatch = queries.dispatch(organization_id, dispatch_id)
    query = OF_DISPATCH.read(request)
    chosen = {name: value for name, value in query.filters.items() if value}
    rows = registrations.registrations(organization_id, query.search, dispatch_id=dispatch.id, **chosen)
    if query.csv:
        return OF_DISPATCH.file(query, rows)
    table = OF_DISPATCH.page(request, query, rows)
    return frame.show(request, "dispatch/learners.html", dispatch, frame.LEARNERS, table=table)


@page(Permission.DISPATCHES_VIEW)
def packages(request: HttpRequest, dispatch_id: str) -> HttpResponseBase:
    dispatch = queries.dispatch(actor_of(request).organization_id, dispatch_id)
    return frame.show(
        request,
        "dispatch/packages.html",
        dispatch,
        frame.PACKAGE,
        formats=FORMATS.values(),
        rekey_form=RotateKey(initial={"grace_days": GRACE_DAYS}),
    )


@page(Permission.DISPATCHES_VIEW)
def access(request: HttpRequest, dispatch_id: str) -> HttpResponseBase:
    """Who may launch: the dispatch's own limits and settings, and its licenses."""
    dispatch = queries.dispatch(actor_of(request).organization_id, dispatch_id)
    return frame.show(
        request,
        "dispatch/access.html",
        dispatch,
        frame.LIMITS,
        licenses=licenses_pages.shown(dispatch),
        new_license=LicenseSettings(),
        limits_form=Limits(initial={name: getattr(dispatch, name) for name in Limits.base_fields}),
        settings_form=_settings_form(dispatch),
    )


@page(Permission.DISPATCHES_VIEW)
def activity(request: HttpRequest, dispatch_id: str) -> HttpResponseBase:
    dispatch = queries.dispatch(actor_of(request).organization_id, dispatch_id)
    return frame.show_activity(request, dispatch, frame.ACTIVITY)


@require_POST
@page(Permission.DISPATCHES_MANAGE)
def change(request: HttpRequest, dispatch_id: str) -> HttpResponseBase:
    dispatch = queries.dispatch(actor_of(request).organization_id, dispatch_id)
    actions.change_dispatch(actor_of(request), dispatch, **DispatchSettings.sent(request))
    messages.success(request, gettext("Saved. Applies from the next launch."))
    return redirect("dispatch_limits", dispatch.id)


@require_POST
@page(Permission.DISPATCHES_MANAGE)
def change_limits(request: HttpRequest, dispatch_id: str) -> HttpResponseBase:
    dispatch = queries.dispatch(actor_of(request).organization_id, dispatch_id)
    actions.change_dispatch(actor_of(request), dispatch, **Limits.sent(request))
    messages.success(request, gettext("Saved. Applies from the next launch."))
    return redirect("dispatch_limits", dispatch.id)


@require_POST
@page(Permission.DISPATCHES_MANAGE)
def enable(request: HttpRequest, dispatch_id: str) -> HttpResponseBase:
    dispatch = queries.dispatch(actor_of(request).organization_id, dispatch_id)
    enabled = request.POST.get("enabled") == "1"
    actions.change_dispatch(actor_of(request), dispatch, enabled=enabled)
    sentence = f"“{dispatch.name}” {'enabled' if enabled else 'disabled'}."
    undoable(request, sentence, request.path, enabled="0" if enabled else "1")
    return redirect("dispatch", dispatch.id)


@require_POST
@page(Permission.DISPATCHES_MANAGE)
def rekey(request: HttpRequest, dispatch_id: str) -> HttpResponseBase:
    dispatch = queries.dispatch(actor_of(request).organization_id, dispatch_id)
    grace_days = RotateKey.sent(request)["grace_days"]
    title = gettext("Rotate the package key of “%(name)s”?") % {"name": dispatch.name}
    if asked := question(
        request, title, gettext("Rotate key"), consequences.of_new_key(dispatch, grace_days)
    ):
        return asked
    stub_keys.rekey(actor_of(request), dispatch, grace_days)
    messages.success(request, gettext("Key rotated. Download a new package for the customer."))
    return redirect("dispatch_packages", dispatch.id)


@require_POST
@page(Permission.DISPATCHES_MANAGE)
def bulk(request: HttpRequest) -> HttpResponseBase:
    """What is ticked in the list is enabled, disabled, extended or deleted, each for itself; or their
    packages are downloaded.
    """
    actor = actor_of(request)
    sent = BulkChange.sent(request)
    chosen = [
        queries.dispatch(actor.organization_id, id_or_key) for id_or_key in request.POST.getlist("dispatch")
    ]
    match sent["do"]:
        case "download":
            return downloads.packages(actor, None, chosen, "", "")
        case "delete":
            return _delete_many(request, chosen)
        case "extend":
            return _change_many(request, chosen, "expires_at", sent["expires_at"])
        case switch:
            return _change_many(request, chosen, "enabled", switch == "on")


def _delete_many(request: HttpRequest, chosen: list[Dispatch]) -> HttpResponseBase:
    if chosen:
        title = ngettext("Delete %(count)s dispatch?", "Delete %(count)s dispatches?", len(chosen)) % {
            "count": grouped(len(chosen))
        }
        if asked := question(request, title, gettext("Delete"), consequences.of_deleting_many(chosen)):
            return asked
    deleted, refused = actions.change_many(actor_of(request), chosen, delete=True)
    sentence = ngettext("%(count)s dispatch deleted.", "%(count)s dispatches deleted.", deleted)
    messages.success(request, sentence % {"count": grouped(deleted)})
    return _to_list(request, refused)


def _change_many(request: HttpRequest, chosen: list[Dispatch], name: str, value: Any) -> HttpResponseBase:
    """Change a setting of each; what each had before is sealed for `bulk_undo`."""
    actor = actor_of(request)
    before = [getattr(dispatch, name) for dispatch in chosen]
    changed, refused = actions.change_many(actor, chosen, **{name: value})
    was = {
        str(dispatch.id): _sealed(kept)
        for dispatch, kept in zip(chosen, before, strict=True)
        if kept != value
    }
    undoable(
        request,
        ngettext("%(count)s dispatch updated.", "%(count)s dispatches updated.", changed)
        % {"count": grouped(changed)},
        reverse("dispatch_bulk_undo"),
        was=signing.dumps((name, was, _sealed(value)), salt=_salt(actor), compress=True),
    )
    return _to_list(request, refused)


def _to_list(request: HttpRequest, refused: list[dict[str, str]]) -> HttpResponseBase:
    for problem in refused[:5]:
        messages.error(request, problem["detail"])
    return redirect("dispatches")


@require_POST
@page(Permission.DISPATCHES_MANAGE)
@transaction.atomic  # all of them, or none
def bulk_undo(request: HttpRequest) -> HttpResponseBase:
    """Give dispatches what they had before a change of many, as its message sealed it; but for those
    that were changed again since.
    """
    actor = actor_of(request)
    try:
        name, was, given = signing.loads(
            request.POST.get("was", ""), salt=_salt(actor), max_age=UNDONE_WITHIN
        )
    except signing.BadSignature:
        raise Conflict(gettext("This can no longer be undone."), code="undo_over") from None
    restored = 0
    for dispatch_id, kept in was.items():
        dispatch = queries.dispatch(actor.organization_id, dispatch_id)
        if _sealed(getattr(dispatch, name)) == given:
            value = datetime.fromisoformat(kept) if isinstance(kept, str) else kept
            actions.change_dispatch(actor, dispatch, **{name: value})
            restored += 1
    sentence = ngettext("%(count)s dispatch restored.", "%(count)s dispatches restored.", restored)
    messages.success(request, sentence % {"count": grouped(restored)})
    return redirect("dispatches")


def _sealed(value: Any) -> Any:
    """A setting as JSON holds it."""
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value


def _salt(actor: Actor) -> str:
    """What ties a seal to the organization and to its purpose."""
    return f"change of many dispatches of {actor.organization_id}"


@require_POST
@page(Permission.DISPATCHES_MANAGE)
def delete(request: HttpRequest, dispatch_id: str) -> HttpResponseBase:
    dispatch = queries.dispatch(actor_of(request).organization_id, dispatch_id)
    title = gettext("Delete “%(name)s”?") % {"name": dispatch.name}
    if asked := question(
        request, title, gettext("Delete dispatch"), consequences.of_deleting(dispatch), name=dispatch.name
    ):
        return asked
    actions.delete_dispatch(actor_of(request), dispatch)
    messages.success(request, gettext("“%(name)s” was deleted.") % {"name": dispatch.name})
    return redirect("dispatches")


@page(Permission.DISPATCHES_MANAGE)
def package(request: HttpRequest, dispatch_id: str) -> HttpResponseBase:
    dispatch = queries.dispatch(actor_of(request).organization_id, dispatch_id)
    return downloads.package(
        actor_of(request), dispatch, request.GET.get("format", ""), request.GET.get("mode", "hosted")
    )


@require_POST
@page(Permission.DISPATCHES_MANAGE)
def launch_link(request: HttpRequest, dispatch_id: str) -> HttpResponseBase:
    """A direct link for one learner, shown on the dispatch's page."""
    dispatch = queries.dispatch(actor_of(request).organization_id, dispatch_id)
    sent = LaunchLink.sent(request)
    link = admission.direct_link(dispatch, sent["learner"], sent["learner_name"])
    request.session[f"launch_link:{dispatch.id}"] = {
        "url": link.url,
        "expires_at": link.expires_at.isoformat(),
        "learner": sent["learner"],
    }
    return redirect("dispatch", dispatch.id)


def _settings_form(dispatch: Dispatch) -> DispatchSettings:
    """The form of a dispatch's settings, as they are."""
    kept = {name: getattr(dispatch, name) for name in DispatchSettings.base_fields}
    written = {
        "allowed_domains": "\n".join(dispatch.allowed_domains),
        "tags": ", ".join(dispatch.tags),
        "instanced": "on" if dispatch.instanced else "",
    }
    return DispatchSettings(initial=kept | written)


urlpatterns = [
    path("admin/dispatch/", dispatches, name="dispatches"),
    path("admin/dispatch/new", create, name="dispatch_create"),
    path("admin/dispatch/bulk", bulk, name="dispatch_bulk"),
    path("admin/dispatch/bulk/undo", bulk_undo, name="dispatch_bulk_undo"),
    path("admin/dispatch/<str:dispatch_id>/", dispatch, name="dispatch"),
    path("admin/dispatch/<str:dispatch_id>/learners/", learners, name="dispatch_learners"),
    path("admin/dispatch/<str:dispatch_id>/packages/", packages, name="dispatch_packages"),
    path("admin/dispatch/<str:dispatch_id>/limits/", access, name="dispatch_limits"),
    path("admin/dispatch/<str:dispatch_id>/activity/", activity, name="dispatch_activity"),
    path("admin/dispatch/<str:dispatch_id>/change", change, name="dispatch_change"),
    path("admin/dispatch/<str:dispatch_id>/change-limits", change_limits, name="dispatch_change_limits"),
    path("admin/dispatch/<str:dispatch_id>/enable", enable, name="dispatch_enable"),
    path("admin/dispatch/<str:dispatch_id>/rekey", rekey, name="dispatch_rekey"),
    path("admin/dispatch/<str:dispatch_id>/delete", delete, name="dispatch_delete"),
    path("admin/dispatch/<str:dispatch_id>/package", package, name="dispatch_package"),
    path("admin/dispatch/<str:dispatch_id>/launch", launch_link, name="dispatch_launch"),
]
