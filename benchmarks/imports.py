"""Importing 500 MB in 5,000 files, beside ``unzip`` of the same package: seconds, and the memory it takes."""

import json
import os
import random
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

from tests.builders import manifest_text, sco_page

from benchmarks.figure import figure
from heliograph.core.database.embedded_postgres import EmbeddedPostgres

FILES, BYTES = 5_000, 500 * 2**20
MEMORY = 128


def run() -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="heliograph-bench-") as folder:
        package = Path(folder) / "large.zip"
        _write(package)
        environment = {
            name: value for name, value in os.environ.items() if not name.startswith("HELIOGRAPH_")
        }
        environment["HELIOGRAPH_HOME"] = f"{folder}/home"
        command = [sys.executable, "-m", "heliograph"]
        subprocess.run(
            [*command, "organization", "bench", "--owner", "o@bench.example"],
            env=environment,
            check=True,
            capture_output=True,
        )
        # Both read from a warm cache.
        subprocess.run(["cat", str(package)], stdout=subprocess.DEVNULL, check=True)
        unzip = min(_unzip(package, folder) for _ in range(2))
        seconds, peak = _import(command, package, environment)
        EmbeddedPostgres(Path(folder) / "home").destroy()
        yield figure(
            "seconds to import 500 MB in 5,000 files, beside unzip", seconds, unzip, "≤ 1.5×", at_most=1.5
        )
        yield figure("peak megabytes of memory while importing it", peak, MEMORY, "≤ 128 MB", at_most=1.0)


def _write(package: Path) -> None:
    """Half text that deflates well, half noise that does not, as courses have it."""
    randomness, size = random.Random(7), BYTES // FILES
    words = [f"{randomness.getrandbits(40):x} " for _ in range(3000)]
    with zipfile.ZipFile(package, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        archive.writestr("imsmanifest.xml", manifest_text())
        archive.writestr("index.html", sco_page("Fire safety", "scorm_12", "index.html"))
        for number in range(FILES):
            text = (
                "".join(randomness.choices(words, k=size // 11)).encode()
                if number % 2
                else randomness.randbytes(size)
            )
            archive.writestr(
                f"content/{number % 50}/{number}.{'js' if number % 2 else 'png'}", text.ljust(size)[:size]
            )


def _unzip(package: Path, folder: str) -> float:
    target = Path(folder) / f"out-{time.monotonic_ns()}"
    begun = time.perf_counter()
    subprocess.run(["unzip", "-q", str(package), "-d", str(target)], check=True)
    seconds = time.perf_counter() - begun
    subprocess.run(["rm", "-rf", str(target)], check=True)
    return seconds


def _import(command: list[str], package: Path, environment: dict[str, str]) -> tuple[float, float]:
    """Seconds of the import itself, as its row says, and the peak memory of its process."""
    code = (
        "import json, re, sys, time\n"
        "from pathlib import Path\n"
        "from heliograph.__main__ import ready\n"
        "with ready():\n"
        "    from heliograph.config import commands\n"
        "    begun = time.perf_counter()\n"
        "    commands.import_file(Path(sys.argv[1]), 'bench', 'large', False)\n"
        "    seconds = time.perf_counter() - begun\n"
        "    status = Path('/proc/self/status').read_text()\n"
        "    print(json.dumps([seconds, int(re.search(r'VmHWM:\\s+(\\d+)', status)[1]) / 1024]))\n"
    )
    environment = {**environment, "DJANGO_SETTINGS_MODULE": "heliograph.config.settings"}
    done = subprocess.run(
        [sys.executable, "-c", code, str(package)], env=environment, check=True, capture_output=True
    )
    seconds, peak = json.loads(done.stdout)
    return seconds, peak
