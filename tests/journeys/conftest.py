"""The whole path in one place: the running product, somebody else's LMS on another site, and learners with
browsers.
"""

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect
from tests.builders import build_package
from tests.demo_lms.client import Lms
from tests.journeys.learner import EmbeddedSeat, Seat
from tests.journeys.product import Heliograph, Product

from heliograph.demo_lms.server import serve

expect.set_options(timeout=float(os.environ.get("JOURNEY_PATIENCE", "60000")))


@pytest.fixture(scope="session")
def heliograph(product: Product) -> Heliograph:
    return Heliograph.of(product)


@pytest.fixture(scope="session")
def lms(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lms]:
    """The customer's LMS: on localhost, so that it is another site than the content on 127.0.0.1."""
    with serve(tmp_path_factory.mktemp("lms"), host="localhost") as running:
        yield Lms(running.url)


@pytest.fixture
def deliver(heliograph: Heliograph, lms: Lms, page: Page) -> Callable[..., tuple[Seat, dict[str, Any]]]:
    """Imports a course, dispatches it, uploads the package into the LMS: a seat for a learner, and the
    dispatch.
    """

    def run(
        format: str = "scorm12",
        course: dict[str, Any] | None = None,
        limits: dict[str, Any] | None = None,
        **package: Any,
    ) -> tuple[Seat, dict[str, Any]]:
        package.setdefault("standard", "scorm_12" if format == "scorm12" else "scorm_2004")
        course = course or heliograph.import_package(build_package(**package))
        dispatch = heliograph.dispatch(course, **(limits or {}))
        return Seat(page, lms, lms.upload(heliograph.package(dispatch, format))), dispatch

    return run


@pytest.fixture
def embed(heliograph: Heliograph, lms: Lms, page: Page) -> Callable[..., tuple[EmbeddedSeat, dict[str, Any]]]:
    """Imports a course, uploads its embedded package into the LMS: a seat for a learner, and the dispatch."""

    def run(limits: dict[str, Any] | None = None, **package: Any) -> tuple[EmbeddedSeat, dict[str, Any]]:
        dispatch = heliograph.dispatch(heliograph.import_package(build_package(**package)), **(limits or {}))
        return EmbeddedSeat(
            page, lms, lms.upload(heliograph.raw("GET", f"/dispatch/{dispatch['id']}/package?mode=embedded"))
        ), dispatch

    return run


@pytest.fixture
def another_window(context: BrowserContext) -> Callable[[], Page]:
    """A second window of the same browser."""
    return context.new_page


@pytest.fixture(autouse=True)
def _patience(page: Page) -> None:
    page.set_default_timeout(float(os.environ.get("JOURNEY_PATIENCE", "60000")))
