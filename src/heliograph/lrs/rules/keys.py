"""What a statement is found by: one number for each agent, verb, activity and registration it names.

A key is 64 bits of BLAKE2b over what it is and its value, so that every filter of the standard is one entry
in one narrow index (docs/decisions/0009). Agents and activities have two: where the plain filter looks, or
anywhere (`related_agents`, 1.0.3 Data 2.4, Communication 2.1.3; 2.0 section 4.1.6.1).
"""

from collections.abc import Iterator
from hashlib import blake2b
from typing import Any, Final

AGENT, ANY_AGENT, VERB, ACTIVITY, ANY_ACTIVITY, REGISTRATION = b"a", b"A", b"v", b"o", b"O", b"r"
AUTHORITY, REFERENCE = b"c", b"t"
ATTACHMENT = b"s"  # content that came with a statement, by its hash; not what the statement only names
ORIGIN = b"i"  # the other store that a statement was imported from
_MAIL, _SHA1, _OPENID, _ACCOUNT = "mbox ", "mbox_sha1sum ", "openid ", "account "
PLACES: Final = ("parent", "grouping", "category", "other")


def key(kind: bytes, value: str) -> int:
    """The key of a value of this kind, as a signed 64-bit number."""
    return int.from_bytes(
        blake2b(kind + value.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big", signed=True
    )


def identifier(actor: dict[str, Any]) -> str | None:
    """An agent's or identified group's inverse functional identifier in one text; None for an anonymous group
    (1.0.3 Data 2.4.2.3).
    """
    if "mbox" in actor:
        return _MAIL + str(actor["mbox"])
    if "account" in actor:
        return f"{_ACCOUNT}{actor['account']['homePage']} {actor['account']['name']}"
    if "mbox_sha1sum" in actor:
        return _SHA1 + str(actor["mbox_sha1sum"]).lower()
    return _OPENID + actor["openid"] if "openid" in actor else None


def identifiers(value: dict[str, Any]) -> set[str]:
    """Those that a JSON object has, wherever it stands; extensions may hold anything."""
    account = value.get("account")
    named = {
        name: value[name] for name in ("mbox", "mbox_sha1sum", "openid") if isinstance(value.get(name), str)
    }
    identifiers = {identifier({name: value}) or "" for name, value in named.items()}
    if isinstance(account, dict) and {"homePage", "name"} <= account.keys():
        identifiers.add(identifier({"account": account}) or "")
    return identifiers


def agent_of(identifier: str) -> dict[str, Any]:
    """The agent whose identifier `identifier` made."""
    kind, _, value = identifier.partition(" ")
    if kind != "account":
        return {kind: value}
    home, _, name = value.partition(" ")
    return {"account": {"homePage": home, "name": name}}


def agents(actor: dict[str, Any]) -> Iterator[str]:
    """The identifiers of an actor: its own, and those of its members."""
    own = identifier(actor)
    if own:
        yield own
    for member in actor.get("member", ()):
        inner = identifier(member)
        if inner:
            yield inner


def of_statement(statement: dict[str, Any], authority: str) -> set[int]:
    """Every key that a statement has by what it says; ``authority`` is the identifier of who says it."""
    return {key(kind, value) for kind, value in named(statement)} | {key(AUTHORITY, authority)}


def inheritable(statement: dict[str, Any]) -> set[int]:
    """The keys by which whoever refers to a statement is found too: all but who said it, what it refers to
    and what came with it.
    """
    return {key(kind, value) for kind, value in named(statement) if kind != REFERENCE}


def named(statement: dict[str, Any]) -> set[tuple[bytes, str]]:
    """What a statement names, each with its kind."""
    plain: set[tuple[bytes, str]] = {(VERB, statement["verb"]["id"])}
    actors = set(agents(statement["actor"]))
    activities: set[str] = set()
    about = statement["object"]
    kind = about.get("objectType", "Activity")
    others, elsewhere = _around(statement)
    if kind == "Activity":
        activities.add(about["id"])
    elif kind in ("Agent", "Group"):
        actors.update(agents(about))
    elif kind == "StatementRef":
        plain.add((REFERENCE, about["id"].lower()))
    else:
        others.update(_agents_inside(about))
        elsewhere.update(_activities_inside(about))
    registration = statement.get("context", {}).get("registration")
    if registration:
        plain.add((REGISTRATION, registration.lower()))
    plain.update((AGENT, agent) for agent in actors)
    plain.update((ANY_AGENT, agent) for agent in others - actors)
    plain.update((ACTIVITY, activity) for activity in activities)
    plain.update((ANY_ACTIVITY, activity) for activity in elsewhere - activities)
    return plain


def _around(statement: dict[str, Any]) -> tuple[set[str], set[str]]:
    """The agents and activities of a statement's context."""
    agents_around: set[str] = set()
    activities: set[str] = set()
    context = statement.get("context")
    if context:
        for name in ("instructor", "team"):
            if name in context:
                agents_around.update(agents(context[name]))
        for entry in context.get("contextAgents", ()):
            agents_around.update(agents(entry["agent"]))
        for entry in context.get("contextGroups", ()):
            agents_around.update(agents(entry["group"]))
        for listed in context.get("contextActivities", {}).values():
            activities.update(activity["id"] for activity in (listed if type(listed) is list else [listed]))
    return agents_around, activities


def _agents_inside(substatement: dict[str, Any]) -> set[str]:
    agents_here = set(agents(substatement["actor"])) | _around(substatement)[0]
    if substatement["object"].get("objectType") in ("Agent", "Group"):
        agents_here.update(agents(substatement["object"]))
    return agents_here


def _activities_inside(substatement: dict[str, Any]) -> set[str]:
    about = substatement["object"]
    own = {about["id"]} if about.get("objectType", "Activity") == "Activity" else set()
    return own | _around(substatement)[1]


def activities(statement: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Every activity object of a statement and its sub-statement, in the order of their positions."""
    about = statement["object"]
    kind = about.get("objectType", "Activity")
    if kind == "Activity":
        yield about
    elif kind == "SubStatement":
        yield from activities(about)
    for listed in statement.get("context", {}).get("contextActivities", {}).values():
        yield from listed if type(listed) is list else [listed]


def actors(statement: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Every agent and group of a statement that may have a name."""
    about = statement["object"]
    kind = about.get("objectType")
    context = statement.get("context", {})
    yield statement["actor"]
    if kind in ("Agent", "Group"):
        yield about
    elif kind == "SubStatement":
        yield from actors(about)
    for name in ("instructor", "team"):
        if name in context:
            yield context[name]
    yield from (entry["agent"] for entry in context.get("contextAgents", ()))
    yield from (entry["group"] for entry in context.get("contextGroups", ()))
