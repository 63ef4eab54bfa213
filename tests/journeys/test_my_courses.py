"""A learner's side without a customer's LMS: assigned a course, told of it, opened, completed, and back."""

from playwright.sync_api import Browser, Page, expect
from tests.builders import Sco, build_package
from tests.journeys.pages import sign_in
from tests.journeys.product import Heliograph

EMAIL, PASSWORD = "lena@northlight.example", "a password of her own"


def test_a_learner_takes_an_assigned_course_and_finds_the_result(
    heliograph: Heliograph, page: Page, browser: Browser
) -> None:
    course = heliograph.import_package(build_package(scos=[Sco("one", "First lesson", "one.html")]))
    invited = heliograph.api("POST", "/org/invitations", {"email": EMAIL, "role": "learner"})
    lena = browser.new_context().new_page()
    lena.goto(invited["url"])
    lena.get_by_label("Name").fill("Lena")
    lena.get_by_label("Password").fill(PASSWORD)
    lena.get_by_role("button", name="Create account and accept").click()
    expect(lena.get_by_text("Courses that your organization assigns to you appear here.")).to_be_visible()

    sign_in(page, heliograph)
    page.goto(f"{heliograph.app}/admin/courses/{course['id']}/assignments/")
    page.get_by_role("button", name="Assign to users").click()
    dialog = page.get_by_role("dialog", name="Assign to users")
    dialog.get_by_label("Email addresses").fill(EMAIL)
    dialog.get_by_label("Due date").fill("2031-05-20")
    dialog.get_by_role("button", name="Assign", exact=True).click()
    expect(page.get_by_text("Assigned to 1 user.")).to_be_visible()
    expect(page.get_by_role("row", name="Lena").get_by_text("Open")).to_be_visible()

    lena.goto(f"{heliograph.app}/lms/")
    expect(lena.get_by_text("Due May 2")).to_be_visible()
    lena.get_by_role("button", name=f"Start “{course['title']}”").click()
    lesson = lena.frame_locator("#activity")
    expect(lesson.locator("#found")).to_have_text("yes")
    lesson.locator("#pass").click()
    lena.get_by_role("button", name="Exit").click()
    lena.wait_for_url(f"**/lms/courses/{course['id']}/")
    expect(lena.get_by_role("region", name="Status").get_by_text("Passed")).to_be_visible()
    lena.get_by_role("link", name="My courses").first.click()
    expect(lena.get_by_role("heading", name="Completed")).to_be_visible()

    page.reload()
    expect(page.get_by_role("row", name="Lena").get_by_text("Completed")).to_be_visible()
    lena.context.close()
