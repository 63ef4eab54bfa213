"""The stub's doors on the content origin: asking for a launch, and reporting what the customer's LMS kept.

Called by script from the customer's LMS, so any origin may read the answers; the stub key identifies the dispatch, its limits decide, and a
receipt needs the token that its launch was given.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse

from heliograph.core import cors, json
from heliograph.core.counters import measured
from heliograph.core.errors import Problem, TooLarge
from heliograph.dispatch import callback, launching, relay
from heliograph.dispatch.errors import ReportUnreadable

LARGEST_BODY = 256 * 1024


def _door(view: Callable[[HttpRequest, str], dict[str, Any]]) -> Callable[[HttpRequest, str], HttpResponse]:
    """Opens a view to scripts of any origin; a problem keeps its code and sentence."""

    @wraps(view)
    def opened(request: HttpRequest, stub_key: str) -> HttpResponse:
        if request.method == "OPTIONS":
            response = HttpResponse(status=204, headers=dict(cors.preflight("POST", "Content-Type", *cors.asked(request.headers))))
        else:
            response = HttpResponse(msgspec.json.encode(view(request, stub_key)), content_type="application/json")
        for name, value in cors.answer(request.headers.get("Origin", ""), cookies=False):
            response[name] = value
        response["Cache-Control"] = "no-store"
        return response

    return opened


@_door
def launch(request: HttpRequest, stub_key: str) -> dict[str, Any]:
    """Where the player opens for the learner the LMS named, or the reason why it does not."""
    with measured("launch"):
        return launching.launch(
            stub_key,
            _read(request, launching.LaunchRequest),
            request.headers.get("Origin", ""),
            request.headers.get("Host", ""),
            request.headers.get("Sec-Fetch-Site", "") == "same-origin",
        )


@_door
def receipts(request: HttpRequest, stub_key: str) -> dict[str, Any]:
    """Take in relay receipts."""
    return relay.take_receipts(stub_key, _read(request, relay.Report), request.headers.get("Origin", ""))


@_door
def events(request: HttpRequest, stub_key: str) -> dict[str, Any]:
    """Take in what an embedded package reports; the token says of which session."""
    with measured("callback"):
        return callback.take(callback.read(_body(request)))


def _read(request: HttpRequest, kind: Any) -> Any:
    try:
        return json.read(_body(request), kind)
    except ValueError as reason:
        raise ReportUnreadable(f"This message cannot be read: {reason}.") from None


def _body(request: HttpRequest) -> bytes:
    if request.method != "POST":
        raise Problem("This address takes POST.", code="method_not_allowed")
    raw = request.read(LARGEST_BODY + 1)
    if len(raw) > LARGEST_BODY:
        raise TooLarge("This message is larger than 256 KB.")
    return raw
