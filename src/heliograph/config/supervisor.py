"""One process tree: the supervisor keeps database, web and worker running, starts again what dies, and takes all of them along when it ends.

A child watches for the end of its parent, so that even a killed supervisor or web server leaves nothing behind but the database, which the next
start joins.
"""

import contextlib
import multiprocessing
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from dataclasses import dataclass

from heliograph.config import database
from heliograph.config.environment import Environment
from heliograph.core.embedded_postgres import EmbeddedPostgres
from heliograph.core.errors import Misconfigured

PARENT = "HELIOGRAPH_PARENT_PIPE"
DEMO_LMS_PORT_AFTER = 90
LONGEST_PAUSE = 10.0
THREADS = 8
LAST_SECONDS = 6


class PortTaken(Misconfigured):
    code = "port_taken"


@dataclass
class Child:
    """One process we keep running."""

    name: str
    command: list[str]
    process: subprocess.Popen[bytes] | None = None
    failures: int = 0
    started: float = 0.0

    def start(self) -> None:
        self.started = time.monotonic()
        self.process = subprocess.Popen(  # noqa: S603 - our own command
            self.command, stdin=subprocess.PIPE, env={**os.environ, PARENT: "1"}, start_new_session=True
        )

    def keep_running(self) -> None:
        """Start it again where it has ended, after a pause that grows while it keeps failing."""
        if self.process is None or self.process.poll() is None:
            if self.failures and time.monotonic() - self.started > 60:
                self.failures = 0
            return
        if time.monotonic() - self.started > min(LONGEST_PAUSE, 0.2 * 2**self.failures):
            self.failures += 1
            print(
                f"heliograph: the {self.name} ended (status {self.process.returncode}); it is started again",
                file=sys.stderr,
            )
            self.start()

    def stop(self) -> None:
        if self.process and self.process.poll() is None:
            self.process.terminate()

    def wait(self, seconds: float) -> None:
        if self.process:
            try:
                self.process.wait(seconds)
            except subprocess.TimeoutExpired:
                self.process.kill()


def run(host: str, port: int, greeting: str = "", with_demo_lms: bool = False) -> int:
    """Run until SIGINT or SIGTERM; returns the exit status."""
    environment = Environment.read()
    _refuse_taken_port(host, port)
    asked_to_end = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: asked_to_end.set())
    with database.joined() as server:
        import django

        django.setup()
        database.bring_up_to_date(migrate=environment.embedded)
        children = _children(host, port, with_demo_lms)
        for child in children:
            child.start()
        _wait_until_reachable(host, port, children, asked_to_end)
        noted = environment.home / "port"
        noted.write_text(str(port))
        _announce(environment, port, greeting, with_demo_lms)
        while not asked_to_end.wait(0.5):
            _keep_database(server, asked_to_end)
            for child in children:
                child.keep_running()
        for child in children:
            child.stop()
        for child in children:
            child.wait(15)
        noted.unlink(missing_ok=True)
    return 0


def serve(host: str, port: int) -> int:
    """The web server itself, in this process."""
    from granian import Granian
    from granian.constants import Interfaces

    end_with_parent()
    environment = Environment.read()
    Granian(
        "heliograph.config.wsgi:application",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=environment.web_workers,
        blocking_threads=THREADS,
        backlog=1024,
        respawn_failed_workers=True,
        workers_kill_timeout=LAST_SECONDS // 2,  # one that is told to end while it starts would never hear of it
        log_access=False,
        log_level="error",  # type: ignore[arg-type]
    ).serve()
    return 0


def end_with_parent() -> None:
    """Ask this process to end when the supervisor is gone: its end of the pipe closes however it dies."""
    if not os.environ.get(PARENT):
        return
    pipe = os.dup(0)

    def watch() -> None:
        with contextlib.suppress(OSError):
            while os.read(pipe, 1):
                pass
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(LAST_SECONDS)  # what it is doing may be finished, but nothing outlives its parent for long
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def end_with_web_server() -> None:
    """Ask this web process to end when the web server that spawned it is gone; else it would go on answering beside the next one."""
    server = multiprocessing.parent_process()
    if server is None:
        return

    def watch() -> None:
        server.join()
        for _ in range(LAST_SECONDS):  # while it starts, it may not hear the first one
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(1)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _children(host: str, port: int, with_demo_lms: bool) -> list[Child]:
    us = [sys.executable, "-m", "heliograph"]
    children = [
        Child("web server", [*us, "_web", "--host", host, "--port", str(port)]),
        Child("worker", [*us, "worker"]),
    ]
    if with_demo_lms:
        children.append(Child("reference LMS", [*us, "demo-lms", "--host", "localhost", "--port", str(port + DEMO_LMS_PORT_AFTER)]))
    return children


def _keep_database(server: EmbeddedPostgres | None, asked_to_end: threading.Event) -> None:
    if server is None or server.running():
        return
    print("heliograph: the database ended; it is started again", file=sys.stderr)
    try:
        server.join()
    except Misconfigured as reason:
        print(f"heliograph: {reason.sentence}", file=sys.stderr)
        asked_to_end.wait(LONGEST_PAUSE)


def _refuse_taken_port(host: str, port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as reason:
            raise PortTaken(
                f"Port {port} on {host} cannot be used: {reason.strerror}. Choose another one with --port, or stop what uses it."
            ) from None


def _wait_until_reachable(host: str, port: int, children: list[Child], asked_to_end: threading.Event) -> None:
    while not asked_to_end.is_set():
        with contextlib.suppress(OSError), socket.create_connection((host, port), timeout=1):
            return
        for child in children:
            child.keep_running()
        time.sleep(0.1)


def _announce(environment: Environment, port: int, greeting: str, with_demo_lms: bool) -> None:
    lines = ["", f"  Heliograph is at {environment.url}"]
    if with_demo_lms:
        lines.append(f"  The reference LMS, somebody else's system, is at http://localhost:{port + DEMO_LMS_PORT_AFTER}")
    lines += ["", greeting, "", "  Ctrl-C stops everything."] if greeting else ["", "  Ctrl-C stops everything."]
    print("\n".join(lines), flush=True)
