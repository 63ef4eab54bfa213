"""Reading statements: one by its id, or many by filters, newest or oldest first, page by page.

Every filter is a key, and a page is the first so many positions that all of its keys share, read from the
index in their order; a page far down costs what the first does. Answers are put together from text: a
statement is decoded only where somebody wants another form of it.
"""

import base64
import binascii
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

import msgspec
from django.db import connection

from heliograph.core.database.prepared import PreparedStatement as Prepared
from heliograph.core.ids import lowest_id, moment_of
from heliograph.lrs.access import READ, READ_OWN, WRITE, Access
from heliograph.lrs.errors import RequestInvalid
from heliograph.lrs.rules import formats, keys

MOST, USUAL = 500, 100
LOWEST, HIGHEST = UUID(int=0), UUID(int=2**128 - 1)


@dataclass(frozen=True)
class Filter:
    """What is asked for: statements with at least one key of each tuple in ``keys``, at positions between
    ``after`` and ``before``, both exclusive.

    The tuple that fewest statements have comes first.
    """

    keys: tuple[tuple[int, ...], ...] = ()
    after: UUID = LOWEST
    before: UUID = HIGHEST
    ascending: bool = False
    limit: int = USUAL


@dataclass(frozen=True)
class Found:
    """A stored statement: its position, and the JSON it is answered as."""

    position: UUID
    json: str


@dataclass(frozen=True)
class Page:
    """Statements, and the position after which the next page begins; None where there is none."""

    statements: list[Found]
    next_after: UUID | None = field(default=None)


def stored_at(position: UUID) -> datetime:
    """When a statement was stored: its position says so."""
    return moment_of(position)


def stored_text(position: UUID) -> str:
    """The same as statements write it."""
    return stored_at(position).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def since(moment: datetime) -> UUID:
    """The position after which everything was stored later than ``moment``."""
    return UUID(int=max(lowest_id(_whole_milliseconds(moment) + timedelta(milliseconds=1)).int - 1, 0))


def until(moment: datetime) -> UUID:
    """The position before which everything was stored at ``moment`` or earlier."""
    return lowest_id(_whole_milliseconds(moment) + timedelta(milliseconds=1))


def _whole_milliseconds(moment: datetime) -> datetime:
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def bounded(access: Access, filter: Filter) -> Filter:
    """The filter, narrowed to what this access may see. Raises `ScopeMissing`."""
    if access.registration is not None:
        access.require_scope(READ, READ_OWN, WRITE)
        return replace(filter, keys=((keys.key(keys.REGISTRATION, str(access.registration)),), *filter.keys))
    access.require_scope(READ, READ_OWN)
    if READ in access.scopes or "admin" in access.scopes:
        return filter
    return replace(filter, keys=(*filter.keys, (keys.key(keys.AUTHORITY, access.authority_identifier),)))


def page(organization_id: UUID, filter: Filter) -> Page:
    """One page of what the filter finds; voided statements are passed over."""
    shown: list[Found] = []
    while len(shown) <= filter.limit:
        rows = _rows(organization_id, filter)
        shown += [Found(row[0], answered(*row[:4])) for row in rows if not row[4]]
        if len(rows) <= filter.limit:
            break
        filter = following(filter, rows[-1][0])
    statements = shown[: filter.limit]
    return Page(statements, statements[-1].position if len(shown) > filter.limit else None)


def following(filter: Filter, position: UUID) -> Filter:
    """The filter for what comes after ``position`` in its order."""
    return replace(filter, after=position) if filter.ascending else replace(filter, before=position)


def _rows(organization_id: UUID, filter: Filter) -> list[tuple[Any, ...]]:
    values: dict[str, Any] = {
        "organization": organization_id, "after": filter.after, "before": filter.before,
        "limit": filter.limit + 1,
    }  # fmt: skip
    for number, alternatives in enumerate(filter.keys):
        for other, key in enumerate(alternatives):
            values[f"key_{number}_{other}"] = key
    shape = tuple(len(alternatives) for alternatives in filter.keys)
    return _select(shape, filter.ascending).rows(values)


def everything(organization_id: UUID, filter: Filter) -> Iterator[Found]:
    """All that the filter finds, page by page."""
    while True:
        first = page(organization_id, filter)
        yield from first.statements
        if first.next_after is None:
            return
        filter = following(filter, first.next_after)


def statement(organization_id: UUID, statement_id: UUID, voided: bool = False) -> Found | None:
    """The statement of that id, if it is there and voided or not, as asked."""
    row = _ONE.row({"organization": organization_id, "statement": statement_id, "voided": voided})
    return Found(row[0], answered(*row)) if row else None


def may_see(access: Access, statement: Found) -> bool:
    """Whether this access may read a statement that was found by its id. Raises `ScopeMissing`."""
    narrowed = bounded(access, Filter())
    if not narrowed.keys:
        return True
    only_this = replace(
        narrowed,
        after=UUID(int=statement.position.int - 1),
        before=UUID(int=statement.position.int + 1),
        limit=1,
    )
    return bool(_rows(access.organization_id, only_this))  # voided or not: a page passes voided ones over


def came_with(access: Access, positions: list[UUID], hashes: list[str]) -> set[str]:
    """The hashes of the attachments whose content this access may read: where it is bounded, what came with
    one of these statements.

    A statement may name any hash and say that the file lies elsewhere; that opens nobody else's content to
    its author. Raises `ScopeMissing`.
    """
    if not bounded(access, Filter()).keys:
        return set(hashes)
    by_key = {keys.key(keys.ATTACHMENT, sha2): sha2 for sha2 in hashes}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT key FROM lrs_key WHERE organization_id = %s AND key = ANY(%s) AND id = ANY(%s)",
            [access.organization_id, list(by_key), positions],
        )
        return {by_key[row[0]] for row in cursor.fetchall()}


_COLUMNS = "s.id, coalesce(s.shown, s.sent), s.added, s.without_timestamp"

_ONE = Prepared(f"""
SELECT {_COLUMNS}
  FROM lrs_statementid i
  JOIN lrs_statement s ON s.organization_id = i.organization_id AND s.id = i.position
 WHERE i.organization_id = %(organization)s::uuid
   AND i.statement_id = %(statement)s::uuid
   AND i.voided = %(voided)s::boolean
   AND i.position IS NOT NULL
""")


@lru_cache(maxsize=256)
def _select(shape: tuple[int, ...], ascending: bool) -> Prepared:
    """The statement that reads a page; ``shape`` says how many keys each filter allows.

    The first filter's keys are read in order until enough of their positions have the other filters' keys
    too, so that what is read follows the page and not the store. Nothing is left to the planner, who knows a
    key only as one of many.
    """
    order = "ASC" if ascending else "DESC"
    limit = f"ORDER BY {{0}}.id {order} LIMIT %(limit)s::bigint"
    between = (
        "{0}.organization_id = %(organization)s::uuid"
        " AND {0}.id > %(after)s::uuid AND {0}.id < %(before)s::uuid"
    )
    if shape:
        also = "".join(
            " AND EXISTS (SELECT 1 FROM lrs_key e"
            " WHERE e.organization_id = k.organization_id AND e.id = k.id"
            f" AND e.key IN ({_keys(number, count)}))"
            for number, count in enumerate(shape[1:], 1)
        )
        branches = [
            f"(SELECT k.id FROM lrs_key k WHERE {between.format('k')}"
            f" AND k.key = {_keys(0, shape[0], other)}{also} {limit.format('k')})"
            for other in range(shape[0])
        ]
        # A statement may have several of them: its own, and those of one it refers to.
        once = "DISTINCT " if len(branches) > 1 else ""
        positions = f"SELECT {once}u.id FROM ({' UNION ALL '.join(branches)}) u {limit.format('u')}"
    else:
        positions = f"SELECT k.id FROM lrs_statement k WHERE {between.format('k')} {limit.format('k')}"
    return Prepared(
        f"SELECT {_COLUMNS}, s.voided FROM ({positions}) p"
        " JOIN lrs_statement s ON s.organization_id = %(organization)s::uuid AND s.id = p.id"
        f" ORDER BY p.id {order}"
    )


def _keys(number: int, count: int, only: int | None = None) -> str:
    """The parameters of a filter's keys, or of one of them."""
    return ", ".join(f"%(key_{number}_{other})s::bigint" for other in range(count) if only in (None, other))


def answered(position: UUID, sent: str, added: str, without_timestamp: bool) -> str:
    """A statement's JSON, followed by what the store says of it."""
    return f'{unstored(position, sent, added, without_timestamp)[:-1]},"stored":"{stored_text(position)}"}}'


def unstored(position: UUID, sent: str, added: str, without_timestamp: bool) -> str:
    """The same but for when it was stored here: what another store is sent."""
    dated = f',"timestamp":"{stored_text(position)}"' if without_timestamp else ""
    return f"{sent.rstrip()[:-1]}{',' if added else ''}{added}{dated}}}"


def activity(organization_id: UUID, activity_id: str) -> dict[str, Any]:
    """An activity as statements have described it."""
    definition = definitions(organization_id, [activity_id]).get(activity_id)
    return {"objectType": "Activity", "id": activity_id, **({"definition": definition} if definition else {})}


def definitions(organization_id: UUID, activity_ids: list[str]) -> dict[str, dict[str, Any]]:
    """The definitions of those of the activities that have one."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT iri, definition
              FROM lrs_activity
             WHERE organization_id = %s AND key = ANY(%s) AND definition <> ''
            """,
            [organization_id, [keys.key(keys.ACTIVITY, activity_id) for activity_id in activity_ids]],
        )
        return {iri: msgspec.json.decode(definition) for iri, definition in cursor.fetchall()}


def name_of(organization_id: UUID, identifier: str) -> str:
    """The name by which this store knows the agent of this `keys.identifier`, or nothing."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT name FROM lrs_agent WHERE organization_id = %s AND key = %s",
            [organization_id, keys.key(keys.AGENT, identifier)],
        )
        row = cursor.fetchone()
    return row[0] if row else ""


def person(agent: dict[str, Any], known_name: str) -> dict[str, Any]:
    """The Person object of an agent (1.0.3 Communication 2.4; 2.0 section 4.1.6.3): all that is known of who
    has this identifier.
    """
    names = list(dict.fromkeys(name for name in (known_name, agent.get("name", "")) if name))
    shown: dict[str, Any] = {"objectType": "Person"}
    if names:
        shown["name"] = names
    return {
        **shown,
        **{name: [agent[name]] for name in ("mbox", "mbox_sha1sum", "openid", "account") if name in agent},
    }


def formed(organization_id: UUID, statements: list[str], form: str, accept_language: str) -> list[str]:
    """The statements in the form that was asked for: ``exact``, ``ids`` or ``canonical``."""
    if form == "exact":
        return statements
    decoded = [msgspec.json.decode(statement) for statement in statements]
    if form == "ids":
        return [msgspec.json.encode(formats.ids_only(statement)).decode() for statement in decoded]
    ids = list({activity["id"] for statement in decoded for activity in keys.activities(statement)})
    described = definitions(organization_id, ids)
    languages = formats.asked_for(accept_language)
    return [
        msgspec.json.encode(formats.in_language(statement, languages, described)).decode()
        for statement in decoded
    ]


def cursor_text(query: dict[str, str], position: UUID) -> str:
    """What a `more` link carries: the question, and how far it was answered."""
    return base64.urlsafe_b64encode(msgspec.json.encode([query, position.hex])).rstrip(b"=").decode()


def read_cursor(text: str) -> tuple[dict[str, str], UUID]:
    """The question and position in a `more` link. Raises `RequestInvalid`."""
    try:
        query, position = msgspec.json.decode(
            base64.urlsafe_b64decode(text.encode() + b"=" * (-len(text) % 4)), type=tuple[dict[str, str], str]
        )
        return query, UUID(position)
    except (ValueError, binascii.Error, UnicodeEncodeError, msgspec.DecodeError):
        raise RequestInvalid("Invalid “more” address. Use it unchanged.", code="more_invalid") from None
