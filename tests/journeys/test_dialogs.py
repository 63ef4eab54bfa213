"""Forms in dialogs: what is refused stays in its dialog, with what was typed, and the field has the focus."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect
from tests.builders import build_package
from tests.journeys.pages import sign_in
from tests.journeys.product import Heliograph


@pytest.fixture
def dialog(heliograph: Heliograph, page: Page) -> Locator:
    course = heliograph.import_package(build_package(title="Fire safety"))
    sign_in(page, heliograph)
    page.goto(f"{heliograph.app}/admin/dispatch/?new={course['key']}")
    return page.get_by_role("dialog", name="New dispatch")


def test_a_refused_form_stays_open_with_its_field_marked_and_can_be_sent_again(
    heliograph: Heliograph, page: Page, dialog: Locator
) -> None:
    customer, limit = dialog.locator("[name=new_destination]"), dialog.locator("[name=registration_limit]")
    customer.fill("Halden Group")
    limit.fill("0")
    dialog.get_by_role("button", name="Create").click()
    expect(dialog.get_by_role("alert")).to_contain_text("whole number")
    expect(limit).to_be_focused()
    expect(limit).to_have_attribute("aria-invalid", "true")
    refused = dialog.get_by_role("alert").inner_text()
    expect(limit).to_have_accessible_description(re.compile(re.escape(refused)))
    expect(customer).to_have_value("Halden Group")
    assert heliograph.api("GET", "/destinations?search=Halden")["items"] == [], "no customer was left behind"
    limit.fill("5")
    dialog.get_by_role("button", name="Create").click()
    expect(page.get_by_role("status")).to_contain_text("Dispatch created")
    assert len(heliograph.api("GET", "/destinations?search=Halden")["items"]) == 1


def test_a_server_that_is_away_is_said_in_the_dialog_and_nothing_that_was_typed_is_lost(
    page: Page, dialog: Locator
) -> None:
    customer = dialog.locator("[name=new_destination]")
    customer.fill("Halden Group")
    page.route("**/admin/dispatch/new", lambda route: route.abort())
    dialog.get_by_role("button", name="Create").click()
    expect(dialog.get_by_role("alert")).to_contain_text("could not be reached")
    expect(customer).to_have_value("Halden Group")
    expect(dialog.get_by_role("button", name="Create")).to_be_enabled()


def test_a_button_that_is_pressed_twice_sends_once(
    heliograph: Heliograph, page: Page, dialog: Locator
) -> None:
    dialog.locator("[name=new_destination]").fill("Twice Pressed")
    dialog.get_by_role("button", name="Create").dblclick()
    expect(page.get_by_role("status")).to_be_visible()
    assert len(heliograph.api("GET", "/destinations?search=Twice")["items"]) == 1
