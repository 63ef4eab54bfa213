"""The frame around every page: security headers, problems as pages, signing in and out, and the way home."""

import os
import sys
from collections.abc import Callable
from typing import Any

from allauth.account.views import LoginView
from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from heliograph.accounts import sign_in_limits
from heliograph.accounts.adapter import BROWSER_COOKIE
from heliograph.accounts.page_access import actor_of, page
from heliograph.audit import queries as audit
from heliograph.config.environment import demo_lms_address, port_wanted
from heliograph.config.origins import problem_response
from heliograph.config.outage import RETRY_AFTER, database_away
from heliograph.core.actor import Actor
from heliograph.core.errors import Forbidden, Invalid, NotFound, Problem, TooMany, Unavailable
from heliograph.core.permissions import Permission
from heliograph.core.scope import act_as
from heliograph.core.translation import gettext, gettext_noop
from heliograph.core.web import references
from heliograph.demo import tour
from heliograph.insights.last_days import last_days
from heliograph.organizations import limits as limits_of_member
from heliograph.ui import home as parts
from heliograph.ui import search
from heliograph.ui.home import Attention

RECENT = 10
LONGEST_SEARCH = 200
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


class NotAPage(Problem):
    """Somebody opened an address that forms are sent to."""

    code, status, title = "not_a_page", 405, gettext_noop("Not a page")


class PageMiddleware:
    """Adds the Content-Security-Policy and turns problems into pages (or documents, for programs)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        content = settings.HELIOGRAPH.content_url
        self.policy = (
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
            "font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
            f"frame-ancestors 'none'; frame-src 'self' {content}"
        )

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if response.status_code == NotAPage.status and request.method == "GET":
            response = _not_a_page(request, response)
        if "x-dialog" in request.headers and response.status_code in (301, 302):
            # The script of a form in a dialog goes there itself: a redirection would be followed unseen, and
            # the messages of the next page would be used up.
            response = HttpResponse(headers={"X-Next": response.headers["Location"]})
        response.headers.setdefault("Content-Security-Policy", self.policy)
        response.headers.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
        if getattr(request, "actor", None) is not None:
            response.headers.setdefault("Cache-Control", "private, no-store")
        return response

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        """No form of ours holds a NUL character, and the database could not keep one."""
        # A stranger's form is not read before the page has asked who they are; the API reads its own.
        if not request.user.is_authenticated or request.content_type not in FORMS:
            return None
        if any("\x00" in value for values in request.POST.lists() for value in (values[0], *values[1])):
            return problem_response(
                Invalid(gettext("A field contains a NUL character. Remove it and submit the form again."))
            )
        return None

    def process_exception(self, request: HttpRequest, problem: Exception) -> HttpResponse | None:
        if isinstance(problem, Problem):
            return _show(request, problem)
        away = database_away(problem)
        return _show(request, away) if away else None


def _not_a_page(request: HttpRequest, refusal: HttpResponseBase) -> HttpResponse:
    """The refusal with a sentence: what a page's button does has an address, and no page there."""
    sentence = gettext("This address belongs to a button of a page. Go back to the page, and use it there.")
    response = _show(request, NotAPage(sentence))
    response["Allow"] = refusal["Allow"]
    return response


def _show(request: HttpRequest, problem: Problem) -> HttpResponse:
    """A problem as whoever asks can read it: a page, a part of one, or a document (for programs, and for the
    script of a form in a dialog).
    """
    if request.path in ("/metrics", "/health") or request.path.startswith("/api/"):
        return problem_response(problem)
    if "x-dialog" in request.headers:
        return JsonResponse(
            problem.document(), status=problem.status, content_type="application/problem+json"
        )
    template = "ui/problem_fragment.html" if getattr(request, "htmx", False) else "ui/problem.html"
    response = render(request, template, {"problem": problem}, status=problem.status)
    if problem.status == Unavailable.status:
        response["Retry-After"] = str(RETRY_AFTER)
    return response


class SignIn(LoginView):  # type: ignore[misc]
    template_name = "accounts/sign_in.html"

    def form_valid(self, form: Any) -> HttpResponse:
        """Lets the browser be known from now on, so that its person gets in while somebody else guesses."""
        response: HttpResponse = super().form_valid(form)
        response.set_cookie(
            BROWSER_COOKIE,
            sign_in_limits.browser_token(form.cleaned_data["login"]),
            max_age=sign_in_limits.BROWSER_KNOWN_FOR,
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Strict",
        )
        return response


@require_POST
def sign_out(request: HttpRequest) -> HttpResponseRedirect:
    """End the session."""
    logout(request)
    return HttpResponseRedirect(settings.ACCOUNT_LOGOUT_REDIRECT_URL)


def inactive(request: HttpRequest) -> HttpResponse:
    """Where somebody lands whose account was switched off."""
    problem = Forbidden(
        gettext("This account has been deactivated. Contact an administrator of your organization.")
    )
    return render(request, "ui/problem.html", {"problem": problem}, status=403)


@page(everybody=True)
def home(request: HttpRequest) -> HttpResponseBase:
    """What needs attention, the last 30 days, and what happened last; first steps until they are taken, and
    the demo's tour.
    """
    actor = actor_of(request)
    if not actor.role.permissions:
        return redirect("my_courses")
    act_as(actor)  # a page for everybody that shows what is the organization's, too
    shown = {
        "limits": limits_of_member.shown(request.member) if actor.scope else [],  # type: ignore[attr-defined]
        "tour": tour.steps(request, actor.organization_id, demo_lms_address(port_wanted(os.environ))),
        "attention": _attention(actor),
        "steps": parts.first_steps(actor.organization_id, actor.role) if _begins(actor) else [],
        **(last_days(actor.organization_id) if _sees_figures(actor) else {}),
        "entries": audit.matching(actor.organization_id, learners=False)[:RECENT]
        if actor.may(Permission.AUDIT_VIEW)
        else None,
    }
    return render(request, "config/home.html", shown)


@page()
def notifications(request: HttpRequest) -> HttpResponseBase:
    """What needs attention, as a piece of a page."""
    actor = actor_of(request)
    return render(request, "config/notifications.html", {"attention": _attention(actor)})


def _attention(actor: Actor) -> list[Attention]:
    """What needs the actor's attention, within the limits of their role."""
    return list(parts.attention(actor.organization_id, actor.role))


def _sees_figures(actor: Actor) -> bool:
    """The last 30 days are those of the whole organization."""
    return actor.may(Permission.ANALYTICS_VIEW) and not actor.scope


def _begins(actor: Actor) -> bool:
    return actor.may(Permission.DISPATCHES_MANAGE) and not actor.scope


@page()
def find(request: HttpRequest) -> HttpResponseBase:
    """What the palette finds, as a piece of a page."""
    actor, text = actor_of(request), request.GET.get("q", "")[:LONGEST_SEARCH]
    if not text.strip():
        return HttpResponse()
    hits = list(search.find(actor.organization_id, actor.role, text))
    return render(request, "config/found.html", {"hits": hits, "text": text})


def missing(request: HttpRequest, exception: Any) -> HttpResponse:
    """No such page."""
    problem = NotFound(gettext("Page not found. It may have been deleted, or the link is incomplete."))
    return render(request, "ui/problem.html", {"problem": problem}, status=404)


def not_from_here(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form came without the token of our pages: another site may have sent it, or the page is older than
    the sign-in.
    """
    return _show(
        request,
        Forbidden(
            gettext(
                "This page has expired. Reload it and try again. If that doesn’t help, allow cookies "
                "for this site."
            ),
            code="form_not_from_here",
        ),
    )


def too_many(request: HttpRequest) -> HttpResponse:
    """A limit of allauth's was reached."""
    return _show(request, TooMany(gettext("Too many attempts. Try again in a few minutes.")))


def broken(request: HttpRequest) -> HttpResponse:
    """Something is wrong with us, or the database went away while a middleware needed it. The page has a
    reference, by which the log tells when and where that was.
    """
    away = database_away(sys.exc_info()[1])
    if away:
        return _show(request, away)
    reference = references.noted(Problem("Something went wrong.", code="server_error"), request)
    return render(request, "ui/broken.html", {"reference": reference}, status=500)
