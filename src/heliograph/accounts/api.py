"""REST routes of organizations: tokens, the organization itself, members, invitations, API keys, the audit
log.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.http import HttpRequest
from ninja import Field, Query, Router, Schema, Status

from heliograph.accounts import actions, invitations, queries, roles, scopes
from heliograph.accounts.api_auth import SIGNED_IN
from heliograph.accounts.merging import actions as merging
from heliograph.accounts.merging import queries as merges
from heliograph.accounts.models import ApiKey, Invitation, Membership, Organization
from heliograph.accounts.page_access import actor_of
from heliograph.audit import queries as audit
from heliograph.core.actor import Actor
from heliograph.core.permissions import Permission
from heliograph.core.scope import Scope
from heliograph.core.web.paging import DatedQuery, PageQuery, page_of
from heliograph.core.web.schemas import Body, Moment, ProblemDocument, problems

if TYPE_CHECKING:
    from heliograph.audit.models import Entry

tokens = Router(tags=["Signing in"])
organization = Router(tags=["Organization"], auth=SIGNED_IN)


class SignIn(Body):
    email: str
    password: str
    organization: str = Field("", description="The organization's ID, for members of several organizations.")
    code: str = Field(
        "",
        description="From the authenticator app, or a recovery code, if two-factor authentication is set up.",
    )


class Refresh(Body):
    refresh: str


class TokenPair(Schema):
    access: str = Field(description="Sent as `Authorization: Bearer …` for ten minutes.")
    refresh: str = Field(description="Can be used once.")
    expires_at: datetime


class Limits(Body):
    folders: list[str] = Field([], description="IDs of folders, with the folders in them.")
    destinations: list[str] = Field([], description="IDs of customers.")
    groups: list[str] = Field([], description="IDs of groups.")


def no_limits() -> Limits:
    return Limits(folders=[], destinations=[], groups=[])


LIMITS = "What the role is limited to; all lists are empty for somebody who isn't limited."


class Meta(Schema):
    key: str
    name: str
    role: str
    limits: Limits = Field(description=LIMITS)
    actor: str
    address: str = Field(description="Where this installation is, which all of its organizations share.")
    created_at: datetime
    second_factor_required: bool
    audit_retention_days: int | None = Field(description="Null if the audit log is kept for good.")


class Member(Schema):
    id: str
    email: str
    name: str
    role: str
    limits: Limits = Field(description=LIMITS)
    active: bool
    created_at: datetime = Field(description="When the person became a member.")
    last_sign_in_at: datetime | None = Field(description="On the website; null if never.")


class MembersQuery(PageQuery):
    search: str = Field("", description="Part of the name or email.")
    role: str = Field("", description="Only members with this role.")
    active: bool | None = Field(None, description="Only active members, or only deactivated ones.")


class ApiKeyOut(Schema):
    id: str
    name: str
    role: str
    limits: Limits = Field(description=LIMITS)
    hint: str
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None


class ApiKeyIn(Body):
    name: str
    role: str = "manager"
    limits: Limits = Field(default_factory=no_limits, description="What the role is limited to.")
    expires_at: Moment | None = None


class ApiKeyMade(ApiKeyOut):
    secret: str = Field(description="Returned only once.")


class AuditEntry(Schema):
    id: str
    at: datetime
    actor: str
    actor_kind: str
    verb: str
    subject_kind: str
    subject_id: str | None
    subject: str
    details: dict[str, Any]


class AuditLogQuery(DatedQuery):
    actor: str = Field("", description="Part of the name of the user or API key.")
    kind: str = Field("", description="Type of the changed object, such as `registration`.")
    subject: str = Field("", description="ID of the changed object.")
    search: str = Field("", description="Part of the action, or of the name of the changed object.")


class InvitationIn(Body):
    email: str
    role: str = "reporter"
    limits: Limits = Field(default_factory=no_limits, description="What the role is limited to.")


class InvitationOut(Schema):
    id: str
    email: str
    role: str
    limits: Limits = Field(description=LIMITS)
    state: str = Field(
        description="`invited` or `expired`. Accepted invitations become members; revoked ones are removed."
    )
    invited_by: str
    created_at: datetime
    expires_at: datetime


class InvitationMade(InvitationOut):
    url: str | None = Field(
        description="The invitation link, returned only once; null if it was sent by email."
    )


class SettingsIn(Body):
    second_factor_required: bool = Field(
        description="Members without two-factor authentication must set it up before they can continue."
    )


class RoleIn(Body):
    role: str
    limits: Limits | None = Field(
        None,
        description="What the role is limited to. Leave out to keep the limits; empty lists remove them.",
    )


class MergeIn(Body):
    into: str = Field(description="The ID of the member who is kept.")


class MemberPage(Schema):
    items: list[Member]
    next_cursor: str | None
    next: str | None


class InvitationPage(Schema):
    items: list[InvitationOut]
    next_cursor: str | None
    next: str | None


class KeyPage(Schema):
    items: list[ApiKeyOut]
    next_cursor: str | None
    next: str | None


class AuditLogPage(Schema):
    items: list[AuditEntry]
    next_cursor: str | None
    next: str | None


@tokens.post(
    "",
    response={
        200: TokenPair,
        401: ProblemDocument,
        403: ProblemDocument,
        429: ProblemDocument,
        503: ProblemDocument,
    },
    summary="Sign in with a password",
)
def sign_in(request: HttpRequest, body: SignIn) -> Any:
    """Needs email and password, and the code if two-factor authentication is set up.

    The access token lasts ten minutes, the refresh token 30 days.
    """
    return actions.sign_in(request, body.email, body.password, body.organization or None, body.code).__dict__


@tokens.post("/refresh", response={200: TokenPair, 401: ProblemDocument}, summary="Refresh an access token")
def refresh_token(request: HttpRequest, body: Refresh) -> Any:
    """Exchanges a refresh token for a new pair of tokens. Each refresh token can be used once.

    Using one twice ends the sign-in, as the token may have been copied.
    """
    return actions.refresh(body.refresh).__dict__


@tokens.post("/revoke", response={204: None}, summary="Revoke a refresh token")
def revoke_token(request: HttpRequest, body: Refresh) -> Any:
    """Signs out: the refresh token, its successors and their access tokens stop working."""
    actions.revoke(body.refresh)
    return Status(204, None)


@organization.get(
    "/meta", response={200: Meta, **problems()}, summary="Get the current user and organization"
)
def read_organization(request: HttpRequest) -> Any:
    """The user or API key behind the request, its role and its organization."""
    actor = actor_of(request)
    return _show_meta(actor, queries.organization(actor.organization_id))


@organization.patch("/meta", response={200: Meta, **problems(422)}, summary="Update organization settings")
def change_organization(request: HttpRequest, body: SettingsIn) -> Any:
    """Requires the admin role.
    Members without two-factor authentication must set it up before they can continue.
    """
    actor = actor_of(request)
    return _show_meta(actor, actions.require_second_factor(actor, body.second_factor_required))


def _show_meta(actor: Actor, mine: Organization) -> dict[str, Any]:
    return {
        "key": mine.key,
        "name": mine.name,
        "role": actor.role.word,
        "limits": scopes.shown(actor.scope),
        "actor": actor.label,
        "address": settings.HELIOGRAPH.url,
        "created_at": mine.created_at,
        "second_factor_required": mine.second_factor_required,
        "audit_retention_days": mine.audit_retention_days,
    }


@organization.get("/users", response={200: MemberPage, **problems(422)}, summary="List members")
def list_members(request: HttpRequest, query: Query[MembersQuery]) -> Any:
    """All members of the organization, including deactivated ones, newest first."""
    actor = actor_of(request)
    actor.require(Permission.USERS_MANAGE)
    state = {None: "", True: "active", False: "deactivated"}[query.active]
    role = roles.by_word(actor.organization_id, query.role).word if query.role else ""
    rows = queries.members(actor.organization_id, query.search, role, state)
    return page_of(request, rows.order_by("-id"), query, show_member)


@organization.get("/users/{user_id}", response={200: Member, **problems(404)}, summary="Get a member")
def read_member(request: HttpRequest, user_id: str) -> Any:
    """One member of the organization, active or deactivated."""
    return show_member(_member(request, user_id))


@organization.get(
    "/invitations", response={200: InvitationPage, **problems()}, summary="List open invitations"
)
def list_invitations(request: HttpRequest, query: Query[PageQuery]) -> Any:
    """Pending and expired invitations, newest first. Expired ones are deleted after a month."""
    actor = actor_of(request)
    actor.require(Permission.USERS_MANAGE)
    return page_of(request, queries.invitations(actor.organization_id), query, show_invitation)


@organization.post(
    "/invitations",
    response={201: InvitationMade, **problems(409, 422, 429)},
    summary="Invite a member",
)
def create_invitation(request: HttpRequest, body: InvitationIn) -> Any:
    """The person accepts with their own account and password.

    Inviting the same email again replaces the earlier link.
    """
    actor = actor_of(request)
    actor.require(Permission.USERS_MANAGE)
    role = roles.by_word(actor.organization_id, body.role)
    made, url = invitations.invite(actor, body.email, role, _scope(actor, body.limits))
    return Status(201, {**show_invitation(made), "url": url or None})


@organization.post(
    "/invitations/{invitation_id}/resend",
    response={200: InvitationMade, **problems(404, 409, 429)},
    summary="Resend an invitation",
)
def resend_invitation(request: HttpRequest, invitation_id: str) -> Any:
    """Sends a new link that is valid for a week. The old link stops working."""
    made, url = invitations.resend(actor_of(request), _invitation(request, invitation_id))
    return {**show_invitation(made), "url": url or None}


@organization.delete(
    "/invitations/{invitation_id}", response={204: None, **problems(404, 409)}, summary="Revoke an invitation"
)
def revoke_invitation(request: HttpRequest, invitation_id: str) -> Any:
    """The link stops working immediately."""
    invitations.revoke(actor_of(request), _invitation(request, invitation_id))
    return Status(204, None)


@organization.post(
    "/users/{user_id}/role",
    response={200: Member, **problems(404, 409, 422)},
    summary="Change a member's role",
)
def change_member_role(request: HttpRequest, user_id: str, body: RoleIn) -> Any:
    """You can't assign a role above your own. The last owner can't be changed (`last_owner`), and owners
    can't be limited (`owner_limited`).
    """
    actor, member = actor_of(request), _member(request, user_id)
    role = roles.by_word(actor.organization_id, body.role)
    scope = _scope(actor, body.limits) if body.limits else None
    return show_member(actions.change_role(actor, member, role, scope))


@organization.post(
    "/users/{user_id}/deactivate", response={200: Member, **problems(404, 409)}, summary="Deactivate a member"
)
def deactivate_member(request: HttpRequest, user_id: str) -> Any:
    """Ends the member's sessions, tokens and the API keys that they created immediately.

    Their data is kept. The last owner can't be deactivated (`last_owner`).
    """
    return show_member(actions.set_member_active(actor_of(request), _member(request, user_id), False))


@organization.post(
    "/users/{user_id}/reactivate", response={200: Member, **problems(404)}, summary="Reactivate a member"
)
def reactivate_member(request: HttpRequest, user_id: str) -> Any:
    """Lets the member sign in again. The API keys that they created work again, sessions and tokens don't."""
    return show_member(actions.set_member_active(actor_of(request), _member(request, user_id), True))


@organization.post(
    "/users/{user_id}/merge",
    response={200: Member, **problems(404, 409, 422)},
    summary="Merge a member into another one",
)
def merge_member(request: HttpRequest, user_id: str, body: MergeIn) -> Any:
    """For one person with two addresses: groups, API keys and saved views go to the member who is kept, whose
    role stays; the other one is deactivated. Returns the member who is kept.
    """
    kept = _member(request, body.into)
    merging.merge(actor_of(request), _member(request, user_id), kept)
    return show_member(kept)


@organization.post(
    "/users/{user_id}/unmerge", response={200: Member, **problems(404, 409)}, summary="Undo a merge"
)
def unmerge_member(request: HttpRequest, user_id: str) -> Any:
    """Within 30 days: what went to the other member, and is still there, comes back."""
    member = _member(request, user_id)
    merging.undo(actor_of(request), merges.current_or_refuse(member))
    return show_member(_member(request, user_id))


@organization.get("/api-keys", response={200: KeyPage, **problems()}, summary="List API keys")
def list_api_keys(request: HttpRequest, query: Query[PageQuery]) -> Any:
    """All API keys, including revoked ones, newest first. Only the first characters of a key are shown."""
    actor = actor_of(request)
    actor.require(Permission.API_KEYS_MANAGE)
    return page_of(request, queries.api_keys(actor.organization_id), query, show_key)


@organization.post("/api-keys", response={201: ApiKeyMade, **problems(422)}, summary="Create an API key")
def create_api_key(request: HttpRequest, body: ApiKeyIn) -> Any:
    """An API key has a role in the organization. The key is returned only once, in this response."""
    actor = actor_of(request)
    actor.require(Permission.API_KEYS_MANAGE)
    role = roles.by_word(actor.organization_id, body.role)
    scope = _scope(actor, body.limits)
    key, secret = actions.create_api_key(actor, body.name, role, body.expires_at, scope)
    return Status(201, {**show_key(key), "secret": secret})


@organization.delete("/api-keys/{key_id}", response={204: None, **problems(404)}, summary="Revoke an API key")
def revoke_api_key(request: HttpRequest, key_id: str) -> Any:
    """Requests that use the key are answered with 401 from then on."""
    actor = actor_of(request)
    actor.require(Permission.API_KEYS_MANAGE)
    actions.revoke_api_key(actor, queries.api_key(actor.organization_id, key_id))
    return Status(204, None)


@organization.get(
    "/audit-log", response={200: AuditLogPage, **problems(422)}, summary="List audit log entries"
)
def list_audit_log(request: HttpRequest, query: Query[AuditLogQuery]) -> Any:
    """All changes made in the organization, newest first."""
    actor = actor_of(request)
    actor.require(Permission.AUDIT_VIEW)
    return page_of(
        request,
        audit.matching(
            actor.organization_id,
            who=query.actor,
            kind=query.kind,
            subject=query.subject,
            search=query.search,
        ),
        query,
        show_entry,
    )


def show_member(member: Membership) -> dict[str, Any]:
    return {
        "id": str(member.id),
        "email": member.user.email,
        "name": member.full_name,
        "role": member.role,
        "limits": scopes.shown(member.scope),
        "active": member.is_active,
        "created_at": member.created_at,
        "last_sign_in_at": member.last_sign_in,
    }


def show_invitation(invitation: Invitation) -> dict[str, Any]:
    columns = ("email", "role", "state", "invited_by", "created_at", "expires_at")
    shown = {column: getattr(invitation, column) for column in columns}
    return {"id": str(invitation.id), "limits": scopes.shown(invitation.scope), **shown}


def show_key(key: ApiKey) -> dict[str, Any]:
    columns = ("name", "role", "hint", "created_at", "expires_at", "last_used_at", "revoked_at")
    shown = {column: getattr(key, column) for column in columns}
    return {"id": str(key.id), "limits": scopes.shown(key.scope), **shown}


def show_entry(entry: Entry) -> dict[str, Any]:
    return {
        "id": str(entry.id),
        "at": entry.at,
        "actor": entry.actor_label,
        "actor_kind": entry.actor_kind,
        "verb": entry.verb,
        "subject_kind": entry.subject_kind,
        "subject_id": str(entry.subject_id) if entry.subject_id else None,
        "subject": entry.subject_label,
        "details": entry.details,
    }


def _invitation(request: HttpRequest, invitation_id: str) -> Invitation:
    actor = actor_of(request)
    actor.require(Permission.USERS_MANAGE)
    return queries.invitation(actor.organization_id, invitation_id)


def _scope(actor: Actor, limits: Limits) -> Scope:
    return scopes.read(actor.organization_id, limits.dict())


def _member(request: HttpRequest, member_id: str) -> Membership:
    actor = actor_of(request)
    actor.require(Permission.USERS_MANAGE)
    return queries.member(actor.organization_id, member_id)
