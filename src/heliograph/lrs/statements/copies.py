"""Copies of statements and documents that are stored, as history that is copied: written all at once, each at
a position or time of its own, with all that the store derives from what it says.

A statement is taken apart once, at whatever will differ between its copies. What a copy says is not checked
again: whoever copies starts from what `write.store` and `documents.put` have taken.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
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
    names: Parts | None  # what was sent, where it names an activity that no statement before it has named


def take_apart(statements: Iterable[Statement], split: Split) -> Iterator[StatementTemplate]:
    """Stored statements as templates; ``split`` takes a text apart."""
    named: set[str] = set()
    for row in statements:
        statement = msgspec.json.decode(row.sent)
        authority = keys.identifier(msgspec.json.decode(f"{{{row.added}}}")["authority"]) or ""
        of_each = [
            (kind, split(value)) for kind, value in {*keys.named(statement), (keys.AUTHORITY, authority)}
        ]
        activities = {activity["id"] for activity in keys.activities(statement)}
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
            names=None if activities <= named else split(row.sent),
        )
        named |= activities


@dataclass
class StatementCopies:
    """Copies that were made, until they are written."""

    _statements: list[str] = field(default_factory=list)
    _ids: list[str] = field(default_factory=list)
    _keys: list[str] = field(default_factory=list)
    _naming: dict[UUID, list[str]] = field(default_factory=dict)

    def add(self, template: StatementTemplate, fill: Fill) -> None:
        """One more copy; ``fill`` puts what is its own into what was taken apart."""
        position = fill(template.position)
        place = f"{template.organization_id}\t{position}"
        statement_id = fill(template.statement_id)
        texts = "\t".join(map(fill, (template.sent, template.shown, template.added)))
        flags = f"f\t{'ft'[template.without_timestamp]}"
        self._statements.append(f"{place}\t{statement_id}\t{flags}\t{texts}\n")
        digest = equality.digest_of(fill(template.text).encode()).hex()
        self._ids.append(f"{template.organization_id}\t{statement_id}\t{position}\t{digest}\tf\tf\tf\n")
        own_keys = {keys.key(kind, fill(parts)) for kind, parts in template.own_keys}
        self._keys += [f"{place}\t{key}\n" for key in template.keys_of_all | own_keys]
        if template.names:
            self._naming.setdefault(template.organization_id, []).append(fill(template.names))

    def write(self) -> None:
        """Store them all. Call it in a transaction."""
        _copy(
            "lrs_statement "
            "(organization_id, id, statement_id, voided, without_timestamp, sent, shown, added)",
            self._statements,
        )
        _copy(
            "lrs_statementid "
            "(organization_id, statement_id, position, digest, voided, voids, referrers_wait)",
            self._ids,
        )
        _copy("lrs_key (organization_id, id, key)", self._keys)
        for organization_id, sent in self._naming.items():
            definitions.note(organization_id, list(map(msgspec.json.decode, sent)))
        for written in (self._statements, self._ids, self._keys, self._naming):
            written.clear()


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


def _copy(target: str, rows: list[str]) -> None:
    with connection.cursor() as cursor, cursor.copy(f"COPY {target} FROM STDIN") as copy:
        copy.write("".join(rows))


def _escaped(text: str) -> str:
    """As COPY takes it; what was sent may have line breaks between its properties."""
    text = text.replace("\\", "\\\\")
    return text.replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")
