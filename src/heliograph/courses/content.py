"""Serving the files of a course version on the content origin.

An address is ``/c/<content token>/<path>``: the token says which version and until when, and stays the same for a day, so that browsers keep
what they fetched. Bytes go out as they lie in the package: a deflated entry becomes a gzip body by its header and trailer alone.
"""

import mimetypes
import re
import struct
import zlib
from collections.abc import Iterator
from typing import IO
from urllib.parse import quote
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotModified, StreamingHttpResponse

from heliograph.core import clock, storage, tokens
from heliograph.courses import queries
from heliograph.courses.errors import FileNotThere
from heliograph.courses.models import CourseFile

PURPOSE = "content"
DAY = 86_400
BLOCK = 256 * 1024
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
    found = queries.file(queries.frozen(version_id), path)
    if found is None:
        raise FileNotThere(f"The course has no file “{path}”.")
    tag = f'"{found.sha256[:32]}"'
    if tag in request.headers.get("If-None-Match", ""):
        response: HttpResponseBase = HttpResponseNotModified()
    else:
        response = _whole_or_range(request, found)
    response["ETag"] = tag
    response["Cache-Control"] = "private, max-age=86400"
    response["Vary"] = "Accept-Encoding"
    return response


def content_type(path: str) -> str:
    """The media type by the file's name; no charset, so that a page's own declaration counts."""
    ending = "." + path.rsplit(".", 1)[-1].lower() if "." in path else ""
    return TYPES.get(ending) or mimetypes.guess_type(path)[0] or "application/octet-stream"


def read_whole(found: CourseFile) -> Iterator[bytes]:
    """The file's content in blocks, inflated."""
    with storage.open_blob(found.organisation_id, found.blob) as blob:
        blob.seek(found.offset)
        yield from _inflated(blob, found.stored_bytes) if found.deflated else _raw(blob, found.stored_bytes)


def _whole_or_range(request: HttpRequest, found: CourseFile) -> HttpResponseBase:
    asked = _range(request.headers.get("Range", ""), found.size)
    if asked is not None:
        return _part(found, *asked)
    if found.deflated and "gzip" in request.headers.get("Accept-Encoding", ""):
        response = _answer(_as_gzip(found), found, len(GZIP_HEADER) + found.stored_bytes + 8)
        response["Content-Encoding"] = "gzip"
        return response
    response = _answer(read_whole(found), found, found.size)
    response["Accept-Ranges"] = "bytes"
    return response


def _answer(blocks: Iterator[bytes], found: CourseFile, length: int, status: int = 200) -> HttpResponseBase:
    small = length <= BLOCK
    response = (HttpResponse if small else StreamingHttpResponse)(
        b"".join(blocks) if small else blocks, status=status, content_type=content_type(found.path)
    )
    response["Content-Length"] = str(length)
    return response


def _as_gzip(found: CourseFile) -> Iterator[bytes]:
    """The deflated bytes as they lie, between a gzip header and trailer (RFC 1952)."""
    yield GZIP_HEADER
    with storage.open_blob(found.organisation_id, found.blob) as blob:
        blob.seek(found.offset)
        yield from _raw(blob, found.stored_bytes)
    yield struct.pack("<LL", found.crc32, found.size & 0xFFFFFFFF)


def _part(found: CourseFile, first: int, last: int) -> HttpResponseBase:
    if first > last:
        response: HttpResponseBase = HttpResponse(status=416)
        response["Content-Range"] = f"bytes */{found.size}"
        return response
    response = _answer(_slice(found, first, last + 1 - first), found, last + 1 - first, status=206)
    response["Content-Range"] = f"bytes {first}-{last}/{found.size}"
    return response


def _slice(found: CourseFile, first: int, length: int) -> Iterator[bytes]:
    if not found.deflated:
        with storage.open_blob(found.organisation_id, found.blob) as blob:
            blob.seek(found.offset + first)
            yield from _raw(blob, length)
        return
    skip = first
    for block in read_whole(found):
        piece = block[skip : skip + length]
        skip = max(0, skip - len(block))
        length -= len(piece)
        if piece:
            yield piece
        if not length:
            return


def _raw(blob: IO[bytes], length: int) -> Iterator[bytes]:
    while length and (block := blob.read(min(BLOCK, length))):
        length -= len(block)
        yield block


def _inflated(blob: IO[bytes], length: int) -> Iterator[bytes]:
    inflate = zlib.decompressobj(-zlib.MAX_WBITS)
    for block in _raw(blob, length):
        while block:
            yield inflate.decompress(block, BLOCK)
            block = inflate.unconsumed_tail
    yield inflate.flush()


def _range(header: str, size: int) -> tuple[int, int] | None:
    """First and last byte of a single range; first > last where it cannot be satisfied; None where none is asked."""
    asked = re.fullmatch(r"bytes=([0-9]{0,18})-([0-9]{0,18})", header.strip())
    if not asked or asked.groups() == ("", ""):
        return None
    start, end = asked.groups()
    if not start:
        return max(0, size - int(end)), size - 1
    return int(start), min(int(end) if end else size - 1, size - 1)
