"""What a program that uses the API relies on: each operation's address, what it takes, and what it answers.

`uv run python -m tests.config.api_surface > tests/config/released_api.json` writes it down, with each
release; from then on `test_released_api` fails where an operation changes so that such a program would break.
"""

import json
from collections.abc import Iterator
from typing import Any

Surface = dict[str, dict[str, Any]]


def surface(document: dict[str, Any]) -> Surface:
    """By operation id: address, inputs and answers, of an OpenAPI document."""
    schemas = document["components"]["schemas"]
    return {
        operation["operationId"]: {
            "address": f"{method.upper()} {path}",
            "takes": dict(_taken(operation, schemas)),
            "answers": dict(_answered(operation, schemas)),
        }
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }


def broken(released: Surface, now: Surface) -> list[str]:
    """What breaks a program that was written for ``released``, a sentence each.

    More answers, and more that may be sent, break nothing.
    """
    differences = []
    for name, was in released.items():
        if name not in now:
            differences.append(f"{name} is gone")
            continue
        differences += [f"{name}: {sentence}" for sentence in _changes(was, now[name])]
    return differences


def _changes(was: dict[str, Any], now: dict[str, Any]) -> Iterator[str]:
    if was["address"] != now["address"]:
        yield f"its address was {was['address']} and is {now['address']}"
    for place, kind in was["takes"].items():
        if place not in now["takes"]:
            yield f"it took {place}"
        elif now["takes"][place] not in (kind, kind.removesuffix("!")):
            yield f"{place} was {kind} and is {now['takes'][place]}"
    for place in now["takes"].keys() - was["takes"].keys():
        if now["takes"][place].endswith("!"):
            yield f"it asks for {place}"
    for place, kind in was["answers"].items():
        if now["answers"].get(place) != kind:
            yield f"it answered {place} as {kind}, and now {now['answers'].get(place, 'does not')}"


def _taken(operation: dict[str, Any], schemas: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for parameter in operation.get("parameters", []):
        kind = "|".join(_kinds(parameter["schema"], schemas))
        yield f"{parameter['in']} {parameter['name']}", kind + "!" * bool(parameter.get("required"))
    for content in operation.get("requestBody", {}).get("content", {}).values():
        yield from _fields(content["schema"], schemas, "body")


def _answered(operation: dict[str, Any], schemas: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for status, answer in operation["responses"].items():
        if int(status) < 400:
            yield status, "answered"
            for content in answer.get("content", {}).values():
                for place, kind in _fields(content["schema"], schemas, status):
                    yield place, kind.removesuffix("!")


def _fields(schema: dict[str, Any], schemas: dict[str, Any], place: str) -> Iterator[tuple[str, str]]:
    """Each field below a schema, with its kind; one that has to be there ends in an exclamation mark."""
    for alternative in _alternatives(schema, schemas):
        needed = alternative.get("required", [])
        for name, inner in alternative.get("properties", {}).items():
            yield f"{place}.{name}", "|".join(_kinds(inner, schemas)) + "!" * (name in needed)
            yield from _fields(inner, schemas, f"{place}.{name}")
        if isinstance(alternative.get("items"), dict):
            yield from _fields(alternative["items"], schemas, f"{place}[]")


def _kinds(schema: dict[str, Any], schemas: dict[str, Any]) -> list[str]:
    return sorted({str(alternative.get("type", "any")) for alternative in _alternatives(schema, schemas)})


def _alternatives(schema: dict[str, Any], schemas: dict[str, Any]) -> list[dict[str, Any]]:
    if "$ref" in schema:
        return _alternatives(schemas[schema["$ref"].rsplit("/", 1)[1]], schemas)
    return (
        [alternative for part in schema["anyOf"] for alternative in _alternatives(part, schemas)]
        if "anyOf" in schema
        else [schema]
    )


if __name__ == "__main__":
    import django

    django.setup()
    from heliograph.config.api import api

    print(json.dumps(surface(api.get_openapi_schema()), indent=1, sort_keys=True))
