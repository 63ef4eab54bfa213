"""Serving the files of a course version on the content origin.

An address is ``/c/<content token>/<path>``: the token says which version and until when, and stays the same
for a day, so that browsers keep what they fetched. Bytes go out as they lie in the package: a deflated entry
becomes a gzip body by its header and trailer alone.
"""

import mimetypes
import re
import struct
from collections.abc import Iterator
from typing import IO
from urllib.parse import quote
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotModified

from heliograph.core import clock, storage
from heliograph.core.secrets import tokens
from heliograph.core.web.streamed_answers import Blocks
from heliograph.courses import queries
from heliograph.courses.errors import FileNotThere
from heliograph.courses.limits import shown
from heliograph.courses.models import CourseFile
from heliograph.courses.serving import encodings
from heliograph.courses.serving.seeking import inflated_from

PURPOSE = "content"
DAY = 86_400
BLOCK = 256 * 1024
# Hosts of films refuse to be embedded by a page that sends no referrer; what they get is the origin, never a
# token.
REFERRER_POLICY = "strict-origin-when-cross-origin"
GZIP_HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
TYPES = {
    ".js": "text/javascript",
    ".mjs": "text/javascript",
    ".htm": "text/html",
    ".html": "text/html",
    ".xhtml": "application/xhtml+xml",
    ".svg": "image/svg+xml",
    ".json": "application/json",
    ".woff": "font/woff",
    ".woff2": "font/woff2",
    ".webp": "image/webp",
    ".wasm": "application/wasm",
    ".vtt": "text/vtt",
    ".m4a": "audio/mp4",
    ".m4v": "video/mp4",
    ".xml": "text/xml",
    ".xsd": "text/xml",
    ".dtd": "text/plain",
    ".php": "text/html",
    ".aspx": "text/html",
}


def address(version_id: UUID, path: str) -> str:
    """Where a version's file is on the content origin, for at least a day."""
    expires = (clock.epoch_seconds() // DAY + 2) * DAY
    token = tokens.sign(settings.SECRET_KEY.encode(), PURPOSE, version_id, expires)
    return f"/c/{token}/{quote(path)}"


def serve(request: HttpRequest, token: str, path: str) -> HttpResponseBase:
    """The file, whole or the range asked for (RFC 9110, section 14)."""
    version_id, _ = tokens.verify(settings.SECRET_KEY.encode(), PURPOSE, token, clock.epoch_seconds())
    file = queries.file(queries.frozen(version_id), path)
    if file is None:
        raise FileNotThere(
            f"File {shown(path)} not found in this course. Go back, and contact whoever gave you the course."
        )
    tag = f'"{file.sha256[:32]}"'
    if tag in request.headers.get("If-None-Match", ""):
        response: HttpResponseBase = HttpResponseNotModified()
    else:
        response = _whole_or_range(request, file)
    response["ETag"] = tag
    response["Cache-Control"] = "private, max-age=86400"
    response["Vary"] = "Accept-Encoding"
    response["Referrer-Policy"] = REFERRER_POLICY
    return response


def content_type(path: str) -> str:
    """The media type by the file's name; no charset, so that a page's own declaration counts."""
    ending = "." + path.rsplit(".", 1)[-1].lower() if "." in path else ""
    return TYPES.get(ending) or mimetypes.guess_type(path)[0] or "application/octet-stream"


def read_whole(file: CourseFile) -> Iterator[bytes]:
    """The file's content in blocks, inflated."""
    if file.deflated:
        yield from inflated_from(file, 0)
        return
    with storage.open_blob(file.organization_id, file.blob) as blob:
        blob.seek(file.offset)
        yield from _raw(blob, file.stored_bytes)


def _whole_or_range(request: HttpRequest, file: CourseFile) -> HttpResponseBase:
    """Whole or in part; what was compressed before it was packed keeps its coding, and its parts are parts of
    that."""
    own_coding = _own_coding(file)
    asked = _range(request.headers.get("Range", ""), file.size)
    if asked is not None:
        response = _part(file, *asked)
    elif (
        file.deflated and not own_coding and encodings.takes_gzip(request.headers.get("Accept-Encoding", ""))
    ):
        response = _answer(_as_gzip(file), file, len(GZIP_HEADER) + file.stored_bytes + 8)
        response["Content-Encoding"] = "gzip"
    else:
        response = _answer(read_whole(file), file, file.size)
        response["Accept-Ranges"] = "bytes"
    if own_coding:
        response["Content-Encoding"] = own_coding
    return response


def _own_coding(file: CourseFile) -> str:
    if encodings.inner_name(file.path) == file.path:
        return ""
    return encodings.coding(file.path, b"".join(_slice(file, 0, min(file.size, encodings.HEAD))))


def _answer(blocks: Iterator[bytes], file: CourseFile, length: int, status: int = 200) -> HttpResponseBase:
    small = length <= BLOCK
    response = (HttpResponse if small else Blocks)(
        b"".join(blocks) if small else blocks,
        status=status,
        content_type=content_type(encodings.inner_name(file.path)),
    )
    response["Content-Length"] = str(length)
    return response


def _as_gzip(file: CourseFile) -> Iterator[bytes]:
    """The deflated bytes as they lie, between a gzip header and trailer (RFC 1952)."""
    yield GZIP_HEADER
    with storage.open_blob(file.organization_id, file.blob) as blob:
        blob.seek(file.offset)
        yield from _raw(blob, file.stored_bytes)
    yield struct.pack("<LL", file.crc32, file.size & 0xFFFFFFFF)


def _part(file: CourseFile, first: int, last: int) -> HttpResponseBase:
    if first > last:
        response: HttpResponseBase = HttpResponse(status=416)
        response["Content-Range"] = f"bytes */{file.size}"
        return response
    response = _answer(_slice(file, first, last + 1 - first), file, last + 1 - first, status=206)
    response["Content-Range"] = f"bytes {first}-{last}/{file.size}"
    return response


def _slice(file: CourseFile, first: int, length: int) -> Iterator[bytes]:
    if not file.deflated:
        with storage.open_blob(file.organization_id, file.blob) as blob:
            blob.seek(file.offset + first)
            yield from _raw(blob, length)
        return
    for piece in inflated_from(file, first):
        yield piece[:length]
        length -= len(piece)
        if length <= 0:
            return


def _raw(blob: IO[bytes], length: int) -> Iterator[bytes]:
    while length and (block := blob.read(min(BLOCK, length))):
        length -= len(block)
        yield block


def _range(header: str, size: int) -> tuple[int, int] | None:
    """First and last byte of a single range; first > last where it cannot be satisfied; None where none is
    asked.
    """
    asked = re.fullmatch(r"bytes=([0-9]{0,18})-([0-9]{0,18})", header.strip())
    if not asked or asked.groups() == ("", ""):
        return None
    start, end = asked.groups()
    if not start:
        return max(0, size - int(end)), size - 1
    return int(start), min(int(end) if end else size - 1, size - 1)
