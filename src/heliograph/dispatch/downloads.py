"""Downloading a dispatch's package, counted and journalled."""

from django.http import HttpResponse

from heliograph.core.actor import Actor
from heliograph.core.counters import measured
from heliograph.core.ids import slug
from heliograph.dispatch import actions
from heliograph.dispatch.models import Dispatch
from heliograph.dispatch.package import builder


def package(actor: Actor, dispatch: Dispatch, format: str, mode: str) -> HttpResponse:
    """The zip for the customer's LMS, named after the dispatch. Raises `FormatNotOffered`."""
    with measured("download"):
        with measured("package"):
            built = builder.build(dispatch, format, mode)
        actions.record_download(actor, dispatch, format)
    response = HttpResponse(built, content_type="application/zip")
    response["Content-Disposition"] = f'attachment; filename="{slug(dispatch.name, dispatch.key)}-{format}.zip"'
    return response
