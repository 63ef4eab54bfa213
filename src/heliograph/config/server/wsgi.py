"""The WSGI application that the web processes serve: Django, with two doors in front of it.

Commits, and the events of embedded packages, are most of what a busy server hears. They need a token and a
body and nothing of Django's request, whose making would cost as much as they do, so they are answered before
one is made.
"""

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import psycopg
from django.core.exceptions import SynchronousOnlyOperation
from django.core.wsgi import get_wsgi_application

from heliograph.config.server.supervisor import end_with_web_server

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "heliograph.config.settings")
django = get_wsgi_application()

from django.conf import settings  # noqa: E402
from django.db import connection  # noqa: E402

from heliograph.config import own_origin  # noqa: E402
from heliograph.config.origins import problem_response  # noqa: E402
from heliograph.config.outage import database_away  # noqa: E402
from heliograph.config.server.rsgi import Front  # noqa: E402
from heliograph.core.database.prepared import AWAY  # noqa: E402
from heliograph.core.errors import Problem  # noqa: E402
from heliograph.core.web.hosts import is_content_host, label_of  # noqa: E402
from heliograph.dispatch.embedded.callback import answer as answer_events  # noqa: E402
from heliograph.dispatch.lms_requests import LARGEST_BODY as LARGEST_MESSAGE  # noqa: E402
from heliograph.lrs import hooks  # noqa: E402
from heliograph.lrs.messages import ROOT as STORE  # noqa: E402
from heliograph.lrs.xapi.app import application as record_store  # noqa: E402
from heliograph.runtime.commits import RowOf  # noqa: E402
from heliograph.runtime.views import LARGEST_BODY, acknowledge, acknowledge_alone  # noqa: E402

hooks.database_outage.connect(database_away)
StartResponse = Callable[..., Any]
HEADERS = [
    ("Content-Type", "application/json"),
    ("Cache-Control", "no-store"),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
]
FOR_ANY_ORIGIN = ("Access-Control-Allow-Origin", "*")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """What answers a body, and with which headers."""

    answer: Callable[[bytes], bytes]
    headers: list[tuple[str, str]]


def application(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
    """Answer commits, events and the record store's requests here, all else by Django."""
    if _is_for_the_store(environ):
        return record_store(environ, start_response)
    door = _door(environ)
    if door is None:
        return django(environ, start_response)
    try:
        answer = _twice(door.answer, environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])))
    except (Problem, *AWAY) as reason:
        problem = reason if isinstance(reason, Problem) else database_away(reason)
        assert problem is not None  # noqa: S101 - these are the errors it knows
        response = problem_response(problem)
        start_response(f"{response.status_code} {response.reason_phrase}", list(response.items()))
        return [response.content]
    start_response("200 OK", [*door.headers, ("Content-Length", str(len(answer)))])
    return [answer]


def _is_for_the_store(environ: dict[str, Any]) -> bool:
    """Whether a request is for the record store, which both origins have: nothing but its Authorization
    header lets it in.
    """
    if not environ["PATH_INFO"].startswith(f"{STORE}/"):
        return False
    host = environ.get("HTTP_HOST", "")
    return is_content_host(host, settings.HELIOGRAPH.content_host) or is_content_host(
        host, urlsplit(settings.HELIOGRAPH.url).hostname or ""
    )


def _door(environ: dict[str, Any]) -> Endpoint | None:
    """The door that a well-formed commit or message is sent to; None for everything that Django should look
    at.
    """
    parts, length = environ["PATH_INFO"].split("/"), environ.get("CONTENT_LENGTH") or ""
    ordinary = environ["REQUEST_METHOD"] == "POST" and length.isdecimal() and len(parts) == 4 and not parts[0]
    if not ordinary or not is_content_host(environ.get("HTTP_HOST", ""), settings.HELIOGRAPH.content_host):
        return None
    match parts[1], parts[3]:
        case "play", "commit" if int(length) <= LARGEST_BODY:
            return Endpoint(partial(_commit, environ["HTTP_HOST"], parts[2]), HEADERS)
        case "d", "events" if int(length) <= LARGEST_MESSAGE:
            return Endpoint(answer_events, [*HEADERS, FOR_ANY_ORIGIN])
    return None


def _commit(host: str, token: str, body: bytes) -> bytes:
    own_origin.refuse_others(host, own_origin.of_launch, token)
    return acknowledge(token, body)


def _twice(answering: Callable[[bytes], bytes], body: bytes) -> bytes:
    """Twice, where the database had gone away since this thread last asked it: both may be applied again at
    no cost.
    """
    try:
        return answering(body)
    except AWAY:
        connection.close()
        return answering(body)


async def commit_alone(
    path: str, host: str, body: bytes, row_of: RowOf
) -> tuple[list[tuple[str, str]], bytes] | None:
    """The answer to most commits, without a thread: headers and body.

    None for all else, which `application` answers from the beginning.
    """
    parts = path.split("/")
    if (
        len(parts) != 4
        or parts[1] != "play"
        or parts[3] != "commit"
        or not is_content_host(host, settings.HELIOGRAPH.content_host)
    ):
        return None
    label = label_of(host)
    try:
        answer = await acknowledge_alone(
            parts[2], body, lambda course_id: label in (None, course_id.hex), row_of
        )
    except (Problem, psycopg.Error, *AWAY, SynchronousOnlyOperation):
        return None
    return (HEADERS, answer) if answer else None


def front() -> Front:
    """What a web process serves."""
    end_with_web_server()
    return Front(application, commit_alone)
