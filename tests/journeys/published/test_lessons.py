"""Published cmi5 and xAPI packages, kept beside the project, played as their learners play them."""

import io
import re
from pathlib import Path
from zipfile import ZipFile

from playwright.sync_api import Dialog, FrameLocator, Page, expect
from tests.journeys.product import Heliograph, eventually

# The golf example asks for a library that is not in its package; this does what it uses of it, with the
# record store it was launched with.
TIN_CAN = """
window.TinCan = class {
  constructor({ url, activity }) {
    this.launch = new URL(url).searchParams;
    this.activity = activity;
  }
  ask(method, resource, parameters, body) {
    const request = new XMLHttpRequest();
    const address = `${this.launch.get("endpoint")}${resource}?${new URLSearchParams(parameters)}`;
    request.open(method, address, false);
    request.setRequestHeader("Authorization", this.launch.get("auth"));
    request.setRequestHeader("X-Experience-API-Version", "1.0.0");
    request.setRequestHeader("Content-Type", "application/json");
    request.send(body === undefined ? null : JSON.stringify(body));
    return request;
  }
  about(stateId) {
    return {
      stateId, activityId: this.activity.id, agent: this.launch.get("actor"),
      registration: this.launch.get("registration"),
    };
  }
  sendStatements(statements, done) {
    const actor = JSON.parse(this.launch.get("actor"));
    this.ask("POST", "statements", {}, statements.map((one) => ({ actor, object: this.activity, ...one })));
    done?.();
  }
  sendStatement(statement) { this.sendStatements([statement]); }
  setState(name, contents, { callback } = {}) {
    this.ask("PUT", "activities/state", this.about(name), contents);
    callback?.();
  }
  getState(name) {
    const answer = this.ask("GET", "activities/state", this.about(name));
    return { err: null, state: answer.status === 200 ? { contents: JSON.parse(answer.responseText) } : null };
  }
};
window.TinCan.Utils = { convertMillisecondsToISO8601Duration: (milliseconds) => `PT${milliseconds / 1000}S` };
"""


def completed(heliograph: Heliograph, registration: str) -> dict:
    def is_done():
        answer = heliograph.api("GET", f"/registrations/{registration}")
        return answer if answer["completion"] == "completed" else None

    return eventually(is_done, "the course is completed")


def take_quiz(lesson: FrameLocator | Page) -> None:
    """Answers all questions of a CATAPULT lesson rightly, and leaves it as it offers."""
    expect(lesson.locator("#content > *").first).to_be_visible()
    lesson.locator(".navmenuitem").last.click()
    lesson.get_by_role("button", name=re.compile("Select correct answers")).click()
    lesson.get_by_role("button", name="Submit Answers").click()
    expect(lesson.locator("#score-passed")).to_be_visible()
    lesson.get_by_role("button", name="Exit the Course").click()


def test_a_lesson_with_a_quiz_is_played_to_satisfied(
    heliograph: Heliograph, page: Page, shared_packages: Path
):
    complaints: list[str] = []

    def note(dialog: Dialog) -> None:
        complaints.append(dialog.message)
        dialog.accept()

    page.on("dialog", note)
    course = heliograph.import_package(
        (shared_packages / "cmi5" / "catapult_single_au_basic_framed.zip").read_bytes()
    )
    registration, link = heliograph.launch_link(course)
    page.goto(link)
    take_quiz(page.frame_locator("#activity"))
    expect(page.get_by_role("heading", name="Progress saved")).to_be_visible()
    answer = completed(heliograph, registration)
    assert (answer["success"], answer["score"]["raw"]) == ("passed", 100)
    said = [call["method"] for call in heliograph.calls(registration)]
    assert said[0] == "initialized"
    assert said[-1] == "terminated"
    assert {"passed", "completed", "answered", "experienced"} <= set(said)
    assert not complaints


def test_a_course_of_blocks_and_tests_is_played_to_satisfied(
    heliograph: Heliograph, page: Page, shared_packages: Path
):
    course = heliograph.import_package(
        (shared_packages / "cmi5" / "catapult_pre_post_test_framed.zip").read_bytes()
    )
    registration, link = heliograph.launch_link(course)
    page.goto(link)
    contents = page.get_by_role("navigation", name="Menu")
    lessons = contents.get_by_role("button")
    expect(lessons).to_have_count(6)
    for number in (0, 2, 3, 5):
        if number:
            lessons.nth(number).click()
        take_quiz(page.frame_locator("#activity"))
        expect(page.get_by_role("heading", name="Choose a lesson")).to_be_visible()
    for number in (1, 4):
        lessons.nth(number).click()
        expect(lessons.nth(number)).to_have_attribute("aria-current", "true")
        expect(lessons.nth(number)).to_contain_text("Passed", timeout=15_000)
    answer = completed(heliograph, registration)
    assert (answer["success"], answer["score"]["scaled"]) == ("passed", 1.0)


def test_a_lesson_with_a_mastery_score_and_a_window_of_its_own(
    heliograph: Heliograph, page: Page, shared_packages: Path
):
    """Its scripts are not in its package; those of the lesson it was made from are."""
    members: dict[str, bytes] = {}
    for name in ("catapult_single_au_basic_framed.zip", "emp_cmi5.zip"):
        with ZipFile(shared_packages / "cmi5" / name) as package:
            members |= {name: package.read(name) for name in package.namelist() if not name.endswith("/")}
    buffer = io.BytesIO()
    with ZipFile(buffer, "w") as package:
        for path, content in members.items():
            package.writestr(path, content)
    registration, link = heliograph.launch_link(heliograph.import_package(buffer.getvalue()))
    page.goto(link)
    with page.context.expect_page() as opened:
        page.get_by_role("button", name="Open lesson").click()
    with opened.value.expect_event("close"):
        take_quiz(opened.value)
    expect(page.get_by_role("heading", name="Progress saved")).to_be_visible()
    assert completed(heliograph, registration)["success"] == "passed"


def test_an_xapi_course_with_a_library_of_its_time_is_launched_and_heard(
    heliograph: Heliograph, page: Page, shared_packages: Path
):
    page.context.route(
        "**/tincan-min.js", lambda route: route.fulfill(body=TIN_CAN, content_type="text/javascript")
    )
    page.on("dialog", lambda dialog: dialog.accept())
    course = heliograph.import_package(
        (shared_packages / "xapi" / "rustici_GolfExample_TCAPI.zip").read_bytes()
    )
    heliograph.api("PATCH", f"/courses/{course['id']}", {"completes_by": "terminated"})
    registration, link = heliograph.launch_link(course)
    page.goto(link)
    golf = page.frame_locator("#activity")
    golf.locator("#butNext").click()
    expect(golf.frame_locator("#contentFrame").locator("body")).to_contain_text("Par")
    eventually(
        lambda: "experienced" in {call["method"] for call in heliograph.calls(registration)},
        "a page was experienced",
    )
    golf.locator("#exitButton").click()
    completed(heliograph, registration)
    assert {"initialized", "attempted", "suspended", "terminated"} <= {
        call["method"] for call in heliograph.calls(registration)
    }
