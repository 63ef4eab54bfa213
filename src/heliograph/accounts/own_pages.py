"""Pages of a person's own account: name, password, second factors, sessions; and the way in without a
password.
"""

from typing import Any

from allauth.account import views as account
from allauth.mfa.webauthn.internal.auth import STATE_SESSION_KEY
from allauth.mfa.webauthn.views import LoginWebAuthnView
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core import signing
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import include, path, re_path
from django.views.decorators.http import require_POST

from heliograph.accounts import own_account
from heliograph.accounts.forms import Profile
from heliograph.core.translation import gettext, grouped, ngettext
from heliograph.ui.confirmation import question

PASSKEY_COOKIE = f"{settings.SESSION_COOKIE_NAME}_passkey"
PASSKEY_SALT = "passkey sign-in"
PASSKEY_SECONDS = 300


class PasskeySignIn(LoginWebAuthnView):  # type: ignore[misc]
    """Signing in with a passkey alone.

    The challenge travels in a signed cookie: a stranger who asks leaves no row.
    """

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        kept, request.session = request.session, {}  # type: ignore[assignment]
        try:
            response: HttpResponse = super().get(request, *args, **kwargs)
        finally:
            state, request.session = request.session.get(STATE_SESSION_KEY), kept
        if state:
            response.set_cookie(
                PASSKEY_COOKIE,
                signing.dumps(state, salt=PASSKEY_SALT),
                max_age=PASSKEY_SECONDS,
                secure=settings.SESSION_COOKIE_SECURE,
                httponly=True,
                samesite="Strict",
            )
        return response

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            state = signing.loads(
                request.COOKIES.get(PASSKEY_COOKIE, ""), salt=PASSKEY_SALT, max_age=PASSKEY_SECONDS
            )
        except signing.BadSignature:
            state = None
        if state:
            request.session[STATE_SESSION_KEY] = state
        response: HttpResponse = super().post(request, *args, **kwargs)
        request.session.pop(STATE_SESSION_KEY, None)
        response.delete_cookie(PASSKEY_COOKIE, samesite="Strict")
        return response


class PasswordForgotten(account.PasswordResetView):  # type: ignore[misc]
    """Asking for a link; the answer is the same whether there is such an account or not."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return {**super().get_context_data(**kwargs), "mail_is_set_up": bool(settings.EMAIL_HOST)}


@login_required
def profile(request: HttpRequest) -> HttpResponseBase:
    if request.method == "POST":
        own_account.rename(request.user, **Profile.sent(request))  # type: ignore[arg-type]
        messages.success(request, gettext("Your name was changed."))
        return redirect("own_profile")
    return render(
        request,
        "accounts/profile.html",
        {"form": Profile(initial={"name": request.user.name})},  # type: ignore[union-attr]
    )


@login_required
def sessions(request: HttpRequest) -> HttpResponseBase:
    shown = {"sessions": own_account.sessions(request.user), "current": request.session.session_key}  # type: ignore[arg-type]
    return render(request, "accounts/sessions.html", shown)


@require_POST
@login_required
def session_end(request: HttpRequest, session_id: str) -> HttpResponseBase:
    own_account.end_session(request.user, session_id)  # type: ignore[arg-type]
    messages.success(request, gettext("The session was ended."))
    return redirect("own_sessions")


@require_POST
@login_required
def sessions_end(request: HttpRequest) -> HttpResponseBase:
    others = len(own_account.sessions(request.user)) - 1  # type: ignore[arg-type]
    follows = [
        ngettext(
            "%(count)s other session ends immediately.", "%(count)s other sessions end immediately.", others
        )
        % {"count": grouped(others)},
        gettext("Programs that signed in to the API with your password have to sign in again."),
    ]
    if asked := question(request, gettext("End all other sessions?"), gettext("End sessions"), follows):
        return asked
    own_account.end_other_sessions(request.user, request.session.session_key or "")  # type: ignore[arg-type]
    messages.success(request, gettext("All other sessions were ended."))
    return redirect("own_sessions")


urlpatterns = [
    path("account/", profile, name="own_profile"),
    path("account/password/", account.password_change, name="account_change_password"),
    path("account/confirm/", account.reauthenticate, name="account_reauthenticate"),
    path("account/sessions/", sessions, name="own_sessions"),
    path("account/sessions/end-others", sessions_end, name="own_sessions_end"),
    path("account/sessions/<str:session_id>/end", session_end, name="own_session_end"),
    path("account/two-factor/webauthn/login/", PasskeySignIn.as_view(), name="mfa_login_webauthn"),
    path("account/two-factor/", include("allauth.mfa.urls")),
    path("forgot-password/", PasswordForgotten.as_view(), name="account_reset_password"),
    path("forgot-password/sent/", account.password_reset_done, name="account_reset_password_done"),
    path(
        "forgot-password/changed/",
        account.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
    re_path(
        r"^forgot-password/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>[^/]+)/$",
        account.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
]
