"""What a request is answered with: a page, JSON, a file of a course, a redirect, or one clear sentence."""

import json
import mimetypes
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from heliograph.demo_lms.errors import Refusal

CHUNK = 256 * 1024
# Own pages run own scripts only; the frame they show is a package of the same origin, as in real LMSs.
PAGE_POLICY = (
    "default-src 'self'; frame-src 'self' http: https:; object-src 'none'; "
    "base-uri 'none'; form-action 'self'"
)
TYPES = {
    ".js": "text/javascript",
    ".mjs": "text/javascript",
    ".css": "text/css",
    ".svg": "image/svg+xml",
    ".json": "application/json",
    ".woff2": "font/woff2",
    ".woff": "font/woff",
    ".mp4": "video/mp4",
    ".xml": "text/xml",
}


@dataclass
class Response:
    """Status, headers and a body in pieces."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: Iterable[bytes] = ()


def page(markup: str, status: int = 200) -> Response:
    headers = {"Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": PAGE_POLICY}
    return _whole(markup.encode(), headers, status)


def as_json(value: object, status: int = 200) -> Response:
    body = json.dumps(value, ensure_ascii=False, indent=1).encode()
    kind = "application/json" if status < 400 else "application/problem+json"
    return _whole(body, {"Content-Type": kind}, status)


def problem(refusal: Refusal) -> Response:
    """RFC 9457."""
    value = {"title": refusal.sentence, "status": refusal.status, "code": refusal.code}
    return as_json(value, refusal.status)


def redirect(to: str) -> Response:
    return Response(303, {"Location": to, "Content-Length": "0"})


def nothing() -> Response:
    return Response(204, {})


def file(folder: Path, name: str, byte_range: str = "") -> Response:
    """A file below `folder`, or a part of it when the browser seeks in a video; raises Refusal 404."""
    path = (folder / name.lstrip("/")).resolve() if "\0" not in name else folder
    if not path.is_relative_to(folder.resolve()) or not path.is_file():
        raise Refusal(404, "no_such_file", f"The package holds no file “{name[:200]}”.")
    size = path.stat().st_size
    headers = {"Content-Type": _type(path), "Cache-Control": "no-cache", "Accept-Ranges": "bytes"}
    asked = re.fullmatch(r"bytes=(\d+)-(\d*)", byte_range)
    if asked is None or int(asked[1]) >= size:
        headers["Content-Length"] = str(size)
        return Response(200, headers, _pieces(path, 0, size))
    first, last = int(asked[1]), min(int(asked[2] or size - 1), size - 1)
    headers |= {"Content-Range": f"bytes {first}-{last}/{size}", "Content-Length": str(last - first + 1)}
    return Response(206, headers, _pieces(path, first, last - first + 1))


def _whole(body: bytes, headers: dict[str, str], status: int) -> Response:
    common = {
        "Content-Length": str(len(body)),
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(status, {**headers, **common}, [body])


def _pieces(path: Path, start: int, length: int) -> Iterator[bytes]:
    with path.open("rb") as source:
        source.seek(start)
        while length > 0 and (chunk := source.read(min(CHUNK, length))):
            length -= len(chunk)
            yield chunk


def _type(path: Path) -> str:
    return TYPES.get(path.suffix.lower()) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
