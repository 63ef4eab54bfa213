"""The data models by example: `vectors/*.json` is the specification, and both models answer as it says.

A call is ["get", element, value], ["set", element, value], or either with an error code at its end. A value
written as {"repeat": text, "times": n} is that text n times over.
"""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.runtime.cmi.browser import BrowserAnswers

from heliograph.runtime.cmi import DataModel, load_table

FILES = sorted((Path(__file__).parent / "vectors").glob("scorm_*.json"))
CASES = [
    pytest.param({"standard": content["standard"], **case}, id=f"{content['standard']}: {case['case']}")
    for content in (json.loads(file.read_text(encoding="utf-8")) for file in FILES)
    for case in content["cases"]
]


@pytest.mark.parametrize("case", CASES)
def test_the_servers_model_answers_as_specified(case: dict[str, Any]) -> None:
    model = DataModel(
        load_table(case["standard"]), case.get("data"), case.get("seed"), case.get("strict", False)
    )
    for verb, element, value, *error in written_out(case):
        answer = model.get_value(element) if verb == "get" else model.set_value(element, value)
        assert (verb, element, answer.value, answer.error) == expected(verb, element, value, *error)
        assert bool(answer.diagnostic) == bool(answer.error)


@pytest.mark.parametrize("case", CASES)
def test_the_browsers_model_answers_as_specified(
    case: dict[str, Any], browser_answers: BrowserAnswers
) -> None:
    calls = written_out(case)
    [played] = browser_answers([{**case, "calls": calls}])
    for (verb, element, value, *error), answer in zip(calls, played["answers"], strict=True):
        assert (verb, element, answer[0], answer[1]) == expected(verb, element, value, *error)
        assert bool(answer[2]) == bool(answer[1])


def expected(verb: str, element: str, value: str, error: int = 0) -> tuple[str, str, str, int]:
    if verb == "get":
        return verb, element, value, error
    return verb, element, "false" if error else "true", error


def written_out(case: dict[str, Any]) -> list[list[Any]]:
    return [[text(part) for part in call] for call in case["calls"]]


def text(part: Any) -> Any:
    return part["repeat"] * part["times"] if isinstance(part, dict) else part
