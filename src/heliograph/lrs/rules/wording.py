"""A statement in words, as people tell it: who did what to what, and how it went.

The sentence is English; the names in it are in whatever language of the statement its reader wants most. A
name that nobody gave is the last part of its IRI. What is told is what the statement says, without judging
it.
"""

from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import unquote

from heliograph.lrs.rules.formats import one_language
from heliograph.lrs.rules.keys import agent_of
from heliograph.lrs.rules.values import centiseconds

ENGLISH: Final = ["en"]
LONGEST: Final = 120
PEOPLE_NAMED: Final = 2
# Verbs that already say what success or completion would add.
_JUDGING: Final = {"passed", "failed", "mastered", "satisfied", "waived"}
_COMPLETING: Final = {"completed", *_JUDGING}
_UNITS: Final = (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1))
_LISTED: Final = {"choice": "choices", "sequencing": "choices", "likert": "scale"}
_PAIRED: Final = {"matching": ("source", "target"), "performance": ("steps", "")}


@dataclass(frozen=True)
class Words:
    """The parts of the sentence; ``how`` is empty where nothing is said of a result."""

    who: str
    did: str
    what: str
    how: str

    def __str__(self) -> str:
        return f"{self.who} {self.did} {self.what}{', ' if self.how else ''}{self.how}"


def of_statement(
    statement: dict[str, Any], languages: list[str], definitions: dict[str, dict[str, Any]] | None = None
) -> Words:
    """The words of a statement in these ``languages``; ``definitions`` (by id) are what is known of
    activities beyond it.
    """
    about, definitions = statement["object"], definitions or {}
    return Words(
        actor(statement["actor"]),
        verb(statement["verb"], languages),
        thing(about, languages, definitions),
        result(
            statement.get("result", {}),
            verb(statement["verb"], ENGLISH),
            _definition(about, definitions),
            languages,
        ),
    )


def actor(agent: dict[str, Any]) -> str:
    """An agent or group by its name, else by what identifies it; an anonymous group by its members."""
    if agent.get("name", "").strip():
        return short(agent["name"].strip())
    if "mbox" in agent:
        return short(agent["mbox"].removeprefix("mailto:"))
    if "account" in agent:
        return short(agent["account"]["name"])
    if "openid" in agent:
        return short(agent["openid"].partition("://")[2].rstrip("/") or agent["openid"])
    if "mbox_sha1sum" in agent:
        return f"Unknown learner ({agent['mbox_sha1sum'][:8]}…)"
    members = [actor(member) for member in agent.get("member", ())]
    named, more = members[:PEOPLE_NAMED], len(members) - PEOPLE_NAMED
    if more > 0:
        return f"{', '.join(named)} and {more} {'other' if more == 1 else 'others'}"
    return " and ".join(named) or "a group"


def identifier(text: str) -> str:
    """What `keys.identifier` made of an agent, as people write it."""
    agent = agent_of(text)
    account = agent.get("account")
    return (
        f"{account['name']} at {account['homePage']}"
        if account
        else text.partition(" ")[2].removeprefix("mailto:")
    )


def verb(value: dict[str, Any], languages: list[str]) -> str:
    """A verb by its display, in English where it has one."""
    return in_language(value.get("display"), [*ENGLISH, *languages]) or last_part(value["id"]).lower()


def thing(about: dict[str, Any], languages: list[str], definitions: dict[str, dict[str, Any]]) -> str:
    """What a statement is about."""
    kind = about.get("objectType", "Activity")
    if kind == "StatementRef":
        return "a statement"
    if kind == "SubStatement":
        return f"“{of_statement(about, languages, definitions)}”"
    return activity(about, languages, definitions) if kind == "Activity" else actor(about)


def activity(value: dict[str, Any], languages: list[str], definitions: dict[str, dict[str, Any]]) -> str:
    """An activity by its name, else by the last part of its IRI."""
    names = (
        described.get("name") for described in (value.get("definition", {}), definitions.get(value["id"], {}))
    )
    return next((name for texts in names if (name := in_language(texts, languages))), "") or last_part(
        value["id"]
    )


def course(statement: dict[str, Any], definitions: dict[str, dict[str, Any]]) -> dict[str, Any] | None:
    """The activity a statement belongs to: of its groupings, else its parents, the one that calls itself a
    course, else the first.

    What it is about, where that is a course by itself.
    """
    about = statement["object"]
    if _is_course(about, definitions):
        return about
    listed = statement.get("context", {}).get("contextActivities", {})
    for kind in ("grouping", "parent"):
        activities = listed.get(kind, [])
        candidates: list[dict[str, Any]] = activities if type(activities) is list else [activities]
        if candidates:
            return next(
                (candidate for candidate in candidates if _is_course(candidate, definitions)), candidates[0]
            )
    return None


def result(
    result: dict[str, Any],
    did: str = "",
    definition: dict[str, Any] | None = None,
    languages: list[str] = ENGLISH,
) -> str:
    """A result in a phrase: “passed, 90%, in 4 minutes”; what the verb ``did`` says already is left out."""
    success, completion = result.get("success"), result.get("completion")
    phrases = []
    if "response" in result:
        phrases.append(f"“{response(result['response'], definition or {}, languages)}”")
    if success is not None and did not in _JUDGING:
        right, wrong = (
            ("right", "wrong") if did in ("answered", "responded", "responded to") else ("passed", "failed")
        )
        phrases.append(right if success else wrong)
    if completion is not None and not (completion and did in _COMPLETING):
        phrases.append("completed" if completion else "not completed")
    if points := score(result.get("score", {})):
        phrases.append(points)
    if spent := duration(result.get("duration", "")):
        phrases.append(f"in {spent}")
    return ", ".join(phrases)


def score(score: dict[str, Any]) -> str:
    """A score: “90%”, else “45 of 50”, else “45 points”; empty where there is none."""
    if "scaled" in score:
        return f"{_number(round(score['scaled'] * 100, 1))}%"
    if "raw" not in score:
        return ""
    return (
        f"{_number(score['raw'])} of {_number(score['max'])}"
        if "max" in score
        else f"{_number(score['raw'])} points"
    )


def duration(text: str) -> str:
    """An ISO 8601 duration in its two largest units: “1 hour 5 minutes”; empty for none."""
    hundredths = centiseconds(text) if text else None
    if not hundredths:
        return ""
    seconds, texts = hundredths // 100, []
    for unit, size in _UNITS:
        count, seconds = divmod(seconds, size)
        if count:
            texts.append(f"{count:,} {unit}{'' if count == 1 else 's'}")
        elif texts:
            break
        if len(texts) == 2:
            break
    return " ".join(texts) or "less than a second"


def response(text: str, definition: dict[str, Any], languages: list[str]) -> str:
    """A learner's response to an interaction, by the descriptions of what was chosen where the activity has
    them.
    """
    kind = definition.get("interactionType", "")
    if kind in _LISTED:
        described = _descriptions(definition, _LISTED[kind], languages)
        return short(", ".join(described.get(choice, choice) for choice in text.split("[,]")))
    if kind in _PAIRED:
        left, right = (_descriptions(definition, name, languages) for name in _PAIRED[kind])
        pairs = (pair.partition("[.]") for pair in text.split("[,]"))
        return short(
            ", ".join(f"{left.get(choice, choice)}: {right.get(other, other)}" for choice, _, other in pairs)
        )
    return short(text)


def last_part(iri: str) -> str:
    """The last part of an IRI, as words."""
    parts = [part for part in iri.replace("#", "/").partition("?")[0].split("/") if part]
    last = unquote(parts[-1]) if parts else iri
    return short(last.rpartition(":")[2].replace("-", " ").replace("_", " ").strip() or last)


def short(text: str) -> str:
    """Text of at most `LONGEST` characters, in one line."""
    line = " ".join(text.split())
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 1].rstrip()}…"


def _descriptions(definition: dict[str, Any], name: str, languages: list[str]) -> dict[str, str]:
    return {
        component["id"]: in_language(component.get("description"), languages) or component["id"]
        for component in definition.get(name, ())
    }


def _is_course(about: dict[str, Any], definitions: dict[str, dict[str, Any]]) -> bool:
    return bool(_definition(about, definitions).get("type", "").endswith("/course"))


def _definition(about: dict[str, Any], definitions: dict[str, dict[str, Any]]) -> dict[str, Any]:
    return about.get("definition") or definitions.get(about.get("id", ""), {})


def in_language(texts: dict[str, str] | None, languages: list[str]) -> str:
    """The one text of a language map that is wanted most, cut short; empty where there is none."""
    chosen = one_language(texts or {}, languages)
    return short(next(iter(chosen.values()), ""))


def _number(value: float) -> str:
    try:
        return f"{value:.10g}"
    except OverflowError:  # a whole number beyond any float
        return short(str(value))
