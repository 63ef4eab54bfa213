"""The forms a statement is asked in: as it is, its ids only, or its names in one language (1.0.3 Communication 2.1.3; 2.0 section 4.1.6.1)."""

from typing import Any

from heliograph.lrs.rules.keys import identifier

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
        shown["member"] = [_actor_id(one) for one in actor["member"]]
    return shown


def _context_id(context: dict[str, Any]) -> dict[str, Any]:
    shown = dict(context)
    for name in ("instructor", "team"):
        if name in context:
            shown[name] = _actor_id(context[name])
    if "contextActivities" in context:
        shown["contextActivities"] = {name: [{"id": one["id"]} for one in listed] for name, listed in context["contextActivities"].items()}
    for name, inner in (("contextAgents", "agent"), ("contextGroups", "group")):
        if name in context:
            shown[name] = [{**one, inner: _actor_id(one[inner])} for one in context[name]]
    return shown


def in_language(statement: dict[str, Any], wanted: list[str], definitions: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """The statement with each language map cut to the best language, and activities as ``definitions`` (by id) knows them.

    ``wanted`` are language ranges, the most wanted first (RFC 4647, section 3.4).
    """
    shown = dict(statement)
    if "display" in statement["verb"]:
        shown["verb"] = {**statement["verb"], "display": one_language(statement["verb"]["display"], wanted)}
    about = statement["object"]
    if about.get("objectType", "Activity") == "Activity":
        shown["object"] = _activity(about, wanted, definitions)
    elif about["objectType"] == "SubStatement":
        shown["object"] = in_language(about, wanted, definitions)
    listed = statement.get("context", {}).get("contextActivities")
    if listed:
        known = {name: [_activity(one, wanted, definitions) for one in some] for name, some in listed.items()}
        shown["context"] = {**statement["context"], "contextActivities": known}
    if "attachments" in statement:
        shown["attachments"] = [_cut(one, ("display", "description"), wanted) for one in statement["attachments"]]
    return shown


def one_language(texts: dict[str, str], wanted: list[str]) -> dict[str, str]:
    """A language map with the one entry that is wanted most; its first where none is."""
    by_tag = {tag.lower(): tag for tag in texts}
    for wish in wanted:
        parts = wish.lower().split("-")
        for length in range(len(parts), 0, -1):
            start = "-".join(parts[:length])
            found = by_tag.get(start) or next((tag for low, tag in by_tag.items() if low.startswith(f"{start}-")), None)
            if found:
                return {found: texts[found]}
    return dict([next(iter(texts.items()))]) if texts else {}


def languages(header: str) -> list[str]:
    """The language ranges of an Accept-Language header, the most wanted first (RFC 9110, section 12.5.4)."""
    ranges = []
    for place, part in enumerate(header.split(",")):
        tag, _, weight = part.partition(";")
        try:
            wanted = float(weight.partition("=")[2] or 1)
        except ValueError:
            wanted = 0.0
        if tag.strip() and wanted > 0:
            ranges.append((-wanted, place, tag.strip()))
    return [tag for _, _, tag in sorted(ranges)]


def _activity(activity: dict[str, Any], wanted: list[str], definitions: dict[str, dict[str, Any]]) -> dict[str, Any]:
    definition = definitions.get(activity["id"]) or activity.get("definition")
    if not definition:
        return activity
    cut = _cut(definition, ("name", "description"), wanted)
    for name in ("choices", "scale", "source", "target", "steps"):
        if name in cut:
            cut[name] = [_cut(one, ("description",), wanted) for one in cut[name]]
    return {**activity, "definition": cut}


def _cut(value: dict[str, Any], maps: tuple[str, ...], wanted: list[str]) -> dict[str, Any]:
    return {name: one_language(inner, wanted) if name in maps else inner for name, inner in value.items()}
