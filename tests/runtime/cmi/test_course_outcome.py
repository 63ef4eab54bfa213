"""What the browser tells the LMS while a page goes is what the server makes of the same data, in courses of
one lesson and of several.
"""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from playwright.sync_api import Page

from heliograph.core.clock import now
from heliograph.runtime import cmi, sessions
from heliograph.runtime.sequencing import ActivityOutcome, Event, step
from heliograph.runtime.sequencing.model import Tree

LOAD = """async () => { Object.assign(window.cmi, await import("/outcome.js")); }"""
ASK = """(text) => JSON.stringify(JSON.parse(text).map(({ standard, data, judging, finished }) => {
  const model = new cmi.DataModel(cmi.tables[standard], { data });
  const outcome = cmi.courseOutcome(model, judging, finished);
  const names = ["completion", "success", "score_scaled", "score_raw", "score_min", "score_max", "progress"];
  return [names.map((name) => outcome[name]), cmi.reportedTime(data)];
}))"""
SCORES = ["0", "50", "87.5", "100", "-20", "250"]
VALUES = {
    "scorm_12": {
        "cmi.core.lesson_status": ["passed", "completed", "failed", "incomplete", "browsed", "not attempted"],
        "cmi.core.score.raw": SCORES,
        "cmi.core.score.min": ["0", "10"],
        "cmi.core.score.max": ["100", "200"],
        "cmi.core.exit": ["suspend", "time-out", ""],
        "cmi.core.credit": ["credit", "no-credit"],
        "cmi.core.session_time": ["0001:30:05.25", "00:00:05", "nonsense"],
        "cmi.student_data.mastery_score": ["80", "50"],
    },
    "scorm_2004": {
        "cmi.completion_status": ["completed", "incomplete", "not attempted", "unknown"],
        "cmi.success_status": ["passed", "failed", "unknown"],
        "cmi.score.scaled": ["0.8", "-0.5", "1"],
        "cmi.score.raw": SCORES,
        "cmi.score.min": ["0"],
        "cmi.score.max": ["100"],
        "cmi.progress_measure": ["0", "0.5", "1"],
        "cmi.exit": ["suspend", "normal", "logout"],
        "cmi.session_time": ["PT1M7S", "P1DT2H", "PT0S"],
        "cmi.scaled_passing_score": ["0.7"],
        "cmi.completion_threshold": ["0.5"],
    },
}
OUTCOMES = st.sampled_from(
    [
        ActivityOutcome(),
        ActivityOutcome("incomplete"),
        ActivityOutcome("completed", "passed", 0.9, 90.0),
        ActivityOutcome("completed", "failed", 0.2),
        ActivityOutcome("completed"),
    ]
)


@st.composite
def stories(draw: Any) -> dict[str, Any]:
    standard = draw(st.sampled_from(sorted(VALUES)))
    data = {
        element: draw(st.sampled_from(given))
        for element, given in VALUES[standard].items()
        if draw(st.booleans())
    }
    data.setdefault(next(iter(VALUES[standard])), VALUES[standard][next(iter(VALUES[standard]))][0])
    others = {f"other-{number}": list(draw(OUTCOMES)) for number in range(draw(st.integers(0, 2)))}
    return {
        "standard": standard,
        "data": data,
        "finished": draw(st.booleans()),
        "activities": {**others, "this": list(draw(OUTCOMES))},
    }


def tree_of(identifiers: list[str]) -> Tree:
    launch = {"kind": "sco", "href": "x", "query": ""}
    items = [
        {"identifier": identifier, "title": identifier, "visible": True, "launch": launch, "items": []}
        for identifier in identifiers
    ]
    return Tree.of({"organizations": [{"identifier": "course", "title": "Course", "items": items}]})


@pytest.fixture(scope="module")
def page_that_judges(cmi_page: Page) -> Page:
    cmi_page.evaluate(LOAD)
    return cmi_page


@settings(max_examples=15, derandomize=True, suppress_health_check=list(HealthCheck))
@given(batch=st.lists(stories(), min_size=30, max_size=60))
def test_the_browser_judges_as_the_server_does(page_that_judges: Page, batch: list[dict[str, Any]]) -> None:
    asked: list[dict[str, Any]] = []
    expected: list[tuple[list[Any], Any]] = []
    for story in batch:
        tree, state = tree_of(list(story["activities"])), {"activities": story["activities"]}
        activity = tree.by_id["this"]
        judging = sessions.judging(tree, state, activity)
        asked.append({**{key: story[key] for key in ("standard", "data", "finished")}, "judging": judging})
        advanced = sessions.advance(
            story["standard"],
            activity,
            story["data"],
            [],
            strict=False,
            terminated=story["finished"],
            started_at=None,
            now=now(),
        )
        known = cmi.outcome(cmi.load_table(story["standard"]), story["data"], story["finished"])
        course = step(tree, state, Event("track", "this", advanced.outcome)).course
        expected.append((list(course), known.session_centiseconds))
    answers = json.loads(page_that_judges.evaluate(ASK, json.dumps(asked)))
    for story, ours, theirs in zip(batch, expected, answers, strict=True):
        assert (story, theirs[1]) == (story, ours[1])
        assert (story, theirs[0][:2]) == (story, ours[0][:2])
        assert theirs[0][2:] == pytest.approx(ours[0][2:], abs=1e-6), story
