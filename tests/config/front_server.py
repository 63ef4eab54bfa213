"""The web server around an application of the tests' own, for `test_front.py`: ``python -m
tests.config.front_server PORT``.
"""

import hashlib
import json
import os
import sys
import threading
from collections.abc import Iterable
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "heliograph.config.settings")
django.setup()

from django.conf import settings  # noqa: E402
from django.http import StreamingHttpResponse  # noqa: E402

from heliograph.config.server import supervisor  # noqa: E402
from heliograph.config.server.rsgi import SIGN_IN_PATHS, Front, Timeouts  # noqa: E402
from heliograph.core.web.streamed_answers import Blocks  # noqa: E402

BLOCK = b"film" * 32_768
BLOCKS = 256  # 32 MB: more than sockets and pipes hold
LATE = "4"  # seconds; a busy machine may leave a client that is well waiting for some
released = threading.Event()
taken: list[int] = []


def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """Addresses with one manner each; pages that wait are held and released by commits."""
    path = environ["PATH_INFO"]
    if path in ("/film", "/broken-film", "/export", "/broken"):
        return streamed(path, start_response)
    if path in ("/stuck", "/xapi/stuck") or (path in SIGN_IN_PATHS and environ["REQUEST_METHOD"] == "POST"):
        released.wait(60)
    if path == "/play/hold/commit":
        released.clear()
    if path == "/play/release/commit":
        released.set()
    body = environ["wsgi.input"].read()
    if path == "/taken":
        body = json.dumps(taken).encode()
        start_response("200 OK", [("Content-Type", "application/json")])
        return [body]
    taken.append(len(body))
    said = f"{len(body)} {hashlib.sha256(body).hexdigest()} {path}"
    said += f" {environ.get('HTTP_X_TWICE', '')} {environ.get('HTTP_X_HIDDEN', '')}"
    said += f" {threading.current_thread().name.rpartition('-')[0]}"
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [said.encode("latin-1")]


def streamed(path: str, start_response: Any) -> StreamingHttpResponse:
    response = (Blocks if path.endswith("film") else StreamingHttpResponse)(blocks(broken="broken" in path))
    headers = [("Content-Length", str(BLOCKS * len(BLOCK)))] if path.endswith("film") else []
    start_response("200 OK", headers)
    return response


def blocks(broken: bool = False) -> Iterable[bytes]:
    for number in range(BLOCKS):
        if broken and number == BLOCKS // 2:
            raise ValueError("half of it")
        yield BLOCK


def front() -> Front:
    return Front(
        application,
        patience=Timeouts(body=float(LATE), rate=65_536, reader=float(LATE)),
        threads=(1, 1, 2, 1, 2),
    )


if __name__ == "__main__":
    settings.UPLOAD_FOLDER.mkdir(parents=True, exist_ok=True)
    supervisor.web_server(
        "tests.config.front_server:front",
        "127.0.0.1",
        int(sys.argv[1]),
        1,
        header_milliseconds=int(LATE) * 1000,
    ).serve()
