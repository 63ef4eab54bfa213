"""The operator's pages of program holders."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.http import require_POST

from heliograph.accounts import queries as accounts
from heliograph.accounts.page_access import actor_of, page
from heliograph.core.permissions import Permission
from heliograph.core.translation import gettext, gettext_lazy
from heliograph.marketplace.holders import actions, queries
from heliograph.marketplace.holders.forms import PERMISSIONS, HolderForm, HolderPerson
from heliograph.ui.confirmation import question
from heliograph.ui.tables import Column, Table

if TYPE_CHECKING:
    from heliograph.marketplace.models import Holder

HOLDERS = Table(
    "holders",
    gettext_lazy("program holder"),
    gettext_lazy("program holders"),
    columns=(
        Column("name", gettext_lazy("Name"), "name"),
        Column("programs", gettext_lazy("Programs"), "offers", number=True),
        Column("people", gettext_lazy("Users"), "members", number=True),
        Column("email", gettext_lazy("Email")),
        Column("key", gettext_lazy("ID"), "key", hidden=True),
    ),
    searched=gettext_lazy("Search program holders"),
    csv={
        "id": lambda holder: holder.id,
        "key": lambda holder: holder.key,
        "name": lambda holder: holder.name,
        "email": lambda holder: holder.email,
        "website": lambda holder: holder.website,
        "programs": lambda holder: holder.offers,
        "users": lambda holder: holder.members,
    },
)


@page(Permission.PROGRAMS_VIEW)
def holders(request: HttpRequest) -> HttpResponseBase:
    query = HOLDERS.read(request)
    rows = queries.holders(actor_of(request).organization_id, query.search)
    if query.csv:
        return HOLDERS.file(query, rows)
    form = HolderForm(initial={"permissions": list(PERMISSIONS)})
    return render(
        request, "marketplace/holders.html", {"table": HOLDERS.page(request, query, rows), "form": form}
    )


@page(Permission.PROGRAMS_VIEW)
def holder(request: HttpRequest, holder_id: str) -> HttpResponseBase:
    found = _holder(request, holder_id)
    initial = {name: getattr(found, name) for name in ("name", "email", "website", "permissions")}
    shown = {
        "holder": found,
        "allowed": [label for word, label in PERMISSIONS.items() if word in found.permissions],
        "people": queries.people(found),
        "programs": queries.programs_of(found),
        "form": HolderForm(key="change", initial=initial),
        "person_form": HolderPerson(),
    }
    return render(request, "marketplace/holder.html", shown)


@require_POST
@page(Permission.PROGRAMS_MANAGE)
def create(request: HttpRequest) -> HttpResponseBase:
    made = actions.create(actor_of(request), **HolderForm.sent(request))
    messages.success(request, gettext("“%(name)s” created.") % {"name": made.name})
    return redirect("holder", made.id)


@require_POST
@page(Permission.PROGRAMS_MANAGE)
def change(request: HttpRequest, holder_id: str) -> HttpResponseBase:
    actions.change(actor_of(request), _holder(request, holder_id), **HolderForm.sent(request))
    messages.success(request, gettext("Changes saved."))
    return redirect("holder", holder_id)


@require_POST
@page(Permission.PROGRAMS_MANAGE)
def delete(request: HttpRequest, holder_id: str) -> HttpResponseBase:
    found = _holder(request, holder_id)
    title = gettext("Delete the program holder “%(name)s”?") % {"name": found.name}
    follows = [gettext("Its users stay in the organization.")]
    if asked := question(request, title, gettext("Delete"), follows):
        return asked
    actions.delete(actor_of(request), found)
    messages.success(request, gettext("“%(name)s” deleted.") % {"name": found.name})
    return redirect("holders")


@require_POST
@page(Permission.PROGRAMS_MANAGE)
def person_add(request: HttpRequest, holder_id: str) -> HttpResponseBase:
    actor, found = actor_of(request), _holder(request, holder_id)
    email = HolderPerson.sent(request)["email"]
    [member] = accounts.members_by_emails(actor.organization_id, [email], field="email")
    actions.add_person(actor, found, member)
    messages.success(request, gettext("%(person)s works for it now.") % {"person": member})
    return redirect("holder", found.id)


@require_POST
@page(Permission.PROGRAMS_MANAGE)
def person_remove(request: HttpRequest, holder_id: str, member_id: str) -> HttpResponseBase:
    actor, found = actor_of(request), _holder(request, holder_id)
    member = accounts.one_of(queries.people(found), member_id)
    actions.remove_person(actor, found, member)
    messages.success(request, gettext("%(person)s no longer works for it.") % {"person": member})
    return redirect("holder", found.id)


def _holder(request: HttpRequest, holder_id: str) -> Holder:
    return queries.holder(actor_of(request).organization_id, holder_id)


_AT = "admin/marketplace/holders/"
urlpatterns = [
    path(_AT, holders, name="holders"),
    path(f"{_AT}create", create, name="holder_create"),
    path(f"{_AT}<str:holder_id>/", holder, name="holder"),
    path(f"{_AT}<str:holder_id>/change", change, name="holder_change"),
    path(f"{_AT}<str:holder_id>/delete", delete, name="holder_delete"),
    path(f"{_AT}<str:holder_id>/people/add", person_add, name="holder_person_add"),
    path(f"{_AT}<str:holder_id>/people/<str:member_id>/remove", person_remove, name="holder_person_remove"),
]
