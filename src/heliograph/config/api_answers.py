"""What every answer of the API has alike, whichever route gave it."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase

from heliograph.config.origins import problem_response
from heliograph.core.errors import Problem

ROOT = "/api/"


class MethodNotAllowed(Problem):
    code, status, title = "method_not_allowed", 405, "Method not allowed"


class ApiMiddleware:
    """A method that a route has not is a problem document, too; and whoever has a key is told how much it may
    still ask.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if response.status_code == 405 and request.path.startswith(ROOT):
            allowed = response["Allow"]
            response = problem_response(
                MethodNotAllowed(f"{request.method} is not allowed here. Allowed: {allowed}.")
            )
            response["Allow"] = allowed
        if left := getattr(request, "rate", None):
            response["RateLimit-Limit"], response["RateLimit-Remaining"] = (
                str(left.limit),
                str(left.remaining),
            )
            response["RateLimit-Reset"] = str(left.seconds)
        return response
