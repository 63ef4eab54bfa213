"""LMSs as they are: previews, hidden learners, windows of their own."""

import pytest
from playwright.sync_api import Page, expect
from tests.builders import build_package
from tests.journeys.learner import Seat
from tests.journeys.product import eventually

FORMATS = ["scorm12", "scorm2004-4th"]


@pytest.mark.parametrize("format", FORMATS)
def test_a_preview_in_the_lms_takes_no_place_and_writes_nothing(heliograph, deliver, format):
    seat, dispatch = deliver(format, limits={"registration_limit": 1})
    seat.open(mode="browse").ready()
    expect(seat.player.get_by_text("Preview mode – progress is not saved")).to_be_visible()
    seat.press("pass", "finish")
    seat.leave()
    assert not {call["method"] for call in seat.whole_record()["calls"]} & {"LMSSetValue", "SetValue"}
    assert heliograph.api("GET", f"/dispatch/{dispatch['id']}")["registrations_used"] == 0


@pytest.mark.parametrize("format", FORMATS)
def test_a_learner_whose_id_the_lms_hides_is_the_same_one_the_second_time(heliograph, deliver, format):
    seat, dispatch = deliver(format)
    for place in ("", "page-2"):
        seat.open(quirk="no_learner_id").ready()
        assert seat.at("location").inner_text() == place
        seat.press("bookmark")
        seat.has(**({"lesson_location": "page-2"} if format == "scorm12" else {"location": "page-2"}))
        seat.leave()
    assert heliograph.registration(dispatch)["launches"] == 2


def test_an_lms_that_begins_every_attempt_anew_still_resumes_its_learner(heliograph, deliver):
    seat, dispatch = deliver()
    for place in ("", "page-2"):
        seat.open(quirk="restart_attempts").ready()
        assert seat.at("location").inner_text() == place
        seat.press("pass", "bookmark")
        seat.has(lesson_status="passed")
        seat.leave()
    assert heliograph.registration(dispatch)["launches"] == 2


def test_a_manager_sees_that_an_lms_kept_something_else_than_it_was_given(heliograph, deliver):
    seat, dispatch = deliver()
    seat.open(quirk="ignore_status").ready()
    seat.press("pass")
    seat.has(**{"score.raw": "90"})
    readback = ("cmi.core.lesson_status", "passed", False)
    eventually(
        lambda: (
            readback
            in {
                (receipt["element"], receipt["written"], receipt["agrees"])
                for receipt in heliograph.receipts(dispatch)
            }
        ),
        "a receipt says that the LMS did not keep the status",
    )


def test_a_course_that_opens_in_a_window_of_its_own_opens_at_a_click_and_reports_from_there(
    heliograph, deliver
):
    seat, dispatch = deliver(course=heliograph.import_for_window(build_package()))
    window = seat.open().open_window()
    sco = window.frame_locator("#activity")
    expect(sco.locator("#found")).to_have_text("yes")
    sco.locator("#pass").click()
    seat.has(lesson_status="passed", **{"score.raw": "90"})
    window.get_by_role("button", name="Exit").click()
    expect(seat.note()).to_contain_text("You can close this page")
    assert heliograph.registration(dispatch)["success"] == "passed"


def test_an_lms_that_opens_packages_in_a_window_is_found_from_there(heliograph, deliver):
    seat, dispatch = deliver()
    with seat.page.expect_popup() as opened:
        seat.open(window="popup")
    popup: Page = opened.value
    sco = popup.frame_locator("iframe").frame_locator("#activity")
    expect(sco.locator("#found")).to_have_text("yes")
    sco.locator("#pass").click()
    seat.has(lesson_status="passed")
    popup.close()
    assert heliograph.registration(dispatch)["success"] == "passed"


@pytest.mark.parametrize("format", FORMATS)
def test_a_learner_who_leaves_by_the_course_s_exit_is_told_that_all_is_saved(deliver, format):
    seat: Seat = deliver(format)[0]
    seat.open().ready()
    seat.press("pass")
    seat.player.get_by_role("button", name="Exit").click()
    if format == "scorm12":  # an LMS of SCORM 2004 takes the course away itself, as it is asked to
        expect(seat.note()).to_contain_text("Your progress is saved")
    seat.has(**({"lesson_status": "passed"} if format == "scorm12" else {"success_status": "passed"}))
