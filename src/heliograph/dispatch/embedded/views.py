"""The door for what embedded packages report, on the content origin."""

from typing import Any

from django.http import HttpRequest

from heliograph.core.counters import measured
from heliograph.dispatch.embedded import callback
from heliograph.dispatch.lms_requests import open_to_lms, read_body


@open_to_lms
def events(request: HttpRequest, stub_key: str) -> dict[str, Any]:
    """Take in what an embedded package reports; the token says of which session."""
    with measured("callback"):
        return callback.take(callback.read(read_body(request)))
