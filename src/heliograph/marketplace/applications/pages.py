"""The page behind an application's link. Its address is a secret: nothing may keep, index or pass it on."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import path, reverse

from heliograph.core.errors import Problem
from heliograph.marketplace import sites
from heliograph.marketplace.applications import actions
from heliograph.marketplace.applications.forms import ApplicationForm
from heliograph.marketplace.models import Application
from heliograph.marketplace.programs import queries as programs

# With “no-referrer”, browsers send forms with the origin “null”, which is nobody's form (Fetch, 3.2).
PRIVATE = {"Cache-Control": "no-store", "Referrer-Policy": "same-origin", "X-Robots-Tag": "noindex, nofollow"}


def application(request: HttpRequest, secret: str) -> HttpResponseBase:
    """Shows what was entered so far, and takes more of it, or all."""
    try:
        response = _answer(request, actions.by_secret(secret))
    except Problem as problem:
        response = render(request, "ui/problem.html", {"problem": problem}, status=problem.status)
        response._has_been_logged = True  # type: ignore[attr-defined] # or Django would log the address, with its secret
    for name, value in PRIVATE.items():
        response[name] = value
    return response


def _answer(request: HttpRequest, application: Application) -> HttpResponseBase:
    program = programs.offered_program(application.organization_id, application.program.key)
    starts = program.starts  # type: ignore[attr-defined]
    if request.method != "POST":
        form = ApplicationForm(starts=starts, initial={"name": application.name, **application.answers})
        return _show(request, application, form)
    form = ApplicationForm(request.POST, starts=starts)
    answers = {
        name: request.POST.get(name, "")[: actions.LONGEST_ANSWER] for name in ("phone", "message", "cohort")
    }
    actions.save(application, request.POST.get("name", "")[:200], answers)
    if request.POST.get("do") == "save":
        return _show(request, application, form, saved=True)
    try:
        form.values()
        _, address = actions.submit(application, programs.start(program, answers["cohort"]))
    except Problem as problem:
        form.refused(problem)
        return _show(request, application, form, status=problem.status)
    return redirect(address or f"{reverse('account_login')}?next={reverse('my_programs')}")


def _show(
    request: HttpRequest, application: Application, form: ApplicationForm, *, status: int = 200, **more: Any
) -> HttpResponseBase:
    shown = {
        "application": application,
        "version": application.program.published,
        "form": form,
        "site": sites.of_organization(application.organization_id),
        **more,
    }
    return render(request, "marketplace/public/application.html", shown, status=status)


urlpatterns = [path("apply/<str:secret>/", application, name="application")]
