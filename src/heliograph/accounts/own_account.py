"""What people do with their own account: what follows from a changed password or second factor, and their
sessions.
"""

from typing import Any

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db import transaction

from heliograph.accounts.actions import end_api_sign_ins
from heliograph.accounts.models import User
from heliograph.accounts.queries import actor_of_member
from heliograph.audit.actions import record
from heliograph.core import clock
from heliograph.core.database.fields import refuse_too_long
from heliograph.core.errors import NotFound
from heliograph.core.translation import gettext


@transaction.atomic
def rename(user: User, name: str) -> None:
    """Change the name that the person's organizations see. Raises `Invalid`."""
    refuse_too_long(User, {"name": name})
    user.name = name.strip()
    user.save(update_fields=["name"])


def password_changed(user: User, **_: Any) -> None:
    """Receives allauth's signal. Other sessions have ended with the old password; API sign-ins end here."""
    end_api_sign_ins(user)
    _record(user, "changed password of")


@transaction.atomic
def password_reset(user: User, **_: Any) -> None:
    """Receives allauth's signal: somebody used the link that was mailed to the address, so the account is
    theirs.

    Where this was never proven before, second factors may be somebody else's, and are removed.
    """
    end_api_sign_ins(user)
    if user.address_proven_at is None:
        Authenticator.objects.filter(user_id=user.pk).delete()
        user.address_proven_at = clock.now()
        user.save(update_fields=["address_proven_at"])
    _record(user, "reset password of")


def factor_added(user: User, authenticator: Authenticator, **_: Any) -> None:
    """Receives allauth's signal."""
    _record(user, "added second factor to", kind=authenticator.type)


def factor_removed(user: User, authenticator: Authenticator, **_: Any) -> None:
    """Receives allauth's signal."""
    _record(user, "removed second factor from", kind=authenticator.type)


def sessions(user: User) -> list[UserSession]:
    """The person's sessions in browsers that still count, newest first."""
    return sorted(
        UserSession.objects.purge_and_list(user), key=lambda session: session.created_at, reverse=True
    )


def end_session(user: User, session_id: str) -> None:
    """End one session at once. Raises `NotFound` for one that is not the person's."""
    number = int(session_id) if session_id.isdecimal() and len(session_id) < 19 else 0
    session = UserSession.objects.filter(user_id=user.pk, id=number).first()
    if session is None:
        raise NotFound(gettext("Session not found. It may have ended already."), code="session_not_found")
    session.end()


def end_other_sessions(user: User, session_key: str) -> None:
    """End all sessions but the one with ``session_key``, and all API sign-ins."""
    for session in UserSession.objects.filter(user_id=user.pk).exclude(session_key=session_key):
        session.end()
    end_api_sign_ins(user)


def forget_expired_sessions() -> None:
    """Delete sessions that are over, and what was noted of them."""
    Session.objects.filter(expire_date__lt=clock.now()).delete()
    UserSession.objects.exclude(session_key__in=Session.objects.values("session_key")).delete()


def _record(user: User, verb: str, **details: Any) -> None:
    for member in user.memberships.select_related("user").filter(is_active=True, joined_at__isnull=False):
        record(actor_of_member(member), verb, "member", member.id, str(member), **details)
