"""Clients of the API in Python and TypeScript, generated from its OpenAPI document by ``make clients``."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from tools.docs import ROOT

HERE = Path(__file__).parent
DOCUMENT, BUILD = ROOT / "build" / "openapi.json", ROOT / "build" / "clients"
TSC = ROOT / "node_modules" / ".bin" / "tsc"
STRICT = ["--strict", "--target", "es2023", "--module", "nodenext"]
NAME = "heliograph-client"  # in both languages; the Python generator makes it of the document's title


def python(document: Path, folder: Path) -> None:
    """The Python client into ``folder``.

    Raises SystemExit where the generator warns: the document has a gap.
    """
    options = ["--meta", "uv", "--overwrite", "--fail-on-warning", "--config", str(HERE / "python.json")]
    generate = [sys.executable, "-m", "openapi_python_client", "generate", *options]
    _run(*generate, "--path", document, "--output-path", folder)


def typescript(document: Path, folder: Path) -> None:
    """The TypeScript client into ``folder``, compiled. Raises SystemExit where a type cannot be made.

    It needs what `npm ci` installs, and openapi-fetch where Node.js looks for it from ``folder``.
    """
    folder.mkdir(parents=True, exist_ok=True)
    package = {
        "name": NAME,
        "version": json.loads(document.read_text())["info"]["version"],
        "license": "Apache-2.0",
        "type": "module",
        "exports": {"types": "./index.d.ts", "default": "./index.js"},
        "dependencies": json.loads((HERE / "package.json").read_text())["dependencies"],
    }
    (folder / "package.json").write_text(json.dumps(package, indent=2) + "\n")
    _run("node", HERE / "schema.mjs", document, folder / "schema.d.ts")
    shutil.copy(HERE / "index.ts", folder)
    _run(TSC, *STRICT, "--declaration", folder / "index.ts")


def _run(*command: str | Path) -> None:
    """Raises SystemExit with what the command printed where it fails."""
    beside = Path(sys.executable).parent  # ruff is there, which formats the Python client
    environment = {**os.environ, "PATH": f"{beside}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(  # noqa: S603 - generators, and paths of our own
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.exit(f"{done.stdout}{done.stderr}")
