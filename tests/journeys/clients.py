"""Published xAPI clients for browsers, fetched by npm when tests ask for them; nothing of theirs is kept in
this repository.
"""

import shutil
import subprocess
import tarfile
from functools import cache
from pathlib import Path

import pytest

PACKAGES = {"@xapi/xapi": ("3.0.3", "XAPI.umd.js"), "@xapi/cmi5": ("1.4.0", "Cmi5.umd.js")}


@cache
def _folder() -> Path:
    from tests.conftest import HOME

    return HOME / "clients"


def script(package: str) -> Path:
    """The script of a client as it is published. Skips the test, saying why, where it cannot be had."""
    version, name = PACKAGES[package]
    folder = _folder() / name
    if not folder.exists():
        _fetch(f"{package}@{version}", name)
    return folder


def _fetch(package: str, name: str) -> None:
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("npm is not there to fetch published xAPI clients: install it")
    _folder().mkdir(parents=True, exist_ok=True)
    packed = subprocess.run(
        [npm, "pack", "--silent", package],
        cwd=_folder(),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    if packed.returncode:
        pytest.skip(f"{package} cannot be fetched: {packed.stderr.strip()[-200:]}")
    with tarfile.open(_folder() / packed.stdout.strip().splitlines()[-1]) as archive:
        content = archive.extractfile(f"package/dist/{name}")
        assert content
        (_folder() / name).write_bytes(content.read())
