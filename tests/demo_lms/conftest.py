"""One running reference LMS for all tests that do not restart it, and a desk where its API is made over and
over.
"""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser
from tests.demo_lms.client import Desk, Lms
from tests.demo_lms.packages import package

from heliograph.demo_lms.server import serve


@pytest.fixture(scope="session")
def lms(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lms]:
    with serve(tmp_path_factory.mktemp("lms")) as running:
        yield Lms(running.url)


@pytest.fixture(scope="session")
def desk(lms: Lms, browser: Browser) -> Iterator[Callable[..., Desk]]:
    """Makes a fresh API of either standard in a page of its own, again and again.

    `desk("scorm12", given={…})`
    """
    pages = {}
    for standard in ("scorm12", "scorm2004"):
        pages[standard] = browser.new_page()
        pages[standard].goto(lms.play_url(lms.upload(package(standard))))
    yield lambda standard, **launch: Desk(pages[standard], **launch)
    for page in pages.values():
        page.close()
