"""A real Heliograph in a process tree and a home of its own, for tests that kill parts of it and look at what
is left.
"""

import contextlib
import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import psutil
from tests import empty_database

from heliograph.core.database.embedded_postgres import EmbeddedPostgres

PATIENCE = (
    240.0  # seconds; how long is nobody's claim, only that it comes: machines may be busy with other things
)


class Running:
    """``heliograph up`` (or another command) on a port and a home of its own."""

    def __init__(self, home: Path, **settings: str) -> None:
        self.home = home
        self.port = free_port()
        self.settings = settings
        self.postgres = EmbeddedPostgres(home)
        self.log = home.with_name(f"{home.name}.log")
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def supervisor(self) -> subprocess.Popen[bytes]:
        """The process that was started, which starts all the others."""
        assert self.process is not None, "it was never started"
        return self.process

    @property
    def environment(self) -> dict[str, str]:
        """The process's, without any setting of Heliograph but this home's."""
        clean = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("HELIOGRAPH_", "DJANGO_", "DATABASE_", "PYTEST_"))
        }
        return {**clean, "HELIOGRAPH_HOME": str(self.home), **self.settings}

    def start(self, *arguments: str, ready: bool = True) -> "Running":
        if not self.home.exists() and "DATABASE_URL" not in self.settings:
            empty_database.copy_to(self.postgres)
        with self.log.open("ab") as log:
            command = [sys.executable, "-m", "heliograph", "up", "--port", str(self.port), *arguments]
            self.process = subprocess.Popen(
                command, env=self.environment, stdout=log, stderr=log, stdin=subprocess.DEVNULL
            )
        if ready:
            self.wait_until_ready()
        return self

    def interrupt(self) -> int:
        """Ctrl-C; returns the exit status."""
        self.supervisor.send_signal(signal.SIGINT)
        return self.supervisor.wait(PATIENCE)

    def command(self, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
        """Another ``heliograph …`` of the same home."""
        return subprocess.run(
            [sys.executable, "-m", "heliograph", *arguments],
            env={**self.environment, **settings},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
            stdin=subprocess.DEVNULL,
        )

    def health(self) -> dict[str, Any]:
        """What /health says; empty where nobody answers."""
        with contextlib.suppress(OSError, http.client.HTTPException, ValueError):
            return json.loads(self.get("/health", timeout=5)[1])
        return {}

    def wait_until_ready(self) -> None:
        until(
            lambda: self.health().get("ready") and self.health().get("worker") == "up",
            "it is ready",
            log=self.tail,
        )

    def get(
        self, path: str, host: str = "localhost", timeout: float = 20
    ) -> tuple[int, bytes, dict[str, str]]:
        return self.request("GET", path, None, host, timeout)

    def request(
        self,
        method: str,
        path: str,
        body: bytes | None,
        host: str = "localhost",
        timeout: float = 20,
        headers: Mapping[str, str] | None = None,
    ) -> tuple[int, bytes, dict[str, str]]:
        """One request on a connection of its own: status, body, headers."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            connection.request(method, path, body, {"Host": f"{host}:{self.port}", **(headers or {})})
            answer = connection.getresponse()
            return answer.status, answer.read(), {name.lower(): value for name, value in answer.getheaders()}
        finally:
            connection.close()

    def processes(self) -> list[psutil.Process]:
        """Every process of this home but its database, however it lost its parent."""
        running = []
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error, OSError):
                ours = (
                    process.environ().get("HELIOGRAPH_HOME") == str(self.home) and process.pid != os.getpid()
                )
                if ours and process.status() != psutil.STATUS_ZOMBIE:
                    running.append(process)
        return running

    def web_server(self) -> psutil.Process | None:
        return next((child for child in _children(self.process) if "_web" in _words(child)), None)

    def web_processes(self) -> list[psutil.Process]:
        """The processes that answer requests."""
        return [
            child
            for child in _children(self.web_server())
            if not any("resource_tracker" in word for word in _words(child))
        ]

    def worker(self) -> psutil.Process | None:
        return next((child for child in _children(self.process) if "worker" in _words(child)), None)

    def postmaster(self) -> psutil.Process | None:
        with contextlib.suppress(OSError, ValueError, IndexError, psutil.Error):
            keeper = psutil.Process(int((self.postgres.data / "postmaster.pid").read_text().split()[0]))
            return keeper if keeper.status() != psutil.STATUS_ZOMBIE else None
        return None

    def tail(self) -> str:
        return self.log.read_text(errors="replace")[-3000:] if self.log.exists() else ""

    def destroy(self) -> None:
        """End whatever is left of it and delete its database."""
        if self.process and self.process.poll() is None:
            self.process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(20)
        for process in self.processes():
            with contextlib.suppress(psutil.Error):
                process.kill()
        self.postgres.destroy()
        shutil.rmtree(self.home, ignore_errors=True)


def _children(parent: psutil.Process | subprocess.Popen[bytes] | None) -> list[psutil.Process]:
    """Those that live, at this moment."""
    with contextlib.suppress(psutil.Error):
        return [child for child in psutil.Process(parent.pid).children() if not gone(child)] if parent else []
    return []


def _words(process: psutil.Process) -> list[str]:
    """Its command line; nothing where it ends meanwhile."""
    with contextlib.suppress(psutil.Error):
        return process.cmdline()
    return []


def kill(process: psutil.Process | None) -> None:
    """kill -9, and wait until it is gone."""
    assert process is not None
    with contextlib.suppress(psutil.NoSuchProcess):
        process.kill()
        until(lambda: gone(process), "the killed process is gone")


def gone(process: psutil.Process) -> bool:
    """Whether it has ended, also where nobody collects its status."""
    try:
        return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def until(
    holds: Callable[[], Any], meaning: str, seconds: float = PATIENCE, log: Callable[[], str] = str
) -> None:
    """Wait until it holds; fails with ``meaning``, and what the log says then, where it never does."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with contextlib.suppress(psutil.Error):
            if holds():
                return
        time.sleep(0.1)
    raise AssertionError(f"After {seconds:.0f} s it is not so that {meaning}. {log()}")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def running(home: Path, **settings: str) -> Iterator[Running]:
    """A Heliograph that is up while the block runs."""
    made = Running(home, **settings)
    try:
        yield made.start()
    finally:
        made.destroy()
