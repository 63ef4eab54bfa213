"""The API reference for people, at /api/docs: the OpenAPI document as one page, without a script."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from heliograph.config.api import api

METHODS_WITH_BODY = ("post", "patch", "put")


@dataclass(frozen=True)
class Field:
    """A parameter, or a field of a body or an answer; ``place`` is where it stands, as `learner.id`."""

    place: str
    kind: str
    required: bool
    description: str


@dataclass(frozen=True)
class Operation:
    """One operation as the page shows it."""

    name: str
    method: str
    path: str
    summary: str
    description: str
    parameters: list[Field]
    body: list[Field]
    answer: list[Field]
    example: str
    sent: str
    answered: str
    statuses: list[tuple[str, str]]


def page(request: HttpRequest) -> HttpResponse:
    """Every operation, by tag."""
    document, groups = _groups()
    return render(request, "config/api_reference.html", {"document": document, "groups": groups})


@cache
def _groups() -> tuple[dict[str, Any], list[tuple[dict[str, str], list[Operation]]]]:
    document = api.get_openapi_schema()
    by_tag: dict[str, list[Operation]] = {tag["name"]: [] for tag in document["tags"]}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            by_tag[operation["tags"][0]].append(_operation(method, path, operation, document))
    return document, [(tag, by_tag[tag["name"]]) for tag in document["tags"]]


def _operation(method: str, path: str, operation: dict[str, Any], document: dict[str, Any]) -> Operation:
    schemas = document["components"]["schemas"]
    parameters = [
        Field(
            parameter["name"],
            _kind(parameter["schema"], schemas),
            bool(parameter.get("required")),
            _description(parameter) or _description(parameter["schema"]),
        )
        for parameter in operation.get("parameters", [])
    ]
    bodies: dict[str, dict[str, Any]] = operation.get("requestBody", {}).get("content", {})
    kind, content = next(iter(bodies.items())) if bodies else ("", {})
    answers = [answer for status, answer in operation["responses"].items() if int(status) < 400]
    contents: list[dict[str, Any]] = list(answers[0].get("content", {}).values()) if answers else []
    answer = contents[0] if contents else {}
    return Operation(
        name=operation["operationId"],
        method=method.upper(),
        path=path,
        summary=operation["summary"],
        description=operation["description"],
        parameters=parameters,
        body=list(_fields(content.get("schema", {}), schemas, "")),
        answer=list(_fields(answer.get("schema", {}), schemas, "")),
        example=_request(method, path, operation, kind, document["servers"][0]["url"]),
        sent=_json(content.get("example")) if kind == "application/json" else "",
        answered=_json(answer.get("example")),
        statuses=[
            (status, response.get("description") or "") for status, response in operation["responses"].items()
        ],
    )


def _request(method: str, path: str, operation: dict[str, Any], kind: str, server: str) -> str:
    """The request as a command line; names in braces are to be filled in."""
    lines = [f"curl -X {method.upper()} '{server}{path}'"]
    if operation.get("security"):
        lines.append("-H 'Authorization: Bearer hg_…'")
    if kind == "application/json":
        lines.append("-H 'Content-Type: application/json' -d @body.json")
    elif kind:
        lines.append("-F file=@course.zip")
    return " \\\n  ".join(lines)


def _fields(schema: dict[str, Any], schemas: dict[str, Any], path: str) -> Iterator[Field]:
    resolved = _resolved(schema, schemas)
    for name, inner in resolved.get("properties", {}).items():
        here = f"{path}.{name}" if path else name
        yield Field(here, _kind(inner, schemas), name in resolved.get("required", []), _description(inner))
        yield from _fields(inner, schemas, here)
    if isinstance(resolved.get("items"), dict):
        yield from _fields(resolved["items"], schemas, f"{path}[]")


def _kind(schema: dict[str, Any], schemas: dict[str, Any]) -> str:
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(_kind(choice, schemas) for choice in schema["anyOf"]))
    resolved = _resolved(schema, schemas)
    if resolved.get("type") == "array":
        return f"list of {_kind(resolved.get('items', {}), schemas)}"
    if "enum" in resolved:
        return ", ".join(json.dumps(word) for word in resolved["enum"])
    return {"date-time": "date and time", "date": "date", "binary": "file"}.get(
        resolved.get("format", ""), str(resolved.get("type", "any"))
    )


def _resolved(schema: dict[str, Any], schemas: dict[str, Any]) -> dict[str, Any]:
    if "$ref" in schema:
        return _resolved(schemas[schema["$ref"].rsplit("/", 1)[1]], schemas)
    if "anyOf" in schema:
        return _resolved(schema["anyOf"][0], schemas)
    return schema


def _description(schema: dict[str, Any]) -> str:
    return str(schema.get("description", ""))


def _json(example: Any) -> str:
    return "" if example is None else json.dumps(example, indent=2, ensure_ascii=False)
