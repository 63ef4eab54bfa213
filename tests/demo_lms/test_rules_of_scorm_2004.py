"""What the reference LMS accepts and refuses of a SCORM 2004 course, element by element (RTE 4th Ed. 4.1 and
4.2).
"""

from collections.abc import Callable

import pytest
from tests.demo_lms.client import Desk

Desks = Callable[..., Desk]

URI = "urn:heliograph:" + "x" * 3985
GIVEN = {
    "cmi.learner_id": "zoe",
    "cmi.learner_name": "Zoë",
    "cmi.credit": "credit",
    "cmi.mode": "normal",
    "cmi.entry": "ab-initio",
}


@pytest.fixture
def course(desk: Desks) -> Desk:
    running = desk("scorm2004", given=GIVEN)
    running.call("Initialize", "")
    return running


@pytest.mark.parametrize(
    ("element", "value", "error"),
    [
        ("cmi.completion_status", "completed", "0"),
        ("cmi.completion_status", "incomplete", "0"),
        ("cmi.completion_status", "not attempted", "0"),
        ("cmi.completion_status", "unknown", "0"),
        ("cmi.completion_status", "passed", "406"),
        ("cmi.success_status", "passed", "0"),
        ("cmi.success_status", "failed", "0"),
        ("cmi.success_status", "unknown", "0"),
        ("cmi.success_status", "completed", "406"),
        ("cmi.success_status", "", "406"),
        ("cmi.location", "x" * 1000, "0"),
        ("cmi.location", "x" * 1001, "406"),
        ("cmi.suspend_data", "x" * 64000, "0"),
        ("cmi.suspend_data", "x" * 64001, "406"),
        ("cmi.suspend_data", "", "0"),
        ("cmi.score.scaled", "-1", "0"),
        ("cmi.score.scaled", "1.0", "0"),
        ("cmi.score.scaled", "0.3333333", "0"),
        ("cmi.score.scaled", "1.0000001", "407"),
        ("cmi.score.scaled", "-1.1", "407"),
        ("cmi.score.scaled", "all", "406"),
        ("cmi.score.scaled", "", "406"),
        ("cmi.score.raw", "-250.25", "0"),
        ("cmi.score.raw", "1e3", "406"),
        ("cmi.score.min", "0", "0"),
        ("cmi.score.max", "100 %", "406"),
        ("cmi.progress_measure", "0.5", "0"),
        ("cmi.progress_measure", "-0.1", "407"),
        ("cmi.progress_measure", "1.1", "407"),
        ("cmi.exit", "suspend", "0"),
        ("cmi.exit", "normal", "0"),
        ("cmi.exit", "", "0"),
        ("cmi.exit", "finished", "406"),
        ("cmi.session_time", "PT0S", "0"),
        ("cmi.session_time", "P1Y2M3DT4H5M6.78S", "0"),
        ("cmi.session_time", "PT90M", "0"),
        ("cmi.session_time", "P1D", "0"),
        ("cmi.session_time", "PT1.234S", "406"),
        ("cmi.session_time", "P", "406"),
        ("cmi.session_time", "PT", "406"),
        ("cmi.session_time", "P1DT", "406"),
        ("cmi.session_time", "00:10:00", "406"),
        ("cmi.learner_id", "x", "404"),
        ("cmi.learner_name", "x", "404"),
        ("cmi.credit", "credit", "404"),
        ("cmi.entry", "resume", "404"),
        ("cmi.mode", "normal", "404"),
        ("cmi.total_time", "PT1S", "404"),
        ("cmi.launch_data", "x", "404"),
        ("cmi.scaled_passing_score", "0.5", "404"),
        ("cmi.completion_threshold", "0.5", "404"),
        ("cmi.max_time_allowed", "PT1H", "404"),
        ("cmi.time_limit_action", "exit,message", "404"),
        ("cmi._version", "1.0", "404"),
        ("cmi.score._children", "raw", "404"),
        ("cmi.objectives._count", "1", "404"),
        ("cmi.nothing._count", "1", "401"),
        ("cmi.comments_from_lms.0.comment", "x", "404"),
        ("cmi.core.lesson_status", "passed", "401"),
        ("cmi", "x", "401"),
        ("cmi.score", "x", "401"),
        ("", "x", "351"),
        ("cmi.learner_preference.audio_level", "0", "0"),
        ("cmi.learner_preference.audio_level", "-0.5", "407"),
        ("cmi.learner_preference.delivery_speed", "1.5", "0"),
        ("cmi.learner_preference.audio_captioning", "-1", "0"),
        ("cmi.learner_preference.audio_captioning", "2", "406"),
        ("cmi.learner_preference.language", "en-GB", "0"),
        ("cmi.learner_preference.language", "", "0"),
        ("cmi.learner_preference.language", "english please", "406"),
        ("cmi.objectives.0.id", URI, "0"),
        ("cmi.objectives.0.id", URI + "x", "406"),
        ("cmi.objectives.0.id", "two words", "406"),
        ("cmi.objectives.0.id", "", "406"),
        ("cmi.objectives.0.id", "urn:", "406"),
        ("cmi.objectives.0.score.scaled", "0.5", "408"),
        ("cmi.objectives.1.id", "second", "351"),
        ("cmi.objectives.00.id", "first", "401"),
        ("cmi.interactions.0.id", "q1", "0"),
        ("cmi.interactions.0.type", "choice", "408"),
        ("cmi.interactions.3.id", "q4", "351"),
        ("cmi.comments_from_learner.0.comment", "{lang=fr}" + "x" * 4000, "0"),
        ("cmi.comments_from_learner.0.comment", "x" * 4001, "406"),
        ("cmi.comments_from_learner.0.location", "x" * 251, "406"),
        ("cmi.comments_from_learner.0.timestamp", "2026-11-21T10:30:00Z", "0"),
        ("cmi.comments_from_learner.0.timestamp", "2026", "0"),
        ("cmi.comments_from_learner.0.timestamp", "2026-11-21T10:30:00.25+01:00", "0"),
        ("cmi.comments_from_learner.0.timestamp", "2026-11-21T10:30:00.123Z", "406"),
        ("cmi.comments_from_learner.0.timestamp", "2026-13-01", "406"),
        ("cmi.comments_from_learner.0.timestamp", "1969-01-01", "406"),
        ("cmi.comments_from_learner.1.comment", "x", "351"),
        ("adl.nav.request", "continue", "0"),
        ("adl.nav.request", "{target=other}choice", "0"),
        ("adl.nav.request", "onwards", "406"),
        ("adl.nav.request_valid.continue", "true", "404"),
    ],
)
def test_setting_an_element(course: Desk, element: str, value: str, error: str) -> None:
    answer = course.call("SetValue", element, value)
    assert (course.call("GetLastError"), answer) == (error, "true" if error == "0" else "false")


@pytest.mark.parametrize(
    ("element", "value", "error"),
    [
        ("cmi._version", "1.0", "0"),
        ("cmi.score._children", "scaled,raw,min,max", "0"),
        ("cmi.objectives._count", "0", "0"),
        ("cmi.comments_from_lms._count", "0", "0"),
        ("cmi.completion_status", "unknown", "0"),
        ("cmi.success_status", "unknown", "0"),
        ("cmi.learner_name", "Zoë", "0"),
        ("cmi.mode", "normal", "0"),
        ("cmi.total_time", "PT0S", "0"),
        ("cmi.time_limit_action", "continue,no message", "0"),
        ("cmi.learner_preference.audio_level", "1", "0"),
        ("cmi.location", "", "403"),
        ("cmi.suspend_data", "", "403"),
        ("cmi.score.raw", "", "403"),
        ("cmi.launch_data", "", "403"),
        ("cmi.scaled_passing_score", "", "403"),
        ("cmi.completion_threshold", "", "403"),
        ("cmi.max_time_allowed", "", "403"),
        ("cmi.exit", "", "405"),
        ("cmi.session_time", "", "405"),
        ("cmi.objectives.0.id", "", "301"),
        ("cmi.objectives.0.score._children", "", "301"),
        ("cmi.location._children", "", "301"),
        ("cmi.score._count", "", "301"),
        ("cmi.score._version", "", "301"),
        ("cmi.nothing", "", "401"),
        ("cmi.nothing._children", "", "401"),
        ("constructor", "", "401"),
        ("__proto__", "", "401"),
        ("", "", "301"),
        ("adl.nav.request", "_none_", "0"),
        ("adl.nav.request_valid.continue", "unknown", "0"),
        ("adl.nav.request_valid.choice.{target=x}", "unknown", "0"),
    ],
)
def test_getting_an_element(course: Desk, element: str, value: str, error: str) -> None:
    answer = course.call("GetValue", element)
    assert (course.call("GetLastError"), answer) == (error, value)


def test_an_objective_begins_with_its_id_which_is_unique_and_stays(course: Desk) -> None:
    assert course.fails("SetValue", "cmi.objectives.0.success_status", "passed") == "408"
    assert course.fails("SetValue", "cmi.objectives.0.id", "a") == "0"
    assert course.fails("SetValue", "cmi.objectives.0.id", "a") == "0"
    assert course.fails("SetValue", "cmi.objectives.0.id", "b") == "351"
    assert course.fails("SetValue", "cmi.objectives.1.id", "a") == "351"
    assert course.fails("SetValue", "cmi.objectives.1.id", "b") == "0"
    assert course.fails("SetValue", "cmi.objectives.1.score.scaled", "2") == "407"
    assert course.fails("SetValue", "cmi.objectives.1.progress_measure", "0.5") == "0"
    assert course.fails("SetValue", "cmi.objectives.1.description", "x" * 251) == "406"
    assert course.call("GetValue", "cmi.objectives._count") == "2"
    assert course.call("GetValue", "cmi.objectives.0.success_status") == "unknown"
    assert course.fails("GetValue", "cmi.objectives.0.score.raw") == "403"


def test_an_interaction_takes_responses_only_once_its_type_is_known(course: Desk) -> None:
    course.call("SetValue", "cmi.interactions.0.id", "q1")
    assert course.fails("SetValue", "cmi.interactions.0.learner_response", "a") == "408"
    assert course.fails("SetValue", "cmi.interactions.0.correct_responses.0.pattern", "a") == "408"
    assert course.fails("SetValue", "cmi.interactions.0.objectives.0.id", "goal") == "0"
    assert course.fails("SetValue", "cmi.interactions.0.objectives.1.id", "goal") == "351"
    assert course.fails("SetValue", "cmi.interactions.0.type", "essay") == "406"
    assert course.fails("SetValue", "cmi.interactions.0.type", "other") == "0"
    assert course.fails("SetValue", "cmi.interactions.0.result", "wrong") == "406"
    assert course.fails("SetValue", "cmi.interactions.0.result", "incorrect") == "0"
    assert course.fails("SetValue", "cmi.interactions.0.latency", "12") == "406"
    assert course.fails("SetValue", "cmi.interactions.0.weighting", "1.5") == "0"
    assert course.call("GetValue", "cmi.interactions.0.result") == "incorrect"


@pytest.mark.parametrize(
    ("kind", "response", "wrong_response", "pattern", "wrong_pattern"),
    [
        ("true-false", "true", "t", "false", "yes"),
        ("choice", "a[,]b", "a[,]a", "a", "two words"),
        ("choice", "", "[,]".join(f"c{n}" for n in range(37)), "a[,]b", "x" * 251),
        (
            "fill-in",
            "{lang=en}gray[,]blue",
            "x" * 251,
            "{case_matters=true}{order_matters=false}gray",
            "{case_matters=?}a",
        ),
        ("long-fill-in", "x" * 4000, "x" * 4001, "{case_matters=false}{lang=en}x", "{lang=!}x"),
        ("likert", "agree", "I agree", "agree", ""),
        ("matching", "1[.]a[,]2[.]b", "1.a", "1[.]a", "1[,]a"),
        ("performance", "step1[.]done[,][.]alone", "[.]", "{order_matters=false}step1[.]1[:]5", "step1"),
        ("sequencing", "c[,]a[,]b", "c d", "a[,]b", "a b"),
        ("numeric", "-2.5", "two", "1[:]5", "5"),
        ("numeric", "2", "1[:]2", "[:]5", "5[:]1"),
        ("other", "anything {at all}", "x" * 4001, "anything", "x" * 4001),
    ],
)
def test_responses_and_patterns_follow_the_type(
    course: Desk, kind: str, response: str, wrong_response: str, pattern: str, wrong_pattern: str
) -> None:
    course.call("SetValue", "cmi.interactions.0.id", "q1")
    course.call("SetValue", "cmi.interactions.0.type", kind)
    assert course.fails("SetValue", "cmi.interactions.0.learner_response", response) == "0"
    assert course.fails("SetValue", "cmi.interactions.0.learner_response", wrong_response) == "406"
    assert course.fails("SetValue", "cmi.interactions.0.correct_responses.0.pattern", wrong_pattern) == "406"
    assert course.fails("SetValue", "cmi.interactions.0.correct_responses.0.pattern", pattern) == "0"


def test_a_question_with_one_answer_has_one_correct_pattern(course: Desk) -> None:
    course.call("SetValue", "cmi.interactions.0.id", "q1")
    course.call("SetValue", "cmi.interactions.0.type", "true-false")
    assert course.fails("SetValue", "cmi.interactions.0.correct_responses.0.pattern", "true") == "0"
    assert course.fails("SetValue", "cmi.interactions.0.correct_responses.1.pattern", "false") == "351"


def test_correct_patterns_of_a_choice_are_distinct(course: Desk) -> None:
    course.call("SetValue", "cmi.interactions.0.id", "q1")
    course.call("SetValue", "cmi.interactions.0.type", "choice")
    assert course.fails("SetValue", "cmi.interactions.0.correct_responses.0.pattern", "a") == "0"
    assert course.fails("SetValue", "cmi.interactions.0.correct_responses.1.pattern", "a") == "351"
    assert course.fails("SetValue", "cmi.interactions.0.correct_responses.2.pattern", "b") == "351"
    assert course.fails("SetValue", "cmi.interactions.0.correct_responses.1.pattern", "b") == "0"


def test_calls_out_of_turn_have_their_own_codes(desk: Desks) -> None:
    course = desk("scorm2004")
    assert course.fails("GetValue", "cmi.entry") == "122"
    assert course.fails("SetValue", "cmi.location", "x") == "132"
    assert course.fails("Commit", "") == "142"
    assert course.fails("Terminate", "") == "112"
    assert course.fails("Initialize", "x") == "201"
    assert course.fails("Initialize", "") == "0"
    assert course.fails("Initialize", "") == "103"
    assert course.fails("SetValue", "cmi.location") == "351"
    assert course.fails("Commit", "x") == "201"
    assert course.fails("Terminate", "x") == "201"
    assert course.fails("Terminate", "") == "0"
    assert course.fails("GetValue", "cmi.entry") == "123"
    assert course.fails("SetValue", "cmi.location", "x") == "133"
    assert course.fails("Commit", "") == "143"
    assert course.fails("Terminate", "") == "113"
    assert course.fails("Initialize", "") == "104"


def test_an_error_is_explained(course: Desk) -> None:
    course.call("SetValue", "cmi.score.scaled", "3")
    assert course.call("GetErrorString", "407") == "Data Model Element Value Out Of Range"
    assert course.call("GetDiagnostic", "") == "The value must lie between -1 and 1."
    assert course.call("GetLastError") == "407"


@pytest.mark.parametrize(
    ("given", "said", "element", "expected"),
    [
        (
            {"cmi.scaled_passing_score": "0.7"},
            {"cmi.success_status": "passed"},
            "cmi.success_status",
            "unknown",
        ),
        ({"cmi.scaled_passing_score": "0.7"}, {"cmi.score.scaled": "0.7"}, "cmi.success_status", "passed"),
        (
            {"cmi.scaled_passing_score": "0.7"},
            {"cmi.score.scaled": "0.6", "cmi.success_status": "passed"},
            "cmi.success_status",
            "failed",
        ),
        (
            {"cmi.completion_threshold": "0.5"},
            {"cmi.progress_measure": "0.5"},
            "cmi.completion_status",
            "completed",
        ),
        (
            {"cmi.completion_threshold": "0.5"},
            {"cmi.progress_measure": "0.4", "cmi.completion_status": "completed"},
            "cmi.completion_status",
            "incomplete",
        ),
        ({}, {"cmi.progress_measure": "1", "cmi.score.scaled": "1"}, "cmi.completion_status", "unknown"),
    ],
)
def test_thresholds_of_the_manifest_decide_the_status(
    desk: Desks, given: dict[str, str], said: dict[str, str], element: str, expected: str
) -> None:
    course = desk("scorm2004", given=GIVEN | given)
    course.call("Initialize", "")
    for name, value in said.items():
        assert course.fails("SetValue", name, value) == "0"
    assert course.call("GetValue", element) == expected


@pytest.mark.parametrize(
    ("before", "session", "after"),
    [
        ("PT0S", "PT0S", "PT0S"),
        ("PT59M59.5S", "PT0.75S", "PT1H0.25S"),
        ("PT1H", "P1DT30M", "PT25H30M"),
    ],
)
def test_times_are_added_up_over_sittings(desk: Desks, before: str, session: str, after: str) -> None:
    course = desk("scorm2004", stored={"cmi.total_time": before})
    course.call("Initialize", "")
    course.call("SetValue", "cmi.session_time", session)
    assert course.call("GetValue", "cmi.total_time") == before
    course.call("Terminate", "")
    total = """async () => {
        const { attempt } = JSON.parse(document.getElementById("launch").textContent);
        return (await (await fetch(`/api/attempts/${attempt}`)).json()).total_time;
    }"""
    assert course.frame.evaluate(total) == after
