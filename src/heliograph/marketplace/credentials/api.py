"""REST routes of credentials."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema, Status

from heliograph.accounts import queries as accounts
from heliograph.accounts.api_auth import SIGNED_IN
from heliograph.accounts.page_access import actor_of
from heliograph.core.permissions import Permission
from heliograph.core.web.paging import DatedQuery, page_of
from heliograph.core.web.schemas import Body, problems
from heliograph.marketplace.credentials import actions, documents, keys, templates
from heliograph.marketplace.credentials.queries import credential, credentials
from heliograph.marketplace.models import AwardedCredential, CredentialTemplate, CredentialTemplateVersion

router = Router(tags=["Credentials"], auth=SIGNED_IN)


class AwardedOut(Schema):
    number: str
    title: str
    holder_name: str
    enrollment: str = Field(description="ID of the enrollment.")
    status: Literal["valid", "expired", "revoked"]
    awarded_at: datetime
    completed_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    revocation_reason: str
    url: str = Field(description="Public page on which anybody can verify it.")
    badge_url: str = Field(description="The credential as a signed Open Badge 3.0; public.")


class AwardedPage(Schema):
    items: list[AwardedOut]
    next_cursor: str | None
    next: str | None


class AwardedQuery(DatedQuery):
    search: str = Field("", description="Part of the name or title, or the number.")
    status: Literal["", "valid", "revoked"] = Field("", description="Whether it was revoked.")


class Revocation(Body):
    reason: str


class CertificateSignature(Body):
    name: str
    role: str = ""


class CertificateTemplateIn(Body):
    name: str
    title: str = Field(description="Heading of the certificate.")
    blocks: list[str] = Field(
        [],
        description="Paragraphs. `{name}`, `{program}`, `{completed}` and others are filled.",
    )
    signatures: list[CertificateSignature] = []
    accent: str = Field("#8a4b08", description="Color as `#rrggbb`, dark enough to be read on white.")
    orientation: Literal["landscape", "portrait"] = "landscape"
    language: str = Field("en", description="Language of the document.")
    months: int | None = Field(None, description="How long credentials are valid where no program says.")


class CertificateTemplateOut(CertificateTemplateIn):
    id: str
    version: int
    usual: bool = Field(description="Whether it is for all programs that have no template of their own.")


class IssuerKeyOut(Schema):
    id: str = Field(description="Address of the public key; proofs name it.")
    kind: Literal["RSA", "Ed25519"] = Field(description="RSA signs VC-JWT, Ed25519 Data Integrity proofs.")
    created_at: datetime
    retired_at: datetime | None = Field(description="Since when it signs nothing new. It stays published.")


@router.get("", response={200: AwardedPage, **problems(422)}, summary="List credentials")
def list_awarded_credentials(request: HttpRequest, query: Query[AwardedQuery]) -> Any:
    """What students received, newest first."""
    actor = actor_of(request)
    actor.require(Permission.PROGRAMS_VIEW)
    return page_of(
        request, credentials(actor.organization_id, query.search, query.status), query, show_credential
    )


@router.get(
    "/templates",
    response={200: list[CertificateTemplateOut], **problems()},
    summary="List certificate templates",
)
def list_credential_templates(request: HttpRequest) -> Any:
    """What certificates and badges look like, each in its newest version, by name."""
    actor = actor_of(request)
    actor.require(Permission.PROGRAMS_VIEW)
    return [_show_template(row, row.versions.all()[0]) for row in templates.templates(actor.organization_id)]


@router.post(
    "/templates",
    response={201: CertificateTemplateOut, **problems(409, 422)},
    summary="Create a certificate template",
)
def create_credential_template(request: HttpRequest, body: CertificateTemplateIn) -> Any:
    """The first one is for all programs that have no template of their own."""
    actor = actor_of(request)
    actor.require(Permission.PROGRAMS_MANAGE)
    said = body.dict(exclude={"name", "signatures"})
    design = templates.Design(**said, signatures=[each.dict() for each in body.signatures])
    made = templates.create(actor, body.name, design)
    return Status(201, _show_template(made, templates.newest(made)))


@router.get("/issuer-keys", response={200: list[IssuerKeyOut], **problems()}, summary="List signing keys")
def list_issuer_keys(request: HttpRequest) -> Any:
    """The keys that sign your credentials, and those that did, newest first."""
    actor = actor_of(request)
    actor.require(Permission.PROGRAMS_VIEW)
    return _shown_keys(actor.organization_id)


@router.post(
    "/issuer-keys/rotate",
    response={200: list[IssuerKeyOut], **problems(409)},
    summary="Replace the signing keys",
)
def rotate_issuer_keys(request: HttpRequest) -> Any:
    """New keys sign from now on. What the old ones signed stays valid, since they stay published."""
    actor = actor_of(request)
    actor.require(Permission.CREDENTIALS_MANAGE)
    keys.rotate(actor)
    return _shown_keys(actor.organization_id)


@router.post(
    "/{awarded_id}/revoke",
    response={200: AwardedOut, **problems(404, 422)},
    summary="Revoke a credential",
)
def revoke_awarded_credential(request: HttpRequest, awarded_id: str, body: Revocation) -> Any:
    """Its public page says so at once. The completion of the program stays."""
    actor = actor_of(request)
    actor.require(Permission.CREDENTIALS_MANAGE)
    return show_credential(actions.revoke(actor, credential(actor.organization_id, awarded_id), body.reason))


def _show_template(row: CredentialTemplate, version: CredentialTemplateVersion) -> dict[str, Any]:
    return {
        "id": str(row.id),
        "name": row.name,
        "usual": row.usual,
        "version": version.number,
        "title": version.title,
        "blocks": version.blocks,
        "signatures": version.signatures,
        "accent": version.accent,
        "orientation": version.orientation,
        "language": version.language,
        "months": version.months,
    }


def _shown_keys(organization_id: UUID) -> list[dict[str, Any]]:
    organization = accounts.organization(organization_id)
    return [
        {
            "id": keys.address(organization, key),
            "kind": key.kind,
            "created_at": key.created_at,
            "retired_at": key.retired_at,
        }
        for key in keys.published(organization_id)
    ]


def show_credential(row: AwardedCredential) -> dict[str, Any]:
    """A credential as the API shows it."""
    return {
        "number": row.number,
        "title": row.title,
        "holder_name": row.holder_name,
        "enrollment": str(row.enrollment_id),
        "status": row.state,
        "awarded_at": row.awarded_at,
        "completed_at": row.completed_at,
        "expires_at": row.expires_at,
        "revoked_at": row.revoked_at,
        "revocation_reason": row.revocation_reason,
        "url": actions.address(row),
        "badge_url": documents.credential_address(row),
    }
