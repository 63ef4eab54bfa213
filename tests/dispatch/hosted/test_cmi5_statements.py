"""What our AU tells a customer's record store: pure modules, run in a browser, and each statement held
against cmi5's rules as our own store does.
"""

import json
from itertools import product
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

import heliograph.dispatch.package
from heliograph.runtime.cmi5 import rules

PACKAGE = Path(heliograph.dispatch.package.__file__).parent
HOST = "http://stub.example"
MODULES = {"statements.js": "au", "store.js": "au", "mapping.js": "stub", "times.js": "stub"}
NOTHING_KNOWN = {
    "completion": "incomplete", "success": "unknown",
    "score_scaled": None, "score_raw": None, "score_min": None, "score_max": None,
    "progress": None, "session_centiseconds": 0, "location": None,
}  # fmt: skip
SUBJECT: dict[str, Any] = {
    "actor": {"objectType": "Agent", "account": {"homePage": "https://lms.example", "name": "anna"}},
    "registration": "0199c2b5-b5a4-7f0e-8a5e-9d0c6b0b5f5f",
    "activityId": "https://lms.example/au/1",
}
SCORES = [
    {},
    {"score_scaled": 0.8},
    {"score_scaled": -0.5},
    {"score_raw": 80.0},
    {"score_raw": 8.0, "score_min": 0.0, "score_max": 10.0},
    {"score_raw": 80.0, "score_max": 100.0},
    {"score_scaled": 0.79999, "score_raw": 200.0, "score_min": 0.0, "score_max": 100.0},
]


def serve(script):
    return lambda route: route.fulfill(body=script, content_type="text/javascript")


@pytest.fixture
def run(page):
    """Calls an exported function of a module, as ``run("statements", "duration", 100)``."""
    page.route(f"{HOST}/", lambda route: route.fulfill(body="", content_type="text/html"))
    for name, folder in MODULES.items():
        page.route(f"{HOST}/{name}", serve((PACKAGE / folder / name).read_text()))
    page.goto(f"{HOST}/")
    call = "async ([module, name, given]) => (await import(`/${module}.js`))[name](...given)"
    return lambda module, name, *given: page.evaluate(call, [module, name, list(given)])


@pytest.fixture
def told(page, run):
    """The words that are due for a state."""

    def due(told=None, said=(), data=None, leaving=False, **state):
        call = """async ([state, told, said, data, leaving]) =>
          (await import('/statements.js')).news(state, told, new Set(said), data, leaving)"""
        return [
            statement["word"]
            for statement in page.evaluate(
                call, [NOTHING_KNOWN | state, told or {}, list(said), data or {}, leaving]
            )
        ]

    return due


def test_what_is_known_is_said_once(told):
    assert told() == []
    assert told(completion="completed") == ["completed"]
    assert told(completion="completed", success="passed") == ["completed", "passed"]
    assert told(completion="completed", success="passed", said=["completed"]) == ["passed"]
    assert told(completion="completed", success="passed", told={"completed": True, "passed": True}) == []


def test_a_failure_is_said_at_the_end_and_again_only_with_another_score(told):
    assert told(success="failed") == []
    assert told(success="failed", leaving=True) == ["failed"]
    assert told(success="failed", leaving=True, told={"failed": "null"}) == []
    assert told(success="failed", score_scaled=0.2, leaving=True, told={"failed": "null"}) == ["failed"]
    assert told(success="failed", leaving=True, told={"passed": True}) == []
    assert told(success="failed", leaving=True, said=["passed"]) == []


@pytest.mark.parametrize(
    ("state", "verdict"),
    [
        ({"success": "passed", "score_scaled": 0.79}, "failed"),
        ({"success": "failed", "score_scaled": 0.8}, "passed"),
        ({"completion": "completed", "score_scaled": 0.9}, "passed"),
        ({"completion": "incomplete", "score_scaled": 0.9}, None),
        ({"success": "passed"}, "passed"),
        ({"success": "failed"}, "failed"),
    ],
)
def test_the_lmss_mastery_score_is_what_a_score_is_held_against(run, state, verdict):
    assert run("statements", "verdict", NOTHING_KNOWN | state, 0.8) == verdict


def test_every_statement_is_taken_by_cmi5s_rules(page, run):
    """Of every state, with and without a masteryScore, and with a template that has categories and activities
    of its own.
    """
    states = [
        NOTHING_KNOWN | {"completion": completion, "success": success, **score}
        for completion, success, score in product(
            ("incomplete", "completed"), ("unknown", "passed", "failed"), SCORES
        )
    ]
    template = rules.template("session-1", "https://example.com/au-1", "https://lms.example/course")
    template["contextActivities"]["category"] = [{"id": "https://lms.example/category"}]
    call = """async ([states, subject, data]) => {
      const { news, statement } = await import("/statements.js");
      const begun = { word: "initialized", result: null }, ended = { word: "terminated", result: {} };
      const id = "0199c2b5-b5a4-7f0e-8a5e-9d0c6b0b5f5f";
      return states.map((state) => [begun, ...news(state, {}, new Set(), data, true), ended]
        .map((one) => statement(id, subject, data, one, 61234)));
    }"""
    for mastery in (None, 0.8):
        data = {
            "contextTemplate": template,
            "launchMode": "Normal",
            **({"masteryScore": mastery} if mastery else {}),
        }
        for state, statements in zip(states, page.evaluate(call, [states, SUBJECT, data]), strict=True):
            session = rules.SessionRules(
                SUBJECT["registration"], SUBJECT["activityId"], template, mastery_score=mastery
            )
            for statement in statements:
                word = rules.check(statement, session)
                assert word, (state, statement)
                session.said += (word,)


def test_the_address_says_who_learns_or_nothing_is_begun(run):
    whole = (
        "?endpoint=https://lms.example/xapi&fetch=https://lms.example/fetch&registration=r&activityId=a"
        '&actor={"account":{"homePage":"https://lms.example","name":"anna"}}'
    )
    assert run("store", "addressIn", whole)["endpoint"] == "https://lms.example/xapi/"
    for broken in (
        "",
        whole.replace("actor={", "actor="),
        whole.replace("registration=r", ""),
        whole.replace("fetch=https:", "fetch=javascript:"),
    ):
        assert run("store", "addressIn", broken) is None


def test_a_store_that_does_not_read_forms_reads_whom_the_au_asks_about(page, run):
    asked = []

    def answer(route):
        asked.append(route.request.url)
        route.fulfill(
            body="{}", headers={"Access-Control-Allow-Origin": "*", "Access-Control-Allow-Headers": "*"}
        )

    page.route("https://lms.example/**", answer)
    actor = {"name": "Zoë Ünal", "account": {"homePage": "https://lms.example", "name": "zoë+1"}}
    address = {
        **SUBJECT,
        "actor": actor,
        "endpoint": "https://lms.example/xapi/",
        "fetch": "https://lms.example/fetch",
    }
    page.evaluate(
        """async (address) => {
          const { Store } = await import('/store.js');
          await new Store(address).profile('cmi5LearnerPreferences');
        }""",
        address,
    )
    query = urlsplit(asked[-1]).query
    assert "+" not in query
    assert json.loads(unquote(query.split("agent=")[1])) == actor


@pytest.mark.parametrize(
    ("actor", "learner", "email"),
    [
        ({"account": {"homePage": "https://lms.example", "name": "anna"}, "name": "Anna"}, "anna", ""),
        ({"mbox": "mailto:anna@lms.example"}, "anna@lms.example", "anna@lms.example"),
        ({"openid": "https://anna.example"}, "https://anna.example", ""),
        ({"mbox_sha1sum": "0beec7b5"}, "0beec7b5", ""),
        ({}, "", ""),
    ],
)
def test_a_learner_is_whom_the_actor_names(run, actor, learner, email):
    assert run("store", "learnerIn", actor) == {
        "learner": learner,
        "name": actor.get("name", ""),
        "email": email,
    }
