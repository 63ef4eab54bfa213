"""One process tree: the supervisor keeps database, web and worker running, starts again what dies, and takes
all of them along when it ends.

A child watches for the end of its parent, and the database is stopped when nobody uses it, so that even a
killed supervisor or web server leaves nothing behind.
"""

import contextlib
import fcntl
import multiprocessing
import os
import resource
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from heliograph.config import database
from heliograph.config.environment import (
    DEMO_LMS_PORT_AFTER,
    HIGHEST_PORT,
    Environment,
    address_of,
    demo_lms_address,
)
from heliograph.config.server.loading import load
from heliograph.core.database.embedded_postgres import EmbeddedPostgres
from heliograph.core.errors import Misconfigured
from heliograph.core.secrets.redaction import Redacting

if TYPE_CHECKING:
    from granian.server.common import AbstractServer

PARENT = "HELIOGRAPH_PARENT_PIPE"
LONGEST_PAUSE = 10.0
MOST_CONNECTIONS = 4096  # of each web process, idle ones too
LARGEST_HEAD = 64 * 1024  # of a request: its address and its headers, more or less
HEADER_MILLISECONDS = 30_000  # for a request's header to come, and for the next request of a connection
LAST_SECONDS = 6


class PortTaken(Misconfigured):
    code = "port_taken"


class AlreadyRunning(Misconfigured):
    code = "already_running"


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
                f"heliograph: the {self.name} exited (status {self.process.returncode}), restarting",
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


def run(host: str, port: int, prepare: Callable[[], str] | None = None, with_demo_lms: bool = False) -> int:
    """Run until SIGINT or SIGTERM; returns the exit status.

    ``prepare`` is called when the database is up, while the web server starts, and what it returns is said
    with the address; the worker starts when both are done. Raises `Misconfigured` where nobody would answer
    at the addresses that people are given, `AlreadyRunning` where this home is being served, `PortTaken`, and
    what keeps the database from running.
    """
    environment = Environment.read()
    address = address_of(host)
    for fault in environment.unreachable_hosts(address):
        raise fault
    with _alone(environment):
        _refuse_taken_port(address, port)
        if with_demo_lms:
            _refuse_taken_port(address_of("localhost"), port + DEMO_LMS_PORT_AFTER)
        for sentence in environment.other_ports(port):
            announce(sentence)
        asked_to_end = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: asked_to_end.set())
        announce("starting the database" if environment.embedded else "connecting to the database")
        with database.joined() as server:
            load()
            database.bring_up_to_date(migrate=environment.embedded)
            announce("starting web server and worker")
            *needed_first, worker = children = _children(address, port, with_demo_lms)
            with _stopping(children):
                for child in needed_first:
                    child.start()
                greeting = prepare() if prepare else ""
                _wait_until_reachable(address, port, needed_first, asked_to_end)
                worker.start()  # after what people wait for, from which it would take the processor
                _announce(environment, port, greeting, with_demo_lms)
                _keep_all_running(environment, server, children, asked_to_end, port)
    return 0


def announce(what: str) -> None:
    """Tell the operator what is being done."""
    print(f"heliograph: {what}", file=sys.stderr, flush=True)


@contextlib.contextmanager
def _stopping(children: list[Child]) -> Iterator[None]:
    """Stop those that were started, at the end, however it comes."""
    try:
        yield
    finally:
        for child in children:
            child.stop()
        for child in children:
            child.wait(15)


def _keep_all_running(
    environment: Environment,
    server: EmbeddedPostgres | None,
    children: list[Child],
    asked_to_end: threading.Event,
    port: int,
) -> None:
    noted = environment.home / "port"
    noted.write_text(str(port))
    while not asked_to_end.wait(0.5):
        _keep_database(server, asked_to_end)
        for child in children:
            child.keep_running()
    noted.unlink(missing_ok=True)


@contextlib.contextmanager
def _alone(environment: Environment) -> Iterator[None]:
    """Hold this home's lock, which the kernel releases however the process ends. Raises `AlreadyRunning`."""
    environment.home.mkdir(parents=True, exist_ok=True)
    with (environment.home / "up.lock").open("a+") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            held.seek(0)
            raise AlreadyRunning(
                f"Heliograph is already running in {environment.home} (process {held.read()}). "
                f"Use that one, stop it first, or set HELIOGRAPH_HOME to another folder."
            ) from None
        held.truncate(0)
        held.write(str(os.getpid()))
        held.flush()
        yield


def serve(host: str, port: int) -> int:
    """The web server itself, in this process."""
    end_with_parent()
    _load_what_is_forked()
    web_server("heliograph.config.server.wsgi:front", host, port, Environment.read().web_workers).serve()
    return 0


def _load_what_is_forked() -> None:
    """Import everything once, so that each web process begins with it and shares its memory; what it imports
    opens no connection (decision 23).
    """
    if sys.platform != "linux":  # elsewhere a process cannot be forked safely, and each imports for itself
        return
    multiprocessing.set_start_method("fork")
    load("heliograph.config.server.wsgi", "heliograph.config.urls")


def web_server(
    target: str, host: str, port: int, workers: int, header_milliseconds: int = HEADER_MILLISECONDS
) -> "AbstractServer[Any]":
    """The web server, which waits for headers itself; ``target`` (``module:function``) makes the `Front` of
    each web process.
    """
    from granian import Granian
    from granian.constants import HTTPModes, Interfaces, Loops
    from granian.http import HTTP1Settings

    _allow_many_connections()
    return Granian(
        target,
        factory=True,
        address=host,
        port=port,
        interface=Interfaces.RSGI,
        workers=workers,
        loop=Loops.uvloop,
        backlog=MOST_CONNECTIONS,
        backpressure=MOST_CONNECTIONS,
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(header_read_timeout=header_milliseconds, max_buffer_size=LARGEST_HEAD),
        websockets=False,
        respawn_failed_workers=True,
        workers_kill_timeout=LAST_SECONDS
        // 2,  # one that is told to end while it starts would never hear of it
        log_access=False,
        log_level="error",  # type: ignore[arg-type]
        log_dictconfig={
            "formatters": {
                name: {"()": Redacting, "fmt": "[%(levelname)s] %(message)s"}
                for name in ("generic", "access")
            }
        },
    )


def _allow_many_connections() -> None:
    """As many open files as the operator lets us have: a connection is one, and one whose answer leaves
    slowly three.
    """
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(ValueError, OSError):  # macOS takes no such number
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


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
    """Ask this web process to end when the web server that made it is gone; else it would go on answering
    beside the next one.
    """
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


def _children(address: str, port: int, with_demo_lms: bool) -> list[Child]:
    """What runs beside us; the worker is the last."""
    us = [sys.executable, "-m", "heliograph"]
    demo_lms = Child(
        "demo LMS", [*us, "demo-lms", "--host", "localhost", "--port", str(port + DEMO_LMS_PORT_AFTER)]
    )
    return [
        Child("web server", [*us, "_web", "--host", address, "--port", str(port)]),
        *([demo_lms] if with_demo_lms else []),
        Child("worker", [*us, "worker"]),
    ]


def _keep_database(server: EmbeddedPostgres | None, asked_to_end: threading.Event) -> None:
    if server is None or server.running():
        return
    print("heliograph: the database exited, restarting", file=sys.stderr)
    try:
        server.join()
    except Misconfigured as reason:
        print(f"heliograph: {reason.sentence}", file=sys.stderr)
        asked_to_end.wait(LONGEST_PAUSE)


def _refuse_taken_port(address: str, port: int) -> None:
    if port > HIGHEST_PORT:
        raise PortTaken(
            f"The demo LMS needs port {port}, but the highest port is {HIGHEST_PORT}. "
            f"Choose a lower one with --port: the demo LMS uses the port {DEMO_LMS_PORT_AFTER} above."
        )
    with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError as reason:
            raise PortTaken(
                f"Port {port} on {address} cannot be used: {reason.strerror}. "
                f"Choose another port with --port, or stop the program that uses it."
            ) from None


def _wait_until_reachable(
    address: str, port: int, children: list[Child], asked_to_end: threading.Event
) -> None:
    while not asked_to_end.is_set():
        with contextlib.suppress(OSError), socket.create_connection((address, port), timeout=1):
            return
        for child in children:
            child.keep_running()
        time.sleep(0.1)


def _announce(environment: Environment, port: int, greeting: str, with_demo_lms: bool) -> None:
    lines = ["", f"  Heliograph is at {environment.url}"]
    if with_demo_lms:
        lines.append(f"  Demo LMS (plays the customer’s LMS): {demo_lms_address(port)}")
    lines += [*(["", greeting] if greeting else []), "", "  Press Ctrl+C to stop."]
    print("\n".join(lines), flush=True)
