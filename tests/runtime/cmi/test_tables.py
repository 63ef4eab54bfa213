"""Every element of both standards is there, and does as the standard says: who reads it, who sets it, what it
takes.
"""

import json
from typing import Any

import pytest
from tests.runtime.cmi.browser import BrowserAnswers
from tests.runtime.cmi.samples import GOOD, with_indices

from heliograph.runtime.cmi import DataModel, load_table

# The standards' own lists, written down apart from the tables: read-only, write-only and read-write elements.
ACCESS = {
    "scorm_12": {
        "r": """cmi.core.student_id cmi.core.student_name cmi.core.credit cmi.core.entry cmi.core.total_time
            cmi.core.lesson_mode cmi.launch_data cmi.comments_from_lms cmi.student_data.mastery_score
            cmi.student_data.max_time_allowed cmi.student_data.time_limit_action""",
        "w": """cmi.core.exit cmi.core.session_time cmi.interactions.n.id cmi.interactions.n.objectives.n.id
            cmi.interactions.n.time cmi.interactions.n.type cmi.interactions.n.correct_responses.n.pattern
            cmi.interactions.n.weighting cmi.interactions.n.student_response cmi.interactions.n.result
            cmi.interactions.n.latency""",
        "rw": """cmi.core.lesson_location cmi.core.lesson_status
            cmi.core.score.raw cmi.core.score.min cmi.core.score.max cmi.suspend_data cmi.comments
            cmi.objectives.n.id cmi.objectives.n.score.raw cmi.objectives.n.score.min
            cmi.objectives.n.score.max cmi.objectives.n.status
            cmi.student_preference.audio cmi.student_preference.language cmi.student_preference.speed
            cmi.student_preference.text""",
    },
    "scorm_2004": {
        "r": """cmi.comments_from_lms.n.comment cmi.comments_from_lms.n.location
            cmi.comments_from_lms.n.timestamp cmi.completion_threshold cmi.credit cmi.entry cmi.launch_data
            cmi.learner_id cmi.learner_name cmi.max_time_allowed cmi.mode cmi.scaled_passing_score
            cmi.time_limit_action cmi.total_time adl.data.n.id
            adl.nav.request_valid.continue adl.nav.request_valid.previous
            adl.nav.request_valid.choice.{target} adl.nav.request_valid.jump.{target}
            adl.nav.request_valid.exit adl.nav.request_valid.exitAll
            adl.nav.request_valid.abandon adl.nav.request_valid.abandonAll
            adl.nav.request_valid.suspendAll""",
        "w": "cmi.exit cmi.session_time",
        "rw": """cmi.comments_from_learner.n.comment cmi.comments_from_learner.n.location
            cmi.comments_from_learner.n.timestamp cmi.completion_status
            cmi.interactions.n.id cmi.interactions.n.type cmi.interactions.n.objectives.n.id
            cmi.interactions.n.timestamp cmi.interactions.n.correct_responses.n.pattern
            cmi.interactions.n.weighting cmi.interactions.n.learner_response cmi.interactions.n.result
            cmi.interactions.n.latency cmi.interactions.n.description
            cmi.learner_preference.audio_level cmi.learner_preference.language
            cmi.learner_preference.delivery_speed cmi.learner_preference.audio_captioning cmi.location
            cmi.objectives.n.id cmi.objectives.n.score.scaled cmi.objectives.n.score.raw
            cmi.objectives.n.score.min cmi.objectives.n.score.max cmi.objectives.n.success_status
            cmi.objectives.n.completion_status cmi.objectives.n.progress_measure
            cmi.objectives.n.description cmi.progress_measure
            cmi.score.scaled cmi.score.raw cmi.score.min cmi.score.max cmi.success_status cmi.suspend_data
            adl.nav.request adl.data.n.store""",
    },
}
ERRORS = {
    "scorm_12": [0, 101, 201, 202, 203, 301, 401, 402, 403, 404, 405],
    "scorm_2004": [
        *(0, 101, 102, 103, 104, 111, 112, 113, 122, 123, 132, 133, 142, 143, 201, 301, 351, 391),
        *(401, 402, 403, 404, 405, 406, 407, 408),
    ],
}
CODES = {
    "scorm_12": {"read_only": 403, "write_only": 404},
    "scorm_2004": {"read_only": 404, "write_only": 405},
}
READY = {
    "scorm_12": {"cmi.interactions.0.type": "choice", "cmi.objectives.0.id": "o"},
    "scorm_2004": {
        "cmi.interactions.0.id": "q",
        "cmi.interactions.0.type": "choice",
        "cmi.objectives.0.id": "q1",
        "adl.data.0.id": "bucket",
    },
}
ELEMENTS = [
    pytest.param(standard, element, access, id=f"{standard}: {element}")
    for standard, lists in ACCESS.items()
    for access, names in lists.items()
    for element in names.split()
]


@pytest.mark.parametrize("standard", ["scorm_12", "scorm_2004"])
def test_the_table_has_the_standards_elements_and_no_others(standard: Any) -> None:
    listed = {name: access for access, names in ACCESS[standard].items() for name in names.split()}
    assert {name: spec["access"] for name, spec in load_table(standard).elements.items()} == listed


@pytest.mark.parametrize("standard", ["scorm_12", "scorm_2004"])
def test_the_table_has_the_standards_error_codes_and_no_others(standard: Any) -> None:
    table = load_table(standard)
    assert sorted(int(code) for code in table.content["errors"]) == ERRORS[standard]
    used = {failure["error"] for failure in table.failures.values()}
    used |= {
        code
        for call in table.content["api"].values()
        if isinstance(call, dict)
        for code in call.values()
        if isinstance(code, int)
    }
    assert used <= set(ERRORS[standard])


@pytest.mark.parametrize(("standard", "element", "access"), ELEMENTS)
def test_an_element_is_read_and_set_by_whom_the_standard_says(
    standard: Any, element: str, access: str
) -> None:
    table, name = load_table(standard), with_indices(element)
    value = next(iter(GOOD.get(table.elements[element]["type"], ["seeded"])))
    if access == "r":
        model = DataModel(table, READY[standard], {name: "seeded"})
        assert model.get_value(name).value == "seeded"
        assert model.set_value(name, value).error == CODES[standard]["read_only"]
        assert model.get_value(name).value == "seeded"
    else:
        model = DataModel(table, READY[standard])
        assert model.set_value(name, value).error == 0
        assert model.data[name] == value
        read = model.get_value(name)
        assert read.error == (0 if access == "rw" else CODES[standard]["write_only"]) or value == ""
        assert read.value == (value if access == "rw" else "")


@pytest.mark.parametrize("standard", ["scorm_12", "scorm_2004"])
def test_children_name_all_elements_below_and_none_else(standard: Any) -> None:
    table = load_table(standard)
    for pattern, entry in table.entries.items():
        if entry.kind == "children":
            parent = pattern.removesuffix("._children")
            for child in entry.value.split(","):
                below = f"{parent}.n.{child}" if parent in table.collections else f"{parent}.{child}"
                assert below in table.entries
            inside = [name for name in table.elements if name.startswith(f"{parent}.")]
            named = {name.removeprefix(f"{parent}.").removeprefix("n.").split(".")[0] for name in inside}
            assert set(entry.value.split(",")) == named


@pytest.mark.parametrize("strict", [False, True], ids=["lenient", "strict"])
@pytest.mark.parametrize("standard", ["scorm_12", "scorm_2004"])
def test_browser_and_server_agree_on_every_element_and_every_sample(
    standard: Any, strict: bool, browser_answers: BrowserAnswers
) -> None:
    table = load_table(standard)
    values = [value for samples in GOOD.values() for value in samples]
    calls = [
        ["set", with_indices(element), value]
        for element in table.elements
        for value in [*values, "no such word"]
    ]
    calls += [["get", with_indices(pattern)] for pattern in table.entries]
    session = {"standard": standard, "strict": strict, "data": READY[standard], "seed": {}, "calls": calls}
    model = DataModel(table, READY[standard], {}, strict)
    for call, theirs in zip(calls, browser_answers([session])[0]["answers"], strict=True):
        ours = model.get_value(call[1]) if call[0] == "get" else model.set_value(call[1], call[2])
        assert [call, ours.value, ours.error, ours.diagnostic] == [call, *theirs]


@pytest.mark.parametrize("standard", ["scorm_12", "scorm_2004"])
def test_every_type_the_elements_use_says_in_words_what_it_expects(standard: Any) -> None:
    table = load_table(standard)
    for spec in table.elements.values():
        assert table.type_spec(spec["type"], strict=False)["expected"]
    assert json.dumps(table.content)


def test_long_names_are_answered_and_not_remembered():
    table = load_table("scorm_2004")
    name = f"adl.nav.request_valid.choice.{{target={'x' * 1000}}}"
    before = table._found.cache_info().currsize
    entry = table.find(name)
    assert entry is not None
    assert entry.name == name
    assert table._found.cache_info().currsize == before
