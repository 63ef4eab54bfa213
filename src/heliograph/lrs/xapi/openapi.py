"""The record store's resources as an OpenAPI document, at ``/xapi/openapi.json``: what xAPI says in prose,
for programs that read documents.
"""

from typing import Any

import heliograph

_TEXT: dict[str, Any] = {"type": "string"}
_ID: dict[str, Any] = {"type": "string", "format": "uuid"}
_FLAG: dict[str, Any] = {"type": "string", "enum": ["true", "false"]}
_PARAMETERS: dict[str, tuple[dict[str, Any], str]] = {
    "statementId": (_ID, "Statement ID."),
    "voidedStatementId": (_ID, "ID of a voided statement."),
    "agent": (_TEXT, "An agent or identified group, as JSON."),
    "verb": (_TEXT, "Verb IRI."),
    "activity": (_TEXT, "Activity IRI."),
    "activityId": (_TEXT, "Activity IRI."),
    "registration": (_ID, "Registration ID."),
    "related_activities": (_FLAG, "Include activities in the context and in sub-statements."),
    "related_agents": (_FLAG, "Include agents in the context, in sub-statements and in the authority."),
    "since": (_TEXT, "Only stored or modified after this ISO 8601 time."),
    "until": (_TEXT, "Only stored at or before this ISO 8601 time."),
    "limit": ({"type": "integer", "minimum": 0}, "Maximum number; 0 for the server's maximum."),
    "ascending": (_FLAG, "Oldest first."),
    "format": (
        {"type": "string", "enum": ["exact", "ids", "canonical"]},
        "Exact, IDs only, or one language of each name.",
    ),
    "attachments": (_FLAG, "Include attachments, as multipart/mixed."),
    "stateId": (_TEXT, "State ID."),
    "profileId": (_TEXT, "Profile ID."),
}
_REFUSALS = {
    400: "Invalid request or statement.",
    401: "Invalid credential.",
    403: "Missing permission.",
    404: "Not found.",
    405: "Method not allowed.",
    409: "ID conflict.",
    412: "Modified in the meantime.",
    413: "Too large.",
    503: "Temporarily unavailable.",
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
                "Search statements, or read one by ID",
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
                "Store one statement with a given ID",
                [],
                ["statementId"],
                {"application/json": {"schema": {"type": "object"}}},
            ),
            "post": _operation("Store one or several statements", [], body=_STATEMENTS, answer=_JSON),
        },
        "/activities": {
            "get": _operation("Read the definition of an activity", [], ["activityId"], answer=_JSON)
        },
        "/agents": {"get": _operation("Read all identifiers of a person", [], ["agent"], answer=_JSON)},
        "/about": {"get": {**_operation("Read supported versions", [], answer=_JSON), "security": []}},
    }
    paths["/activities/state"] = _documents("state", ["activityId", "agent"], "stateId", ["registration"])
    paths["/activities/profile"] = _documents("activity profile", ["activityId"], "profileId")
    paths["/agents/profile"] = _documents("agent profile", ["agent"], "profileId")
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Heliograph LRS",
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
    one = f"an {what}" if what[0] == "a" else f"a {what}"
    deletes_all = name == "stateId"
    return {
        "get": _operation(
            f"Read {one}, or all IDs", [name, "since", *also], owner, answer={"*/*": {"schema": {}}}
        ),
        "put": _operation(f"Replace {one}", also, [*owner, name], _ANY),
        "post": _operation(f"Merge JSON into {one}", also, [*owner, name], _ANY),
        "delete": _operation(
            f"Delete {one}",
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
        "parameters": [*parameters, {**version, "description": "xAPI version."}],
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
