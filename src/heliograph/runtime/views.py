"""The player's doors on the content origin: its page, opening a launch, commits, and what an earlier launch
had not sent.

They take a token in the address and nothing else: no cookie, no session. Bodies are plain text, so that a
beacon may carry them and no preflight is needed.
"""

from typing import Any
from uuid import UUID

import msgspec
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

from heliograph.core import json
from heliograph.core.errors import NotFound, TooLarge
from heliograph.core.ids import parse_id
from heliograph.runtime import actions, commits, learner_pages, player_icons, sessions
from heliograph.runtime.errors import CommitUnreadable, LaunchNotFound, RegistrationNotFound
from heliograph.runtime.models import Launch, Registration

LARGEST_BODY = 5 * 2**20
_encode = msgspec.json.Encoder().encode


class OpenRequest(msgspec.Struct):
    """What the player knows of the page around it."""

    embedder: str = ""


class ReplayRequest(msgspec.Struct):
    """Commits that an earlier launch of this registration kept in the browser."""

    launch: str
    commits: list[commits.Commit]


def page(request: HttpRequest, token: str) -> HttpResponse:
    """The player itself."""
    registration_id, mode = actions.registration_of_session(token)
    registration = (
        Registration.objects.select_related("course", "organization").filter(id=registration_id).first()
    )
    if registration is None:
        raise RegistrationNotFound("This registration no longer exists. Request a new link.")
    boot = {
        "registration": str(registration.id),
        "session": token,
        "mode": mode,
        "tables": f"{settings.CONTENT_STATIC_URL}runtime/cmi/",
    }
    shown = learner_pages.shown(
        learner_pages.brand_of(registration), request.headers.get("Accept-Language", "")
    )
    boot |= {"texts": shown["texts"], "contact": shown["brand"].contact}
    html = render_to_string(
        "runtime/player.html",
        {
            **shown,
            "title": registration.course.title,
            "icons": player_icons.symbols(),
            "boot": boot,
            "static": settings.CONTENT_STATIC_URL,
        },
    )
    response = HttpResponse(html)
    response["Cache-Control"] = "no-store"
    response["Vary"] = "Accept-Language"
    return response


def returned(request: HttpRequest) -> HttpResponse:
    """Where a lesson leads when it is over: cmi5's returnURL."""
    response = HttpResponse(learner_pages.returned(request.headers.get("Accept-Language", "")))
    response["Cache-Control"] = "no-cache"
    response["Vary"] = "Accept-Language"
    return response


def open_(request: HttpRequest, token: str) -> HttpResponse:
    """Begin a launch: everything the player shows first."""
    registration_id, mode = actions.registration_of_session(token)
    asked = _read(request, OpenRequest)
    launch = actions.open_launch(registration_id, mode, asked.embedder)
    return _answer(sessions.begin(launch))


def commit(request: HttpRequest, token: str) -> HttpResponse:
    """Take in commits of a launch; the answer acknowledges the last of them."""
    return _json_response(acknowledge(token, _body(request)))


def acknowledge(token: str, body: bytes) -> bytes:
    """Take in a body of commits for the launch of this token; the acknowledgment as JSON."""
    launch_id, expires = actions.launch_of_commit_token(token)
    return _acknowledgment(launch_id, expires, commits.apply_commits(launch_id, commits.read_body(body)))


async def acknowledge_alone(
    token: str, body: bytes, is_here: commits.IsOwnOrigin, row_of: commits.RowOf
) -> bytes | None:
    """`acknowledge` for what `commits.apply_alone` takes; None for all else."""
    launch_id, expires = actions.launch_of_commit_token(token)
    answer = await commits.apply_alone(launch_id, commits.read_body(body), is_here, row_of)
    return _acknowledgment(launch_id, expires, answer) if answer else None


def _acknowledgment(launch_id: UUID, expires: int, answer: dict[str, Any]) -> bytes:
    if actions.half_spent(expires):
        answer = {**answer, "token": actions.commit_token(launch_id)}
    return _encode(answer)


def progress(request: HttpRequest, token: str) -> HttpResponse:
    """How far the learner of a launch has come, where its activity speaks to the record store itself."""
    launch_id, _ = actions.launch_of_commit_token(token)
    return _answer(commits.progress(launch_id))


def replay(request: HttpRequest, token: str) -> HttpResponse:
    """Take in what an earlier launch of the same registration kept and never had acknowledged."""
    registration_id, _ = actions.registration_of_session(token)
    asked = _read(request, ReplayRequest)
    launch_id = parse_id(asked.launch)
    if launch_id is None or not Launch.objects.filter(id=launch_id, registration_id=registration_id).exists():
        raise LaunchNotFound("Launch not found in this registration.")
    return _answer(commits.apply_commits(launch_id, asked.commits, replay=True))


def _body(request: HttpRequest) -> bytes:
    if request.method != "POST":
        raise NotFound("Not found.")
    if int(request.headers.get("Content-Length") or 0) > LARGEST_BODY:
        raise TooLarge("Commits can have up to 5 MB.")
    return request.read(LARGEST_BODY + 1)


def _read(request: HttpRequest, kind: Any) -> Any:
    try:
        return json.read(_body(request) or b"{}", kind)
    except ValueError as reason:
        raise CommitUnreadable(f"This request cannot be read: {reason}.") from None


def _answer(document: dict[str, Any]) -> HttpResponse:
    return _json_response(_encode(document))


def _json_response(content: bytes) -> HttpResponse:
    response = HttpResponse(content, content_type="application/json")
    response["Cache-Control"] = "no-store"
    return response
