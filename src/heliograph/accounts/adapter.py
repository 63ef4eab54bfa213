"""How django-allauth behaves here: people are invited, mail goes through the outbox, passwords are checked in
lanes.
"""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.auth_backends import AuthenticationBackend
from django.conf import settings
from django.contrib.auth import authenticate
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.urls import reverse

from heliograph.accounts import sign_in_limits
from heliograph.accounts.errors import SignInBusy
from heliograph.accounts.models import User
from heliograph.core.translation import gettext_lazy
from heliograph.core.web.clients import client_address, network_of
from heliograph.delivery import mail

BROWSER_COOKIE = f"{settings.SESSION_COOKIE_NAME}_known"


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": gettext_lazy("Incorrect email or password."),
        "incorrect_code": gettext_lazy("Incorrect code."),
        "rate_limited": gettext_lazy("Too many attempts. Try again in a few minutes."),
        "too_many_login_attempts": gettext_lazy("Too many attempts. Try again in a few minutes."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        """The client's address; those without one (a socket, a proxy that names none) count as one."""
        return client_address(request.META, settings.HELIOGRAPH.trusted_proxies)

    def authenticate(self, request: HttpRequest, **credentials: Any) -> User | None:
        """The person with that email and password, else None.

        Raises allauth's validation error for a form.
        """
        try:
            user, wait = self.try_password(
                request, credentials.get("email", ""), credentials.get("password", "")
            )
        except SignInBusy as busy:
            raise ValidationError(busy.sentence) from None
        if wait:
            raise self.validation_error("too_many_login_attempts")
        return user

    def try_password(self, request: HttpRequest, email: str, password: str) -> tuple[User | None, int]:
        """As `sign_in_limits.check`: the person, or the seconds to wait. Raises `SignInBusy`."""
        if not email or not password or len(password) > sign_in_limits.LONGEST_PASSWORD:
            return None, 0
        network = network_of(self.get_client_ip(request))

        def find() -> User | None:
            AuthenticationBackend.unstash_authenticated_user()
            user = authenticate(request, email=email, password=password)
            # One that was deactivated is told so.
            return user or AuthenticationBackend.unstash_authenticated_user()

        browser = sign_in_limits.browser_of(request.COOKIES.get(BROWSER_COOKIE, ""), email)
        return sign_in_limits.check(email, network, browser, find)

    def get_reset_password_from_key_url(self, key: str) -> str:
        """At our own address, whatever host name the request was sent to."""
        uid, _, token = key.partition("-")
        path = reverse("account_reset_password_from_key", kwargs={"uidb36": uid, "key": token})
        return f"{settings.HELIOGRAPH.url}{path}"

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Have a person's own mail sent: no organization's administrators see it.

        Nothing, where no mail is set up.
        """
        if settings.EMAIL_HOST:
            message = self.render_mail(template_prefix, email, {"email": email, **context})
            mail.send(None, to=[email], subject=message.subject, text=message.body)

    def format_email_subject(self, subject: str) -> str:
        return subject
