"""Counting statements by person, course, verb and day as they come, so that no page ever counts a table.

A chore follows the store in the order of its positions, up to where nothing can come any more, and adds each
statement once: the counts and how far they go change in one transaction. A statement that is voided later is
taken off again.
"""

from collections import Counter
from datetime import date
from typing import Any
from uuid import UUID

import msgspec
from django.db import connection, transaction

from heliograph.core import clock
from heliograph.core.database.consistency import consistent_through
from heliograph.core.ids import lowest_id
from heliograph.lrs.models import CountCursor, Statement
from heliograph.lrs.rules import formats, keys, values, wording
from heliograph.lrs.rules.statement import VOIDED
from heliograph.lrs.statements import query

AT_A_TIME = 1_000
NOBODY = 0
Cell = tuple[date, int, int, int]


def follow() -> int:
    """Count all that is new in every organization; how many statements that was."""
    through = lowest_id(consistent_through())
    count = 0
    for organization_id in _waiting(through):
        while counted := _count_some(organization_id, through):
            count += counted
    return count


def _waiting(through: UUID) -> list[UUID]:
    """The organizations with statements that are not counted."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT o.id FROM report_organizations o LEFT JOIN lrs_countcursor t ON t.organization_id = o.id"
            " WHERE EXISTS (SELECT 1 FROM lrs_statement s WHERE s.organization_id = o.id AND s.id < %s"
            " AND s.id > coalesce(t.position, '00000000-0000-0000-0000-000000000000'))",
            [through],
        )
        return [row[0] for row in cursor.fetchall()]


@transaction.atomic
def _count_some(organization_id: UUID, through: UUID) -> int:
    CountCursor.objects.get_or_create(organization_id=organization_id, defaults={"position": query.LOWEST})
    until = CountCursor.objects.select_for_update().get(organization_id=organization_id)
    rows = Statement.objects.filter(
        organization_id=organization_id, id__gt=until.position, id__lt=through
    ).order_by("id")
    statements = list(rows.values_list("id", "statement_id", "sent", "voided")[:AT_A_TIME])
    if not statements:
        return 0
    cells: Counter[Cell] = Counter()
    verbs: dict[int, tuple[str, str]] = {}
    for position, statement_id, sent, voided in statements:
        statement = msgspec.json.decode(sent)
        voidings = _voidings(organization_id, str(statement_id)) if voided else []
        if not (voidings and voidings[0] < position):  # it was not voided before it came
            cells[_cell(statement, position)] += 1
            verbs[keys.key(keys.VERB, statement["verb"]["id"])] = _named(statement["verb"])
        if taken_off := _voided_by(organization_id, statement, position):
            cells[taken_off] -= 1
    _add(organization_id, cells, verbs)
    until.position = statements[-1][0]
    until.save(update_fields=["position"])
    return len(statements)


def _cell(statement: dict[str, Any], position: UUID) -> Cell:
    moment = values.moment(statement["timestamp"]) if "timestamp" in statement else query.stored_at(position)
    identifier, course = keys.identifier(statement["actor"]), course_of(statement)
    return (
        (moment or clock.now()).date(),
        keys.key(keys.AGENT, identifier) if identifier else NOBODY,
        keys.key(keys.ACTIVITY, course) if course else NOBODY,
        keys.key(keys.VERB, statement["verb"]["id"]),
    )


def course_of(statement: dict[str, Any]) -> str | None:
    """The activity a statement belongs to as a whole, else what it is about."""
    about = wording.course(statement, {}) or statement["object"]
    return str(about["id"]) if about.get("objectType", "Activity") == "Activity" else None


def _named(verb: dict[str, Any]) -> tuple[str, str]:
    display = formats.one_language(verb.get("display", {}), ["en"])
    return verb["id"], next(iter(display.values()), "").replace("\x00", "")[:300]


def _voidings(organization_id: UUID, statement_id: str) -> list[UUID]:
    """The positions of the statements that void the one of that id, the first first."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT k.id
              FROM lrs_key k
              JOIN lrs_key v ON v.organization_id = k.organization_id AND v.id = k.id AND v.key = %s
             WHERE k.organization_id = %s AND k.key = %s
             ORDER BY k.id
            """,
            [keys.key(keys.VERB, VOIDED), organization_id, keys.key(keys.REFERENCE, statement_id)],
        )
        return [row[0] for row in cursor.fetchall()]


def _voided_by(organization_id: UUID, statement: dict[str, Any], position: UUID) -> Cell | None:
    """Where the statement that this one voids was counted; None where it voids none, or one that was not
    counted any more.
    """
    if statement["verb"]["id"] != VOIDED:
        return None
    target = query.statement(organization_id, UUID(statement["object"]["id"]), voided=True)
    if (
        target is None
        or target.position > position
        or _voidings(organization_id, statement["object"]["id"].lower())[0] != position
    ):
        return None
    return _cell(msgspec.json.decode(target.json), target.position)


def _add(organization_id: UUID, cells: Counter[Cell], verbs: dict[int, tuple[str, str]]) -> None:
    ordered, known = sorted(cells), sorted(verbs)
    columns = [list(column) for column in zip(*ordered, strict=True)] if ordered else [[], [], [], []]
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO lrs_statementcount AS t (organization_id, day, agent, course, verb, count)
            SELECT %s, * FROM unnest(%s::date[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[])
                ON CONFLICT (organization_id, day, agent, course, verb) DO UPDATE
               SET count = t.count + excluded.count
            """,
            [organization_id, *columns, [cells[cell] for cell in ordered]],
        )
        cursor.execute(
            """
            INSERT INTO lrs_verb AS v (organization_id, key, iri, display)
            SELECT %s, * FROM unnest(%s::bigint[], %s::text[], %s::text[])
                ON CONFLICT (organization_id, key) DO UPDATE
               SET display = excluded.display
             WHERE excluded.display NOT IN ('', v.display)
            """,
            [organization_id, known, [verbs[key][0] for key in known], [verbs[key][1] for key in known]],
        )
