"""Copies of statements and documents that are stored, as history that is copied: written all at once, each at
a position or time of its own, with all that the store derives from what it says.

A statement is taken apart once, at whatever will differ between its copies. What a copy says is not checked
again: whoever copies starts from what `write.store` and `documents.put` have taken.
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import starmap
from typing import Any
from uuid import UUID

import msgspec
from django.db import connection

from heliograph.core import clock
from heliograph.core.ids import new_id
from heliograph.lrs.models import Document, Statement
from heliograph.lrs.rules import equality, keys
from heliograph.lrs.statements import definitions
from heliograph.lrs.statements.documents import Address, columns_of

Parts = list[str]  # a text that has at every odd place what differs
Split = Callable[[str], Parts]
Fill = Callable[[Parts], str]


@dataclass(frozen=True)
class StatementTemplate:
    """A stored statement, taken apart; one that refers to no other, is not voided and has no attachments."""

    organization_id: UUID
    without_timestamp: bool
    position: Parts
    statement_id: Parts
    sent: Parts
    shown: Parts
    added: Parts
    text: Parts  # of `equality.text`
    keys_of_all: frozenset[int]
    own_keys: list[tuple[bytes, Parts]]
    names: Parts | None  # what was sent, where the store learns of an activity or agent of the copy's own


def take_apart(statements: Iterable[Statement], split: Split) -> Iterator[StatementTemplate]:
    """Stored statements as templates; ``split`` takes a text apart."""
    named: set[str] = set()  # activities that differ: the store has learned the others from the template
    first = True  # of the first statement, the agent
    for row in statements:
        statement = msgspec.json.decode(row.sent)
        authority = keys.identifier(msgspec.json.decode(f"{{{row.added}}}")["authority"]) or ""
        of_each = [
            (kind, split(value)) for kind, value in {*keys.named(statement), (keys.AUTHORITY, authority)}
        ]
        activities = {
            activity["id"] for activity in keys.activities(statement) if len(split(activity["id"])) > 1
        }
        yield StatementTemplate(
            row.organization_id,
            row.without_timestamp,
            split(str(row.id)),
            split(str(row.statement_id)),
            split(_escaped(row.sent)),
            split("\\N" if row.shown is None else _escaped(row.shown)),
            split(_escaped(row.added)),
            split(equality.text(statement).decode()),
            frozenset(keys.key(kind, parts[0]) for kind, parts in of_each if len(parts) == 1),
            [(kind, parts) for kind, parts in of_each if len(parts) > 1],
            names=split(row.sent) if first or not activities <= named else None,
        )
        named |= activities
        first = False


def write_statements(copies: Collection[tuple[StatementTemplate, Fill]]) -> None:
    """Store copies; each ``fill`` puts what is a copy's own into what was taken apart. Call it in a
    transaction.
    """
    _copy(
        "lrs_statement (organization_id, id, statement_id, voided, without_timestamp, sent, shown, added)",
        starmap(_statement, copies),
    )
    _copy(
        "lrs_statementid (organization_id, statement_id, position, digest, voided, voids, referrers_wait)",
        starmap(_id, copies),
    )
    _copy("lrs_key (organization_id, id, key)", starmap(_keys, copies))
    naming: dict[UUID, list[Any]] = {}
    for template, fill in copies:
        if template.names:
            statement = msgspec.json.decode(fill(template.names))
            naming.setdefault(template.organization_id, []).append(statement)
    for organization_id, statements in naming.items():
        definitions.note(organization_id, statements)


def _statement(template: StatementTemplate, fill: Fill) -> str:
    place = f"{template.organization_id}\t{fill(template.position)}\t{fill(template.statement_id)}"
    texts = "\t".join(map(fill, (template.sent, template.shown, template.added)))
    return f"{place}\tf\t{'ft'[template.without_timestamp]}\t{texts}\n"


def _id(template: StatementTemplate, fill: Fill) -> str:
    digest = equality.digest_of(fill(template.text).encode()).hex()
    ids = f"{fill(template.statement_id)}\t{fill(template.position)}"
    return f"{template.organization_id}\t{ids}\t{digest}\tf\tf\tf\n"


def _keys(template: StatementTemplate, fill: Fill) -> str:
    place = f"{template.organization_id}\t{fill(template.position)}"
    own_keys = {keys.key(kind, fill(parts)) for kind, parts in template.own_keys}
    return "".join(f"{place}\t{key}\n" for key in template.keys_of_all | own_keys)


def write_documents(organization_id: UUID, copies: Iterable[tuple[Address, bytes, str, datetime]]) -> None:
    """Store copies of documents: where each lies, its content and its type, and when it was changed."""
    Document.objects.bulk_create(_documents(organization_id, copies))


def _documents(
    organization_id: UUID, copies: Iterable[tuple[Address, bytes, str, datetime]]
) -> Iterator[Document]:
    for address, content, content_type, moment in copies:
        with clock.at(moment):
            columns: dict[str, Any] = columns_of(organization_id, address, content, content_type)
            yield Document(id=new_id(), **columns)


def _copy(target: str, rows: Iterable[str]) -> None:
    """Rows are made while the database stores those before them."""
    with connection.cursor() as cursor, cursor.copy(f"COPY {target} FROM STDIN") as copy:
        for row in rows:
            copy.write(row)


def _escaped(text: str) -> str:
    """As COPY takes it; what was sent may have line breaks between its properties."""
    text = text.replace("\\", "\\\\")
    return text.replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")
