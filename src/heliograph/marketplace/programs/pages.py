"""The operator's pages of programs: the list; the content of each, its starts, and its students."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.views.decorators.http import require_POST

from heliograph.accounts.page_access import actor_of, page
from heliograph.core.permissions import Permission
from heliograph.core.translation import gettext, gettext_lazy
from heliograph.courses import queries as courses
from heliograph.marketplace import sites
from heliograph.marketplace.holders import queries as holders
from heliograph.marketplace.programs import actions, frame, queries
from heliograph.marketplace.programs.actions import Part
from heliograph.marketplace.programs.forms import (
    STARTS_WHEN,
    CatalogForm,
    CohortForm,
    HolderChoice,
    PartForm,
    PricingForm,
    ProgramContent,
    ProgramTitle,
)
from heliograph.ui import lookups
from heliograph.ui.confirmation import question
from heliograph.ui.lookups import Option
from heliograph.ui.tables import ChoiceFilter, Column, Table

if TYPE_CHECKING:
    from heliograph.marketplace.models import Program, ProgramPart, ProgramVersion

PROGRAMS = Table(
    "programs",
    gettext_lazy("program"),
    gettext_lazy("programs"),
    columns=(
        Column("title", gettext_lazy("Program"), "title"),
        Column("state", gettext_lazy("Status")),
        Column("holder", gettext_lazy("Program holder"), "holder__name"),
        Column("students", gettext_lazy("Students"), "students", number=True),
        Column("key", gettext_lazy("ID"), "key", hidden=True),
        Column("created", gettext_lazy("Created"), "id"),
    ),
    filters=(
        ChoiceFilter(
            "state",
            gettext_lazy("Status"),
            {"published": gettext_lazy("Published"), "unpublished": gettext_lazy("Not published")},
            open=True,
        ),
    ),
    searched=gettext_lazy("Search programs"),
    csv={
        "id": lambda program: program.id,
        "key": lambda program: program.key,
        "title": lambda program: program.title,
        "status": lambda program: "published" if program.published_id else "not published",
        "program holder": lambda program: program.holder.name if program.holder else "",
        "students": lambda program: program.students,
        "created": lambda program: program.created_at.isoformat(),
    },
)


@page(Permission.PROGRAMS_VIEW)
def programs(request: HttpRequest) -> HttpResponseBase:
    organization_id = actor_of(request).organization_id
    query = PROGRAMS.read(request)
    rows = queries.programs(organization_id, query.search, query.filters["state"])
    if query.csv:
        return PROGRAMS.file(query, rows)
    site = sites.of_organization(organization_id)
    shown = {
        "table": PROGRAMS.page(request, query, rows),
        "form": ProgramTitle(),
        "site": site,
        "catalog_form": CatalogForm(
            initial={"title": site.title, "introduction": site.introduction, "is_open": site.is_open}
            if site
            else {}
        ),
    }
    return render(request, "marketplace/programs.html", shown)


@require_POST
@page(Permission.PROGRAMS_MANAGE)
def catalog_change(request: HttpRequest) -> HttpResponseBase:
    """The catalog's title and introduction, and whether it is open."""
    site = sites.change(actor_of(request), **CatalogForm.sent(request))
    messages.success(
        request, gettext("The catalog is open.") if site.is_open else gettext("The catalog is closed.")
    )
    return redirect("programs")


@require_POST
@page(Permission.PROGRAMS_MANAGE)
def create(request: HttpRequest) -> HttpResponseBase:
    made = actions.create(actor_of(request), ProgramTitle.sent(request)["title"])
    return redirect("program", made.id)


@page(Permission.PROGRAMS_VIEW)
def program(request: HttpRequest, program_id: str) -> HttpResponseBase:
    found = _program(request, program_id)
    version = queries.newest(found)
    parts = list(version.parts.all())
    may_change = actor_of(request).may(Permission.PROGRAMS_MANAGE)
    for part in parts if may_change else ():
        part.form = _part_form(request, part)  # type: ignore[attr-defined]
    shown = {
        "parts": parts,
        "content_form": ProgramContent(initial=_said(version)),
        "part_form": _part_form(request),
        "holder_form": _holder_form(request, found),
        "site": sites.of_organization(found.organization_id),
        "waits": version.published_at is None and found.published_id is not None,
    }
    return frame.show(request, "marketplace/program.html", frame.CONTENT, found, **shown)


@require_POST
@page(Permission.PROGRAMS_MANAGE)
def change(request: HttpRequest, program_id: str) -> HttpResponseBase:
    actions.change(actor_of(request), _program(request, program_id), **ProgramContent.sent(request))
    messages.success(request, gettext("Changes saved."))
    return redirect("program", program_id)


@page(Permission.PROGRAMS_VIEW)
def payment(request: HttpRequest, program_id: str) -> HttpResponseBase:
    """What is paid beside the price, how and until when, and what is refunded."""
    found = _program(request, program_id)
    version = queries.newest(found)
    site = sites.of_organization(found.organization_id)
    shown = {
        "form": PricingForm(initial=_priced(version)),
        "takes_payments": site is not None and site.takes_payments,
        "starts_when": STARTS_WHEN[version.starts_when],
    }
    return frame.show(request, "marketplace/program_payment.html", frame.PAYMENT, found, **shown)


@require_POST
@page(Permission.PROGRAMS_MANAGE)
def payment_change(request: HttpRequest, program_id: str) -> HttpResponseBase:
    actions.change(actor_of(request), _program(request, program_id), **PricingForm.sent(request))
    messages.success(request, gettext("Changes saved. They apply once the program is published."))
    return redirect("program_payment", program_id)


@require_POST
@page(Permission.PROGRAMS_MANAGE)
def holder(request: HttpRequest, program_id: str) -> HttpResponseBase:
    """Whose program it is."""
    actor, found = actor_of(request), _program(request, program_id)
    named = HolderChoice.sent(request)["holder"]
    actions.set_holder(actor, found, holders.named(actor.organization_id, named) if named else None)
    messages.success(request, gettext("Changes saved."))
    return redirect("program", program_id)


@require_POST
@page(Permission.PROGRAMS_MANAGE)
def publish(request: HttpRequest, program_id: str) -> HttpResponseBase:
    version = actions.publish(actor_of(request), _program(request, program_id))
    sentence = gettext("Version %(number)s published. New applicants get it.") % {"number": version.number}
    messages.success(request, sentence)
    return redirect("program", program_id)


@require_POST
@page(Permission.PROGRAMS_MANAGE)
def unpublish(request: HttpRequest, program_id: str) -> HttpResponseBase:
    actions.unpublish(actor_of(request), _program(request, program_id))
    messages.success(request, gettext("The program is no longer in the catalog."))
    return redirect("program", program_id)


@require_POST
@page(Permission.PROGRAMS_MANAGE)
def delete(request: HttpRequest, program_id: str) -> HttpResponseBase:
    found = _program(request, program_id)
    title = gettext("Delete the program “%(title)s”?") % {"title": found.title}  # type: ignore[attr-defined]
    follows = [gettext("Its versions and starts are deleted.")]
    if asked := question(request, title, gettext("Delete program"), follows):
        return asked
    actions.delete(actor_of(request), found)
    messages.success(request, gettext("Program deleted."))
    return redirect("programs")


@require_POST
@page(Permission.PROGRAMS_MANAGE)
def part_add(request: HttpRequest, program_id: str) -> HttpResponseBase:
    actions.add_part(actor_of(request), _program(request, program_id), _sent_part(request))
    messages.success(request, gettext("Part added."))
    return redirect("program", program_id)


@require_POST
@page(Permission.PROGRAMS_MANAGE)
def part_change(request: HttpRequest, program_id: str, number: int) -> HttpResponseBase:
    actions.change_part(actor_of(request), _program(request, program_id), number, _sent_part(request))
    messages.success(request, gettext("Changes saved."))
    return redirect("program", program_id)


@require_POST
@page(Permission.PROGRAMS_MANAGE)
def part_remove(request: HttpRequest, program_id: str, number: int) -> HttpResponseBase:
    actions.remove_part(actor_of(request), _program(request, program_id), number)
    messages.success(request, gettext("Part removed."))
    return redirect("program", program_id)


@page(Permission.PROGRAMS_VIEW)
def starts(request: HttpRequest, program_id: str) -> HttpResponseBase:
    found = _program(request, program_id)
    rows = list(found.cohorts.order_by("-starts_on", "-id")[:200])
    for row in rows:
        row.form = CohortForm(  # type: ignore[attr-defined]
            key=row.id,
            initial={
                "name": row.name,
                "starts_on": row.starts_on,
                "ends_on": row.ends_on,
                "capacity": row.capacity,
            },
        )
    return frame.show(
        request, "marketplace/starts.html", frame.STARTS, found, cohorts=rows, form=CohortForm()
    )


@require_POST
@page(Permission.PROGRAMS_MANAGE)
def start_add(request: HttpRequest, program_id: str) -> HttpResponseBase:
    actions.add_cohort(actor_of(request), _program(request, program_id), **CohortForm.sent(request))
    messages.success(request, gettext("Start added."))
    return redirect("program_starts", program_id)


@require_POST
@page(Permission.PROGRAMS_MANAGE)
def start_change(request: HttpRequest, program_id: str, cohort_id: str) -> HttpResponseBase:
    cohort = queries.cohort(_program(request, program_id), cohort_id)
    actions.change_cohort(actor_of(request), cohort, **CohortForm.sent(request))
    messages.success(request, gettext("Changes saved."))
    return redirect("program_starts", program_id)


@require_POST
@page(Permission.PROGRAMS_MANAGE)
def start_delete(request: HttpRequest, program_id: str, cohort_id: str) -> HttpResponseBase:
    actions.delete_cohort(actor_of(request), queries.cohort(_program(request, program_id), cohort_id))
    messages.success(request, gettext("Start deleted."))
    return redirect("program_starts", program_id)


@page(Permission.PROGRAMS_MANAGE)
def find_courses(request: HttpRequest) -> HttpResponseBase:
    """The published courses that a combobox finds."""
    rows = courses.published(actor_of(request).organization_id, request.GET.get("course", "").strip())
    return lookups.options(request, _course_options(rows[: lookups.MOST_LISTED + 1]))


@page(Permission.PROGRAMS_MANAGE)
def find_holders(request: HttpRequest) -> HttpResponseBase:
    """The program holders that a combobox finds."""
    rows = holders.holders(actor_of(request).organization_id, request.GET.get("holder", "").strip())
    return lookups.options(request, _holder_options(rows[: lookups.MOST_LISTED + 1]))


def _program(request: HttpRequest, program_id: str) -> Program:
    return queries.program(actor_of(request).organization_id, program_id)


def _said(version: ProgramVersion) -> dict[str, Any]:
    """What a version says, as its form shows it."""
    said = {name: getattr(version, name) for name in actions.SAID}
    return said | {"price": said.pop("price_cents") or None}


def _priced(version: ProgramVersion) -> dict[str, Any]:
    """The same of the form of its price."""
    said = {name: getattr(version, name) for name in ("tax_percent", "pay_within_days", "instalments")}
    said["starts_when"] = version.starts_when
    for names, values in (
        *zip(PricingForm.FEES, version.fees, strict=False),
        *zip(PricingForm.WINDOWS, version.refund_windows, strict=False),
    ):
        said.update(zip(names, values, strict=True))
    return said


def _part_form(request: HttpRequest, part: ProgramPart | None = None) -> PartForm:
    """The form of a part, with the courses that can be one."""
    initial: dict[str, Any] = {}
    chosen = None
    if part is not None:
        initial = {name: getattr(part, name) for name in ("kind", "title", "instructions", "url")}
        initial["optional"] = not part.required
        if part.course is not None:
            chosen = Option(str(part.course.id), part.course.title, part.course.key)
            initial["course"] = chosen.value
    form = PartForm(key=part.position if part else "", initial=initial)
    few = courses.published(actor_of(request).organization_id)[: lookups.MOST_LISTED + 1]
    field: Any = form.fields["course"]
    field.offer(_course_options(few), reverse("program_courses"), chosen)
    return form


def _sent_part(request: HttpRequest) -> Part:
    """What the form sends. Raises `Invalid` and `CourseNotFound`."""
    said = PartForm.sent(request)
    named = said.pop("course")
    course = None
    if said["kind"] == "course" and named:
        course = courses.named(actor_of(request).organization_id, named)
    return Part(course=course, required=not said.pop("optional"), **said)


def _holder_form(request: HttpRequest, program: Program) -> HolderChoice:
    form = HolderChoice(initial={"holder": str(program.holder_id) if program.holder_id else ""})
    chosen = Option(str(program.holder_id), program.holder.name, "") if program.holder else None
    few = holders.holders(program.organization_id)[: lookups.MOST_LISTED + 1]
    field: Any = form.fields["holder"]
    field.offer(_holder_options(few), reverse("program_holders_found"), chosen)
    return form


def _course_options(rows: Iterable[Any]) -> Iterator[Option]:
    for course in rows:
        yield Option(str(course.id), course.title, course.key)


def _holder_options(rows: Iterable[Any]) -> Iterator[Option]:
    for row in rows:
        yield Option(str(row.id), row.name, row.key)


_AT = "admin/marketplace/programs/"
urlpatterns = [
    path(_AT, programs, name="programs"),
    path(f"{_AT}create", create, name="program_create"),
    path(f"{_AT}courses", find_courses, name="program_courses"),
    path(f"{_AT}holders", find_holders, name="program_holders_found"),
    path("admin/marketplace/catalog", catalog_change, name="catalog_change"),
    path(f"{_AT}<str:program_id>/", program, name="program"),
    path(f"{_AT}<str:program_id>/change", change, name="program_change"),
    path(f"{_AT}<str:program_id>/payment/", payment, name="program_payment"),
    path(f"{_AT}<str:program_id>/payment/change", payment_change, name="program_payment_change"),
    path(f"{_AT}<str:program_id>/holder", holder, name="program_holder_choose"),
    path(f"{_AT}<str:program_id>/publish", publish, name="program_publish"),
    path(f"{_AT}<str:program_id>/unpublish", unpublish, name="program_unpublish"),
    path(f"{_AT}<str:program_id>/delete", delete, name="program_delete"),
    path(f"{_AT}<str:program_id>/parts/add", part_add, name="program_part_add"),
    path(f"{_AT}<str:program_id>/parts/<int:number>/change", part_change, name="program_part_change"),
    path(f"{_AT}<str:program_id>/parts/<int:number>/remove", part_remove, name="program_part_remove"),
    path(f"{_AT}<str:program_id>/starts/", starts, name="program_starts"),
    path(f"{_AT}<str:program_id>/starts/add", start_add, name="program_start_add"),
    path(f"{_AT}<str:program_id>/starts/<str:cohort_id>/change", start_change, name="program_start_change"),
    path(f"{_AT}<str:program_id>/starts/<str:cohort_id>/delete", start_delete, name="program_start_delete"),
]
