"""The independent judge of credentials: a published JavaScript library, run by node."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from openbadgeslib.ob3.contexts import bundled_contexts
from tests.conftest import ROOT

SCRIPT = Path(__file__).with_name("judge.mjs")
LIBRARY = ROOT / "node_modules/@digitalbazaar/vc"
needs_judge = pytest.mark.skipif(
    not (shutil.which("node") and LIBRARY.exists()), reason="needs node and what npm ci installs"
)


def judged(documents: list[dict[str, Any]], server: str, folder: Path) -> list[dict[str, Any]]:
    """Of each document whether it is ``verified``, with ``reasons``. ``server`` answers as our address."""
    contexts = folder / "contexts.json"
    contexts.write_text(json.dumps(bundled_contexts()))
    done = subprocess.run(
        ["node", str(SCRIPT), str(contexts), settings.HELIOGRAPH.url, server],
        input="".join(json.dumps(document) + "\n" for document in documents),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]
