"""Writing statements: checked whole, claimed by id, stored once, in one statement of the database where
nothing refers to anything.

Ids are claimed in sorted order in a table of their own, so that two batches that overlap wait for each other
and never for ever; what is claimed already is the same statement by its digest, or a conflict, and then
nothing of the batch is stored. A statement that refers to another one is found by the other's keys too,
whichever of them comes first (docs/decisions/0009).
"""

import secrets
from collections.abc import Container, Iterable
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from hashlib import sha224, sha256, sha384, sha512
from typing import Any
from uuid import UUID, uuid4

import msgspec
from django.db import connection, transaction

from heliograph.core import clock, json
from heliograph.core.database.prepared import AWAY
from heliograph.core.database.prepared import PreparedStatement as Prepared
from heliograph.core.ids import new_id
from heliograph.core.rule_table import Broken
from heliograph.lrs import hooks
from heliograph.lrs.access import ADMIN, Access
from heliograph.lrs.errors import OutOfBounds, RequestInvalid, StatementConflict, StatementRefused
from heliograph.lrs.rules import equality, keys, signatures, values
from heliograph.lrs.rules.duplicate_json_keys import has_a_property_twice
from heliograph.lrs.rules.statement import VOIDED, check
from heliograph.lrs.rules.table import RULES
from heliograph.lrs.statements import definitions

MOST_AT_ONCE = 10_000
# 14 bits of a position: statements of one transaction that come after so many have no order among them
MOST_NUMBERED = 0x3FFF
LONGEST_CHAIN = 20
_HASHES = {56: sha224, 64: sha256, 96: sha384, 128: sha512}
_encode = msgspec.json.Encoder().encode
_properties = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_list = msgspec.json.Decoder(list[msgspec.Raw]).decode


@dataclass(slots=True)
class Ready:
    """A statement that was checked, and all that is written of it."""

    statement: dict[str, Any]
    id: str
    named: bool  # its sender gave it its id
    digest: str
    sent: str
    shown: str | None
    added: str
    target: str | None  # the statement it refers to
    voids: bool
    keys: set[int]
    attached: set[int]  # the keys, among them, of what came with it

    def row(self, number: int) -> dict[str, Any]:
        """Its row for `_WRITE`; ``number`` keeps the order of the batch in the ids of positions."""
        tail = f"{0x8000 | min(number, MOST_NUMBERED):04x}{secrets.randbits(48):012x}"
        return {
            "sid": self.id, "tail": tail, "digest": self.digest,
            "voids": self.voids, "without_timestamp": "timestamp" not in self.statement,
            "sent": self.sent, "shown": self.shown, "added": self.added, "keys": list(self.keys),
        }  # fmt: skip


def read_batch(body: bytes) -> list[bytes]:
    """The raw statements of a request's body, one or a list. Raises `StatementRefused`."""
    body = body.strip(b" \t\r\n")
    if not body.startswith(b"["):
        return [body]
    try:
        raw = [bytes(statement) for statement in _list(body)]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as reason:
        raise StatementRefused(f"The statements cannot be read: {reason}.", code="json_invalid") from None
    if len(raw) > MOST_AT_ONCE:
        raise RequestInvalid(
            f"Maximum of {MOST_AT_ONCE:,} statements per request. Send several requests.",
            code="too_many_statements",
        )
    return raw


def store(
    access: Access,
    raw: list[bytes],
    version: str,
    parts: dict[str, bytes] | None = None,
    *,
    under_id: str = "",
    multipart: bool = False,
    first: int = 0,
    inside: bool = False,
) -> list[str]:
    """Store statements and say their ids.

    ``parts`` are attachments by hash, ``under_id`` the id a PUT names, ``first`` how many the transaction has
    stored before: what one transaction stores in several steps keeps its order by it. ``inside``: the caller
    has a transaction of its own, and what the statements say of activities and agents is kept once that is
    over, so that nobody waits for it.

    Raises `StatementRefused` for the first one that breaks a rule, `StatementConflict`, `OutOfBounds`, and
    what guards raise; then nothing is stored.
    """
    several = len(raw) > 1
    parts = parts or {}
    batch = [
        prepare(access, statement, version, parts, under_id, number if several else None)
        for number, statement in enumerate(raw, 1)
    ]
    _refuse_same_id_in_batch(batch)
    if multipart:
        _refuse_unclaimed(batch, parts)
    plain = not any(statement.target for statement in batch) and not access.session
    together = several or not plain or bool(parts)
    try:
        written = _written(access, batch, parts, plain, together, first)
    except (
        AWAY
    ):  # since this thread last asked; the ids are given, so what was stored all the same is known again
        if connection.in_atomic_block:
            raise
        connection.close()
        written = _written(access, batch, parts, plain, together, first)
    note = partial(definitions.note, access.organization_id, [statement.statement for statement in written])
    transaction.on_commit(note) if inside else note()
    return [statement.id for statement in batch]


def prepare(
    access: Access,
    raw: bytes,
    version: str,
    parts: dict[str, bytes],
    under_id: str = "",
    number: int | None = None,
) -> Ready:
    """A statement, checked by every rule that needs no database. Raises `StatementRefused`, `OutOfBounds`."""
    try:
        statement = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as reason:
        raise StatementRefused(
            f"The statement is not JSON: {reason or 'it is nested too deeply'}.", code="json_invalid"
        ) from None
    try:
        check(statement, version)
        if has_a_property_twice(raw, statement):
            raise Broken(RULES["property.twice"], subject="The statement")
        _check_attachments(statement, parts)
        return _ready(access, raw, statement, version, under_id, parts)
    except Broken as broken:
        raise StatementRefused.by(broken, number) from None
    except RecursionError:
        raise StatementRefused("The statement is nested too deeply.", code="json_invalid") from None


def _ready(
    access: Access,
    raw: bytes,
    statement: dict[str, Any],
    version: str,
    under_id: str,
    parts: dict[str, bytes],
) -> Ready:
    own_id = statement.get("id", "").lower()
    if under_id and own_id and own_id != under_id.lower():
        raise RequestInvalid(
            f"The statement ID is {own_id}, but the address says {under_id}. Send the same ID.",
            code="id_mismatch",
        )
    statement_id = under_id.lower() or own_id or str(uuid4())
    about = statement["object"]
    target = about["id"].lower() if about.get("objectType") == "StatementRef" else None
    voids = statement["verb"]["id"] == VOIDED
    trusted = ADMIN in access.scopes and "authority" in statement
    authority = keys.identifier(statement["authority"]) or "" if trusted else access.authority_identifier
    _refuse_foreign(access, statement, voids)
    bound = {keys.key(keys.REGISTRATION, str(access.registration))} if access.registration else set()
    attached = keys_of_attachments(statement, parts) if parts else set()
    added = [] if own_id else [f'"id":"{statement_id}"']
    if not trusted:
        added.append(f'"authority":{access.authority}')
    if "version" not in statement:
        added.append('"version":"1.0.0"' if version == "1.0.3" else '"version":"2.0.0"')
    return Ready(
        statement=statement,
        id=statement_id,
        named=bool(own_id or under_id),
        digest=equality.digest(statement).hex(),
        sent=raw.decode(),
        shown=_shown(raw, statement, version, trusted),
        added=",".join(added),
        target=target,
        voids=voids,
        keys=keys.of_statement(statement, authority) | bound | access.marks | attached,
        attached=attached,
    )


def _refuse_foreign(access: Access, statement: dict[str, Any], voids: bool) -> None:
    """Content that a learner opened speaks of that learner and registration; a credential with a prefix of
    its own activities.
    """
    if access.activity_prefix:
        about = statement["object"]
        if about.get("objectType", "Activity") == "Activity":
            access.refuse_activity(about["id"])
    if access.registration is None:
        return
    if voids:
        raise OutOfBounds("Content cannot void statements.", code="content_voids")
    if keys.identifier(statement["actor"]) != access.agent:
        raise OutOfBounds(
            "Content may only send statements about the learner who opened it. Use the actor of the launch.",
            code="other_actor",
        )
    if statement.get("context", {}).get("registration", str(access.registration)).lower() != str(
        access.registration
    ):
        raise OutOfBounds(
            "Content may only write to the registration it was opened for.", code="other_registration"
        )


def _shown(raw: bytes, statement: dict[str, Any], version: str, trusted: bool) -> str | None:
    """What is answered instead of the statement as it was sent; None where that is what is answered."""
    replaced: dict[str, Any] = {}
    dropped = {"stored"} if trusted else {"stored", "authority"}
    normal = with_lists(statement)
    for name in ("context", "object"):
        if name in statement and normal[name] is not statement[name]:
            replaced[name] = normal[name]
    if version != "1.0.3" and "timestamp" in statement and not values.in_utc(statement["timestamp"]):
        moment = values.moment(statement["timestamp"])
        replaced["timestamp"] = (
            moment.isoformat(timespec="microseconds").replace("+00:00", "Z")
            if moment
            else statement["timestamp"]
        )
    if not replaced and dropped.isdisjoint(statement):
        return None
    kept = {
        name: replaced.get(name, value) for name, value in _properties(raw).items() if name not in dropped
    }
    return _encode(kept).decode()


def with_lists(statement: dict[str, Any]) -> dict[str, Any]:
    """The statement with every value of contextActivities as a list (1.0.3 Data 2.4.6.2; 2.0 section
    4.2.4.2); the same object where all are.
    """
    shown = statement
    listed = statement.get("context", {}).get("contextActivities")
    if listed and any(type(activity) is dict for activity in listed.values()):
        lists = {name: [value] if type(value) is dict else value for name, value in listed.items()}
        shown = {**shown, "context": {**statement["context"], "contextActivities": lists}}
    if statement["object"].get("objectType") == "SubStatement":
        inner = with_lists(statement["object"])
        if inner is not statement["object"]:
            shown = {**shown, "object": inner}
    return shown


def _check_attachments(statement: dict[str, Any], parts: dict[str, bytes]) -> None:
    for position, attachment in attachments(statement):
        content = parts.get(attachment["sha2"].lower())
        rule = ""
        if content is None and "fileUrl" not in attachment:
            rule = "attachment.unsent"
        elif (
            attachment["usageType"] == signatures.USAGE
            and attachment["contentType"] != "application/octet-stream"
        ):
            rule = "signature.media"
        if rule:
            broken = Broken(RULES[rule], subject="The statement")
            broken.path.extend(position)
            raise broken
        if content is not None and attachment["usageType"] == signatures.USAGE:
            signatures.check(statement, attachment, content)


def attachments(statement: dict[str, Any]) -> Iterable[tuple[list[str | int], dict[str, Any]]]:
    """The attachments of a statement and its sub-statement, each with the way to it, innermost first."""
    for number, attachment in enumerate(statement.get("attachments", ())):
        yield [number, "attachments"], attachment
    if statement["object"].get("objectType") == "SubStatement":
        for number, attachment in enumerate(statement["object"].get("attachments", ())):
            yield [number, "attachments", "object"], attachment


def keys_of_attachments(statement: dict[str, Any], among: Container[str]) -> set[int]:
    """The keys of those whose hash is ``among`` these."""
    hashes = {attachment["sha2"].lower() for _, attachment in attachments(statement)}
    return {keys.key(keys.ATTACHMENT, sha2) for sha2 in hashes if sha2 in among}


def hash_matches(sha2: str, content: bytes) -> bool:
    """Whether ``sha2`` is the SHA-2 of ``content``, of whichever length it is."""
    make = _HASHES.get(len(sha2))
    return make is not None and make(content).hexdigest() == sha2.lower()


def _refuse_unclaimed(batch: list[Ready], parts: dict[str, bytes]) -> None:
    claimed = {
        attachment["sha2"].lower()
        for statement in batch
        for _, attachment in attachments(statement.statement)
    }
    strays = parts.keys() - claimed
    if strays:
        raise RequestInvalid(
            f"A part of the request has the hash {min(strays)}, which no attachment references.",
            code="attachment_unnamed",
        )


def _refuse_same_id_in_batch(batch: list[Ready]) -> None:
    seen: set[str] = set()
    for statement in batch:
        if statement.id in seen:
            raise StatementRefused(
                f"{statement.id} {RULES['id.twice'].says}. Send each once.", rule="id.twice"
            )
        seen.add(statement.id)


_WRITE = Prepared("""
WITH begun AS (
  -- Places begin with the transaction's own time, to a 4,096th of a millisecond (RFC 9562, section 6.2,
  -- method 3): whoever knows when the oldest open transaction began knows before which position nothing can
  -- come.
  SELECT lpad(to_hex(micro / 1000), 12, '0') || '7'
           || lpad(to_hex(micro % 1000 * 4096 / 1000), 3, '0') AS at
    FROM (SELECT (extract(epoch FROM coalesce(%(moment)s::timestamptz, now())) * 1000000)::bigint AS micro)
           AS now
), given AS MATERIALIZED (
  -- The statements of the batch, each with its position.
  SELECT g.*, (begun.at || g.tail)::uuid AS position
    FROM begun,
         json_to_recordset(%(given)s::json)
           AS g(sid uuid, tail text, digest uuid, voids boolean, without_timestamp boolean,
                sent text, shown text, added text, keys bigint[])
), claimed AS (
  -- Each id is taken once: what is there already is left as it is and not written below. An id without a
  -- position is only held, for a statement that refers to it. In order, so that no two batches wait for each
  -- other.
  INSERT INTO lrs_statementid AS i
    (organization_id, statement_id, position, digest, voided, voids, referrers_wait)
  SELECT %(organization)s::uuid, sid, position, digest, false, voids, false
    FROM given
   ORDER BY sid
      ON CONFLICT (organization_id, statement_id) DO UPDATE
     SET position = excluded.position, digest = excluded.digest, voids = excluded.voids,
         -- It was voided before it came, unless it is one that voids: those cannot be voided.
         voided = i.voided AND NOT excluded.voids
   WHERE i.position IS NULL
  RETURNING i.statement_id, i.voided, i.referrers_wait
), stored AS (
  INSERT INTO lrs_statement (organization_id, id, statement_id, voided, without_timestamp, sent, shown, added)
  SELECT %(organization)s::uuid, g.position, g.sid, c.voided, g.without_timestamp, g.sent, g.shown, g.added
    FROM given g
    JOIN claimed c ON c.statement_id = g.sid
), keyed AS (
  -- What it is found by.
  INSERT INTO lrs_key (organization_id, key, id)
  SELECT %(organization)s::uuid, k, g.position
    FROM given g
    JOIN claimed c ON c.statement_id = g.sid,
         unnest(g.keys) AS k
)
-- The new ones, and whether another statement refers to them already.
SELECT statement_id, referrers_wait FROM claimed
""")

_DIGESTS = Prepared("""
SELECT statement_id, digest FROM lrs_statementid
 WHERE organization_id = %(organization)s::uuid AND statement_id = ANY(%(ids)s::uuid[])
""")


def _written(
    access: Access, batch: list[Ready], parts: dict[str, bytes], plain: bool, together: bool, first: int
) -> list[Ready]:
    with transaction.atomic() if together else nullcontext():
        return _write(access, batch, parts, plain, first)


def _write(
    access: Access, batch: list[Ready], parts: dict[str, bytes], plain: bool, first: int
) -> list[Ready]:
    """Write what is not there yet; which ones that was."""
    if access.session:
        hooks.before_store.call(access, partial(_not_stored_yet, access.organization_id, batch))
    if parts:
        _keep_parts(access.organization_id, parts)
    if not plain:
        _claim(access, batch)
    given = _encode([statement.row(number) for number, statement in enumerate(batch, first)]).decode()
    claimed = {
        str(claimed_row): referrers_wait
        for claimed_row, referrers_wait in _WRITE.rows(
            {"organization": access.organization_id, "given": given, "moment": clock.set_moment()}
        )
    }
    if len(claimed) < len(batch):
        known = [statement for statement in batch if statement.id not in claimed]
        _refuse_conflicting_duplicates(access.organization_id, known)
        _note_attached(access.organization_id, known)
    written = [statement for statement in batch if statement.id in claimed]
    voided = [statement.target for statement in written if statement.voids and statement.target]
    if voided:
        _void(access.organization_id, voided)
    _pass_keys_to_referrers(
        access.organization_id, [statement for statement in written if claimed[statement.id]]
    )
    if access.session and written:
        hooks.statements_stored.call(
            access, [{"id": statement.id, **statement.statement} for statement in written]
        )
    return written


def _not_stored_yet(organization_id: UUID, batch: list[Ready]) -> list[dict[str, Any]]:
    """What is there already was asked about when it came; whoever sends it again has not heard that it was
    taken.

    An id without a digest is one that another statement refers to, or whose statement was erased.
    """
    values = {"organization": organization_id, "ids": [statement.id for statement in batch]}
    there = {str(statement_id) for statement_id, digest in _DIGESTS.rows(values) if digest}
    return [
        {"id": statement.id, **statement.statement} if statement.named else statement.statement
        for statement in batch
        if statement.id not in there
    ]


def _refuse_conflicting_duplicates(organization_id: UUID, batch: list[Ready]) -> None:
    digests = {
        str(statement_id): digest
        for statement_id, digest in _DIGESTS.rows(
            {"organization": organization_id, "ids": [statement.id for statement in batch]}
        )
    }
    for statement in batch:
        known = digests[statement.id]  # none where it was erased
        if known and known.hex != statement.digest:
            raise StatementConflict(
                f"Another statement with the ID {statement.id} already exists. Use a new ID."
            )


def _keep_parts(organization_id: UUID, parts: dict[str, bytes]) -> None:
    with connection.cursor() as cursor:
        for sha2 in sorted(parts):
            cursor.execute(
                """
                INSERT INTO lrs_attachment (id, organization_id, sha2, content, created_at)
                VALUES (%s, %s, %s, %s, %s)
                    ON CONFLICT (organization_id, sha2) DO NOTHING
                """,
                [new_id(), organization_id, sha2, parts[sha2], clock.now()],
            )


def _note_attached(organization_id: UUID, known: list[Ready]) -> None:
    """What comes with a statement that is there already has come with it all the same."""
    pairs = [(statement.id, key) for statement in known for key in statement.attached]
    if not pairs:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO lrs_key (organization_id, key, id)
            SELECT s.organization_id, g.key, s.id
              FROM unnest(%s::uuid[], %s::bigint[]) AS g(statement_id, key)
              JOIN lrs_statementid i ON i.organization_id = %s AND i.statement_id = g.statement_id
              JOIN lrs_statement s ON s.organization_id = i.organization_id AND s.id = i.position
                ON CONFLICT DO NOTHING
            """,
            [[statement_id for statement_id, _ in pairs], [key for _, key in pairs], organization_id],
        )


def _claim(access: Access, batch: list[Ready]) -> None:
    """Hold every id that the batch writes or refers to; statements get the keys of what they refer to."""
    organization_id = access.organization_id
    own = {statement.id for statement in batch}
    targets = {statement.target for statement in batch if statement.target}
    ordered = sorted(own | targets)
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO lrs_statementid AS i (organization_id, statement_id, voided, voids, referrers_wait)
            SELECT %s, sid, false, false, referrers_wait
              FROM unnest(%s::uuid[], %s::boolean[]) AS g(sid, referrers_wait)
                ON CONFLICT (organization_id, statement_id) DO UPDATE
               SET referrers_wait = i.referrers_wait OR (excluded.referrers_wait AND i.position IS NULL)
            """,
            [organization_id, ordered, [statement_id in targets for statement_id in ordered]],
        )
    by_id = {statement.id: statement for statement in batch}
    for statement in batch:
        if statement.voids and statement.target:
            _refuse_voiding(access, statement.target)
        if statement.target:
            statement.keys |= inherited(organization_id, statement.target, by_id)


def _refuse_voiding(access: Access, target: str) -> None:
    """A credential voids what it wrote; only an administrating one what others did."""
    row = _stored(access.organization_id, target)
    if row and ADMIN not in access.scopes and access.authority not in row[1]:
        raise OutOfBounds(
            "This credential did not write the statement to void. Use one with the scope “admin”.",
            code="other_author",
        )


def _stored(organization_id: UUID, statement_id: str) -> tuple[str, str] | None:
    """What was sent of a statement, and what the store added."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT s.sent, s.added
              FROM lrs_statementid i
              JOIN lrs_statement s ON s.organization_id = i.organization_id AND s.id = i.position
             WHERE i.organization_id = %s AND i.statement_id = %s
            """,
            [organization_id, statement_id],
        )
        row: tuple[str, str] | None = cursor.fetchone()
    return row


def inherited(
    organization_id: UUID, target: str, batch: dict[str, Ready] | None = None, left: int = LONGEST_CHAIN
) -> set[int]:
    """The keys under which whoever refers to ``target`` is found too (1.0.3 Communication 2.1.3; 2.0 section
    4.1.6.1).
    """
    if batch and target in batch:
        statement = batch[target].statement
    else:
        row = _stored(organization_id, target)
        if row is None:
            return set()
        statement = json.read(row[0].encode())
    about = statement["object"]
    further = about["id"].lower() if about.get("objectType") == "StatementRef" else None
    return keys.inheritable(statement) | (
        inherited(organization_id, further, batch, left - 1) if further and left else set()
    )


def _void(organization_id: UUID, targets: list[str]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH gone AS (
              UPDATE lrs_statementid SET voided = true
               WHERE organization_id = %(organization)s
                 AND NOT voids AND statement_id = ANY(%(targets)s::uuid[])
              RETURNING position
            )
            UPDATE lrs_statement s SET voided = true
              FROM gone
             WHERE s.organization_id = %(organization)s AND s.id = gone.position
            """,
            {"organization": organization_id, "targets": targets},
        )


def _pass_keys_to_referrers(organization_id: UUID, referrers_wait: list[Ready]) -> None:
    """Statements that referred to these before they came are found by their keys from now on."""
    if not referrers_wait:
        return
    with transaction.atomic(), connection.cursor() as cursor:
        for statement in referrers_wait:
            inherited = list(keys.inheritable(statement.statement))
            waiting, seen = [statement.id], {statement.id}
            for _ in range(LONGEST_CHAIN):
                cursor.execute(
                    """
                    SELECT k.id, s.statement_id
                      FROM lrs_key k
                      JOIN lrs_statement s ON s.organization_id = k.organization_id AND s.id = k.id
                     WHERE k.organization_id = %s AND k.key = ANY(%s)
                    """,
                    [organization_id, [keys.key(keys.REFERENCE, statement_id) for statement_id in waiting]],
                )
                referrers = [
                    (position, str(statement_id))
                    for position, statement_id in cursor.fetchall()
                    if str(statement_id) not in seen
                ]
                if not referrers:
                    break
                cursor.execute(
                    """
                    INSERT INTO lrs_key (organization_id, key, id)
                    SELECT %s, k, p FROM unnest(%s::bigint[]) k, unnest(%s::uuid[]) p
                        ON CONFLICT DO NOTHING
                    """,
                    [organization_id, inherited, [position for position, _ in referrers]],
                )
                waiting = [statement_id for _, statement_id in referrers]
                seen.update(waiting)
            cursor.execute(
                "UPDATE lrs_statementid SET referrers_wait = false"
                " WHERE organization_id = %s AND statement_id = %s",
                [organization_id, statement.id],
            )
