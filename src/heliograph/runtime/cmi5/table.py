"""Every rule of cmi5 by which a statement of an AU is refused: its section, what it says, and a good and a
bad example.

The checks name these rules, the tests are made of the examples, and docs/protocols/cmi5.md lists them: what
is refused, what is tested and what is documented is one list. Sections are those of cmi5's first edition
(Quartz).
"""

from typing import Any, Final, NoReturn

from heliograph.core.rule_table import ABSENT, Broken, Example, Rule

SECTION: Final = "cmi5, section"
CMI5: Final = "https://w3id.org/xapi/cmi5/context/categories/cmi5"
MOVE_ON: Final = "https://w3id.org/xapi/cmi5/context/categories/moveon"
SESSION_ID: Final = "https://w3id.org/xapi/cmi5/context/extensions/sessionid"
MASTERY_SCORE: Final = "https://w3id.org/xapi/cmi5/context/extensions/masteryscore"


def refuse(code: str) -> NoReturn:
    """Raise `Broken` for the rule called ``code``."""
    raise Broken(RULES[code])


def _rule(code: str, section: str, says: str, examples: tuple[Example, ...]) -> Rule:
    return Rule(code, says, {SECTION: section}, examples)


def _examples(*rows: tuple[str, str, Any, Any]) -> tuple[Example, ...]:
    """Of a statement with this verb: a place, a value that is taken there, and one that is refused.

    ``experienced`` is a statement that cmi5 allows beside its own. A place that begins with ``session.`` is
    of what the session is and did before.
    """
    return tuple(Example(at, good, bad, verb) for verb, at, good, bad in rows)


_DONE = ("completed", "passed", "failed")
_CATEGORIES = [{"id": CMI5}, {"id": MOVE_ON}]
_OTHER = "https://example.org/other"
_SCORE = {"scaled": 0.9, "raw": 90, "min": 0, "max": 100}

# fmt: off
_IN_ORDER: Final = (
    _rule(
        "session.over", "9.3.8", "This session is over: “terminated” was its last statement",
        _examples(
            *((verb, "session.said", ("initialized",), ("initialized", "terminated"))
              for verb in ("experienced", "terminated", "passed")),
        ),
    ),
    _rule(
        "session.preferences", "11.0",
        "An AU reads the learner's preferences (the agent profile cmi5LearnerPreferences) "
        "before its first statement",
        _examples(("initialized", "session.prepared", True, False)),
    ),
    _rule(
        "session.first", "9.3.2", "The first statement of a session is “initialized”",
        _examples(
            *((verb, "session.said", ("initialized",), ()) for verb in ("experienced", *_DONE, "terminated")),
        ),
    ),
    _rule(
        "statement.id", "9.1", "An AU gives each of its statements an id",
        _examples(("experienced", "id", "c2b5b5a4-6f0e-4a5e-9d0c-6b0b5f5f2a11", ABSENT)),
    ),
    _rule(
        "timestamp.missing", "9.7", "Every statement says when it happened: send a timestamp",
        _examples(
            ("experienced", "timestamp", "2026-05-04T10:11:12Z", ABSENT),
            ("passed", "timestamp", "2026-05-04T10:11:12Z", ABSENT),
        ),
    ),
    _rule(
        "timestamp.utc", "9.7", "Timestamps are in UTC: they end in Z",
        _examples(("experienced", "timestamp", "2026-05-04T10:11:12.123Z", "2026-05-04T10:11:12-06:00")),
    ),
    _rule(
        "actor", "9.2", "The actor is the launch's, an agent with an account",
        _examples(
            ("passed", "actor.objectType", "Agent", "Group"),
            ("passed", "actor",
             {"account": {"homePage": "https://lms.example", "name": "anna"}},
             {"mbox": "mailto:anna@lms.example"}),
        ),
    ),
    _rule(
        "context.template", "10.2.1",
        "The context holds all of the contextTemplate of LMS.LaunchData, unchanged: "
        "its session id and its activities",
        _examples(
            ("experienced", f"context.extensions.{SESSION_ID}", "session-1", ABSENT),
            ("passed", f"context.extensions.{SESSION_ID}", "session-1", "session-2"),
            ("experienced", "context.contextActivities.grouping",
             [{"id": "https://example.com/au-1"}, {"id": _OTHER}], [{"id": _OTHER}]),
            ("passed", "context.contextActivities.grouping", {"id": "https://example.com/au-1"}, ABSENT),
        ),
    ),
    _rule(
        "category.moveon", "9.6.2.2",
        "The category “moveon” marks statements of cmi5's own with success or completion, "
        "each of them and no other",
        _examples(
            *((verb, "context.contextActivities.category", _CATEGORIES, [{"id": CMI5}]) for verb in _DONE),
            ("terminated", "context.contextActivities.category", [{"id": CMI5}], _CATEGORIES),
            ("experienced", "context.contextActivities.category", [], [{"id": MOVE_ON}]),
        ),
    ),
    _rule(
        "category.cmi5", "7.1.3",
        "The category “cmi5” marks cmi5's own verbs that are an AU's to say: "
        "initialized, completed, passed, failed, terminated",
        _examples(
            ("experienced", "context.contextActivities.category", [{"id": _OTHER}], [{"id": CMI5}]),
            *(("terminated", "verb.id", "http://adlnet.gov/expapi/verbs/terminated", example) for example in (
                "http://adlnet.gov/expapi/verbs/launched", "https://w3id.org/xapi/adl/verbs/abandoned",
                "https://w3id.org/xapi/adl/verbs/waived", "https://w3id.org/xapi/adl/verbs/satisfied",
            )),
        ),
    ),
    _rule(
        "registration", "9.6.1", "The context names the launch's registration",
        _examples(
            ("passed", "context.registration", "registration-1", ABSENT),
            ("passed", "context.registration", "registration-1", "registration-2"),
        ),
    ),
    _rule(
        "object", "9.4", "The object is the AU, by the activityId of its launch",
        _examples(
            ("passed", "object.id", "https://lms.example/au-1", _OTHER),
            ("initialized", "object.id", "https://lms.example/au-1", _OTHER),
        ),
    ),
    _rule(
        "launch_mode", "10.2.2",
        "In Browse and Review nothing is recorded: "
        "of cmi5's verbs only “initialized” and “terminated” are taken",
        _examples(
            *((verb, "session.mode", "Normal", mode) for verb in _DONE for mode in ("Browse", "Review")),
        ),
    ),
    _rule(
        "verb.twice", "9.3", "No verb of cmi5 is said twice in a session",
        _examples(
            ("initialized", "session.said", (), ("initialized",)),
            *((verb, "session.said", ("initialized",), ("initialized", verb))
              for verb in ("completed", "passed", "failed")),
        ),
    ),
    _rule(
        "verdict.twice", "9.3", "A session says “passed” or “failed”, not both",
        _examples(
            ("passed", "session.said", ("initialized",), ("initialized", "failed")),
            ("failed", "session.said", ("initialized",), ("initialized", "passed")),
        ),
    ),
    _rule(
        "completed.once", "9.3.3", "“completed” was said before in this registration, and is said once",
        _examples(("completed", "session.before", ("initialized", "failed"), ("completed",))),
    ),
    _rule(
        "passed.once", "9.3.4", "“passed” was said before in this registration, and is said once",
        _examples(("passed", "session.before", ("failed", "completed"), ("passed",))),
    ),
    _rule(
        "failed.after_passed", "9.3", "Whoever passed in this registration cannot fail in it any more",
        _examples(("failed", "session.before", ("failed",), ("passed",))),
    ),
    _rule(
        "success", "9.5.2",
        "result.success is true where somebody passed, false where they failed, and absent elsewhere",
        _examples(
            ("passed", "result.success", True, False), ("passed", "result.success", True, ABSENT),
            ("failed", "result.success", False, True), ("failed", "result.success", False, ABSENT),
            ("completed", "result.success", ABSENT, True),
        ),
    ),
    _rule(
        "completion", "9.5.3", "result.completion is true in “completed”, and absent elsewhere",
        _examples(
            ("completed", "result.completion", True, False), ("completed", "result.completion", True, ABSENT),
            ("passed", "result.completion", ABSENT, True), ("failed", "result.completion", ABSENT, True),
        ),
    ),
    _rule(
        "score.place", "9.5.1", "Of cmi5's verbs only “passed” and “failed” have a score",
        _examples(
            ("completed", "result.score", ABSENT, _SCORE), ("terminated", "result.score", ABSENT, _SCORE),
        ),
    ),
    _rule(
        "score.scaled", "9.5.1", "A scaled score is from 0 to 1",
        _examples(("failed", "result.score", {"scaled": 0}, {"scaled": -0.5})),
    ),
    _rule(
        "score.raw", "9.5.1", "A raw score comes with its min and max",
        _examples(
            ("passed", "result.score", _SCORE, {"scaled": 0.9, "raw": 90, "max": 100}),
            ("passed", "result.score", _SCORE, {"scaled": 0.9, "raw": 90, "min": 0}),
        ),
    ),
    _rule(
        "score.mastery", "9.3.4, 9.3.5",
        "Whoever reaches the masteryScore has passed, and whoever does not has failed",
        _examples(
            ("passed", "result.score.scaled", 0.8, 0.79),
            ("failed", "result.score.scaled", 0.79, 0.8), ("failed", "result.score.scaled", 0.1, 0.9),
        ),
    ),
    _rule(
        "mastery_score", "9.6.3.2",
        "A verdict by the masteryScore says it in its context, as LMS.LaunchData gave it",
        _examples(
            ("passed", f"context.extensions.{MASTERY_SCORE}", 0.8, ABSENT),
            ("passed", f"context.extensions.{MASTERY_SCORE}", 0.8, 0.7),
            ("failed", f"context.extensions.{MASTERY_SCORE}", 0.8, ABSENT),
        ),
    ),
    _rule(
        "duration", "9.5.4.1",
        "“completed”, “passed”, “failed” and “terminated” say how long it took: result.duration",
        _examples(
            *((verb, "result.duration", "PT30S", ABSENT) for verb in (*_DONE, "terminated")),
            ("terminated", "result", {"duration": "PT1S"}, ABSENT),
        ),
    ),
)
# fmt: on

RULES: Final = {rule.code: rule for rule in _IN_ORDER}
