"""The pages behind links for people without an account.

Their addresses are secrets: nothing may keep, index or pass them on.
"""

from collections.abc import Callable
from functools import wraps
from itertools import islice
from typing import Any

import msgspec
from django.conf import settings
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import path
from django.utils.translation import get_language

from heliograph.core.errors import Problem
from heliograph.core.web import references
from heliograph.core.web.clients import client_address
from heliograph.dispatch import downloads
from heliograph.dispatch.branding import learner_brand
from heliograph.dispatch.models import Session, SessionEvent, ShareLink
from heliograph.dispatch.package.formats import FORMATS
from heliograph.dispatch.share_links import actions, lms_guides, queries
from heliograph.runtime import actions as runtime
from heliograph.runtime import learner_pages
from heliograph.runtime import queries as registrations
from heliograph.runtime.brand import Brand
from heliograph.ui.tables import ROWS

CALLS_SHOWN = 400
PRIVATE = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex, nofollow"}


def by_link(
    opened: Callable[[str, str], ShareLink],
) -> Callable[[Callable[..., HttpResponseBase]], Callable[..., HttpResponseBase]]:
    """Opens a view to who holds a link. Whatever is wrong is said on a page that belongs to no account."""

    def decorate(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
        @wraps(view)
        def guarded(request: HttpRequest, secret: str, *args: Any, **kwargs: Any) -> HttpResponseBase:
            try:
                link = opened(secret, client_address(request.META, settings.HELIOGRAPH.trusted_proxies))
                response = view(request, link, *args, **kwargs, secret=secret)
            except Problem as problem:
                response = _refusal(request, problem, secret)
                response._has_been_logged = True  # type: ignore[attr-defined] # or Django would write the address, with its secret, to the log
            for name, value in PRIVATE.items():
                response[name] = value
            return response

        return guarded

    return decorate


def _refusal(request: HttpRequest, problem: Problem, secret: str) -> HttpResponse:
    """The page that says a problem. Who holds a link that once led somewhere reads whom to ask for a new
    one.
    """
    seller = actions.destination_of_any_link(secret)
    page = learner_pages.refusal(
        problem,
        request.headers.get("Accept-Language", ""),
        learner_brand.of_destination(seller) if seller else None,
        references.noted(problem, request),
        styled=False,
    )
    return HttpResponse(page, status=problem.status, headers={"Vary": "Accept-Language"})


def _seller(brand: Brand) -> dict[str, Any]:
    """Whose page this is."""
    return {"brand": brand, "accent": brand.look.get("--sun", "")}


def _guides(request: HttpRequest) -> dict[str, Any]:
    """The guide to the LMS that was chosen, and all others to choose from."""
    guides = lms_guides.guides_for(get_language() or "")
    return {"guides": guides, "guide": guides.chosen(request.GET.get("lms", ""))}


@by_link(actions.open_portal)
def customer_portal(request: HttpRequest, link: ShareLink, secret: str) -> HttpResponseBase:
    """A destination: its dispatches, what they may still be used for, and what its learners did."""
    dispatches = queries.dispatches(link)
    shown = {
        "link": link,
        "secret": secret,
        "dispatches": dispatches,
        "listed": Paginator(dispatches, ROWS).get_page(request.GET.get("page")),
        "usage": queries.usage(dispatches),
        "licenses": queries.licenses(link),
        "formats": FORMATS.values(),
        **_seller(learner_brand.of_destination(queries.destination(link))),
        **_guides(request),
    }
    return render(request, "dispatch/portal.html", shown)


@by_link(actions.open_portal)
def customer_package(
    request: HttpRequest, link: ShareLink, dispatch_id: str, secret: str
) -> HttpResponseBase:
    """A dispatch's package, counted as a download by the customer."""
    dispatch = queries.dispatch(link, dispatch_id)
    downloads.refuse_closed(dispatch)
    return downloads.package(
        actions.link_holder(link), dispatch, request.GET.get("format", "scorm12"), dispatch.mode
    )


@by_link(actions.open_portal)
def customer_packages(request: HttpRequest, link: ShareLink, secret: str) -> HttpResponseBase:
    """The packages of all its dispatches that are open, each counted as a download by the customer."""
    actor, format = actions.link_holder(link), request.GET.get("format", "")
    return downloads.packages(
        actor, queries.destination(link), queries.dispatches(link), format, mode="", open_only=True
    )


@by_link(actions.open_share)
def deployment_health(request: HttpRequest, link: ShareLink, secret: str) -> HttpResponseBase:
    """A deployment: its latest sessions, what its LMS did not keep, and the call log of one session as it
    goes on.
    """
    sessions = list(queries.sessions(link))
    chosen = (
        queries.session(link, request.GET["session"])
        if "session" in request.GET
        else next(iter(sessions), None)
    )
    shown = {
        "link": link,
        "secret": secret,
        "deployment": link.deployment,
        "sessions": sessions,
        "disagreements": queries.disagreements(link),
        "lms": queries.results_in_lms(link),
        "session": chosen,
        "calls": _calls(chosen) if chosen else [],
        **_seller(learner_brand.of_dispatch(queries.shared_deployment(link).dispatch)),
        **_guides(request),
    }
    return render(request, "dispatch/share.html", shown)


@by_link(actions.open_share)
def session_log(request: HttpRequest, link: ShareLink, session_id: str, secret: str) -> HttpResponseBase:
    """The call log alone, for the page that asks again and again."""
    chosen = queries.session(link, session_id)
    return render(
        request, "dispatch/share_log.html", {"secret": secret, "session": chosen, "calls": _calls(chosen)}
    )


def _calls(session: Session) -> list[dict[str, Any]]:
    """The latest calls of a session, in order; the player is told to send sooner while somebody looks."""
    if session.embedded:
        return [_event_as_call(event) for event in queries.events(session)[:CALLS_SHOWN]][::-1]
    launch = registrations.launch(session.launch_id) if session.launch_id else None
    if launch is None:
        return []
    runtime.watch(launch.attempt)
    calls = list(islice(registrations.newest_calls(launch.attempt, launch.id), CALLS_SHOWN))[::-1]
    for call in calls:
        call["seconds"] = f"{call['milliseconds'] / 1000:.1f} s"
    return calls


def _event_as_call(event: SessionEvent) -> dict[str, Any]:
    """An embedded course reports events instead of calls; a line of the log shows either."""
    body = msgspec.json.encode(event.body).decode()
    return {
        "seconds": f"{event.happened_at:%H:%M:%S}",
        "method": event.kind,
        "arguments": [body],
        "applied": True,
    }


urlpatterns = [
    path("portal/<str:secret>/", customer_portal, name="customer_portal"),
    path("portal/<str:secret>/packages", customer_packages, name="customer_packages"),
    path("portal/<str:secret>/package/<str:dispatch_id>", customer_package, name="customer_package"),
    path("share/<str:secret>/", deployment_health, name="deployment_health"),
    path("share/<str:secret>/log/<str:session_id>", session_log, name="session_log"),
]
