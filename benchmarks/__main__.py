"""Runs every benchmark, or those named on the command line."""

import sys

from benchmarks import (
    analytics,
    callbacks,
    commits,
    dispatches,
    embedded,
    endurance,
    idle,
    imports,
    launches,
    packages,
    pipes,
    relaying,
    statements,
)

ALL = {
    "analytics": analytics.run,
    "dispatches": dispatches.run,
    "commits": commits.run,
    "packages": packages.run,
    "imports": imports.run,
    "launches": launches.run,
    "callbacks": callbacks.run,
    "embedded": embedded.run,
    "statements": statements.run,
    "pipes": pipes.run,
    "relaying": relaying.run,
    "idle": idle.run,
}
BY_NAME_ALONE = {"endurance": endurance.run}  # ten minutes of both cores

if __name__ == "__main__":
    for name in sys.argv[1:] or ALL:
        for line in (ALL | BY_NAME_ALONE)[name]():
            print(line, flush=True)
