"""Requests that packages send from customers' LMSs: any origin may read the answers, and a problem keeps its
code.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse

from heliograph.core import json
from heliograph.core.errors import Problem, TooLarge
from heliograph.core.web import cors
from heliograph.dispatch.errors import MessageUnreadable

LARGEST_BODY = 256 * 1024


def open_to_lms(
    view: Callable[[HttpRequest, str], dict[str, Any]],
) -> Callable[[HttpRequest, str], HttpResponse]:
    """Opens a view to scripts of any origin; a problem keeps its code and sentence."""

    @wraps(view)
    def opened(request: HttpRequest, stub_key: str) -> HttpResponse:
        if request.method == "OPTIONS":
            response = HttpResponse(
                status=204, headers=dict(cors.preflight("POST", "Content-Type", *cors.asked(request.headers)))
            )
        else:
            response = HttpResponse(
                msgspec.json.encode(view(request, stub_key)), content_type="application/json"
            )
        for name, value in cors.answer(request.headers.get("Origin", ""), cookies=False):
            response[name] = value
        response["Cache-Control"] = "no-store"
        return response

    return opened


def read_message(request: HttpRequest, kind: Any) -> Any:
    """The message in a request's body, as a ``kind``. Raises `MessageUnreadable`, `TooLarge`."""
    try:
        return json.read(read_body(request), kind)
    except ValueError as reason:
        raise MessageUnreadable(f"This message cannot be read: {reason}.") from None


def read_body(request: HttpRequest) -> bytes:
    """A POST's body. Raises `TooLarge`."""
    if request.method != "POST":
        raise Problem("This address takes POST.", code="method_not_allowed")
    raw = request.read(LARGEST_BODY + 1)
    if len(raw) > LARGEST_BODY:
        raise TooLarge("This message is larger than 256 KB.")
    return raw
