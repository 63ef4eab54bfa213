"""Two origins, one server: the host name decides which addresses exist.

The content origin serves untrusted course code and the player. It has no cookies, no session and no sign-in, so its requests leave the chain
of middlewares here, first of all; that is also what keeps the commit path short.
"""

import logging
from collections.abc import Callable
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.urls import Resolver404, get_resolver

from heliograph.config.outage import RETRY_AFTER, database_away
from heliograph.core.errors import NotFound, Problem, Unavailable

# Packages may ask at a host name of their customer's own that points to us; only on the origin with the cookies are these doors not.
STUB_DOORS = "/d/"
log = logging.getLogger(__name__)


class OriginMiddleware:
    """Sends a request for the content host to its own, shorter list of views."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.app = get_response
        self.content = get_resolver(settings.CONTENT_URLCONF)
        self.app_host = urlsplit(settings.HELIOGRAPH.url).hostname or ""

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if self._is_for_content(request):
            return answer_content(request, self.content)
        return self.app(request)

    def _is_for_content(self, request: HttpRequest) -> bool:
        given = request.META.get("HTTP_HOST", "")
        if request.path_info.startswith(STUB_DOORS) and given and not is_content_host(given, self.app_host):
            return True
        return is_content_host(request.get_host(), settings.HELIOGRAPH.content_host)


def is_content_host(host: str, content_host: str) -> bool:
    """Whether a Host header names the content origin; ``*.example.org`` names one origin a course."""
    name = host.rsplit(":", 1)[0] if not host.endswith("]") else host
    return name == content_host or (content_host.startswith("*.") and name.endswith(content_host[1:]))


def answer_content(request: HttpRequest, resolver: object) -> HttpResponseBase:
    """The response of the content origin's view for this address; a problem document for whatever goes wrong."""
    request.urlconf = settings.CONTENT_URLCONF  # type: ignore[attr-defined]
    try:
        match = resolver.resolve(request.path_info)  # type: ignore[attr-defined]
        response = match.func(request, *match.args, **match.kwargs)
    except Resolver404:
        response = problem_response(NotFound("There is nothing at this address."))
    except Problem as problem:
        response = problem_response(problem)
    except Exception as reason:
        response = _answer_to(reason, request)
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Referrer-Policy", "no-referrer")
    response.headers.setdefault("Cross-Origin-Resource-Policy", "cross-origin")
    return response


def _answer_to(reason: Exception, request: HttpRequest) -> HttpResponse:
    away = database_away(reason)
    if away:
        return problem_response(away)
    log.exception("content origin: %s %s", request.method, request.path)
    return problem_response(Problem("Something went wrong on our side. Nothing was lost; try again.", code="server_error"), 500)


def problem_response(problem: Problem, status: int | None = None) -> HttpResponse:
    """The RFC 9457 document of a problem, readable by any origin: it holds nothing but the sentence."""
    document = {**problem.document(), "status": status or problem.status}
    response = JsonResponse(document, status=document["status"])
    response["Content-Type"] = "application/problem+json"
    response["Access-Control-Allow-Origin"] = "*"
    response["Cache-Control"] = "no-store"
    if document["status"] == Unavailable.status:
        response["Retry-After"] = str(RETRY_AFTER)
    if "retry_after" in problem.details:
        response["Retry-After"] = str(problem.details["retry_after"])
        response["Access-Control-Expose-Headers"] = "Retry-After"
    return response
