"""The reference LMS's pages can be used by everybody, in light and in dark, on a phone too."""

from typing import Literal

import pytest
from playwright.sync_api import Browser, FilePayload, expect
from tests import axe
from tests.demo_lms.client import Lms, open_course
from tests.demo_lms.packages import package

WIDEST = 360


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_are_accessible_and_fit_a_phone(
    lms: Lms, browser: Browser, scheme: Literal["light", "dark"]
) -> None:
    context = browser.new_context(color_scheme=scheme, viewport={"width": WIDEST, "height": 700})
    page = context.new_page()
    course_id = lms.upload(package("scorm12"))
    course = open_course(page, lms.play_url(course_id, learner_id="x" * 200, quirk="slow:0"))
    course.call("LMSInitialize", "")
    course.call("LMSSetValue", "cmi.suspend_data", "x" * 4097)
    course.call("LMSSetValue", "cmi.core.lesson_location", "x" * 200)
    course.call("LMSCommit", "")
    expect(page.get_by_role("status")).to_have_text("running · 4 calls")
    record = lms.record(course_id, "x" * 200)
    learner = f"/packages/{course_id}/learners/{'x' * 200}"
    for path in ("/", f"/packages/{course_id}", learner, f"/attempts/{record['id']}", "/packages/0"):
        page.goto(lms.url + path)
        violations = axe.violations(page)
        assert [(violation["id"], violation["nodes"][0]["html"]) for violation in violations] == [], path
        assert page.evaluate("document.documentElement.scrollWidth") <= WIDEST, path
    context.close()


def test_a_package_is_uploaded_launched_and_removed_by_hand(lms: Lms, browser: Browser) -> None:
    page = browser.new_page()
    page.goto(lms.url)
    file: FilePayload = {"name": "lamps.zip", "mimeType": "application/zip", "buffer": package("scorm2004")}
    page.get_by_label("SCORM 1.2 or SCORM 2004 package").set_input_files(file)
    page.get_by_role("button", name="Upload").click()
    expect(page.get_by_role("heading", name="Lanterns & lamps")).to_be_visible()
    page.get_by_role("checkbox", name="no_learner_name").check()
    page.get_by_role("checkbox", name="truncate_suspend_data").check()
    page.get_by_label("N for truncate_suspend_data").fill("10")
    page.get_by_role("button", name="Save quirks").click()
    expect(page.get_by_label("N for truncate_suspend_data")).to_have_value("10")
    expect(page.get_by_role("checkbox", name="ignore_status")).not_to_be_checked()
    page.get_by_role("button", name="Launch").click()
    expect(page.get_by_text("truncate_suspend_data:10")).to_be_visible()
    page.get_by_role("link", name="Leave the course").click()
    page.get_by_role("link", name="Lanterns & lamps").click()
    expect(page.get_by_role("link", name="Zoë O’Brien, 李")).to_be_visible()
    page.get_by_text("Remove this package").click()
    page.get_by_role("button", name="Remove").click()
    expect(page.get_by_role("heading", name="Packages")).to_be_visible()
    page.close()
