"""The callback on the app's origin: packages prove themselves by their session's token, servers by a
signature (standardwebhooks).
"""

from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Router
from standardwebhooks import Webhook, WebhookVerificationError

from heliograph.core.counters import measured
from heliograph.core.errors import TooLarge
from heliograph.core.ids import parse_id
from heliograph.core.web import cors
from heliograph.core.web.schemas import problems
from heliograph.dispatch.embedded import callback
from heliograph.dispatch.errors import SignatureInvalid, SignatureMissing
from heliograph.dispatch.models import Dispatch

LARGEST_BODY = 2**20
HEADERS = ("webhook-id", "webhook-timestamp", "webhook-signature")
router = Router(tags=["Callback"])


@router.post(
    "",
    response={200: dict[str, Any], **problems(401, 404, 413, 422, 429)},
    summary="Report events of an embedded package",
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": {
                        "type": "object",
                        "required": ["events"],
                        "properties": {
                            "token": {
                                "type": "string",
                                "description": "From the handshake. Messages without a token must be signed.",
                            },
                            "dispatch": {
                                "type": "string",
                                "description": "Dispatch ID, for signed messages.",
                            },
                            "session": {
                                "type": "string",
                                "description": "Session ID, for signed messages.",
                            },
                            "events": {
                                "type": "array",
                                "items": {
                                    "type": "object",
                                    "required": ["sequence", "kind"],
                                    "properties": {
                                        "sequence": {"type": "integer", "minimum": 1},
                                        "kind": {"type": "string", "enum": ["state", "end"]},
                                        "ago": {
                                            "type": "integer",
                                            "description": "Milliseconds before this message.",
                                        },
                                        "body": {"type": "object"},
                                    },
                                },
                            },
                        },
                    }
                }
            },
        }
    },
)
def report_events(request: HttpRequest, response: HttpResponse) -> Any:
    """Each event is stored once, whatever the order and the number of deliveries.

    Any origin can use a session's token; there are no cookies.
    """
    _let_pages_read(request, response)
    response["Cache-Control"] = "no-store"
    raw = request.read(LARGEST_BODY + 1)
    if len(raw) > LARGEST_BODY:
        raise TooLarge("This message is larger than 1 MB.")
    message = callback.read(raw)
    with measured("callback"):
        return callback.take(message) if message.token else _take_signed(request, raw, message)


@router.api_operation(["OPTIONS"], "", response={204: None}, include_in_schema=False)
def allow(request: HttpRequest, response: HttpResponse) -> Any:
    """What a browser asks first where the message is sent as JSON."""
    _let_pages_read(request, response)
    for name, value in cors.preflight("POST", "Content-Type", *cors.asked(request.headers)):
        response[name] = value
    response.status_code = 204
    return response


def _let_pages_read(request: HttpRequest, response: HttpResponse) -> None:
    """The app's origin, where this door is, has cookies: pages elsewhere get its answers only without."""
    for name, value in cors.answer(request.headers.get("Origin", ""), cookies=True):
        response[name] = value


def _take_signed(request: HttpRequest, raw: bytes, message: callback.Message) -> dict[str, Any]:
    """The events of a server that holds the dispatch's secret.

    Raises `SignatureMissing`, `SignatureInvalid`, `SessionNotFound`.
    """
    headers = {name: request.headers.get(name, "") for name in HEADERS}
    if not all(headers.values()):
        raise SignatureMissing("Send the session's token, or sign the message with the dispatch's secret.")
    dispatch = parse_id(message.dispatch)
    secret = (
        Dispatch.objects.filter(id=dispatch).values_list("signing_secret", flat=True).first()
        if dispatch
        else ""
    )
    if not secret:
        raise SignatureInvalid(
            "Unknown dispatch or no signing secret. Create a secret on the page of the dispatch."
        )
    try:
        Webhook(secret).verify(raw, headers, json_parse=False)
    except (WebhookVerificationError, ValueError, RuntimeError):
        raise SignatureInvalid(
            "Signature or timestamp is invalid. Sign the message again with the dispatch's secret."
        ) from None
    session = parse_id(message.session)
    route = callback.route_of(session) if session else None
    if route is None or route.dispatch_id != dispatch:
        raise callback.gone()
    return callback.store(route, message.events)
