"""The record store's door: every request below ``/xapi/``, from bytes to bytes.

It stands in front of Django, because a statement needs nothing of Django's request. What is asked is found
first, then the version that decides how it is answered, then who asks (1.0.3 Communication 3 and 4; 2.0
section 4.1). Answers may be read by pages of any origin: what lets one in is the Authorization header alone
(`core.web.cors`). They are never shown as a page of this origin.
"""

import logging
import re
import zlib
from collections.abc import Callable, Iterable
from contextlib import suppress
from email.utils import formatdate
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

import msgspec
from django.conf import settings
from django.db import connection

from heliograph.core.database.prepared import AWAY
from heliograph.core.errors import Problem, TooLarge, Unavailable
from heliograph.core.web import cors
from heliograph.lrs import authentication, hooks
from heliograph.lrs.access import Access
from heliograph.lrs.errors import EncodingUnknown, RequestInvalid, VersionMissing
from heliograph.lrs.messages import ROOT, Request, Resource, XapiResponse
from heliograph.lrs.rules import etags
from heliograph.lrs.xapi.resources import about_statements, find

MOST_REMEMBERED: Final = 10_000
LARGEST_BODY: Final = 50 * 2**20
VERSION: Final = "X-Experience-API-Version"
CONSISTENT: Final = "X-Experience-API-Consistent-Through"
ANSWERED_AS: Final = {"1.0.3": "1.0.3", "2.0": "2.0.0"}
_VERSIONS: Final = re.compile(r"(1\.0|2\.0)(?:\.\d{1,3})?")
_METHODS = ("GET", "HEAD", "PUT", "POST", "DELETE")
_FORM_HEADERS = (
    "authorization",
    VERSION.lower(),
    "content-type",
    "content-length",
    "if-match",
    "if-none-match",
    "accept-language",
    "accept",
)
# The id of a statement is the form's to say: ADL's suite for 1.0.3 has it refused in the address.
_ONLY_IN_THE_FORM = ("statementId", "voidedStatementId")
_ALWAYS = [
    (
        "Access-Control-Expose-Headers",
        f"ETag, Last-Modified, Content-Type, Retry-After, {VERSION}, {CONSISTENT}",
    ),
    ("Cache-Control", "no-store"),
    ("X-Content-Type-Options", "nosniff"),
    ("Content-Security-Policy", "sandbox; default-src 'none'"),
    ("Referrer-Policy", "no-referrer"),
    ("Cross-Origin-Resource-Policy", "cross-origin"),
]
_ALLOWED_METHODS = "GET, HEAD, PUT, POST, DELETE, OPTIONS"
_ALLOWED_HEADERS = f"Authorization, Content-Type, Accept, Accept-Language, If-Match, If-None-Match, {VERSION}"
_encode = msgspec.json.Encoder().encode
log = logging.getLogger(__name__)
StartResponse = Callable[..., Any]


def application(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
    """The WSGI application for everything below the root."""
    read_by = cors.answer(environ.get("HTTP_ORIGIN", ""), cookies=_has_cookies(environ))
    if environ["REQUEST_METHOD"] == "OPTIONS":
        start_response("204 No Content", [*_ALWAYS, *read_by, *_preflight(environ), ("Content-Length", "0")])
        return []
    answered_as, answer = _answer(environ)
    headers = [*_ALWAYS, *read_by, (VERSION, answered_as), *answer.headers]
    pieces = answer.body if isinstance(answer.body, list) else [answer.body]
    bodiless = answer.status in (204, 304)
    if environ["REQUEST_METHOD"] == "HEAD" or bodiless:
        pieces = []
    else:
        headers.append(("Content-Length", str(sum(map(len, pieces)))))
    if not bodiless:
        headers.append(("Content-Type", answer.content_type))
    if not any(name == "Date" for name, _ in headers):
        headers.append(("Date", formatdate(usegmt=True)))
    start_response(f"{answer.status} {_REASONS.get(answer.status, 'XapiResponse')}", headers)
    return pieces


def _has_cookies(environ: dict[str, Any]) -> bool:
    """Whether this is the origin of the app, whose cookies a browser would add; the store is on the content
    origin too, which has none.
    """
    return environ.get("HTTP_HOST", "").rsplit(":", 1)[0] == (
        urlsplit(settings.HELIOGRAPH.url).hostname or ""
    )


def _preflight(environ: dict[str, Any]) -> cors.Headers:
    headers, private = (
        environ.get(f"HTTP_ACCESS_CONTROL_REQUEST_{name}", "") for name in ("HEADERS", "PRIVATE_NETWORK")
    )
    return cors.preflight(_ALLOWED_METHODS, _ALLOWED_HEADERS, headers, private)


_REASONS = {
    200: "OK", 204: "No Content", 304: "Not Modified",
    400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed",
    409: "Conflict", 412: "Precondition Failed", 413: "Content Too Large",
    415: "Unsupported Media Type", 429: "Too Many Requests", 500: "Internal Server Error",
    503: "Service Unavailable",
}  # fmt: skip


def _answer(environ: dict[str, Any]) -> tuple[str, XapiResponse]:
    """The version an answer is given in, and the answer: the resource's, or the problem with the request."""
    answered_as, resource = "2.0.0", ""
    try:
        request = _read(environ)
        resource = request.resource
        is_form = "method" in request.query
        if not is_form or request.method != "POST":
            handle, needs_version = find(request.resource, request.method)
        if is_form:
            request = _unfolded(request)
            handle, needs_version = find(request.resource, request.method)
        answered_as = _versions_used.get(request.headers.get("authorization", ""), answered_as)
        request.version = _version(request, needs_version)
        answered_as = ANSWERED_AS[request.version]
        if needs_version:
            request.access = authentication.of_header(request.headers.get("authorization", ""))
            _remember_version(request.headers["authorization"], answered_as)
        answer = (
            _of_session(handle, request, request.access)
            if request.access and request.access.session
            else _twice(handle, request)
        )
        answer = _unless_known(request, answer)
    except Problem as problem:
        answer = _problem(problem, environ)
    except Exception as reason:
        answer = _problem(_away(reason) or _our_fault(environ, reason), environ)
    if resource == "statements":
        with suppress(*AWAY):  # then the answer says so, and promises nothing
            answer.headers.append((CONSISTENT, about_statements()))
    return answered_as, answer


def _of_session(handle: Resource, request: Request, access: Access) -> XapiResponse:
    """The answer to a session's content, which whoever opened the session hears of."""
    try:
        hooks.session_request.call(request, access)
        return _twice(handle, request)
    except Problem as problem:
        hooks.session_request_refused.call(request, access, problem)
        raise


def _unless_known(request: Request, answer: XapiResponse) -> XapiResponse:
    """304 in place of what the client has already, as its If-None-Match says (RFC 9110, section 13.1.2)."""
    known = request.headers.get("if-none-match")
    etag = next((value.strip('"') for name, value in answer.headers if name == "ETag"), None)
    if (
        request.method not in ("GET", "HEAD")
        or known is None
        or etag is None
        or etags.none_matches(known, etag)
    ):
        return answer
    return XapiResponse(304, headers=answer.headers)


# The version each credential spoke last: one that forgets to say it is told so in the version it speaks.
_versions_used: dict[str, str] = {}


def _remember_version(authorization: str, version: str) -> None:
    if len(authorization) > authentication.LONGEST_KNOWN:
        return
    if len(_versions_used) >= MOST_REMEMBERED:
        _versions_used.clear()
    _versions_used[authorization] = version


def _twice(handle: Resource, request: Request) -> XapiResponse:
    """Twice, where the database had gone away since this thread last asked it.

    Statements get their ids only once, so they see to it themselves.
    """
    try:
        return handle(request)
    except AWAY:
        if (request.resource, request.method) == ("statements", "POST"):
            raise
        connection.close()
        return handle(request)


def _problem(problem: Problem, environ: dict[str, Any]) -> XapiResponse:
    headers = [("WWW-Authenticate", _challenge(environ))] if problem.status == 401 else []
    if problem.status == Unavailable.status or "retry_after" in problem.details:
        headers.append(("Retry-After", str(problem.details.get("retry_after", 5))))
    return XapiResponse(problem.status, _encode(problem.document()), "application/problem+json", headers)


def _challenge(environ: dict[str, Any]) -> str:
    """What a 401 asks for.

    Where it asks a page of this origin for Basic, browsers lay a sign-in of their own over it, and the page
    waits.
    """
    of_a_page = any(name in environ for name in ("HTTP_ORIGIN", "HTTP_REFERER", "HTTP_SEC_FETCH_MODE"))
    return 'Bearer realm="xAPI"' if of_a_page else 'Basic realm="xAPI", charset="UTF-8"'


def _away(reason: Exception) -> Problem | None:
    outage = hooks.database_outage.first(reason)
    if outage:
        connection.close()
    return outage


def _our_fault(environ: dict[str, Any], reason: Exception) -> Problem:
    log.error("record store: %s %s", environ["REQUEST_METHOD"], environ["PATH_INFO"], exc_info=reason)
    fault = Problem("Internal error. No data was stored. Try again.", code="server_error")
    fault.status = 500  # type: ignore[misc]
    return fault


def _read(environ: dict[str, Any]) -> Request:
    length = environ.get("CONTENT_LENGTH") or "0"
    if not length.isdecimal() or int(length) > LARGEST_BODY:
        raise TooLarge(f"Maximum of {LARGEST_BODY // 2**20} MB per request. Send several requests.")
    headers = {
        name[5:].replace("_", "-").lower(): value
        for name, value in environ.items()
        if name.startswith("HTTP_")
    }
    if environ.get("CONTENT_TYPE"):
        headers["content-type"] = environ["CONTENT_TYPE"]
    resource = environ["PATH_INFO"][len(ROOT) :].strip("/")
    body = _inflated(environ["wsgi.input"].read(int(length)), headers.pop("content-encoding", ""))
    return Request(
        environ["REQUEST_METHOD"], resource, _query(environ.get("QUERY_STRING", "")), headers, body
    )


def _inflated(body: bytes, encoding: str) -> bytes:
    """The body as it was before its Content-Encoding: gzip, once.

    Raises `EncodingUnknown`, `TooLarge`, `RequestInvalid`.
    """
    encoding = encoding.strip().lower()
    if encoding in ("", "identity"):
        return body
    if encoding not in ("gzip", "x-gzip"):
        raise EncodingUnknown(
            "Unsupported content encoding. Send the body unencoded or with “Content-Encoding: gzip”."
        )
    inflate = zlib.decompressobj(zlib.MAX_WBITS | 16)
    try:
        whole = inflate.decompress(body, LARGEST_BODY + 1)
    except zlib.error:
        raise RequestInvalid(
            "The body is not valid gzip, as its Content-Encoding says.", code="encoding_invalid"
        ) from None
    if len(whole) > LARGEST_BODY:
        raise TooLarge(
            f"Maximum of {LARGEST_BODY // 2**20} MB per request after decompression. Send several requests."
        )
    if not inflate.eof or inflate.unused_data:
        raise RequestInvalid(
            "The gzip data is incomplete or followed by other data.", code="encoding_invalid"
        )
    return whole


def _query(text: str) -> dict[str, str]:
    try:
        pairs = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=50)
    except ValueError:
        raise RequestInvalid(
            "The parameters in the address are not valid UTF-8 or not percent-encoded.",
            code="parameters_unreadable",
        ) from None
    query = dict(pairs)
    if len(query) < len(pairs) or any("\x00" in part for pair in pairs for part in pair):
        raise RequestInvalid(
            "The address contains a parameter twice, or a NUL character.", code="parameters_unreadable"
        )
    return query


def _unfolded(request: Request) -> Request:
    """The request inside of a form: the alternate syntax of 1.0.3 (Communication 1.3), which 2.0 does not
    have.

    The body is read as a form whatever its type says: scripts that cannot set headers send none, or
    text/plain. What else stands in the address counts as if it were in the form. Storyline leaves the
    registration there, whatever it asks for: where nothing is asked by it, it is not heard.
    """
    method = request.query["method"]
    beside = {name: value for name, value in request.query.items() if name != "method"}
    if (
        request.method != "POST"
        or method not in _METHODS
        or any(name in beside for name in _ONLY_IN_THE_FORM)
    ):
        raise RequestInvalid(
            "The alternate syntax is a POST with the parameter “method”; the statement's id is in its form.",
            code="alternate_syntax",
        )
    form = _query(request.body.decode("utf-8", "replace"))
    if not _takes_registration(request.resource, method, form):
        beside.pop("registration", None)
    if any(form.get(name, value) != value for name, value in beside.items()):
        raise RequestInvalid(
            "Address and form have different values for a parameter.", code="alternate_syntax"
        )
    form = {**beside, **form}
    by_name = {name.lower(): value for name, value in form.items()}
    headers = {name: value for name, value in request.headers.items() if name != "content-type"}
    headers |= {name: by_name[name] for name in _FORM_HEADERS if name in by_name}
    if not headers.get(VERSION.lower(), "1.0").startswith("1.0"):
        raise RequestInvalid(
            "xAPI 2.0 has no alternate request syntax. Send the method itself.", code="alternate_syntax"
        )
    content = form.get("content")
    if (content is None) is (method in ("PUT", "POST")):
        raise RequestInvalid(
            "The form’s field “content” is what would be sent; only PUT and POST send something.",
            code="alternate_syntax",
        )
    headers.setdefault("content-type", "application/json")
    query = {
        name: value for name, value in form.items() if name.lower() not in _FORM_HEADERS and name != "content"
    }
    return Request(method, request.resource, query, headers, (content or "").encode())


def _takes_registration(resource: str, method: str, form: dict[str, str]) -> bool:
    """Whether a registration says which statements or states are meant (1.0.3 Communication 2.1.3, 2.3)."""
    some_statements = (
        resource == "statements"
        and method in ("GET", "HEAD")
        and not any(name in form for name in _ONLY_IN_THE_FORM)
    )
    return some_statements or resource == "activities/state"


def _version(request: Request, needed: bool) -> str:
    given = request.headers.get(VERSION.lower())
    if given is None and not needed:
        return "2.0"
    match = _VERSIONS.fullmatch((given or "").strip())
    if match is None:
        wrong = f"“{given[:40]}” is not supported" if given else "it is missing"
        raise VersionMissing(f"Send the xAPI version in the header {VERSION}, as 1.0.3 or 2.0.0: {wrong}.")
    return "1.0.3" if match[1] == "1.0" else "2.0"
