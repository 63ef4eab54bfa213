"""The statements that name a person: counted as far as anybody wants to know, read in batches, taken out of
the store.

A removal looks at all of them before it deletes any: what refers to a statement is found by that one's keys
too, and these can be told only while it is there. A key that is left without its statement would cut the
pages it stands on short.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import msgspec
from django.conf import settings
from django.db import connection

from heliograph.lrs.models import Statement
from heliograph.lrs.rules import keys
from heliograph.lrs.statements import query as statement_query
from heliograph.lrs.statements import write

NOBODY = "erased"
AT_A_TIME = 500
MOST_COUNTED = 1_000
KINDS = (keys.AGENT, keys.ANY_AGENT, keys.AUTHORITY)


@dataclass(frozen=True, slots=True)
class Held:
    """A statement as it is stored."""

    position: UUID
    statement_id: UUID
    sent: str
    shown: str | None
    added: str
    without_timestamp: bool

    @property
    def answered(self) -> str:
        return statement_query.answered(
            self.position, self.shown or self.sent, self.added, self.without_timestamp
        )

    @property
    def statement(self) -> dict[str, Any]:
        decoded: dict[str, Any] = msgspec.json.decode(self.sent)
        return decoded

    def own_keys(self, statement: dict[str, Any]) -> set[int]:
        """The keys it has by itself, where it says ``statement``."""
        authority = msgspec.json.decode(f"{{{self.added}}}").get("authority") or statement["authority"]
        hashes = [attachment["sha2"].lower() for _, attachment in write.attachments(statement)]
        return keys.of_statement(statement, keys.identifier(authority) or "") | write.keys_of_attachments(
            statement, hashes
        )


def how_many(organization_id: UUID, identifier: str) -> int:
    """How many statements name the person; one more than `MOST_COUNTED` where it is more than that."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count(*) FROM ({_PLACES}) p", _wanted(organization_id, identifier, MOST_COUNTED + 1)
        )
        count: int = cursor.fetchone()[0]  # type: ignore[index]
    return count


def batches(organization_id: UUID, identifier: str) -> Iterator[list[Held]]:
    """The statements that name the person, voided ones too, oldest first."""
    after = statement_query.LOWEST
    while True:
        with connection.cursor() as cursor:
            cursor.execute(_BATCH, _wanted(organization_id, identifier, AT_A_TIME, after))
            rows = cursor.fetchall()
        yield [Held(*row) for row in rows if row[1]]
        if len(rows) < AT_A_TIME:
            return
        after = rows[-1][0]


def _wanted(
    organization_id: UUID, identifier: str, limit: int, after: UUID = statement_query.LOWEST
) -> dict[str, Any]:
    sought = [keys.key(kind, identifier) for kind in KINDS]
    return {"organization": organization_id, "keys": sought, "limit": limit, "after": after}


# Each key is read in its order and no further than the limit, however many statements it stands for.
_PLACES = """
SELECT DISTINCT k.id
  FROM unnest(%(keys)s::bigint[]) AS sought(key),
       LATERAL (
         SELECT id
           FROM lrs_key
          WHERE organization_id = %(organization)s AND key = sought.key AND id > %(after)s
          ORDER BY id
          LIMIT %(limit)s
       ) k
 ORDER BY k.id
 LIMIT %(limit)s
"""

_BATCH = f"""
SELECT p.id, s.statement_id, s.sent, s.shown, s.added, s.without_timestamp
  FROM ({_PLACES}) p
  LEFT JOIN lrs_statement s ON s.organization_id = %(organization)s AND s.id = p.id
 ORDER BY p.id
"""


class Removal:
    """Takes a person out of the statements of an organization, in the caller's transaction.

    ``marks`` are keys that its statements may have without saying so.
    """

    def __init__(self, organization_id: UUID, identifier: str, marks: set[int]) -> None:
        self.organization_id, self.identifier, self.marks = organization_id, identifier, marks
        self.deleted = self.redacted = 0
        self._going: list[UUID] = []
        self._registrations: set[int] = set()
        self._attached: set[str] = set()
        self._inherited: dict[UUID, set[int]] = {}  # of those that refer to another, by position
        self._staying: dict[
            UUID, tuple[str, set[int]]
        ] = {}  # of these, those that stay: what they refer to, and their own keys

    def run(self) -> None:
        """Delete what is by or about the person, and put nobody in their place elsewhere."""
        self._look()
        self._forget_contents()
        for batch in batches(self.organization_id, self.identifier):
            read = [(held, held.statement) for held in batch]
            self._delete([(held, statement) for held, statement in read if self._is_main(statement)])
            self._redact([(held, statement) for held, statement in read if not self._is_main(statement)])
        self._loosen()
        self._drop_attachments()

    def _look(self) -> None:
        for batch in batches(self.organization_id, self.identifier):
            for held in batch:
                statement = held.statement
                if target := _target(statement):
                    self._inherited[held.position] = write.inherited(self.organization_id, target)
                if registration := statement.get("context", {}).get("registration"):
                    self._registrations.add(keys.key(keys.REGISTRATION, registration.lower()))
                if self._is_main(statement):
                    self._going.append(held.statement_id)
                    self._attached |= {
                        attachment["sha2"].lower() for _, attachment in write.attachments(statement)
                    }

    def _is_main(self, statement: dict[str, Any]) -> bool:
        """Whether a statement is by or about the person, and does not only name them beside others."""
        about = statement["object"]
        main = [statement["actor"], *([about] if about.get("objectType") in ("Agent", "Group") else [])]
        if about.get("objectType") == "SubStatement":
            main.append(about["actor"])
        return any(keys.identifier(agent) == self.identifier for agent in main)

    def _forget_contents(self) -> None:
        """The ids stay taken, without what was under them; held in the order in which writers hold them."""
        with connection.cursor() as cursor:
            cursor.execute(
                """
                WITH held AS (
                  SELECT statement_id
                    FROM lrs_statementid
                   WHERE organization_id = %(organization)s AND statement_id = ANY(%(ids)s::uuid[])
                   ORDER BY statement_id
                     FOR UPDATE
                )
                UPDATE lrs_statementid i SET digest = NULL
                  FROM held
                 WHERE i.organization_id = %(organization)s AND i.statement_id = held.statement_id
                """,
                {"organization": self.organization_id, "ids": self._going},
            )

    def _delete(self, batch: list[tuple[Held, dict[str, Any]]]) -> None:
        if not batch:
            return
        positions = [held.position for held, _ in batch]
        self._drop_keys(
            {
                held.position: held.own_keys(statement) | self._inherited.pop(held.position, set())
                for held, statement in batch
            }
        )
        # Content that a learner opened is found by its registration, also where it does not name it.
        with connection.cursor() as cursor:
            cursor.execute(
                """
                DELETE FROM lrs_key
                 WHERE organization_id = %s AND key = ANY(%s) AND id BETWEEN %s AND %s AND id = ANY(%s)
                """,
                [
                    self.organization_id,
                    list(self._registrations | self.marks),
                    positions[0],
                    positions[-1],
                    positions,
                ],
            )
        Statement.objects.filter(organization_id=self.organization_id, id__in=positions).delete()
        self.deleted += len(batch)

    def _redact(self, batch: list[tuple[Held, dict[str, Any]]]) -> None:
        named = {keys.key(kind, self.identifier) for kind in KINDS}
        changed, dropped = [], {}
        for held, statement in batch:
            is_changed = self._put_nobody(statement)
            own = held.own_keys(statement)
            dropped[held.position] = named - own
            if target := _target(statement):
                self._staying[held.position] = (target, own)
            if is_changed:
                changed.append((held, statement))
        self._drop_keys(dropped)
        with connection.cursor() as cursor:
            cursor.execute(
                """
                UPDATE lrs_statement s SET sent = g.sent, shown = g.shown
                  FROM unnest(%s::uuid[], %s::text[], %s::text[]) AS g(id, sent, shown)
                 WHERE s.organization_id = %s AND s.id = g.id
                """,
                [
                    [held.position for held, _ in changed],
                    [msgspec.json.encode(statement).decode() for _, statement in changed],
                    [self._shown(held) for held, _ in changed],
                    self.organization_id,
                ],
            )
        self.redacted += len(changed)

    def _shown(self, held: Held) -> str | None:
        if held.shown is None:
            return None
        shown = msgspec.json.decode(held.shown)
        self._put_nobody(shown)
        return msgspec.json.encode(shown).decode()

    def _put_nobody(self, statement: dict[str, Any]) -> bool:
        """Put nobody in the person's place, however deep; whether they were named at all."""
        waiting: list[Any] = [statement]
        something = False
        while waiting:
            outer = waiting.pop()
            for name, inner in list(outer.items() if isinstance(outer, dict) else enumerate(outer)):
                if isinstance(inner, dict) and self.identifier in keys.identifiers(inner):
                    outer[name] = {
                        "objectType": "Agent",
                        "account": {"homePage": settings.HELIOGRAPH.url, "name": NOBODY},
                    }
                    something = True
                elif isinstance(inner, (dict, list)):
                    waiting.append(inner)
        return something

    def _loosen(self) -> None:
        """What stays is no longer found by the keys of what it refers to and is gone."""
        dropped = {}
        for position, (target, own) in self._staying.items():
            dropped[position] = (
                self._inherited[position] - own - write.inherited(self.organization_id, target)
            )
        self._drop_keys(dropped)

    def _drop_keys(self, dropped: dict[UUID, set[int]]) -> None:
        pairs = [(key, position) for position, some in dropped.items() for key in some]
        if not pairs:
            return
        with connection.cursor() as cursor:
            cursor.execute(
                "DELETE FROM lrs_key k USING unnest(%s::bigint[], %s::uuid[]) AS g(key, id)"
                " WHERE k.organization_id = %s AND k.key = g.key AND k.id = g.id AND k.id BETWEEN %s AND %s",
                [
                    [key for key, _ in pairs],
                    [position for _, position in pairs],
                    self.organization_id,
                    min(dropped),
                    max(dropped),
                ],
            )

    def _drop_attachments(self) -> None:
        """Of what came with statements that are gone, delete what came with no other."""
        shas = sorted(self._attached)
        with connection.cursor() as cursor:
            cursor.execute(
                """
                DELETE FROM lrs_attachment a
                 USING unnest(%s::text[], %s::bigint[]) AS g(sha2, key)
                 WHERE a.organization_id = %s AND a.sha2 = g.sha2
                   AND NOT EXISTS (
                     SELECT 1 FROM lrs_key k WHERE k.organization_id = a.organization_id AND k.key = g.key)
                """,
                [shas, [keys.key(keys.ATTACHMENT, sha2) for sha2 in shas], self.organization_id],
            )


def _target(statement: dict[str, Any]) -> str | None:
    """The statement that this one refers to."""
    about = statement["object"]
    return about["id"].lower() if about.get("objectType") == "StatementRef" else None
