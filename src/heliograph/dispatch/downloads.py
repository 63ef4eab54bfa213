"""Downloading a dispatch's package, counted and journalled; an embedded one is streamed as it is made."""

from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse

from heliograph.core.actor import Actor
from heliograph.core.counters import measured
from heliograph.core.ids import slug
from heliograph.dispatch import actions
from heliograph.dispatch.models import Dispatch
from heliograph.dispatch.package import builder, embedding
from heliograph.dispatch.package.streaming import ZipStream


def package(actor: Actor, dispatch: Dispatch, format: str, mode: str) -> HttpResponseBase:
    """The zip for the customer's LMS, named after the dispatch. Raises `FormatNotOffered`, `NotEmbeddable`."""
    kind = name_of(format, mode)
    with measured("download"):
        with measured("package"):
            built = build(dispatch, format, mode)
        actions.record_download(actor, dispatch, kind)
    response = (StreamingHttpResponse if isinstance(built, ZipStream) else HttpResponse)(built, content_type="application/zip")
    response["Content-Length"] = str(len(built))
    response["Content-Disposition"] = f'attachment; filename="{slug(dispatch.name, dispatch.key)}-{kind}.zip"'
    return response


def build(dispatch: Dispatch, format: str, mode: str) -> bytes | ZipStream:
    """The package of this mode. Without a format: SCORM 1.2, or, for an embedded one, the course's own."""
    if mode == "embedded":
        return embedding.build(dispatch, format)
    return builder.build(dispatch, format or "scorm12", mode)


def name_of(format: str, mode: str) -> str:
    """What the journal and the file's name call a package."""
    return format or {"hosted": "scorm12"}.get(mode, mode)
