"""What the record store holds of one person: handed out whole, and erased for good, with a record that it
happened.

Statements by or about the person go. In those that only name them beside others (a group's member, an
instructor) the name is replaced by one that means nobody. The ids stay taken, so that a program which sends
an old statement again does not bring it back.
"""

import base64
import hmac
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha1, sha256
from typing import Any
from uuid import UUID

import msgspec
from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet

from heliograph.audit.actions import record
from heliograph.core import clock
from heliograph.core.actor import Actor
from heliograph.core.errors import Invalid
from heliograph.core.permissions import Permission
from heliograph.core.translation import gettext
from heliograph.lrs import hooks
from heliograph.lrs.browser import search as browser
from heliograph.lrs.browser.search import Choice, StatementFilters
from heliograph.lrs.errors import RequestInvalid
from heliograph.lrs.models import Agent, CountCursor, Document, Erasure, SavedView, StatementCount
from heliograph.lrs.people import person_statements
from heliograph.lrs.pipes import undelivered
from heliograph.lrs.rules import keys
from heliograph.lrs.xapi.parameters import agent_in

_encode = msgspec.json.Encoder(enc_hook=str).encode


@dataclass(frozen=True)
class PersonData:
    """How much the store holds of a person; of either no more than one above `person_statements.MOST_COUNTED`
    is counted.
    """

    statements: int
    documents: int


def person_in(text: str) -> dict[str, Any]:
    """The person that an xAPI agent as JSON names. Raises `Invalid`."""
    try:
        return agent_in(text)
    except RequestInvalid as problem:
        raise Invalid(problem.sentence, code="person_invalid") from None


def search(organization_id: UUID, text: str) -> list[Choice]:
    """People by a part of their name or identifier; by the whole of it also those whom no statement names in
    a place of its own.
    """
    learners = browser.learners(organization_id, text)
    known = {learner.value for learner in learners}
    exactly = [
        identifier
        for identifier in _identifiers(text)
        if identifier not in known and holding(organization_id, identifier) != PersonData(0, 0)
    ]
    return [*learners, *(browser.learner(organization_id, identifier) for identifier in exactly)]


def _identifiers(text: str) -> list[str]:
    """What ``text`` may be the whole of; a mail address may have been told by its hash only."""
    mail = f"mailto:{text}"
    hashed = sha1(mail.encode(), usedforsecurity=False).hexdigest()
    agents = ({"mbox": mail}, {"mbox_sha1sum": hashed}, {"mbox_sha1sum": text}, {"openid": text})
    return [keys.identifier(agent) or "" for agent in agents]


def holding(organization_id: UUID, identifier: str) -> PersonData:
    """How much the store holds of the person."""
    documents = _documents(organization_id, identifier)[: person_statements.MOST_COUNTED + 1]
    return PersonData(person_statements.how_many(organization_id, identifier), documents.count())


def erasures(organization_id: UUID) -> QuerySet[Erasure]:
    """What was erased in an organization, newest first."""
    return Erasure.objects.filter(organization_id=organization_id).order_by("-id")


def erasures_of(organization_id: UUID, identifier: str) -> QuerySet[Erasure]:
    """The erasures that were about the person, newest first."""
    return erasures(organization_id).filter(person=person_digest(identifier))


def as_json(organization_id: UUID, identifier: str) -> Iterator[bytes]:
    """Everything that names the person as one JSON list, its contents in base64."""
    before = b"["
    for item in of_person(organization_id, identifier):
        if "document" in item:
            item["document"]["content"] = base64.b64encode(item["document"]["content"]).decode()
        yield before + _encode(item)
        before = b",\n"
    yield b"]" if before != b"[" else b"[]"


def of_person(organization_id: UUID, identifier: str) -> Iterator[dict[str, Any]]:
    """Everything that names the person: statements, voided ones too, and then their documents; one JSON
    object each.
    """
    for batch in person_statements.batches(organization_id, identifier):
        yield from ({"statement": msgspec.Raw(held.answered.encode())} for held in batch)
    for document in _documents(organization_id, identifier).order_by("id").iterator(chunk_size=100):
        shown = {
            "kind": document.kind,
            "name": document.name,
            "activity": document.activity,
            "content_type": document.content_type,
        }
        yield {"document": {**shown, "updated_at": document.updated_at, "content": bytes(document.content)}}
    for refused in undelivered.of_person(organization_id, identifier):
        yield {
            "undelivered": {"pipe": str(refused.pipe_id), "reason": refused.reason, "statement": refused.sent}
        }


@transaction.atomic
def erase(actor: Actor, agent: dict[str, Any], reason: str) -> Erasure:
    """Erase a person's records. Raises `Invalid` where the agent has no identifier, or nobody says why."""
    actor.require(Permission.LEARNERS_ERASE)
    identifier = keys.identifier(agent)
    if identifier is None:
        raise Invalid(
            gettext("Identify the person by mbox, mbox_sha1sum, openid or account."), code="person_invalid"
        )
    if not reason.strip() or len(reason) > 1000 or "\x00" in reason:
        raise Invalid(
            gettext("Enter a reason of up to 1,000 characters."), code="reason_missing", field="reason"
        )
    organization_id, key = actor.organization_id, keys.key(keys.AGENT, identifier)
    CountCursor.objects.select_for_update().filter(
        organization_id=organization_id
    ).first()  # nothing is counted meanwhile
    removal = person_statements.Removal(organization_id, identifier, undelivered.origins(organization_id))
    removal.run()
    forgotten = undelivered.forget(organization_id, identifier)
    documents, _ = _documents(organization_id, identifier).delete()
    StatementCount.objects.filter(organization_id=organization_id, agent=key).delete()
    Agent.objects.filter(organization_id=organization_id, key=key).delete()
    _delete_views(organization_id, identifier)
    hooks.person_erased.call(organization_id, keys.agent_of(identifier))
    made = Erasure.objects.create(
        organization_id=organization_id, person=person_digest(identifier), reason=reason.strip(),
        statements=removal.deleted + forgotten, redacted=removal.redacted, documents=documents,
        at=clock.now(), by=actor.label[:200],
    )  # fmt: skip
    record(
        actor,
        "erased records of",
        "person",
        made.id,
        f"{made.statements + made.redacted} statements",
        reason=made.reason,
        documents=documents,
    )
    return made


def _documents(organization_id: UUID, identifier: str) -> QuerySet[Document]:
    return Document.objects.filter(
        organization_id=organization_id, agent_key=keys.key(keys.AGENT, identifier)
    )


def _delete_views(organization_id: UUID, identifier: str) -> None:
    """Delete the saved views that name the person; a query begins with its learner."""
    named = StatementFilters(learner=identifier).query()
    SavedView.objects.filter(
        Q(query=named) | Q(query__startswith=f"{named}&"), organization_id=organization_id
    ).delete()


def person_digest(identifier: str) -> bytes:
    """What is kept of whom an erasure was about: it tells nothing to who does not know whom to ask for."""
    return hmac.digest(settings.HELIOGRAPH.secret_key.encode(), b"erased " + identifier.encode(), sha256)
