"""What happens to a learner's browser: its tabs are killed, its owner forbids other sites to keep things."""

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from playwright.sync_api import BrowserContext, BrowserType, Page
from tests.conftest import WHOLE_CHROMIUM
from tests.running import kill, until


def kill_tab(page: Page) -> None:
    """Closes a tab whose processes stand still, and kills them and its neighbors: no page and no frame can
    say a last word.
    """
    context = page.context
    renderers = [process for process in psutil.Process().children(recursive=True) if shows_pages(process)]
    assert renderers
    for process in renderers:
        process.suspend()
    page.close()
    for process in renderers:
        kill(process)
    for other in context.pages:
        other.close()
    # Their parent keeps them until the browser has noticed, and gives the next page none of them.
    pids = {process.pid for process in renderers}
    until(
        lambda: not any(map(psutil.pid_exists, pids)),
        "the browser has noticed that the processes of a tab are gone",
    )


def shows_pages(process: psutil.Process) -> bool:
    try:
        words = process.cmdline()
    except psutil.Error:  # it has ended meanwhile
        return False
    return "--type=renderer" in words and "--top-chrome-webui" not in words


def hide(page: Page) -> None:
    """Another app is before the browser: all that the page's documents are told of it."""
    for frame in page.frames:
        frame.evaluate(
            """() => {
              Object.defineProperty(document, "visibilityState", { value: "hidden", configurable: true });
              document.dispatchEvent(new Event("visibilitychange"));
            }"""
        )


@contextlib.contextmanager
def storage_shut_for(
    origin: str, browser_type: BrowserType, arguments: dict[str, Any], profile: Path
) -> Iterator[BrowserContext]:
    """A browser whose owner forbids one origin to keep anything, in the browser's own settings."""
    shut = {"profile": {"content_settings": {"exceptions": {"cookies": {f"{origin},*": {"setting": 2}}}}}}
    (profile / "Default").mkdir(parents=True)
    (profile / "Default" / "Preferences").write_text(json.dumps(shut))
    if not WHOLE_CHROMIUM:
        pytest.skip(
            "no whole Chromium found, whose settings could be changed: install it, or set HELIOGRAPH_CHROMIUM"
        )
    context = browser_type.launch_persistent_context(
        profile, **{**arguments, "executable_path": WHOLE_CHROMIUM}
    )
    try:
        yield context
    finally:
        context.close()
