"""Who is asking: the actor behind a session, an access token or an API key; and the people of an organisation."""

from datetime import timedelta
from uuid import UUID

import jwt
from django.conf import settings
from django.db.models import Q, QuerySet

from heliograph.accounts import second_factor
from heliograph.accounts.actions import API_KEY_PREFIX, digest
from heliograph.accounts.errors import AccessTokenRefused, InvitationNotFound, KeyRefused
from heliograph.accounts.models import ApiKey, Invitation, Membership, Organisation, RefreshToken, User
from heliograph.core.actor import Actor, Role
from heliograph.core.clock import now
from heliograph.core.errors import NotFound
from heliograph.core.ids import parse_id

USE_NOTED_EVERY = timedelta(minutes=5)


def organisation_by_key(key: str) -> Organisation:
    """The organisation with that key; raises `NotFound`."""
    found = Organisation.objects.filter(key=key).first()
    if found is None:
        raise NotFound(f"There is no organisation with the key “{key}”.", code="organisation_not_found")
    return found


def actor_of_member(member: Membership) -> Actor:
    """The member, acting."""
    return Actor("user", member.user_id, str(member.user), member.organisation_id, Role.of(member.role))


def membership(user: User, organisation_id: UUID | None) -> Membership | None:
    """The user's active membership in that organisation, else their oldest one."""
    mine = list(Membership.objects.filter(user=user, is_active=True).select_related("organisation", "user").order_by("id"))
    return next((member for member in mine if member.organisation_id == organisation_id), mine[0] if mine else None)


def memberships(user: User) -> QuerySet[Membership]:
    """Where the user is an active member."""
    return Membership.objects.filter(user=user, is_active=True).select_related("organisation").order_by("organisation__name")


def members(organisation_id: UUID) -> QuerySet[Membership]:
    """The organisation's members, by mail address."""
    return Membership.objects.filter(organisation_id=organisation_id).select_related("user").order_by("user__email")


def invitations(organisation_id: UUID) -> QuerySet[Invitation]:
    """Memberships that were offered and neither accepted nor revoked, newest first; also those that expired."""
    return Invitation.objects.filter(organisation_id=organisation_id, accepted_at=None, revoked_at=None).order_by("-id")


def invitation(organisation_id: UUID, invitation_id: str) -> Invitation:
    """One of `invitations`; raises `InvitationNotFound`."""
    by_id = parse_id(invitation_id)
    found = invitations(organisation_id).filter(id=by_id).first() if by_id else None
    if found is None:
        raise InvitationNotFound("Invitation not found.")
    return found


def managers(organisation_id: UUID) -> list[str]:
    """The mail addresses of those who manage the organisation's courses and licences."""
    in_charge = [role.word for role in Role if role >= Role.MANAGER]
    return [member.user.email for member in members(organisation_id) if member.is_active and member.role in in_charge]


def api_keys(organisation_id: UUID) -> QuerySet[ApiKey]:
    """The organisation's API keys, newest first."""
    return ApiKey.objects.filter(organisation_id=organisation_id).order_by("-id")


def actor_of_bearer(token: str) -> Actor:
    """The actor behind an API key or an access token. Raises `KeyRefused` or `AccessTokenRefused`."""
    return _actor_of_api_key(token) if token.startswith(API_KEY_PREFIX) else _actor_of_access_token(token)


def _actor_of_api_key(secret: str) -> Actor:
    moment = now()
    key = ApiKey.objects.filter(Q(expires_at=None) | Q(expires_at__gt=moment), digest=digest(secret), revoked_at=None).first()
    if key is None:
        raise KeyRefused("This API key is not valid: it is unknown, revoked or expired.")
    if key.last_used_at is None or moment - key.last_used_at > USE_NOTED_EVERY:
        ApiKey.objects.filter(id=key.id).update(last_used_at=moment)
    return Actor("api_key", key.id, key.name, key.organisation_id, Role.of(key.role))


def _actor_of_access_token(token: str) -> Actor:
    try:
        claims = jwt.decode(token, settings.SECRET_KEY, algorithms=["HS256"], audience="heliograph-api")
    except jwt.ExpiredSignatureError:
        raise AccessTokenRefused(
            "The access token has expired; use the refresh token for a new one.", code="access_token_expired"
        ) from None
    except jwt.InvalidTokenError:
        raise AccessTokenRefused("The access token is not valid. Sign in again.") from None
    member = (
        Membership.objects.filter(id=UUID(claims["sub"]), is_active=True, user__is_active=True)
        .select_related("user", "organisation")
        .first()
    )
    if member is None:
        raise AccessTokenRefused("You are no longer a member of this organization.")
    chain = parse_id(str(claims.get("chain")))
    if chain is None or not RefreshToken.objects.filter(chain=chain, revoked_at=None).exists():
        raise AccessTokenRefused("This sign-in was ended. Sign in again.")
    second_factor.refuse_without(member)
    return actor_of_member(member)


def organisation(organisation_id: UUID) -> Organisation:
    """One organisation by id."""
    return Organisation.objects.get(id=organisation_id)


def api_key(organisation_id: UUID, key_id: str) -> ApiKey:
    """One API key; raises `NotFound`."""
    by_id = parse_id(key_id)
    found = api_keys(organisation_id).filter(id=by_id).first() if by_id else None
    if found is None:
        raise NotFound("There is no such API key in this organisation.", code="api_key_not_found")
    return found
