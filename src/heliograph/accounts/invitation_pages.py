"""The page behind an invitation's link. Its address is a secret: nothing may keep, index or pass it on."""

from allauth.account.internal.flows.login import perform_password_login
from allauth.account.models import Login
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import path

from heliograph.accounts import invitations, roles
from heliograph.accounts.errors import InvitationClosed
from heliograph.accounts.forms import NewAccount
from heliograph.accounts.models import Invitation, Membership
from heliograph.accounts.page_access import CHOSEN_ORGANIZATION
from heliograph.core.errors import Invalid, Problem

# With “no-referrer”, browsers send forms with the origin “null”, which is nobody's form (Fetch, 3.2).
PRIVATE = {"Cache-Control": "no-store", "Referrer-Policy": "same-origin", "X-Robots-Tag": "noindex, nofollow"}


def invitation(request: HttpRequest, secret: str) -> HttpResponseBase:
    """Shows who invites whom to what, and takes the answer. What is wrong is said on a page of its own."""
    try:
        response = _answer(request, invitations.by_secret(secret), secret)
    except Problem as problem:
        response = render(request, "ui/problem.html", {"problem": problem}, status=problem.status)
        response._has_been_logged = True  # type: ignore[attr-defined] # or Django would log the address, with its secret
    for name, value in PRIVATE.items():
        response[name] = value
    return response


def _answer(request: HttpRequest, invitation: Invitation, secret: str) -> HttpResponseBase:
    match request.POST.get("action") if request.method == "POST" else None:
        case "accept" if request.user.is_authenticated:
            member = invitations.accept(secret, request.user)  # type: ignore[arg-type]
            return _arrive(request, member)
        case "sign out":
            logout(request)
            return redirect("invitation", secret)
        case "create" if not request.user.is_authenticated or _chooses_password(request, invitation):
            form = NewAccount(request.POST)
            try:
                member = invitations.accept_with_password(secret, **form.values())
            except (Invalid, InvitationClosed) as problem:
                form.refused(problem)
                return _show(request, invitation, form, problem.status)
            perform_password_login(
                request, {"email": invitation.email}, Login(user=member.user, email=invitation.email)
            )
            return _arrive(request, member)
    return _show(request, invitation, NewAccount())


def _show(
    request: HttpRequest, invitation: Invitation, form: NewAccount, status: int = 200
) -> HttpResponseBase:
    shown = {
        "invitation": invitation,
        "role": roles.granted(invitation.organization_id, invitation.role).label,
        "mine": request.user.is_authenticated and _is_invited(request, invitation),
        "chooses_password": _chooses_password(request, invitation),
        "form": form,
    }
    return render(request, "accounts/invitation.html", shown, status=status)


def _is_invited(request: HttpRequest, invitation: Invitation) -> bool:
    return request.user.email.lower() == invitation.email  # type: ignore[union-attr]


def _chooses_password(request: HttpRequest, invitation: Invitation) -> bool:
    """A link that was not mailed may be in the hands of whoever made it: the page says nothing of the account
    then.
    """
    if request.user.is_authenticated:
        return _is_invited(request, invitation) and invitations.needs_password(invitation, request.user)  # type: ignore[arg-type]
    return not invitation.mailed or invitations.needs_password(invitation, invitations.person_of(invitation))


def _arrive(request: HttpRequest, member: Membership) -> HttpResponseBase:
    request.session[CHOSEN_ORGANIZATION] = str(member.organization_id)
    return redirect("home")


urlpatterns = [path("invitation/<str:secret>/", invitation, name="invitation")]
