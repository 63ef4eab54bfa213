"""What the record store holds of one person: handed out whole, and erased for good, with a record that it happened.

Statements by or about the person go. In those that only name them beside others (a group's member, an instructor) the name is replaced by one that
means nobody. The ids stay taken, so that a program which sends an old statement again does not bring it back.
"""

import hmac
from collections.abc import Iterator
from hashlib import sha256
from typing import Any
from uuid import UUID

import msgspec
from django.conf import settings
from django.db import transaction
from django.db.models import Q

from heliograph.core import clock
from heliograph.core.actor import Actor, Role
from heliograph.core.errors import Invalid
from heliograph.journal.actions import record
from heliograph.lrs import naming
from heliograph.lrs.browsing import Asked
from heliograph.lrs.models import Agent, Document, Erasure, SavedView, TalliedUntil, Tally
from heliograph.lrs.pipes import keeping
from heliograph.lrs.rules import keys


def of_person(organisation_id: UUID, identifier: str) -> Iterator[dict[str, Any]]:
    """Everything that names the person: statements, voided ones too, and then their documents; one JSON object each."""
    for batch in naming.batches(organisation_id, identifier):
        yield from ({"statement": msgspec.Raw(held.answered.encode())} for held in batch)
    for document in Document.objects.filter(organisation_id=organisation_id, agent_key=keys.key(keys.AGENT, identifier)).order_by("id"):
        told = {"kind": document.kind, "name": document.name, "activity": document.activity, "content_type": document.content_type}
        yield {"document": {**told, "updated_at": document.updated_at, "content": bytes(document.content)}}
    for refused in keeping.of_person(organisation_id, identifier):
        yield {"undelivered": {"pipe": str(refused.pipe_id), "reason": refused.reason, "statement": refused.sent}}


@transaction.atomic
def erase(actor: Actor, agent: dict[str, Any], reason: str) -> Erasure:
    """Erase a person's records. Raises `Invalid` where the agent has no identifier, or nobody says why."""
    actor.require(Role.ADMIN)
    identifier = keys.identifier(agent)
    if identifier is None:
        raise Invalid("Name the person by mbox, mbox_sha1sum, openid or account.", code="person_invalid")
    if not reason.strip() or len(reason) > 1000 or "\x00" in reason:
        raise Invalid("Say why, in at most 1,000 characters: it is kept.", code="reason_missing")
    organisation_id, key = actor.organisation_id, keys.key(keys.AGENT, identifier)
    TalliedUntil.objects.select_for_update().filter(organisation_id=organisation_id).first()  # nothing is counted meanwhile
    removal = naming.Removal(organisation_id, identifier, keeping.origins(organisation_id))
    removal.run()
    documents, _ = Document.objects.filter(organisation_id=organisation_id, agent_key=key).delete()
    undelivered = keeping.forget(organisation_id, identifier)
    Tally.objects.filter(organisation_id=organisation_id, agent=key).delete()
    Agent.objects.filter(organisation_id=organisation_id, key=key).delete()
    _delete_views(organisation_id, identifier)
    made = Erasure.objects.create(
        organisation_id=organisation_id, person=person_digest(identifier), reason=reason.strip(), statements=removal.deleted + undelivered,
        redacted=removal.redacted, documents=documents, at=clock.now(), by=actor.label[:200],
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


def _delete_views(organisation_id: UUID, identifier: str) -> None:
    """Delete the saved views that name the person; a query begins with its learner."""
    named = Asked(learner=identifier).query()
    SavedView.objects.filter(Q(query=named) | Q(query__startswith=f"{named}&"), organisation_id=organisation_id).delete()


def person_digest(identifier: str) -> bytes:
    """What is kept of whom an erasure was about: it tells nothing to who does not know whom to ask for."""
    return hmac.digest(settings.HELIOGRAPH.secret_key.encode(), b"erased " + identifier.encode(), sha256)
