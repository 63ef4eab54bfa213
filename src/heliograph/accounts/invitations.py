"""Inviting people: a link that is used once makes the person who opens it a member, with an account and
password of their own.

An invitation says nothing about whether its address has an account: until it is accepted, nothing of that
account is looked at. Only whoever holds the link can accept, so an account that somebody else made for the
address gains nothing by an invitation. Where mail is set up, only the mailbox is told the link; otherwise
whoever invited hands it over (decision 19).
"""

import secrets
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from heliograph.accounts import hooks, scopes
from heliograph.accounts.actions import (
    create_account,
    digest,
    email_address,
    note_joined,
    refuse_weak,
    reset_access,
)
from heliograph.accounts.errors import AlreadyMember, InvitationClosed, InvitationNotFound, InvitedJustNow
from heliograph.accounts.models import Invitation, Membership, Organization, User, scope_columns
from heliograph.accounts.queries import actor_of_member
from heliograph.accounts.roles import by_word, granted, refuse_beyond
from heliograph.audit.actions import record
from heliograph.audit.queries import entries
from heliograph.core.actor import Actor
from heliograph.core.clock import now
from heliograph.core.database.fields import refuse_too_long
from heliograph.core.errors import Forbidden, Invalid
from heliograph.core.ids import lowest_id
from heliograph.core.permissions import Permission
from heliograph.core.roles import Granted, Role
from heliograph.core.scope import UNLIMITED, Scope
from heliograph.core.translation import gettext
from heliograph.delivery import mail

GOOD_FOR = timedelta(days=7)
KEPT_FOR = timedelta(days=30)
MOST_OPEN = 500
MAILED_EVERY = timedelta(minutes=1)  # to one address
MOST_MAILED = 100  # by an organization, in an hour
_MAILING = ("invited", "resent invitation to")  # as the audit log has it


@transaction.atomic
def invite(actor: Actor, email: str, role: Granted, scope: Scope = UNLIMITED) -> tuple[Invitation, str]:
    """Offer a membership to an address; its link, where no mail is set up, else an empty text.

    An address that was invited already gets a new link, and the old one is worth nothing. Raises `Invalid`
    and `AlreadyMember`; of other organizations' people nothing is said.
    """
    made, secret = prepare(actor, email, role, scope, mailed=bool(settings.EMAIL_HOST))
    return made, hand_over(made, secret)


@transaction.atomic
def prepare(
    actor: Actor, email: str, role: Granted, scope: Scope = UNLIMITED, *, mailed: bool
) -> tuple[Invitation, str]:
    """An invitation and the secret of its link, which nobody was told yet; see `invite`."""
    actor.require(Permission.USERS_MANAGE)
    email = email_address(email)
    _one_at_a_time(actor)
    refuse_beyond(actor, by_word(actor.organization_id, role.word))
    scopes.refuse_for(role, scope)
    member = Membership.objects.filter(
        organization_id=actor.organization_id, user__email__iexact=email
    ).first()
    if member and (member.joined_at or member.role != role.word or member.scope != scope):
        raise AlreadyMember(
            gettext("%(email)s is already a member. Change the role or the status of that member instead.")
            % {"email": email},
            field="email",
        )
    if mailed:
        _refuse_too_soon(actor, email)
    open_ones = Invitation.objects.filter(
        organization_id=actor.organization_id, accepted_at=None, revoked_at=None
    )
    before = open_ones.select_for_update().filter(email=email).first()
    if before:
        refuse_beyond(actor, granted(before.organization_id, before.role))
    elif open_ones.count() >= MOST_OPEN:
        raise Invalid(
            gettext("An organization can have at most %(most_open)s open invitations. Revoke some first.")
            % {"most_open": MOST_OPEN},
            code="too_many_invitations",
        )
    return _make(actor, email, role, scope, mailed=mailed)


@transaction.atomic
def admit_applicant(actor: Actor, email: str, name: str) -> tuple[Membership, str]:
    """Make a learner of somebody who proved by a mailed link that the address is theirs; the address of the
    page on which they choose a password or sign in, empty for one who has joined.

    Only for whoever holds that link: it lets them in. Raises `Forbidden` for somebody who was deactivated.
    """
    email = email_address(email)
    refuse_too_long(User, {"name": name})
    user = User.objects.filter(email__iexact=email).first() or User.objects.create_user(email, name=name)
    member, created = Membership.objects.get_or_create(
        organization_id=actor.organization_id,
        user=user,
        defaults={"role": Role.LEARNER.word, "name": name.strip(), "joined_at": None},
    )
    if created:
        record(actor, "added", "member", member.id, str(member), role=member.role)
    if not member.is_active:
        raise Forbidden(gettext("This account has been deactivated."))
    if member.joined_at:
        return member, ""
    return member, address_of(
        _make(actor, email, granted(member.organization_id, member.role), UNLIMITED, mailed=True)[1]
    )


def _make(actor: Actor, email: str, role: Granted, scope: Scope, *, mailed: bool) -> tuple[Invitation, str]:
    """A new invitation and its secret; the one before it is worth nothing."""
    Invitation.objects.filter(
        organization_id=actor.organization_id, email=email, accepted_at=None, revoked_at=None
    ).update(revoked_at=now())
    secret = secrets.token_urlsafe(32)
    made = Invitation.objects.create(
        organization_id=actor.organization_id,
        email=email,
        role=role.word,
        digest=digest(secret),
        mailed=mailed,
        invited_by=actor.label[:200],
        created_at=now(),
        expires_at=now() + GOOD_FOR,
        **scope_columns(scope),
    )
    limits = {"limits": scopes.logged(made.organization_id, scope)} if scope else {}
    record(actor, "invited", "member", made.id, email, role=role.word, **limits)
    hooks.member_invited.call(made)
    return made, secret


@transaction.atomic
def resend(actor: Actor, invitation: Invitation) -> tuple[Invitation, str]:
    """A new link with a new week, as `invite` gives it; the old link is worth nothing."""
    actor.require(Permission.USERS_MANAGE)
    _one_at_a_time(actor)
    locked = _locked(invitation)
    refuse_beyond(actor, granted(locked.organization_id, locked.role))
    if settings.EMAIL_HOST:
        _refuse_too_soon(actor, locked.email)
    secret = secrets.token_urlsafe(32)
    locked.digest, locked.mailed, locked.expires_at = (
        digest(secret),
        bool(settings.EMAIL_HOST),
        now() + GOOD_FOR,
    )
    locked.save(update_fields=["digest", "mailed", "expires_at"])
    record(actor, "resent invitation to", "member", locked.id, locked.email)
    return locked, hand_over(locked, secret)


@transaction.atomic
def revoke(actor: Actor, invitation: Invitation) -> None:
    """End an invitation: its link is worth nothing."""
    actor.require(Permission.USERS_MANAGE)
    locked = _locked(invitation)
    refuse_beyond(actor, granted(locked.organization_id, locked.role))
    locked.revoked_at = now()
    locked.save(update_fields=["revoked_at"])
    record(actor, "revoked invitation of", "member", locked.id, locked.email)


def by_secret(secret: str) -> Invitation:
    """The invitation that a link belongs to.

    Raises `InvitationNotFound`, in the same words for all that is over.
    """
    invitation = (
        Invitation.objects.filter(
            digest=digest(secret), accepted_at=None, revoked_at=None, expires_at__gt=now()
        )
        .select_related("organization")
        .first()
    )
    if invitation is None:
        raise InvitationNotFound(
            gettext(
                "This invitation is invalid or has expired. Ask the person who invited you for a new one."
            )
        )
    return invitation


def needs_password(invitation: Invitation, user: User | None) -> bool:
    """Whether who holds the link chooses a password: there is no account, or nobody ever proved that it is
    theirs, or nobody ever had a password for it (it was imported).
    """
    return (
        user is None
        or (invitation.mailed and user.address_proven_at is None)
        or not (user.address_proven_at or user.has_usable_password())
    )


def person_of(invitation: Invitation) -> User | None:
    """The account with the invitation's address. Only for whoever holds its link."""
    return User.objects.filter(email__iexact=invitation.email).first()


@transaction.atomic
def accept(secret: str, user: User) -> Membership:
    """Make the person who is signed in a member.

    Raises `InvitationNotFound`, `Forbidden` for anybody but the person invited, and where they choose a
    password first.
    """
    invitation = _locked(by_secret(secret))
    if user.email.lower() != invitation.email:
        raise Forbidden(
            gettext("This invitation is for %(email)s. Sign in with that account.")
            % {"email": invitation.email},
            code="invitation_of_another",
        )
    if needs_password(invitation, user):
        raise Forbidden(gettext("Choose a password first."), code="password_needed")
    return _join(invitation, user)


@transaction.atomic
def accept_with_password(secret: str, name: str, password: str) -> Membership:
    """Make the person who holds the link a member, with the password that they choose.

    Where there was an account for the address that nobody had proven to be theirs, all that could sign in to
    it ends. Raises `InvitationNotFound`, `Invalid` for a weak password, `InvitationClosed` where the person
    has an account.
    """
    invitation = _locked(by_secret(secret))
    refuse_too_long(User, {"name": name})
    refuse_weak(password, User(email=invitation.email, name=name))
    user = person_of(invitation)
    if not needs_password(invitation, user):
        raise InvitationClosed(
            gettext("You already have an account. Sign in with your password to accept."),
            code="account_exists",
        )
    proven = now() if invitation.mailed else None
    if user is None:
        user = create_account(invitation.email, name, password)
        user.address_proven_at = proven
        user.save(update_fields=["address_proven_at"])
    else:
        user.address_proven_at = proven
        user.name = name.strip() or user.name
        user.save(update_fields=["name"])
        reset_access(user, password)
    return _join(invitation, user)


def forget_old() -> None:
    """Delete invitations that were over a month ago: they name people."""
    Invitation.objects.filter(expires_at__lt=now() - KEPT_FOR).delete()


def _join(invitation: Invitation, user: User) -> Membership:
    if not user.is_active:
        raise Forbidden(gettext("This account has been deactivated."))
    member, created = Membership.objects.get_or_create(
        organization_id=invitation.organization_id,
        user=user,
        defaults={"role": invitation.role, **scope_columns(invitation.scope)},
    )
    if not created and member.joined_at:
        raise AlreadyMember(gettext("You are already a member of this organization."))
    note_joined(member)
    invitation.accepted_at = now()
    invitation.save(update_fields=["accepted_at"])
    record(
        actor_of_member(member), "accepted invitation of", "member", member.id, str(member), role=member.role
    )
    hooks.member_changed.call(member, "joined")
    return member


def _locked(invitation: Invitation) -> Invitation:
    """The invitation, held until the transaction ends.

    Raises `InvitationClosed` where it was used or revoked meanwhile.
    """
    locked = (
        Invitation.objects.select_for_update(of=("self",))
        .select_related("organization")
        .get(id=invitation.id)
    )
    if locked.accepted_at or locked.revoked_at:
        raise InvitationClosed(gettext("This invitation was already accepted or revoked."))
    return locked


def _one_at_a_time(actor: Actor) -> None:
    """Whatever makes or renews an invitation of the organization waits for the one before it."""
    Organization.objects.select_for_update().get(id=actor.organization_id)


def _refuse_too_soon(actor: Actor, email: str) -> None:
    """Nobody fills strangers' mailboxes with invitations, also not by revoking each.

    Raises `InvitedJustNow`.
    """
    newest = (
        Invitation.objects.filter(organization_id=actor.organization_id, email=email, mailed=True)
        .order_by("-expires_at")
        .first()
    )
    if newest and now() - (newest.expires_at - GOOD_FOR) < MAILED_EVERY:
        raise InvitedJustNow(
            gettext("This invitation was sent less than a minute ago. Wait a minute before resending it."),
            retry_after=60,
        )
    lately = entries(actor.organization_id).filter(
        id__gte=lowest_id(now() - timedelta(hours=1)), verb__in=_MAILING
    )
    if lately.count() >= MOST_MAILED:
        raise InvitedJustNow(
            gettext("An organization can send at most %(most_mailed)s invitations per hour. Try again later.")
            % {"most_mailed": MOST_MAILED},
            retry_after=600,
        )


def address_of(secret: str) -> str:
    """The link with a secret."""
    return f"{settings.HELIOGRAPH.url}{reverse('invitation', args=[secret])}"


def hand_over(invitation: Invitation, secret: str) -> str:
    """Mail the link; or give it back, where no mail is set up."""
    url = address_of(secret)
    if not invitation.mailed:
        return url
    organization = invitation.organization.name
    mail.send(
        invitation.organization_id,
        to=[invitation.email],
        subject=f"Invitation to {organization}",
        text=(
            f"{invitation.invited_by} invites you to {organization} on Heliograph, "
            f"with the role {invitation.role}.\n\n"
            f"Accept the invitation here:\n{url}\n\n"
            f"The link can be used once, until {invitation.expires_at:%Y-%m-%d %H:%M} UTC. "
            "If you did not expect this invitation, you can ignore it.\n"
        ),
    )
    return ""
