"""The WSGI application that the web processes serve: Django, with one door in front of it.

Commits are most of what a busy server hears. They need a token and a body and nothing of Django's request, whose making would cost as much as the
commit itself, so they are answered before one is made.
"""

import os
from collections.abc import Callable, Iterable
from typing import Any

from django.core.wsgi import get_wsgi_application

from heliograph.config.supervisor import end_with_web_server

end_with_web_server()
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "heliograph.config.settings")
django = get_wsgi_application()

from django.conf import settings  # noqa: E402
from django.db import InterfaceError, OperationalError, connection  # noqa: E402

from heliograph.config.origins import is_content_host, problem_response  # noqa: E402
from heliograph.core.errors import Problem  # noqa: E402
from heliograph.runtime.play import LARGEST_BODY, acknowledge  # noqa: E402

StartResponse = Callable[..., Any]
HEADERS = [
    ("Content-Type", "application/json"),
    ("Cache-Control", "no-store"),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
]


def application(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
    """Answer a commit here, all else by Django."""
    token = _commit_token(environ)
    if token is None:
        return django(environ, start_response)
    try:
        answer = _acknowledge(token, environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])))
    except Problem as problem:
        response = problem_response(problem)
        start_response(f"{response.status_code} {response.reason_phrase}", list(response.items()))
        return [response.content]
    start_response("200 OK", [*HEADERS, ("Content-Length", str(len(answer)))])
    return [answer]


def _commit_token(environ: dict[str, Any]) -> str | None:
    """The token of a well-formed commit; None for everything that Django should look at."""
    before, _, rest = environ["PATH_INFO"].partition("/play/")
    token, _, door = rest.partition("/")
    length = environ.get("CONTENT_LENGTH") or ""
    ordinary = environ["REQUEST_METHOD"] == "POST" and length.isdigit() and int(length) <= LARGEST_BODY
    if before or door != "commit" or not ordinary or not is_content_host(environ.get("HTTP_HOST", ""), settings.HELIOGRAPH.content_host):
        return None
    return token


def _acknowledge(token: str, body: bytes) -> bytes:
    """Twice, where the database had gone away since this thread last asked it: a commit may be applied again at no cost."""
    try:
        return acknowledge(token, body)
    except (OperationalError, InterfaceError):
        connection.close()
        return acknowledge(token, body)
