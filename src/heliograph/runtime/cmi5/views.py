"""What an AU reads and writes besides statements, looked at before the record store answers; and the door
where it fetches its token.
"""

import re
from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse

from heliograph.core import clock
from heliograph.core.web import cors
from heliograph.lrs.access import WRITE, Access
from heliograph.lrs.errors import CredentialRefused
from heliograph.lrs.messages import Request
from heliograph.lrs.rules import values
from heliograph.runtime.cmi5 import sessions
from heliograph.runtime.cmi5.errors import AuRefused
from heliograph.runtime.cmi5.statements import LAUNCH_DATA, PREFERENCES
from heliograph.runtime.models import AuSession

READING = ("GET", "HEAD")


def fetch(request: HttpRequest, token: str) -> HttpResponse:
    """The token for a session's content, once; content may lie on any origin."""
    if request.method == "OPTIONS":
        response = HttpResponse(
            status=204,
            headers=dict(cors.preflight("POST, OPTIONS", "Content-Type", *cors.asked(request.headers))),
        )
    elif request.method == "POST":
        response = HttpResponse(msgspec.json.encode(sessions.fetch(token)), content_type="application/json")
    else:
        response = HttpResponse(status=405, headers={"Allow": "POST, OPTIONS"})
    response["Cache-Control"] = "no-store"
    for name, value in cors.answer(request.headers.get("Origin", ""), cookies=False):
        response[name] = value
    return response


def ask(request: Request, access: Access) -> None:
    """Refuse what a session's content may not do with documents (sections 10 and 11), and note that it read
    the learner's preferences.

    A request without a parameter that xAPI wants is left to the record store, which refuses it with 400.
    """
    reading = request.method in READING
    if WRITE not in access.scopes and (reading or request.resource != "activities/state"):
        raise CredentialRefused("This session has ended. Open the course again.")
    if request.resource == "activities/state" and not reading:
        _refuse_launch_data(request)
    elif (request.resource, request.query.get("profileId")) == ("agents/profile", PREFERENCES):
        if reading:
            AuSession.objects.filter(id=sessions.subject(access), prepared_at=None).update(
                prepared_at=clock.now()
            )
        else:
            _refuse_preferences(request)


def _refuse_launch_data(request: Request) -> None:
    every_one = LAUNCH_DATA if request.method == "DELETE" else ""
    if request.query.get("stateId", every_one) == LAUNCH_DATA:
        raise AuRefused(
            f"The state {LAUNCH_DATA} is read-only. Delete other states by their IDs (cmi5, section 10)."
        )


def _refuse_preferences(request: Request) -> None:
    if request.method == "DELETE":
        raise AuRefused("Learner preferences can be replaced, but not deleted (cmi5, section 11).")
    if not request.query.get("agent"):
        return
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    try:
        document = msgspec.json.decode(request.body) if media == "application/json" else None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        document = None
    if not _are_preferences(document):
        raise AuRefused(
            "Preferences must be JSON with languagePreference (language tags, separated by "
            "commas) and audioPreference (“on” or “off”; cmi5, section 11)."
        )


def _are_preferences(document: Any) -> bool:
    if not isinstance(document, dict) or document.get("audioPreference") not in ("on", "off"):
        return False
    languages = document.get("languagePreference")
    return isinstance(languages, str) and all(
        values.LANGUAGE.fullmatch(tag) for tag in re.split(r"\s*,\s*", languages.strip())
    )
