"""The record store's resources as an OpenAPI document, at ``/xapi/openapi.json``: what xAPI says in prose,
for programs that read documents.
"""

from typing import Any

import heliograph

_TEXT: dict[str, Any] = {"type": "string"}
_ID: dict[str, Any] = {"type": "string", "format": "uuid"}
_FLAG: dict[str, Any] = {"type": "string", "enum": ["true", "false"]}
_PARAMETERS: dict[str, tuple[dict[str, Any], str]] = {
    "statementId": (_ID, "The statement of this id."),
    "voidedStatementId": (_ID, "The voided statement of this id."),
    "agent": (_TEXT, "An agent or identified group, as JSON."),
    "verb": (_TEXT, "A verb's IRI."),
    "activity": (_TEXT, "An activity's IRI."),
    "activityId": (_TEXT, "An activity's IRI."),
    "registration": (_ID, "A registration."),
    "related_activities": (_FLAG, "Also activities of the context and of sub-statements."),
    "related_agents": (_FLAG, "Also agents of the context, of sub-statements, and who said it."),
    "since": (_TEXT, "Stored, or changed, later than this ISO 8601 time."),
    "until": (_TEXT, "Stored at this ISO 8601 time or earlier."),
    "limit": ({"type": "integer", "minimum": 0}, "How many at most; 0 for as many as are given at once."),
    "ascending": (_FLAG, "The oldest first."),
    "format": (
        {"type": "string", "enum": ["exact", "ids", "canonical"]},
        "As it was sent, ids only, or one language of each name.",
    ),
    "attachments": (_FLAG, "Also the attachments, as multipart/mixed."),
    "stateId": (_TEXT, "A state's name."),
    "profileId": (_TEXT, "A profile's name."),
}
_REFUSALS = {
    400: "The request, or a statement, breaks a rule.",
    401: "There is no valid credential.",
    403: "The credential may not do this.",
    404: "It is not there.",
    405: "Not with this method.",
    409: "There is another of this id.",
    412: "It is not as it was known.",
    413: "It is too large.",
    503: "Not available for a moment.",
}
_JSON: dict[str, Any] = {"application/json": {"schema": {}}}
_PROBLEM = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
_STATEMENTS = {
    "application/json": {
        "schema": {"oneOf": [{"type": "object"}, {"type": "array", "items": {"type": "object"}}]}
    }
}
_ANY = {"application/json": {"schema": {"type": "object"}}, "text/plain": {"schema": {"type": "string"}}}


def document() -> dict[str, Any]:
    """The OpenAPI 3.1 document."""
    paths: dict[str, Any] = {
        "/statements": {
            "get": _operation(
                "Statements by filters, or one by its id",
                [
                    *(
                        "statementId",
                        "voidedStatementId",
                        "agent",
                        "verb",
                        "activity",
                        "registration",
                        "related_activities",
                        "related_agents",
                    ),
                    *("since", "until", "limit", "ascending", "format", "attachments"),
                ],
                answer={**_JSON, "multipart/mixed": {"schema": {}}},
            ),
            "put": _operation(
                "Store one statement under an id",
                [],
                ["statementId"],
                {"application/json": {"schema": {"type": "object"}}},
            ),
            "post": _operation("Store one statement, or several", [], body=_STATEMENTS, answer=_JSON),
        },
        "/activities": {
            "get": _operation("An activity as statements describe it", [], ["activityId"], answer=_JSON)
        },
        "/agents": {"get": _operation("All that is known of a person", [], ["agent"], answer=_JSON)},
        "/about": {"get": {**_operation("The versions that are spoken", [], answer=_JSON), "security": []}},
    }
    paths["/activities/state"] = _documents("state", ["activityId", "agent"], "stateId", ["registration"])
    paths["/activities/profile"] = _documents("profile of an activity", ["activityId"], "profileId")
    paths["/agents/profile"] = _documents("profile of an agent", ["agent"], "profileId")
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Heliograph's record store",
            "version": heliograph.VERSION,
            "description": "xAPI 1.0.3 and 2.0.",
        },
        "servers": [{"url": "/xapi"}],
        "security": [{"basic": []}, {"bearer": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {
                "basic": {"type": "http", "scheme": "basic"},
                "bearer": {"type": "http", "scheme": "bearer"},
            },
            "schemas": {
                "Problem": {
                    "type": "object",
                    "required": ["type", "title", "status", "detail", "code"],
                    "properties": {
                        "type": _TEXT,
                        "title": _TEXT,
                        "status": {"type": "integer"},
                        "detail": _TEXT,
                        "code": _TEXT,
                    },
                }
            },
        },
    }


def _documents(what: str, owner: list[str], name: str, also: list[str] | None = None) -> dict[str, Any]:
    also = also or []
    deletes_all = name == "stateId"
    return {
        "get": _operation(
            f"A {what}, or the names of all", [name, "since", *also], owner, answer={"*/*": {"schema": {}}}
        ),
        "put": _operation(f"Replace a {what}", also, [*owner, name], _ANY),
        "post": _operation(f"Merge JSON into a {what}", also, [*owner, name], _ANY),
        "delete": _operation(
            f"Delete a {what}",
            [*([name] if deletes_all else []), *also],
            [*owner, *([] if deletes_all else [name])],
        ),
    }


def _operation(
    summary: str,
    optional: list[str],
    required: list[str] | None = None,
    body: dict[str, Any] | None = None,
    answer: dict[str, Any] | None = None,
) -> dict[str, Any]:
    version = {
        "name": "X-Experience-API-Version",
        "in": "header",
        "schema": {"type": "string", "enum": ["1.0.3", "2.0.0"]},
        "required": True,
    }
    parameters = [
        {"name": name, "in": "query", "required": True, "schema": _PARAMETERS[name][0]}
        for name in required or []
    ]
    parameters += [{"name": name, "in": "query", "schema": _PARAMETERS[name][0]} for name in optional]
    for parameter in parameters:
        parameter["description"] = _PARAMETERS[str(parameter["name"])][1]
    made: dict[str, Any] = {
        "summary": summary,
        "parameters": [*parameters, {**version, "description": "The xAPI that is spoken."}],
    }
    made["responses"] = {
        str(status): {"description": says, "content": _PROBLEM} for status, says in _REFUSALS.items()
    }
    made["responses"]["200" if answer else "204"] = {
        "description": "Done.",
        **({"content": answer} if answer else {}),
    }
    if body:
        made["requestBody"] = {"content": body}
    return made
