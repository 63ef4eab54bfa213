"""Forms in dialogs: what is refused stays in its dialog, with what was typed, and the field has the focus."""

import re
from dataclasses import dataclass

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


# Gives a field what its options and its length do not allow.
FORGE = """(field, value) => {
  if (field instanceof HTMLSelectElement) field.add(new Option(value, value, true, true));
  else field.value = value;
}"""


@dataclass(frozen=True)
class OfSelection:
    """A dialog whose fields belong to the form of the rows that are selected, and what is refused there."""

    list: str
    row: str  # the label of a row's box
    opens: str
    name: str  # of the dialog's field
    value: str  # what no option of it says, or what nobody has
    button: str
    says: str


OF_SELECTION = [
    OfSelection("/admin/courses/", "Select Fire safety", "Add tag…", "tag", "", "Add", "Enter a tag."),
    OfSelection(
        "/admin/courses/",
        "Select Fire safety",
        "Move to folder…",
        "folder",
        "forged",
        "Move",
        "Folder not found.",
    ),
    OfSelection(
        "/admin/courses/",
        "Select Fire safety",
        "Change owner…",
        "owner",
        "nobody@example.org",
        "Save",
        "Member not found.",
    ),
    OfSelection(
        "/admin/org/users/",
        "Select Owner",
        "Change role…",
        "role",
        "forged",
        "Save",
        "Choose one of the options",
    ),
    OfSelection("/admin/org/users/", "Select Owner", "Groups…", "group", "forged", "Add", "Group not found."),
    OfSelection(
        "/admin/dispatch/",
        "Select Fire safety",
        "Change end date…",
        "expires_at",
        "9999-01-01",
        "Save",
        "Enter a date as YYYY-MM-DD",
    ),
]


@pytest.mark.parametrize("case", OF_SELECTION, ids=lambda case: case.opens)
def test_what_is_refused_to_selected_rows_stands_in_the_dialog(
    heliograph: Heliograph, page: Page, case: OfSelection
) -> None:
    heliograph.dispatch(heliograph.import_package(build_package(title="Fire safety")))
    heliograph.api("POST", "/org/groups", {"name": f"Dialogs {next(heliograph.numbers)}"})
    if not heliograph.api("GET", "/folders")["items"]:
        heliograph.api("POST", "/folders", {"name": "Dialogs"})
    sign_in(page, heliograph)
    page.goto(heliograph.app + case.list)
    page.get_by_label(case.row).first.check()
    page.get_by_role("button", name=case.opens).click()
    dialog = page.get_by_role("dialog")
    dialog.locator(f"[name={case.name}]").evaluate(FORGE, case.value)
    dialog.get_by_role("button", name=case.button, exact=True).click()
    sentence = dialog.get_by_role("alert")
    expect(sentence).to_contain_text(case.says)
    expect(page.get_by_role("alert")).to_have_count(1)
    assert dialog.evaluate("(dialog) => dialog.contains(document.activeElement)")
    dialog.get_by_role("button", name=case.button, exact=True).click()
    expect(sentence).to_have_count(1)


def test_a_mended_dialog_of_selected_rows_is_sent_again(heliograph: Heliograph, page: Page) -> None:
    heliograph.import_package(build_package(title="Tagged late"), key="tagged-late")
    sign_in(page, heliograph)
    page.goto(f"{heliograph.app}/admin/courses/?search=Tagged")
    page.get_by_label("Select Tagged late").check()
    page.get_by_role("button", name="Add tag…").click()
    dialog = page.get_by_role("dialog", name="Add tag")
    dialog.get_by_role("button", name="Add", exact=True).click()
    tag = dialog.get_by_label("Tag")
    expect(tag).to_be_focused()
    expect(tag).to_have_accessible_description("Enter a tag.")
    tag.fill("Annual")
    dialog.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("1 course updated.")
    assert heliograph.api("GET", "/courses/tagged-late")["tags"] == ["Annual"]
