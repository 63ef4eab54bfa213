"""What the stub tells a customer's LMS: its mapping, a pure module, run in a browser."""

from functools import partial
from pathlib import Path

import pytest

import heliograph.dispatch.package

STUB = Path(heliograph.dispatch.package.__file__).parent / "stub"
HOST = "http://stub.example"
NOTHING_KNOWN = {
    "completion": "incomplete",
    "success": "unknown",
    "score_scaled": None,
    "score_raw": None,
    "score_min": None,
    "score_max": None,
    "progress": None,
    "session_centiseconds": 0,
    "location": None,
}
COMPLETIONS = ("not attempted", "incomplete", "unknown", "completed")


def served(file):
    return lambda route: route.fulfill(path=file, content_type="text/javascript")


@pytest.fixture
def run(page):
    """Calls an exported function of the module, as ``run("timespan", 100)``."""
    page.route(f"{HOST}/", lambda route: route.fulfill(body="", content_type="text/html"))
    for file in ("mapping.js", "times.js"):
        page.route(f"{HOST}/{file}", served(STUB / file))
    page.goto(f"{HOST}/")
    call = """async ([name, given]) =>
      ({ ...(await import('/mapping.js')), ...(await import('/times.js')) })[name](...given)"""
    return lambda name, *given: page.evaluate(call, [name, list(given)])


@pytest.fixture
def written(run):
    """What is written for a state, as a mapping in the order of writing."""
    return lambda standard, **known: {
        write["element"]: write["value"] for write in run("writes", standard, {**NOTHING_KNOWN, **known})
    }


def test_scorm_12_folds_success_and_completion_into_one_status(written):
    for completion in COMPLETIONS:
        for success in ("unknown", "passed", "failed"):
            expected = (
                success
                if success != "unknown"
                else "completed"
                if completion == "completed"
                else "incomplete"
            )
            assert (
                written("scorm12", completion=completion, success=success)["cmi.core.lesson_status"]
                == expected
            )


def test_scorm_2004_keeps_them_apart_and_never_writes_an_unknown_success(written):
    for completion in COMPLETIONS:
        told = written("scorm2004", completion=completion)
        assert told["cmi.completion_status"] == ("completed" if completion == "completed" else "incomplete")
        assert "cmi.success_status" not in told
        for success in ("passed", "failed"):
            assert (
                written("scorm2004", completion=completion, success=success)["cmi.success_status"] == success
            )


SCORES_12: list[tuple[dict[str, float], str | None]] = [
    ({}, None),
    ({"score_raw": 80}, "80"),
    ({"score_raw": 8, "score_min": 0, "score_max": 10}, "80"),
    ({"score_raw": 15, "score_min": 10, "score_max": 20}, "50"),
    ({"score_raw": 80, "score_min": 0, "score_max": 100}, "80"),
    ({"score_scaled": 0.855}, "85.5"),
    ({"score_scaled": -1}, "0"),
    ({"score_raw": 250, "score_scaled": 0.5}, "50"),
    ({"score_raw": 250}, None),
    ({"score_raw": 30, "score_min": 0, "score_max": 20}, "100"),
    ({"score_raw": 0}, "0"),
    ({"score_raw": 1, "score_min": 0, "score_max": 3}, "33.3333333"),
]


def test_a_scorm_12_score_is_a_share_of_100(written):
    for score, expected in SCORES_12:
        told = written("scorm12", **score)
        assert told.get("cmi.core.score.raw") == expected, score
        assert (told.get("cmi.core.score.min"), told.get("cmi.core.score.max")) == (
            (None, None) if expected is None else ("0", "100")
        ), score


SCALED: list[tuple[dict[str, float], str | None]] = [
    ({}, None),
    ({"score_scaled": 0.855}, "0.855"),
    ({"score_scaled": -0.5}, "-0.5"),
    ({"score_scaled": 1.5}, "1"),
    ({"score_raw": 80}, "0.8"),
    ({"score_raw": 8, "score_min": 0, "score_max": 10}, "0.8"),
    ({"score_raw": 15, "score_min": 10, "score_max": 20}, "0.5"),
    ({"score_raw": 5, "score_min": 10, "score_max": 10}, None),
    ({"score_scaled": 1e-9}, "0"),
    ({"score_scaled": 1 / 3}, "0.3333333"),
]


def test_a_scorm_2004_score_always_has_a_scaled_one(written):
    for score, expected in SCALED:
        told = written("scorm2004", **score)
        assert told.get("cmi.score.scaled") == expected, score
        assert told.get("cmi.score.raw") == (str(score["score_raw"]) if "score_raw" in score else None), score


def test_progress_is_told_to_scorm_2004(written):
    assert written("scorm2004", progress=0.25)["cmi.progress_measure"] == "0.25"
    assert "0.25" not in written("scorm12", progress=0.25).values()


TIMES = [
    (0, "0000:00:00.00", "PT0H0M0S"),
    (1, "0000:00:00.01", "PT0H0M0.01S"),
    (150, "0000:00:01.50", "PT0H0M1.50S"),
    (6_000, "0000:01:00.00", "PT0H1M0S"),
    (366_105, "0001:01:01.05", "PT1H1M1.05S"),
    (36_000_000, "0100:00:00.00", "PT100H0M0S"),
    (-5, "0000:00:00.00", "PT0H0M0S"),
    (99.6, "0000:00:01.00", "PT0H0M1S"),
]


def test_time_is_told_in_each_standards_own_form(run, written):
    for centiseconds, timespan, interval in TIMES:
        assert run("timespan", centiseconds) == timespan
        assert run("interval", centiseconds) == interval
    assert written("scorm12", session_centiseconds=150)["cmi.core.session_time"] == "0000:00:01.50"
    assert written("scorm2004", session_centiseconds=150)["cmi.session_time"] == "PT0H0M1.50S"


def test_a_finished_status_is_never_taken_back(run):
    takes_back = partial(run, "takesBack")
    for finished in ("passed", "failed", "completed"):
        assert takes_back(finished, "incomplete")
        assert not takes_back(finished, "passed")
        assert not takes_back(finished, "failed")
        assert not takes_back("incomplete", finished)
    for unfinished in ("incomplete", "not attempted", "browsed", "unknown", ""):
        assert not takes_back(unfinished, "incomplete")


@pytest.mark.parametrize(
    ("standard", "element", "longest"),
    [("scorm12", "cmi.core.lesson_location", 255), ("scorm2004", "cmi.location", 1000)],
)
def test_a_place_is_told_as_far_as_the_standard_has_room_for_it(written, standard, element, longest):
    assert written(standard, location="5")[element] == "5"
    assert written(standard, location="a" * longest)[element] == "a" * longest
    assert element not in written(standard, location="a" * (longest + 1))
    assert element not in written(standard, location=None)


@pytest.mark.parametrize(("standard", "element"), [("scorm12", "cmi.core.exit"), ("scorm2004", "cmi.exit")])
def test_a_closed_window_is_a_pause_until_the_course_is_done(run, standard, element):
    assert run("ending", standard, True) == {"element": element, "value": "suspend", "readable": False}
    assert run("ending", standard, False) == {
        "element": element,
        "value": "" if standard == "scorm12" else "normal",
        "readable": False,
    }


def test_an_lms_of_scorm_2004_is_asked_to_end_what_is_done_and_to_keep_what_is_not(run):
    assert run("request", "scorm12", True) == []
    assert [run("request", "scorm2004", unfinished)[0]["value"] for unfinished in (True, False)] == [
        "suspendAll",
        "exitAll",
    ]


def test_what_the_standards_make_write_only_is_not_asked_for_again(run):
    for standard in ("scorm12", "scorm2004"):
        hidden = {
            write["element"] for write in run("writes", standard, NOTHING_KNOWN) if not write["readable"]
        }
        assert hidden == {"cmi.core.session_time" if standard == "scorm12" else "cmi.session_time"}
