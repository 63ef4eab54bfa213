"""The operator's page of vouchers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.views.decorators.http import require_POST

from heliograph.accounts.page_access import actor_of, page
from heliograph.core.errors import Invalid
from heliograph.core.permissions import Permission
from heliograph.core.translation import gettext, ngettext
from heliograph.marketplace.errors import ProgramNotFound
from heliograph.marketplace.orders import queries, vouchers
from heliograph.marketplace.orders.forms import NewVouchers
from heliograph.marketplace.orders.tables import VOUCHERS
from heliograph.marketplace.programs import queries as programs
from heliograph.ui import lookups
from heliograph.ui.confirmation import question
from heliograph.ui.lookups import Option


@page(Permission.ORDERS_VIEW)
def all_vouchers(request: HttpRequest) -> HttpResponseBase:
    organization_id = actor_of(request).organization_id
    query = VOUCHERS.read(request)
    rows = queries.vouchers(organization_id, query.search, query.filters["state"])
    if query.csv:
        return VOUCHERS.file(query, rows)
    form = NewVouchers(initial={"currency": "USD"})
    field: Any = form.fields["program"]
    few = programs.programs(organization_id)[: lookups.MOST_LISTED + 1]
    field.offer(_options(few), reverse("voucher_programs"))
    return render(
        request, "marketplace/vouchers.html", {"table": VOUCHERS.page(request, query, rows), "form": form}
    )


@require_POST
@page(Permission.ORDERS_MANAGE)
def create(request: HttpRequest) -> HttpResponseBase:
    actor, said = actor_of(request), NewVouchers.sent(request)
    if said["program"]:
        try:
            said["program"] = programs.program(actor.organization_id, said["program"])
        except ProgramNotFound as reason:
            raise Invalid(reason.sentence, field="program") from None
    else:
        said["program"] = None
    made = vouchers.create_many(actor, said.pop("number"), **said)
    messages.success(
        request,
        ngettext("%(count)s voucher created.", "%(count)s vouchers created.", len(made))
        % {"count": len(made)},
    )
    return redirect("vouchers")


@require_POST
@page(Permission.ORDERS_MANAGE)
def end(request: HttpRequest, voucher_id: str) -> HttpResponseBase:
    actor = actor_of(request)
    found = queries.voucher(actor.organization_id, voucher_id)
    title = gettext("End the voucher %(code)s?") % {"code": found.code}
    follows = [gettext("Nobody can redeem it any more. What it paid stays.")]
    if asked := question(request, title, gettext("End voucher"), follows):
        return asked
    vouchers.end(actor, found)
    messages.success(request, gettext("The voucher is ended."))
    return redirect("vouchers")


@page(Permission.ORDERS_VIEW)
def find_programs(request: HttpRequest) -> HttpResponseBase:
    """The programs that a combobox finds."""
    rows = programs.programs(actor_of(request).organization_id, request.GET.get("program", "").strip())
    return lookups.options(request, _options(rows[: lookups.MOST_LISTED + 1]))


def _options(rows: Iterable[Any]) -> Iterator[Option]:
    for row in rows:
        yield Option(str(row.id), row.title, row.key)


_AT = "admin/marketplace/vouchers/"
urlpatterns = [
    path(_AT, all_vouchers, name="vouchers"),
    path(f"{_AT}create", create, name="voucher_create"),
    path(f"{_AT}programs", find_programs, name="voucher_programs"),
    path(f"{_AT}<str:voucher_id>/end", end, name="voucher_end"),
]
