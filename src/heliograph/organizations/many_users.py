"""What is done with many users of the list at once: with those that are ticked, or with all that match its
filters; with all of them, or with nobody.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import path
from django.views.decorators.http import require_POST

from heliograph.accounts import many_members, queries
from heliograph.accounts.groups import actions as group_actions
from heliograph.accounts.groups import queries as groups
from heliograph.accounts.page_access import actor_of, page
from heliograph.core.errors import Invalid
from heliograph.core.permissions import Permission
from heliograph.core.translation import gettext, gettext_lazy, grouped, ngettext
from heliograph.organizations import users
from heliograph.organizations.assignments import course_choice
from heliograph.organizations.forms import BulkUsers
from heliograph.ui import selection
from heliograph.ui.confirmation import question

if TYPE_CHECKING:
    from heliograph.accounts.models import Group, Membership

BUTTONS = {
    "role": gettext_lazy("Change role"),
    "activate": gettext_lazy("Activate"),
    "deactivate": gettext_lazy("Deactivate"),
    "add to group": gettext_lazy("Add"),
    "remove from group": gettext_lazy("Remove"),
}


@require_POST
@page(Permission.USERS_MANAGE)
@transaction.atomic
def bulk(request: HttpRequest) -> HttpResponseBase:
    """Users get a role, are deactivated or activated, or are in a group or not."""
    actor = actor_of(request)
    sent = BulkUsers.sent(request, actor=actor)
    group = groups.group(actor, sent["group"]) if sent["do"].endswith("group") else None
    chosen = _chosen(request)
    if asked := _asked(request, chosen, sent, group):
        return asked
    match sent["do"]:
        case "role":
            many_members.change_roles(actor, chosen, sent["role"])
        case "add to group" if group:
            group_actions.add(actor, group, chosen)
        case "remove from group" if group:
            group_actions.remove(actor, group, chosen)
        case switch:
            many_members.set_active(actor, chosen, switch == "activate")
    sentence = ngettext("%(count)s user updated.", "%(count)s users updated.", len(chosen))
    messages.success(request, sentence % {"count": grouped(len(chosen))})
    return redirect("organization_users")


@require_POST
@page(Permission.USERS_MANAGE)
@transaction.atomic
def assign(request: HttpRequest) -> HttpResponseBase:
    """Users get a course. Of all that match, those who are deactivated are left out."""
    actor_of(request).require(Permission.REGISTRATIONS_MANAGE)
    sent = course_choice.sent(request)
    chosen = _chosen(request)
    if selection.means_all(request):
        active = [member for member in chosen if member.is_active]
        title = ngettext(
            "Assign “%(course)s” to %(count)s user?", "Assign “%(course)s” to %(count)s users?", len(active)
        ) % {"course": sent["course"].title, "count": grouped(len(active))}
        follows = _left_out(active, len(chosen) - len(active))
        if asked := selection.question_of_all(request, len(chosen), title, gettext("Assign"), follows):
            return asked
        chosen = active
    course_choice.assign(request, chosen, sent)
    return redirect("organization_users")


def _chosen(request: HttpRequest) -> list[Membership]:
    """The users that are meant. Raises `MemberNotFound`, and `Invalid` where nobody is, or too many are."""
    actor = actor_of(request)
    if selection.means_all(request):
        matching = partial(users.matching, actor)
        chosen = selection.all_matching(request, users.table_of(actor), matching)
    else:
        chosen = queries.members_by_ids(actor.organization_id, request.POST.getlist("user"))
    if not chosen:
        raise Invalid(gettext("Select users first."))
    return chosen


def _asked(
    request: HttpRequest, chosen: list[Membership], sent: dict[str, Any], group: Group | None
) -> HttpResponse | None:
    """The question before it is done: before somebody is deactivated; of all that match, always."""
    act, title = sent["do"], _title(len(chosen), sent, group)
    follows = _consequences(request, chosen, act)
    if selection.means_all(request):
        return selection.question_of_all(request, len(chosen), title, str(BUTTONS[act]), follows)
    if act == "deactivate":
        return question(request, title, str(BUTTONS[act]), follows)
    return None


def _title(count: int, sent: dict[str, Any], group: Group | None) -> str:
    match sent["do"]:
        case "role":
            title = ngettext(
                "Give %(count)s user the role %(role)s?", "Give %(count)s users the role %(role)s?", count
            )
        case "activate":
            title = ngettext("Activate %(count)s user?", "Activate %(count)s users?", count)
        case "deactivate":
            title = ngettext("Deactivate %(count)s user?", "Deactivate %(count)s users?", count)
        case "add to group":
            title = ngettext(
                "Add %(count)s user to “%(group)s”?", "Add %(count)s users to “%(group)s”?", count
            )
        case _:
            title = ngettext(
                "Remove %(count)s user from “%(group)s”?", "Remove %(count)s users from “%(group)s”?", count
            )
    role, name = (sent["role"].label if sent["role"] else ""), (group.name if group else "")
    return title % {"count": grouped(count), "role": role, "group": name}


def _consequences(request: HttpRequest, chosen: list[Membership], act: str) -> Iterator[str]:
    if act == "deactivate":
        yield from queries.consequences_of_deactivating_many(chosen)
        if any(member.user_id == request.user.pk for member in chosen):
            yield gettext("You are one of them, and are signed out.")
    else:
        yield queries.named(chosen)


def _left_out(members: list[Membership], count: int) -> Iterator[str]:
    yield queries.named(members)
    if count:
        yield ngettext(
            "%(count)s deactivated user is left out.", "%(count)s deactivated users are left out.", count
        ) % {"count": grouped(count)}


urlpatterns = [
    path("admin/org/users/bulk", bulk, name="users_bulk"),
    path("admin/org/users/assign", assign, name="users_assign"),
]
