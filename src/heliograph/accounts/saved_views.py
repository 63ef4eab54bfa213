"""Views of lists that a member has saved: kept, shown in the list's menu, deleted.

They are their member's own: nobody else sees them, and no audit log names them.
"""

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponseBase, QueryDict
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from heliograph.accounts.models import Membership, TableView
from heliograph.accounts.page_access import page
from heliograph.core.database.fields import refuse_too_long
from heliograph.core.errors import Invalid, NotFound
from heliograph.core.ids import parse_id
from heliograph.core.translation import gettext
from heliograph.ui.tables import ViewLink

MOST = 20  # of one list


def links(request: HttpRequest, table: str) -> list[ViewLink]:
    """The member's views of a list, by name."""
    member = getattr(request, "member", None)
    if member is None:
        return []
    return [
        ViewLink(view.name, f"?{view.query}", reverse("saved_view_delete", args=[view.id]))
        for view in TableView.objects.filter(membership=member, table=table).order_by("name")
    ]


@transaction.atomic
def save(member: Membership, table: str, name: str, query: str) -> TableView:
    """Keep a view; one of the same name is replaced. Raises `Invalid`."""
    name = " ".join(name.split())
    if not name:
        raise Invalid(gettext("Enter a name for the view."), code="name_missing", field="name")
    parameters = QueryDict(query, mutable=True)
    for passing in ("page", "csv"):
        parameters.pop(passing, None)
    values = {"table": table, "name": name, "query": parameters.urlencode()}
    refuse_too_long(TableView, values)
    Membership.objects.select_for_update().get(id=member.id)
    kept = TableView.objects.filter(membership=member, table=table)
    if kept.exclude(name=name).count() >= MOST:
        raise Invalid(
            gettext("You have %(most)s saved views of this list. Delete one first.") % {"most": MOST},
            code="views_full",
            field="name",
        )
    made, _ = kept.update_or_create(
        name=name, membership=member, table=table, defaults={"query": values["query"]}
    )
    return made


@require_POST
@page(everybody=True)
def add(request: HttpRequest) -> HttpResponseBase:
    form = request.POST
    made = save(
        request.member,  # type: ignore[attr-defined]
        form.get("table", ""),
        form.get("name", ""),
        form.get("query", ""),
    )
    messages.success(request, gettext("View “%(name)s” saved.") % {"name": made.name})
    return _back(request, f"?{made.query}")


@require_POST
@page(everybody=True)
def delete(request: HttpRequest, view_id: str) -> HttpResponseBase:
    by_id = parse_id(view_id)
    mine = TableView.objects.filter(membership=request.member)  # type: ignore[attr-defined, misc]
    if not by_id or not mine.filter(id=by_id).delete()[0]:
        raise NotFound(gettext("View not found."), code="view_not_found")
    messages.success(request, gettext("View deleted."))
    return _back(request)


def _back(request: HttpRequest, query: str = "") -> HttpResponseBase:
    """To the list where the form was, by this host's own word."""
    here = request.headers.get("referer", "")
    ours = url_has_allowed_host_and_scheme(here, {request.get_host()}, require_https=request.is_secure())
    return redirect(f"{here.partition('?')[0]}{query}" if ours else reverse("home"))


urlpatterns = [
    path("admin/views/", add, name="saved_view_add"),
    path("admin/views/<str:view_id>/delete", delete, name="saved_view_delete"),
]
