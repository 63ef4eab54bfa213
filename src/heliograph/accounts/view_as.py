"""Viewing as a lower role: a member sees and does only what that role may, until they stop.

The role is kept in the session and is only ever taken where the member has all that it gives; the audit log
names it with whatever they do meanwhile.
"""

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import path
from django.views.decorators.http import require_POST

from heliograph.accounts import roles
from heliograph.accounts.models import Membership
from heliograph.accounts.page_access import VIEWED_AS, page
from heliograph.audit.actions import record
from heliograph.core.actor import Actor
from heliograph.core.errors import Invalid
from heliograph.core.permissions import Permission
from heliograph.core.roles import Granted
from heliograph.core.translation import gettext


def lower_roles(actor: Actor) -> list[Granted]:
    """The roles that the actor may view the organization as: those with less than they have."""
    return [
        role
        for role in roles.all_roles(actor.organization_id)
        if role.permissions < actor.role.permissions and role.permissions
    ]


def start(request: HttpRequest, member: Membership, actor: Actor, word: str) -> Granted:
    """See the organization as a role does. Raises `Forbidden` and `Invalid`."""
    actor.require(Permission.USERS_MANAGE)
    role = roles.by_word(actor.organization_id, word)
    if role not in lower_roles(actor):
        raise Invalid(
            gettext("You can view the organization as a role with fewer permissions than your own."),
            code="role_not_lower",
            field="role",
        )
    request.session[VIEWED_AS] = role.word
    record(actor, "started viewing as", "role", getattr(role, "id", None), role.word, member=str(member.id))
    return role


def stop(request: HttpRequest, actor: Actor) -> None:
    """Be oneself again."""
    word = request.session.pop(VIEWED_AS, "")
    if word:
        record(actor, "stopped viewing as", "role", None, word)


@require_POST
@page(everybody=True)
def view_as(request: HttpRequest) -> HttpResponseBase:
    """Both directions, by the member's own role: the one that they view as could not even stop it."""
    own = request.own_actor  # type: ignore[attr-defined]
    if word := request.POST.get("role", ""):
        start(request, request.member, own, word)  # type: ignore[attr-defined]
        return redirect("home")
    stop(request, own)
    return redirect("home")


urlpatterns = [path("admin/view-as", view_as, name="view_as")]
