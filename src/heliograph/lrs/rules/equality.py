"""When two statements are one: a digest of what may not differ.

What may differ is the order of collections without one, what the store itself sets, a verb's display, an
activity's definition, attachments, and a duration's digits beyond hundredths (1.0.3 Data 2.3.1; 2.0 sections
4.2 and 4.2.7).
"""

from hashlib import blake2b
from typing import Any

import msgspec

from heliograph.lrs.rules.keys import PLACES
from heliograph.lrs.rules.values import centiseconds, moment

_encode = msgspec.json.Encoder(order="deterministic").encode
# What a statement's parts are when nothing in them may differ in form: taken as they are.
_PLAIN = ("extensions", "language", "platform", "revision", "statement")


def digest(statement: dict[str, Any]) -> bytes:
    """16 bytes that two statements share if and only if they are the same one."""
    return digest_of(text(statement))


def text(statement: dict[str, Any]) -> bytes:
    """What may not differ between two statements that are one, as JSON."""
    return _encode(comparable(statement))


def digest_of(text: bytes) -> bytes:
    """The digest of a statement by its `text`."""
    return blake2b(text, digest_size=16).digest()


def comparable(statement: dict[str, Any]) -> dict[str, Any]:
    """A statement or sub-statement as what may not differ."""
    about = statement["object"]
    kept: dict[str, Any] = {
        "actor": _actor(statement["actor"]),
        "verb": statement["verb"]["id"],
        "object": _object(about),
    }
    if "result" in statement:
        kept["result"] = _result(statement["result"])
    if "context" in statement:
        kept["context"] = _context(statement["context"])
    if about.get("objectType") == "SubStatement" and "timestamp" in about:
        kept["inner time"] = str(moment(about["timestamp"]))
    return kept


def _object(about: dict[str, Any]) -> Any:
    kind = about.get("objectType", "Activity")
    if kind == "Activity":
        return about["id"]
    if kind == "SubStatement":
        return comparable(about)
    if kind == "StatementRef":
        return ["StatementRef", about["id"].lower()]
    return _actor(about)


def _actor(actor: dict[str, Any]) -> dict[str, Any]:
    kept = {name: value for name, value in actor.items() if name != "member"}
    kept.setdefault("objectType", "Agent")
    if "member" in actor:
        kept["member"] = sorted((_actor(member) for member in actor["member"]), key=_encode)
    return kept


def _result(result: dict[str, Any]) -> dict[str, Any]:
    return {name: centiseconds(value) if name == "duration" else value for name, value in result.items()}


def _context(context: dict[str, Any]) -> dict[str, Any]:
    kept = {name: context[name] for name in _PLAIN if name in context}
    if "registration" in context:
        kept["registration"] = context["registration"].lower()
    for name in ("instructor", "team"):
        if name in context:
            kept[name] = _actor(context[name])
    for name in ("contextAgents", "contextGroups"):
        if name in context:
            kept[name] = sorted(_encode(value).decode() for value in context[name])
    if "contextActivities" in context:
        listed = context["contextActivities"]
        kept["contextActivities"] = {name: sorted(_ids(listed[name])) for name in PLACES if name in listed}
    return kept


def _ids(listed: Any) -> list[str]:
    return [activity["id"] for activity in (listed if type(listed) is list else [listed])]
