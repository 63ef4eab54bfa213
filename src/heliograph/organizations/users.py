"""The organization's users: who they are, inviting them, their roles, and keeping them out."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import path, reverse
from django.views.decorators.http import require_POST

from heliograph.accounts import actions, invitations, queries, roles
from heliograph.accounts.groups import queries as groups
from heliograph.accounts.page_access import actor_of, page
from heliograph.core.permissions import Permission
from heliograph.core.roles import Role
from heliograph.core.translation import gettext, gettext_lazy
from heliograph.organizations import frame, limits
from heliograph.organizations.assignments import course_choice
from heliograph.organizations.forms import AssignCourse, BulkUsers, InviteMember, MemberRole
from heliograph.ui import filter_menus
from heliograph.ui.confirmation import CONFIRMED, question
from heliograph.ui.lookups import Option
from heliograph.ui.tables import ACTIONS, ChoiceFilter, Column, Query, SearchedFilter, Table
from heliograph.ui.undo import undoable

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from heliograph.accounts.models import Invitation, Membership
    from heliograph.core.actor import Actor

NEW_LINK = "new_invitation"
MOST_OFFERED = 500  # groups
STATES = {"active": gettext_lazy("Active"), "deactivated": gettext_lazy("Deactivated")}
STATE = ChoiceFilter("state", gettext_lazy("Status"), STATES, open=True)
GROUP = SearchedFilter("group", gettext_lazy("Group"), "users_group_filter", gettext_lazy("Search groups"))
USERS = Table(
    "users",
    gettext_lazy("user"),
    gettext_lazy("users"),
    columns=(
        Column("name", gettext_lazy("Name"), "known_name"),
        Column("email", gettext_lazy("Email"), "user__email"),
        Column("role", gettext_lazy("Role"), "role"),
        Column("state", gettext_lazy("Status")),
        Column("signed-in", gettext_lazy("Last sign-in"), "signed_in_at"),
        Column("groups", gettext_lazy("Groups")),
        Column("joined", gettext_lazy("Member since"), "id", hidden=True),
        Column(ACTIONS, gettext_lazy("Actions")),
    ),
    dated=True,
    searched=gettext_lazy("Name or email"),
    load=lambda rows: limits.with_limits(groups.with_groups(rows)),
    csv={
        "id": lambda member: member.id,
        "name": lambda member: member.full_name,
        "email": lambda member: member.user.email,
        "role": lambda member: member.role,
        "limited to": lambda member: member.limited_to,
        "status": lambda member: "active" if member.is_active else "deactivated",
        "groups": lambda member: "; ".join(member.group_names),
        "last sign-in": lambda member: member.last_sign_in and member.last_sign_in.isoformat(),
        "member since": lambda member: member.created_at.isoformat(),
    },
)


def table_of(actor: Actor) -> Table:
    """The list with the roles that this organization has."""
    every = {role.word: role.label for role in reversed(roles.all_roles(actor.organization_id))}
    return replace(USERS, filters=(STATE, ChoiceFilter("role", gettext_lazy("Role"), every), GROUP))


@page(Permission.USERS_MANAGE)
def users(request: HttpRequest) -> HttpResponseBase:
    actor = actor_of(request)
    table = table_of(actor)
    query = table.read(request)
    rows = matching(actor, query)
    if query.csv:
        return table.file(query, rows)
    return frame.show(
        request,
        "organizations/users.html",
        frame.USERS,
        table=table.page(
            request, query, rows, queries.member_counts(actor.organization_id), group_name(actor, query)
        ),
        invite_form=limits.offer(
            InviteMember(actor=actor, initial={"role": Role.REPORTER.word}), actor.organization_id
        ),
        bulk_form=BulkUsers(actor=actor, initial={"role": Role.REPORTER.word}),
        groups=groups.groups(actor.organization_id)[:MOST_OFFERED],
        assign_form=_assign_form(actor),
        invitations=queries.invitations(actor.organization_id),
        link=request.session.pop(NEW_LINK, None),
        mail_is_set_up=bool(settings.EMAIL_HOST),
    )


def _assign_form(actor: Actor) -> AssignCourse | None:
    """The form that assigns a course to users; none for whoever may not."""
    return course_choice.form(actor.organization_id) if actor.may(Permission.REGISTRATIONS_MANAGE) else None


def matching(actor: Actor, query: Query) -> QuerySet[Membership]:
    """The users that search and filters let through. Raises `GroupNotFound`."""
    wanted = query.filters
    group_name(actor, query)
    return queries.members(
        actor.organization_id, query.search, wanted["role"], wanted["state"], wanted["group"]
    )


def group_name(actor: Actor, query: Query) -> dict[str, str]:
    """What the group of the filter is called; raises `GroupNotFound` for one that is not here."""
    group_id = query.filters["group"]
    return {group_id: groups.group(actor, group_id).name} if group_id else {}


@page(Permission.USERS_MANAGE)
def group_filter(request: HttpRequest) -> HttpResponseBase:
    """Groups whose name has what is typed, as links that set the filter."""
    rows = groups.open_to(actor_of(request), filter_menus.sought(request))
    there = filter_menus.Filtered(gettext("Users"), reverse("organization_users"), "group", gettext("Group"))
    return filter_menus.choices(request, there, (Option(str(row.id), row.name) for row in rows))


@require_POST
@page(Permission.USERS_MANAGE)
def invite(request: HttpRequest) -> HttpResponseBase:
    actor = actor_of(request)
    sent = InviteMember.sent(request, actor=actor)
    scope = limits.sent_scope(actor.organization_id, sent)
    return _invited(request, *invitations.invite(actor, **sent, scope=scope))


@require_POST
@page(Permission.USERS_MANAGE)
def invitation_resend(request: HttpRequest, invitation_id: str) -> HttpResponseBase:
    actor = actor_of(request)
    made = invitations.resend(actor, queries.invitation(actor.organization_id, invitation_id))
    return _invited(request, *made)


@require_POST
@page(Permission.USERS_MANAGE)
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
    return redirect("organization_users")


def _invited(request: HttpRequest, made: Invitation, url: str) -> HttpResponseBase:
    if url:
        request.session[NEW_LINK] = {"email": made.email, "url": url}
    else:
        messages.success(request, gettext("Invitation sent to %(email)s.") % {"email": made.email})
    return redirect("organization_users")


@require_POST
@page(Permission.USERS_MANAGE)
def role(request: HttpRequest, member_id: str) -> HttpResponseBase:
    actor = actor_of(request)
    member = queries.member(actor.organization_id, member_id)
    changed = actions.change_role(actor, member, **MemberRole.sent(request, actor=actor))
    undoable(
        request,
        gettext("%(user)s has the role %(role)s now.")
        % {"user": changed, "role": roles.granted(actor.organization_id, changed.role).label},
        request.path,
        role=member.role,
    )
    return redirect("organization_user", changed.id)


@require_POST
@page(Permission.USERS_MANAGE)
def active(request: HttpRequest, member_id: str) -> HttpResponseBase:
    actor = actor_of(request)
    let_in = request.POST.get("active") == "1"
    member = queries.member(actor.organization_id, member_id)
    if not let_in:
        roles.refuse_beyond(actor, roles.granted(actor.organization_id, member.role))
        title = gettext("Deactivate %(person)s?") % {"person": member}
        follows = queries.consequences_of_deactivating(member)
        if asked := question(request, title, gettext("Deactivate"), follows):
            return asked
    actions.set_member_active(actor, member, let_in)
    back = {"active": "0", CONFIRMED: "1"} if let_in else {"active": "1"}
    sentence = gettext("%(person)s activated.") if let_in else gettext("%(person)s deactivated.")
    undoable(request, sentence % {"person": member}, request.path, **back)
    return redirect("organization_user", member.id)


urlpatterns = [
    path("admin/org/users/", users, name="organization_users"),
    path("admin/org/users/groups", group_filter, name="users_group_filter"),
    path("admin/org/users/<str:member_id>/role", role, name="member_role"),
    path("admin/org/users/<str:member_id>/active", active, name="member_active"),
    path("admin/org/invitations/", invite, name="member_invite"),
    path("admin/org/invitations/<str:invitation_id>/resend", invitation_resend, name="invitation_resend"),
    path("admin/org/invitations/<str:invitation_id>/revoke", invitation_revoke, name="invitation_revoke"),
]
