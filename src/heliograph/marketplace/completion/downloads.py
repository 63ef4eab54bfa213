"""Files of claims as downloads from the content origin: what strangers sent never runs beside our cookies."""

from django.conf import settings
from django.http import FileResponse, HttpRequest, HttpResponseBase

from heliograph.core import clock
from heliograph.core.errors import NotFound
from heliograph.core.secrets import tokens
from heliograph.core.translation import gettext
from heliograph.marketplace.completion.files import open_file
from heliograph.marketplace.models import ClaimFile

GOOD_FOR = 60  # seconds: the browser is sent there at once
PURPOSE = "claim file"


def address(file: ClaimFile) -> str:
    """Where the file is downloaded within the next minute, for somebody who may see it."""
    token = tokens.sign(_secret(), PURPOSE, file.id, clock.epoch_seconds() + GOOD_FOR)
    return f"{settings.HELIOGRAPH.content_url.replace('*', file.id.hex)}/proof/{token}"


def download(request: HttpRequest, token: str) -> HttpResponseBase:
    """The file that a token was signed for. Raises `TokenRefused`, `TokenExpired` and `NotFound`."""
    file_id, _ = tokens.verify(_secret(), PURPOSE, token, clock.epoch_seconds())
    file = ClaimFile.objects.filter(id=file_id).first()
    if file is None:
        raise NotFound(gettext("This file no longer exists."))
    response = FileResponse(
        open_file(file), as_attachment=True, filename=file.name, content_type=file.content_type
    )
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cache-Control"] = "private, no-store"
    return response


def _secret() -> bytes:
    return settings.HELIOGRAPH.secret_key.encode()
