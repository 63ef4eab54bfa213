"""Many rows of a list at once, by keys alone: those ticked, and all that match beyond the page."""

import pytest
from playwright.sync_api import Page, expect
from tests import axe
from tests.builders import build_package
from tests.journeys.pages import sign_in
from tests.journeys.product import OWNER, Heliograph, Product
from tests.journeys.test_by_keyboard import press, reach

ROWS = 60


@pytest.fixture(scope="module")
def many(product: Product) -> Heliograph:
    """An organization with more users than a page of the list has, and a course for them."""
    organization = Heliograph.of(product, "many-users")
    organization.import_users("email,name", *(f"u{n}@many.example,Person {n:02}" for n in range(ROWS)))
    organization.import_package(build_package(title="Fire safety"))
    return organization


def test_all_that_match_get_a_course_by_keys_alone(many: Heliograph, page: Page) -> None:
    sign_in(page, many, OWNER.replace("northlight", "many-users"))
    page.goto(f"{many.app}/admin/org/users/?search=many.example")
    offer = page.get_by_label(f"Select all {ROWS} that match")
    bar = page.get_by_role("form", name="Selected users")
    reach(page, page.get_by_label("Select all on this page"), most=60)
    page.keyboard.press("Space")
    expect(bar).to_contain_text("50 selected")
    reach(page, page.get_by_label("Select Person 00"))
    page.keyboard.press("Space")
    expect(bar).to_contain_text("49 selected")
    expect(offer).to_be_hidden()
    page.keyboard.press("Space")
    reach(page, offer, most=4 * ROWS)
    page.keyboard.press("Space")
    expect(bar).to_contain_text(f"{ROWS} selected")
    assert axe.violations(page, "#users-selected") == []
    press(page, page.get_by_role("button", name="Assign a course…"))
    dialog = page.get_by_role("dialog", name="Assign a course")
    dialog.get_by_label("Course").select_option(label="Fire safety")
    dialog.get_by_label("Due date").fill("2031-05-20")
    press(page, dialog.get_by_role("button", name="Assign"))
    question = page.get_by_role("dialog", name=f"Assign “Fire safety” to {ROWS} users?")
    expect(question).to_contain_text("and 55 others")
    assert axe.violations(page, "#confirmation") == []
    press(page, question.get_by_role("button", name="Assign"))
    expect(page.get_by_role("status")).to_contain_text(f"“Fire safety” assigned to {ROWS} users.")
    assigned = many.api("GET", "/org/assignments?limit=200")["items"]
    assert len(assigned) == ROWS
    assert {row["due_at"] for row in assigned} == {"2031-05-20T23:59:59Z"}


def test_whoever_joins_meanwhile_is_not_changed_unasked(many: Heliograph, page: Page) -> None:
    sign_in(page, many, OWNER.replace("northlight", "many-users"))
    page.goto(f"{many.app}/admin/org/users/?search=many.example")
    page.get_by_label("Select all on this page").check()
    page.get_by_label(f"Select all {ROWS} that match").check()
    page.get_by_role("button", name="Deactivate…").click()
    question = page.get_by_role("dialog", name=f"Deactivate {ROWS} users?")
    many.import_users("email,name", "late@many.example,Person Late")
    question.get_by_role("button", name="Deactivate").click()
    expect(question.get_by_role("alert")).to_contain_text(f"{ROWS + 1} match now, and you confirmed {ROWS}.")
    assert many.api("GET", "/org/users?active=false")["items"] == []


def test_ticked_rows_are_all_that_is_sent_without_the_box(many: Heliograph, page: Page) -> None:
    sign_in(page, many, OWNER.replace("northlight", "many-users"))
    page.goto(f"{many.app}/admin/org/users/?search=many.example")
    for name in ("Select Person 00", "Select Person 01"):
        page.get_by_label(name).check()
    page.get_by_role("button", name="Deactivate…").click()
    question = page.get_by_role("dialog", name="Deactivate 2 users?")
    question.get_by_role("button", name="Deactivate").click()
    expect(page.get_by_role("status")).to_contain_text("2 users updated.")
    assert len(many.api("GET", "/org/users?active=false")["items"]) == 2
