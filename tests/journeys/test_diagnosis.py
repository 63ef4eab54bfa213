"""LMSs that keep something else than they are given: nothing is lost, the ledger says what happened and why,
the next launch sets it right.
"""

import pytest
from tests.journeys.product import eventually

FORMATS = ["scorm12", "scorm2004-4th"]
STATUS = {"scorm12": "cmi.core.lesson_status", "scorm2004-4th": "cmi.success_status"}
QUIRKS = {
    "reject_status": "value_refused",
    "readonly_status": "status_read_only",
    "ignore_status": "status_overridden",
    "mastery_override:95": "mastery_override",
    "mastery_at_commit:95": "mastery_override",
    "commit_fails:0": "commit_refused",
}


def passed_in(lms_format: str) -> dict[str, str]:
    return {"lesson_status": "passed"} if lms_format == "scorm12" else {"success_status": "passed"}


def reasons(heliograph, dispatch, element: str) -> set[str]:
    """Why, as the ledger tells it, values of this element did not stay; empty where all did."""
    return {
        receipt["reason"]
        for receipt in heliograph.receipts(dispatch)
        if receipt["element"] == element and receipt["written"] == "passed"
    } - {""}


@pytest.mark.parametrize("quirk", QUIRKS)
@pytest.mark.parametrize("format", FORMATS)
def test_each_refusal_is_in_the_ledger_with_its_reason_and_the_next_launch_sets_it_right(
    heliograph, deliver, format, quirk
):
    seat, dispatch = deliver(format)
    seat.open(quirk=quirk).ready()
    seat.press("bookmark", "pass")
    eventually(lambda: heliograph.registration(dispatch)["success"] == "passed", "we know the result")
    eventually(
        lambda: reasons(heliograph, dispatch, STATUS[format]) == {QUIRKS[quirk]},
        f"the ledger says {QUIRKS[quirk]}",
    )
    seat.leave()
    seat.open().ready()
    seat.has(**passed_in(format))
    assert seat.at("location").inner_text() == "page-2"


@pytest.mark.parametrize(
    "quirk",
    [
        "forget_suspend_data",
        "truncate_suspend_data:4",
        "restart_attempts",
        "no_learner_name",
        "no_last_words",
        "slow:700",
    ],
)
@pytest.mark.parametrize("format", FORMATS)
def test_an_lms_that_forgets_restarts_or_is_slow_costs_the_learner_nothing(
    heliograph, deliver, format, quirk
):
    seat, dispatch = deliver(format)
    seat.open(quirk=quirk).ready()
    seat.press("bookmark", "pass")
    seat.has(**passed_in(format))
    seat.leave()
    seat.open(quirk=quirk).ready()
    assert seat.at("location").inner_text() == "page-2"
    assert seat.at("suspend-data").inner_text() == "seen=1,2"
    registration = heliograph.registration(dispatch)
    assert (registration["success"], registration["launches"]) == ("passed", 2)
    assert reasons(heliograph, dispatch, STATUS[format]) == set()


@pytest.mark.parametrize("format", FORMATS)
def test_a_window_that_is_closed_without_a_word_loses_nothing(heliograph, deliver, another_window, format):
    seat, dispatch = deliver(format)
    seat.open(quirk="no_last_words").ready()
    seat.press("bookmark", "pass")
    seat.has(**passed_in(format))
    seat.page.close()
    seat.page = another_window()
    seat.open(quirk="no_last_words").ready()
    assert seat.at("location").inner_text() == "page-2"
    assert heliograph.registration(dispatch)["success"] == "passed"
