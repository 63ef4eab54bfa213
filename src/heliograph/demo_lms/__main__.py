"""`heliograph demo-lms`: starts the reference LMS and says where it is."""

import argparse
import os
import sys
from pathlib import Path

from heliograph.demo_lms.server import serve


def main(argv: list[str] | None = None) -> int:
    """Runs until interrupted; returns the exit status, 2 with one sentence when it cannot start."""
    options = _options(argv)
    home = options.home or Path(os.environ.get("HELIOGRAPH_HOME", "var")) / "demo-lms"
    try:
        running = serve(home, options.port, options.host)
    except OSError as problem:
        why = problem.strerror or problem
        print(f"The reference LMS cannot start on {options.host}:{options.port}: {why}.", file=sys.stderr)
        return 2
    print(f"Reference LMS: {running.url}  (its data: {home})", flush=True)
    try:
        running.wait()
    except KeyboardInterrupt:
        running.stop()
    return 0


def _options(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="heliograph demo-lms", description="A small, strict LMS to try SCORM packages in."
    )
    parser.add_argument("--port", type=int, default=8090, help="0 takes any free one (default: 8090)")
    parser.add_argument("--host", default="127.0.0.1", help="where to listen (default: 127.0.0.1)")
    parser.add_argument(
        "--home", type=Path, help="where it keeps its data (default: $HELIOGRAPH_HOME/demo-lms)"
    )
    return parser.parse_args(argv)


if __name__ == "__main__":
    sys.exit(main())
