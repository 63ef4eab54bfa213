"""The stub's doors on the content origin: asking for a launch, and reporting what the customer's LMS kept.

Called by script from the customer's LMS, so any origin may read the answers; the stub key identifies the
dispatch, its limits decide, and a receipt needs the token that its launch was given.
"""

from typing import Any

from django.http import HttpRequest

from heliograph.core.counters import measured
from heliograph.dispatch.hosted import actions, relay
from heliograph.dispatch.hosted.launch_request import LaunchRequest
from heliograph.dispatch.lms_requests import open_to_lms, read_message


@open_to_lms
def launch(request: HttpRequest, stub_key: str) -> dict[str, Any]:
    """Where the player opens for the learner the LMS named, or the reason why it does not."""
    with measured("launch"):
        return actions.launch(
            stub_key,
            read_message(request, LaunchRequest),
            request.headers.get("Origin", ""),
            request.headers.get("Host", ""),
            request.headers.get("Sec-Fetch-Site", "") == "same-origin",
        )


@open_to_lms
def receipts(request: HttpRequest, stub_key: str) -> dict[str, Any]:
    """Take in relay receipts."""
    return relay.take_receipts(
        stub_key, read_message(request, relay.RelayReport), request.headers.get("Origin", "")
    )
