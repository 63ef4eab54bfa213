"""Importing 50,000 users from a CSV file: seconds to check, apply and undo it, and the memory it takes."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.figure import figure
from heliograph.core.database.embedded_postgres import EmbeddedPostgres

USERS = 50_000
MEMORY = 64  # megabytes above the process before it begins
MINUTE = 60.0
WORK = """
import json, re, sys, time
from pathlib import Path
from heliograph.__main__ import ready

def peak():
    return int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) / 1024

with ready():
    from heliograph.accounts.models import Organization
    from heliograph.accounts.user_imports import actions, applying, checking, undoing
    from heliograph.core.actor import system

    actor = system(Organization.objects.get(key="bench").id)
    before, seconds, counts = peak(), {}, {}
    job = actions.start(actor, Path(sys.argv[1]), "users.csv")
    for name, work in (("check", checking.check), ("apply", applying.run), ("undo", undoing.run)):
        if name != "check":
            getattr(actions, name)(actor, job)
        began = time.monotonic()
        done = work(job.id)
        seconds[name], counts[name] = time.monotonic() - began, done.done or done.total
    print(json.dumps({"seconds": seconds, "counts": counts, "megabytes": peak() - before}))
"""


def run() -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="heliograph-bench-") as folder:
        environment = {
            name: value for name, value in os.environ.items() if not name.startswith("HELIOGRAPH_")
        }
        environment["HELIOGRAPH_HOME"] = f"{folder}/home"
        environment["DJANGO_SETTINGS_MODULE"] = "heliograph.config.settings"
        command = [sys.executable, "-m", "heliograph", "organization", "bench", "--owner", "o@bench.example"]
        subprocess.run(command, env=environment, check=True, capture_output=True)
        measured = _measure(_file(Path(folder)), environment)
        EmbeddedPostgres(Path(folder) / "home").destroy()
    for name, seconds in measured["seconds"].items():
        missing = USERS - measured["counts"][name]
        yield figure(
            f"seconds to {name} an import of 50,000 users", seconds, MINUTE, "stated", missing=missing
        )
    megabytes = measured["megabytes"]
    yield figure("megabytes that importing 50,000 users takes", megabytes, MEMORY, "≤ 64 MB", at_most=1.0)


def _file(folder: Path) -> Path:
    path = folder / "users.csv"
    with path.open("w") as file:
        file.write("email,name,role,groups\n")
        for number in range(USERS):
            file.write(f"person{number}@bench.example,Person {number},learner,Group {number % 50}\n")
    return path


def _measure(file: Path, environment: dict[str, str]) -> Any:
    done = subprocess.run(
        [sys.executable, "-c", WORK, str(file)], env=environment, check=True, stdout=subprocess.PIPE
    )
    return json.loads(done.stdout)
