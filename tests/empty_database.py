"""A cluster with the tables of this version and no rows, made once for all processes that run tests: each
database of theirs, and of every Heliograph that they start, begins as a copy of it.
"""

import atexit
import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from heliograph.core.database.embedded_postgres import EmbeddedPostgres

PLACE = "TESTS_EMPTY_DATABASE"  # the variable that names the folder that it is in, to all these processes


def begin() -> None:
    """Let it be made beside what this process does next; it goes when this process ends.

    Whoever makes it holds the lock of ``making``, which the kernel releases however that ends.
    """
    folder = Path(tempfile.mkdtemp(prefix="heliograph-empty-"))
    making = _open(folder)
    fcntl.flock(making, fcntl.LOCK_EX)
    with (folder / "log").open("wb") as log:
        maker = subprocess.Popen(
            [sys.executable, "-m", "heliograph", "migrate"],
            env={**_environment(), "HELIOGRAPH_HOME": str(folder / "home")},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            pass_fds=[making],
        )
    os.close(making)
    os.environ[PLACE] = str(folder)
    atexit.register(_destroy, folder, maker)


def copy_to(postgres: EmbeddedPostgres) -> None:
    """Give a home that has no cluster a copy of it, which begins to be made where nobody began before."""
    if PLACE not in os.environ:
        begin()
    made = _made(Path(os.environ[PLACE]))
    postgres.home.mkdir(parents=True, exist_ok=True)
    postgres._prepare_folders()
    subprocess.run(["cp", "-a", made.data, postgres.data], check=True)
    postgres._name()


def _made(folder: Path) -> EmbeddedPostgres:
    """Wait until it is made; fails with what its maker said where it was not."""
    making = _open(folder)
    fcntl.flock(making, fcntl.LOCK_SH)
    os.close(making)
    postgres = EmbeddedPostgres(folder / "home")
    said = (folder / "log").read_text(errors="replace")
    assert "up to date" in said, said
    return postgres


def _open(folder: Path) -> int:
    return os.open(folder / "making", os.O_RDWR | os.O_CREAT, 0o600)


def _environment() -> dict[str, str]:
    """The process's, without what it was told of its own database."""
    ours = ("HELIOGRAPH_", "DJANGO_", "DATABASE_", "PYTEST_")
    return {name: value for name, value in os.environ.items() if not name.startswith(ours)}


def _destroy(folder: Path, maker: subprocess.Popen[bytes]) -> None:
    if maker.poll() is None:
        maker.wait(60)
    EmbeddedPostgres(folder / "home").destroy()
    shutil.rmtree(folder, ignore_errors=True)
