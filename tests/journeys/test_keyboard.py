"""Whoever uses no mouse reaches every list, and works in it, in a few steps."""

import pytest
from playwright.sync_api import Page, expect
from tests.builders import build_package
from tests.journeys.pages import sign_in
from tests.journeys.product import Heliograph

MOST_TABS = 8
FOCUSED = "document.activeElement"


@pytest.fixture
def dispatched(heliograph: Heliograph, page: Page) -> Page:
    """A page of an owner whose organization has two courses, each with a dispatch, and two
    statements.
    """
    for _ in range(2):
        course = heliograph.import_package(build_package())
        heliograph.dispatch(course)
    attended = {
        "actor": {"mbox": "mailto:ada@keys.example"},
        "verb": {"id": "http://adlnet.gov/expapi/verbs/attended"},
        "object": {"id": "urn:x:keys"},
    }
    heliograph.tell(heliograph.credential(), attended, attended)
    sign_in(page, heliograph)
    return page


def tab_to(page: Page, name: str) -> None:
    """With the key Tab, in no more steps than somebody has patience for."""
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        if page.evaluate(f"{FOCUSED}.textContent.trim()") == name:
            return
    raise AssertionError(f"“{name}” is more than {MOST_TABS} tabs away")


@pytest.mark.parametrize(
    "address",
    ["admin/courses/", "admin/destinations/", "admin/dispatch/", "admin/org/audit-log/?by=all", "records/"],
)
def test_a_list_is_reached_and_gone_through(heliograph: Heliograph, dispatched: Page, address: str) -> None:
    page = dispatched
    page.goto(f"{heliograph.app}/{address}")
    tab_to(page, "Skip to list")
    page.keyboard.press("Enter")
    expect(page.locator("#rows")).to_be_focused()
    page.keyboard.press("ArrowDown")
    first = page.evaluate(f"{FOCUSED}.closest('tr').rowIndex")
    page.keyboard.press("ArrowDown")
    assert page.evaluate(f"{FOCUSED}.closest('tr').rowIndex") == first + 1
    page.keyboard.press("ArrowUp")
    assert page.evaluate(f"{FOCUSED}.closest('tr').rowIndex") == first


def test_rows_are_selected_and_changed_together(heliograph: Heliograph, dispatched: Page) -> None:
    page = dispatched
    page.goto(f"{heliograph.app}/admin/dispatch/")
    page.locator("tbody .pick").first.focus()
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    expect(page.get_by_text("2 selected")).to_be_visible()
    page.get_by_role("button", name="Disable").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("2 dispatches updated.")).to_be_visible()


def test_a_rows_menu_opens_and_closes_by_keys(heliograph: Heliograph, dispatched: Page) -> None:
    page = dispatched
    page.goto(f"{heliograph.app}/admin/dispatch/")
    menu = page.locator("tbody button[popovertarget]").first
    menu.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Download package")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name="Download package")).to_be_hidden()
    expect(menu).to_be_focused()


def test_columns_and_row_height_are_chosen_and_remembered(heliograph: Heliograph, dispatched: Page) -> None:
    page = dispatched
    page.goto(f"{heliograph.app}/admin/dispatch/")
    page.get_by_role("button", name="Display").click()
    display = page.locator("#dispatches-display")
    display.get_by_label("Customer").uncheck()
    display.get_by_label("Compact").check()
    expect(page.get_by_role("columnheader", name="Customer")).to_be_hidden()
    page.reload()
    expect(page.get_by_role("columnheader", name="Customer")).to_be_hidden()
    assert page.evaluate("document.documentElement.dataset.density") == "compact"
