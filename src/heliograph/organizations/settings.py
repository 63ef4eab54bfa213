"""The organization's settings: its name, how members sign in, and API keys."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import path
from django.views.decorators.http import require_POST

from heliograph.accounts import actions, queries
from heliograph.accounts.page_access import actor_of, page
from heliograph.core.permissions import Permission
from heliograph.core.roles import Role
from heliograph.core.translation import gettext, grouped
from heliograph.organizations import frame, limits
from heliograph.organizations.forms import AuditRetention, NewApiKey, OrganizationName
from heliograph.ui.confirmation import question

NEW_SECRET = "new_api_key"  # noqa: S105 - the name of a session entry


@page(Permission.SETTINGS_MANAGE, Permission.API_KEYS_MANAGE)
def settings(request: HttpRequest) -> HttpResponseBase:
    actor = actor_of(request)
    mine = queries.organization(actor.organization_id)
    return frame.show(
        request,
        "organizations/settings.html",
        frame.SETTINGS,
        name_form=OrganizationName(initial={"name": mine.name}),
        key_form=limits.offer(
            NewApiKey(actor=actor, initial={"role": Role.MANAGER.word}), actor.organization_id
        ),
        retention_form=AuditRetention(initial={"days": mine.audit_retention_days or ""}),
        keys=queries.api_keys(actor.organization_id),
        secret=request.session.pop(NEW_SECRET, ""),
    )


@require_POST
@page(Permission.SETTINGS_MANAGE)
def rename(request: HttpRequest) -> HttpResponseBase:
    renamed = actions.rename_organization(actor_of(request), **OrganizationName.sent(request))
    messages.success(request, gettext("The organization is called “%(name)s” now.") % {"name": renamed.name})
    return redirect("organization_settings")


@require_POST
@page(Permission.SETTINGS_MANAGE)
def audit_retention(request: HttpRequest) -> HttpResponseBase:
    """How long the audit log is kept; a shorter time deletes entries, and is asked about first."""
    actor = actor_of(request)
    days = AuditRetention.sent(request)["days"]
    kept = queries.organization(actor.organization_id).audit_retention_days
    if days and (kept is None or days < kept):
        title = gettext("Delete entries of the audit log that are older than %(days)s days?") % {
            "days": grouped(days)
        }
        follows = [
            gettext("They are deleted within a day, and each day from then on."),
            gettext("Deleted entries cannot be restored. Export them first if you need them."),
        ]
        if asked := question(request, title, gettext("Delete old entries"), follows):
            return asked
    actions.set_audit_retention(actor, days)
    messages.success(request, gettext("Saved."))
    return redirect("organization_settings")


@require_POST
@page(Permission.SETTINGS_MANAGE)
def second_factor_setting(request: HttpRequest) -> HttpResponseBase:
    required = request.POST.get("required") == "1"
    organization = queries.organization(actor_of(request).organization_id)
    follows = queries.consequences_of_second_factor(organization, required)
    title = (
        gettext("Make two-factor authentication required?")
        if required
        else gettext("Make two-factor authentication optional?")
    )
    button = gettext("Require two-factor authentication") if required else gettext("Make optional")
    if asked := question(request, title, button, follows, name=organization.name):
        return asked
    actions.require_second_factor(actor_of(request), required)
    messages.success(
        request,
        gettext("Two-factor authentication is required for members.")
        if required
        else gettext("Two-factor authentication is optional for members."),
    )
    return redirect("organization_settings")


@require_POST
@page(Permission.API_KEYS_MANAGE)
def api_key_add(request: HttpRequest) -> HttpResponseBase:
    actor = actor_of(request)
    sent = NewApiKey.sent(request, actor=actor)
    scope = limits.sent_scope(actor.organization_id, sent)
    _, request.session[NEW_SECRET] = actions.create_api_key(actor, **sent, scope=scope)
    return redirect("organization_settings")


@require_POST
@page(Permission.API_KEYS_MANAGE)
def api_key_revoke(request: HttpRequest, key_id: str) -> HttpResponseBase:
    actor = actor_of(request)
    key = queries.api_key(actor.organization_id, key_id)
    if asked := question(
        request,
        gettext("Revoke “%(name)s”?") % {"name": key.name},
        gettext("Revoke"),
        queries.consequences_of_revoking(key),
    ):
        return asked
    actions.revoke_api_key(actor, key)
    return redirect("organization_settings")


urlpatterns = [
    path("admin/org/audit-retention", audit_retention, name="audit_retention"),
    path("admin/org/settings/", settings, name="organization_settings"),
    path("admin/org/name", rename, name="organization_rename"),
    path("admin/org/second-factor", second_factor_setting, name="second_factor_setting"),
    path("admin/org/api-keys/", api_key_add, name="api_key_add"),
    path("admin/org/api-keys/<str:key_id>/revoke", api_key_revoke, name="api_key_revoke"),
]
