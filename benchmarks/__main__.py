"""Runs every benchmark, or those named on the command line, each in a process of its own.

Some set Django up in theirs, with the database of a server that is gone when the next one begins.
"""

import importlib
import subprocess
import sys

ALL = (
    "analytics",
    "analytics_check",
    "back_office",
    "dispatches",
    "commits",
    "rollups",
    "packages",
    "imports",
    "user_imports",
    "partners",
    "launches",
    "callbacks",
    "embedded",
    "statements",
    "pipes",
    "webhooks",
    "relaying",
    "certificates",
    "catalog",
    "idle",
)  # and ``endurance``, by name alone: ten minutes of both cores

if __name__ == "__main__":
    match sys.argv[1:]:
        case [name]:
            for line in importlib.import_module(f"benchmarks.{name}").run():
                print(line, flush=True)
        case names:
            for name in names or ALL:
                subprocess.run([sys.executable, "-m", "benchmarks", name], check=True)
