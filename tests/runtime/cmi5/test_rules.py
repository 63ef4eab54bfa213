"""What an AU may say, from the table of rules: each good example is taken, each bad one is refused by the
rule it belongs to.
"""

import copy
import re

import pytest
from tests.conftest import ROOT
from tests.runtime.cmi5.au import changed

from heliograph.core.rule_table import Broken
from heliograph.runtime.cmi5 import rules
from heliograph.runtime.cmi5.rules import COURSE, VERBS, SessionRules
from heliograph.runtime.cmi5.table import CMI5, MASTERY_SCORE, MOVE_ON, RULES, SECTION

CASES = [(rule, example) for rule in RULES.values() for example in rule.examples]
NAMES = [f"{rule.code}-{example.verb}-{number}" for number, (rule, example) in enumerate(CASES)]
RESULTS = {
    "initialized": None,
    "completed": {"completion": True, "duration": "PT30S"},
    "passed": {"success": True, "duration": "PT30S", "score": {"scaled": 0.9}},
    "failed": {"success": False, "duration": "PT30S", "score": {"scaled": 0.2}},
    "terminated": {"duration": "PT30S"},
    "experienced": None,
}


def session(**changes):
    made = SessionRules(
        "registration-1",
        "https://lms.example/au-1",
        rules.template("session-1", "https://example.com/au-1"),
        mastery_score=0.8,
    )
    made.said = ("initialized",)
    for name, value in changes.items():
        setattr(made, name, value)
    return made


def statement(verb):
    context = rules.template("session-1", "https://example.com/au-1")
    context["registration"] = "registration-1"
    context["extensions"][MASTERY_SCORE] = 0.8
    if verb != "experienced":
        marks = [CMI5, *([MOVE_ON] if verb in ("completed", "passed", "failed") else [])]
        context["contextActivities"]["category"] = [{"id": mark} for mark in marks]
    made = {
        "id": "c2b5b5a4-6f0e-4a5e-9d0c-6b0b5f5f2a11",
        "timestamp": "2026-05-04T10:11:12Z",
        "actor": {"objectType": "Agent", "account": {"homePage": "https://lms.example", "name": "anna"}},
        "verb": {"id": VERBS.get(verb, "http://adlnet.gov/expapi/verbs/experienced")},
        "object": {"id": "https://lms.example/au-1"},
        "context": context,
    }
    return made | ({"result": copy.deepcopy(RESULTS[verb])} if RESULTS[verb] else {})


def judge(example, value):
    made, held = statement(example.verb), session(**({"said": ()} if example.verb == "initialized" else {}))
    if example.at.startswith("session."):
        setattr(held, example.at.removeprefix("session."), value)
    else:
        changed(made, example.at, value)
    return rules.check(made, held)


@pytest.mark.parametrize(("rule", "example"), CASES, ids=NAMES)
def test_the_good_example_is_taken(rule, example):
    assert judge(example, example.good) == (None if example.verb == "experienced" else example.verb)


@pytest.mark.parametrize(("rule", "example"), CASES, ids=NAMES)
def test_the_bad_example_is_refused_by_its_rule_in_a_sentence(rule, example):
    with pytest.raises(Broken) as refusal:
        judge(example, example.bad)
    assert refusal.value.rule.code == rule.code
    assert refusal.value.sentence.endswith(f"(cmi5, section {rule.sections[SECTION]}).")


def test_every_rule_has_an_example_and_says_no_full_stop_before_its_section():
    assert all(rule.examples and not rule.says.endswith(".") for rule in RULES.values())


def test_verbs_of_cmi5_without_its_category_are_an_aus_own_affair():
    said = statement("passed")
    said["context"]["contextActivities"].pop("category")
    said["result"] = {"score": {"scaled": -1}}
    assert rules.check(said, session(said=("initialized", "failed"), mode="Review")) is None


def test_a_verdict_without_a_score_needs_no_mastery_score():
    said = statement("passed")
    said["result"].pop("score")
    said["context"]["extensions"].pop(MASTERY_SCORE)
    assert rules.check(said, session()) == "passed"


@pytest.mark.parametrize(
    ("move_on", "enough", "too_little"),
    [
        ("Passed", [{"passed"}, {"failed", "passed"}, {"waived"}], [set(), {"completed"}, {"failed"}]),
        ("Completed", [{"completed"}, {"completed", "failed"}, {"waived"}], [set(), {"passed"}]),
        (
            "CompletedAndPassed",
            [{"completed", "passed"}, {"waived"}],
            [{"completed"}, {"passed"}, {"completed", "failed"}],
        ),
        (
            "CompletedOrPassed",
            [{"completed"}, {"passed"}, {"waived"}],
            [set(), {"failed"}, {"initialized", "terminated"}],
        ),
        ("NotApplicable", [set(), {"failed"}], []),
    ],
)
def test_what_counts_as_done(move_on, enough, too_little):
    assert all(rules.met(move_on, said) for said in enough)
    assert not any(rules.met(move_on, said) for said in too_little)


def au(identifier, move_on="Completed"):
    return {"identifier": identifier, "au": {"move_on": move_on}, "items": []}


def block(identifier, *items):
    return {"identifier": identifier, "items": list(items)}


def test_blocks_are_satisfied_from_the_inside_out_and_the_course_at_last():
    items = [block("outer", au("a"), block("inner", au("b"), au("c", "NotApplicable"))), au("d")]
    done = {"completed"}
    assert rules.satisfied(items, {}) == []
    assert rules.satisfied(items, {"b": done}) == ["inner"]
    assert rules.satisfied(items, {"a": done, "b": done}) == ["inner", "outer"]
    assert rules.satisfied(items, {"a": done, "b": done, "d": done}) == ["inner", "outer", COURSE]
    assert [item["identifier"] for item in rules.units(items)] == ["a", "b", "c", "d"]


def test_how_an_au_stands_after_a_statement():
    score = {"scaled": 0.2, "raw": 2, "min": 0, "max": 10}
    failed = rules.outcome("Passed", {"failed"}, "failed", {"score": score})
    assert failed[:6] == ("incomplete", "failed", 0.2, 2.0, 0.0, 10.0)
    assert rules.outcome("Completed", set(), None, {"extensions": {rules.PROGRESS: 40}}).progress == 0.4
    assert rules.outcome("Passed", {"completed"}, "completed").progress == 1.0
    assert rules.outcome("Completed", {"completed"}, "completed")[:2] == ("completed", "unknown")
    assert rules.outcome("Passed", {"waived"}, "waived")[:2] == ("completed", "passed")


def test_the_document_lists_every_rule_as_it_is():
    told = (ROOT / "docs/protocols/cmi5.md").read_text()
    for rule in RULES.values():
        assert f"| `{rule.code}` | {rule.sections[SECTION]} | {rule.says} |" in told
    assert len(re.findall(r"^\| `[a-z_.0-9]+` \| \d", told, re.MULTILINE)) == len(RULES)
