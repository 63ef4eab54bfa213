"""REST routes for what the record store holds of one person."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest, StreamingHttpResponse
from ninja import Field, Query, Router, Schema, Status

from heliograph.accounts.access import actor_of
from heliograph.accounts.api_auth import SIGNED_IN
from heliograph.core.actor import Role
from heliograph.core.schemas import problems
from heliograph.lrs import people
from heliograph.lrs.rules import keys

router = Router(tags=["Records"], auth=SIGNED_IN)


class PersonQuery(Schema):
    agent: str = Field("", description="The person: an xAPI agent as JSON. Needed.")


class ErasureIn(Schema):
    agent: str = Field("", description="The person: an xAPI agent as JSON. Needed.")
    reason: str = Field("", description="Why, in at most 1,000 characters; it is kept, the person is not. Needed.")


class ErasureOut(Schema):
    id: str
    statements: int = Field(description="Statements by or about the person, which are gone.")
    redacted: int = Field(description="Statements of others in which the person is nobody now.")
    documents: int = Field(description="States and profiles of the person, which are gone.")
    at: datetime


class HeldOut(Schema):
    statement: dict[str, Any] | None = Field(None, description="A statement that names the person, voided ones too.")
    document: dict[str, Any] | None = Field(None, description="A state or profile of the person; its content in base64.")
    undelivered: dict[str, Any] | None = Field(
        None, description="What a pipe keeps of a statement that it could not deliver, with the reason."
    )


@router.get("/person", response={200: list[HeldOut], **problems(422)}, summary="Everything the record store holds of a person")
def export(request: HttpRequest, query: Query[PersonQuery]) -> Any:
    actor = actor_of(request)
    actor.require(Role.ADMIN)
    identifier = keys.identifier(people.person_in(query.agent)) or ""
    return StreamingHttpResponse(people.as_json(actor.organisation_id, identifier), content_type="application/json")


@router.post("/person/erase", response={201: ErasureOut, **problems(422)}, summary="Erase a person's records for good")
def erase(request: HttpRequest, given: ErasureIn) -> Any:
    actor = actor_of(request)
    actor.require(Role.ADMIN)
    made = people.erase(actor, people.person_in(given.agent), given.reason)
    return Status(
        201, {"id": str(made.id), "statements": made.statements, "redacted": made.redacted, "documents": made.documents, "at": made.at}
    )
