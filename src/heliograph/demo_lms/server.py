"""Runs the LMS on the standard library's server, one thread a request: in the foreground, or in a thread for
tests.
"""

import threading
from pathlib import Path
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

from heliograph.demo_lms.app import App
from heliograph.demo_lms.store import Store


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A browser that goes away in the middle is no news."""


class _Handler(WSGIRequestHandler):
    timeout = 120

    def log_message(self, format: str, *args: object) -> None:
        """Every call is in the LMS's own log; the terminal stays calm."""


class Running:
    """A running reference LMS: `url` without a slash at the end, `stop()`; also a context manager."""

    def __init__(self, server: WSGIServer, url: str) -> None:
        self.url = url
        self._server = server
        self._thread = threading.Thread(
            target=server.serve_forever, args=(0.05,), daemon=True, name="reference-lms"
        )
        self._thread.start()

    def wait(self) -> None:
        self._thread.join()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def __enter__(self) -> "Running":
        return self

    def __exit__(self, *problem: object) -> None:
        self.stop()


def serve(home: Path, port: int = 0, host: str = "127.0.0.1") -> Running:
    """Starts the LMS whose state is the folder `home`; port 0 takes a free one.

    Raises OSError when it cannot bind.
    """
    server = _Server((host, port), _Handler)
    server.set_app(App(Store(home)))
    return Running(server, f"http://{host}:{server.server_port}")
