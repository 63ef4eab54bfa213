"""The search of the top bar, by keyboard alone."""

import re

from playwright.sync_api import Page, expect
from tests.builders import build_package
from tests.journeys.pages import sign_in
from tests.journeys.product import Heliograph


def test_a_course_is_found_and_opened_by_keyboard_alone(heliograph: Heliograph, page: Page) -> None:
    course = heliograph.import_package(build_package(title="Working at height in the palette"))
    sign_in(page, heliograph)
    page.wait_for_load_state()
    page.keyboard.press("Control+k")
    search = page.get_by_role("searchbox", name=re.compile("Search pages"))
    expect(search).to_be_focused()
    page.keyboard.type("height in the pal", delay=20)
    hit = page.get_by_role("link", name=re.compile("Working at height in the palette"))
    expect(hit).to_be_visible()
    page.keyboard.press("ArrowDown")
    expect(hit).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(search).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/admin/courses/{course['id']}/")
    page.keyboard.press("Control+k")
    page.keyboard.type("nothing of this name")
    expect(page.get_by_text("No matches for “nothing of this name”.")).to_be_visible()
    page.keyboard.press("Escape")
    expect(search).to_be_hidden()
