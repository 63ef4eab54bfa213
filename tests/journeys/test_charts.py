"""Charts by keyboard, mouse and touch: each day has a card with its figures."""

import pytest
from playwright.sync_api import Page, expect
from tests.builders import build_package
from tests.journeys.pages import sign_in
from tests.journeys.product import Heliograph

FOCUSED = "document.activeElement"


@pytest.fixture
def analytics(heliograph: Heliograph, page: Page) -> Page:
    """The page of an organization that published a course today, whose dispatch was launched."""
    course = heliograph.import_package(build_package())
    dispatch = heliograph.dispatch(course)
    heliograph.api("POST", f"/dispatch/{dispatch['id']}/launch", {"learner": {"id": "anna"}})
    sign_in(page, heliograph)
    page.goto(f"{heliograph.app}/admin/analytics/?period=7d")
    page.wait_for_load_state()
    return page


def days(page: Page) -> list[str]:
    return [point.get_attribute("data-name") or "" for point in page.locator("svg.chart.plot .hover").all()]


def test_a_chart_is_gone_through_by_keys(analytics: Page) -> None:
    page, names = analytics, days(analytics)
    card = page.get_by_role("tooltip")
    page.get_by_role("link", name="Export CSV of the activity over time").focus()
    page.keyboard.press("Tab")
    today = page.get_by_label(names[-1], exact=True)
    expect(today).to_be_focused()
    expect(card).to_be_visible()
    expect(card).to_contain_text(names[-1])
    expect(card).to_contain_text("published")
    expect(today).to_have_accessible_description(card.inner_text().replace("\n", " ").replace("  ", " "))
    for key, place in (
        ("ArrowLeft", -2), ("ArrowUp", -3), ("ArrowRight", -2), ("Home", 0), ("ArrowLeft", 0),
        ("PageDown", -1), ("ArrowDown", -1), ("PageUp", 0), ("End", -1),
    ):  # fmt: skip
        page.keyboard.press(key)
        expect(page.get_by_label(names[place], exact=True)).to_be_focused()
        expect(card).to_contain_text(names[place])
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Escape")
    expect(card).to_be_hidden()
    page.keyboard.press("Tab")  # one stop only
    assert page.evaluate(f"{FOCUSED}.closest('svg')") is None
    page.keyboard.press("Shift+Tab")
    expect(page.get_by_label(names[-2], exact=True)).to_be_focused()


def test_a_card_follows_the_mouse_and_stays_where_it_was_pressed(analytics: Page) -> None:
    page, names = analytics, days(analytics)
    card = page.get_by_role("tooltip")
    page.locator("svg.chart.plot .hover").nth(2).hover()
    expect(card).to_contain_text(names[2])
    page.mouse.move(0, 0)
    expect(card).to_be_hidden()
    page.locator("svg.chart.plot .hover").nth(3).click()
    page.mouse.move(0, 0)
    expect(card).to_contain_text(names[3])
    expect(card).to_be_visible()
    page.get_by_role("heading", name="Analytics").click()
    expect(card).to_be_hidden()


def test_without_script_a_chart_is_a_picture_with_titles(heliograph: Heliograph, analytics: Page) -> None:
    context = analytics.context.browser.new_context(  # type: ignore[union-attr]
        java_script_enabled=False, storage_state=analytics.context.storage_state()
    )
    page = context.new_page()
    page.goto(f"{heliograph.app}/admin/analytics/?period=7d")
    expect(page.get_by_role("img", name="Launches and completions by day")).to_be_visible()
    assert page.locator("svg.chart.plot .hover title").count() == 7
    assert page.locator("svg.chart [tabindex]").count() == 0
    context.close()
