"""Embedded packages: rewriting one of 100 MB beside a plain copy of the file, and the memory that takes."""

import os
import shutil
import tempfile
import time
import tracemalloc
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.figure import figure
from heliograph.core.embedded_postgres import EmbeddedPostgres

FILES, FILE_BYTES, TRIES = 200, 500_000, 7


def run() -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="heliograph-bench-") as folder:
        os.environ |= {"HELIOGRAPH_HOME": folder, "DJANGO_SETTINGS_MODULE": "heliograph.config.settings"}
        postgres = EmbeddedPostgres(Path(folder))
        postgres.join()
        try:
            yield from _measured(Path(folder))
        finally:
            postgres.leave()
            postgres.destroy()
