"""The API: every part's routes under one OpenAPI document at /api/docs; whatever goes wrong is a problem
document.
"""

import logging
from collections.abc import Callable
from functools import cached_property, wraps
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.views.decorators.csrf import csrf_exempt
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.operation import Operation
from ninja.parser import Parser

import heliograph
from heliograph.accounts import api as accounts
from heliograph.accounts import idempotency, roles_api
from heliograph.accounts.groups import api as groups_api
from heliograph.accounts.merging import api as duplicates_api
from heliograph.accounts.user_imports import api as user_imports_api
from heliograph.config.origins import problem_response
from heliograph.config.outage import database_away
from heliograph.core import json
from heliograph.core.errors import Invalid, NotFound, NotSignedIn, Problem
from heliograph.core.web import openapi
from heliograph.courses import api as courses
from heliograph.courses import folders_api
from heliograph.dispatch import api as dispatch
from heliograph.dispatch.completion_receipts import api as completion_receipts_api
from heliograph.dispatch.deployments import api as deployments_api
from heliograph.dispatch.embedded import api as callback_api
from heliograph.dispatch.hosted import api as hosted_api
from heliograph.dispatch.licenses import api as licenses_api
from heliograph.dispatch.postbacks import api as postbacks_api
from heliograph.dispatch.releases import api as releases_api
from heliograph.dispatch.results import api as results_api
from heliograph.dispatch.share_links import api as share_links_api
from heliograph.insights import api as insights
from heliograph.insights import records_api
from heliograph.insights.learning import api as learning_api
from heliograph.lrs.credentials import api as records
from heliograph.lrs.people import api as people_api
from heliograph.lrs.pipes import api as pipes
from heliograph.marketplace.completion import api as claims_api
from heliograph.marketplace.credentials import api as awarded_api
from heliograph.marketplace.enrollments import api as enrollments_api
from heliograph.marketplace.holder_portal import api as holder_portal_api
from heliograph.marketplace.holders import api as holders_api
from heliograph.marketplace.partners import api as partners_api
from heliograph.marketplace.programs import api as programs_api
from heliograph.marketplace.wioa import api as wioa_api
from heliograph.organizations import api as organizations
from heliograph.organizations.assignments import api as assignments_api
from heliograph.runtime import api as runtime
from heliograph.webhooks import api as webhooks

log = logging.getLogger(__name__)


TAGS = {
    "Signing in": "Access tokens for users. Programs use an API key instead.",
    "Organization": "The organization of the user or API key: members, invitations, API keys and audit log.",
    "Courses": "Courses and their versions: read, publish and roll out to selected customers.",
    "Assignments": "Courses that the organization assigned to members itself, with due dates.",
    "Programs": "What the public is offered: content, parts, starts.",
    "Enrollments": "Students in programs, from the application to the end.",
    "Program holders": "What the people of a training provider do.",
    "Claims": "Statements that a part of a program was completed, with their evidence.",
    "Partners": "Those on whose platforms students complete parts of programs, and what they report.",
    "Credentials": "What students received, which anybody can verify.",
    "WIOA": "Participations, employment and reports under the Workforce Innovation and Opportunity Act.",
    "Imports": "Course packages that are being imported.",
    "Customers": "Customers that courses are dispatched to.",
    "Dispatches": "A course for a customer: limits, packages, learners and results in the customer’s LMS.",
    "Licenses": "Usage limits of a dispatch, or of all dispatches of a customer.",
    "LMS connections": "The LMSs in which a dispatch was opened, and the sessions there.",
    "Webhooks": "Events of the organization or of one dispatch, sent to your server (Standard Webhooks).",
    "Callback": "Results reported by embedded packages, or by another server for them.",
    "Registrations": "A learner on a course: attempts, results, corrections and debug logs.",
    "Launches": "Links that open the player.",
    "Analytics": "Statistics by day, LMS, course and customer.",
    "Learning records": "Statistics and personal data requests of the learning record store (LRS).",
    "LRS credentials": "Credentials of the learning record store (LRS). "
    "Statements are read and written at `/xapi/`.",
    "LRS sync": "Forwarding statements to, and importing them from, other LRSs.",
}


class BodyParser(Parser):
    """Reads bodies as JSON that can be stored."""

    def parse_body(self, request: HttpRequest) -> Any:
        return json.read(request.body)


class DescribedAPI(NinjaAPI):
    """An API whose OpenAPI document tells how its problems look."""

    def get_openapi_schema(self, *_: Any, **__: Any) -> Any:
        """The document, which nobody may change: it is made once, as making it takes half a second, and
        anybody may ask for it.
        """
        return self._document

    @cached_property
    def _document(self) -> Any:
        return openapi.completed(super().get_openapi_schema())

    def get_openapi_operation_id(self, operation: Operation) -> str:
        """The name of the function, as programs of most languages write it: `createDispatch`."""
        first, *rest = operation.view_func.__name__.split("_")
        return first + "".join(word.capitalize() for word in rest)


def refuse_unknown_names(run: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Around a whole route: a parameter that it does not take is refused by its name, as one that is
    misspelled would silently do nothing.
    """
    operation: Operation = run.__self__  # type: ignore[attr-defined]
    takes = {
        name
        for model in operation.models
        if model.__ninja_param_source__ == "query"
        for name in model.__ninja_flatten_map__
    }  # type: ignore[attr-defined]
    if operation.view_func in PUBLIC_LINKS:
        return run

    @wraps(run)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        unknown = next((name for name in request.GET if name not in takes), None)
        if unknown is None:
            return run(request, *args, **kwargs)
        known = ", ".join(sorted(takes)) or "none"
        sentence = f"Unknown parameter “{unknown[:60]}”. Supported parameters: {known}."
        return problem_response(Invalid(sentence, code="parameter_unknown"), 400)

    return guarded


PUBLIC_LINKS = {runtime.open_launch}  # mail programs and networks add parameters of their own to a link
api = DescribedAPI(
    parser=BodyParser(),
    title="Heliograph",
    version=heliograph.VERSION,
    description=(
        "Import a course once, dispatch it into any customer's LMS, and see every result. "
        "Authenticate with an API key or an access token as a bearer token. "
        "Lists are paged by cursor. "
        "A POST with an `Idempotency-Key` is carried out once, however often it is sent within a day. "
        "Errors are problem documents (RFC 9457) with a stable `code`. "
        "`RateLimit-Limit`, `RateLimit-Remaining` and `RateLimit-Reset` show the limit of requests per "
        "minute; requests beyond it are answered with 429 and `Retry-After`."
    ),
    servers=[{"url": settings.HELIOGRAPH.url, "description": "This installation"}],
    openapi_extra={
        "info": {"license": {"name": "Apache License 2.0", "identifier": "Apache-2.0"}},
        "tags": [{"name": name, "description": description} for name, description in TAGS.items()],
    },
    urls_namespace="api",
    docs_url=None,  # `api_reference` is the page
)
api.add_decorator(refuse_unknown_names, mode="view")
api.add_decorator(idempotency.in_one_transaction, mode="view")
api.add_decorator(idempotency.once, mode="operation")
api.add_router("/token", accounts.tokens)
api.add_router("/org", organizations.router)
api.add_router("/org", accounts.organization)
api.add_router("/org", roles_api.router)
api.add_router("/org/assignments", assignments_api.router)
api.add_router("/org/groups", groups_api.router)
api.add_router("/org/user-imports", user_imports_api.router)
api.add_router("/org/duplicate-users", duplicates_api.router)
api.add_router("/org", records_api.router)
api.add_router("/org", learning_api.router)
api.add_router("/org", people_api.router)
api.add_router("/org", records.organization)
api.add_router("/folders", folders_api.router)
api.add_router("/programs", programs_api.router)
api.add_router("/enrollments", enrollments_api.router)
api.add_router("/claims", claims_api.router)
api.add_router("/partners", partners_api.router)
api.add_router("/wioa", wioa_api.router)
api.add_router("/credentials", awarded_api.router)
api.add_router("/program-holder", holder_portal_api.router)
api.add_router("/program-holders", holders_api.router)
api.add_router("/org/catalog", programs_api.catalog)
api.add_router("/courses", courses.router)
api.add_router("/imports", courses.imports)
api.add_router("/destinations", dispatch.destinations)
api.add_router("/dispatch/callback", callback_api.router)
api.add_router("/destinations", share_links_api.destinations)
api.add_router("/deployments", share_links_api.deployments)
api.add_router("/dispatch", dispatch.router)
api.add_router("/dispatch", results_api.router)
api.add_router("/courses", releases_api.router)
api.add_router("/destinations", licenses_api.of_destination)
api.add_router("/dispatch", licenses_api.of_dispatch)
api.add_router("/dispatch", deployments_api.of_dispatch)
api.add_router("/licenses", licenses_api.licenses)
api.add_router("/deployments", deployments_api.deployments)
api.add_router("", insights.router)
api.add_router("/dispatch", postbacks_api.router)
api.add_router("/registrations", runtime.router)
api.add_router("/registrations", completion_receipts_api.registrations)
api.add_router("/registrations", hosted_api.registrations)
api.add_router("/launch", runtime.launches)
api.add_router("/org/pipes", pipes.router)
api.add_router("/webhooks", webhooks.router)


@api.exception_handler(Problem)
def on_problem(request: HttpRequest, problem: Any) -> HttpResponse:
    return problem_response(problem, _status(request, problem.status))


@api.exception_handler(idempotency.AnsweredBefore)
def on_repetition(request: HttpRequest, before: Any) -> HttpResponse:
    return before.response  # type: ignore[no-any-return]


@api.exception_handler(ValidationError)
def on_invalid(request: HttpRequest, reason: Any) -> HttpResponse:
    """The first thing that is wrong with the request, in a sentence; all of them under ``errors``."""
    errors = [
        {"where": ".".join(str(part) for part in error["loc"][1:]) or "body", "message": error["msg"]}
        for error in reason.errors
    ]
    first = errors[0] if errors else {"where": "body", "message": "cannot be read"}
    in_body = bool(reason.errors) and reason.errors[0]["loc"][0] in ("body", "form", "file")
    name = first["where"].removeprefix("body.")
    missing = bool(reason.errors) and reason.errors[0]["type"] == "missing"
    sentence = f"`{name}` is required." if missing else f"`{name}` is not valid: {first['message']}."
    problem = Invalid(sentence, errors=errors)
    return problem_response(problem, problem.status if in_body else 400)


def _status(request: HttpRequest, status: int) -> int:
    """A request without content has none that cannot be processed: what is wrong with it is its address (RFC
    9110, 15.5.1 and 15.5.21).
    """
    return 400 if status == Invalid.status and request.method in ("GET", "HEAD", "DELETE") else status


@api.exception_handler(AuthenticationError)
def on_stranger(request: HttpRequest, reason: Any) -> HttpResponse:
    response = problem_response(
        NotSignedIn(
            "Authentication required: send an API key or an access token as “Authorization: Bearer …”."
        )
    )
    response["WWW-Authenticate"] = "Bearer"
    return response


@api.exception_handler(HttpError)
def on_http_error(request: HttpRequest, reason: Any) -> HttpResponse:
    return problem_response(
        Invalid(f"{str(reason).rstrip('.')}.", code="request_invalid"), reason.status_code
    )


@api.exception_handler(Exception)
def on_defect(request: HttpRequest, reason: Any) -> HttpResponse:
    away = database_away(reason)
    if away:
        return problem_response(away)
    log.exception("API: %s %s", request.method, request.path, exc_info=reason)
    return problem_response(
        Problem(
            "Internal error. Try again or contact the operator.",
            code="server_error",
        ),
        500,
    )


@csrf_exempt
def not_found(request: HttpRequest, **_: Any) -> HttpResponse:
    """An address below /api/ that is none."""
    return problem_response(NotFound("Endpoint not found. See /api/docs."))
