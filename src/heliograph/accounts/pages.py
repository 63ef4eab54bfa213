"""The organization's page: members, API keys, audit log."""

from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.http import require_POST

from heliograph.accounts import actions, invitations, queries
from heliograph.accounts.forms import InviteMember, MemberRole, NewApiKey
from heliograph.accounts.models import Invitation, Membership
from heliograph.accounts.page_access import actor_of, page
from heliograph.audit import queries as audit
from heliograph.audit.tables import AUDIT_LOG, LEARNERS
from heliograph.core.days import parse_day
from heliograph.core.errors import Invalid, NotFound
from heliograph.core.ids import parse_id
from heliograph.core.roles import Role
from heliograph.core.translation import gettext
from heliograph.ui.confirmation import CONFIRMED, question
from heliograph.ui.undo import undoable

NEW_SECRET = "new_api_key"  # noqa: S105 - the name of a session entry
NEW_LINK = "new_invitation"


@page(Role.ADMIN)
def organization(request: HttpRequest) -> HttpResponseBase:
    actor = actor_of(request)
    members = list(queries.members(actor.organization_id))
    for member in members:
        member.role_form = MemberRole(  # type: ignore[attr-defined]
            key=member.id, whose=member.user, highest=actor.role, initial={"role": member.role}
        )
    shown = {
        "members": members,
        "invite_form": InviteMember(highest=actor.role, initial={"role": Role.REPORTER.word}),
        "key_form": NewApiKey(highest=actor.role, initial={"role": Role.MANAGER.word}),
        "invitations": queries.invitations(actor.organization_id),
        "link": request.session.pop(NEW_LINK, None),
        "mail_is_set_up": bool(settings.EMAIL_HOST),
        "keys": queries.api_keys(actor.organization_id),
        "secret": request.session.pop(NEW_SECRET, ""),
        "entries": audit.matching(actor.organization_id, learners=False)[:10],
    }
    return render(request, "accounts/organization.html", shown)


@page(Role.ADMIN)
def audit_log(request: HttpRequest) -> HttpResponseBase:
    """Who did what to what, found by any of it."""
    query = AUDIT_LOG.read(request)
    words: dict[str, Any] = {name: query.filters[name] for name in ("kind", "who", "subject")}
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
        raise Invalid(gettext("Enter a date as YYYY-MM-DD."))
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


@require_POST
@page(Role.ADMIN)
def member_invite(request: HttpRequest) -> HttpResponseBase:
    made = invitations.invite(actor_of(request), **InviteMember.sent(request))
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
    follows = [
        gettext("The link that %(email)s has stops working.") % {"email": invitation.email},
        gettext("You can invite them again."),
    ]
    if asked := question(
        request,
        gettext("Revoke the invitation of %(email)s?") % {"email": invitation.email},
        gettext("Revoke"),
        follows,
    ):
        return asked
    invitations.revoke(actor, invitation)
    messages.success(request, gettext("Invitation for %(email)s revoked.") % {"email": invitation.email})
    return redirect("organization")


def _invited(request: HttpRequest, made: Invitation, url: str) -> HttpResponseBase:
    if url:
        request.session[NEW_LINK] = {"email": made.email, "url": url}
    else:
        messages.success(request, gettext("Invitation sent to %(email)s.") % {"email": made.email})
    return redirect("organization")


@require_POST
@page(Role.ADMIN)
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
    return redirect("organization")


@require_POST
@page(Role.ADMIN)
def member_role(request: HttpRequest, member_id: str) -> HttpResponseBase:
    member = _member(request, member_id)
    before = member.role
    changed = actions.change_role(actor_of(request), member, **MemberRole.sent(request))
    undoable(
        request,
        gettext("%(user)s has the role %(role)s now.")
        % {"user": changed.user, "role": Role.of(changed.role).label},
        request.path,
        role=before,
    )
    return redirect("organization")


@require_POST
@page(Role.ADMIN)
def member_active(request: HttpRequest, member_id: str) -> HttpResponseBase:
    active = request.POST.get("active") == "1"
    member = _member(request, member_id)
    if not active:
        actions.refuse_higher_role(actor_of(request), Role.of(member.role))
        title = gettext("Deactivate %(person)s?") % {"person": member.user}
        follows = queries.consequences_of_deactivating(member)
        if asked := question(request, title, gettext("Deactivate"), follows):
            return asked
    actions.set_member_active(actor_of(request), member, active)
    back = {"active": "0", CONFIRMED: "1"} if active else {"active": "1"}
    sentence = gettext("%(person)s activated.") if active else gettext("%(person)s deactivated.")
    undoable(request, sentence % {"person": member.user}, request.path, **back)
    return redirect("organization")


@require_POST
@page(Role.ADMIN)
def api_key_add(request: HttpRequest) -> HttpResponseBase:
    settings = NewApiKey.sent(request)
    _, request.session[NEW_SECRET] = actions.create_api_key(actor_of(request), **settings)
    return redirect("organization")


@require_POST
@page(Role.ADMIN)
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
    return redirect("organization")


def _member(request: HttpRequest, member_id: str) -> Membership:
    by_id = parse_id(member_id)
    member = queries.members(actor_of(request).organization_id).filter(id=by_id).first() if by_id else None
    if member is None:
        raise NotFound(gettext("Member not found."), code="member_not_found")
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
