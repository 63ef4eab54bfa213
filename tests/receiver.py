"""A real HTTP server on loopback that keeps what it was sent and answers as it is told."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from standardwebhooks import Webhook


@dataclass
class Received:
    """One request."""

    headers: dict[str, str]
    body: bytes

    def read(self, secret: str) -> dict[str, Any]:
        """The message, verified by the library that receivers use."""
        return dict(Webhook(secret).verify(self.body, self.headers))


@dataclass
class Receiver:
    """`answers` are given one after the other, then 200."""

    url: str = ""
    answers: list[Callable[[BaseHTTPRequestHandler], None] | int] = field(default_factory=list)
    received: list[Received] = field(default_factory=list)


@contextmanager
def receiver() -> Iterator[Receiver]:
    """The server, while the block runs."""
    state = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            state.received.append(
                Received({name.lower(): value for name, value in self.headers.items()}, body)
            )
            answer = state.answers.pop(0) if state.answers else 200
            if callable(answer):
                answer(self)
                return
            self.send_response(answer)
            self.end_headers()
            self.wfile.write(f"answered {answer}".encode())

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.url = f"http://127.0.0.1:{server.server_port}/heliograph"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
