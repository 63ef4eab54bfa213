"""What a forwarding pipe reads of this store: statements in the order of their positions, voided ones too,
with the files they name.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import msgspec
from django.db import connection

from heliograph.core.database.prepared import PreparedStatement as Prepared
from heliograph.lrs.models import Attachment, Key
from heliograph.lrs.pipes.client import Parts
from heliograph.lrs.pipes.rules import StatementFilter, target_of
from heliograph.lrs.statements import query as statement_query
from heliograph.lrs.statements import write

AT_A_TIME = 500
LONGEST_CHAIN = 5


@dataclass(slots=True)
class Waiting:
    """A statement on its way: ``files`` are the attachments it names that are here, by hash, with media type
    and size.
    """

    position: UUID
    id: str
    text: str
    statement: dict[str, Any]
    files: dict[str, tuple[str, int]] = field(default_factory=dict)

    @property
    def size(self) -> int:
        return len(self.text) + sum(size for _, size in self.files.values())


_AFTER = Prepared("""
SELECT id, statement_id, coalesce(shown, sent), added, without_timestamp
  FROM lrs_statement
 WHERE organization_id = %(organization)s::uuid
   AND id > %(after)s::uuid AND id < %(before)s::uuid
 ORDER BY id LIMIT %(limit)s::bigint
""")


def after(organization_id: UUID, position: UUID, before: UUID, limit: int = AT_A_TIME) -> list[Waiting]:
    """The next statements behind a position."""
    rows = _AFTER.rows({"organization": organization_id, "after": position, "before": before, "limit": limit})
    return [_waiting(*row) for row in rows]


def at(organization_id: UUID, position: UUID) -> Waiting | None:
    """The statement at a position."""
    statements = after(organization_id, UUID(int=position.int - 1), UUID(int=position.int + 1), 1)
    if statements:
        note_files(organization_id, statements)
    return statements[0] if statements else None


def _waiting(position: UUID, statement_id: UUID, sent: str, added: str, without_timestamp: bool) -> Waiting:
    text = statement_query.unstored(position, sent, added, without_timestamp)
    return Waiting(position, str(statement_id), text, msgspec.json.decode(text))


def passed(
    organization_id: UUID, statements: list[Waiting], filter: StatementFilter, origin: int
) -> list[Waiting]:
    """Those that the filter takes, itself or what they refer to, and that did not come from where they would
    go.
    """
    positions = [statement.position for statement in statements]
    came = set(
        Key.objects.filter(organization_id=organization_id, key=origin, id__in=positions).values_list(
            "id", flat=True
        )
    )
    return [
        statement
        for statement in statements
        if statement.position not in came and _taken(organization_id, statement.statement, filter)
    ]


def _taken(organization_id: UUID, statement: dict[str, Any], filter: StatementFilter) -> bool:
    if filter.everything or filter.takes(statement):
        return True
    for _ in range(LONGEST_CHAIN):
        target = target_of(statement)
        referred = _stored(organization_id, target) if target else None
        if referred is None:
            return False
        statement = referred
        if filter.takes(statement):
            return True
    return False


def _stored(organization_id: UUID, statement_id: str) -> dict[str, Any] | None:
    statement = statement_query.statement(organization_id, UUID(statement_id)) or statement_query.statement(
        organization_id, UUID(statement_id), voided=True
    )
    decoded: dict[str, Any] | None = msgspec.json.decode(statement.json) if statement else None
    return decoded


def note_files(organization_id: UUID, statements: Iterable[Waiting]) -> None:
    """Find out which of the attachments that statements name are here."""
    naming = {}
    for statement in statements:
        if '"attachments"' in statement.text:
            naming[statement.id] = (
                statement,
                {
                    each["sha2"].lower(): each["contentType"]
                    for _, each in write.attachments(statement.statement)
                },
            )
    if not naming:
        return
    hashes = sorted({sha2 for _, named in naming.values() for sha2 in named})
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT sha2, octet_length(content) FROM lrs_attachment"
            " WHERE organization_id = %s AND sha2 = ANY(%s)",
            [organization_id, hashes],
        )
        sizes = dict(cursor.fetchall())
    for statement, named in naming.values():
        statement.files = {sha2: (media, sizes[sha2]) for sha2, media in named.items() if sha2 in sizes}


def parts_of(organization_id: UUID, some: Iterable[Waiting]) -> Parts:
    """The content of their attachments, each once."""
    media = {sha2: media for statement in some for sha2, (media, _) in statement.files.items()}
    if not media:
        return {}
    kept = Attachment.objects.filter(organization_id=organization_id, sha2__in=list(media)).order_by("sha2")
    return {file.sha2: (media[file.sha2], bytes(file.content)) for file in kept}
