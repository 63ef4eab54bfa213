"""Embedded packages in LMSs as they are: the course goes on as the LMS lets it, and we hear what the LMS
accepted, no more and no less.
"""

import pytest
from playwright.sync_api import Page, expect
from tests.journeys.product import eventually
from tests.journeys.test_embedded import STATUS, reported, waiting

# Each manner once, the two standards in turn: the wrapper's way is the same in both.
BEARABLE = [
    ("forget_suspend_data", "scorm_12"),
    ("truncate_suspend_data:4", "scorm_2004"),
    ("no_learner_name", "scorm_2004"),
    ("no_last_words", "scorm_12"),
    ("slow:700", "scorm_2004"),
    ("restart_attempts", "scorm_12"),
]
REFUSING = [("reject_status", "scorm_12"), ("readonly_status", "scorm_2004"), ("ignore_status", "scorm_12")]


@pytest.mark.parametrize(("quirk", "standard"), BEARABLE)
def test_an_lms_that_forgets_hides_or_is_slow_takes_no_result_from_us(heliograph, embed, quirk, standard):
    seat, dispatch = embed(standard=standard)
    seat.open(quirk=quirk).ready()
    seat.press("bookmark", "pass")
    seat.has(**{STATUS[standard]: "passed"})
    registration = reported(heliograph, dispatch, success="passed", completion="completed")
    assert registration["score"]["raw"] == 90
    seat.leave()
    seat.open(quirk=quirk).ready()
    reported(heliograph, dispatch, launches=2)
    eventually(lambda: not waiting(seat), "the second sitting's first word was heard")
    assert reported(heliograph, dispatch, launches=2)["success"] == "passed"


@pytest.mark.parametrize(("quirk", "standard"), REFUSING)
def test_what_an_lms_refuses_is_not_reported_as_if_it_had_taken_it(heliograph, embed, quirk, standard):
    seat, dispatch = embed(standard=standard)
    seat.open(quirk=quirk).ready()
    seat.press("pass", "bookmark", "commit")
    heard = reported(heliograph, dispatch, launches=1)
    eventually(lambda: not waiting(seat), "everything was heard")
    assert heard["score"]["raw"] == 90
    assert heard["success"] == "unknown"
    assert "passed" not in seat.record()["elements"].values()


def test_an_lms_that_opens_packages_in_a_window_is_found_from_there(heliograph, embed):
    seat, dispatch = embed()
    with seat.page.expect_popup() as opened:
        seat.open(window="popup")
    popup: Page = opened.value
    sco = popup.frame_locator("iframe")
    expect(sco.locator("#found")).to_have_text("yes")
    sco.locator("#pass").click()
    seat.has(lesson_status="passed")
    reported(heliograph, dispatch, success="passed")
    popup.close()
