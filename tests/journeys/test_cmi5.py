"""cmi5 courses in a browser: AUs that speak with the record store, and what the learner, the course and the
customer's LMS have of it.
"""

import pytest
from playwright.sync_api import expect
from tests.builders import Activity, Au, Block, cmi5_course, tincan_course
from tests.journeys.product import eventually

FIRST, SECOND = "https://example.com/fire/au-1", "https://example.com/fire/au-2"
AIM = "https://example.com/fire/objectives/exits"
TWO = (
    Block(nodes=[Au(FIRST, "Lesson 1", "one/au.html", objectives=[AIM])]),
    Au(SECOND, "Lesson 2", "two.html?shown=1", "Passed", mastery_score="0.5"),
)


def stands(heliograph, registration, **values):
    def agrees():
        answer = heliograph.api("GET", f"/registrations/{registration}")
        return answer if all(answer[name] == value for name, value in values.items()) else None

    return eventually(agrees, f"the registration has {values}")


def test_an_au_opens_in_the_player_and_its_statements_complete_the_registration(heliograph, page):
    course = heliograph.import_package(cmi5_course())
    registration, link = heliograph.launch_link(course)
    page.goto(link)
    au = page.frame_locator("#activity")
    expect(au.locator("#found")).to_have_text("yes")
    expect(au.locator("#mode")).to_have_text("Normal")
    au.locator("#complete").click()
    expect(au.locator("#stored")).to_have_text("completed")
    stands(heliograph, registration, completion="completed")
    au.locator("#return").click()
    expect(page.get_by_role("heading", name="Progress saved")).to_be_visible()


@pytest.mark.parametrize("format", ["scorm12", "scorm2004-4th"])
def test_two_aus_in_a_customers_lms_complete_the_course_there(heliograph, deliver, format):
    seat, dispatch = deliver(
        format, course=heliograph.import_package(cmi5_course(nodes=TWO, objectives=[AIM]))
    )
    status = "lesson_status" if format == "scorm12" else "completion_status"
    seat.open().ready()
    expect(seat.course.get_by_role("heading")).to_have_text("Lesson 1")
    contents = seat.player.get_by_role("navigation", name="Menu")
    if contents.is_hidden():
        seat.player.get_by_role("button", name="Menu").click()
    expect(contents.get_by_text("Part 1")).to_be_visible()
    expect(contents.get_by_text(AIM)).to_be_visible()
    seat.press("complete", "bookmark")
    expect(seat.at("last")).to_have_text("204")
    seat.player.get_by_role("button", name="Next lesson").click()
    expect(seat.course.get_by_role("heading")).to_have_text("Lesson 2")
    seat.ready()
    assert heliograph.registration(dispatch)["completion"] == "incomplete"
    seat.has(**{status: "incomplete"})
    seat.press("pass")
    seat.has(
        **(
            {"lesson_status": "passed", "score.raw": "90"}
            if format == "scorm12"
            else {status: "completed", "score.scaled": "0.9"}
        )
    )
    seat.press("return")
    expect(seat.player.get_by_role("heading", name="Choose a lesson")).to_be_visible()
    contents.get_by_role("button", name="Lesson 1").click()
    seat.ready()
    assert seat.at("bookmarked").inner_text() == "page-2"
    seat.leave()
    answer = heliograph.registration(dispatch)
    assert (answer["completion"], answer["success"], answer["score"]["scaled"]) == (
        "completed",
        "passed",
        0.9,
    )
    assert {call["method"] for call in heliograph.calls(answer["id"])} >= {
        "initialized",
        "completed",
        "passed",
        "terminated",
    }


def test_a_lesson_in_a_window_of_its_own_is_opened_by_the_learner_and_leads_back(heliograph, page, context):
    course = heliograph.import_package(
        cmi5_course(nodes=[Au(launch_method="OwnWindow"), Au(SECOND, "Lesson 2", "two.html")])
    )
    registration, link = heliograph.launch_link(course)
    page.goto(link)
    with context.expect_page() as opened:
        page.get_by_role("button", name="Open lesson").click()
    lesson = opened.value
    expect(lesson.locator("#found")).to_have_text("yes")
    expect(page.get_by_text("The lesson opened in a new window.")).to_be_visible()
    lesson.locator("#complete").click()
    expect(lesson.locator("#stored")).to_have_text("completed")
    with lesson.expect_event("close"):
        lesson.locator("#return").click()
    expect(page.get_by_role("heading", name="Choose a lesson")).to_be_visible()
    contents = page.get_by_role("navigation", name="Menu")
    expect(contents.get_by_role("button", name="Lesson 1")).to_contain_text("Completed")
    assert [call["method"] for call in heliograph.calls(registration)] == [
        "initialized",
        "completed",
        "terminated",
    ]


def test_a_window_that_is_closed_by_hand_leads_back_and_its_last_words_are_heard(heliograph, page, context):
    registration, link = heliograph.launch_link(
        heliograph.import_package(cmi5_course(nodes=[Au(launch_method="OwnWindow")]))
    )
    page.goto(link)
    with context.expect_page() as opened:
        page.get_by_role("button", name="Open lesson").click()
    expect(opened.value.locator("#found")).to_have_text("yes")
    opened.value.close(run_before_unload=True)
    expect(page.get_by_role("heading", name="Progress saved")).to_be_visible()
    eventually(
        lambda: [call["method"] for call in heliograph.calls(registration)][-1] == "terminated",
        "the lesson said goodbye",
    )


def test_a_lesson_that_was_opened_elsewhere_too_stops_here(heliograph, page, another_window):
    course = heliograph.import_package(cmi5_course())
    registration, link = heliograph.launch_link(course)
    page.goto(link)
    lesson = page.frame_locator("#activity")
    expect(lesson.locator("#found")).to_have_text("yes")
    newer = another_window()
    newer.goto(heliograph.api("POST", f"/registrations/{registration}/launch", {})["url"])
    expect(newer.frame_locator("#activity").locator("#found")).to_have_text("yes")
    lesson.locator("#complete").click()
    expect(page.get_by_role("heading", name="Course open in another window")).to_be_visible()
    newer.frame_locator("#activity").locator("#pass").click()
    answer = stands(heliograph, registration, completion="completed")
    assert answer["success"] == "passed"


def test_a_lesson_is_reviewed_without_being_recorded(heliograph, page):
    course = heliograph.import_package(cmi5_course())
    registration, _ = heliograph.launch_link(course)
    page.goto(heliograph.api("POST", f"/registrations/{registration}/launch", {"mode": "review"})["url"])
    lesson = page.frame_locator("#activity")
    expect(lesson.locator("#mode")).to_have_text("Review")
    lesson.locator("#complete").click()
    expect(lesson.locator("#last")).to_have_text("403 cmi5_refused")


def test_an_xapi_package_in_a_customers_lms_completes_there(heliograph, deliver):
    package = tincan_course(
        activities=[Activity(), Activity("https://example.com/fire/exam", "Exam", "exam.html?shown=1")]
    )
    seat, dispatch = deliver("scorm2004-3rd", course=heliograph.import_package(package))
    seat.open().ready()
    assert seat.at("learner").inner_text() == "Anna Ahlberg"
    seat.press("complete", "bookmark")
    expect(seat.at("last")).to_have_text("204")
    seat.player.get_by_role("button", name="Next lesson").click()
    expect(seat.course.get_by_role("heading")).to_have_text("Exam")
    seat.ready().press("pass")
    seat.has(**{"completion_status": "completed", "score.scaled": "0.9"})
    seat.leave()
    seat.open()
    seat.player.get_by_role("button", name="Previous lesson").click()
    expect(seat.course.get_by_role("heading")).to_have_text("Fire safety")
    assert seat.ready().at("bookmarked").inner_text() == "page-2"
    assert heliograph.registration(dispatch)["completion"] == "completed"
