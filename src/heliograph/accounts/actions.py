"""Changing organisations, members, API keys and tokens."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import jwt
from allauth.account.adapter import get_adapter
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.http import HttpRequest

from heliograph.accounts.errors import BadKey, KeyTaken, LastOwner, RefreshTokenRefused, TooManyTries, WrongPassword
from heliograph.accounts.models import ApiKey, Membership, Organisation, RefreshToken, User
from heliograph.core.actor import Actor, Role, system
from heliograph.core.clock import now
from heliograph.core.errors import Forbidden, Invalid, NotFound
from heliograph.core.fields import refuse_too_long
from heliograph.core.ids import is_key, new_id
from heliograph.journal.actions import record

ACCESS_LIFE = timedelta(minutes=10)
REFRESH_LIFE = timedelta(days=30)
API_KEY_PREFIX = "hg_"


@dataclass(frozen=True)
class TokenPair:
    """What a program signs in with: ``access`` for ten minutes, ``refresh`` once."""

    access: str
    refresh: str
    expires_at: datetime


@transaction.atomic
def create_organisation(key: str, name: str) -> Organisation:
    """A new tenant. Raises `BadKey` and `KeyTaken`."""
    if not is_key(key):
        raise BadKey(f"“{key}” cannot be an organisation's key: use letters, digits, dots, hyphens and underscores.")
    if Organisation.objects.filter(key=key).exists():
        raise KeyTaken(f"There is already an organisation with the key “{key}”.")
    refuse_too_long(Organisation, {"name": name})
    organisation = Organisation.objects.create(key=key, name=name)
    record(system(organisation.id), "created", "organisation", organisation.id, name)
    return organisation


@transaction.atomic
def add_member(actor: Actor, email: str, role: Role, name: str = "", password: str | None = None) -> Membership:
    """Make a person a member; somebody who is one already gets the new role. A new person gets ``password``."""
    actor.require(Role.ADMIN)
    refuse_higher_role(actor, role)
    email = email.strip()
    user = User.objects.filter(email__iexact=email).first()
    if user is None:
        user = _new_user(email, name, password)
    member, created = Membership.objects.get_or_create(organisation_id=actor.organisation_id, user=user, defaults={"role": role.word})
    if not created:
        return change_role(actor, member, role)
    record(actor, "added", "member", member.id, str(user), role=role.word)
    return member


def _new_user(email: str, name: str, password: str | None) -> User:
    refuse_too_long(User, {"email": email, "name": name})
    try:
        validate_email(email)
    except ValidationError:
        raise Invalid(f"“{email}” is not a mail address.", code="email_invalid") from None
    try:
        if password is not None:
            validate_password(password, User(email=email, name=name))
    except ValidationError as reason:
        raise Invalid(" ".join(reason.messages), code="password_weak") from None
    return User.objects.create_user(email, password, name)


@transaction.atomic
def new_password(email: str) -> str:
    """A new password for a person, who is signed out everywhere. Raises `NotFound`."""
    user = User.objects.select_for_update().filter(email__iexact=email).first()
    if user is None:
        raise NotFound(f"Nobody here has the mail address {email}.", code="person_not_found")
    password = secrets.token_urlsafe(12)
    user.set_password(password)
    user.save(update_fields=["password"])
    RefreshToken.objects.filter(membership__user=user, revoked_at=None).update(revoked_at=now())
    for member in user.memberships.all():
        record(system(member.organisation_id, "command line"), "gave a new password to", "member", member.id, str(user))
    return password


@transaction.atomic
def change_role(actor: Actor, member: Membership, role: Role) -> Membership:
    """Give a member another role. The last owner stays one (`LastOwner`)."""
    actor.require(Role.ADMIN)
    refuse_higher_role(actor, max(role, Role.of(member.role)))
    if Role.of(member.role) is Role.OWNER and role is not Role.OWNER:
        _refuse_without_owner(member)
    before, member.role = member.role, role.word
    member.save(update_fields=["role"])
    record(actor, "changed role of", "member", member.id, str(member.user), before=before, after=role.word)
    return member


@transaction.atomic
def set_member_active(actor: Actor, member: Membership, active: bool) -> Membership:
    """Let a member in, or keep them out: sessions, tokens and refresh chains end at once."""
    actor.require(Role.ADMIN)
    refuse_higher_role(actor, Role.of(member.role))
    if not active:
        if Role.of(member.role) is Role.OWNER:
            _refuse_without_owner(member)
        RefreshToken.objects.filter(membership=member, revoked_at=None).update(revoked_at=now())
    member.is_active = active
    member.save(update_fields=["is_active"])
    record(actor, "activated" if active else "deactivated", "member", member.id, str(member.user))
    return member


def refuse_higher_role(actor: Actor, role: Role) -> None:
    """Nobody hands out, or takes away, more than they have: raises `Forbidden`."""
    if role > actor.role:
        raise Forbidden(f"Your role is {actor.role.word}; only a member with the role {role.word} can do this.")


def _refuse_without_owner(member: Membership) -> None:
    owners = Membership.objects.select_for_update().filter(organisation_id=member.organisation_id, role=Role.OWNER.word, is_active=True)
    if not [owner for owner in owners if owner.id != member.id]:
        raise LastOwner("This is the organisation's only owner. Make somebody else an owner first.")


@transaction.atomic
def create_api_key(actor: Actor, name: str, role: Role, expires_at: datetime | None = None) -> tuple[ApiKey, str]:
    """A new API key and its secret, which is shown this once."""
    actor.require(Role.ADMIN)
    refuse_higher_role(actor, role)
    if expires_at is not None and (expires_at.tzinfo is None or not 1970 < expires_at.year < 9999):
        raise Invalid("The expiry is a date and time with its time zone, or empty for none.")
    if not name.strip():
        raise Invalid("Give the API key a name, so that you know later what uses it.")
    secret = API_KEY_PREFIX + secrets.token_urlsafe(32)
    key = ApiKey.objects.create(
        organisation_id=actor.organisation_id,
        name=name.strip()[:200],
        role=role.word,
        digest=digest(secret),
        hint=secret[:9],
        expires_at=expires_at,
    )
    record(actor, "created", "API key", key.id, key.name, role=role.word)
    return key, secret


@transaction.atomic
def revoke_api_key(actor: Actor, key: ApiKey) -> None:
    """End an API key at once."""
    actor.require(Role.ADMIN)
    if key.revoked_at is None:
        key.revoked_at = now()
        key.save(update_fields=["revoked_at"])
        record(actor, "revoked", "API key", key.id, key.name)


def sign_in(request: HttpRequest, email: str, password: str, organisation_key: str | None) -> TokenPair:
    """Tokens for a member's password.

    Raises `WrongPassword`, the same for everything that does not fit, and `TooManyTries` where the page for signing in would too.
    """
    try:
        user = get_adapter().authenticate(request, email=email, password=password)
    except ValidationError:
        raise TooManyTries("There were too many failed attempts to sign in. Wait a few minutes, then try again.") from None
    memberships = Membership.objects.filter(user=user, is_active=True).select_related("organisation") if user else None
    if memberships is not None and organisation_key:
        memberships = memberships.filter(organisation__key=organisation_key)
    member = memberships.order_by("id").first() if memberships is not None else None
    if member is None:
        raise WrongPassword("That mail address, password and organisation do not fit together.")
    return _issue(member, new_id())


def refresh(token: str) -> TokenPair:
    """A new pair for a refresh token, which is used up.

    Raises `RefreshTokenRefused`; a token used a second time ends its whole chain, because one of its two holders stole it.
    """
    with transaction.atomic():
        found = RefreshToken.objects.select_for_update(of=("self",)).select_related("membership__user").filter(digest=digest(token)).first()
        usable = found and found.revoked_at is None and found.expires_at > now()
        if found and usable and found.used_at is None and found.membership.is_active and found.membership.user.is_active:
            found.used_at = now()
            found.save(update_fields=["used_at"])
            return _issue(found.membership, found.chain)
        if found and found.used_at is not None:
            RefreshToken.objects.filter(chain=found.chain).update(revoked_at=now())
    raise RefreshTokenRefused("This refresh token is no longer valid. Sign in again.")


def revoke(token: str) -> None:
    """Sign out: end the chain of a refresh token. An unknown one is already out."""
    found = RefreshToken.objects.filter(digest=digest(token)).first()
    if found:
        RefreshToken.objects.filter(chain=found.chain, revoked_at=None).update(revoked_at=now())


def _issue(member: Membership, chain: UUID) -> TokenPair:
    issued, secret = now(), secrets.token_urlsafe(32)
    RefreshToken.objects.create(chain=chain, membership=member, digest=digest(secret), expires_at=issued + REFRESH_LIFE)
    expires = issued + ACCESS_LIFE
    claims = {"sub": str(member.id), "iat": issued, "exp": expires, "aud": "heliograph-api"}
    return TokenPair(jwt.encode(claims, settings.SECRET_KEY, algorithm="HS256"), secret, expires)


def digest(secret: str) -> bytes:
    """What we keep of a secret with more entropy than anybody can try: its SHA-256."""
    return hashlib.sha256(secret.encode()).digest()
