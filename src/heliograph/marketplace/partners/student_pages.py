"""A student's page of a part at a partner: how to begin there, their voucher, and a badge that proves it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.http import require_POST

from heliograph.accounts.page_access import page
from heliograph.core.errors import Invalid
from heliograph.core.translation import gettext, gettext_lazy
from heliograph.marketplace import rules
from heliograph.marketplace.enrollments import queries as enrollments
from heliograph.marketplace.errors import ProgramPartNotFound
from heliograph.marketplace.partners import badge_claims, queries, vouchers
from heliograph.marketplace.partners.adapters.choose import connector
from heliograph.marketplace.states import wrong
from heliograph.marketplace.students import queries as students
from heliograph.ui.forms import Form, text

if TYPE_CHECKING:
    from heliograph.marketplace.models import EnrollmentPart, Partner


class BadgeForm(Form):
    badge = text(
        gettext_lazy("Address of the badge"),
        longest=1000,
        placeholder="https://",
        help_text=gettext_lazy("The issuer must have awarded it to the email address of your account."),
        error_messages={"required": gettext_lazy("Enter the address of your badge.")},
    )


@page(everybody=True)
def my_partner(request: HttpRequest, enrollment_id: str, part_id: str) -> HttpResponseBase:
    part, partner = _part(request, enrollment_id, part_id)
    shown: dict[str, Any] = {
        "part": part,
        "enrollment": part.enrollment,
        "partner": partner,
        "learning": part.enrollment.state in rules.LEARNING,
        "code": vouchers.code_of(part),
        "has_vouchers": partner is not None and partner.vouchers.filter(given_at=None).exists(),
        "url": (connector(partner).launch_url(part) if partner else "") or part.part.url,
        "takes_badge": partner is not None and partner.adapter == "badge" and part.completed_at is None,
        "form": BadgeForm(),
    }
    return render(request, "marketplace/student/partner.html", shown)


@require_POST
@page(everybody=True)
def voucher(request: HttpRequest, enrollment_id: str, part_id: str) -> HttpResponseBase:
    """Give the student their voucher."""
    part, partner = _part(request, enrollment_id, part_id)
    if part.enrollment.state not in rules.LEARNING:
        raise wrong(part.enrollment)
    if partner is None or vouchers.give(partner, part) is None:
        raise Invalid(gettext("There is no voucher at the moment. Ask the operator of your program."))
    return redirect("my_partner", part.enrollment_id, part.id)


@require_POST
@page(everybody=True)
def badge(request: HttpRequest, enrollment_id: str, part_id: str) -> HttpResponseBase:
    """Complete the part by a badge, if its issuer's server says so."""
    part, partner = _part(request, enrollment_id, part_id)
    if partner is None or partner.adapter != "badge":
        raise Invalid(gettext("This part is not completed by a badge."), field="badge")
    badge_claims.complete_by_badge(partner, part, BadgeForm.sent(request)["badge"])
    messages.success(request, gettext("The badge was checked. This part is completed."))
    return redirect("my_program", part.enrollment_id)


def _part(request: HttpRequest, enrollment_id: str, part_id: str) -> tuple[EnrollmentPart, Partner | None]:
    """A part of the student's own that is done at a partner, and the partner. Raises `NotFound`."""
    enrollment = students.enrollment(request.member, enrollment_id)  # type: ignore[attr-defined]
    part = enrollments.part(enrollment, part_id)
    if part.part.kind != "partner":
        raise ProgramPartNotFound(gettext("Program part not found."))
    return part, queries.partner_of(part)


_AT = "lms/programs/<str:enrollment_id>/parts/<str:part_id>/"
urlpatterns = [
    path(f"{_AT}partner", my_partner, name="my_partner"),
    path(f"{_AT}voucher", voucher, name="my_voucher"),
    path(f"{_AT}badge", badge, name="my_badge"),
]
