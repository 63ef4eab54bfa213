"""A learner plays a course in the reference LMS: what the course commits is kept, and every call can be seen."""

import pytest
from playwright.sync_api import Page, expect
from tests.demo_lms.client import LEARNER, NAME, Lms, open_course
from tests.demo_lms.packages import package


def test_a_scorm_12_course_is_resumed_where_it_was_suspended(lms: Lms, page: Page) -> None:
    course_id = lms.upload(package("scorm12"))
    course = open_course(page, lms.play_url(course_id))
    assert course.call("LMSInitialize", "") == "true"
    assert course.call("LMSGetValue", "cmi.core.entry") == "ab-initio"
    assert course.call("LMSGetValue", "cmi.core.student_id") == LEARNER
    assert course.call("LMSGetValue", "cmi.core.student_name") == NAME
    course.call("LMSSetValue", "cmi.core.lesson_status", "incomplete")
    course.call("LMSSetValue", "cmi.core.lesson_location", "page 3")
    course.call("LMSSetValue", "cmi.suspend_data", "três 三")
    course.call("LMSSetValue", "cmi.core.session_time", "0000:20:30.50")
    course.call("LMSSetValue", "cmi.core.exit", "suspend")
    assert lms.record(course_id)["elements"] == {}
    assert course.call("LMSCommit", "") == "true"
    assert lms.record(course_id)["location"] == "page 3"
    assert lms.record(course_id)["total_time"] == "0000:00:00.00"
    assert course.call("LMSFinish", "") == "true"

    again = open_course(page, lms.play_url(course_id))
    again.call("LMSInitialize", "")
    assert again.call("LMSGetValue", "cmi.core.entry") == "resume"
    assert again.call("LMSGetValue", "cmi.suspend_data") == "três 三"
    assert again.call("LMSGetValue", "cmi.core.lesson_location") == "page 3"
    assert again.call("LMSGetValue", "cmi.core.lesson_status") == "incomplete"
    assert again.call("LMSGetValue", "cmi.core.total_time") == "0000:20:30.50"


def test_the_attempt_page_follows_the_calls_as_they_are_made(lms: Lms, page: Page) -> None:
    course_id = lms.upload(package("scorm2004"))
    course = open_course(page, lms.play_url(course_id))
    course.call("Initialize", "")
    watching = page.context.new_page()
    watching.goto(f"{lms.url}/attempts/{lms.record(course_id)['id']}")
    course.call("SetValue", "cmi.score.scaled", "1.5")
    row = watching.locator("tr.failed", has_text="cmi.score.scaled")
    expect(row).to_contain_text("407")
    expect(row).to_contain_text("must lie between -1 and 1")
    course.call("SetValue", "cmi.completion_status", "completed")
    course.call("Commit", "")
    expect(watching.locator(".facts")).to_contain_text("completed, unknown")
    watching.close()


@pytest.mark.parametrize("exit_word", ["", "normal", "logout", "time-out"])
def test_a_scorm_2004_course_that_was_not_suspended_begins_anew(lms: Lms, page: Page, exit_word: str) -> None:
    course_id = lms.upload(package("scorm2004"))
    course = open_course(page, lms.play_url(course_id))
    course.call("Initialize", "")
    course.call("SetValue", "cmi.location", "7")
    course.call("SetValue", "cmi.exit", exit_word)
    course.call("Terminate", "")
    again = open_course(page, lms.play_url(course_id))
    again.call("Initialize", "")
    assert again.call("GetValue", "cmi.entry") == "ab-initio"
    assert again.fails("GetValue", "cmi.location") == "403"
    assert [attempt["number"] for attempt in lms.record(course_id)["attempts"]] == [2, 1]
