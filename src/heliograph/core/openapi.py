"""What the OpenAPI document says of every route alike: how a problem looks, which ones any request may meet, and that files are bytes."""

from typing import Any

PROBLEM = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/ProblemDocument"}}}
FILE = {"*/*": {"schema": {"type": "string", "format": "binary"}}}
ANY_REQUEST = {"422": "Something in the request is not valid"}
WITH_BODY = {"400": "The body cannot be read", "413": "The body is too large"}

IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
    "description": "A key of your own for this request. The same request with the same key is answered as before for a day, with "
    "`Idempotent-Replayed: true`, and nothing is done again; another request with it is refused (`idempotency_key_reused`). "
    "Refusals are not remembered.",
}


def completed(document: dict[str, Any]) -> dict[str, Any]:
    """The document, with each operation telling the whole truth (OpenAPI 3.1, Operation Object); it is changed in place."""
    for path in document["paths"].values():
        for method, operation in path.items():
            _complete(operation)
            if method == "post" and operation.get("security"):
                operation["parameters"] = [*operation.get("parameters", []), IDEMPOTENCY_KEY]
    return document


def _complete(operation: dict[str, Any]) -> None:
    responses = operation["responses"]
    for status, meaning in {**ANY_REQUEST, **(WITH_BODY if "requestBody" in operation else {})}.items():
        responses.setdefault(status, responses.pop(int(status), {"description": meaning}))
    for status, response in responses.items():
        if int(status) >= 400:
            response["content"] = PROBLEM
        elif _is_file(response):
            response["content"] = FILE


def _is_file(response: dict[str, Any]) -> bool:
    return any(content["schema"].get("format") == "binary" for content in response.get("content", {}).values())
