"""cmi5 courses in a browser: AUs that speak with the record store, and what the learner, the course and the customer's LMS have of it."""

import pytest
from playwright.sync_api import expect
from tests.journeys.product import eventually
from tests.packages import Au, Block, cmi5_course

FIRST, SECOND = "https://example.com/fire/au-1", "https://example.com/fire/au-2"
TWO = (Block(nodes=[Au(FIRST, "Lesson 1", "one/au.html")]), Au(SECOND, "Lesson 2", "two.html?shown=1", "Passed", mastery_score="0.5"))


def stands(heliograph, registration, **wanted):
    def agrees():
        found = heliograph.api("GET", f"/registrations/{registration}")
        return found if all(found[name] == value for name, value in wanted.items()) else None

    return eventually(agrees, f"the registration has {wanted}")


def test_an_au_opens_in_the_player_and_its_statements_complete_the_registration(heliograph, page):
    course = heliograph.import_package(cmi5_course())
    registration, link = heliograph.launch_link(course)
    page.goto(link)
    au = page.frame_locator("#activity")
    expect(au.locator("#found")).to_have_text("yes")
    expect(au.locator("#mode")).to_have_text("Normal")
    au.locator("#complete").click()
    expect(au.locator("#last")).to_have_text("204")
    stands(heliograph, registration, completion="completed")
    au.locator("#return").click()
    expect(page.get_by_role("heading", name="Your progress is saved")).to_be_visible()


@pytest.mark.parametrize("format", ["scorm12", "scorm2004-4th"])
def test_two_aus_in_a_customers_lms_complete_the_course_there(heliograph, deliver, format):
    seat, dispatch = deliver(format, course=heliograph.import_package(cmi5_course(nodes=TWO)))
    status = "lesson_status" if format == "scorm12" else "completion_status"
    seat.open().ready()
    expect(seat.course.get_by_role("heading")).to_have_text("Lesson 1")
    contents = seat.player.get_by_role("navigation", name="Table of contents")
    if contents.is_hidden():
        seat.player.get_by_role("button", name="Contents").click()
    expect(contents.get_by_text("Part 1")).to_be_visible()
    seat.press("complete", "bookmark")
    expect(seat.at("last")).to_have_text("204")
    seat.player.get_by_role("button", name="Next").click()
    expect(seat.course.get_by_role("heading")).to_have_text("Lesson 2")
    seat.ready()
    assert heliograph.registration(dispatch)["completion"] == "incomplete"
    seat.has(**{status: "incomplete"})
    seat.press("pass")
    seat.has(**({"lesson_status": "passed", "score.raw": "90"} if format == "scorm12" else {status: "completed", "score.scaled": "0.9"}))
    seat.press("return")
    expect(seat.player.get_by_role("heading", name="Choose where to go on")).to_be_visible()
    contents.get_by_role("button", name="Lesson 1").click()
    seat.ready()
    assert seat.at("bookmarked").inner_text() == "page-2"
    seat.leave()
    found = heliograph.registration(dispatch)
    assert (found["completion"], found["success"], found["score"]["scaled"]) == ("completed", "passed", 0.9)
    assert {call["method"] for call in heliograph.calls(found["id"])} >= {"initialized", "completed", "passed", "terminated"}
