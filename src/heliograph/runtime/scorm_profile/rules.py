"""Which statements a SCO's calls make, by ADL's xAPI SCORM profile: no Django, no clock.

A SCO's calls come in batches, as commits brought them. What one batch leaves open (a session, an answer
without its result) is kept in a `SessionState` until the next; what was said once is said again only where it
changed.
"""

import re
from collections.abc import Iterable, Iterator
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Any, Final
from urllib.parse import quote

from heliograph.runtime import cmi

VERBS: Final = "http://adlnet.gov/expapi/verbs/"
TYPES: Final = "http://adlnet.gov/expapi/activities/"
CATEGORY: Final = {"id": "https://w3id.org/xapi/scorm", "definition": {"type": f"{TYPES}profile"}}
MOST_INTERACTIONS, LONGEST_TEXT = 2_500, 4_000
INITIALIZE, TERMINATE, SET = (
    ("LMSInitialize", "Initialize"),
    ("LMSFinish", "Terminate"),
    ("LMSSetValue", "SetValue"),
)
_INTERACTION = re.compile(r"cmi\.interactions\.(\d+)\.(\w+|correct_responses\.\d\.pattern)")
_COMMENT = re.compile(r"cmi\.comments_from_learner\.\d+\.comment")
_KEPT = re.compile(
    r"cmi\.(core\.(lesson_status|score\.\w+|exit|session_time)|completion_status|success_status|score\.\w+|exit|session_time|progress_measure)"
)
# What an author said of a SCO, by which its data is judged.
_JUDGED_BY = ("cmi.student_data.mastery_score", "cmi.completion_threshold", "cmi.scaled_passing_score")
_INTERACTION_TYPES: Final = {
    "true-false", "choice", "fill-in", "long-fill-in", "matching", "performance", "sequencing", "likert",
    "numeric", "other",
}  # fmt: skip
_IS_RIGHT: Final = {"correct": True, "wrong": False, "incorrect": False}


@dataclass(frozen=True)
class SessionContext:
    """Whose session in which SCO it is: xAPI objects, and the table of the SCO's data model."""

    actor: dict[str, Any]
    course: dict[str, Any]
    activity: dict[str, Any]
    attempt: dict[str, Any]
    registration: str
    table: cmi.Table


@dataclass(frozen=True)
class Call:
    """One successful API call: when, which, and its arguments."""

    at: datetime
    method: str
    arguments: list[str]


@dataclass(frozen=True)
class SessionState:
    """What was told of a SCO in an attempt so far; plain JSON in its fields."""

    open: bool = False
    suspended: bool = False
    last_at: str = ""
    values: dict[str, str] = field(default_factory=dict)
    emitted: dict[str, Any] = field(default_factory=dict)
    interactions: dict[str, dict[str, str]] = field(default_factory=dict)


def state_from(seeds: dict[str, str]) -> SessionState:
    """The beginning, where ``seeds`` is the SCO's data as the LMS made it."""
    return SessionState(values={name: seeds[name] for name in _JUDGED_BY if name in seeds})


def calls_of(opened_at: datetime, received_at: datetime, calls: Iterable[list[Any]]) -> Iterator[Call]:
    """The calls of a batch that succeeded; their times are the browser's, since the launch, and never after
    they were received.
    """
    for milliseconds, method, arguments, result, error in calls:
        if error == 0 and (result != "false"):
            at = min(opened_at + timedelta(milliseconds=max(0, min(int(milliseconds), 10**11))), received_at)
            yield Call(at, method, arguments)


def statements_for(
    context: SessionContext, state: SessionState, calls: Iterable[Call]
) -> tuple[list[dict[str, Any]], SessionState]:
    """The statements of a batch of calls, in order, and the state after it."""
    emitter = _Emitter(context, state)
    for call in calls:
        emitter.read_call(call)
    emitter.catch_up()
    return emitter.statements, emitter.state


class _Emitter:
    def __init__(self, context: SessionContext, state: SessionState) -> None:
        self.context = context
        self.state = deepcopy(state)
        self.statements: list[dict[str, Any]] = []
        self.at = datetime.fromisoformat(state.last_at) if state.last_at else None

    def read_call(self, call: Call) -> None:
        if call.method in INITIALIZE:
            if self.state.open:  # a browser that was closed never said so
                self._end()
            self.at = call.at
            self._begin()
        elif self.state.open:
            self.at = call.at
            if call.method in SET and len(call.arguments) > 1:
                self._set(call.arguments[0], call.arguments[1])
            elif call.method in TERMINATE:
                self._end()
        self.state = replace(self.state, last_at=self.at.isoformat() if self.at else "")

    def catch_up(self) -> None:
        """Tell what has become of the SCO by now."""
        if self.at is None:
            return
        for number in [
            number
            for number, interaction in self.state.interactions.items()
            if "result" in interaction and _response(interaction) is not None
        ]:
            self._emit_interaction(number)
        outcome = cmi.outcome(self.context.table, self.state.values)
        score = _score(outcome.score)
        if score and score != self.state.emitted.get("score"):
            self._emit("scored", {"score": score})
            self.state.emitted["score"] = score
        if outcome.completion == "completed" and self.state.emitted.get("completion") != "completed":
            self._emit("completed", {"completion": True})
        if outcome.success != "unknown" and outcome.success != self.state.emitted.get("success"):
            self._emit(
                outcome.success,
                {"success": outcome.success == "passed", **({"score": score} if score else {})},
            )
        self.state.emitted.update(completion=outcome.completion, success=outcome.success)

    def _begin(self) -> None:
        self._emit("resumed" if self.state.suspended else "initialized")
        values = {
            name: value
            for name, value in self.state.values.items()
            if not name.endswith((".exit", ".session_time"))
        }
        self.state = replace(self.state, open=True, suspended=False, values=values)

    def _set(self, element: str, value: str) -> None:
        interaction = _INTERACTION.fullmatch(element)
        if interaction and len(self.state.interactions) < MOST_INTERACTIONS:
            self.state.interactions.setdefault(interaction[1], {})[interaction[2]] = value[:LONGEST_TEXT]
        elif element == "cmi.comments" or _COMMENT.fullmatch(element):
            if self._is_news(element, value[:LONGEST_TEXT]):
                self._emit("commented", {"response": value[:LONGEST_TEXT]})
        elif _KEPT.fullmatch(element):
            self.state.values[element] = value

    def _end(self) -> None:
        for number in [
            number
            for number, interaction in self.state.interactions.items()
            if _response(interaction) is not None
        ]:
            self._emit_interaction(number)
        self.catch_up()
        outcome = cmi.outcome(self.context.table, self.state.values, finished=True)
        result: dict[str, Any] = {"completion": outcome.completion == "completed"}
        if outcome.success != "unknown":
            result["success"] = outcome.success == "passed"
        if score := _score(outcome.score):
            result["score"] = score
        if outcome.session_centiseconds:
            result["duration"] = _duration(outcome.session_centiseconds)
        suspended = outcome.exit in ("suspend", "logout")
        if suspended:
            self._emit("suspended")
        self._emit("terminated", result)
        self.state = replace(self.state, open=False, suspended=suspended)

    def _emit_interaction(self, number: str) -> None:
        interaction = self.state.interactions.pop(number)
        if not self._is_news(
            f"interaction {number}",
            [_response(interaction), interaction.get("result"), interaction.get("id")],
        ):
            return
        kind, identifier = interaction.get("type", ""), interaction.get("id") or number
        definition: dict[str, Any] = {"type": f"{TYPES}cmi.interaction"}
        if kind in _INTERACTION_TYPES:
            definition["interactionType"] = kind
            if patterns := _patterns(interaction):
                definition["correctResponsesPattern"] = patterns
        if interaction.get("description"):
            definition["description"] = {"und": interaction["description"]}
        result: dict[str, Any] = {"response": _response(interaction)}
        if interaction.get("result") in _IS_RIGHT:
            result["success"] = _IS_RIGHT[interaction["result"]]
        thing = {
            "objectType": "Activity",
            "id": f"{self.context.activity['id']}/interactions/{quote(identifier, safe='')}",
            "definition": definition,
        }
        self._emit("responded", result, thing, parent=[self.context.activity])

    def _is_news(self, what: str, value: Any) -> bool:
        """Whether this was not told yet; courses write their answers again and again."""
        digest = blake2b(repr(value).encode("utf-8", "replace"), digest_size=6).hexdigest()
        known = self.state.emitted.setdefault("answers", {})
        is_news: bool = known.get(what) != digest
        known[what] = digest
        return is_news

    def _emit(
        self,
        verb: str,
        result: dict[str, Any] | None = None,
        thing: dict[str, Any] | None = None,
        parent: list[Any] | None = None,
    ) -> None:
        context = self.context
        statement: dict[str, Any] = {
            "actor": context.actor,
            "verb": {"id": VERBS + verb, "display": {"en": verb}},
            "object": thing or context.activity,
            "context": {
                "registration": context.registration,
                "contextActivities": {
                    "parent": parent or [context.course],
                    "grouping": [context.course, context.attempt],
                    "category": [CATEGORY],
                },
            },
        }
        if result:
            statement["result"] = result
        if self.at:
            statement["timestamp"] = self.at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        self.statements.append(statement)


def _response(interaction: dict[str, str]) -> str | None:
    return interaction.get("learner_response", interaction.get("student_response"))


def _patterns(interaction: dict[str, str]) -> list[str]:
    """The correct responses, in their order."""
    return [value for name, value in sorted(interaction.items()) if name.endswith(".pattern")]


def _score(score: cmi.Score) -> dict[str, float]:
    """A score as xAPI takes it: a raw value between its shown, else without them (1.0.3 Data 2.4.5.1)."""
    shown: dict[str, float] = {}
    if score.scaled is not None and -1 <= score.scaled <= 1:
        shown["scaled"] = score.scaled
    if score.raw is not None:
        shown["raw"] = score.raw
        low, high = score.min, score.max
        if low is not None and high is not None and low < high and low <= score.raw <= high:
            shown |= {"min": low, "max": high}
    return shown


def _duration(centiseconds: int) -> str:
    return f"PT{centiseconds // 100}S" if centiseconds % 100 == 0 else f"PT{centiseconds / 100:.2f}S"
