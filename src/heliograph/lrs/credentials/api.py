"""REST routes of the record store's credentials. Statements themselves are read and written through xAPI."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema, Status

from heliograph.accounts.api_auth import SIGNED_IN
from heliograph.accounts.page_access import actor_of
from heliograph.core.permissions import Permission
from heliograph.core.web.paging import PageQuery, page_of
from heliograph.core.web.schemas import AwareMoment, Body, problems
from heliograph.lrs.access import SCOPES
from heliograph.lrs.credentials import actions, queries
from heliograph.lrs.models import Credential

organization = Router(tags=["LRS credentials"], auth=SIGNED_IN)


class CredentialOut(Schema):
    id: str
    name: str
    key: str = Field(
        description=(
            "User name of Basic authentication, and the authority of statements sent with this credential."
        )
    )
    scopes: list[str]
    activity_prefix: str = Field(
        description="Only activities whose IDs start with this prefix are allowed; blank for all."
    )
    state: str = Field(description="`active`, `expired` or `revoked`.")
    created_at: datetime
    created_by: str
    expires_at: datetime | None
    last_used_at: datetime | None = Field(description="To within five minutes.")
    revoked_at: datetime | None


class CredentialIn(Body):
    name: str = Field(description="Name of the client.")
    scopes: list[str] = Field(
        default_factory=lambda: list(actions.USUAL),
        description="; ".join(f"`{scope}`: {words}" for scope, words in SCOPES.items()) + ".",
    )
    activity_prefix: str = Field("", description="Only allow activities whose IDs start with this prefix.")
    expires_at: AwareMoment | None = Field(None, description="With a time zone; null for never.")


class CredentialMade(CredentialOut):
    endpoint: str = Field(description="Endpoint of the LRS.")
    secret: str = Field(description="Password of Basic authentication. Shown only once.")
    token: str = Field(description="For `Authorization: Bearer …` instead of Basic. Shown only once.")


class CredentialPage(Schema):
    items: list[CredentialOut]
    next_cursor: str | None
    next: str | None


@organization.get(
    "/credentials",
    response={200: CredentialPage, **problems()},
    summary="List LRS credentials",
)
def list_credentials(request: HttpRequest, query: Query[PageQuery]) -> Any:
    """Newest first, including revoked and expired credentials."""
    actor = actor_of(request)
    actor.require(Permission.RECORDS_MANAGE)
    return page_of(request, queries.credentials(actor.organization_id), query, show_credential)


@organization.post(
    "/credentials",
    response={201: CredentialMade, **problems(422)},
    summary="Create an LRS credential",
)
def create_credential(request: HttpRequest, body: CredentialIn) -> Any:
    """The secret is only in this response; a digest is stored."""
    made, secret = actions.create_credential(
        actor_of(request),
        body.name,
        body.scopes,
        activity_prefix=body.activity_prefix,
        expires_at=body.expires_at,
    )
    return Status(201, {**show_credential(made), **queries.shown_once(made, secret)})


@organization.delete(
    "/credentials/{credential_id}", response={204: None, **problems(404)}, summary="Revoke an LRS credential"
)
def revoke_credential(request: HttpRequest, credential_id: str) -> Any:
    """Applications using it lose access within seconds. Existing statements are kept."""
    actor = actor_of(request)
    actor.require(Permission.RECORDS_MANAGE)
    actions.revoke_credential(actor, queries.credential(actor.organization_id, credential_id))
    return Status(204, None)


def show_credential(credential: Credential) -> dict[str, Any]:
    columns = (
        "name",
        "key",
        "scopes",
        "activity_prefix",
        "state",
        "created_at",
        "created_by",
        "expires_at",
        "last_used_at",
        "revoked_at",
    )
    return {"id": str(credential.id), **{column: getattr(credential, column) for column in columns}}
