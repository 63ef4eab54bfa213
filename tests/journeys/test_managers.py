"""The manager's side in a browser: from a package on their disk to a learner they watch."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect
from tests.builders import build_package
from tests.demo_lms.client import Lms
from tests.journeys.learner import Seat
from tests.journeys.pages import sign_in
from tests.journeys.product import Heliograph


@pytest.fixture
def complaints(page: Page) -> Iterator[list[str]]:
    """What the browser complains of: errors of scripts, refused resources, breaches of the content security
    policy.
    """
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda problem: said.append(str(problem)))
    yield said
    assert said == []


def test_a_manager_imports_tries_dispatches_and_watches_a_course(
    heliograph: Heliograph, lms: Lms, page: Page, complaints: list[str]
) -> None:
    sign_in(page, heliograph)
    page.goto(f"{heliograph.app}/admin/courses/")
    page.get_by_role("button", name="Import course").first.click()
    upload = page.get_by_role("dialog", name="Import course")
    package = build_package(title="Working at height")
    upload.locator("input[type=file]").set_input_files(
        {"name": "height.zip", "mimeType": "application/zip", "buffer": package}
    )
    upload.get_by_role("button", name="Import", exact=True).click()
    expect(page.get_by_text("“Working at height” was imported")).to_be_visible()
    expect(page.get_by_text("No issues found")).to_be_visible()
    page.get_by_role("link", name="View course").click()

    course_page = page.url
    page.get_by_role("button", name="Preview").click()
    course = page.frame_locator("iframe[title='The course']").frame_locator("#activity")
    expect(course.locator("#found")).to_have_text("yes")
    course.locator("#pass").click()
    log = page.get_by_role("region", name="Debug log")
    expect(log).to_contain_text("LMSInitialize")
    expect(log).to_contain_text("cmi.core.lesson_status, passed")
    page.get_by_role("link", name="View registration").click()
    expect(page.get_by_role("region", name="Status")).to_contain_text(re.compile("passed", re.I))

    page.goto(course_page)
    page.get_by_role("link", name="Create dispatch").click()
    dialog = page.get_by_role("dialog", name="New dispatch")
    dialog.get_by_label("Or create a new customer").fill("Brandt Logistics")
    dialog.get_by_label("Learner limit").fill("5")
    dialog.get_by_role("button", name="Create").click()
    expect(page.get_by_role("heading", name="Working at height")).to_be_visible()
    expect(page.get_by_text("of 5 learners")).to_be_visible()
    with page.expect_download() as downloading:
        page.get_by_role("link", name="Download package").click()
    package = downloading.value.path().read_bytes()

    seat = Seat(page.context.new_page(), lms, lms.upload(package)).open().ready()
    seat.press("pass")
    seat.has(lesson_status="passed")
    seat.leave()
    page.reload()
    page.get_by_role("region", name="Recent learners").get_by_role("link", name="Anna Ahlberg").click()
    expect(page.get_by_role("region", name="Status")).to_contain_text("90")
    page.get_by_role("link", name="Debug log").click()
    expect(page.get_by_role("region", name="Debug log")).to_contain_text("LMSSetValue")


def test_a_manager_is_told_in_a_sentence_why_a_package_was_refused(
    heliograph: Heliograph, page: Page
) -> None:
    sign_in(page, heliograph)
    page.goto(f"{heliograph.app}/admin/courses/")
    page.get_by_role("button", name="Import course").first.click()
    upload = page.get_by_role("dialog", name="Import course")
    upload.locator("input[type=file]").set_input_files(
        {"name": "cat.zip", "mimeType": "application/zip", "buffer": b"no zip"}
    )
    upload.get_by_role("button", name="Import", exact=True).click()
    expect(page.get_by_text(re.compile("Import failed|valid ZIP", re.I)).first).to_be_visible()
