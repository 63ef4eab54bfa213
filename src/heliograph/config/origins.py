"""Two origins, one server: the host name decides which addresses exist.

The content origin serves untrusted course code and the player. It has no cookies, no session and no sign-in,
so its requests leave the chain of middlewares here, first of all; that is also what keeps the commit path
short.
"""

import logging
from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.urls import Resolver404, get_resolver

from heliograph.config.outage import RETRY_AFTER, database_away
from heliograph.core.errors import NotFound, Problem, Unavailable
from heliograph.core.web import references
from heliograph.core.web.hosts import is_content_host, name_of
from heliograph.runtime import learner_pages
from heliograph.runtime.brand import Brand

# Packages may ask at a host name of their customer's own that points to us; only on the origin with the
# cookies are these doors not.
STUB_PATHS = "/d/"
LEARNERS = (STUB_PATHS, "/play/")  # what is refused here, a learner reads
SHOWN = ("document", "iframe", "frame", "embed", "object")  # Fetch Metadata, section 2.1: what becomes a page
log = logging.getLogger(__name__)


class OriginMiddleware:
    """Sends a request for the content host to its own, shorter list of views."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.app = get_response
        self.content = get_resolver(settings.CONTENT_URLCONF)
        self.app_host = urlsplit(settings.HELIOGRAPH.url).hostname or ""

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if _holds_nul(request):
            return _as_asked(
                request, Problem("Neither an address nor a cookie can hold a NUL character.", code="invalid")
            )
        _forget_short_list(request)
        if self._is_for_content(request):
            return answer_content(request, self.content)
        return self.app(request)

    def _is_for_content(self, request: HttpRequest) -> bool:
        given = request.META.get("HTTP_HOST", "")
        if request.path_info.startswith(STUB_PATHS) and given and not is_content_host(given, self.app_host):
            return True
        host, content_host = request.get_host(), settings.HELIOGRAPH.content_host
        if content_host == f"*.{name_of(host)}" and not is_content_host(host, self.app_host):
            raise DisallowedHost(
                f"Invalid HTTP_HOST header: {host!r}. "
                f"Content is on the origins below it, and pages are elsewhere."
            )
        return is_content_host(host, content_host)


def _holds_nul(request: HttpRequest) -> bool:
    """Whether there is a character in the address or a cookie that the database cannot be asked for.

    Bodies are read where they are taken.
    """
    addressed = "\x00" in request.path_info or "%00" in request.META.get("QUERY_STRING", "")
    return addressed or any("\x00" in part for cookie in request.COOKIES.items() for part in cookie)


def _forget_short_list(request: HttpRequest) -> None:
    """Take away an X-Forwarded-For that names fewer addresses than there are proxies in front of us: it did
    not come through all of them.

    The client is then whoever connects to us. django-allauth takes such a list for a mistake in its settings.
    """
    if request.META.get("HTTP_X_FORWARDED_FOR", "").count(",") + 1 < settings.ALLAUTH_TRUSTED_PROXY_COUNT:
        request.META.pop("HTTP_X_FORWARDED_FOR", None)


def answer_content(request: HttpRequest, resolver: object) -> HttpResponseBase:
    """The response of the content origin's view for this address; whatever goes wrong, as whoever asks can
    read it."""
    request.urlconf = settings.CONTENT_URLCONF  # type: ignore[attr-defined]
    try:
        match = resolver.resolve(request.path_info)  # type: ignore[attr-defined]
        response = match.func(request, *match.args, **match.kwargs)
    except Resolver404:
        response = _as_asked(request, NotFound("There is nothing at this address."))
    except Problem as problem:
        response = _as_asked(request, problem)
    except Exception as reason:
        response = _answer_to(reason, request)
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Referrer-Policy", "no-referrer")
    response.headers.setdefault("Cross-Origin-Resource-Policy", "cross-origin")
    return response


def _answer_to(reason: Exception, request: HttpRequest) -> HttpResponse:
    away = database_away(reason)
    if away:
        return _as_asked(request, away)
    log.exception("content origin: %s %s", request.method, request.path)
    return _as_asked(
        request,
        Problem("Something went wrong. Your data is safe. Try again.", code="server_error"),
        500,
    )


def _as_asked(request: HttpRequest, problem: Problem, status: int | None = None) -> HttpResponse:
    """The problem for this request; what keeps a learner out has a reference, under which it is logged."""
    page = _wants_a_page(request.headers)
    reference = references.noted(problem, request) if page or request.path_info.startswith(LEARNERS) else ""
    return problem_for(request.headers, problem, status, reference, _brand(request) if page else None)


def problem_for(
    asked: Mapping[str, str],
    problem: Problem,
    status: int | None = None,
    reference: str = "",
    brand: Brand | None = None,
) -> HttpResponse:
    """A problem as a page where a browser is about to show it to somebody, inside a course's frame too, else
    as a document; ``asked`` are the request's headers, whose names need no certain case. Both have the
    ``reference``, the page also the seller's ``brand``."""
    if not _wants_a_page(asked):
        return problem_response(problem, status, reference)
    answer = problem_response(problem, status)
    page = learner_pages.refusal(problem, asked.get("accept-language", ""), brand, reference)
    answer.content = page.encode()
    answer["Content-Type"] = "text/html; charset=utf-8"
    answer["Vary"] = "Accept, Accept-Language, Sec-Fetch-Dest"
    return answer


def _brand(request: HttpRequest) -> Brand | None:
    """The seller of the course that the player's address opens, or opened; None for other addresses, and
    while the database is away.
    """
    _, door, token, *_ = [*request.path_info.split("/"), "", ""]
    if door != "play":
        return None
    try:
        return learner_pages.brand_of_session(token)
    except DatabaseError:
        return None


def _wants_a_page(asked: Mapping[str, str]) -> bool:
    """Whether the browser fetches what it will show; one that does not say (an address without https) asks
    for HTML first."""
    goes_into = asked.get("sec-fetch-dest")
    return goes_into in SHOWN if goes_into else "text/html" in asked.get("accept", "")


def problem_response(problem: Problem, status: int | None = None, reference: str = "") -> HttpResponse:
    """The RFC 9457 document of a problem, readable by any origin: it holds nothing but the sentence."""
    document = {**problem.document(), "status": status or problem.status}
    if reference:
        document["reference"] = reference
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
