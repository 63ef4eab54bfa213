"""Second factors of people: authenticator apps (RFC 6238), passkeys (WebAuthn) and recovery codes, kept by
allauth.

An organization can require them of its members. API keys are credentials of programs and have none.
"""

from typing import Any
from urllib.parse import urlsplit

from allauth.account.adapter import get_adapter as get_account_adapter
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.base.forms import AuthenticateForm
from allauth.mfa.models import Authenticator
from django.conf import settings

from heliograph.accounts.errors import CodeNeeded, SecondFactorMissing, TooManyTries
from heliograph.accounts.models import Membership, User
from heliograph.core.secrets.encryption import seal, unseal
from heliograph.core.translation import gettext

PURPOSE = "second factors"


class SecondFactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Keeps secrets sealed, and names this installation by its own address instead of by the request's."""

    def encrypt(self, text: str) -> str:
        return seal(settings.SECRET_KEY.encode(), PURPOSE, text.encode()).hex()

    def decrypt(self, encrypted_text: str) -> str:
        return unseal(settings.SECRET_KEY.encode(), PURPOSE, bytes.fromhex(encrypted_text)).decode()

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """The relying party (WebAuthn Level 3, 5.4.2)."""
        return {"id": urlsplit(settings.HELIOGRAPH.url).hostname or "", "name": "Heliograph"}

    def generate_authenticator_name(self, user: Any, type: str) -> str:
        count = Authenticator.objects.filter(user_id=user.pk, type=type).count()
        return gettext("Passkey %(number)s") % {"number": count + 1}


def has_one(user: User) -> bool:
    """Whether the person has a second factor; recovery codes alone are none."""
    return (
        Authenticator.objects.filter(user_id=user.pk).exclude(type=Authenticator.Type.RECOVERY_CODES).exists()
    )


def is_missing(member: Membership) -> bool:
    """Whether the member's organization asks for a second factor that the person has not set up."""
    return member.organization.second_factor_required and not has_one(member.user)


def refuse_without(member: Membership) -> None:
    """Raise `SecondFactorMissing` for a member who has to set one up first."""
    if is_missing(member):
        raise SecondFactorMissing(
            gettext(
                "Your organization requires two-factor authentication. "
                "Sign in on the website and set it up first, or use an API key."
            )
        )


def check_code(user: User, code: str) -> None:
    """Look at the code of a person with a second factor; nothing is asked of others.

    Raises `CodeNeeded` without one or with a wrong one, `TooManyTries` after five wrong ones within five
    minutes.
    """
    if not has_one(user):
        return
    if not code:
        raise CodeNeeded(
            gettext(
                "This account has two-factor authentication. Send a code from the authenticator app as "
                "“code”."
            )
        )
    form = AuthenticateForm(data={"code": code[:100]}, user=user)
    if form.is_valid():
        form.authenticator.record_usage()
        return
    error = " ".join(form.errors.get("code", []))
    if error == get_account_adapter().error_messages["too_many_login_attempts"]:
        raise TooManyTries(gettext("Too many wrong codes. Try again in a few minutes."), retry_after=300)
    raise CodeNeeded(
        gettext(
            "This code is not valid. "
            "Send the current code from the authenticator app, or an unused recovery code."
        )
    )
