"""The actor of a page: from the session to a member of one organization, and the permission a page takes."""

from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.functional import SimpleLazyObject
from django.views.decorators.http import require_POST

from heliograph.accounts import queries, roles, second_factor
from heliograph.accounts.actions import note_joined
from heliograph.core import scope
from heliograph.core.actor import Actor
from heliograph.core.errors import Forbidden
from heliograph.core.ids import parse_id
from heliograph.core.permissions import Permission, by_group
from heliograph.core.translation import gettext

CHOSEN_ORGANIZATION = "organization"
VIEWED_AS = "view_as"  # the key of a role, in the session
STRANGERS_MAY_SEND = 2**20
OWN = "/account/"  # pages of a person's own account
WAYS_IN = (f"{OWN}two-factor/authenticate/", f"{OWN}two-factor/webauthn/login/")


class AccessMiddleware:
    """Gives a request ``actor`` and ``member``; both are None for a stranger. ``own_actor`` is the actor who
    does not view the organization as a lower role (`accounts.view_as`).

    A member whose organization requires a second factor acts only once they have one
    (``second_factor_missing``).
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        scope.act_as(None)
        member = None
        if request.user.is_authenticated:
            chosen = parse_id(str(request.session.get(CHOSEN_ORGANIZATION, "")))
            member = queries.membership(request.user, chosen)  # type: ignore[arg-type]
            if member:
                note_joined(member)
        elif request.path.startswith(OWN) and request.path not in WAYS_IN:
            # Allauth would keep a stranger's form in a session.
            return redirect_to_login(request.get_full_path())
        elif _large(request) and not request.path.startswith("/api/"):
            # Before anybody reads a stranger's upload; the API asks who they are by itself.
            return redirect_to_login("/")
        missing = bool(member and second_factor.is_missing(member))
        request.member = member  # type: ignore[attr-defined]
        request.second_factor_missing = missing  # type: ignore[attr-defined]
        own = queries.actor_of_member(member) if member and not missing else None
        request.own_actor = own  # type: ignore[attr-defined]
        request.actor = own and _narrowed(request, own)  # type: ignore[attr-defined]
        return self.get_response(request)


def _narrowed(request: HttpRequest, actor: Actor) -> Actor:
    """The actor with the lower role that they chose to view the organization as, if they did; themselves
    where they lack something of it by now.
    """
    word = request.session.get(VIEWED_AS, "")
    role = roles.granted(actor.organization_id, word) if word else actor.role
    if role is actor.role or role.word != word or not actor.covers(role):
        return actor
    lower = scope.within(role, actor.scope)
    return replace(actor, label=f"{actor.label}, viewing as {role.word}", role=lower)


def _large(request: HttpRequest) -> bool:
    length = request.META.get("CONTENT_LENGTH") or ""
    return length.isdecimal() and int(length[:20]) > STRANGERS_MAY_SEND


def actor_of(request: HttpRequest) -> Actor:
    """Who asks, where a page or a route lets nobody in but members and their programs."""
    return request.actor  # type: ignore[attr-defined, no-any-return]


def page(*permissions: Permission, everybody: bool = False) -> Callable[..., Callable[..., HttpResponseBase]]:
    """Opens a page to members with one of ``permissions``, or with any at all where none is named; to every
    member where it is for ``everybody``. Strangers are asked to sign in.

    What is found within is limited by the member's scope, but on pages for everybody: these are about what is
    the member's own.
    """

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
            if permissions:
                actor.require(*permissions)
            elif not everybody:
                actor.require_any()
            scope.act_as(None if everybody else actor)
            return view(request, *args, **kwargs)

        guarded.access = "everybody" if everybody else permissions  # type: ignore[attr-defined]
        return guarded

    return decorate


@require_POST
@login_required
def choose_organization(request: HttpRequest) -> HttpResponseBase:
    """Go on in another organization that the person belongs to; one they do not belong to changes nothing."""
    request.session[CHOSEN_ORGANIZATION] = request.POST.get("organization", "")
    request.session.pop(VIEWED_AS, None)
    return redirect("home")


def page_context(request: HttpRequest) -> dict[str, Any]:
    """What the frame of every page shows: who is signed in, for which organization."""
    member = getattr(request, "member", None)
    if member is None or request.second_factor_missing:  # type: ignore[attr-defined]
        return {"own_frame": "accounts/own_alone.html"}
    actor = request.actor  # type: ignore[attr-defined]
    others = [membership for membership in queries.memberships(request.user) if membership.id != member.id]  # type: ignore[arg-type]
    return {
        "member": member,
        "organization": member.organization,
        "role": actor.role,
        "viewed_as": actor.role.label if actor != request.own_actor else "",  # type: ignore[attr-defined]
        "permissions": actor.role.permissions,
        "may": by_group(actor.role.permissions),
        "custom_roles": SimpleLazyObject(lambda: _labels(actor.organization_id)),
        "other_memberships": others,
        "own_frame": "accounts/own.html",
    }


def _labels(organization_id: UUID) -> dict[str, str]:
    return {role.key: role.name for role in roles.custom_roles(organization_id)}
