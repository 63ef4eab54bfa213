"""Pages are light, and nothing moves once it has been shown."""

import pytest
from playwright.sync_api import Browser, Response
from tests.builders import build_package
from tests.journeys.pages import sign_in
from tests.journeys.product import Heliograph

MOST_BYTES = 150_000  # of scripts and styles, as they are before they are compressed
MOST_SHIFTED = 0.01  # a score of 0.1 is what browsers' makers call good
SLOWER = 8  # as a cheap phone, or a machine that does much else: rows arrive one after another there
SHIFTED = """
new Promise((resolve) => {
  let sum = 0;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (!entry.hadRecentInput) sum += entry.value;
  }).observe({ type: "layout-shift", buffered: true });
  requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => resolve(sum))));
})
"""


@pytest.mark.parametrize("width", [1440, 390])
def test_a_page_is_light_and_stands_still(heliograph: Heliograph, browser: Browser, width: int) -> None:
    dispatch = heliograph.dispatch(heliograph.import_package(build_package()))
    context = browser.new_context(viewport={"width": width, "height": 900})
    page = context.new_page()
    sign_in(page, heliograph)
    context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    admin = f"{heliograph.app}/admin"
    for address in (
        f"{heliograph.app}/",
        f"{admin}/courses/",
        f"{admin}/dispatch/",
        f"{admin}/dispatch/{dispatch['id']}/",
        f"{admin}/dispatch/{dispatch['id']}/limits/",
        f"{admin}/analytics/",
        f"{admin}/registrations/",
        f"{admin}/org/",
        f"{admin}/org/audit-log/?by=all",
        f"{heliograph.app}/records/",
    ):
        answers: list[Response] = []

        def note(response: Response, answers: list[Response] = answers) -> None:
            answers.append(response)  # and not its length, which would come after this test has gone on

        page.on("response", note)
        page.goto(address, wait_until="networkidle")
        page.remove_listener("response", note)
        loaded = {
            answer.url: len(answer.body())
            for answer in answers
            if answer.request.resource_type in ("script", "stylesheet")
        }
        assert loaded
        assert sum(loaded.values()) <= MOST_BYTES, (address, loaded)
        assert page.evaluate(SHIFTED) <= MOST_SHIFTED, address
    context.close()
