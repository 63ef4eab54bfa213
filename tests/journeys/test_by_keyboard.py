"""The whole ways of an owner, a customer and a learner without a mouse, and what a screen reader is told on
them: names, states, and what changes by itself.
"""

import re

from playwright.sync_api import Locator, Page, expect
from tests.builders import Sco, build_package
from tests.journeys.pages import sign_in
from tests.journeys.product import OWNER, PASSWORD, Heliograph

PATIENCE = 25  # times Tab, from one thing to the next on the same page


def reach(page: Page, target: Locator, key: str = "Tab", most: int = PATIENCE) -> None:
    """Go on by one key until the thing has the focus, as a person does who sees where it is."""
    for _ in range(most):
        page.keyboard.press(key)
        if target.evaluate("element => element === element.ownerDocument.activeElement"):
            return
    raise AssertionError(f"{target} is more than {most} times {key} away")


def press(page: Page, target: Locator, most: int = PATIENCE) -> None:
    reach(page, target, most=most)
    page.keyboard.press("Enter")


def go_to(page: Page, name: str) -> None:
    """To a page of ours by the search, from wherever somebody is."""
    page.wait_for_load_state("load")  # by then the scripts of the page have begun to listen
    page.keyboard.press("Control+k")
    search = page.get_by_role("searchbox", name=re.compile("Search pages"))
    expect(search).to_be_focused()
    page.keyboard.type(name)
    expect(page.locator("#palette-hits").get_by_role("link", name=re.compile(name)).first).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=name, level=1)).to_be_visible()


def skip_to_content(page: Page) -> None:
    press(page, page.get_by_role("link", name="Skip to main content"), most=2)


def test_an_owner_signs_in_imports_a_course_and_dispatches_it(heliograph: Heliograph, page: Page) -> None:
    page.goto(f"{heliograph.app}/sign-in/")
    email = page.get_by_label("Email")
    if not email.evaluate("element => element === document.activeElement"):
        reach(page, email)
    page.keyboard.type(OWNER)
    reach(page, page.get_by_label("Password"))
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Home", level=1)).to_be_visible()

    go_to(page, "Courses")
    skip_to_content(page)
    press(page, page.get_by_role("button", name="Import course").first, most=8)
    upload = page.get_by_role("dialog", name="Import course")
    expect(upload).to_be_visible()
    file = upload.locator("input[type=file]")
    with page.expect_file_chooser() as chooser:
        if not file.evaluate("element => element === document.activeElement"):
            reach(page, file)
        page.keyboard.press("Enter")
    package = build_package(title="Working at height")
    chooser.value.set_files({"name": "height.zip", "mimeType": "application/zip", "buffer": package})
    press(page, upload.get_by_role("button", name="Import", exact=True))
    expect(page.get_by_role("status").filter(has_text="“Working at height” was imported")).to_be_visible()
    press(page, page.get_by_role("link", name="View course"), most=60)

    expect(page.get_by_role("heading", name="Working at height", level=1)).to_be_visible()
    skip_to_content(page)
    press(page, page.get_by_role("link", name="Create dispatch"), most=8)
    dialog = page.get_by_role("dialog", name="New dispatch")
    expect(dialog).to_be_visible()
    reach(page, dialog.get_by_label("Or create a new customer"))
    page.keyboard.type("Brandt Logistics")
    press(page, dialog.get_by_role("button", name="Create", exact=True))
    expect(page.get_by_role("heading", name=re.compile("Working at height"), level=1)).to_be_visible()
    skip_to_content(page)
    with page.expect_download() as download:
        press(page, page.get_by_role("link", name="Download package"), most=8)
    assert download.value.suggested_filename.endswith(".zip")


def test_a_refused_form_says_what_is_wrong_and_has_the_focus_on_it(
    heliograph: Heliograph, page: Page
) -> None:
    course = heliograph.import_package(build_package())
    sign_in(page, heliograph)
    page.goto(f"{heliograph.app}/admin/courses/{course['id']}/")
    skip_to_content(page)
    press(page, page.get_by_role("link", name="Create dispatch"), most=8)
    dialog = page.get_by_role("dialog", name="New dispatch")
    expect(dialog).to_be_visible()
    reach(page, dialog.get_by_label("Or create a new customer"))
    page.keyboard.type("Another")
    limit = dialog.get_by_label("Learner limit")
    reach(page, limit)
    page.keyboard.type("many")
    press(page, dialog.get_by_role("button", name="Create", exact=True))
    expect(limit).to_be_focused()
    expect(limit).to_have_attribute("aria-invalid", "true")
    said = (limit.get_attribute("aria-describedby") or "").split()[-1]
    expect(page.locator(f"[id='{said}']")).to_contain_text("whole number")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()


def test_a_customer_downloads_a_package_and_finds_the_steps(heliograph: Heliograph, page: Page) -> None:
    dispatch = heliograph.dispatch(heliograph.import_package(build_package(title="Fire safety")))
    portal = heliograph.api("POST", f"/destinations/{dispatch['destination']}/portal-links", {"days": 30})
    page.goto(portal["url"])
    reach(page, page.get_by_role("combobox", name="Format for Fire safety"), most=8)
    page.keyboard.press("ArrowDown")
    with page.expect_download() as download:
        press(page, page.get_by_role("button", name="Download Fire safety"), most=2)
    assert download.value.suggested_filename.endswith(".zip")
    reach(page, page.get_by_role("combobox", name="Your LMS"), most=8)
    page.keyboard.type("Moo")
    press(page, page.get_by_role("button", name="Show steps"), most=2)
    expect(page.get_by_role("list", name="Steps").get_by_role("listitem").first).to_contain_text("Moodle")


def test_a_learner_takes_two_lessons_and_leaves(heliograph: Heliograph, page: Page) -> None:
    lessons = [Sco("one", "Introduction", "one.html"), Sco("two", "Final test", "two.html")]
    course = heliograph.import_package(build_package(title="Fire safety", scos=lessons))
    _, link = heliograph.launch_link(course)
    page.goto(link)
    activity = page.frame_locator("#activity")
    expect(activity.locator("#pass")).to_be_visible()
    menu = page.get_by_role("button", name="Menu")
    if not menu.evaluate("element => element === document.activeElement"):
        reach(page, menu, most=8)
    expect(menu).to_have_attribute("aria-expanded", re.compile("true|false"))
    if menu.get_attribute("aria-expanded") == "false":
        page.keyboard.press("Enter")
    expect(menu).to_have_attribute("aria-expanded", "true")
    contents = page.get_by_role("navigation", name="Menu")
    expect(contents.get_by_role("button", name=re.compile("Introduction"))).to_have_attribute(
        "aria-current", "true"
    )
    press(page, contents.get_by_role("button", name=re.compile("Final test")))
    expect(contents.get_by_role("button", name=re.compile("Final test"))).to_have_attribute(
        "aria-current", "true"
    )
    expect(activity.locator("#pass")).to_be_visible()
    press(page, activity.locator("#pass"))
    expect(contents.get_by_role("button", name=re.compile("Final test.*(Passed|Completed)"))).to_be_visible()
    reach(page, page.get_by_role("button", name=re.compile("exit", re.IGNORECASE)), "Shift+Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("saved")
