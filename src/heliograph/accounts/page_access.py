"""The actor of a page: from the session to a member of one organization, and the role a page takes."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from heliograph.accounts import queries, second_factor
from heliograph.core.actor import Actor
from heliograph.core.errors import Forbidden
from heliograph.core.ids import parse_id
from heliograph.core.roles import Role
from heliograph.core.translation import gettext

CHOSEN_ORGANIZATION = "organization"
STRANGERS_MAY_SEND = 2**20
OWN = "/account/"  # pages of a person's own account
WAYS_IN = (f"{OWN}two-factor/authenticate/", f"{OWN}two-factor/webauthn/login/")


class AccessMiddleware:
    """Gives a request ``actor`` and ``member``; both are None for a stranger.

    A member whose organization requires a second factor acts only once they have one
    (``second_factor_missing``).
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        member = None
        if request.user.is_authenticated:
            chosen = parse_id(str(request.session.get(CHOSEN_ORGANIZATION, "")))
            member = queries.membership(request.user, chosen)  # type: ignore[arg-type]
        elif request.path.startswith(OWN) and request.path not in WAYS_IN:
            # Allauth would keep a stranger's form in a session.
            return redirect_to_login(request.get_full_path())
        elif _large(request) and not request.path.startswith("/api/"):
            # Before anybody reads a stranger's upload; the API asks who they are by itself.
            return redirect_to_login("/")
        missing = bool(member and second_factor.is_missing(member))
        request.member = member  # type: ignore[attr-defined]
        request.second_factor_missing = missing  # type: ignore[attr-defined]
        request.actor = queries.actor_of_member(member) if member and not missing else None  # type: ignore[attr-defined]
        return self.get_response(request)


def _large(request: HttpRequest) -> bool:
    length = request.META.get("CONTENT_LENGTH") or ""
    return length.isdecimal() and int(length[:20]) > STRANGERS_MAY_SEND


def actor_of(request: HttpRequest) -> Actor:
    """Who asks, where a page or a route lets nobody in but members and their programs."""
    return request.actor  # type: ignore[attr-defined, no-any-return]


def page(role: Role = Role.REPORTER) -> Callable[..., Callable[..., HttpResponseBase]]:
    """Opens a page to members with at least ``role``; strangers are asked to sign in."""

    def decorate(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            if request.second_factor_missing:  # type: ignore[attr-defined]
                return redirect("mfa_index")
            actor = request.actor  # type: ignore[attr-defined]
            if actor is None:
                raise Forbidden(
                    gettext("You don’t belong to an organization yet. Contact the person who invited you.")
                )
            actor.require_role(role)
            return view(request, *args, **kwargs)

        guarded.role = role  # type: ignore[attr-defined]
        return guarded

    return decorate


@require_POST
@login_required
def choose_organization(request: HttpRequest) -> HttpResponseBase:
    """Go on in another organization that the person belongs to; one they do not belong to changes nothing."""
    request.session[CHOSEN_ORGANIZATION] = request.POST.get("organization", "")
    return redirect("home")


def page_context(request: HttpRequest) -> dict[str, Any]:
    """What the frame of every page shows: who is signed in, for which organization."""
    member = getattr(request, "member", None)
    if member is None or request.second_factor_missing:  # type: ignore[attr-defined]
        return {"own_frame": "accounts/own_alone.html"}
    others = [membership for membership in queries.memberships(request.user) if membership.id != member.id]  # type: ignore[arg-type]
    return {
        "member": member,
        "organization": member.organization,
        "role": Role.of(member.role),
        "other_memberships": others,
        "own_frame": "accounts/own.html",
    }
