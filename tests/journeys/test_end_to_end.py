"""The whole path: a course is imported once, dispatched, uploaded into a customer's LMS, learned there, and
both sides have the result.
"""

import pytest
from tests.builders import Sco

FORMATS = {
    "scorm12": {"lesson_status": "passed", "score.raw": "90"},
    "scorm2004-3rd": {
        "completion_status": "completed",
        "success_status": "passed",
        "score.raw": "90",
        "score.scaled": "0.9",
    },
    "scorm2004-4th": {
        "completion_status": "completed",
        "success_status": "passed",
        "score.raw": "90",
        "score.scaled": "0.9",
    },
}
STARTED = {"scorm12": {"lesson_status": "incomplete"}}


@pytest.mark.parametrize("format", FORMATS)
def test_a_learner_resumes_where_they_left_and_both_sides_have_the_result(heliograph, deliver, format):
    seat, dispatch = deliver(format, scos=[Sco(parameters="?a=1")])
    seat.open().ready()
    seat.press("incomplete", "bookmark")
    seat.has(**STARTED.get(format, {"completion_status": "incomplete"}))
    seat.leave()

    seat.open().ready()
    assert seat.at("entry").inner_text() == "resume"
    assert seat.at("location").inner_text() == "page-2"
    assert seat.at("suspend-data").inner_text() == "seen=1,2"
    seat.press("pass")
    seat.has(**FORMATS[format])
    seat.press("finish")
    seat.leave()

    registration = heliograph.registration(dispatch)
    assert (registration["completion"], registration["success"], registration["score"]["raw"]) == (
        "completed",
        "passed",
        90,
    )
    assert registration["learner"] == {"id": "anna", "name": "Anna Ahlberg", "email": ""}
    assert registration["launches"] == 2
    receipts = heliograph.receipts(dispatch)
    assert receipts
    assert all(receipt["agrees"] is not False for receipt in receipts), receipts
