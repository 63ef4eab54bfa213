"""REST routes for what the record store holds of one person."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest, StreamingHttpResponse
from ninja import Field, Query, Router, Schema, Status

from heliograph.accounts.api_auth import SIGNED_IN
from heliograph.accounts.page_access import actor_of
from heliograph.core.permissions import Permission
from heliograph.core.web.schemas import Body, problems
from heliograph.lrs.people import actions
from heliograph.lrs.rules import keys

router = Router(tags=["Learning records"], auth=SIGNED_IN)


class PersonQuery(Schema):
    agent: str = Field("", description="The person, an xAPI agent as JSON. Required.")


class ErasureIn(Body):
    agent: str = Field("", description="The person, an xAPI agent as JSON. Required.")
    reason: str = Field("", description="Reason, up to 1,000 characters. Kept without the person. Required.")


class ErasureOut(Schema):
    id: str
    statements: int = Field(description="Deleted statements by or about the person.")
    redacted: int = Field(description="Statements of other people in which the person was anonymized.")
    documents: int = Field(description="Deleted states and profiles of the person.")
    at: datetime


class HeldOut(Schema):
    statement: dict[str, Any] | None = Field(
        None, description="A statement that mentions the person, including voided ones."
    )
    document: dict[str, Any] | None = Field(
        None, description="State or profile of the person, content in base64."
    )
    undelivered: dict[str, Any] | None = Field(
        None, description="A failed statement of an LRS connection, with the reason."
    )


@router.get(
    "/person",
    response={200: list[HeldOut], **problems(422)},
    summary="Export all LRS data of a person",
)
def export_person(request: HttpRequest, query: Query[PersonQuery]) -> Any:
    """Statements by and about the person, documents and failed statements; streamed as one JSON array."""
    actor = actor_of(request)
    actor.require(Permission.LEARNERS_ERASE)
    identifier = keys.identifier(actions.person_in(query.agent)) or ""
    return StreamingHttpResponse(
        actions.as_json(actor.organization_id, identifier), content_type="application/json"
    )


@router.post(
    "/person/erase",
    response={201: ErasureOut, **problems(422)},
    summary="Erase all LRS data of a person permanently",
)
def erase_person(request: HttpRequest, given: ErasureIn) -> Any:
    """Statements by or about the person are deleted, and in others the name is replaced.

    The log keeps who did it, when and why, but not whose data it was.
    """
    actor = actor_of(request)
    actor.require(Permission.LEARNERS_ERASE)
    made = actions.erase(actor, actions.person_in(given.agent), given.reason)
    return Status(
        201,
        {
            "id": str(made.id),
            "statements": made.statements,
            "redacted": made.redacted,
            "documents": made.documents,
            "at": made.at,
        },
    )
