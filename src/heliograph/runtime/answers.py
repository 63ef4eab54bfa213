"""Answers to questions, as statements tell of them: those that SCORM's calls were made into, and those of
content that speaks xAPI itself. Each question's last answer in an attempt is kept.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from typing import Any, Final
from uuid import UUID

import msgspec
from django.db import connection

from heliograph.runtime.models import Registration

KINDS: Final = {
    "true-false", "choice", "fill-in", "long-fill-in", "matching", "performance", "sequencing", "likert",
    "numeric", "other",
}  # fmt: skip
UNORDERED: Final = {"choice", "matching"}
LONGEST_RESPONSE, LONGEST_TEXT, LONGEST_NAME, MOST_PATTERNS = 250, 500, 4_000, 20
_INVISIBLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]")

_KNOW_QUESTIONS = """
INSERT INTO runtime_question AS known
       (id, organization_id, course_id, activity, identifier, kind, text, correct_responses)
SELECT q.id, %(organization)s, %(course)s, q.activity, q.identifier, q.kind, q.text, q.patterns::jsonb
  FROM unnest(%(ids)s::uuid[], %(activities)s::text[], %(identifiers)s::text[], %(kinds)s::text[],
              %(texts)s::text[], %(patterns)s::text[])
       AS q (id, activity, identifier, kind, text, patterns)
 WHERE NOT EXISTS (
   -- What is known already is not written, nor locked.
   SELECT FROM runtime_question k
    WHERE k.id = q.id AND q.kind IN ('', k.kind) AND q.text IN ('', k.text)
      AND (q.patterns = '[]' OR q.patterns::jsonb = k.correct_responses)
 )
 -- In one order, so that two that know the same questions wait for each other in turn.
 ORDER BY q.id
    ON CONFLICT (id) DO UPDATE
   -- What an answer leaves out stays known.
   SET kind = coalesce(nullif(excluded.kind, ''), known.kind),
       text = coalesce(nullif(excluded.text, ''), known.text),
       correct_responses = CASE WHEN excluded.correct_responses = '[]' THEN known.correct_responses
                                ELSE excluded.correct_responses END
"""
_KEEP_ANSWERS = """
INSERT INTO runtime_answer AS known
       (id, organization_id, registration_id, question_id, within, response, correct, answered_at)
SELECT gen_random_uuid(), %(organization)s, %(registration)s, a.question_id, %(within)s, a.response,
       a.correct, a.answered_at
  FROM unnest(%(ids)s::uuid[], %(responses)s::text[], %(correct)s::boolean[], %(times)s::timestamptz[])
       AS a (question_id, response, correct, answered_at)
 ORDER BY a.question_id
    ON CONFLICT (organization_id, within, question_id) DO UPDATE
   SET response = excluded.response, correct = excluded.correct, answered_at = excluded.answered_at
 WHERE known.answered_at <= excluded.answered_at
   AND (known.response, known.correct) IS DISTINCT FROM (excluded.response, excluded.correct)
"""


@dataclass(frozen=True)
class GivenAnswer:
    """An answer as one statement tells of it."""

    identifier: str
    kind: str
    text: str
    patterns: list[str]
    response: str
    correct: bool | None
    at: datetime


def keep(
    registration: Registration,
    within: UUID,
    activity: str,
    statements: Iterable[Mapping[str, Any]],
    moment: datetime,
) -> None:
    """Keep the answers among ``statements`` of an activity, of which the last to a question counts.

    ``moment``: when they came, for statements that say no time, or one to come. Call it in a transaction.
    """
    by_question = {
        question_id(registration.course_id, activity, answer.identifier): answer
        for answer in given(statements, moment)
    }
    if not by_question:
        return
    answers = list(by_question.values())
    parameters: dict[str, Any] = {
        "organization": registration.organization_id,
        "course": registration.course_id,
        "registration": registration.id,
        "within": within,
        "ids": list(by_question),
        "activities": [activity] * len(answers),
        "identifiers": [answer.identifier for answer in answers],
        "kinds": [answer.kind for answer in answers],
        "texts": [answer.text for answer in answers],
        "patterns": [msgspec.json.encode(answer.patterns).decode() for answer in answers],
        "responses": [answer.response for answer in answers],
        "correct": [answer.correct for answer in answers],
        "times": [answer.at for answer in answers],
    }
    with connection.cursor() as cursor:
        cursor.execute(_KNOW_QUESTIONS, parameters)
        cursor.execute(_KEEP_ANSWERS, parameters)


def question_id(course_id: UUID, activity: str, identifier: str) -> UUID:
    """The id of a question: always the same for the same interaction of a course's activity."""
    named = "\x00".join((str(course_id), activity, identifier))
    return UUID(bytes=blake2b(named.encode("utf-8", "replace"), digest_size=16).digest(), version=5)


def given(statements: Iterable[Mapping[str, Any]], moment: datetime) -> Iterator[GivenAnswer]:
    """The answers that statements tell of: those whose result has a response, about an interaction."""
    for statement in statements:
        thing, result = statement["object"], statement.get("result", {})
        definition = thing.get("definition", {})
        response = result.get("response")
        if not isinstance(response, str) or "id" not in thing or not _is_interaction(statement, definition):
            continue
        kind = definition.get("interactionType", "")
        kind = kind if kind in KINDS else ""
        success = result.get("success")
        yield GivenAnswer(
            identifier=_plain(thing["id"], LONGEST_NAME),
            kind=kind,
            text=_text_of(definition),
            patterns=[
                normal(kind, pattern)
                for pattern in definition.get("correctResponsesPattern", [])[:MOST_PATTERNS]
            ],
            response=normal(kind, response),
            correct=success if isinstance(success, bool) and kind != "likert" else None,
            at=_at(statement, moment),
        )


def normal(kind: str, response: str) -> str:
    """A response as it is counted: parts whose order says nothing are sorted, what is too long is cut."""
    text = " ".join(_plain(response, LONGEST_NAME).split())
    if kind in UNORDERED:
        separator = "[,]" if "[,]" in text else ","
        text = separator.join(sorted(part.strip() for part in text.split(separator)))
    if kind == "true-false":
        text = {"t": "true", "1": "true", "f": "false", "0": "false"}.get(text.lower(), text.lower())
    return text[:LONGEST_RESPONSE]


def _is_interaction(statement: Mapping[str, Any], definition: Mapping[str, Any]) -> bool:
    verb = statement["verb"]["id"].rstrip("/#").rsplit("/", 1)[-1].lower()
    return verb in ("responded", "answered") or "interactionType" in definition


def _text_of(definition: Mapping[str, Any]) -> str:
    """What a question asks, in the first of its languages."""
    for part in ("description", "name"):
        for text in definition.get(part, {}).values():
            if text.strip():
                return _plain(text, LONGEST_TEXT)
    return ""


def _plain(text: str, longest: int) -> str:
    return _INVISIBLE.sub("", text)[:longest]


def _at(statement: Mapping[str, Any], moment: datetime) -> datetime:
    try:
        said = datetime.fromisoformat(statement["timestamp"])
    except (KeyError, ValueError):
        return moment
    return min(said, moment) if said.tzinfo else moment
