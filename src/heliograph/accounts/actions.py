"""Changing organizations, members, API keys and tokens."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import jwt
from allauth.account.adapter import get_adapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.http import HttpRequest

from heliograph.accounts import hooks, scopes, second_factor
from heliograph.accounts.errors import (
    BadKey,
    KeyTaken,
    LastOwner,
    RefreshTokenRefused,
    TooManyTries,
    WrongPassword,
)
from heliograph.accounts.models import (
    ADMITTED,
    SCOPE_FIELDS,
    ApiKey,
    Membership,
    Organization,
    RefreshToken,
    User,
    scope_columns,
)
from heliograph.accounts.roles import by_word, granted, one_at_a_time, refuse_beyond
from heliograph.accounts.sign_in_limits import LONGEST_PASSWORD
from heliograph.audit import seals
from heliograph.audit.actions import record
from heliograph.core.actor import Actor, system
from heliograph.core.clock import now
from heliograph.core.database.fields import refuse_too_long
from heliograph.core.errors import Invalid, NotFound
from heliograph.core.ids import is_key, new_id
from heliograph.core.permissions import Permission
from heliograph.core.roles import Granted, Role
from heliograph.core.scope import UNLIMITED, Scope
from heliograph.core.translation import gettext, grouped

ACCESS_LIFE = timedelta(minutes=10)
REFRESH_LIFE = timedelta(days=30)
API_KEY_PREFIX = "hg_"
SHORTEST_RETENTION, LONGEST_RETENTION = 90, 3_650  # days of the audit log


@dataclass(frozen=True)
class TokenPair:
    """What a program signs in with: ``access`` for ten minutes, ``refresh`` once."""

    access: str
    refresh: str
    expires_at: datetime


@transaction.atomic
def create_organization(key: str, name: str) -> Organization:
    """A new tenant. Raises `BadKey` and `KeyTaken`."""
    if not is_key(key):
        raise BadKey(gettext("Organization IDs can contain letters, numbers, dots, hyphens and underscores."))
    if Organization.objects.filter(key=key).exists():
        raise KeyTaken(gettext("The organization ID “%(key)s” is already in use.") % {"key": key})
    refuse_too_long(Organization, {"name": name})
    organization = Organization.objects.create(key=key, name=name)
    record(system(organization.id), "created", "organization", organization.id, name)
    return organization


@transaction.atomic
def create_account(email: str, name: str, password: str) -> User:
    """A person's account with the password that they chose.

    Raises `Invalid` for an address or password that will not do.

    Only for the person themselves (an invitation's link), for the operator, and for the demo organization.
    """
    email = email_address(email)
    refuse_too_long(User, {"name": name})
    refuse_weak(password, User(email=email, name=name))
    if User.objects.filter(email__iexact=email).exists():
        raise Invalid(
            gettext("An account with this email already exists."), code="account_exists", field="email"
        )
    return User.objects.create_user(email, password, name.strip())


def email_address(text: str) -> str:
    """An email address as it is kept. Raises `Invalid`."""
    email = text.strip().lower()
    refuse_too_long(User, {"email": email})
    try:
        validate_email(email)
    except ValidationError:
        raise Invalid(gettext("Enter a valid email address."), code="email_invalid", field="email") from None
    return email


def refuse_weak(password: str, person: User) -> None:
    """Raise `Invalid` for a password that is easily guessed, or too long to be looked at."""
    if len(password) > LONGEST_PASSWORD:
        raise Invalid(
            gettext("Passwords can have at most %(longest_password)s characters.")
            % {"longest_password": grouped(LONGEST_PASSWORD)},
            code="password_weak",
            field="password",
        )
    try:
        validate_password(password, person)
    except ValidationError as reason:
        raise Invalid(" ".join(reason.messages), code="password_weak", field="password") from None


@transaction.atomic
def join(actor: Actor, user: User, role: Granted) -> Membership:
    """Make a person who has an account a member: the operator's first owner and the demo.

    Others accept invitations.
    """
    member, created = Membership.objects.get_or_create(
        organization_id=actor.organization_id, user=user, defaults={"role": role.word}
    )
    if created:
        record(actor, "added", "member", member.id, str(user), role=role.word)
        hooks.member_changed.call(member, "joined")
    return member


@transaction.atomic
def new_password(email: str) -> str:
    """A new password for a person, for the operator: second factors are removed, sessions end.

    Raises `NotFound`.
    """
    user = User.objects.select_for_update().filter(email__iexact=email).first()
    if user is None:
        raise NotFound(
            gettext("No member with the email %(email)s.") % {"email": email}, code="person_not_found"
        )
    password = secrets.token_urlsafe(12)
    reset_access(user, password)
    user.memberships.filter(joined_at=None).update(joined_at=now())  # the operator vouches for the person
    for member in user.memberships.all():
        record(
            system(member.organization_id, "command line"),
            "reset password for",
            "member",
            member.id,
            str(user),
        )
    return password


def reset_access(user: User, password: str) -> None:
    """Leave a person nothing to sign in with but ``password``.

    Second factors, sessions and API sign-ins end.
    """
    user.set_password(password)  # which ends the sessions: each holds a digest of the password
    user.save(update_fields=["password", "address_proven_at"])
    Authenticator.objects.filter(user_id=user.pk).delete()
    end_api_sign_ins(user)


def end_api_sign_ins(user: User) -> None:
    """End a person's chains of refresh tokens, and with them their access tokens."""
    RefreshToken.objects.filter(membership__user=user, revoked_at=None).update(revoked_at=now())


@transaction.atomic
def rename_organization(actor: Actor, name: str) -> Organization:
    """Call the organization something else. Raises `Invalid`."""
    actor.require(Permission.SETTINGS_MANAGE)
    name = " ".join(name.split())
    if not name:
        raise Invalid(gettext("Enter a name for the organization."), field="name")
    refuse_too_long(Organization, {"name": name})
    organization = Organization.objects.select_for_update(no_key=True).get(id=actor.organization_id)
    if organization.name != name:
        before, organization.name = organization.name, name
        organization.save(update_fields=["name"])
        change = {"before": {"name": before}, "after": {"name": name}}
        record(actor, "changed settings of", "organization", organization.id, name, **change)
    return organization


@transaction.atomic
def require_second_factor(actor: Actor, required: bool) -> Organization:
    """Whether members need a second factor to sign in: those without one set one up before anything else."""
    actor.require(Permission.SETTINGS_MANAGE)
    organization = Organization.objects.select_for_update().get(id=actor.organization_id)
    if organization.second_factor_required != required:
        organization.second_factor_required = required
        organization.save(update_fields=["second_factor_required"])
        change = {"second factor required": not required}, {"second factor required": required}
        record(
            actor,
            "changed settings of",
            "organization",
            organization.id,
            organization.name,
            before=change[0],
            after=change[1],
        )
    return organization


def note_joined(member: Membership) -> None:
    """The person came by themselves: from now on the organization knows them as everybody who joined."""
    if member.joined_at is None:
        member.joined_at = now()
        Membership.objects.filter(id=member.id, joined_at=None).update(joined_at=member.joined_at)


@transaction.atomic
def set_audit_retention(actor: Actor, days: int | None) -> Organization:
    """For how many days entries of the audit log are kept; None: for good. Raises `Invalid`."""
    actor.require(Permission.SETTINGS_MANAGE)
    if days is not None and not SHORTEST_RETENTION <= days <= LONGEST_RETENTION:
        raise Invalid(
            gettext("Keep the audit log for %(least)s to %(most)s days, or leave the field blank.")
            % {"least": grouped(SHORTEST_RETENTION), "most": grouped(LONGEST_RETENTION)},
            code="retention_invalid",
            field="days",
        )
    organization = Organization.objects.select_for_update(no_key=True).get(id=actor.organization_id)
    before, organization.audit_retention_days = organization.audit_retention_days, days
    if before != days:
        organization.save(update_fields=["audit_retention_days"])
        change = {"before": {"audit retention days": before}, "after": {"audit retention days": days}}
        record(actor, "changed settings of", "organization", organization.id, organization.name, **change)
    return organization


def retire_audit_logs() -> None:
    """Delete what organizations no longer keep of their audit logs."""
    for organization in Organization.objects.exclude(audit_retention_days=None).order_by("id"):
        days = timedelta(days=organization.audit_retention_days or LONGEST_RETENTION)
        seals.retire(system(organization.id), now() - days)


@transaction.atomic
def change_role(actor: Actor, member: Membership, role: Granted, scope: Scope | None = None) -> Membership:
    """Give a member another role, or other limits to it; without ``scope``, the limits stay.

    Raises `Invalid` for a limited owner; the last owner stays one (`LastOwner`).
    """
    actor.require(Permission.USERS_MANAGE)
    member = _locked(member)
    refuse_beyond(
        actor, by_word(actor.organization_id, role.word), granted(actor.organization_id, member.role)
    )
    if member.role == Role.OWNER.word and role is not Role.OWNER:
        _refuse_without_owner(member)
    scope = member.scope if scope is None else scope
    scopes.refuse_for(role, scope)
    before, limits, member.role = member.role, member.scope, role.word
    if scope != limits:
        change = {"before": limits, "after": scope}
        texts = {when: scopes.logged(member.organization_id, limits) for when, limits in change.items()}
        record(actor, "changed limits of", "member", member.id, str(member), **texts)
        member.scope = scope
    if before != role.word or scope == limits:
        record(actor, "changed role of", "member", member.id, str(member), before=before, after=role.word)
    member.save(update_fields=["role", *SCOPE_FIELDS])
    if before != role.word:
        hooks.member_changed.call(member, "role_changed", before)
    return member


@transaction.atomic
def set_member_active(actor: Actor, member: Membership, active: bool) -> Membership:
    """Let a member in, or keep them out: sessions, tokens and API keys of theirs end at once."""
    actor.require(Permission.USERS_MANAGE)
    member = _locked(member)
    refuse_beyond(actor, granted(member.organization_id, member.role))
    if not active:
        if member.role == Role.OWNER.word:
            _refuse_without_owner(member)
        RefreshToken.objects.filter(membership=member, revoked_at=None).update(revoked_at=now())
    changed, member.is_active = member.is_active != active, active
    member.save(update_fields=["is_active"])
    record(actor, "activated" if active else "deactivated", "member", member.id, str(member))
    if changed:
        hooks.member_changed.call(member, "reactivated" if active else "deactivated")
    return member


def _locked(member: Membership) -> Membership:
    """A member as they are now, while nobody else changes a member of the organization."""
    one_at_a_time(member.organization_id)
    return Membership.objects.select_related("user", "organization").get(id=member.id)


def _refuse_without_owner(member: Membership) -> None:
    """Call it with the member `_locked`."""
    others = Membership.objects.filter(
        ADMITTED, organization_id=member.organization_id, role=Role.OWNER.word, user__is_active=True
    ).exclude(id=member.id)
    if not others.exists():
        raise LastOwner(gettext("Assign another owner before changing this one."))


@transaction.atomic
def create_api_key(
    actor: Actor,
    name: str,
    role: Granted,
    expires_at: datetime | None = None,
    scope: Scope = UNLIMITED,
) -> tuple[ApiKey, str]:
    """A new API key and its secret, which is shown this once."""
    actor.require(Permission.API_KEYS_MANAGE)
    one_at_a_time(actor.organization_id)
    refuse_beyond(actor, by_word(actor.organization_id, role.word))
    scopes.refuse_for(role, scope)
    if expires_at is not None and (expires_at.tzinfo is None or not 1970 < expires_at.year < 9999):
        raise Invalid(
            gettext("Enter the expiration as a date and time with a time zone, or leave it out for none."),
            field="expires_at",
        )
    if not name.strip():
        raise Invalid(gettext("Enter a name for the API key."), field="name")
    secret = API_KEY_PREFIX + secrets.token_urlsafe(32)
    key = ApiKey.objects.create(
        organization_id=actor.organization_id,
        created_by=member_behind(actor),
        name=name.strip()[:200],
        role=role.word,
        digest=digest(secret),
        hint=secret[:9],
        expires_at=expires_at,
        **scope_columns(scope),
    )
    limits = {"limits": scopes.logged(key.organization_id, scope)} if scope else {}
    record(actor, "created", "API key", key.id, key.name, role=role.word, **limits)
    return key, secret


def member_behind(actor: Actor) -> Membership | None:
    """The member who acts, by themselves or by an API key of theirs."""
    mine = Membership.objects.filter(organization_id=actor.organization_id)
    if actor.kind == "api_key":
        return mine.filter(api_keys=actor.id).first()
    return mine.filter(user=actor.id).first() if actor.kind == "user" else None


@transaction.atomic
def revoke_api_key(actor: Actor, key: ApiKey) -> None:
    """End an API key at once."""
    actor.require(Permission.API_KEYS_MANAGE)
    if key.revoked_at is None:
        key.revoked_at = now()
        key.save(update_fields=["revoked_at"])
        record(actor, "revoked", "API key", key.id, key.name)


def sign_in(
    request: HttpRequest, email: str, password: str, organization_key: str | None, code: str = ""
) -> TokenPair:
    """Tokens for a member's password, and a code of theirs where they have a second factor.

    Raises `WrongPassword`, the same for everything that does not fit; `TooManyTries` for the same with the
    seconds to wait; `SignInBusy`; `CodeNeeded` and `SecondFactorMissing`, once the password was right.
    """
    user, wait = get_adapter().try_password(request, email, password)
    if wait:
        raise TooManyTries(
            gettext("Too many failed sign-in attempts. Try again in a few minutes."),
            retry_after=wait,
        )
    members = Membership.objects.filter(ADMITTED, user=user, user__is_active=True) if user else None
    if members is not None and organization_key:
        members = members.filter(organization__key=organization_key)
    member = (
        members.select_related("organization", "user").order_by("id").first() if members is not None else None
    )
    if member is None:
        raise WrongPassword(gettext("Incorrect email, password or organization."))
    second_factor.refuse_without(member)
    second_factor.check_code(member.user, code)
    note_joined(member)
    return _issue(member, new_id())


def refresh(token: str) -> TokenPair:
    """A new pair for a refresh token, which is used up.

    Raises `RefreshTokenRefused`; a token used a second time ends its whole chain, because one of its two
    holders stole it.
    """
    with transaction.atomic():
        refresh_token = (
            RefreshToken.objects.select_for_update(of=("self",))
            .select_related("membership__user")
            .filter(digest=digest(token))
            .first()
        )
        usable = refresh_token and refresh_token.revoked_at is None and refresh_token.expires_at > now()
        if (
            refresh_token
            and usable
            and refresh_token.used_at is None
            and refresh_token.membership.is_active
            and refresh_token.membership.user.is_active
        ):
            refresh_token.used_at = now()
            refresh_token.save(update_fields=["used_at"])
            return _issue(refresh_token.membership, refresh_token.chain)
        if refresh_token and refresh_token.used_at is not None:
            RefreshToken.objects.filter(chain=refresh_token.chain).update(revoked_at=now())
    raise RefreshTokenRefused(gettext("This refresh token is no longer valid. Sign in again."))


def revoke(token: str) -> None:
    """Sign out: end the chain of a refresh token. An unknown one is already out."""
    refresh_token = RefreshToken.objects.filter(digest=digest(token)).first()
    if refresh_token:
        RefreshToken.objects.filter(chain=refresh_token.chain, revoked_at=None).update(revoked_at=now())


def forget_expired_tokens() -> None:
    """Delete refresh tokens that are good for nothing any more, not even to notice a second use."""
    RefreshToken.objects.filter(expires_at__lt=now()).delete()


def _issue(member: Membership, chain: UUID) -> TokenPair:
    issued, secret = now(), secrets.token_urlsafe(32)
    RefreshToken.objects.create(
        chain=chain, membership=member, digest=digest(secret), expires_at=issued + REFRESH_LIFE
    )
    expires = issued + ACCESS_LIFE
    claims = {
        "sub": str(member.id),
        "chain": str(chain),
        "iat": issued,
        "exp": expires,
        "aud": "heliograph-api",
    }
    return TokenPair(jwt.encode(claims, settings.SECRET_KEY, algorithm="HS256"), secret, expires)


def digest(secret: str) -> bytes:
    """What we keep of a secret with more entropy than anybody can try: its SHA-256."""
    return hashlib.sha256(secret.encode()).digest()
