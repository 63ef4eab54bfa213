"""Every rule of xAPI by which a request is refused, whatever it carries: what it says, where, and a good and
a bad request.

Like `table` for statements: the tests send these requests, and docs/protocols/xapi-rules.md lists them. A
request is refused with its rule's code.
"""

from typing import Any, Final, NamedTuple

ID = "c2b5b5a4-6f0e-4a5e-9d0c-6b0b5f5f2a12"
AGENT = {"mbox": "mailto:ada@example.org"}
ACTIVITY = "https://example.org/activities/1"
STATEMENT = {"actor": AGENT, "verb": {"id": "https://example.org/verbs/did"}, "object": {"id": ACTIVITY}}
STATE = {"activityId": ACTIVITY, "agent": AGENT, "stateId": "bookmark"}
FORM = "application/x-www-form-urlencoded"


class ExampleRequest(NamedTuple):
    """A request: ``query`` values are text or JSON, ``body`` is JSON or bytes; a header that is None is left
    out.
    """

    method: str
    resource: str
    query: dict[str, Any] = {}
    body: Any = None
    headers: dict[str, str | None] = {}


class RequestRule(NamedTuple):
    """One thing that is refused. ``section_1`` is where xAPI 1.0.3 says it and ``section_2`` where
    IEEE 9274.1.1 (xAPI 2.0) does. ``only`` is the version that has the rule; both where it is empty."""

    code: str
    status: int
    says: str
    section_1: str
    section_2: str
    good: tuple[ExampleRequest, ...]
    bad: tuple[ExampleRequest, ...]
    only: str = ""


def _get(resource: str, **query: Any) -> ExampleRequest:
    return ExampleRequest("GET", resource, query)


_SOME: Any = {"a": 1}
_NONE: dict[str, str | None] = {}


def _state(
    method: str = "PUT", body: Any = _SOME, headers: dict[str, str | None] = _NONE, **query: Any
) -> ExampleRequest:
    return ExampleRequest(method, "activities/state", {**STATE, **query}, body, headers)


def _profile(method: str, headers: dict[str, str | None] = {}, body: Any = {"a": 1}) -> ExampleRequest:  # noqa: B006 - never changed
    return ExampleRequest(
        method, "activities/profile", {"activityId": ACTIVITY, "profileId": "p"}, body, headers
    )


def _without(name: str) -> ExampleRequest:
    return ExampleRequest(
        "PUT", "activities/state", {key: value for key, value in STATE.items() if key != name}, {"a": 1}
    )


NEW: Final[dict[str, str | None]] = {"If-None-Match": "*"}
OTHER: Final[dict[str, str | None]] = {"If-Match": f'"{"1" * 40}"'}
VERSION = "X-Experience-API-Version"

REQUESTS: Final = (
    RequestRule(
        "version_missing",
        400,
        "A request says which xAPI it speaks, and it is one of ours.",
        "Communication 3.3",
        "4.1.1",
        (_get("statements"), ExampleRequest("GET", "about", headers={VERSION: None})),
        (
            *(
                ExampleRequest("GET", resource, headers={VERSION: None})
                for resource in ("statements", "activities", "agents", "activities/state")
            ),
            ExampleRequest("GET", "statements", headers={VERSION: "0.9"}),
            ExampleRequest("POST", "statements", {}, STATEMENT, {VERSION: "3.0"}),
        ),
    ),
    RequestRule(
        "credential_refused",
        401,
        "A request comes with a valid credential.",
        "Communication 4.0",
        "4.1.7",
        (_get("statements"),),
        (
            ExampleRequest("GET", "statements", headers={"Authorization": None}),
            ExampleRequest(
                "GET", "agents", {"agent": AGENT}, headers={"Authorization": "Basic Zm9vOmJhcg=="}
            ),
        ),
    ),
    RequestRule(
        "method_not_allowed",
        405,
        "A resource is asked with a method it has.",
        "Communication 2",
        "4.1.6",
        (_get("about"),),
        (
            ExampleRequest("DELETE", "statements"),
            ExampleRequest("POST", "activities", {}, {}),
            ExampleRequest("PUT", "agents", {}, {}),
            ExampleRequest("DELETE", "about"),
        ),
    ),
    RequestRule(
        "not_found",
        404,
        "A resource is one of those that there are.",
        "Communication 2",
        "4.1.6",
        (_get("about"),),
        (_get("statement"), _get("activities/states")),
    ),
    RequestRule(
        "parameter_unknown",
        400,
        "An address has no parameter that its resource does not know, in this very case.",
        "Communication 3.2",
        "4.1.3",
        (_get("statements", limit="1"), _state(registration=ID)),
        (
            _get("statements", foo="bar"),
            _get("statements", Limit="1"),
            _get("statements", StatementId=ID),
            _state(StateId="x"),
            _get("activities", activityId=ACTIVITY, x="1"),
        ),
    ),
    RequestRule(
        "parameter_missing",
        400,
        "An address has the parameters that its resource needs.",
        "Communication 2.1 to 2.7",
        "4.1.6",
        (
            _state(),
            _get("activities", activityId=ACTIVITY),
            _get("agents", agent=AGENT),
            ExampleRequest("PUT", "statements", {"statementId": ID}, STATEMENT),
        ),
        (
            _without("activityId"),
            _without("agent"),
            _without("stateId"),
            _get("activities"),
            _get("agents"),
            ExampleRequest("PUT", "statements", {}, STATEMENT),
            ExampleRequest("DELETE", "activities/profile", {"activityId": ACTIVITY}),
            ExampleRequest("PUT", "agents/profile", {"agent": AGENT}, {}),
        ),
    ),
    RequestRule(
        "parameter_invalid",
        400,
        "A parameter has its form: a UUID, an IRI, an agent as JSON, a time, a number, true or false.",
        "Communication 2.1.3",
        "4.1.6.1",
        (
            _get(
                "statements",
                registration=ID,
                verb="x:y",
                activity=ACTIVITY,
                agent=AGENT,
                since="2026-05-04T10:11:12Z",
                limit="0",
                ascending="true",
                format="ids",
            ),
            _get("activities/state", activityId=ACTIVITY, agent=AGENT, since="2026-05-04T10:11:12Z"),
        ),
        (
            _get("statements", registration="1"),
            _get("statements", verb="did"),
            _get("statements", activity="one"),
            _get("statements", agent="ada"),
            _get("statements", agent={"name": "Ada"}),
            _get("statements", since="yesterday"),
            _get("statements", until="1"),
            _get("statements", limit="-1"),
            _get("statements", ascending="yes"),
            _get("statements", format="xml"),
            _get("statements", statementId="1"),
            _get("statements", attachments="1"),
            _get("activities/state", activityId="one", agent=AGENT),
            _get("agents", agent={"objectType": "Group", "member": [AGENT]}),
            _get("agents/profile", agent=AGENT, since="x"),
            ExampleRequest("PUT", "statements", {"statementId": "1"}, STATEMENT),
        ),
    ),
    RequestRule(
        "parameters_conflict",
        400,
        "A statement is asked for by one id.",
        "Communication 2.1.3",
        "4.1.6.1",
        (),
        (_get("statements", statementId=ID, voidedStatementId=ID),),
    ),
    RequestRule(
        "id_mismatch",
        400,
        "A statement that is put has the id its address says, or none.",
        "Communication 2.1.1",
        "4.1.6.1",
        (ExampleRequest("PUT", "statements", {"statementId": ID}, {**STATEMENT, "id": ID}),),
        (
            ExampleRequest(
                "PUT", "statements", {"statementId": ID}, {**STATEMENT, "id": ID.replace("c2", "c3")}
            ),
        ),
    ),
    RequestRule(
        "media_type",
        400,
        "Statements come as application/json or multipart/mixed.",
        "Communication 1.5",
        "4.1.5",
        (ExampleRequest("POST", "statements", {}, STATEMENT),),
        tuple(
            ExampleRequest("POST", "statements", {}, STATEMENT, {"Content-Type": kind})
            for kind in ("text/plain", "multipart/form-data; boundary=x", FORM)
        ),
    ),
    RequestRule(
        "multipart_malformed",
        400,
        "A multipart body has the parts its boundary says.",
        "Communication 1.5.2",
        "4.1.5",
        (),
        (
            ExampleRequest("POST", "statements", {}, b"{}", {"Content-Type": "multipart/mixed"}),
            ExampleRequest("POST", "statements", {}, b"{}", {"Content-Type": "multipart/mixed; boundary=x"}),
        ),
    ),
    RequestRule(
        "json_invalid",
        400,
        "Statements are JSON, in UTF-8.",
        "Data 2.2",
        "4.2.1",
        (ExampleRequest("POST", "statements", {}, [STATEMENT]),),
        (
            ExampleRequest("POST", "statements", {}, b"{"),
            ExampleRequest("POST", "statements", {}, b"\xff"),
            ExampleRequest("POST", "statements", {}, b'[{"actor": nul}]'),
        ),
    ),
    RequestRule(
        "alternate_syntax",
        400,
        "The alternate syntax is a POST of a form, with the parameter “method”; "
        "a statement’s id is in the form.",
        "Communication 1.3",
        "not in 2.0",
        (
            ExampleRequest("POST", "statements?method=GET", {}, b"limit=1", {"Content-Type": FORM}),
            ExampleRequest("POST", "statements?method=GET", {}, b"limit=1", {"Content-Type": "text/plain"}),
            ExampleRequest(
                "POST", f"statements?method=GET&registration={ID}", {}, b"limit=1", {"Content-Type": None}
            ),
        ),
        (
            ExampleRequest(
                "POST", "statements?method=PUT&statementId=1", {}, b"content=x", {"Content-Type": FORM}
            ),
            ExampleRequest(
                "POST",
                f"statements?method=PUT&statementId={ID}",
                {},
                f"statementId={ID}&content=x".encode(),
                {"Content-Type": FORM},
            ),
            ExampleRequest("POST", "statements?method=GET&limit=1", {}, b"limit=2", {"Content-Type": FORM}),
            ExampleRequest("GET", "statements?method=POST"),
            ExampleRequest("POST", "statements?method=PUT", {}, b"statementId=1", {"Content-Type": FORM}),
        ),
        "1.0.3",
    ),
    RequestRule(
        "alternate_syntax",
        400,
        "There is no alternate syntax.",
        "not in 1.0.3",
        "4.1.1",
        (_get("statements"),),
        (
            ExampleRequest("POST", "statements?method=GET", {}, b"limit=1", {"Content-Type": FORM}),
            ExampleRequest("POST", "statements?method=PUT", {}, b"content=x", {"Content-Type": FORM}),
        ),
        "2.0",
    ),
    RequestRule(
        "document_not_object",
        400,
        "A document that is posted as JSON is an object.",
        "Communication 2.2",
        "4.1.6",
        (_state("POST"),),
        (_state("POST", [1]), _state("POST", b"{")),
    ),
    RequestRule(
        "document_not_mergeable",
        400,
        "Documents are merged where both are JSON objects.",
        "Communication 2.2",
        "4.1.6",
        (_profile("PUT", NEW), _profile("POST")),
        (_profile("PUT", {**NEW, "Content-Type": "text/plain"}, b"text"), _profile("POST")),
    ),
    RequestRule(
        "precondition_failed",
        412,
        "A document is changed by who knows it as it is.",
        "Communication 3.1",
        "4.1.4",
        (_profile("PUT", NEW), _profile("DELETE")),
        (_profile("PUT", NEW), _profile("PUT", OTHER)),
    ),
    RequestRule(
        "precondition_failed",
        412,
        "A new document is made where there is none.",
        "Communication 3.1",
        "4.1.4",
        (_profile("PUT", NEW),),
        (_profile("PUT", NEW), _profile("PUT", NEW)),
    ),
    RequestRule(
        "document_conflict",
        409,
        "A profile is not replaced without its ETag.",
        "Communication 3.1",
        "4.1.4",
        (_profile("PUT", NEW),),
        (_profile("PUT", NEW), _profile("PUT")),
    ),
    RequestRule(
        "document_conflict",
        409,
        "A state is not replaced without its ETag.",
        "not in 1.0.3",
        "4.1.4",
        (_state(),),
        (_state(), _state()),
        "2.0",
    ),
    RequestRule(
        "etag_missing",
        400,
        "A profile is put with If-Match or If-None-Match.",
        "Communication 3.1",
        "not in 2.0",
        (_profile("PUT", NEW),),
        (_profile("PUT"),),
        "1.0.3",
    ),
)
