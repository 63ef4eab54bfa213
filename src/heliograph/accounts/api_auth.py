"""Signing in to the API: an API key or access token as a bearer, or the session of a page (with its CSRF
token).
"""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from ninja.security import APIKeyCookie, HttpBearer

from heliograph.accounts import queries, second_factor
from heliograph.accounts.api_key_limits import count_request, refuse_beyond_limit
from heliograph.core import scope
from heliograph.core.actor import Actor


class Bearer(HttpBearer):
    openapi_description = "An API key (`hg_…`) or an access token from `POST /api/token`."

    def authenticate(self, request: HttpRequest, token: str) -> Actor:
        request.actor = actor = queries.actor_of_bearer(token)  # type: ignore[attr-defined]
        request.rate = remaining = count_request(actor)  # type: ignore[attr-defined]
        refuse_beyond_limit(remaining)
        scope.act_as(actor)
        return actor


class SessionAuth(APIKeyCookie):
    param_name = settings.SESSION_COOKIE_NAME
    openapi_description = (
        "The session cookie of a user who is signed in to the website; "
        "requests that change something also need the CSRF token."
    )

    def authenticate(self, request: HttpRequest, key: str | None) -> Any:
        if request.second_factor_missing:  # type: ignore[attr-defined]
            second_factor.refuse_without(request.member)  # type: ignore[attr-defined]
        scope.act_as(request.actor)  # type: ignore[attr-defined]
        return request.actor  # type: ignore[attr-defined]


SIGNED_IN = [Bearer(), SessionAuth(csrf=True)]
