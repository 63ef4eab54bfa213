"""The API: every part's routes under one OpenAPI document at /api/docs; whatever goes wrong is a problem document."""

import logging
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.parser import Parser

import heliograph
from heliograph.accounts import api as accounts
from heliograph.accounts import idempotency
from heliograph.config.origins import problem_response
from heliograph.config.outage import database_away
from heliograph.core import json, openapi
from heliograph.core.errors import Invalid, NotFound, NotSignedIn, Problem
from heliograph.courses import api as courses
from heliograph.dispatch import api as dispatch
from heliograph.dispatch import callback_api, canary_api, deployment_api, licence_api
from heliograph.dispatch import outgoing_api as outgoing
from heliograph.insights import api as insights
from heliograph.insights import records_api
from heliograph.lrs import api as records
from heliograph.lrs import people_api
from heliograph.lrs.pipes import api as pipes
from heliograph.runtime import api as runtime

log = logging.getLogger(__name__)


class BodyParser(Parser):
    """Reads bodies as JSON that can be stored."""

    def parse_body(self, request: HttpRequest) -> Any:
        return json.read(request.body)


class DescribedAPI(NinjaAPI):
    """An API whose OpenAPI document tells how its problems look."""

    def get_openapi_schema(self, *given: Any, **named: Any) -> Any:
        return openapi.completed(super().get_openapi_schema(*given, **named))


api = DescribedAPI(
    parser=BodyParser(),
    title="Heliograph",
    version=heliograph.VERSION,
    description=(
        "Import a course once, dispatch it into any customer's LMS, and see every result. Sign in with an API key or an access token as a bearer. "
        "Lists are paged by cursor. A POST with an `Idempotency-Key` is done once, however often it is sent within a day. "
        "Errors are problem documents (RFC 9457) with a stable `code`."
    ),
    urls_namespace="api",
)
api.add_decorator(idempotency.in_one_transaction, mode="view")
api.add_decorator(idempotency.once, mode="operation")
api.add_router("/token", accounts.tokens)
api.add_router("/org", accounts.organisation)
api.add_router("/org", records_api.router)
api.add_router("/org", people_api.router)
api.add_router("/org", records.organisation)
api.add_router("/courses", courses.router)
api.add_router("/imports", courses.imports)
api.add_router("/destinations", dispatch.destinations)
api.add_router("/dispatch/callback", callback_api.router)
api.add_router("/destinations", outgoing.destinations)
api.add_router("/deployments", outgoing.deployments)
api.add_router("/dispatch", dispatch.router)
api.add_router("/courses", canary_api.router)
api.add_router("/destinations", licence_api.of_destination)
api.add_router("/dispatch", licence_api.of_dispatch)
api.add_router("/dispatch", deployment_api.of_dispatch)
api.add_router("/licences", licence_api.licences)
api.add_router("/deployments", deployment_api.deployments)
api.add_router("", insights.router)
api.add_router("/dispatch", outgoing.router)
api.add_router("/registrations", runtime.router)
api.add_router("/registrations", outgoing.registrations)
api.add_router("/launch", runtime.launches)
api.add_router("/org/pipes", pipes.router)


@api.exception_handler(Problem)
def on_problem(request: HttpRequest, problem: Any) -> HttpResponse:
    return problem_response(problem)


@api.exception_handler(idempotency.AnsweredBefore)
def on_repetition(request: HttpRequest, before: Any) -> HttpResponse:
    return before.response  # type: ignore[no-any-return]


@api.exception_handler(ValidationError)
def on_invalid(request: HttpRequest, reason: Any) -> HttpResponse:
    """The first thing that is wrong with the request, in a sentence; all of them under ``errors``."""
    errors = [{"where": ".".join(str(part) for part in error["loc"][1:]) or "body", "message": error["msg"]} for error in reason.errors]
    first = errors[0] if errors else {"where": "body", "message": "cannot be read"}
    return problem_response(Invalid(f"“{first['where']}” is not as it should be: {first['message']}.", errors=errors))


@api.exception_handler(AuthenticationError)
def on_stranger(request: HttpRequest, reason: Any) -> HttpResponse:
    response = problem_response(NotSignedIn("Sign in first: send an API key or an access token as “Authorization: Bearer …”."))
    response["WWW-Authenticate"] = "Bearer"
    return response


@api.exception_handler(HttpError)
def on_http_error(request: HttpRequest, reason: Any) -> HttpResponse:
    return problem_response(Invalid(f"{str(reason).rstrip('.')}.", code="request_invalid"), reason.status_code)


@api.exception_handler(Exception)
def on_defect(request: HttpRequest, reason: Any) -> HttpResponse:
    away = database_away(reason)
    if away:
        return problem_response(away)
    log.exception("API: %s %s", request.method, request.path, exc_info=reason)
    return problem_response(
        Problem("Something went wrong on our side. Try again; if it stays, tell the operator.", code="server_error"),
        500,
    )


@csrf_exempt
def not_found(request: HttpRequest, **_: Any) -> HttpResponse:
    """An address below /api/ that is none."""
    return problem_response(NotFound("There is no such address in the API. /api/docs lists them all."))
