"""The forms a statement is asked in: as it is, its ids only, or its names in one language (1.0.3
Communication 2.1.3; 2.0 section 4.1.6.1).
"""

from typing import Any, NamedTuple

from heliograph.lrs.rules.keys import identifier


class Languages(NamedTuple):
    """What an Accept-Language header asks for: ranges, the most wanted first, and the weight of each range it
    names, in lower case.
    """

    accepted: list[str]
    weights: dict[str, float]

    def refuses(self, tag: str) -> bool:
        """Whether the range that fits a tag best has the weight 0 (RFC 9110, sections 12.4.2 and 12.5.4)."""
        parts = tag.lower().split("-")
        ranges = [*("-".join(parts[:length]) for length in range(len(parts), 0, -1)), "*"]
        return next((self.weights[choice] for choice in ranges if choice in self.weights), 1.0) <= 0


_IDENTIFIERS = ("mbox", "mbox_sha1sum", "openid", "account")


def ids_only(statement: dict[str, Any]) -> dict[str, Any]:
    """The statement with only what identifies its agents, activities, verbs and groups."""
    shown = dict(statement)
    shown["actor"] = _actor_id(statement["actor"])
    shown["verb"] = {"id": statement["verb"]["id"]}
    shown["object"] = _object_id(statement["object"])
    if "authority" in statement:
        shown["authority"] = _actor_id(statement["authority"])
    if "context" in statement:
        shown["context"] = _context_id(statement["context"])
    return shown


def _object_id(about: dict[str, Any]) -> dict[str, Any]:
    kind = about.get("objectType", "Activity")
    if kind == "Activity":
        return {"id": about["id"]}
    if kind == "SubStatement":
        return ids_only(about)
    return about if kind == "StatementRef" else _actor_id(about)


def _actor_id(actor: dict[str, Any]) -> dict[str, Any]:
    shown = {name: actor[name] for name in ("objectType", *_IDENTIFIERS) if name in actor}
    if identifier(actor) is None:
        shown["member"] = [_actor_id(member) for member in actor["member"]]
    return shown


def _context_id(context: dict[str, Any]) -> dict[str, Any]:
    shown = dict(context)
    for name in ("instructor", "team"):
        if name in context:
            shown[name] = _actor_id(context[name])
    if "contextActivities" in context:
        shown["contextActivities"] = {
            name: [{"id": activity["id"]} for activity in listed]
            for name, listed in context["contextActivities"].items()
        }
    for name, inner in (("contextAgents", "agent"), ("contextGroups", "group")):
        if name in context:
            shown[name] = [{**entry, inner: _actor_id(entry[inner])} for entry in context[name]]
    return shown


def in_language(
    statement: dict[str, Any], languages: Languages, definitions: dict[str, dict[str, Any]]
) -> dict[str, Any]:
    """The statement with each language map cut to the best language, and activities as ``definitions`` (by
    id) knows them.
    """
    shown = dict(statement)
    if "display" in statement["verb"]:
        shown["verb"] = {
            **statement["verb"],
            "display": _one_accepted(statement["verb"]["display"], languages),
        }
    about = statement["object"]
    if about.get("objectType", "Activity") == "Activity":
        shown["object"] = _activity(about, languages, definitions)
    elif about["objectType"] == "SubStatement":
        shown["object"] = in_language(about, languages, definitions)
    listed = statement.get("context", {}).get("contextActivities")
    if listed:
        known = {
            name: [_activity(activity, languages, definitions) for activity in some]
            for name, some in listed.items()
        }
        shown["context"] = {**statement["context"], "contextActivities": known}
    if "attachments" in statement:
        shown["attachments"] = [
            _cut(attachment, ("display", "description"), languages) for attachment in statement["attachments"]
        ]
    return shown


def one_language(texts: dict[str, str], languages: list[str]) -> dict[str, str]:
    """A language map with the one entry that is wanted most (RFC 4647, section 3.4), or else its first."""
    by_tag = {tag.lower(): tag for tag in texts}
    for wish in languages:
        parts = wish.lower().split("-")
        for length in range(len(parts), 0, -1):
            start = "-".join(parts[:length])
            matching = by_tag.get(start) or next(
                (tag for low, tag in by_tag.items() if low.startswith(f"{start}-")), None
            )
            if matching:
                return {matching: texts[matching]}
    return dict([next(iter(texts.items()))]) if texts else {}


def languages(header: str) -> list[str]:
    """The language ranges of an Accept-Language header, the most wanted first (RFC 9110, section 12.5.4)."""
    return asked_for(header).accepted


def asked_for(header: str) -> Languages:
    """All that an Accept-Language header says."""
    ranges = []
    weights = {}
    for index, part in enumerate(header.split(",")):
        tag, _, weight = part.partition(";")
        try:
            quality = float(weight.partition("=")[2] or 1)
        except ValueError:
            quality = 0.0
        weights[tag.strip().lower()] = quality
        if tag.strip() and quality > 0:
            ranges.append((-quality, index, tag.strip()))
    return Languages([tag for _, _, tag in sorted(ranges)], weights)


def _one_accepted(texts: dict[str, str], languages: Languages) -> dict[str, str]:
    """The one entry that is wanted most of those that are not refused; none where all are."""
    return one_language(
        {tag: text for tag, text in texts.items() if not languages.refuses(tag)}, languages.accepted
    )


def _activity(
    activity: dict[str, Any], languages: Languages, definitions: dict[str, dict[str, Any]]
) -> dict[str, Any]:
    definition = definitions.get(activity["id"]) or activity.get("definition")
    if not definition:
        return activity
    cut = _cut(definition, ("name", "description"), languages)
    for name in ("choices", "scale", "source", "target", "steps"):
        if name in cut:
            cut[name] = [_cut(entry, ("description",), languages) for entry in cut[name]]
    return {**activity, "definition": cut}


def _cut(value: dict[str, Any], maps: tuple[str, ...], languages: Languages) -> dict[str, Any]:
    return {name: _one_accepted(inner, languages) if name in maps else inner for name, inner in value.items()}
