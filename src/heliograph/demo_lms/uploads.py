"""Reads what a request carries without ever holding a large body in memory: JSON, a form, or a zip.

A zip comes as the raw body (`curl --data-binary @course.zip`) or as a file of a multipart form (`curl -F
file=@…`).
"""

import json
import mmap
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from heliograph.demo_lms.errors import Refusal
from heliograph.demo_lms.packages import CHUNK, UPLOAD_BYTES

JSON_BYTES = 16 * 1024 * 1024
FORM_BYTES = 64 * 1024
Environ = dict[str, Any]


def read_json(environ: Environ) -> object:
    """Raises Refusal when the body is too large or not JSON."""
    try:
        return json.loads(_read(environ, JSON_BYTES))
    except ValueError:
        raise Refusal(400, "not_json", "The request's body is not JSON.") from None


def read_form(environ: Environ) -> dict[str, list[str]]:
    """A urlencoded form."""
    return parse_qs(_read(environ, FORM_BYTES).decode("utf-8", "replace"), max_num_fields=200)


@contextmanager
def received_zip(environ: Environ, folder: Path) -> Iterator[tuple[Path, str]]:
    """The uploaded file below `folder`, while it is needed, and the name it came with; raises Refusal."""
    content_type = environ.get("CONTENT_TYPE", "")
    with tempfile.TemporaryDirectory(dir=folder, prefix=".upload-") as scratch:
        body = Path(scratch) / "body"
        with body.open("wb") as sink:
            for chunk in _chunks(environ, UPLOAD_BYTES):
                sink.write(chunk)
        if not content_type.startswith("multipart/form-data"):
            name = parse_qs(environ.get("QUERY_STRING", "")).get("filename", ["package.zip"])[0]
            yield body, _plain(name)
            return
        name = _cut_out_file(body, content_type)
        yield body.with_name("file"), _plain(name)


def _cut_out_file(body: Path, content_type: str) -> str:
    """Copies the first file of a multipart body to a file beside it (RFC 7578); returns the file's name."""
    boundary = re.search(r'boundary="?([^";]{1,70})"?', content_type)
    if not boundary or not body.stat().st_size:
        raise Refusal(400, "bad_form", "The upload was not understood; send one zip file.")
    mark = b"--" + boundary.group(1).encode("latin-1", "replace")
    with body.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        start = 0
        while (head_end := data.find(b"\r\n\r\n", start)) >= 0:
            head = data[start:head_end][-8192:].decode("utf-8", "replace")
            end = data.find(b"\r\n" + mark, head_end + 4 - 2)
            if end < 0:
                break
            if name := re.search(r'filename="([^"]+)"', head):
                with body.with_name("file").open("wb") as sink:
                    for at in range(head_end + 4, end, CHUNK):
                        sink.write(data[at : min(at + CHUNK, end)])
                return name.group(1)
            start = end + 2
    raise Refusal(400, "no_file", "Choose a SCORM package to upload first.")


def _read(environ: Environ, limit: int) -> bytes:
    return b"".join(_chunks(environ, limit))


def _chunks(environ: Environ, limit: int) -> Iterator[bytes]:
    length = environ.get("CONTENT_LENGTH") or "0"
    left = int(length) if length.isdigit() else 0
    if left > limit:
        raise Refusal(
            413, "too_large", f"This is larger than the {limit // (1024 * 1024) or 1} MB this LMS takes."
        )
    while left > 0:
        chunk = environ["wsgi.input"].read(min(CHUNK, left))
        if not chunk:
            raise Refusal(400, "cut_short", "The upload stopped before its end; send it again.")
        left -= len(chunk)
        yield chunk


def _plain(name: str) -> str:
    return re.split(r"[\\/]", name)[-1][:200] or "package.zip"
