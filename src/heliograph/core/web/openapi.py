"""What the OpenAPI document says of every route alike: how a problem looks, which ones any request may meet,
examples, and that files are bytes.
"""

from collections.abc import Iterator
from typing import Any

PROBLEM = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/ProblemDocument"}}}
ANY_FILE = "application/octet-stream"
ANY_REQUEST = {"400": "The URL, a parameter or the body can’t be read"}
WITH_BODY = {"413": "The body is too large", "422": "The body is not valid"}
WITH_CREDENTIAL = {"429": "Too many requests; `Retry-After` says when to try again"}

IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
    "example": "import-2026-03-02-17",
    "description": "A unique key for this request. Repeating the request with the same key within a day "
    "returns the first response, with `Idempotent-Replayed: true`, and changes nothing. A different request "
    "with the same key is refused (`idempotency_key_reused`). Error responses are not stored.",
}

# What stands for a field of this name in examples, where its schema says no more than its type.
SAMPLES: dict[str, Any] = {
    "id": "019365b2-7c1e-7a40-9d6e-3f2b8c5a1e70",
    "key": "fire-safety",
    "name": "Fire safety for Brandt Logistics",
    "title": "Fire safety",
    "email": "ada@example.org",
    "learner": "ada@example.org",
    "learner_id": "ada@example.org",
    "learner_name": "Ada Brandt",
    "url": "https://learn.example.org/portal/9f2c/",
    "postback_url": "https://hooks.example.org/heliograph",
    "host": "https://learn.example.org",
    "redirect_origin": "",
    "return_url": "https://learn.example.org/courses/",
    "domain": "lms.brandt.example",
    "lms": "lms.brandt.example",
    "course": "fire-safety",
    "destination": "brandt-logistics",
    "endpoint": "https://records.example.org/xapi/",
    "role": "manager",
    "reason": "Shown at the workplace on 3 March",
    "expires_at": "2027-03-01T00:00:00Z",
    "accent": "#b45309",
    "background": "#fffdf8",
    "standard": "scorm_12",
    "edition": "",
    "verb": "created",
    "number": 2,
    "limit": 50,
    "progress": 0.4,
    "scaled": 0.85,
    "score_scaled": 0.85,
    "tries": 1,
    "status": 200,
    "period": "30d",
    "language": "en",
}


def completed(document: dict[str, Any]) -> dict[str, Any]:
    """The document, with each operation telling the whole truth (OpenAPI 3.1, Operation Object); it is
    changed in place.
    """
    schemas = document["components"]["schemas"]
    for path in document["paths"].values():
        for method, operation in path.items():
            _complete(operation, has_content=method in ("post", "patch", "put"))
            _add_examples(operation, schemas)
            if method == "post" and operation.get("security"):
                operation["parameters"] = [*operation.get("parameters", []), IDEMPOTENCY_KEY]
    _name_alternatives(schemas)
    used = _reached(document["paths"], schemas)
    document["components"]["schemas"] = {name: schema for name, schema in schemas.items() if name in used}
    return document


def _complete(operation: dict[str, Any], has_content: bool) -> None:
    responses = {str(status): response for status, response in operation["responses"].items()}
    if not has_content:  # nothing was sent that could not be processed: what is wrong is in the address
        responses.pop("422", None)
    any_may_meet = (
        ANY_REQUEST
        | (WITH_BODY if has_content else {})
        | (WITH_CREDENTIAL if operation.get("security") else {})
    )
    for status, meaning in any_may_meet.items():
        responses.setdefault(status, {"description": meaning})
    for status, response in responses.items():
        if int(status) >= 400:
            response["content"] = PROBLEM
        elif kind := _file_type(response):
            response["content"] = {kind: {"schema": {"type": "string", "format": "binary"}}}
    operation["responses"] = dict(sorted(responses.items()))
    operation.setdefault("security", [])  # said, and not left out: nobody has to sign in
    if form := operation.get("requestBody", {}).get("content", {}).get("multipart/form-data"):
        form["schema"]["title"] = "Body"  # generated clients name its class after it, as `CreateImportBody`


def _name_alternatives(schemas: dict[str, Any]) -> None:
    """What may be null has the name of its field.

    Clients would name its class after its place: `SuccessType0`.
    """
    for schema in schemas.values():
        for field in schema.get("properties", {}).values():
            choice, *others = field.get("anyOf", [{}])
            if others == [{"type": "null"}] and "$ref" not in choice and "title" in field:
                choice.setdefault("title", field["title"])


def _reached(part: Any, schemas: dict[str, Any]) -> set[str]:
    """The names of the schemas that a part of the document leads to.

    Those that stand for parameters are none.
    """
    reached: set[str] = set()
    waiting = [part]
    while waiting:
        names = {name.rsplit("/", 1)[1] for name in _references(waiting.pop())} - reached
        reached |= names
        waiting += [schemas[name] for name in names]
    return reached


def _references(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        if isinstance(part.get("$ref"), str):
            yield part["$ref"]
        part = list(part.values())
    if isinstance(part, list):
        for element in part:
            yield from _references(element)


def _add_examples(operation: dict[str, Any], schemas: dict[str, Any]) -> None:
    """An example of what is sent, and of each answer that is none of the problems."""
    contents = list(operation.get("requestBody", {}).get("content", {}).values())
    for status, response in operation["responses"].items():
        if int(status) < 400:
            contents += response.get("content", {}).values()
    for content in contents:
        if "schema" in content and "example" not in content and content["schema"].get("format") != "binary":
            content["example"] = example_of(content["schema"], schemas)
    for parameter in operation.get("parameters", []):
        parameter.setdefault("example", example_of(parameter["schema"], schemas, parameter["name"]))


def example_of(schema: dict[str, Any], schemas: dict[str, Any], name: str = "") -> Any:
    """A value that fits a schema (JSON Schema 2020-12, as far as this document uses it), as likely as its
    field's ``name`` lets it be.
    """
    if "$ref" in schema:
        return example_of(schemas[schema["$ref"].rsplit("/", 1)[1]], schemas, name)
    for example in (
        schema.get("examples", [])[:1],
        [schema["const"]] if "const" in schema else [],
        schema.get("enum", [])[-1:],
    ):
        if example:
            return example[0]
    if "anyOf" in schema:
        return example_of(schema["anyOf"][0], schemas, name)
    kind = schema.get("type")
    if kind == "object":
        fields = schema.get("properties", {})
        return {field: example_of(inner, schemas, field) for field, inner in fields.items()}
    if kind == "array":
        return [example_of(schema["items"], schemas, name.removesuffix("s"))] if schema.get("items") else []
    return _sample(schema, kind, name)


_KINDS: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
}
_FORMATS: dict[str, Any] = {
    "date-time": "2026-03-02T09:30:00Z",
    "date": "2026-03-02",
    "uuid": SAMPLES["id"],
    "binary": "…",
}


def _sample(schema: dict[str, Any], kind: str | None, name: str) -> Any:
    named = SAMPLES.get(name, SAMPLES["id"] if name.endswith("_id") else None)
    if named is not None and isinstance(named, _KINDS.get(str(kind), (object,))):
        return named
    if schema.get("format") in _FORMATS:
        return _FORMATS[schema["format"]]
    default = schema.get("default")
    if default not in (None, ""):
        return default
    least = schema.get("minimum", 1)
    return {
        "string": name.replace("_", " ") or "text",
        "integer": int(least),
        "number": least,
        "boolean": True,
    }.get(str(kind), {})


def _file_type(response: dict[str, Any]) -> str | None:
    """The media type of an answer that is a file. None: it is something else."""
    schemas = [content["schema"] for content in response.get("content", {}).values()]
    files = (schema for schema in schemas if schema.get("format") == "binary")
    return next((file.get("contentMediaType", ANY_FILE) for file in files), None)
