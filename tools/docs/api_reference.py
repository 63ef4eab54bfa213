"""The API reference as pages, made from the product's OpenAPI document: one for each tag, one for the
schemas, and an index.

``python -m tools.docs.api_reference`` prints the document itself.
"""

import json
import re
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

SCHEMAS = "schemas"
IDEMPOTENCY = "Idempotency-Key"
METHODS = ("get", "post", "put", "patch", "delete")
Json = dict[str, Any]


def document() -> Json:
    """The OpenAPI document, as a program reads it. Call `tools.docs.set_up` before."""
    from heliograph.config.api import api

    document: Json = json.loads(json.dumps(api.get_openapi_schema(), default=str))
    return document


def pages(document: Json) -> dict[str, str]:
    """Each page's Markdown by its name without the ending."""
    by_tag: dict[str, list[tuple[str, str, Json]]] = {}
    for path, operations in document["paths"].items():
        for method in (candidate for candidate in METHODS if candidate in operations):
            by_tag.setdefault(operations[method]["tags"][0], []).append(
                (method.upper(), path, operations[method])
            )
    tags = {tag["name"]: tag["description"] for tag in document["tags"]}
    return {
        "index": _index(document, by_tag, tags),
        **{_name(tag): _page(tag, description, by_tag[tag]) for tag, description in tags.items()},
        SCHEMAS: _schemas(document["components"]["schemas"]),
    }


def _name(tag: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", tag.lower())


def _index(document: Json, by_tag: dict[str, list[tuple[str, str, Json]]], tags: dict[str, str]) -> str:
    info = document["info"]
    lines = ["# API reference", "", f"Version {info['version']}. {info['description']}", ""]
    lines += [
        f"A running Heliograph has the same document at `/api/openapi.json` "
        f"(OpenAPI {document['openapi']}) and shows it at `/api/docs`.",
        "",
    ]
    for tag, description in tags.items():
        lines += [f"## {tag}", "", description, "", "| | |", "| --- | --- |"]
        for method, path, operation in by_tag[tag]:
            lines.append(
                f"| `{method} {path}` | [{operation['summary']}]({_name(tag)}.md#{_anchor(operation)}) |"
            )
        lines.append("")
    return "\n".join(lines)


def _anchor(operation: Json) -> str:
    """The operation's id in the notation of ids in HTML, which the site puts into lower case:
    `create-dispatch`.
    """
    return re.sub(r"(?<=[a-z])([A-Z])", r"-\1", str(operation["operationId"])).lower()


def _page(tag: str, description: str, operations: list[tuple[str, str, Json]]) -> str:
    return "\n".join(
        [
            f"# {tag}",
            "",
            description,
            "",
            *(line for operation in operations for line in _operation(*operation)),
        ]
    )


def _operation(method: str, path: str, operation: Json) -> Iterator[str]:
    yield from (
        f"({_anchor(operation)})=",
        f"## {operation['summary']}",
        "",
        "```text",
        f"{method} {path}",
        "```",
        "",
    )
    if operation.get("description"):
        yield from (operation["description"], "")
    if not operation.get("security"):
        yield from ("No sign-in is needed.", "")
    parameters = [
        parameter for parameter in operation.get("parameters", []) if parameter["name"] != IDEMPOTENCY
    ]
    if parameters:
        yield from ("**Parameters**", "", "| name | in | type | |", "| --- | --- | --- | --- |")
        for parameter in parameters:
            note = parameter.get("description") or parameter["schema"].get("description", "")
            notes = _notes(parameter["schema"], note, required=parameter.get("required", False))
            yield f"| `{parameter['name']}` | {parameter['in']} | {_type(parameter['schema'])} | {notes} |"
        yield ""
    if len(parameters) < len(operation.get("parameters", [])):
        yield from (f"Takes an `{IDEMPOTENCY}`.", "")
    for media, content in operation.get("requestBody", {}).get("content", {}).items():
        yield from (f"**Body**, `{media}`: {_type(content['schema'])}", "")
        if "properties" in content["schema"]:
            yield from (*_properties(content["schema"]), "")
        if media == "application/json":
            yield from _example(content)
    yield from _answers(operation["responses"])


def _answers(responses: Json) -> Iterator[str]:
    yield from ("**Answers**", "", "| status | content |", "| --- | --- |")
    problems = []
    for status, answer in sorted(responses.items()):
        content = answer.get("content", {})
        if "application/problem+json" in content:
            problems.append(status)
        else:
            kinds = ", ".join(
                _type(media["schema"]) if media["schema"].get("format") != "binary" else "a file"
                for media in content.values()
            )
            yield f"| {status} {HTTPStatus(int(status)).phrase} | {kinds or 'nothing'} |"
    yield from (f"| {', '.join(problems)} | [problem document]({SCHEMAS}.md#problemdocument) |", "")
    for status, answer in responses.items():
        for content in answer.get("content", {}).values() if int(status) < 400 else []:
            yield from _example(content)


def _example(content: Json) -> Iterator[str]:
    if "example" in content:
        yield from ("```json", json.dumps(content["example"], indent=2, ensure_ascii=False), "```", "")


def _schemas(schemas: Json) -> str:
    lines = ["# Schemas", "", "The JSON objects of requests and answers.", ""]
    for name, schema in sorted(schemas.items()):
        lines += [f"## {name}", ""]
        if schema.get("description"):
            lines += [schema["description"], ""]
        lines += [*_properties(schema), ""] if schema.get("properties") else [_type(schema), ""]
    return "\n".join(lines)


def _properties(schema: Json) -> Iterator[str]:
    yield from ("| property | type | |", "| --- | --- | --- |")
    for name, inner in schema["properties"].items():
        notes = _notes(inner, inner.get("description", ""), required=name in schema.get("required", []))
        yield f"| `{name}` | {_type(inner)} | {notes} |"


def _notes(schema: Json, description: str, *, required: bool) -> str:
    notes = ["required"] if required else []
    default = schema.get("default")
    if default not in (None, "", [], {}):
        notes.append(f"default `{json.dumps(default)}`")
    for word, name in (("from", "minimum"), ("to", "maximum")):
        if name in schema:
            notes.append(f"{word} {schema[name]}")
    if description:
        notes.append(description.rstrip(".") if notes else description)
    return _cell("; ".join(notes))


def _type(schema: Json) -> str:
    """A schema in a few words; a link where it has a name."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"[{name}]({SCHEMAS}.md#{name.lower()})"
    for choice in ("anyOf", "oneOf"):
        if choice in schema:
            return " or ".join(_type(choice_schema) for choice_schema in schema[choice])
    if "allOf" in schema:
        return " and ".join(_type(part) for part in schema["allOf"])
    if "enum" in schema:
        return ", ".join(f"`{json.dumps(value)}`" for value in schema["enum"])
    if schema.get("type") == "array":
        return f"list of {_type(schema.get('items', {}))}"
    if schema.get("type") == "object" and isinstance(schema.get("additionalProperties"), dict):
        return f"object of {_type(schema['additionalProperties'])}"
    return str(schema.get("format") or schema.get("type") or "any JSON")


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


if __name__ == "__main__":
    from tools.docs import set_up

    set_up()
    print(json.dumps(document(), indent=2, ensure_ascii=False))
