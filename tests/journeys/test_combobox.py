"""Choosing one of many by keys, in a dialog: the list searches on the server."""

import pytest
from playwright.sync_api import Locator, Page, expect
from tests.builders import build_package
from tests.journeys.pages import sign_in
from tests.journeys.product import Heliograph

MANY = 24  # more than a list shows


@pytest.fixture
def course(heliograph: Heliograph) -> str:
    """The key of a course, in an organization with many customers."""
    imported = heliograph.import_package(build_package(title="Chosen by keys"))
    if not heliograph.api("GET", "/destinations?search=Keys")["items"]:
        for number in range(MANY):
            heliograph.api("POST", "/destinations", {"name": f"Keys {number:02}"})
    return imported["key"]


@pytest.fixture
def dialog(heliograph: Heliograph, page: Page, course: str) -> Locator:
    sign_in(page, heliograph)
    page.goto(f"{heliograph.app}/admin/dispatch/?new={course}")
    return page.get_by_role("dialog", name="New dispatch")


def test_it_is_searched_and_taken_by_keys(page: Page, dialog: Locator) -> None:
    customer = dialog.get_by_role("combobox", name="Customer")
    customer.focus()
    page.keyboard.press("ArrowDown")
    expect(customer).to_have_attribute("aria-expanded", "true")
    options = dialog.get_by_role("listbox").get_by_role("option")
    expect(options.last).to_have_text("Type to narrow down")
    page.keyboard.type("keys 0")
    expect(options).to_have_count(10)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(options.nth(1)).to_have_attribute("aria-selected", "true")
    expect(customer).to_have_attribute("aria-activedescendant", str(options.nth(1).get_attribute("id")))
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    expect(options.last).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Enter")
    expect(customer).to_have_value("Keys 09")
    expect(customer).to_have_attribute("aria-expanded", "false")
    dialog.get_by_role("button", name="Create").click()
    expect(page.get_by_text("Dispatch created")).to_be_visible()
    expect(page.get_by_role("link", name="Keys 09")).to_be_visible()


def test_escape_closes_the_list_and_not_the_dialog(page: Page, dialog: Locator) -> None:
    customer = dialog.get_by_role("combobox", name="Customer")
    customer.click()
    expect(dialog.get_by_role("listbox")).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog.get_by_role("listbox")).to_be_hidden()
    expect(dialog).to_be_visible()
    expect(customer).to_be_focused()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()


def test_it_is_taken_by_the_mouse_and_typing_on_forgets_it(page: Page, dialog: Locator) -> None:
    customer = dialog.get_by_role("combobox", name="Customer")
    chosen = dialog.locator("[name=destination_id]")
    customer.fill("keys 1")
    dialog.get_by_role("option", name="Keys 13").click()
    expect(customer).to_have_value("Keys 13")
    expect(chosen).not_to_have_value("")
    customer.press_sequentially("x")
    expect(chosen).to_have_value("")
    dialog.get_by_role("button", name="Create").click()
    expect(customer).to_have_attribute("aria-invalid", "true")
    expect(customer).to_be_focused()
