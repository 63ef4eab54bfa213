"""A statement in words, as people tell it: who did what to what, and how it went.

The sentence is in the language of the page, and so are verbs that everybody uses; the names in it are in
whatever language of the statement its reader wants most. A name that nobody gave is the last part of its IRI.
What is told is what the statement says, without judging it.
"""

from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import unquote

from heliograph.core.translation import gettext, grouped, ngettext, number_format, pgettext, pgettext_lazy
from heliograph.lrs.rules.formats import one_language
from heliograph.lrs.rules.keys import agent_of
from heliograph.lrs.rules.values import centiseconds

ENGLISH: Final = ["en"]
LONGEST: Final = 120
PEOPLE_NAMED: Final = 2
# Verbs that already say what success or completion would add.
_JUDGING: Final = {"passed", "failed", "mastered", "satisfied", "waived"}
_COMPLETING: Final = {"completed", *_JUDGING}
_ANSWERING: Final = {"answered", "responded", "responded to"}
# By what they are called in English.
_VERBS: Final = {
    "abandoned": pgettext_lazy("xAPI verb", "abandoned"),
    "answered": pgettext_lazy("xAPI verb", "answered"),
    "asked": pgettext_lazy("xAPI verb", "asked"),
    "attempted": pgettext_lazy("xAPI verb", "attempted"),
    "attended": pgettext_lazy("xAPI verb", "attended"),
    "commented": pgettext_lazy("xAPI verb", "commented"),
    "completed": pgettext_lazy("xAPI verb", "completed"),
    "exited": pgettext_lazy("xAPI verb", "exited"),
    "experienced": pgettext_lazy("xAPI verb", "experienced"),
    "failed": pgettext_lazy("xAPI verb", "failed"),
    "imported": pgettext_lazy("xAPI verb", "imported"),
    "initialized": pgettext_lazy("xAPI verb", "initialized"),
    "interacted": pgettext_lazy("xAPI verb", "interacted"),
    "launched": pgettext_lazy("xAPI verb", "launched"),
    "mastered": pgettext_lazy("xAPI verb", "mastered"),
    "passed": pgettext_lazy("xAPI verb", "passed"),
    "preferred": pgettext_lazy("xAPI verb", "preferred"),
    "progressed": pgettext_lazy("xAPI verb", "progressed"),
    "registered": pgettext_lazy("xAPI verb", "registered"),
    "responded": pgettext_lazy("xAPI verb", "responded"),
    "resumed": pgettext_lazy("xAPI verb", "resumed"),
    "satisfied": pgettext_lazy("xAPI verb", "satisfied"),
    "scored": pgettext_lazy("xAPI verb", "scored"),
    "shared": pgettext_lazy("xAPI verb", "shared"),
    "suspended": pgettext_lazy("xAPI verb", "suspended"),
    "terminated": pgettext_lazy("xAPI verb", "terminated"),
    "voided": pgettext_lazy("xAPI verb", "voided"),
    "waived": pgettext_lazy("xAPI verb", "waived"),
}
_LISTED: Final = {"choice": "choices", "sequencing": "choices", "likert": "scale"}
_PAIRED: Final = {"matching": ("source", "target"), "performance": ("steps", "")}


@dataclass(frozen=True)
class Words:
    """The parts of the sentence; ``how`` is empty where nothing is said of a result."""

    who: str
    did: str
    what: str
    how: str

    @property
    def sentence(self) -> str:
        """Who did what to what."""
        parts = {"who": self.who, "did": self.did, "what": self.what}
        return pgettext("xAPI statement", "%(who)s %(did)s %(what)s") % parts

    def __str__(self) -> str:
        return f"{self.sentence}, {self.how}" if self.how else self.sentence


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
            english_verb(statement["verb"]),
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
        return gettext("Unknown learner (%(digest)s…)") % {"digest": agent["mbox_sha1sum"][:8]}
    members = [actor(member) for member in agent.get("member", ())]
    named, more = members[:PEOPLE_NAMED], len(members) - PEOPLE_NAMED
    if more > 0:
        sentence = ngettext("%(names)s and %(count)s other", "%(names)s and %(count)s others", more)
        return sentence % {"names": ", ".join(named), "count": grouped(more)}
    if len(named) > 1:
        return gettext("%(first)s and %(second)s") % {"first": named[0], "second": named[1]}
    return named[0] if named else gettext("a group")


def identifier(text: str) -> str:
    """What `keys.identifier` made of an agent, as people write it."""
    agent = agent_of(text)
    account = agent.get("account")
    return (
        gettext("%(account)s at %(system)s") % {"account": account["name"], "system": account["homePage"]}
        if account
        else text.partition(" ")[2].removeprefix("mailto:")
    )


def verb(value: dict[str, Any], languages: list[str]) -> str:
    """A verb by its display, in English where it has one; in the page's language where everybody uses it."""
    name = in_language(value.get("display"), [*ENGLISH, *languages]) or last_part(value["id"]).lower()
    return str(_VERBS.get(name.lower(), name))


def english_verb(value: dict[str, Any]) -> str:
    """A verb as programs know it."""
    return in_language(value.get("display"), ENGLISH) or last_part(value["id"]).lower()


def thing(about: dict[str, Any], languages: list[str], definitions: dict[str, dict[str, Any]]) -> str:
    """What a statement is about."""
    kind = about.get("objectType", "Activity")
    if kind == "StatementRef":
        return gettext("a statement")
    if kind == "SubStatement":
        return gettext("“%(name)s”") % {"name": of_statement(about, languages, definitions)}
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
        given = response(result["response"], definition or {}, languages)
        phrases.append(gettext("“%(name)s”") % {"name": given})
    if success is not None and did in _ANSWERING:
        phrases.append(
            pgettext("answer of a learner", "right") if success else pgettext("answer of a learner", "wrong")
        )
    elif success is not None and did not in _JUDGING:
        phrases.append(pgettext("result", "passed") if success else pgettext("result", "failed"))
    if completion is not None and not (completion and did in _COMPLETING):
        phrases.append(pgettext("result", "completed") if completion else pgettext("result", "not completed"))
    if points := score(result.get("score", {})):
        phrases.append(points)
    if spent := duration(result.get("duration", "")):
        phrases.append(pgettext("duration", "in %(time)s") % {"time": spent})
    return ", ".join(phrases)


def score(score: dict[str, Any]) -> str:
    """A score: “90%”, else “45 of 50”, else “45 points”; empty where there is none."""
    if "scaled" in score:
        percent = _number(round(score["scaled"] * 100, 1))
        return pgettext("score", "%(percent)s%%") % {"percent": percent}
    if "raw" not in score:
        return ""
    points = _number(score["raw"])
    if "max" in score:
        return pgettext("score", "%(points)s of %(most)s") % {"points": points, "most": _number(score["max"])}
    return pgettext("score", "%(points)s points") % {"points": points}


def duration(text: str) -> str:
    """An ISO 8601 duration in its two largest units: “1 hour 5 minutes”; empty for none."""
    hundredths = centiseconds(text) if text else None
    if not hundredths:
        return ""
    minutes, seconds = divmod(hundredths // 100, 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    units = [
        (days, ngettext("%(count)s day", "%(count)s days", days)),
        (hours, ngettext("%(count)s hour", "%(count)s hours", hours)),
        (minutes, ngettext("%(count)s minute", "%(count)s minutes", minutes)),
        (seconds, ngettext("%(count)s second", "%(count)s seconds", seconds)),
    ]
    largest = next((at for at, (count, _) in enumerate(units) if count), len(units))
    told = [text % {"count": grouped(count)} for count, text in units[largest : largest + 2] if count]
    return " ".join(told) or gettext("less than a second")


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
        return number_format(f"{value:.10g}", use_l10n=True)
    except OverflowError:  # a whole number beyond any float
        return short(str(value))
