"""Which statements a SCO's calls make: each a sentence of ADL's SCORM profile, said once, and a statement of
xAPI.
"""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heliograph.lrs.rules.statement import check
from heliograph.runtime import cmi
from heliograph.runtime.scorm_profile.rules import (
    SessionContext,
    SessionState,
    calls_of,
    state_from,
    statements_for,
)

OPENED = datetime(2026, 5, 4, 10, 0, tzinfo=UTC)
RECEIVED = datetime(2026, 5, 4, 11, 0, tzinfo=UTC)
REGISTRATION = "c2b5b5a4-6f0e-4a5e-9d0c-6b0b5f5f2a12"
ELEMENTS = {
    "scorm_12": (
        "cmi.core.lesson_status",
        "cmi.core.score.raw",
        "cmi.core.exit",
        "cmi.core.session_time",
        "student_response",
    ),
    "scorm_2004": ("cmi.success_status", "cmi.score.raw", "cmi.exit", "cmi.session_time", "learner_response"),
}


def scene(standard: str = "scorm_12") -> SessionContext:
    def thing(name: str) -> dict[str, Any]:
        return {"objectType": "Activity", "id": f"https://example.org/{name}"}

    actor = {"objectType": "Agent", "account": {"homePage": "https://example.org/", "name": "ada"}}
    return SessionContext(
        actor,
        thing("course"),
        thing("course/sco"),
        thing("course/sco?attempt=1"),
        REGISTRATION,
        cmi.load_table(standard),
    )


def calls(standard: str, *asked: Any) -> list[list[Any]]:
    """API calls, a second apart: a word for a method without arguments, a pair for a value that is set."""
    prefix = "LMS" if standard == "scorm_12" else ""
    methods = {"initialize": f"{prefix}Initialize", "terminate": "LMSFinish" if prefix else "Terminate"}
    return [
        [1000 * number, f"{prefix}SetValue", list(answer), "true", 0]
        if isinstance(answer, tuple)
        else [1000 * number, methods[answer], [""], "true", 0]
        for number, answer in enumerate(asked)
    ]


def told(
    *batches: Any, standard: str = "scorm_12", story: SessionState | None = None
) -> list[dict[str, Any]]:
    """What batches of calls make, all of it judged by the record store's own rules."""
    said, story = [], story or SessionState()
    for batch in batches:
        statements, story = statements_for(
            scene(standard), story, calls_of(OPENED, RECEIVED, calls(standard, *batch))
        )
        said += statements
    for statement in said:
        check(statement, "1.0.3")
        assert statement["context"]["contextActivities"]["category"][0]["id"] == "https://w3id.org/xapi/scorm"
        assert statement["context"]["registration"] == REGISTRATION
    return said


def verbs(said: list[dict[str, Any]]) -> list[str]:
    return [statement["verb"]["id"].rpartition("/")[2] for statement in said]


def test_a_session_in_scorm_1_2_from_its_beginning_to_its_end() -> None:
    said = told(
        ["initialize", ("cmi.core.score.raw", "80"), ("cmi.core.lesson_status", "passed")],
        [("cmi.core.session_time", "00:05:30"), "terminate"],
    )
    assert verbs(said) == ["initialized", "scored", "completed", "passed", "terminated"]
    assert said[-1]["result"] == {
        "completion": True,
        "success": True,
        "score": {"scaled": 0.8, "raw": 80},
        "duration": "PT330S",
    }
    assert [statement["timestamp"][11:19] for statement in said] == [
        "10:00:00",
        "10:00:02",
        "10:00:02",
        "10:00:02",
        "10:00:01",
    ]


def test_a_session_in_scorm_2004() -> None:
    said = told(
        [
            "initialize",
            ("cmi.score.scaled", "0.75"),
            ("cmi.success_status", "failed"),
            ("cmi.completion_status", "completed"),
            "terminate",
        ],
        standard="scorm_2004",
    )
    assert verbs(said) == ["initialized", "scored", "completed", "failed", "terminated"]
    assert said[3]["result"] == {"success": False, "score": {"scaled": 0.75}}


@pytest.mark.parametrize("standard", ["scorm_12", "scorm_2004"])
def test_who_suspends_resumes(standard: str) -> None:
    leave = ELEMENTS[standard][2]
    said = told(
        ["initialize", (leave, "suspend"), "terminate"],
        ["initialize", (leave, ""), "terminate"],
        ["initialize"],
        standard=standard,
    )
    assert verbs(said) == ["initialized", "suspended", "terminated", "resumed", "terminated", "initialized"]


def test_a_browser_that_was_closed_ends_its_session_when_the_next_begins() -> None:
    assert verbs(told(["initialize", ("cmi.core.score.raw", "50")], ["initialize"])) == [
        "initialized",
        "scored",
        "terminated",
        "initialized",
    ]


@pytest.mark.parametrize("standard", ["scorm_12", "scorm_2004"])
def test_an_answer_is_told_once_it_has_its_result_and_again_when_it_changed(standard: str) -> None:
    response = ELEMENTS[standard][4]
    answer = [
        ("cmi.interactions.0.id", "q 1"),
        ("cmi.interactions.0.type", "choice"),
        (f"cmi.interactions.0.{response}", "a"),
    ]
    right, wrong = ("cmi.interactions.0.result", "correct"), ("cmi.interactions.0.result", "wrong")
    said = told(
        ["initialize", *answer], [wrong], [*answer, wrong], [*answer, right, "terminate"], standard=standard
    )
    assert verbs(said) == ["initialized", "responded", "responded", "terminated"]
    first = said[1]
    assert first["object"]["id"] == "https://example.org/course/sco/interactions/q%201"
    assert first["object"]["definition"]["interactionType"] == "choice"
    assert (first["result"], said[2]["result"]) == (
        {"response": "a", "success": False},
        {"response": "a", "success": True},
    )
    assert first["context"]["contextActivities"]["parent"][0]["id"] == "https://example.org/course/sco"


def test_an_answer_without_a_result_is_told_when_the_session_ends() -> None:
    said = told(
        ["initialize", ("cmi.interactions.0.id", "q"), ("cmi.interactions.0.student_response", "a")],
        ["terminate"],
    )
    assert verbs(said) == ["initialized", "responded", "terminated"]
    assert said[1]["result"] == {"response": "a"}


def test_comments_are_told() -> None:
    assert verbs(told(["initialize", ("cmi.comments", "a typo on page 3")])) == ["initialized", "commented"]
    said = told(["initialize", ("cmi.comments_from_learner.0.comment", "good")], standard="scorm_2004")
    assert said[1]["result"] == {"response": "good"}


def test_nothing_is_told_twice_when_a_course_writes_it_again() -> None:
    again = [("cmi.core.lesson_status", "completed"), ("cmi.core.score.raw", "80")]
    assert verbs(told(["initialize", *again], again, again)) == ["initialized", "scored", "completed"]


def test_calls_that_failed_are_not_told() -> None:
    batch = [
        [0, "LMSInitialize", [""], "true", 0],
        [1, "LMSSetValue", ["cmi.core.lesson_status", "done"], "false", 405],
    ]
    said, _ = statements_for(scene(), SessionState(), calls_of(OPENED, RECEIVED, batch))
    assert verbs(said) == ["initialized"]


def test_what_the_author_asked_for_judges() -> None:
    seeded = state_from({"cmi.student_data.mastery_score": "80", "cmi.core.lesson_status": "not attempted"})
    said = told(
        ["initialize", ("cmi.core.lesson_status", "completed"), ("cmi.core.score.raw", "90"), "terminate"],
        story=seeded,
    )
    assert "passed" in verbs(said)


VALUES = st.text(max_size=20) | st.sampled_from(
    ["completed", "passed", "80", "-5", "1e400", "suspend", "choice", "correct", "PT5M", "00:05:00"]
)
NAMES = st.sampled_from(
    ["cmi.core.lesson_status", "cmi.core.score.raw", "cmi.core.score.min", "cmi.core.score.max",
     "cmi.core.exit", "cmi.core.session_time",
     "cmi.score.scaled", "cmi.score.raw", "cmi.score.min", "cmi.score.max",
     "cmi.completion_status", "cmi.success_status",
     "cmi.interactions.0.id", "cmi.interactions.0.type", "cmi.interactions.0.result",
     "cmi.interactions.0.learner_response", "cmi.interactions.0.student_response",
     "cmi.interactions.0.description",
     "cmi.comments", "cmi.comments_from_learner.0.comment", "cmi.exit", "cmi.session_time"]
)  # fmt: skip
ASKED = st.lists(st.sampled_from(["initialize", "terminate"]) | st.tuples(NAMES, VALUES), max_size=30)


@given(batches=st.lists(ASKED, max_size=4), standard=st.sampled_from(["scorm_12", "scorm_2004"]))
def test_whatever_a_course_writes_makes_statements(batches: list[Any], standard: str) -> None:
    told(*batches, standard=standard)
