"""Documents: states, activity profiles and agent profiles, with their preconditions (1.0.3 Communication 2.3,
2.6, 2.7, 3.1; 2.0 section 4.1.6).
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from django.db import transaction

from heliograph.core import clock
from heliograph.core.database.locks import lock_by_name
from heliograph.core.ids import new_id
from heliograph.lrs.errors import DocumentConflict, PreconditionFailed, RequestInvalid
from heliograph.lrs.models import Document
from heliograph.lrs.rules import etags, keys

JSON = "application/json"
STATE = Document.Kind.STATE


@dataclass(frozen=True)
class Address:
    """Where a document lies.

    ``name`` is empty where all of an owner's are meant; ``agent`` is `rules.keys.identifier`.
    """

    kind: Document.Kind
    activity: str = ""
    agent: str = ""
    registration: UUID | None = None
    name: str = ""

    @property
    def owner(self) -> UUID:
        return _digest(self.kind.value, self.activity, self.agent)

    @property
    def position(self) -> UUID:
        return _digest(self.kind.value, self.activity, self.agent, self.name, str(self.registration or ""))


@dataclass(frozen=True)
class Preconditions:
    """The headers If-Match and If-None-Match; None where the request has none."""

    match: str | None = None
    none_match: str | None = None

    @property
    def given(self) -> bool:
        return self.match is not None or self.none_match is not None

    def refuse(self, etag: str | None) -> None:
        """Raise `PreconditionFailed` where the document's ``etag`` (None: there is none) is not what was
        asked for.
        """
        if self.match is not None and not etags.matches(self.match, etag):
            raise PreconditionFailed(
                "The document was modified since you read it. Read it again before you write."
            )
        if self.none_match is not None and not etags.none_matches(self.none_match, etag):
            raise PreconditionFailed(
                "The document already exists. To replace it, send its ETag with If-Match."
            )


def _digest(*parts: str) -> UUID:
    framed = b"".join(
        len(raw).to_bytes(4, "big") + raw for raw in (part.encode("utf-8", "surrogatepass") for part in parts)
    )
    return UUID(bytes=hashlib.blake2b(framed, digest_size=16).digest())


def read(organization_id: UUID, address: Address) -> Document | None:
    """The document at an address."""
    return Document.objects.filter(organization_id=organization_id, address=address.position).first()


def names(organization_id: UUID, address: Address, since: datetime | None) -> list[str]:
    """The names of an owner's documents, changed later than ``since``; of every registration where the
    address says none.
    """
    documents = Document.objects.filter(organization_id=organization_id, owner=address.owner)
    if address.registration:
        documents = documents.filter(registration=address.registration)
    if since:
        documents = documents.filter(updated_at__gt=since)
    return list(dict.fromkeys(documents.order_by("updated_at").values_list("name", flat=True)))


@transaction.atomic
def put(
    organization_id: UUID,
    address: Address,
    content: bytes,
    content_type: str,
    conditions: Preconditions,
    *,
    careful: bool,
) -> None:
    """Replace a document. Where ``careful``, an existing one is replaced only by who says which one it knows.

    Raises `PreconditionFailed`, `DocumentConflict`.
    """
    before = _held(organization_id, address)
    if careful and before and not conditions.given:
        raise DocumentConflict(
            "The document already exists. To replace it, send its ETag with If-Match; to only "
            "create new ones, send If-None-Match: *."
        )
    conditions.refuse(before.etag if before else None)
    _write(organization_id, address, before, content, content_type)


@transaction.atomic
def post(
    organization_id: UUID, address: Address, content: bytes, content_type: str, conditions: Preconditions
) -> None:
    """Merge JSON into a document, property by property at its top; store it where there is none.

    Raises `PreconditionFailed`, `RequestInvalid`.
    """
    before = _held(organization_id, address)
    conditions.refuse(before.etag if before else None)
    json_sent = _media(content_type) == JSON
    if json_sent and not isinstance(_decoded(content), dict):
        raise RequestInvalid(
            "A document that is posted as JSON must be a JSON object.", code="document_not_object"
        )
    if before is not None:
        old = _decoded(bytes(before.content)) if _media(before.content_type) == JSON else None
        if not isinstance(old, dict) or not json_sent:
            raise RequestInvalid(
                "Documents are merged only where both are JSON objects with the type application/json. "
                "Use PUT to replace this one.",
                code="document_not_mergeable",
            )
        content = msgspec.json.encode({**_raw(bytes(before.content)), **_raw(content)})
    _write(organization_id, address, before, content, content_type)


@transaction.atomic
def delete(organization_id: UUID, address: Address, conditions: Preconditions) -> None:
    """Delete a document, or all of an owner's where the address has no name. Raises `PreconditionFailed`."""
    if not address.name:
        document = Document.objects.filter(organization_id=organization_id, owner=address.owner)
        (document.filter(registration=address.registration) if address.registration else document).delete()
        return
    before = _held(organization_id, address)
    conditions.refuse(before.etag if before else None)
    if before:
        before.delete()


def _held(organization_id: UUID, address: Address) -> Document | None:
    """The document, locked; of two that make one at the same time the second waits here."""
    lock_by_name(f"document {organization_id} {address.position}")
    return (
        Document.objects.select_for_update()
        .filter(organization_id=organization_id, address=address.position)
        .first()
    )


def _write(
    organization_id: UUID, address: Address, before: Document | None, content: bytes, content_type: str
) -> None:
    columns = columns_of(organization_id, address, content, content_type)
    if before:
        Document.objects.filter(id=before.id).update(**columns)
        return
    Document.objects.create(id=new_id(), **columns)


def columns_of(organization_id: UUID, address: Address, content: bytes, content_type: str) -> dict[str, Any]:
    """The columns of a document that is written now, all but its id."""
    return {
        "organization_id": organization_id,
        "kind": address.kind,
        "owner": address.owner,
        "address": address.position,
        "registration": address.registration,
        "name": address.name,
        "activity": address.activity,
        "agent": address.agent,
        "agent_key": keys.key(keys.AGENT, address.agent) if address.agent else None,
        "content": content,
        "content_type": content_type[:255],
        "etag": etag_of(content),
        "updated_at": clock.now(),
    }


def etag_of(content: bytes) -> str:
    """What a document is known by: SHA-1 over its content (1.0.3 Communication 3.1)."""
    return hashlib.sha1(content, usedforsecurity=False).hexdigest()


def _media(content_type: str) -> str:
    return content_type.partition(";")[0].strip().lower()


def _decoded(content: bytes) -> Any:
    try:
        return msgspec.json.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _raw(content: bytes) -> dict[str, msgspec.Raw]:
    """The properties of a JSON object, each as it was written."""
    return msgspec.json.decode(content, type=dict[str, msgspec.Raw])
