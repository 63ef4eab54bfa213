"""Merging a user into another one: the same person with two addresses."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import path, reverse
from django.views.decorators.http import require_POST

from heliograph.accounts import queries, roles
from heliograph.accounts.merging import actions, duplicates
from heliograph.accounts.merging import queries as merges
from heliograph.accounts.page_access import actor_of, page
from heliograph.core.errors import Invalid
from heliograph.core.permissions import Permission
from heliograph.core.translation import gettext, gettext_lazy, grouped
from heliograph.organizations import frame
from heliograph.organizations.forms import MergeInto
from heliograph.ui.confirmation import question
from heliograph.ui.undo import undoable

if TYPE_CHECKING:
    from heliograph.accounts.models import Membership

REASONS = {"email": gettext_lazy("Same mailbox"), "name": gettext_lazy("Same name")}


@require_POST
@page(Permission.USERS_MANAGE)
def merge(request: HttpRequest, member_id: str) -> HttpResponseBase:
    actor = actor_of(request)
    merged = queries.member(actor.organization_id, member_id)
    email = MergeInto.sent(request)["email"].strip().lower()
    kept = queries.members(actor.organization_id).filter(user__email=email).first()
    if kept is None:
        raise Invalid(gettext("No member with the email %(email)s.") % {"email": email}, field="email")
    actions.refuse(actor, merged, kept)
    title = gettext("Merge %(merged)s into %(kept)s?") % {
        "merged": merged.user.email,
        "kept": kept.user.email,
    }
    if asked := question(request, title, gettext("Merge"), _consequences(merged, kept)):
        return asked
    actions.merge(actor, merged, kept)
    messages.success(request, gettext("%(merged)s was merged.") % {"merged": merged.user.email})
    return redirect("organization_user", kept.id)


@require_POST
@page(Permission.USERS_MANAGE)
def unmerge(request: HttpRequest, member_id: str) -> HttpResponseBase:
    actor = actor_of(request)
    member = queries.member(actor.organization_id, member_id)
    actions.undo(actor, merges.current_or_refuse(member))
    messages.success(request, gettext("The merge was undone."))
    return redirect("organization_user", member.id)


@page(Permission.USERS_MANAGE)
def suggested(request: HttpRequest) -> HttpResponseBase:
    """Users who are probably one person."""
    found = duplicates.suggested(actor_of(request))
    shown = {"duplicates": [(each, [REASONS[reason] for reason in each.reasons]) for each in found]}
    return frame.show(request, "organizations/duplicates.html", frame.USERS, **shown, most=duplicates.MOST)


@require_POST
@page(Permission.USERS_MANAGE)
def dismiss(request: HttpRequest, member_id: str) -> HttpResponseBase:
    """These two are two people, and are not suggested again."""
    actor = actor_of(request)
    member = queries.member(actor.organization_id, member_id)
    other = queries.member(actor.organization_id, request.POST.get("other", ""))
    duplicates.dismiss(actor, member, other)
    undoable(
        request,
        gettext("%(one)s and %(other)s are no longer suggested.")
        % {"one": member.user.email, "other": other.user.email},
        reverse("duplicate_restore", args=[member.id]),
        other=str(other.id),
    )
    return redirect("users_duplicates")


@require_POST
@page(Permission.USERS_MANAGE)
def restore(request: HttpRequest, member_id: str) -> HttpResponseBase:
    """These two are suggested again."""
    actor = actor_of(request)
    member = queries.member(actor.organization_id, member_id)
    other = queries.member(actor.organization_id, request.POST.get("other", ""))
    duplicates.restore(actor, member, other)
    messages.success(
        request,
        gettext("%(one)s and %(other)s are suggested again.")
        % {"one": member.user.email, "other": other.user.email},
    )
    return redirect("users_duplicates")


def _consequences(merged: Membership, kept: Membership) -> Iterator[str]:
    """What moves, what stays, and what cannot move, in sentences."""
    counts = {kind: rows.count() for kind, rows in actions.moving(merged, kept).items()}
    yield gettext(
        "These move: %(groups)s groups, %(managed)s groups as manager, %(keys)s API keys, "
        "%(views)s saved views."
    ) % {
        "groups": grouped(counts["groups"]),
        "managed": grouped(counts["managed groups"]),
        "keys": grouped(counts["API keys"]),
        "views": grouped(counts["saved views"]),
    }
    yield gettext("%(kept)s keeps the role %(role)s.") % {
        "kept": kept,
        "role": roles.granted(kept.organization_id, kept.role).label,
    }
    yield gettext(
        "Registrations and statements stay under their address; the page of %(kept)s shows the registrations "
        "of both. The audit log stays as it is."
    ) % {"kept": kept}
    yield gettext("%(merged)s is deactivated. You can undo this for 30 days.") % {"merged": merged.user.email}


urlpatterns = [
    path("admin/org/users/duplicates/", suggested, name="users_duplicates"),
    path("admin/org/users/<str:member_id>/not-duplicate", dismiss, name="duplicate_dismiss"),
    path("admin/org/users/<str:member_id>/duplicate", restore, name="duplicate_restore"),
    path("admin/org/users/<str:member_id>/merge", merge, name="member_merge"),
    path("admin/org/users/<str:member_id>/unmerge", unmerge, name="member_unmerge"),
]
