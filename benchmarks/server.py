"""A real server for the benchmarks: the process tree of ``heliograph up`` in a home of its own, with one
course and many learners.
"""

import http.client
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
from tests.builders import build_package

from heliograph.core.database.embedded_postgres import EmbeddedPostgres

COMMAND = [sys.executable, "-m", "heliograph"]


@dataclass
class Server:
    """A running Heliograph: ask it with `call`, count its CPU with `web_cpu`.

    What its processes took is asked for more than once and compared, which tells nothing where one was
    started again meanwhile: that raises.
    """

    home: Path
    port: int
    environment: dict[str, str]
    secret: str
    database_url: str
    process: subprocess.Popen[bytes] | None = None
    known: dict[str, set[psutil.Process]] = field(default_factory=dict)

    def run(self, *arguments: str) -> dict[str, Any]:
        """What a command of ours says."""
        done = subprocess.run(
            [*COMMAND, *arguments, "--json"], env=self.environment, capture_output=True, check=True
        )
        answer: dict[str, Any] = json.loads(done.stdout)
        return answer

    def call(self, method: str, path: str, body: Any = None, host: str = "localhost") -> Any:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        headers = {
            "Host": f"{host}:{self.port}",
            "Authorization": f"Bearer {self.secret}",
            "Content-Type": "application/json",
        }
        connection.request(method, path, json.dumps(body) if body is not None else None, headers)
        answer = connection.getresponse()
        content = answer.read()
        assert answer.status < 400, f"{method} {path}: {answer.status} {content[:300]!r}"
        return json.loads(content) if content[:1] in (b"{", b"[") else content

    def web_cpu(self) -> float:
        """CPU seconds of the web processes so far."""
        return _cpu(self._webs())

    def web_memory(self) -> float:
        """Megabytes that the web processes hold for themselves."""
        return sum(web.memory_full_info().uss for web in self._webs()) / 2**20

    def worker_cpu(self) -> float:
        """CPU seconds of the worker so far."""
        return _cpu(
            self._the_same(
                "worker", {process for process in self._children() if "worker" in process.cmdline()}
            )
        )

    def _webs(self) -> set[psutil.Process]:
        return self._the_same(
            "web",
            {
                process
                for process in self._children()
                if "_web" in process.cmdline() or "granian" in process.name()
            },
        )

    def _the_same(self, name: str, processes: set[psutil.Process]) -> set[psutil.Process]:
        assert processes, f"no {name} process runs"
        assert self.known.setdefault(name, processes) == processes, (
            f"a {name} process was started again while it was measured"
        )
        return processes

    def _children(self) -> list[psutil.Process]:
        assert self.process
        return psutil.Process(self.process.pid).children(recursive=True)


def _cpu(processes: set[psutil.Process]) -> float:
    return sum(sum(process.cpu_times()[:2]) for process in processes)


@contextmanager
def running(**settings: str) -> Iterator[Server]:
    """A server with the organization ``bench``, its course ``course`` and a dispatch of it."""
    with tempfile.TemporaryDirectory(prefix="heliograph-bench-") as folder:
        home, port = Path(folder), _free_port()
        environment = {
            name: value for name, value in os.environ.items() if not name.startswith("HELIOGRAPH_")
        }
        environment |= {"HELIOGRAPH_HOME": folder, "HELIOGRAPH_PORT": str(port), **settings}
        server = Server(home, port, environment, "", EmbeddedPostgres(home).url)
        made = server.run(
            "organization", "bench", "--owner", "owner@bench.example", "--password", "long enough"
        )
        package = home / "course.zip"
        build_package(package, files={"film.bin": os.urandom(200_000)})
        server.run("import", str(package), "--organization", "bench", "--course", "course")
        server.process = subprocess.Popen(
            [*COMMAND, "up", "--port", str(port)], env=environment, stdout=subprocess.DEVNULL
        )
        try:
            _wait(server)
            server.secret = server.call(
                "POST", "/api/token", {"email": made["owner"], "password": "long enough"}
            )["access"]
            yield server
        finally:
            server.process.terminate()
            server.process.wait(30)
            EmbeddedPostgres(home).destroy()


def _wait(server: Server) -> None:
    for _ in range(1200):
        try:
            server.call("GET", "/health")
            return
        except (OSError, AssertionError, http.client.HTTPException):
            time.sleep(0.1)
    raise TimeoutError("the server did not start")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
