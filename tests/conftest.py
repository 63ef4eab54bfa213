"""What every test may use: the system's Chromium for browser tests, and where the shared course packages lie."""

import os
import shutil
from pathlib import Path

import pytest

CHROMIUM = os.environ.get("HELIOGRAPH_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
SHARED = Path(__file__).resolve().parents[2] / "shared"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests say in one line why they are skipped; slow tests run last."""
    for item in items:
        if "page" in getattr(item, "fixturenames", ()) or "browser" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.browser)
            if not CHROMIUM:
                item.add_marker(pytest.mark.skip(reason="no Chromium found: install it, or set HELIOGRAPH_CHROMIUM"))
    items.sort(key=lambda item: item.get_closest_marker("slow") is not None)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict) -> dict:
    """The system's Chromium, quiet, and able to run as root in a container."""
    flags = "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
    return {
        **browser_type_launch_args,
        "executable_path": CHROMIUM,
        "args": [*flags.split(), "--disable-component-update", "--disable-sync"],
    }


@pytest.fixture(scope="session")
def shared_packages() -> Path:
    """Real course packages kept beside the project; tests that need them are skipped where they are absent."""
    folder = SHARED / "packages"
    if not folder.is_dir():
        pytest.skip("the shared course packages are not beside this checkout")
    return folder
