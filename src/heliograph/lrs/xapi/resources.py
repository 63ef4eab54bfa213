"""The resources of xAPI: statements, activities, agents, their documents, and about (1.0.3 Communication 2;
2.0 section 4.1.6).
"""

import secrets
import time
from datetime import datetime
from email.utils import format_datetime
from typing import Any
from uuid import UUID

import msgspec

from heliograph.core.database.consistency import consistent_through
from heliograph.core.ids import parse_id
from heliograph.lrs.access import PROFILE, READ, STATE, WRITE, Access
from heliograph.lrs.errors import OutOfBounds, RecordNotFound, RequestInvalid
from heliograph.lrs.messages import ROOT, Request, Resource, XapiResponse, not_found, not_with
from heliograph.lrs.models import Attachment, Document
from heliograph.lrs.rules import keys, multipart, values
from heliograph.lrs.statements import documents, write
from heliograph.lrs.statements import query as statement_query
from heliograph.lrs.statements.documents import Address, Preconditions
from heliograph.lrs.xapi import openapi
from heliograph.lrs.xapi.parameters import agent_in

_encode = msgspec.json.Encoder().encode
FILTERS = (
    "agent",
    "verb",
    "activity",
    "registration",
    "related_activities",
    "related_agents",
    "since",
    "until",
    "limit",
    "ascending",
)
BY_ID = ("statementId", "voidedStatementId")
ABOUT = {"1.0.3": ["1.0.0", "1.0.1", "1.0.2", "1.0.3"], "2.0": ["1.0.0", "1.0.1", "1.0.2", "1.0.3", "2.0.0"]}
MORE = "statements/more/"
OPEN_TO_ALL = ("about", "openapi.json")


def find(resource: str, method: str) -> tuple[Resource, bool]:
    """What answers a resource and method, and whether it must be told a version and by whom.

    Raises `NotFound`, `MethodNotAllowed`.
    """
    if resource.startswith(MORE):
        resource = MORE
    methods = _RESOURCES.get(resource)
    if methods is None:
        raise not_found()
    handle = methods.get("GET" if method == "HEAD" else method)
    if handle is None:
        raise not_with(method)
    return handle, resource not in OPEN_TO_ALL


def _asking(request: Request) -> Access:
    assert request.access is not None  # noqa: S101 - only `about` is answered to anybody
    return request.access


class _Through:
    """How far answers are consistent, asked of the database once in a while by those who only write."""

    text, until = "", 0.0


def about_statements(fresh: bool = False) -> str:
    """The time up to which every statement can be read, for its header."""
    if fresh or _Through.until < time.monotonic():
        moment = consistent_through()
        _Through.text = moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        _Through.until = time.monotonic() + (0.0 if fresh else 1.0)
    return _Through.text


# -- statements


def _put_statement(request: Request) -> XapiResponse:
    request.allow("statementId")
    _asking(request).require_scope(WRITE)
    statement_id = _needed(request, "statementId")
    if values.ID.fullmatch(statement_id) is None:
        raise RequestInvalid("statementId must be a UUID in its standard form.", code="parameter_invalid")
    sent, parts, mixed = _sent(request)
    if sent.lstrip().startswith(b"["):
        raise RequestInvalid(
            "A PUT stores a single statement. Use POST for a list.", code="statement_not_one"
        )
    write.store(
        _asking(request), [sent.strip()], request.version, parts, under_id=statement_id, multipart=mixed
    )
    return XapiResponse(204)


def _post_statements(request: Request) -> XapiResponse:
    request.allow()
    _asking(request).require_scope(WRITE)
    sent, parts, mixed = _sent(request)
    batch = write.read_batch(sent)
    return XapiResponse(
        200, _encode(write.store(_asking(request), batch, request.version, parts, multipart=mixed))
    )


def _sent(request: Request) -> tuple[bytes, dict[str, bytes], bool]:
    """The statements of a request, its attachments by hash, and whether it had parts.

    Raises `RequestInvalid`.
    """
    content_type = request.headers.get("content-type", "application/json")
    media = content_type.partition(";")[0].strip().lower()
    if media == "application/json":
        return request.body, {}, False
    if media != "multipart/mixed":
        raise RequestInvalid(
            f"Statements must be application/json or multipart/mixed, not {media[:60]}.", code="media_type"
        )
    try:
        parts = list(multipart.parts(request.body, content_type)) or [multipart.Part({}, b"")]
    except multipart.Malformed as reason:
        raise RequestInvalid(
            f"The multipart body cannot be read: {reason}.", code="multipart_malformed"
        ) from None
    first, others = parts[0], parts[1:]
    if first.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise RequestInvalid(
            "The first part of a multipart request must be the statements, as application/json.",
            code="multipart_first",
        )
    return first.content, dict(_attachment(part) for part in others), True


def _attachment(part: multipart.Part) -> tuple[str, bytes]:
    sha2 = part.headers.get("x-experience-api-hash", "").lower()
    if not sha2:
        raise RequestInvalid(
            "Each part after the first needs the header X-Experience-API-Hash.", code="attachment_hash"
        )
    if part.headers.get("content-transfer-encoding", "").lower() != "binary":
        raise RequestInvalid(
            "Each part after the first needs “Content-Transfer-Encoding: binary”.", code="attachment_encoding"
        )
    if not write.hash_matches(sha2, part.content):
        raise RequestInvalid(
            f"The hash {sha2[:64]} of a part does not match its content.", code="attachment_hash"
        )
    return sha2, part.content


def _get_statements(request: Request) -> XapiResponse:
    request.allow(*BY_ID, *FILTERS, "format", "attachments")
    about_statements(fresh=True)
    return _statements(request, request.query, statement_query.LOWEST, statement_query.HIGHEST)


def _get_more(request: Request) -> XapiResponse:
    request.allow()
    query, position = statement_query.read_cursor(request.resource[len(MORE) :])
    request.query = query
    request.allow(*FILTERS, "format", "attachments")
    ascending = _flag(request, "ascending")
    return _statements(
        request,
        query,
        position if ascending else statement_query.LOWEST,
        statement_query.HIGHEST if ascending else position,
    )


def _statements(request: Request, query: dict[str, str], after: UUID, before: UUID) -> XapiResponse:
    form = query.get("format", "exact")
    if form not in ("exact", "ids", "canonical"):
        raise RequestInvalid("format must be “exact”, “ids” or “canonical”.", code="parameter_invalid")
    if _asking(request).nameless:
        form = "ids"
    with_attachments = _flag(request, "attachments")
    if any(name in query for name in BY_ID):
        return _one_statement(request, form, with_attachments)
    access = _asking(request)
    page = statement_query.page(
        access.organization_id, statement_query.bounded(access, _filter(request, after, before))
    )
    shown = statement_query.formed(
        access.organization_id,
        [statement.json for statement in page.statements],
        form,
        request.headers.get("accept-language", ""),
    )
    more = f"{ROOT}/{MORE}{statement_query.cursor_text(query, page.next_after)}" if page.next_after else ""
    document = f'{{"statements":[{",".join(shown)}],"more":"{more}"}}'.encode()
    return (
        _with_attachments(access, document, page.statements)
        if with_attachments
        else XapiResponse(200, document)
    )


def _one_statement(request: Request, form: str, with_attachments: bool) -> XapiResponse:
    request.allow(*BY_ID, "format", "attachments")
    if all(name in request.query for name in BY_ID):
        raise RequestInvalid(
            "Send either statementId or voidedStatementId, not both.", code="parameters_conflict"
        )
    voided = "voidedStatementId" in request.query
    statement_id = _uuid(request, BY_ID[voided])
    access = _asking(request)
    # Who may read nothing does not hear which ids there are.
    statement_query.bounded(access, statement_query.Filter())
    statement = (
        statement_query.statement(access.organization_id, statement_id, voided) if statement_id else None
    )
    if statement is None or not statement_query.may_see(access, statement):
        raise RecordNotFound("Statement not found in this LRS.", code="statement_not_found")
    shown = statement_query.formed(
        access.organization_id, [statement.json], form, request.headers.get("accept-language", "")
    )
    content = shown[0].encode()
    if with_attachments:
        answer = _with_attachments(access, content, [statement])
    else:
        answer = XapiResponse(200, content, headers=[("ETag", f'"{documents.etag_of(content)}"')])
    answer.headers.append(("Last-Modified", _http_date(statement_query.stored_at(statement.position))))
    return answer


def _filter(request: Request, after: UUID, before: UUID) -> statement_query.Filter:
    query = request.query
    terms: list[tuple[int, ...]] = []  # as few statements usually have them
    if "registration" in query:
        terms.append((keys.key(keys.REGISTRATION, str(_uuid(request, "registration"))),))
    if "agent" in query:
        identifier = keys.identifier(_agent(request)) or ""
        kinds: tuple[bytes, ...] = (
            (keys.AGENT, keys.ANY_AGENT, keys.AUTHORITY)
            if _flag(request, "related_agents")
            else (keys.AGENT,)
        )
        terms.append(tuple(keys.key(kind, identifier) for kind in kinds))
    if "activity" in query:
        kinds = (
            (keys.ACTIVITY, keys.ANY_ACTIVITY) if _flag(request, "related_activities") else (keys.ACTIVITY,)
        )
        terms.append(tuple(keys.key(kind, _iri(request, "activity")) for kind in kinds))
    if "verb" in query:
        terms.append((keys.key(keys.VERB, _iri(request, "verb")),))
    for flag in ("related_agents", "related_activities"):
        _flag(request, flag)
    if moment := _moment(request, "since"):
        after = max(after, statement_query.since(moment))
    if moment := _moment(request, "until"):
        before = min(before, statement_query.until(moment))
    return statement_query.Filter(tuple(terms), after, before, _flag(request, "ascending"), _limit(request))


def _with_attachments(
    access: Access, document: bytes, statements: list[statement_query.Found]
) -> XapiResponse:
    """The statements and every attachment we have of them, each once."""
    named: dict[str, str] = {}
    for statement in statements:
        for _, attachment in write.attachments(msgspec.json.decode(statement.json)):
            named.setdefault(attachment["sha2"].lower(), attachment["contentType"])
    files = statement_query.came_with(access, [statement.position for statement in statements], list(named))
    kept = Attachment.objects.filter(organization_id=access.organization_id, sha2__in=files).order_by("sha2")
    boundary = f"heliograph-{secrets.token_hex(16)}"
    parts: list[tuple[dict[str, str], bytes]] = [({"Content-Type": "application/json"}, document)]
    for file in kept:
        headers = {
            "Content-Type": named[file.sha2],
            "Content-Transfer-Encoding": "binary",
            "X-Experience-API-Hash": file.sha2,
        }
        parts.append((headers, bytes(file.content)))
    return XapiResponse(
        200, list(multipart.written(boundary, parts)), f'multipart/mixed; boundary="{boundary}"'
    )


# -- activities, agents, about


def _get_activity(request: Request) -> XapiResponse:
    request.allow("activityId")
    _asking(request).require_scope(READ, PROFILE)
    activity_id = _iri(request, "activityId")
    return XapiResponse(200, _encode(statement_query.activity(_asking(request).organization_id, activity_id)))


def _get_agent(request: Request) -> XapiResponse:
    request.allow("agent")
    _asking(request).require_scope(READ, PROFILE)
    agent, access = _agent(request), _asking(request)
    identifier = keys.identifier(agent) or ""
    _refuse_other_agent(access, identifier)
    name = "" if access.nameless else statement_query.name_of(access.organization_id, identifier)
    return XapiResponse(200, _encode(statement_query.person(agent, name)))


def _get_about(request: Request) -> XapiResponse:
    return XapiResponse(200, _encode({"version": ABOUT[request.version]}))


def _get_document(request: Request) -> XapiResponse:
    return XapiResponse(200, _encode(openapi.document()))


# -- documents


def _state(request: Request, named: bool) -> Address:
    request.allow(
        "activityId",
        "agent",
        "registration",
        "stateId",
        *([] if named or request.method != "GET" else ["since"]),
    )
    access = _asking(request)
    access.require_scope(STATE)
    activity_id, identifier = _iri(request, "activityId"), keys.identifier(_agent(request)) or ""
    access.refuse_activity(activity_id)
    _refuse_other_agent(access, identifier)
    registration = _uuid(request, "registration") if "registration" in request.query else access.registration
    if access.registration and registration != access.registration:
        raise OutOfBounds(
            "Content may only use states of the registration it was opened for.", code="other_registration"
        )
    return Address(
        Document.Kind.STATE,
        activity_id,
        identifier,
        registration,
        _needed(request, "stateId") if named else "",
    )


def _activity_profile(request: Request, named: bool) -> Address:
    request.allow("activityId", "profileId", *([] if named else ["since"]))
    access = _asking(request)
    access.require_scope(PROFILE)
    activity_id = _iri(request, "activityId")
    access.refuse_activity(activity_id)
    if access.session and activity_id not in access.activities:
        raise OutOfBounds("Content may only use the profiles of its own activities.", code="other_activity")
    return Address(
        Document.Kind.ACTIVITY_PROFILE, activity_id, name=_needed(request, "profileId") if named else ""
    )


def _agent_profile(request: Request, named: bool) -> Address:
    request.allow("agent", "profileId", *([] if named else ["since"]))
    access = _asking(request)
    access.require_scope(PROFILE)
    identifier = keys.identifier(_agent(request)) or ""
    _refuse_other_agent(access, identifier)
    return Address(
        Document.Kind.AGENT_PROFILE, agent=identifier, name=_needed(request, "profileId") if named else ""
    )


def _refuse_other_agent(access: Access, identifier: str) -> None:
    if access.registration and identifier != access.agent:
        raise OutOfBounds(
            "Content may only ask about the learner who opened it. Use the actor of the launch.",
            code="other_actor",
        )


class _Documents:
    """The four methods of a document resource; ``careful`` ones ask for an ETag before they replace."""

    def __init__(self, address: Any, name: str, profile: bool) -> None:
        self.address, self.name, self.profile = address, name, profile

    def methods(self) -> dict[str, Resource]:
        return {"GET": self.get, "PUT": self.put, "POST": self.post, "DELETE": self.delete}

    def get(self, request: Request) -> XapiResponse:
        organization_id = _asking(request).organization_id
        if self.name not in request.query:
            since = _moment(request, "since")
            return XapiResponse(
                200, _encode(documents.names(organization_id, self.address(request, False), since))
            )
        document = documents.read(organization_id, self.address(request, True))
        if document is None:
            raise RecordNotFound("Document not found in this LRS.", code="document_not_found")
        headers = [("ETag", f'"{document.etag}"'), ("Last-Modified", _http_date(document.updated_at))]
        return XapiResponse(200, bytes(document.content), document.content_type, headers)

    def put(self, request: Request) -> XapiResponse:
        address, conditions = self.address(request, True), _conditions(request)
        answers_created = self.profile and request.version == "1.0.3"
        if (
            answers_created
            and not conditions.given
            and documents.read(_asking(request).organization_id, address) is None
        ):
            raise RequestInvalid(
                "xAPI 1.0.3 wants If-Match or If-None-Match here. Send “If-None-Match: *” for a new one.",
                code="etag_missing",
            )
        careful = self.profile or request.version != "1.0.3"
        documents.put(
            _asking(request).organization_id,
            address,
            request.body,
            _media_type(request),
            conditions,
            careful=careful,
        )
        return XapiResponse(204)

    def post(self, request: Request) -> XapiResponse:
        organization_id = _asking(request).organization_id
        documents.post(
            organization_id,
            self.address(request, True),
            request.body,
            _media_type(request),
            _conditions(request),
        )
        return XapiResponse(204)

    def delete(self, request: Request) -> XapiResponse:
        named = self.profile or self.name in request.query
        documents.delete(_asking(request).organization_id, self.address(request, named), _conditions(request))
        return XapiResponse(204)


def _media_type(request: Request) -> str:
    """The type a document is kept under: what was sent, without a character that a header cannot carry."""
    given = request.headers.get("content-type", "application/octet-stream")
    return given if given.isprintable() and given.isascii() else "application/octet-stream"


def _conditions(request: Request) -> Preconditions:
    return Preconditions(request.headers.get("if-match"), request.headers.get("if-none-match"))


# -- parameters


def _needed(request: Request, name: str) -> str:
    value = request.query.get(name)
    if not value:
        raise RequestInvalid(f"Missing parameter {name}.", code="parameter_missing")
    return value


def _iri(request: Request, name: str) -> str:
    value = _needed(request, name)
    if values.IRI.fullmatch(value) is None:
        raise RequestInvalid(f"{name} must be an IRI with its scheme.", code="parameter_invalid")
    return value


def _uuid(request: Request, name: str) -> UUID:
    value = _needed(request, name)
    registration = parse_id(value) if values.ID.fullmatch(value) else None
    if registration is None:
        raise RequestInvalid(f"{name} must be a UUID in its standard form.", code="parameter_invalid")
    return registration


def _agent(request: Request) -> dict[str, Any]:
    """The agent or identified group in the parameter ``agent``."""
    return agent_in(_needed(request, "agent"))


def _flag(request: Request, name: str) -> bool:
    value = request.query.get(name, "false")
    if value not in ("true", "false", "True", "False"):  # with a capital as clients written in Python send it
        raise RequestInvalid(f"{name} must be “true” or “false”.", code="parameter_invalid")
    return value.lower() == "true"


def _moment(request: Request, name: str) -> datetime | None:
    if name not in request.query:
        return None
    moment = values.moment(request.query[name].replace(" ", "+"))
    if moment is None:
        raise RequestInvalid(
            f"{name} must be an ISO 8601 time, such as 2026-05-04T10:11:12Z.", code="parameter_invalid"
        )
    return moment


def _limit(request: Request) -> int:
    text = request.query.get("limit", "0")
    if not (text.isascii() and text.isdecimal() and len(text) < 10):
        raise RequestInvalid(
            "limit must be a whole number ≥ 0; 0 for the server's maximum.", code="parameter_invalid"
        )
    return min(int(text), statement_query.MOST) or statement_query.USUAL


def _http_date(moment: datetime) -> str:
    return format_datetime(moment, usegmt=True)


_RESOURCES: dict[str, dict[str, Resource]] = {
    "statements": {"PUT": _put_statement, "POST": _post_statements, "GET": _get_statements},
    MORE: {"GET": _get_more},
    "activities": {"GET": _get_activity},
    "agents": {"GET": _get_agent},
    "about": {"GET": _get_about},
    "openapi.json": {"GET": _get_document},
    "activities/state": _Documents(_state, "stateId", False).methods(),
    "activities/profile": _Documents(_activity_profile, "profileId", True).methods(),
    "agents/profile": _Documents(_agent_profile, "profileId", True).methods(),
}
