"""The operator's pages of certificate templates: the list, and each with its preview and its programs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.views.decorators.http import require_POST

from heliograph.accounts import queries as accounts
from heliograph.accounts.page_access import actor_of, page
from heliograph.core.errors import Invalid, NotFound, Problem
from heliograph.core.permissions import Permission
from heliograph.core.translation import gettext
from heliograph.marketplace.credentials import certificates, rendering, templates
from heliograph.marketplace.credentials.forms import ProgramChoice, TemplateForm, TemplateName, initial
from heliograph.marketplace.errors import ProgramNotFound
from heliograph.marketplace.programs import queries as programs
from heliograph.ui import lookups
from heliograph.ui.confirmation import question
from heliograph.ui.lookups import Option

if TYPE_CHECKING:
    from heliograph.marketplace.models import CredentialTemplate

MOST_PROGRAMS = 100  # that a page lists
PREVIEWS = {
    "certificate.png": ("image/png", rendering.picture),
    "certificate.pdf": ("application/pdf", rendering.pdf),
    "badge.png": ("image/png", rendering.badge_png),
}


@page(Permission.PROGRAMS_VIEW)
def credential_templates(request: HttpRequest) -> HttpResponseBase:
    rows = templates.templates(actor_of(request).organization_id)
    return render(
        request, "marketplace/credential_templates.html", {"templates": rows, "form": TemplateName()}
    )


@require_POST
@page(Permission.PROGRAMS_MANAGE)
def create(request: HttpRequest) -> HttpResponseBase:
    usual = certificates.usual()
    design = templates.Design(usual.title, list(usual.blocks))
    made = templates.create(actor_of(request), TemplateName.sent(request)["name"], design)
    return redirect("credential_template", made.id)


@page(Permission.PROGRAMS_VIEW)
def credential_template(request: HttpRequest, template_id: str) -> HttpResponseBase:
    found = _template(request, template_id)
    version = templates.newest(found)
    shown = {
        "template": found,
        "version": version,
        "form": TemplateForm(initial=initial(version)),
        "choice": _choice(found),
        "programs": found.programs.select_related("published").order_by("key")[:MOST_PROGRAMS],
        "problem": _problem(found),
        "missing": ", ".join(rendering.missing_families()),
    }
    return render(request, "marketplace/credential_template.html", shown)


@require_POST
@page(Permission.PROGRAMS_MANAGE)
def change(request: HttpRequest, template_id: str) -> HttpResponseBase:
    found = _template(request, template_id)
    templates.change(actor_of(request), found, TemplateForm(request.POST, request.FILES).design())
    messages.success(request, gettext("Saved. Applies to credentials that are awarded from now on."))
    return redirect("credential_template", found.id)


@page(Permission.PROGRAMS_VIEW)
def preview(request: HttpRequest, template_id: str, name: str) -> HttpResponseBase:
    """What a template looks like, with sample values: the certificate as a picture or PDF, and the badge."""
    found = _template(request, template_id)
    if name not in PREVIEWS:
        raise NotFound(gettext("There is no file with this name."))
    content_type, draw = PREVIEWS[name]
    response = HttpResponse(draw(_sample(found)), content_type=content_type)
    response["Cache-Control"] = "private, no-store"
    return response


@require_POST
@page(Permission.PROGRAMS_MANAGE)
def make_usual(request: HttpRequest, template_id: str) -> HttpResponseBase:
    found = _template(request, template_id)
    templates.make_usual(actor_of(request), found)
    messages.success(request, gettext("Changes saved."))
    return redirect("credential_template", found.id)


@require_POST
@page(Permission.PROGRAMS_MANAGE)
def use(request: HttpRequest, template_id: str) -> HttpResponseBase:
    """Have a program use this template."""
    found = _template(request, template_id)
    chosen = ProgramChoice.sent(request)["program"]
    try:
        program = programs.program(found.organization_id, chosen)
    except ProgramNotFound as reason:
        raise Invalid(reason.sentence, field="program") from None
    templates.use(actor_of(request), found, program)
    messages.success(request, gettext("Changes saved."))
    return redirect("credential_template", found.id)


@require_POST
@page(Permission.PROGRAMS_MANAGE)
def unuse(request: HttpRequest, template_id: str, program_id: str) -> HttpResponseBase:
    """Have a program use the usual template again."""
    found = _template(request, template_id)
    program = programs.program(found.organization_id, program_id)
    if program.template_id == found.id:
        templates.use(actor_of(request), None, program)
    messages.success(request, gettext("Changes saved."))
    return redirect("credential_template", found.id)


@require_POST
@page(Permission.PROGRAMS_MANAGE)
def delete(request: HttpRequest, template_id: str) -> HttpResponseBase:
    found = _template(request, template_id)
    title = gettext("Delete “%(name)s”?") % {"name": found.name}
    follows = [gettext("Programs that use it have the usual template from then on.")]
    if asked := question(request, title, gettext("Delete"), follows):
        return asked
    templates.delete(actor_of(request), found)
    messages.success(request, gettext("Template deleted."))
    return redirect("credential_templates")


@page(Permission.PROGRAMS_MANAGE)
def programs_found(request: HttpRequest) -> HttpResponseBase:
    """What a combobox of programs finds."""
    rows = programs.programs(actor_of(request).organization_id, request.GET.get("program", "").strip()[:200])
    return lookups.options(request, _options(rows[: lookups.MOST_LISTED + 1]))


def _template(request: HttpRequest, template_id: str) -> CredentialTemplate:
    return templates.template(actor_of(request).organization_id, template_id)


def _choice(template: CredentialTemplate) -> ProgramChoice:
    form = ProgramChoice()
    field: Any = form.fields["program"]
    few = programs.programs(template.organization_id)[: lookups.MOST_LISTED + 1]
    field.offer(_options(few), reverse("template_programs_found"))
    return form


def _sample(template: CredentialTemplate) -> rendering.Certificate:
    organization = accounts.organization(template.organization_id)
    return certificates.of_sample(templates.newest(template), organization)


def _problem(template: CredentialTemplate) -> str:
    """Why the certificate cannot be drawn as it is written; empty where it can."""
    try:
        rendering.pdf(_sample(template))
    except Problem as problem:
        return problem.sentence
    return ""


def _options(rows: Iterable[Any]) -> Iterator[Option]:
    for row in rows:
        yield Option(str(row.id), row.title, row.key)


_AT = "admin/marketplace/templates/"
urlpatterns = [
    path(_AT, credential_templates, name="credential_templates"),
    path(f"{_AT}create", create, name="credential_template_create"),
    path(f"{_AT}programs", programs_found, name="template_programs_found"),
    path(f"{_AT}<str:template_id>/", credential_template, name="credential_template"),
    path(f"{_AT}<str:template_id>/change", change, name="credential_template_change"),
    path(f"{_AT}<str:template_id>/usual", make_usual, name="credential_template_usual"),
    path(f"{_AT}<str:template_id>/use", use, name="credential_template_use"),
    path(f"{_AT}<str:template_id>/programs/<str:program_id>/remove", unuse, name="credential_template_unuse"),
    path(f"{_AT}<str:template_id>/delete", delete, name="credential_template_delete"),
    path(f"{_AT}<str:template_id>/files/<str:name>", preview, name="credential_template_preview"),
]
