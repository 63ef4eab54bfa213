"""What the reference LMS takes and refuses of a SCORM 1.2 course, element by element (SCORM 1.2 RTE 3.4)."""

from collections.abc import Callable
from typing import Any

import pytest
from tests.demo_lms.client import Desk

Desks = Callable[..., Desk]

GIVEN = {
    "cmi.core.student_id": "zoe",
    "cmi.core.student_name": "Zoë",
    "cmi.core.credit": "credit",
    "cmi.core.lesson_mode": "normal",
    "cmi.core.entry": "ab-initio",
}


@pytest.fixture
def course(desk: Desks) -> Desk:
    running = desk("scorm12", given=GIVEN)
    running.call("LMSInitialize", "")
    return running


@pytest.mark.parametrize(
    ("element", "value", "error"),
    [
        ("cmi.core.lesson_status", "passed", "0"),
        ("cmi.core.lesson_status", "completed", "0"),
        ("cmi.core.lesson_status", "failed", "0"),
        ("cmi.core.lesson_status", "incomplete", "0"),
        ("cmi.core.lesson_status", "browsed", "0"),
        ("cmi.core.lesson_status", "not attempted", "405"),
        ("cmi.core.lesson_status", "Passed", "405"),
        ("cmi.core.lesson_status", "", "405"),
        ("cmi.core.lesson_location", "x" * 255, "0"),
        ("cmi.core.lesson_location", "x" * 256, "405"),
        ("cmi.core.lesson_location", "李" * 255, "0"),
        ("cmi.suspend_data", "x" * 4096, "0"),
        ("cmi.suspend_data", "x" * 4097, "405"),
        ("cmi.core.score.raw", "0", "0"),
        ("cmi.core.score.raw", "100", "0"),
        ("cmi.core.score.raw", "87.5", "0"),
        ("cmi.core.score.raw", "", "0"),
        ("cmi.core.score.raw", "101", "405"),
        ("cmi.core.score.raw", "-1", "405"),
        ("cmi.core.score.raw", "ten", "405"),
        ("cmi.core.score.raw", "1e2", "405"),
        ("cmi.core.score.max", "100.5", "405"),
        ("cmi.core.exit", "suspend", "0"),
        ("cmi.core.exit", "", "0"),
        ("cmi.core.exit", "normal", "405"),
        ("cmi.core.session_time", "00:00:00", "0"),
        ("cmi.core.session_time", "9999:59:59.99", "0"),
        ("cmi.core.session_time", "PT1M", "405"),
        ("cmi.core.session_time", "1:00:00", "405"),
        ("cmi.core.session_time", "00:00:00.123", "405"),
        ("cmi.core.student_id", "somebody", "403"),
        ("cmi.core.student_name", "somebody", "403"),
        ("cmi.core.credit", "credit", "403"),
        ("cmi.core.entry", "resume", "403"),
        ("cmi.core.total_time", "00:00:01", "403"),
        ("cmi.core.lesson_mode", "normal", "403"),
        ("cmi.launch_data", "x", "403"),
        ("cmi.comments_from_lms", "x", "403"),
        ("cmi.student_data.mastery_score", "1", "403"),
        ("cmi.core._children", "x", "402"),
        ("cmi.objectives._count", "1", "402"),
        ("cmi._version", "1", "402"),
        ("cmi.core.unheard_of", "x", "201"),
        ("cmi.completion_status", "completed", "201"),
        ("cmi", "x", "201"),
        ("", "x", "201"),
        ("cmi.comments", "x" * 4096, "0"),
        ("cmi.comments", "x" * 4097, "405"),
        ("cmi.student_preference.audio", "100", "0"),
        ("cmi.student_preference.audio", "101", "405"),
        ("cmi.student_preference.speed", "-100", "0"),
        ("cmi.student_preference.text", "2", "405"),
        ("cmi.student_preference.language", "x" * 256, "405"),
        ("cmi.objectives.0.id", "first", "0"),
        ("cmi.objectives.0.id", "x" * 255, "0"),
        ("cmi.objectives.0.id", "x" * 256, "405"),
        ("cmi.objectives.0.id", "two words", "405"),
        ("cmi.objectives.0.id", "", "405"),
        ("cmi.objectives.0.id", "façade", "405"),
        ("cmi.objectives.0.score.raw", "55", "0"),
        ("cmi.objectives.0.status", "not attempted", "0"),
        ("cmi.objectives.0.status", "unknown", "405"),
        ("cmi.objectives.1.id", "second", "201"),
        ("cmi.objectives.00.id", "first", "201"),
        ("cmi.interactions.0.id", "q1", "0"),
        ("cmi.interactions.0.time", "23:59:59", "0"),
        ("cmi.interactions.0.time", "24:00:00", "405"),
        ("cmi.interactions.0.type", "choice", "0"),
        ("cmi.interactions.0.type", "essay", "405"),
        ("cmi.interactions.0.result", "wrong", "0"),
        ("cmi.interactions.0.result", "0.5", "0"),
        ("cmi.interactions.0.result", "incorrect", "405"),
        ("cmi.interactions.0.weighting", "-1.5", "0"),
        ("cmi.interactions.0.weighting", "heavy", "405"),
        ("cmi.interactions.0.latency", "00:00:05.5", "0"),
        ("cmi.interactions.0.latency", "5", "405"),
        ("cmi.interactions.0.student_response", "x" * 256, "405"),
        ("cmi.interactions.0.objectives.0.id", "first", "0"),
        ("cmi.interactions.0.objectives.1.id", "first", "201"),
        ("cmi.interactions.0.correct_responses.0.pattern", "a", "0"),
    ],
)
def test_setting_an_element(course: Desk, element: str, value: str, error: str) -> None:
    answer = course.call("LMSSetValue", element, value)
    assert (course.call("LMSGetLastError"), answer) == (error, "true" if error == "0" else "false")


@pytest.mark.parametrize(
    ("element", "value", "error"),
    [
        ("cmi._version", "3.4", "0"),
        ("cmi.core._children", None, "0"),
        ("cmi.core.score._children", "raw,min,max", "0"),
        ("cmi.objectives._children", "id,score,status", "0"),
        ("cmi.objectives._count", "0", "0"),
        ("cmi.interactions._count", "0", "0"),
        ("cmi.core.student_name", "Zoë", "0"),
        ("cmi.core.lesson_status", "not attempted", "0"),
        ("cmi.core.lesson_location", "", "0"),
        ("cmi.core.score.raw", "", "0"),
        ("cmi.core.total_time", "0000:00:00.00", "0"),
        ("cmi.core.lesson_mode", "normal", "0"),
        ("cmi.core.exit", "", "404"),
        ("cmi.core.session_time", "", "404"),
        ("cmi.interactions.0.id", "", "404"),
        ("cmi.core.lesson_location._children", "", "202"),
        ("cmi.core._count", "", "203"),
        ("cmi.core.score._count", "", "203"),
        ("cmi.objectives.0.id", "", "201"),
        ("cmi.nothing", "", "201"),
        ("cmi.nothing._children", "", "201"),
        ("constructor", "", "201"),
        ("cmi", "", "201"),
        ("", "", "201"),
    ],
)
def test_getting_an_element(course: Desk, element: str, value: str | None, error: str) -> None:
    answer = course.call("LMSGetValue", element)
    assert course.call("LMSGetLastError") == error
    assert value is None or answer == value


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        ("true-false", "t", "yes"),
        ("choice", "a,b", "Paris, of course"),
        ("choice", "{a,b}", "a b"),
        ("sequencing", "c,a,b", "first"),
        ("matching", "1.a,2.b", "1-a"),
        ("likert", "4", "agree"),
        ("numeric", "-2.5", "two"),
        ("fill-in", "any words at all", "x" * 256),
        ("performance", "press, then hold", "x" * 256),
    ],
)
def test_a_response_must_look_like_its_type_of_question(course: Desk, kind: str, good: str, bad: str) -> None:
    course.call("LMSSetValue", "cmi.interactions.0.type", kind)
    assert course.fails("LMSSetValue", "cmi.interactions.0.student_response", good) == "0"
    assert course.fails("LMSSetValue", "cmi.interactions.0.student_response", bad) == "405"
    assert course.fails("LMSSetValue", "cmi.interactions.0.correct_responses.0.pattern", bad) == "405"


def test_records_are_counted_and_read_back(course: Desk) -> None:
    course.call("LMSSetValue", "cmi.objectives.0.id", "a")
    course.call("LMSSetValue", "cmi.objectives.1.id", "b")
    course.call("LMSSetValue", "cmi.objectives.1.score.raw", "40")
    assert course.call("LMSGetValue", "cmi.objectives._count") == "2"
    assert course.call("LMSGetValue", "cmi.objectives.1.score.raw") == "40"
    assert course.call("LMSGetValue", "cmi.objectives.0.status") == "not attempted"
    assert course.call("LMSGetValue", "cmi.objectives.0.score._children") == "raw,min,max"


def test_comments_are_added_to_those_before(course: Desk) -> None:
    course.call("LMSSetValue", "cmi.comments", "One.")
    course.call("LMSSetValue", "cmi.comments", "Two.")
    assert course.call("LMSGetValue", "cmi.comments") == "One.Two."


def test_calls_out_of_turn_are_refused(desk: Desks) -> None:
    course = desk("scorm12")
    for method, arguments in [("LMSGetValue", ["cmi.core.entry"]), ("LMSSetValue", ["cmi.comments", "x"])]:
        assert course.fails(method, *arguments) == "301"
    assert course.fails("LMSCommit", "") == "301"
    assert course.fails("LMSFinish", "") == "301"
    assert course.fails("LMSInitialize", "x") == "201"
    assert course.fails("LMSInitialize") == "201"
    assert course.fails("LMSInitialize", "") == "0"
    assert course.fails("LMSInitialize", "") == "101"
    assert course.fails("LMSCommit", "now") == "201"
    assert course.fails("LMSFinish", "") == "0"
    assert course.fails("LMSGetValue", "cmi.core.entry") == "301"
    assert course.fails("LMSFinish", "") == "301"
    assert course.fails("LMSInitialize", "") == "101"


def test_an_error_is_explained_and_stays_until_the_next_call(course: Desk) -> None:
    course.call("LMSSetValue", "cmi.core.lesson_location", "x" * 300)
    assert course.call("LMSGetErrorString", "405") == "Incorrect data type"
    assert course.call("LMSGetErrorString", "999") == ""
    assert course.call("LMSGetDiagnostic", "") == "The value has 300 characters; the limit is 255."
    assert course.call("LMSGetLastError") == "405"
    course.call("LMSGetValue", "cmi.core.entry")
    assert course.call("LMSGetLastError") == "0"


@pytest.mark.parametrize(
    ("given", "said", "status"),
    [
        ({}, {}, "completed"),
        ({}, {"cmi.core.lesson_status": "incomplete"}, "incomplete"),
        ({"cmi.core.lesson_mode": "browse", "cmi.core.credit": "no-credit"}, {}, "browsed"),
        ({"cmi.student_data.mastery_score": "70"}, {"cmi.core.score.raw": "70"}, "passed"),
        (
            {"cmi.student_data.mastery_score": "70"},
            {"cmi.core.score.raw": "69.9", "cmi.core.lesson_status": "passed"},
            "failed",
        ),
        ({"cmi.student_data.mastery_score": "70"}, {"cmi.core.lesson_status": "completed"}, "completed"),
        (
            {"cmi.student_data.mastery_score": "70", "cmi.core.credit": "no-credit"},
            {"cmi.core.score.raw": "10", "cmi.core.lesson_status": "passed"},
            "passed",
        ),
    ],
)
def test_the_lms_decides_the_status_at_finish_where_the_standard_says_so(
    desk: Desks, given: dict[str, str], said: dict[str, str], status: str
) -> None:
    course = desk("scorm12", given=GIVEN | given)
    course.call("LMSInitialize", "")
    for element, value in said.items():
        assert course.fails("LMSSetValue", element, value) == "0"
    course.call("LMSFinish", "")
    assert stored(course)["cmi.core.lesson_status"] == status


def test_times_are_added_up_over_sittings(desk: Desks) -> None:
    course = desk("scorm12", stored={"cmi.core.total_time": "0001:59:58.75"})
    course.call("LMSInitialize", "")
    course.call("LMSSetValue", "cmi.core.session_time", "00:00:01.5")
    course.call("LMSSetValue", "cmi.core.session_time", "00:00:02.5")
    assert course.call("LMSGetValue", "cmi.core.total_time") == "0001:59:58.75"
    course.call("LMSFinish", "")
    assert stored(course)["cmi.core.total_time"] == "0002:00:01.25"


def stored(course: Desk) -> Any:
    """What the LMS's server keeps of the attempt the desk's page belongs to."""
    return course.frame.evaluate(
        """async () => {
            const { attempt } = JSON.parse(document.getElementById("launch").textContent);
            return (await (await fetch(`/api/attempts/${attempt}`)).json()).elements;
        }"""
    )
