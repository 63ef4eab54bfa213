"""What a server costs that nobody asks for anything."""

import time
from collections.abc import Iterator

from benchmarks.figure import figure
from benchmarks.server import running

SETTLED, SECONDS = 15.0, 60.0  # it has started; it has looked for everything that comes each minute


def run() -> Iterator[str]:
    with running() as server:
        time.sleep(SETTLED)
        before = server.worker_cpu()
        time.sleep(SECONDS)
        yield figure(
            "CPU of the idle worker, in percent of a core",
            (server.worker_cpu() - before) / SECONDS * 100,
            0.5,
            "≤ 0.5 %",
            at_most=1.0,
        )
