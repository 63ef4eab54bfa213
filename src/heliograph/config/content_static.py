"""The player's own files on the content origin, and the colors of all pages: nothing of the back office can
be read from there.
"""

from pathlib import Path

from django.contrib.staticfiles import finders
from django.core.exceptions import SuspiciousFileOperation
from django.http import FileResponse, HttpRequest
from django.utils.http import http_date, parse_http_date_safe

from heliograph.core.errors import NotFound
from heliograph.courses.serving.content import content_type

PUBLIC = ("runtime/", "ui/tokens.css")


def serve(request: HttpRequest, path: str) -> FileResponse:
    """A file of the player, with its time of change; the browser always asks again and mostly hears 304."""
    try:
        location = finders.find(path) if path.startswith(PUBLIC) else None
    except SuspiciousFileOperation:  # it leads out of the folder
        location = None
    if not location:
        raise NotFound("There is nothing at this address.")
    changed = int(Path(location).stat().st_mtime)
    if parse_http_date_safe(request.headers.get("If-Modified-Since", "")) == changed:
        return FileResponse(status=304)
    response = FileResponse(open(location, "rb"), content_type=content_type(path))  # noqa: SIM115 - the response closes it
    response["Last-Modified"] = http_date(changed)
    response["Cache-Control"] = "no-cache"
    return response
