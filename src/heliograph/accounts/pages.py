"""The organization's page: members, API keys, audit log."""

from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.http import require_POST

from heliograph.accounts import actions, invitations, queries
from heliograph.accounts.models import Invitation, Membership
from heliograph.accounts.page_access import actor_of, page
from heliograph.audit import queries as audit
from heliograph.audit.tables import AUDIT_LOG, LEARNERS
from heliograph.core.days import parse_day
from heliograph.core.errors import Invalid, NotFound
from heliograph.core.ids import parse_id
from heliograph.core.roles import Role

NEW_SECRET = "new_api_key"  # noqa: S105 - the name of a session entry
NEW_LINK = "new_invitation"


@page(Role.ADMIN)
def organization(request: HttpRequest) -> HttpResponseBase:
    actor = actor_of(request)
    shown = {
        "members": queries.members(actor.organization_id),
        "invitations": queries.invitations(actor.organization_id),
        "link": request.session.pop(NEW_LINK, None),
        "mail_is_set_up": bool(settings.EMAIL_HOST),
        "keys": queries.api_keys(actor.organization_id),
        "roles": [role.word for role in reversed(Role) if role <= actor.role],
        "secret": request.session.pop(NEW_SECRET, ""),
        "entries": audit.matching(actor.organization_id, learners=False)[:10],
    }
    return render(request, "accounts/organization.html", shown)


@page(Role.ADMIN)
def audit_log(request: HttpRequest) -> HttpResponseBase:
    """Who did what to what, found by any of it."""
    query = AUDIT_LOG.read(request)
    words = {name: query.filters[name] for name in ("kind", "who", "subject")}
    rows = audit.matching(
        actor_of(request).organization_id,
        search=query.search,
        learners=LEARNERS[query.filters["by"]],
        **words,
    )
    if query.csv:
        return AUDIT_LOG.file(query, rows)
    subject = query.filters["subject"]
    label = rows.values_list("subject_label", flat=True).first() if subject else ""
    table = AUDIT_LOG.page(request, query, rows, names={subject: f"“{label}”"} if label else {})
    return render(request, "accounts/audit_log.html", {"table": table})


def _midnight(text: str) -> datetime | None:
    """The beginning of a date field's day, UTC; None where it is empty. Raises `Invalid`."""
    if not text:
        return None
    day = parse_day(text)
    if day is None:
        raise Invalid("Enter a date as YYYY-MM-DD.")
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


@require_POST
@page(Role.ADMIN)
def member_invite(request: HttpRequest) -> HttpResponseBase:
    form = request.POST
    made = invitations.invite(actor_of(request), form.get("email", ""), _role(form.get("role", "")))
    return _invited(request, *made)


@require_POST
@page(Role.ADMIN)
def invitation_resend(request: HttpRequest, invitation_id: str) -> HttpResponseBase:
    actor = actor_of(request)
    made = invitations.resend(actor, queries.invitation(actor.organization_id, invitation_id))
    return _invited(request, *made)


@require_POST
@page(Role.ADMIN)
def invitation_revoke(request: HttpRequest, invitation_id: str) -> HttpResponseBase:
    actor = actor_of(request)
    invitation = queries.invitation(actor.organization_id, invitation_id)
    invitations.revoke(actor, invitation)
    messages.success(request, f"Invitation for {invitation.email} revoked.")
    return redirect("organization")


def _invited(request: HttpRequest, made: Invitation, url: str) -> HttpResponseBase:
    if url:
        request.session[NEW_LINK] = {"email": made.email, "url": url}
    else:
        messages.success(request, f"Invitation sent to {made.email}.")
    return redirect("organization")


@require_POST
@page(Role.ADMIN)
def second_factor_setting(request: HttpRequest) -> HttpResponseBase:
    required = request.POST.get("required") == "1"
    actions.require_second_factor(actor_of(request), required)
    messages.success(
        request, f"Two-factor authentication is {'required' if required else 'optional'} for members."
    )
    return redirect("organization")


@require_POST
@page(Role.ADMIN)
def member_role(request: HttpRequest, member_id: str) -> HttpResponseBase:
    changed = actions.change_role(
        actor_of(request), _member(request, member_id), _role(request.POST.get("role", ""))
    )
    article = "an" if changed.role in ("owner", "admin") else "a"
    messages.success(request, f"{changed.user} is now {article} {changed.role}.")
    return redirect("organization")


@require_POST
@page(Role.ADMIN)
def member_active(request: HttpRequest, member_id: str) -> HttpResponseBase:
    active = request.POST.get("active") == "1"
    actions.set_member_active(actor_of(request), _member(request, member_id), active)
    return redirect("organization")


@require_POST
@page(Role.ADMIN)
def api_key_add(request: HttpRequest) -> HttpResponseBase:
    form = request.POST
    last_day = _midnight(form.get("last_day", ""))
    expires_at = last_day and last_day + timedelta(days=1)
    _, secret = actions.create_api_key(
        actor_of(request), form.get("name", ""), _role(form.get("role", "")), expires_at
    )
    request.session[NEW_SECRET] = secret
    return redirect("organization")


@require_POST
@page(Role.ADMIN)
def api_key_revoke(request: HttpRequest, key_id: str) -> HttpResponseBase:
    actor = actor_of(request)
    actions.revoke_api_key(actor, queries.api_key(actor.organization_id, key_id))
    return redirect("organization")


def _role(word: str) -> Role:
    try:
        return Role.of(word)
    except ValueError:
        raise Invalid("Choose a role.", code="role_invalid") from None


def _member(request: HttpRequest, member_id: str) -> Membership:
    by_id = parse_id(member_id)
    member = queries.members(actor_of(request).organization_id).filter(id=by_id).first() if by_id else None
    if member is None:
        raise NotFound("Member not found.", code="member_not_found")
    return member


urlpatterns = [
    path("admin/org/", organization, name="organization"),
    path("admin/org/audit-log/", audit_log, name="audit_log"),
    path("admin/org/invitations/", member_invite, name="member_invite"),
    path("admin/org/invitations/<str:invitation_id>/resend", invitation_resend, name="invitation_resend"),
    path("admin/org/invitations/<str:invitation_id>/revoke", invitation_revoke, name="invitation_revoke"),
    path("admin/org/second-factor", second_factor_setting, name="second_factor_setting"),
    path("admin/org/members/<str:member_id>/role", member_role, name="member_role"),
    path("admin/org/members/<str:member_id>/active", member_active, name="member_active"),
    path("admin/org/api-keys/", api_key_add, name="api_key_add"),
    path("admin/org/api-keys/<str:key_id>/revoke", api_key_revoke, name="api_key_revoke"),
]
