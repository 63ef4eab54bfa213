"""A browser page with the data models' modules loaded, served from the static folder by a small server."""

import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from heliograph.runtime.cmi.table import FOLDER

CONFORMANCE = Path(__file__).resolve().parents[4] / "shared" / "conformance" / "adl2004" / "cases"


class Quiet(SimpleHTTPRequestHandler):
    extensions_map = {**SimpleHTTPRequestHandler.extensions_map, ".js": "text/javascript"}

    def log_message(self, *_: object) -> None:
        """Tests print what they find, not what they fetch."""


@pytest.fixture(scope="session")
def static_address() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(FOLDER)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="session")
def cmi_page(browser: Browser, static_address: str) -> Iterator[Page]:
    """A page where `cmi.DataModel`, `cmi.ScormApi`, `cmi.Table` and `cmi.tables` are at hand, and `cmi.play(session)`."""
    page = browser.new_page()
    page.goto(f"{static_address}/scorm_12.json")
    page.evaluate(LOAD)
    yield page
    page.close()


@pytest.fixture(scope="session")
def adl_cases() -> Path:
    """ADL's LMS test cases, kept beside the project; tests that need them are skipped where they are absent."""
    if not CONFORMANCE.is_dir():
        pytest.skip("ADL's test cases are not beside this checkout")
    return CONFORMANCE


LOAD = """
async () => {
  const modules = await Promise.all(["table", "model", "api"].map((name) => import(`/${name}.js`)));
  const names = ["scorm_12", "scorm_2004"];
  const contents = await Promise.all(names.map(async (name) => (await fetch(`/${name}.json`)).json()));
  const tables = Object.fromEntries(names.map((name, i) => [name, new modules[0].Table(contents[i])]));
  /* Plays calls ["get", element] and ["set", element, value] on a model; answers [value, error, diagnostic] for each. */
  const answers = ({ standard, strict, data, seed, calls }) => {
    const model = new modules[1].DataModel(tables[standard], { data, seed, strict });
    const played = calls.map(([verb, element, value]) => {
      const answer = verb === "get" ? model.getValue(element) : model.setValue(element, value);
      return [answer.value, answer.error, answer.diagnostic];
    });
    return { answers: played, data: model.data };
  };
  window.cmi = Object.assign({ tables, answers }, ...modules);
}
"""
