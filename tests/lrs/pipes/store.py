"""A record store behind a real HTTP server: our own, with another organization's statements, and whatever can
go wrong in front of it.
"""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

from django.db import connections

from heliograph.lrs.xapi.app import application

Answer = tuple[int, dict[str, str], bytes]
Fault = Callable[["Handler"], Answer | None]


@dataclass
class Request:
    """What the server was asked."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Server:
    """`faults` are played one for each request, then there are none; `judge` may play one for every request
    it likes.
    """

    port: int = 0
    faults: list[Fault | None] = field(default_factory=list)
    judge: Callable[[Request], Fault | None] = lambda request: None
    asked: list[Request] = field(default_factory=list)

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}/xapi"

    def asked_for(self, method: str, beginning: str = "/xapi/statements") -> list[Request]:
        return [
            request
            for request in self.asked
            if request.method == method and request.path.startswith(beginning)
        ]


class Handler(BaseHTTPRequestHandler):
    """Passes requests on to the store, unless a fault is played."""

    protocol_version = "HTTP/1.1"
    server_state: Server
    request_seen: Request

    def handle_one(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        self.request_seen = Request(
            self.command, self.path, {k.lower(): v for k, v in self.headers.items()}, self.rfile.read(length)
        )
        state = self.server_state
        state.asked.append(self.request_seen)
        fault = (state.faults.pop(0) if state.faults else None) or state.judge(self.request_seen)
        answer = fault(self) if fault else self.passed_on()
        if answer is None:
            self.close_connection = True
            return
        status, headers, body = answer
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_PUT = handle_one

    def passed_on(self) -> Answer:
        seen, parts = self.request_seen, urlsplit(self.path)
        environ: dict[str, Any] = {
            "REQUEST_METHOD": seen.method,
            "PATH_INFO": parts.path,
            "QUERY_STRING": parts.query,
            "wsgi.input": BytesIO(seen.body),
            "CONTENT_LENGTH": str(len(seen.body)),
            "CONTENT_TYPE": seen.headers.get("content-type", ""),
        }
        environ |= {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in seen.headers.items()}
        told: list[Any] = []
        body = b"".join(application(environ, lambda status, headers: told.extend((status, headers))))
        headers = {name: value for name, value in told[1] if name not in ("Content-Length", "Date")}
        return int(told[0].split()[0]), headers, body

    def finish(self) -> None:
        super().finish()
        connections.close_all()

    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def served() -> Iterator[Server]:
    """The server, while the block runs."""
    state = Server()
    handler = type("Handler", (Handler,), {"server_state": state})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = False
    state.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


# -- what can go wrong


def answering(status: int, body: bytes = b"", **headers: str) -> Fault:
    """Says this, and does nothing."""
    return lambda handler: (status, {name.replace("_", "-"): value for name, value in headers.items()}, body)


def dropped(handler: Handler) -> None:
    """Hangs up before anything is done."""


def stored_and_dropped(handler: Handler) -> None:
    """Does it, and hangs up without an answer."""
    handler.passed_on()


def stored_and_reset(handler: Handler) -> None:
    """Does it, and resets the connection."""
    handler.passed_on()
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
    handler.connection.close()


def stored_and_failed(handler: Handler) -> Answer:
    """Does it, and says that it failed."""
    handler.passed_on()
    return 500, {}, b"oops"


def cut(handler: Handler) -> None:
    """Does it, and stops in the middle of the answer."""
    status, headers, body = handler.passed_on()
    handler.send_response(status)
    for name, value in {**headers, "Content-Length": str(len(body) + 10)}.items():
        handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(body[: len(body) // 2])


def slow(seconds: float) -> Fault:
    """Takes its time."""

    def wait(handler: Handler) -> Answer:
        time.sleep(seconds)
        return handler.passed_on()

    return wait
