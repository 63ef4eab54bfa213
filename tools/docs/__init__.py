"""The documentation as a site: ``python -m tools.docs`` builds it from docs/, the Markdown of the root and
the API's own OpenAPI document.
"""

import os
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def set_up() -> None:
    """Set Django up as the product is, with a home that goes with this process; nothing asks a database."""
    import django

    home = tempfile.TemporaryDirectory(prefix="heliograph-docs-")
    set_up.home = home  # type: ignore[attr-defined]  # deleted when the process ends
    os.environ["HELIOGRAPH_HOME"] = home.name
    os.environ["DJANGO_SETTINGS_MODULE"] = "heliograph.config.settings"
    django.setup()
