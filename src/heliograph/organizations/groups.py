"""Groups: all of them for administrators, and for a group's managers the pages of their own groups."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import wraps
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import path
from django.views.decorators.http import require_POST

from heliograph.accounts import queries as members
from heliograph.accounts.groups import actions, queries
from heliograph.accounts.page_access import actor_of, page
from heliograph.core.errors import Invalid
from heliograph.core.permissions import Permission
from heliograph.core.translation import gettext, gettext_lazy, grouped, ngettext
from heliograph.organizations import frame
from heliograph.organizations.assignments import course_choice
from heliograph.organizations.forms import KINDS, GroupForm, GroupManagerForm, GroupPeople
from heliograph.runtime import queries as runtime
from heliograph.ui import selection
from heliograph.ui.confirmation import question
from heliograph.ui.tables import ChoiceFilter, Column, Table
from heliograph.ui.undo import undoable

if TYPE_CHECKING:
    from heliograph.accounts.models import Group, Membership
    from heliograph.core.actor import Actor

GROUPS = Table(
    "groups",
    gettext_lazy("group"),
    gettext_lazy("groups"),
    columns=(
        Column("name", gettext_lazy("Name"), "name"),
        Column("kind", gettext_lazy("Type"), "kind"),
        Column("people", gettext_lazy("Users"), "people", number=True),
        Column("managers", gettext_lazy("Managers"), "managed_by", number=True),
        Column("key", gettext_lazy("Key"), "key", hidden=True),
        Column("created", gettext_lazy("Created"), "id"),
    ),
    filters=(ChoiceFilter("kind", gettext_lazy("Type"), KINDS, open=True),),
    searched=gettext_lazy("Search groups"),
    csv={
        "id": lambda group: group.id,
        "name": lambda group: group.name,
        "type": lambda group: group.kind,
        "key": lambda group: group.key,
        "users": lambda group: group.people,
        "managers": lambda group: group.managed_by,
        "created": lambda group: group.created_at.isoformat(),
    },
)


def with_progress(rows: Iterable[Any]) -> list[Any]:
    """Members, each with ``registered`` and ``completed``: their registrations, found by email address."""
    loaded = list(rows)
    if loaded:
        emails = [member.user.email for member in loaded]
        progress = runtime.progress_of_emails(loaded[0].organization_id, emails)
        for member in loaded:
            member.registered, member.completed = progress.get(member.user.email.lower(), (0, 0))
    return loaded


PEOPLE = Table(
    "group-people",
    gettext_lazy("user"),
    gettext_lazy("users"),
    columns=(
        Column("name", gettext_lazy("Name"), "known_name"),
        Column("email", gettext_lazy("Email"), "user__email"),
        Column("state", gettext_lazy("Status")),
        Column("registrations", gettext_lazy("Registrations"), number=True),
        Column("completed", gettext_lazy("Completed"), number=True),
    ),
    searched=gettext_lazy("Name or email"),
    load=with_progress,
    csv={
        "name": lambda member: member.full_name,
        "email": lambda member: member.user.email,
        "status": lambda member: "active" if member.is_active else "deactivated",
        "registrations": lambda member: member.registered,
        "completed": lambda member: member.completed,
    },
)


def for_managers(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Opens a page to administrators and to whoever manages a group; which one, the view asks for."""

    @page(everybody=True)
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        queries.refuse_others(actor_of(request))
        return view(request, *args, **kwargs)

    return guarded


def are_managed_alone(request: HttpRequest) -> bool:
    """Whether whoever asks manages groups and administers none: administrators find all of them in the back
    office.
    """
    actor = request.actor  # type: ignore[attr-defined]
    if actor is None or actor.may(Permission.USERS_MANAGE):
        return False
    return members.groups_managed_by(actor).exists()


@for_managers
def groups(request: HttpRequest) -> HttpResponseBase:
    query = GROUPS.read(request)
    rows = queries.open_to(actor_of(request), query.search, query.filters["kind"])
    if query.csv:
        return GROUPS.file(query, rows)
    table = GROUPS.page(request, query, rows)
    return _show(request, "organizations/groups.html", table=table, form=GroupForm())


@for_managers
def group(request: HttpRequest, group_id: str) -> HttpResponseBase:
    actor = actor_of(request)
    shown = queries.group(actor, group_id)
    query = PEOPLE.read(request)
    rows = queries.people(shown, query.search)
    if query.csv:
        return PEOPLE.file(query, rows)
    return _show(
        request,
        "organizations/group.html",
        group=shown,
        kind=KINDS[shown.kind],
        table=PEOPLE.page(request, query, rows),
        managers=queries.managers(shown),
        form=GroupForm(key="change", initial={"name": shown.name, "kind": shown.kind, "key": shown.key}),
        people_form=GroupPeople(),
        manager_form=GroupManagerForm(),
        **(_assigning(actor, shown) if _assigns(actor) else {}),
    )


def _assigns(actor: Actor) -> bool:
    """The page is about all of a group, and offers courses of all folders."""
    return actor.may(Permission.REGISTRATIONS_MANAGE) and not actor.scope


def _assigning(actor: Actor, group: Group) -> dict[str, Any]:
    """What the dialog needs that assigns a course to everybody in the group."""
    return {
        "assign_form": course_choice.form(actor.organization_id),
        "assignable": queries.people(group).filter(is_active=True).count(),
    }


def _show(request: HttpRequest, template: str, **content: Any) -> HttpResponseBase:
    may_change = actor_of(request).may(Permission.USERS_MANAGE)
    organization = members.organization(actor_of(request).organization_id)
    content |= {"may_change": may_change, "organization": organization}
    return frame.show(request, template, frame.GROUPS, **content)


@require_POST
@page(Permission.USERS_MANAGE)
def create(request: HttpRequest) -> HttpResponseBase:
    made = actions.create(actor_of(request), **GroupForm.sent(request))
    messages.success(request, gettext("Group “%(name)s” created.") % {"name": made.name})
    return redirect("organization_group", made.id)


@require_POST
@page(Permission.USERS_MANAGE)
def change(request: HttpRequest, group_id: str) -> HttpResponseBase:
    actor = actor_of(request)
    changed = actions.change(actor, queries.group(actor, group_id), **GroupForm.sent(request))
    messages.success(request, gettext("Changes saved."))
    return redirect("organization_group", changed.id)


@require_POST
@page(Permission.USERS_MANAGE)
def delete(request: HttpRequest, group_id: str) -> HttpResponseBase:
    actor = actor_of(request)
    group = queries.group(actor, group_id)
    follows = [
        gettext("Its managers can no longer see its users."),
        gettext("The users stay in the organization."),
    ]
    title = gettext("Delete the group “%(name)s”?") % {"name": group.name}
    if asked := question(request, title, gettext("Delete"), follows):
        return asked
    actions.delete(actor, group)
    messages.success(request, gettext("Group “%(name)s” deleted.") % {"name": group.name})
    return redirect("organization_groups")


@require_POST
@for_managers
def people_add(request: HttpRequest, group_id: str) -> HttpResponseBase:
    """Whoever has one of the addresses is in the group: all of them, or nobody."""
    actor = actor_of(request)
    group = queries.group(actor, group_id)
    emails = GroupPeople.sent(request)["emails"]
    added = actions.add(actor, group, actions.found_by_addresses(actor, group, emails))
    sentence = ngettext("%(count)s user added.", "%(count)s users added.", added)
    messages.success(request, sentence % {"count": grouped(added)})
    return redirect("organization_group", group.id)


@require_POST
@for_managers
def people_remove(request: HttpRequest, group_id: str) -> HttpResponseBase:
    """Whoever is ticked, or all that match, are no longer in the group; *Undo* adds the ticked ones again."""
    actor = actor_of(request)
    group = queries.group(actor, group_id)
    if selection.means_all(request):
        return _remove_all(request, group)
    chosen = [queries.person(group, member_id) for member_id in request.POST.getlist("user")]
    if not chosen:
        raise Invalid(gettext("Select users first."))
    removed = actions.remove(actor, group, chosen)
    back = request.path.replace("/remove", "/add")
    undoable(request, _removed(removed), back, emails=" ".join(member.user.email for member in chosen))
    return redirect("organization_group", group.id)


@transaction.atomic
def _remove_all(request: HttpRequest, group: Group) -> HttpResponseBase:
    """The question first, then all that match leave the group, or nobody."""
    chosen = selection.all_matching(request, PEOPLE, lambda query: queries.people(group, query.search))
    title = ngettext(
        "Remove %(count)s user from “%(group)s”?", "Remove %(count)s users from “%(group)s”?", len(chosen)
    ) % {"count": grouped(len(chosen)), "group": group.name}
    if asked := selection.question_of_all(
        request, len(chosen), title, gettext("Remove"), [members.named(chosen)]
    ):
        return asked
    messages.success(request, _removed(actions.remove(actor_of(request), group, chosen)))
    return redirect("organization_group", group.id)


def _removed(count: int) -> str:
    sentence = ngettext("%(count)s user removed.", "%(count)s users removed.", count)
    return sentence % {"count": grouped(count)}


@require_POST
@page(Permission.REGISTRATIONS_MANAGE)
def assign(request: HttpRequest, group_id: str) -> HttpResponseBase:
    """Everybody who is in the group now, and not deactivated, gets a course: all of them, or nobody."""
    group = queries.group(actor_of(request), group_id)
    sent = course_choice.sent(request)
    chosen = list(queries.people(group).filter(is_active=True))
    if not chosen:
        raise Invalid(gettext("Nobody in this group is active."))
    course_choice.assign(request, chosen, sent)
    return redirect("organization_group", group.id)


@require_POST
@page(Permission.USERS_MANAGE)
def manager_add(request: HttpRequest, group_id: str) -> HttpResponseBase:
    actor = actor_of(request)
    group = queries.group(actor, group_id)
    email = GroupManagerForm.sent(request)["email"]
    [member] = actions.found_by_addresses(actor, group, [email], field="email")
    actions.set_manager(actor, group, member, True)
    return _managed(request, group, member, gettext("%(person)s manages the group now."))


@require_POST
@page(Permission.USERS_MANAGE)
def manager_remove(request: HttpRequest, group_id: str, member_id: str) -> HttpResponseBase:
    actor = actor_of(request)
    group = queries.group(actor, group_id)
    member = members.one_of(queries.managers(group), member_id)
    actions.set_manager(actor, group, member, False)
    back = request.path.removesuffix(f"{member_id}/remove") + "add"
    sentence = gettext("%(person)s no longer manages the group.") % {"person": member}
    undoable(request, sentence, back, email=member.user.email)
    return redirect("organization_group", group.id)


def _managed(request: HttpRequest, group: Group, member: Membership, sentence: str) -> HttpResponseBase:
    messages.success(request, sentence % {"person": member})
    return redirect("organization_group", group.id)


urlpatterns = [
    path("admin/org/groups/", groups, name="organization_groups"),
    path("admin/org/groups/create", create, name="group_create"),
    path("admin/org/groups/<str:group_id>/", group, name="organization_group"),
    path("admin/org/groups/<str:group_id>/change", change, name="group_change"),
    path("admin/org/groups/<str:group_id>/delete", delete, name="group_delete"),
    path("admin/org/groups/<str:group_id>/people/add", people_add, name="group_people_add"),
    path("admin/org/groups/<str:group_id>/people/remove", people_remove, name="group_people_remove"),
    path("admin/org/groups/<str:group_id>/assign", assign, name="group_assign"),
    path("admin/org/groups/<str:group_id>/managers/add", manager_add, name="group_manager_add"),
    path(
        "admin/org/groups/<str:group_id>/managers/<str:member_id>/remove",
        manager_remove,
        name="group_manager_remove",
    ),
]
