"""A browser page with the data models' modules loaded, served from the static folder by a small server."""

import json
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page
from tests.runtime.cmi.browser import LOAD, BrowserAnswers

from heliograph.runtime.cmi.table import FOLDER

CONFORMANCE = Path(__file__).resolve().parents[4] / "shared" / "conformance" / "adl2004" / "cases"


class Quiet(SimpleHTTPRequestHandler):
    extensions_map = {**SimpleHTTPRequestHandler.extensions_map, ".js": "text/javascript"}

    def log_message(self, *_: object) -> None:
        """Tests print what they find, not what they fetch."""


@pytest.fixture(scope="module")
def static_address() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(FOLDER)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def cmi_page(browser: Browser, static_address: str) -> Iterator[Page]:
    """A page where `cmi.DataModel`, `cmi.ScormApi`, `cmi.Table` and `cmi.tables` are at hand, and
    `cmi.answers`.
    """
    page = browser.new_page()
    page.goto(f"{static_address}/scorm_12.json")
    page.evaluate(LOAD)
    yield page
    page.close()


@pytest.fixture(scope="module")
def browser_answers(cmi_page: Page) -> BrowserAnswers:
    """Plays sessions on the browser's model, many at once; they travel as text, which is the quick way."""

    def play(sessions: list[dict[str, Any]]) -> list[dict[str, Any]]:
        played: list[dict[str, Any]] = json.loads(
            cmi_page.evaluate("(text) => cmi.answers(text)", json.dumps(sessions))
        )
        return played

    return play


@pytest.fixture(scope="module")
def adl_cases() -> Path:
    """ADL's LMS test cases, kept beside the project; tests that need them are skipped where they are not."""
    if not CONFORMANCE.is_dir():
        pytest.skip("ADL's test cases are not beside this checkout")
    return CONFORMANCE
