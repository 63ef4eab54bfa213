"""What a SCO's data means: how it stands, and what the next session of the same attempt starts from."""

from typing import Any

import pytest

from heliograph.runtime.cmi import DataModel, ScoOutcome, Score, load_table, outcome, resume

TABLE_12, TABLE_2004 = load_table("scorm_12"), load_table("scorm_2004")
FOR_MASTERY = {"cmi.student_data.mastery_score": "80"}
NOTHING = Score(None, None, None, None)


def pair(data: dict[str, str], finished: bool = True) -> tuple[str, str]:
    table = (
        TABLE_12 if any(name.startswith(("cmi.core", "cmi.student_data")) for name in data) else TABLE_2004
    )
    result = outcome(table, data, finished)
    return result.completion, result.success


def test_an_untouched_sco_has_no_outcome_yet() -> None:
    assert outcome(TABLE_12, {}) == ScoOutcome("not attempted", "unknown", NOTHING, None, "", 0, "")
    assert outcome(TABLE_2004, {}) == ScoOutcome("unknown", "unknown", NOTHING, None, "", 0, "")


def test_everything_content_says_is_in_the_outcome() -> None:
    model = DataModel(TABLE_2004)
    for element, value in {
        "completion_status": "incomplete",
        "success_status": "failed",
        "score.scaled": "-0.5",
        "score.raw": "3",
        "score.min": "0",
        "score.max": "12",
        "progress_measure": "0.25",
        "location": "page 4",
        "session_time": "PT1M0.5S",
        "exit": "suspend",
    }.items():
        assert model.set_value(f"cmi.{element}", value).error == 0
    assert outcome(TABLE_2004, model.data) == ScoOutcome(
        "incomplete", "failed", Score(-0.5, 3, 0, 12), 0.25, "page 4", 6050, "suspend"
    )


@pytest.mark.parametrize(
    ("status", "completion", "success"),
    [
        ("passed", "completed", "passed"),
        ("failed", "completed", "failed"),
        ("completed", "completed", "unknown"),
        ("incomplete", "incomplete", "unknown"),
        ("browsed", "incomplete", "unknown"),
    ],
)
def test_a_lesson_status_tells_both_completion_and_success(
    status: str, completion: str, success: str
) -> None:
    for finished in (False, True):
        assert pair({"cmi.core.lesson_status": status}, finished) == (completion, success)


def test_a_lesson_without_a_status_is_completed_by_ending_but_not_by_suspending_it() -> None:
    location = {"cmi.core.lesson_location": "4"}
    assert pair(location, finished=False) == ("not attempted", "unknown")
    assert pair(location) == ("completed", "unknown")
    assert pair({**location, "cmi.core.exit": "suspend"}) == ("incomplete", "unknown")


@pytest.mark.parametrize(
    ("data", "completion", "success"),
    [
        pytest.param({"raw": "80"}, "completed", "passed", id="no status and a score that suffices: passed"),
        pytest.param(
            {"raw": "79.99"}, "completed", "failed", id="no status and a score that does not: failed"
        ),
        pytest.param(
            {"status": "completed", "raw": "80"}, "completed", "passed", id="completed is no verdict: passed"
        ),
        pytest.param(
            {"status": "completed", "raw": "10"}, "completed", "failed", id="completed is no verdict: failed"
        ),
        pytest.param({"status": "failed", "raw": "99"}, "completed", "failed", id="content's failed stands"),
        pytest.param({"status": "passed", "raw": "1"}, "completed", "passed", id="content's passed stands"),
        pytest.param(
            {"status": "incomplete", "raw": "90"}, "completed", "passed", id="incomplete but mastered: passed"
        ),
        pytest.param(
            {"status": "incomplete", "raw": "9"}, "incomplete", "unknown", id="incomplete is never failed"
        ),
        pytest.param(
            {"status": "browsed", "raw": "90"}, "incomplete", "unknown", id="browsing earns nothing"
        ),
        pytest.param({}, "completed", "unknown", id="no score: nothing to judge"),
        pytest.param({"raw": ""}, "completed", "unknown", id="an empty score: nothing to judge"),
        pytest.param(
            {"raw": "90", "credit": "no-credit"}, "completed", "unknown", id="not for credit: not judged"
        ),
        pytest.param({"raw": "90", "mode": "review"}, "completed", "unknown", id="in review: not judged"),
        pytest.param(
            {"raw": "90", "exit": "suspend"}, "incomplete", "unknown", id="suspended: not judged yet"
        ),
    ],
)
def test_the_mastery_score_decides_where_content_gave_no_verdict(
    data: dict[str, str], completion: str, success: str
) -> None:
    names = {"raw": "score.raw", "status": "lesson_status", "mode": "lesson_mode"}
    core = {f"cmi.core.{names.get(name, name)}": value for name, value in data.items()}
    assert pair({**FOR_MASTERY, **core}) == (completion, success)


def test_a_running_lesson_is_judged_only_once_content_calls_it_completed() -> None:
    mastered = {**FOR_MASTERY, "cmi.core.score.raw": "90"}
    assert pair(mastered, finished=False) == ("not attempted", "unknown")
    assert pair({**mastered, "cmi.core.lesson_status": "incomplete"}, finished=False) == (
        "incomplete",
        "unknown",
    )
    assert pair({**mastered, "cmi.core.lesson_status": "completed"}, finished=False) == (
        "completed",
        "passed",
    )


@pytest.mark.parametrize(
    ("raw", "least", "most", "scaled"),
    [
        ("85", None, None, 0.85),
        ("85", "0", "100", 0.85),
        ("8", "0", "10", 0.8),
        ("3", "1", "5", 0.5),
        ("250", None, None, None),
        ("5", "10", "10", None),
        ("5", "", "10", 0.5),
        (None, "0", "100", None),
    ],
)
def test_a_scorm_12_score_is_scaled_by_contents_own_bounds(
    raw: str | None, least: str | None, most: str | None, scaled: float | None
) -> None:
    given = {"cmi.core.score.raw": raw, "cmi.core.score.min": least, "cmi.core.score.max": most}
    data = {name: value for name, value in given.items() if value is not None}
    assert outcome(TABLE_12, data).score.scaled == scaled


def test_thresholds_decide_in_scorm_2004_once_there_is_something_to_measure() -> None:
    assert pair({"cmi.completion_threshold": "0.8", "cmi.completion_status": "completed"}) == (
        "completed",
        "unknown",
    )
    assert pair({"cmi.completion_threshold": "0.8", "cmi.progress_measure": "0.79"}) == (
        "incomplete",
        "unknown",
    )
    assert pair({"cmi.completion_threshold": "0.8", "cmi.progress_measure": "0.8"}) == (
        "completed",
        "unknown",
    )
    assert pair({"cmi.scaled_passing_score": "0.6", "cmi.success_status": "failed"}) == ("unknown", "failed")
    assert pair({"cmi.scaled_passing_score": "0.6", "cmi.score.scaled": "0.6"}) == ("unknown", "passed")
    assert pair({"cmi.scaled_passing_score": "0.6", "cmi.score.scaled": "0.59"}) == ("unknown", "failed")
    assert pair({"cmi.scaled_passing_score": "none", "cmi.score.scaled": "0.59"}) == ("unknown", "unknown")


@pytest.mark.parametrize(
    ("table", "core", "left", "entry"),
    [
        (TABLE_12, "cmi.core", "suspend", "resume"),
        (TABLE_12, "cmi.core", "logout", ""),
        (TABLE_12, "cmi.core", "", ""),
        (TABLE_12, "cmi.core", None, ""),
        (TABLE_2004, "cmi", "suspend", "resume"),
        (TABLE_2004, "cmi", "logout", "resume"),
        (TABLE_2004, "cmi", "normal", ""),
        (TABLE_2004, "cmi", "time-out", ""),
    ],
)
def test_the_next_session_resumes_what_was_suspended(
    table: Any, core: str, left: str | None, entry: str
) -> None:
    data = {"cmi.suspend_data": "s"} | ({f"{core}.exit": left} if left is not None else {})
    assert resume(table, data)[f"{core}.entry"] == entry
    assert resume(table, data, finished=False)[f"{core}.entry"] == "resume"
    assert resume(table, data)["cmi.suspend_data"] == "s"


def test_the_next_session_starts_without_what_belonged_to_the_last_and_with_its_time_added() -> None:
    assert resume(
        TABLE_12,
        {
            "cmi.core.total_time": "0001:00:00.00",
            "cmi.core.session_time": "00:30:00.5",
            "cmi.core.exit": "suspend",
            "cmi.core.lesson_status": "incomplete",
        },
    ) == {
        "cmi.core.total_time": "0001:30:00.50",
        "cmi.core.entry": "resume",
        "cmi.core.lesson_status": "incomplete",
    }
    assert resume(
        TABLE_2004,
        {
            "cmi.total_time": "PT23H0.4S",
            "cmi.session_time": "PT1H0.15S",
            "cmi.exit": "",
            "adl.nav.request": "continue",
        },
    ) == {"cmi.total_time": "PT24H0.55S", "cmi.entry": ""}


def test_a_session_without_time_adds_none() -> None:
    assert resume(TABLE_2004, {"cmi.total_time": "PT5M"})["cmi.total_time"] == "PT5M"
    assert resume(TABLE_12, {})["cmi.core.total_time"] == "0000:00:00.00"
