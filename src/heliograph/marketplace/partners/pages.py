"""The operator's pages of partners: how each stands, what was read, and what waits for a person."""

from __future__ import annotations

import hashlib
from itertools import islice
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.http import require_POST

from heliograph.accounts.page_access import actor_of, page
from heliograph.core.errors import Problem
from heliograph.core.permissions import Permission
from heliograph.core.translation import gettext
from heliograph.courses.imports import uploads
from heliograph.marketplace.enrollments import queries as enrollments
from heliograph.marketplace.forms import Reason
from heliograph.marketplace.partners import (
    actions,
    deciding,
    queries,
    runs,
    sealed,
    storing,
    syncing,
    vouchers,
)
from heliograph.marketplace.partners.adapters.choose import file_connector
from heliograph.marketplace.partners.adapters.files import Refused
from heliograph.marketplace.partners.forms import (
    ADAPTERS,
    IgnoreReason,
    MapProgram,
    MatchResult,
    NewPartner,
    PartnerForm,
    Upload,
    Vouchers,
)
from heliograph.marketplace.partners.profiles import PROFILES
from heliograph.marketplace.partners.tables import KINDS, PARTNERS, REASONS, RESULTS, RUN_STATES, STATES, WAYS
from heliograph.ui.confirmation import question

if TYPE_CHECKING:
    from heliograph.marketplace.models import Partner, PartnerResult, PartnerRun

SHOWN_RUNS, SHOWN_ROWS = 20, 20


@page(Permission.PROGRAMS_VIEW)
def partners(request: HttpRequest) -> HttpResponseBase:
    query = PARTNERS.read(request)
    rows = queries.partners(actor_of(request).organization_id, query.search)
    if query.csv:
        return PARTNERS.file(query, rows)
    shown = {"table": PARTNERS.page(request, query, rows), "adapters": ADAPTERS, "form": NewPartner()}
    return render(request, "marketplace/partners.html", shown)


@require_POST
@page(Permission.PROGRAMS_MANAGE)
def create(request: HttpRequest) -> HttpResponseBase:
    made = actions.create(actor_of(request), **NewPartner.sent(request))
    messages.success(request, gettext("“%(name)s” created.") % {"name": made.name})
    return redirect("partner", made.id)


@page(Permission.PROGRAMS_VIEW)
def partner(request: HttpRequest, partner_id: str) -> HttpResponseBase:
    found = _partner(request, partner_id)
    manages = actor_of(request).may(Permission.PROGRAMS_MANAGE)
    parts = list(queries.partner_parts(found.organization_id)) if manages else []
    free = found.vouchers.filter(given_at=None).count()
    shown = {
        "partner": found,
        "adapter": ADAPTERS[found.adapter],
        "profile": PROFILES.get(found.profile),
        "paused": runs.too_soon(found),
        "late": found.is_active and found.adapter in syncing.SYNCED and syncing.is_late(found),
        "runs": queries.runs(found)[:SHOWN_RUNS],
        "kinds": KINDS,
        "states": RUN_STATES,
        "mappings": queries.mappings(found),
        "free": free,
        "given": found.vouchers.count() - free,
        "address": f"{settings.HELIOGRAPH.url}/partners/{found.id}/webhook",
        "secret": sealed.secrets_of(found).get("secret", "")
        if manages and found.adapter == "webhook"
        else "",
        "folder": f"partners/{found.organization.key}/{found.key}/in",
        "form": PartnerForm(key="change", partner=found),
        "map_form": MapProgram(parts=parts),
        "voucher_form": Vouchers(),
        "upload_form": Upload(),
    }
    return render(request, "marketplace/partner.html", shown)


@require_POST
@page(Permission.PROGRAMS_MANAGE)
def change(request: HttpRequest, partner_id: str) -> HttpResponseBase:
    found = _partner(request, partner_id)
    actions.change(actor_of(request), found, **PartnerForm.read(request, found))
    return _done(request, found)


@require_POST
@page(Permission.PROGRAMS_MANAGE)
def enable(request: HttpRequest, partner_id: str) -> HttpResponseBase:
    found = _partner(request, partner_id)
    actions.change(actor_of(request), found, is_active=not found.is_active)
    return _done(request, found)


@require_POST
@page(Permission.PROGRAMS_MANAGE)
def synchronize(request: HttpRequest, partner_id: str) -> HttpResponseBase:
    found = _partner(request, partner_id)
    run = syncing.synchronize(actor_of(request), found)
    messages.success(request, gettext("Synchronization started."))
    return redirect("partner_run", found.id, run.id)


@require_POST
@page(Permission.PROGRAMS_MANAGE)
def upload(request: HttpRequest, partner_id: str) -> HttpResponseBase:
    """Take a file over; it is imported once somebody looked at what it would do."""
    found, actor = _partner(request, partner_id), actor_of(request)
    file = Upload.sent(request)["file"]
    kept = uploads.take_over(file)
    with kept.open("rb") as opened:
        digest = hashlib.file_digest(opened, "sha256").hexdigest()
    run = syncing.take_over(found, kept, file.name or "", digest, "upload", actor.label, preview=True)
    return redirect("partner_run", found.id, run.id)


@require_POST
@page(Permission.PROGRAMS_MANAGE)
def add_vouchers(request: HttpRequest, partner_id: str) -> HttpResponseBase:
    found = _partner(request, partner_id)
    added = vouchers.add(actor_of(request), found, **Vouchers.sent(request))
    messages.success(request, gettext("Added codes: %(count)s.") % {"count": added})
    return redirect("partner", found.id)


@require_POST
@page(Permission.PROGRAMS_MANAGE)
def map_program(request: HttpRequest, partner_id: str) -> HttpResponseBase:
    found = _partner(request, partner_id)
    sent = MapProgram.sent(request, parts=queries.partner_parts(found.organization_id))
    part = queries.named_part(found.organization_id, sent["part"])
    actions.map_program(actor_of(request), found, sent["key"], part.version.program, part)
    return _done(request, found)


@require_POST
@page(Permission.PROGRAMS_MANAGE)
def unmap_program(request: HttpRequest, partner_id: str, mapping_id: str) -> HttpResponseBase:
    found = _partner(request, partner_id)
    actions.unmap_program(actor_of(request), found, queries.mapping(found, mapping_id))
    return _done(request, found)


@page(Permission.PROGRAMS_VIEW)
def run(request: HttpRequest, partner_id: str, run_id: str) -> HttpResponseBase:
    found = _partner(request, partner_id)
    shown = queries.run(found, run_id)
    rows, refused = _preview(shown)
    context = {
        "partner": found,
        "run": shown,
        "kind": KINDS[shown.kind],
        "state": RUN_STATES[shown.state],
        "rows": rows,
        "refused": refused,
        "states": STATES,
        "reasons": REASONS,
        "ways": WAYS,
    }
    return render(request, "marketplace/partner_run.html", context)


@require_POST
@page(Permission.PROGRAMS_MANAGE)
def import_run(request: HttpRequest, partner_id: str, run_id: str) -> HttpResponseBase:
    found = _partner(request, partner_id)
    actions.import_file(actor_of(request), queries.run(found, run_id))
    messages.success(request, gettext("Import started."))
    return redirect("partner_run", found.id, run_id)


@require_POST
@page(Permission.PROGRAMS_MANAGE)
def discard_run(request: HttpRequest, partner_id: str, run_id: str) -> HttpResponseBase:
    found = _partner(request, partner_id)
    actions.discard_file(actor_of(request), queries.run(found, run_id))
    return _done(request, found)


@page(Permission.PROGRAMS_VIEW)
def results(request: HttpRequest) -> HttpResponseBase:
    query = RESULTS.read(request)
    organization_id, chosen = actor_of(request).organization_id, query.filters["partner"]
    rows = queries.results(organization_id, query.search, query.filters["state"], chosen)
    if query.csv:
        return RESULTS.file(query, rows)
    named = {chosen: queries.partner(organization_id, chosen).name} if chosen else {}
    table = RESULTS.page(request, query, rows, names=named)
    shown = {"table": table, "states": STATES, "reasons": REASONS, "view": "partner_result"}
    return render(request, "marketplace/partner_results.html", shown)


@page(Permission.PROGRAMS_VIEW)
def result(request: HttpRequest, result_id: str) -> HttpResponseBase:
    found = _result(request, result_id)
    shown = shown_result(found) | {
        "decides": actor_of(request).may(Permission.ENROLLMENTS_MANAGE),
        "candidates": queries.candidates(found) if found.state == "unmatched" else [],
        "ignore_form": IgnoreReason(),
        "accept_form": Reason(key="accept"),
    }
    return render(request, "marketplace/partner_result.html", shown)


@require_POST
@page(Permission.ENROLLMENTS_MANAGE)
def match(request: HttpRequest, result_id: str) -> HttpResponseBase:
    found, sent = _result(request, result_id), MatchResult.sent(request)
    enrollment = enrollments.enrollment(found.organization_id, sent["enrollment"])
    deciding.match(actor_of(request), found, enrollment, remember=sent["remember"])
    return _decided(request, found)


@require_POST
@page(Permission.ENROLLMENTS_MANAGE)
def ignore(request: HttpRequest, result_id: str) -> HttpResponseBase:
    found = _result(request, result_id)
    deciding.put_away(actor_of(request), found, IgnoreReason.sent(request)["reason"])
    return _decided(request, found)


@require_POST
@page(Permission.ENROLLMENTS_MANAGE)
def retry(request: HttpRequest, result_id: str) -> HttpResponseBase:
    found = _result(request, result_id)
    deciding.retry(actor_of(request), found)
    return _decided(request, found)


@require_POST
@page(Permission.ENROLLMENTS_MANAGE)
def accept(request: HttpRequest, result_id: str) -> HttpResponseBase:
    """Believe a correction."""
    found = _result(request, result_id)
    deciding.accept_correction(actor_of(request), found, Reason.sent(request)["reason"])
    return _decided(request, found)


@require_POST
@page(Permission.ENROLLMENTS_MANAGE)
def dismiss(request: HttpRequest, result_id: str) -> HttpResponseBase:
    """Keep what was recorded."""
    found = _result(request, result_id)
    title = gettext("Dismiss the correction?")
    follows = [gettext("What was recorded stays. The same correction does not come again.")]
    if asked := question(request, title, gettext("Dismiss"), follows):
        return asked
    deciding.dismiss_correction(actor_of(request), found)
    return _decided(request, found)


def shown_result(found: PartnerResult) -> dict[str, Any]:
    """What the page of a result shows."""
    return {
        "result": found,
        "state": STATES[found.state],
        "reason": REASONS.get(found.reason, ""),
        "way": WAYS.get(found.matched_by, ""),
        "correction": sorted((found.correction or {}).items()),
        "record": found.record.items(),
        "match_form": MatchResult(),
    }


def _preview(run: PartnerRun) -> tuple[list[storing.Preview], str]:
    """The first rows of a file that waits, as they would be stored, and why it cannot be read."""
    if run.state != run.State.PREVIEW:
        return [], ""
    try:
        with runs.local_file(run) as file:
            events = list(islice(file_connector(run.partner).parse_file(file), SHOWN_ROWS))
        return storing.preview(run.partner, events), ""
    except Refused as reason:
        return [], str(reason)
    except OSError:
        return [], gettext("The file is no longer there.")
    except Problem as reason:
        return [], reason.sentence


def _partner(request: HttpRequest, partner_id: str) -> Partner:
    return queries.partner(actor_of(request).organization_id, partner_id)


def _result(request: HttpRequest, result_id: str) -> PartnerResult:
    return queries.result(actor_of(request).organization_id, result_id)


def _done(request: HttpRequest, partner: Partner) -> HttpResponseBase:
    messages.success(request, gettext("Changes saved."))
    return redirect("partner", partner.id)


def _decided(request: HttpRequest, result: PartnerResult) -> HttpResponseBase:
    messages.success(request, gettext("Changes saved."))
    return redirect("partner_result", result.id)


_AT, _RESULT = "admin/marketplace/partners/", "admin/marketplace/partner-results/"
urlpatterns = [
    path(_AT, partners, name="partners"),
    path(f"{_AT}create", create, name="partner_create"),
    path(f"{_AT}<str:partner_id>/", partner, name="partner"),
    path(f"{_AT}<str:partner_id>/change", change, name="partner_change"),
    path(f"{_AT}<str:partner_id>/enable", enable, name="partner_enable"),
    path(f"{_AT}<str:partner_id>/synchronize", synchronize, name="partner_synchronize"),
    path(f"{_AT}<str:partner_id>/upload", upload, name="partner_upload"),
    path(f"{_AT}<str:partner_id>/vouchers", add_vouchers, name="partner_vouchers"),
    path(f"{_AT}<str:partner_id>/programs/map", map_program, name="partner_map"),
    path(f"{_AT}<str:partner_id>/programs/<str:mapping_id>/unmap", unmap_program, name="partner_unmap"),
    path(f"{_AT}<str:partner_id>/runs/<str:run_id>/", run, name="partner_run"),
    path(f"{_AT}<str:partner_id>/runs/<str:run_id>/import", import_run, name="partner_run_import"),
    path(f"{_AT}<str:partner_id>/runs/<str:run_id>/discard", discard_run, name="partner_run_discard"),
    path(_RESULT, results, name="partner_results"),
    path(f"{_RESULT}<str:result_id>/", result, name="partner_result"),
    path(f"{_RESULT}<str:result_id>/match", match, name="partner_result_match"),
    path(f"{_RESULT}<str:result_id>/ignore", ignore, name="partner_result_ignore"),
    path(f"{_RESULT}<str:result_id>/retry", retry, name="partner_result_retry"),
    path(f"{_RESULT}<str:result_id>/accept", accept, name="partner_result_accept"),
    path(f"{_RESULT}<str:result_id>/dismiss", dismiss, name="partner_result_dismiss"),
]
