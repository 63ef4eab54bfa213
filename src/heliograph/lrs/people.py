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
from django.db import connection, transaction
from django.db.models import Q

from heliograph.core import clock
from heliograph.core.actor import Actor, Role
from heliograph.core.errors import Invalid
from heliograph.journal.actions import record
from heliograph.lrs import finding, storing
from heliograph.lrs.browsing import Asked
from heliograph.lrs.models import Agent, Attachment, Document, Erasure, Key, SavedView, Statement, StatementId, Tally
from heliograph.lrs.pipes import keeping
from heliograph.lrs.rules import keys

NOBODY = "erased"
AT_A_TIME = 200


def of_person(organisation_id: UUID, identifier: str) -> Iterator[dict[str, Any]]:
    """Everything that names the person: statements, voided ones too, and then their documents; one JSON object each."""
    for place, _ in _places(organisation_id, identifier):
        row = Statement.objects.filter(organisation_id=organisation_id, id=place).first()
        if row:
            yield {"statement": msgspec.Raw(finding.answered(row.id, row.shown or row.sent, row.added, row.undated).encode())}
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
    if not reason.strip() or len(reason) > 1000:
        raise Invalid("Say why, in at most 1,000 characters: it is kept.", code="reason_missing")
    organisation_id, key = actor.organisation_id, keys.key(keys.AGENT, identifier)
    erased = redacted = 0
    for place, only_beside_others in _places(organisation_id, identifier):
        row = Statement.objects.filter(organisation_id=organisation_id, id=place).first()
        if row and only_beside_others(row):
            _redact(row, identifier)
            redacted += 1
        elif row:
            _delete(row)
            erased += 1
    documents, _ = Document.objects.filter(organisation_id=organisation_id, agent_key=key).delete()
    erased += keeping.forget(organisation_id, identifier)
    Tally.objects.filter(organisation_id=organisation_id, agent=key).delete()
    Agent.objects.filter(organisation_id=organisation_id, key=key).delete()
    _delete_views(organisation_id, identifier)
    made = Erasure.objects.create(
        organisation_id=organisation_id, person=person_digest(identifier), reason=reason.strip(), statements=erased, redacted=redacted,
        documents=documents, at=clock.now(), by=actor.label[:200],
    )  # fmt: skip
    record(actor, "erased records of", "person", made.id, f"{erased + redacted} statements", reason=made.reason, documents=documents)
    return made


def _delete_views(organisation_id: UUID, identifier: str) -> None:
    """Delete the saved views that name the person; a query begins with its learner."""
    named = Asked(learner=identifier).query()
    SavedView.objects.filter(Q(query=named) | Q(query__startswith=f"{named}&"), organisation_id=organisation_id).delete()


def person_digest(identifier: str) -> bytes:
    """What is kept of whom an erasure was about: it tells nothing to who does not know whom to ask for."""
    return hmac.digest(settings.HELIOGRAPH.secret_key.encode(), b"erased " + identifier.encode(), sha256)


def _places(organisation_id: UUID, identifier: str) -> Iterator[tuple[UUID, Any]]:
    """The places of the statements that name the person, oldest first."""
    wanted = [keys.key(kind, identifier) for kind in (keys.AGENT, keys.ANY_AGENT)]
    after = finding.LOWEST
    while True:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT DISTINCT id FROM lrs_key WHERE organisation_id = %s AND key = ANY(%s) AND id > %s ORDER BY id LIMIT %s",
                [organisation_id, wanted, after, AT_A_TIME],
            )
            places = [row[0] for row in cursor.fetchall()]
        yield from ((place, lambda row: _only_beside_others(row, identifier)) for place in places)
        if len(places) < AT_A_TIME:
            return
        after = places[-1]


def _only_beside_others(row: Statement, identifier: str) -> bool:
    """Whether a statement is by and about somebody else, and names the person only in between."""
    statement = msgspec.json.decode(row.sent)
    about = statement["object"]
    main = [statement["actor"], *([about] if about.get("objectType") in ("Agent", "Group") else [])]
    if about.get("objectType") == "SubStatement":
        main.append(about["actor"])
    return all(keys.identifier(one) != identifier for one in main)


def _delete(row: Statement) -> None:
    organisation_id = row.organisation_id
    attached = {attachment["sha2"].lower() for _, attachment in storing.attachments(msgspec.json.decode(row.sent))}
    Key.objects.filter(organisation_id=organisation_id, id=row.id, key__in=_keys_of(row)).delete()
    Statement.objects.filter(organisation_id=organisation_id, id=row.id).delete()
    StatementId.objects.filter(organisation_id=organisation_id, statement_id=row.statement_id).update(digest=None)
    for sha2 in attached:
        if not Key.objects.filter(organisation_id=organisation_id, key=keys.key(keys.ATTACHMENT, sha2)).exists():
            Attachment.objects.filter(organisation_id=organisation_id, sha2=sha2).delete()


def _keys_of(row: Statement) -> list[int]:
    """All keys a statement may have, those of what it refers to included."""
    statement = msgspec.json.decode(row.sent)
    authority = keys.identifier(msgspec.json.decode(finding.answered(row.id, row.shown or row.sent, row.added, row.undated))["authority"])
    about = statement["object"]
    target = about["id"].lower() if about.get("objectType") == "StatementRef" else None
    own = keys.of_statement(statement, authority or "")
    own |= keeping.origins(row.organisation_id)
    return list(own | (storing.inherited(row.organisation_id, target) if target else set()))


def _redact(row: Statement, identifier: str) -> None:
    """Put nobody in the person's place."""
    nobody = {"objectType": "Agent", "account": {"homePage": settings.HELIOGRAPH.url, "name": NOBODY}}
    redacted = {
        column: msgspec.json.encode(_without(msgspec.json.decode(getattr(row, column)), identifier, nobody)).decode()
        for column in ("sent", "shown")
        if getattr(row, column)
    }
    Statement.objects.filter(organisation_id=row.organisation_id, id=row.id).update(**redacted)
    gone = [keys.key(kind, identifier) for kind in (keys.AGENT, keys.ANY_AGENT)]
    Key.objects.filter(organisation_id=row.organisation_id, id=row.id, key__in=gone).delete()


def _without(value: Any, identifier: str, nobody: dict[str, Any]) -> Any:
    if isinstance(value, dict):
        if keys.names_somebody(value) and keys.identifier(value) == identifier:
            return nobody
        return {name: _without(inner, identifier, nobody) for name, inner in value.items()}
    return [_without(inner, identifier, nobody) for inner in value] if isinstance(value, list) else value
