"""Every rule of the table: its good examples are statements, its bad ones are refused by that very rule, in
each version that has it.
"""

import copy
from pathlib import Path
from typing import Any

import pytest

from heliograph.core.rule_table import ABSENT, Broken, Example, Rule
from heliograph.lrs.rules.rules_page import page
from heliograph.lrs.rules.statement import check
from heliograph.lrs.rules.table import RULES

WHOLE: dict[str, Any] = {
    "id": "c2b5b5a4-6f0e-4a5e-9d0c-6b0b5f5f2a10",
    "actor": {"objectType": "Agent", "name": "Ada", "mbox": "mailto:ada@example.org"},
    "verb": {"id": "https://example.org/verbs/did", "display": {"en": "did"}},
    "object": {
        "objectType": "Activity",
        "id": "https://example.org/activities/1",
        "definition": {
            "name": {"en": "One"},
            "interactionType": "choice",
            "choices": [{"id": "a", "description": {"en": "A"}}],
            "correctResponsesPattern": ["a"],
        },
    },
    "result": {
        "score": {"scaled": 0.5, "raw": 50, "min": 0, "max": 100.5},
        "success": True,
        "completion": True,
        "duration": "PT5M",
    },
    "context": {
        "registration": "c2b5b5a4-6f0e-4a5e-9d0c-6b0b5f5f2a12",
        "contextActivities": {"grouping": [{"id": "https://example.org/course"}]},
        "statement": {"objectType": "StatementRef", "id": "c2b5b5a4-6f0e-4a5e-9d0c-6b0b5f5f2a13"},
        "extensions": {"https://example.org/e": None},
    },
    "timestamp": "2026-05-04T10:11:12.345Z",
    "attachments": [
        {
            "usageType": "https://example.org/usage",
            "display": {"en": "A file"},
            "contentType": "text/plain",
            "length": 3,
            "sha2": "a" * 64,
            "fileUrl": "https://example.org/file",
        }
    ],
}
VERSIONS = ("1.0.3", "2.0")
CASES = [
    pytest.param(rule, example, version, id=f"{rule.code}-{example.at}-{number}-{version}")
    for rule in RULES.values()
    for number, example in enumerate(rule.examples)
    for version in VERSIONS
    if rule.only in ("", version)
]


def with_value(at: str, value: Any) -> dict[str, Any]:
    """The whole statement with one property set, or left out."""
    made = copy.deepcopy(WHOLE)
    *way, last = at.split(".")
    inner: Any = made
    for step in way:
        inner = inner[int(step)] if step.isdigit() else inner.setdefault(step, {})
    if value is ABSENT:
        inner.pop(last, None)
    else:
        inner[last] = value
    return made


@pytest.mark.parametrize(("rule", "example", "version"), CASES)
def test_a_good_example_is_taken(rule: Rule, example: Example, version: str) -> None:
    check(with_value(example.at, example.good), version)


@pytest.mark.parametrize(("rule", "example", "version"), CASES)
def test_a_bad_example_is_refused_by_the_rule_that_says_so(
    rule: Rule, example: Example, version: str
) -> None:
    with pytest.raises(Broken) as refused:
        check(with_value(example.at, example.bad), version)
    assert refused.value.rule.code == rule.code
    assert refused.value.at
    assert rule.says in refused.value.sentence


@pytest.mark.parametrize(
    "rule", [rule for rule in RULES.values() if rule.only == "2.0"], ids=lambda rule: rule.code
)
def test_what_only_2_0_has_is_unknown_to_1_0_3(rule: Rule) -> None:
    for example in rule.examples:
        with pytest.raises(Broken) as refused:
            check(with_value(example.at, example.good), "1.0.3")
        assert refused.value.rule.code == "property.unknown"


def test_a_statement_of_2_0_says_so_to_2_0_alone() -> None:
    check(with_value("version", "2.0.0"), "2.0")
    with pytest.raises(Broken):
        check(with_value("version", "2.0.0"), "1.0.3")


def test_the_page_of_rules_is_the_table() -> None:
    written = (Path(__file__).parents[3] / "docs" / "protocols" / "xapi-rules.md").read_text()
    assert written == page(), (
        "write it anew: uv run python -m heliograph.lrs.rules.rules_page > docs/protocols/xapi-rules.md"
    )
