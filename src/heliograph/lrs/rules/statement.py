"""Whether a statement is one: each property by its rule, in both versions.

`check` walks decoded JSON. What it refuses it refuses as `Broken`, with the rule and the way to the value;
nothing is mended here.
"""

from collections.abc import Callable
from typing import Any, Final

from heliograph.core.rule_table import Broken
from heliograph.lrs.rules import values
from heliograph.lrs.rules.table import refuse

Check = Callable[[Any], None]
VOIDED: Final = "http://adlnet.gov/expapi/verbs/voided"
IDENTIFIERS: Final = ("mbox", "mbox_sha1sum", "openid", "account")
COMPONENT_LISTS: Final = {
    "choice": {"choices"},
    "sequencing": {"choices"},
    "likert": {"scale"},
    "matching": {"source", "target"},
    "performance": {"steps"},
}
INTERACTIONS: Final = frozenset(
    {"true-false", "fill-in", "long-fill-in", "numeric", "other", *COMPONENT_LISTS}
)
INTERACTION_PROPERTIES: Final = ("choices", "scale", "source", "target", "steps", "correctResponsesPattern")


def check(statement: Any, version: str) -> None:
    """Raise `Broken` unless ``statement`` is one of xAPI ``version`` ("1.0.3" or "2.0")."""
    if type(statement) is not dict:
        refuse("statement.object", statement)
    _STATEMENTS[version](statement)


def check_actor(value: Any) -> None:
    """An agent or group, as in a request's parameter."""
    _actor(value)


def check_agent(value: Any) -> None:
    """An agent that is no group."""
    _typed_agent(value)


def _text(value: Any) -> None:
    if type(value) is not str:
        refuse("type.string", value)


def _boolean(value: Any) -> None:
    if type(value) is not bool:
        refuse("type.boolean", value)


def _number(value: Any) -> None:
    if not values.is_number(value):
        refuse("type.number", value)


def _form(matches: Callable[[str], Any], rule: str) -> Check:
    """Text of a form."""

    def checked(value: Any) -> None:
        if type(value) is not str or not matches(value):
            refuse(rule, value)

    return checked


def _one_of(words: frozenset[str], rule: str) -> Check:
    def checked(value: Any) -> None:
        if type(value) is not str or value not in words:
            refuse(rule, value)

    return checked


def _each(inner: Check) -> Check:
    """A list of such."""

    def checked(value: Any) -> None:
        if type(value) is not list:
            refuse("type.array", value)
        for at, item in enumerate(value):
            try:
                inner(item)
            except Broken as broken:
                broken.path.append(at)
                raise

    return checked


def _object(
    properties: dict[str, Check], required: tuple[str, ...] = (), whole: Check | None = None
) -> Check:
    """A JSON object of these properties; ``whole`` looks at it once its parts are good."""

    def checked(value: Any) -> None:
        if type(value) is not dict:
            refuse("type.object", value)
        for name, inner in value.items():
            check = properties.get(name)
            try:
                if check is None:
                    refuse("property.unknown")
                check(inner)
            except Broken as broken:
                broken.path.append(name[:100])
                raise
        for name in required:
            if name not in value:
                _at(name, "property.missing")
        if whole is not None:
            whole(value)

    return checked


def _at(name: str, rule: str, value: Any = None) -> None:
    """Refuse a property from where its object is."""
    try:
        refuse(rule, *([] if value is None else [value]))
    except Broken as broken:
        broken.path.append(name)
        raise


_iri = _form(values.IRI.fullmatch, "iri")
_irl = _form(values.IRL.fullmatch, "irl")
_uuid = _form(values.ID.fullmatch, "uuid")
_time = _form(values.moment, "timestamp")
_duration = _form(values.DURATION.fullmatch, "duration")


def is_language(tag: str) -> bool:
    """Whether a language tag is well-formed, with no singleton twice (RFC 5646, sections 2.1 and 2.2.6)."""
    if not values.LANGUAGE.fullmatch(tag):
        return False
    if len(tag) < 8:  # too short for two extensions
        return True
    singletons = [part for part in tag.lower().partition("-x-")[0].split("-")[1:] if len(part) == 1]
    return len(singletons) == len(set(singletons))


_language = _form(is_language, "language")


def _language_map(value: Any) -> None:
    if type(value) is not dict:
        refuse("type.object", value)
    for tag, text in value.items():
        if tag != "en" and tag != "en-US" and not is_language(tag):
            refuse("language", tag)
        if type(text) is not str:
            _at(tag, "type.string", text if text is not None else "null")
    if len(value) > 1 and len({tag.lower() for tag in value}) < len(value):
        refuse("language.case")


def _extensions(value: Any) -> None:
    if type(value) is not dict:
        refuse("type.object", value)
    for key in value:
        if not values.IRI.fullmatch(key):
            _at(key[:100], "extensions.key")


def _account_whole(value: dict[str, Any]) -> None:
    if "homePage" not in value or "name" not in value:
        refuse("agent.account")


_AGENT_PROPERTIES: dict[str, Check] = {
    "objectType": _one_of(frozenset({"Agent"}), "actor.type"),
    "name": _text,
    "mbox": _form(values.MAILTO.fullmatch, "agent.mbox"),
    "mbox_sha1sum": _form(values.SHA1.fullmatch, "agent.sha1"),
    "openid": _irl,
    "account": _object({"homePage": _irl, "name": _text}, whole=_account_whole),
}


def _identified(value: dict[str, Any]) -> int:
    return ("mbox" in value) + ("account" in value) + ("mbox_sha1sum" in value) + ("openid" in value)


def _one_identifier(value: dict[str, Any]) -> None:
    if _identified(value) != 1:
        refuse("agent.one")


_agent = _object(_AGENT_PROPERTIES, whole=_one_identifier)


def _typed_agent(value: Any) -> None:
    if type(value) is dict and value.get("objectType") == "Group":
        refuse("group.nested")
    _agent(value)


def _group_whole(value: dict[str, Any]) -> None:
    identifiers = _identified(value)
    if identifiers > 1:
        refuse("agent.one")
    if not identifiers and not value.get("member"):
        refuse("group.members")


_group = _object(
    {
        **_AGENT_PROPERTIES,
        "objectType": _one_of(frozenset({"Group"}), "actor.type"),
        "member": _each(_typed_agent),
    },
    whole=_group_whole,
)


def _actor(value: Any) -> None:
    (_group if type(value) is dict and value.get("objectType") == "Group" else _agent)(value)


def _team(value: Any) -> None:
    if type(value) is dict and value.get("objectType") != "Group":
        refuse("group.expected")
    _group(value)


def _authority(value: Any) -> None:
    _actor(value)
    if value.get("objectType") == "Group" and (_identified(value) or len(value["member"]) != 2):
        refuse("authority.group")


_verb = _object({"id": _iri, "display": _language_map}, ("id",))


def _components_whole(value: list[dict[str, Any]]) -> None:
    seen = set()
    for at, component in enumerate(value):
        if component["id"] in seen:
            _at(f"{at}.id", "interaction.twice", component["id"])
        seen.add(component["id"])


def _component_id(value: Any) -> None:
    if type(value) is not str:
        refuse("interaction.component", value)


def _component_whole(value: dict[str, Any]) -> None:
    if "id" not in value:
        _at("id", "interaction.component")


_component_list = _each(_object({"id": _component_id, "description": _language_map}, whole=_component_whole))


def _components(value: Any) -> None:
    _component_list(value)
    _components_whole(value)


def _definition_whole(value: dict[str, Any]) -> None:
    kind = value.get("interactionType")
    allowed = COMPONENT_LISTS.get(kind, set()) if kind else set()
    for name in INTERACTION_PROPERTIES:
        if name in value:
            if kind is None:
                _at(name, "interaction.typed")
            if name != "correctResponsesPattern" and name not in allowed:
                _at(name, "interaction.list")


_activity_definition = _object(
    {
        "name": _language_map,
        "description": _language_map,
        "type": _iri,
        "moreInfo": _irl,
        "extensions": _extensions,
        "interactionType": _one_of(INTERACTIONS, "interaction.type"),
        "correctResponsesPattern": _each(_text),
        **dict.fromkeys(("choices", "scale", "source", "target", "steps"), _components),
    },
    whole=_definition_whole,
)
_activity = _object(
    {
        "objectType": _one_of(frozenset({"Activity"}), "activity.type"),
        "id": _iri,
        "definition": _activity_definition,
    },
    ("id",),
)
_one_or_more_activities = _each(_activity)


def _activities(value: Any) -> None:
    (_activity if type(value) is dict else _one_or_more_activities)(value)


_reference = _object(
    {"objectType": _one_of(frozenset({"StatementRef"}), "reference.type"), "id": _uuid}, ("id",)
)


def _context_reference(value: Any) -> None:
    _reference(value)
    if "objectType" not in value:
        _at("objectType", "reference.type")


def _score_whole(value: dict[str, Any]) -> None:
    low, high, raw = value.get("min"), value.get("max"), value.get("raw")
    if low is not None and high is not None and low >= high:
        _at("min", "score.range", low)
    if raw is not None and ((low is not None and raw < low) or (high is not None and raw > high)):
        _at("raw", "score.raw", raw)


def _scaled(value: Any) -> None:
    _number(value)
    if not -1 <= value <= 1:
        refuse("score.scaled", value)


_result = _object(
    {
        "score": _object(
            {"scaled": _scaled, "raw": _number, "min": _number, "max": _number}, whole=_score_whole
        ),
        "success": _boolean,
        "completion": _boolean,
        "response": _text,
        "duration": _duration,
        "extensions": _extensions,
    }
)
_CONTEXT: dict[str, Check] = {
    "registration": _uuid,
    "instructor": _actor,
    "team": _team,
    "contextActivities": _object(dict.fromkeys(("parent", "grouping", "category", "other"), _activities)),
    "revision": _text,
    "platform": _text,
    "language": _language,
    "statement": _context_reference,
    "extensions": _extensions,
}
_relevant_list = _each(_iri)


def _relevant(value: Any) -> None:
    _relevant_list(value)
    if not value:
        refuse("context.relevant")


def _related(name: str, check: Check) -> Check:
    """The members of contextAgents and contextGroups (2.0, section 4.2.2.5)."""
    kind = f"context{name.capitalize()}"
    shape = {
        "objectType": _one_of(frozenset({kind}), f"context.{name}s"),
        name: check,
        "relevantTypes": _relevant,
    }
    return _each(_object(shape, ("objectType", name)))


_contexts = {
    "1.0.3": _object(_CONTEXT),
    "2.0": _object(
        {
            **_CONTEXT,
            "contextAgents": _related("agent", _typed_agent),
            "contextGroups": _related("group", _team),
        }
    ),
}
_attachments = _each(
    _object(
        {
            "usageType": _iri,
            "display": _language_map,
            "description": _language_map,
            "contentType": _form(values.MEDIA_TYPE.fullmatch, "attachment.media"),
            "length": lambda value: (
                None if type(value) is int and value >= 0 else refuse("attachment.length", value)
            ),
            "sha2": _form(values.SHA2.fullmatch, "attachment.sha2"),
            "fileUrl": _irl,
        },
        ("usageType", "display", "contentType", "length", "sha2"),
    )
)


def _about_an_activity(statement: dict[str, Any]) -> None:
    """Revision and platform are of activities; a voiding statement points at another one."""
    about = statement["object"].get("objectType", "Activity")
    context = statement.get("context")
    if context and about != "Activity":
        for name in ("revision", "platform"):
            if name in context:
                _at(f"context.{name}", "context.activity")
    if statement["verb"]["id"] == VOIDED and about != "StatementRef":
        _at("object", "void.object")


def _not_in_substatements(_: Any) -> None:
    refuse("substatement.property")


def _statement_version(*known: str) -> Check:
    """The version a statement says it is of."""

    def checked(value: Any) -> None:
        if type(value) is not str or not (
            value in known or value.startswith(tuple(f"{prefix}." for prefix in known))
        ):
            refuse("version", value)

    return checked


def _kinds(substatement: Check) -> Check:
    """A statement's object by its objectType."""
    kinds: dict[Any, Check] = {
        "Activity": _activity,
        "Agent": _agent,
        "Group": _group,
        "StatementRef": _reference,
        "SubStatement": substatement,
    }

    def checked(value: Any) -> None:
        if type(value) is not dict:
            refuse("type.object", value)
        kind = value.get("objectType", "Activity")
        if type(kind) is not str or kind not in kinds:
            _at("objectType", "object.type", kind if kind is not None else "null")
        kinds[kind](value)

    return checked


def _statements(version: str) -> Check:
    required = ("actor", "verb", "object")
    common: dict[str, Check] = {
        "actor": _actor,
        "verb": _verb,
        "result": _result,
        "context": _contexts[version],
        "timestamp": _time,
        "attachments": _attachments,
    }
    substatement = _object(
        {
            **common,
            "objectType": _one_of(frozenset({"SubStatement"}), "object.type"),
            "object": _kinds(lambda _: refuse("substatement.nested")),
            **dict.fromkeys(("id", "stored", "version", "authority"), _not_in_substatements),
        },
        required,
        _about_an_activity,
    )
    return _object(
        {
            **common,
            "id": _uuid,
            "object": _kinds(substatement),
            "stored": _time,
            "authority": _authority,
            "version": _statement_version("1.0") if version == "1.0.3" else _statement_version("1.0", "2.0"),
        },
        required,
        _about_an_activity,
    )


_STATEMENTS: Final = {version: _statements(version) for version in ("1.0.3", "2.0")}
