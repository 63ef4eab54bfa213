"""Counting statements by person, course, verb and day as they come, so that no page ever counts a table.

A chore follows the store in the order of its places, up to where nothing can come any more, and adds each statement once: the counts and how far
they go change in one transaction. A statement that is voided later is taken off again.
"""

from collections import Counter
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import msgspec
from django.db import connection, transaction

from heliograph.core.ids import lowest_id
from heliograph.lrs.models import Statement, TalliedUntil
from heliograph.lrs.rules import formats, keys, values, wording
from heliograph.lrs.rules.statement import VOIDED
from heliograph.lrs.statements import query

AT_A_TIME = 1_000
NOBODY = 0
Cell = tuple[date, int, int, int]


def follow() -> int:
    """Count all that is new in every organisation; how many statements that was."""
    through = lowest_id(query.consistent_through())
    count = 0
    for organisation_id in _waiting(through):
        while found := _count_some(organisation_id, through):
            count += found
    return count


def _waiting(through: UUID) -> list[UUID]:
    """The organisations with statements that are not counted."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT o.id FROM accounts_organisation o LEFT JOIN lrs_tallieduntil t ON t.organisation_id = o.id"
            " WHERE EXISTS (SELECT 1 FROM lrs_statement s WHERE s.organisation_id = o.id AND s.id < %s"
            " AND s.id > coalesce(t.place, '00000000-0000-0000-0000-000000000000'))",
            [through],
        )
        return [row[0] for row in cursor.fetchall()]


@transaction.atomic
def _count_some(organisation_id: UUID, through: UUID) -> int:
    TalliedUntil.objects.get_or_create(organisation_id=organisation_id, defaults={"place": query.LOWEST})
    until = TalliedUntil.objects.select_for_update().get(organisation_id=organisation_id)
    rows = Statement.objects.filter(organisation_id=organisation_id, id__gt=until.place, id__lt=through).order_by("id")
    found = list(rows.values_list("id", "statement_id", "sent", "voided")[:AT_A_TIME])
    if not found:
        return 0
    cells: Counter[Cell] = Counter()
    verbs: dict[int, tuple[str, str]] = {}
    for place, statement_id, sent, voided in found:
        statement = msgspec.json.decode(sent)
        voidings = _voidings(organisation_id, str(statement_id)) if voided else []
        if not (voidings and voidings[0] < place):  # it was not voided before it came
            cells[_cell(statement, place)] += 1
            verbs[keys.key(keys.VERB, statement["verb"]["id"])] = _named(statement["verb"])
        if taken_off := _voided_by(organisation_id, statement, place):
            cells[taken_off] -= 1
    _add(organisation_id, cells, verbs)
    until.place = found[-1][0]
    until.save(update_fields=["place"])
    return len(found)


def _cell(statement: dict[str, Any], place: UUID) -> Cell:
    moment = values.moment(statement["timestamp"]) if "timestamp" in statement else query.stored_at(place)
    identifier, course = keys.identifier(statement["actor"]), course_of(statement)
    return (
        (moment or datetime.now(UTC)).date(),
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


def _voidings(organisation_id: UUID, statement_id: str) -> list[UUID]:
    """The places of the statements that void the one of that id, the first first."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT k.id FROM lrs_key k JOIN lrs_key v ON v.organisation_id = k.organisation_id AND v.id = k.id AND v.key = %s"
            " WHERE k.organisation_id = %s AND k.key = %s ORDER BY k.id",
            [keys.key(keys.VERB, VOIDED), organisation_id, keys.key(keys.REFERENCE, statement_id)],
        )
        return [row[0] for row in cursor.fetchall()]


def _voided_by(organisation_id: UUID, statement: dict[str, Any], place: UUID) -> Cell | None:
    """Where the statement that this one voids was counted; None where it voids none, or one that was not counted any more."""
    if statement["verb"]["id"] != VOIDED:
        return None
    target = query.statement(organisation_id, UUID(statement["object"]["id"]), voided=True)
    if target is None or target.place > place or _voidings(organisation_id, statement["object"]["id"].lower())[0] != place:
        return None
    return _cell(msgspec.json.decode(target.json), target.place)


def _add(organisation_id: UUID, cells: Counter[Cell], verbs: dict[int, tuple[str, str]]) -> None:
    ordered, known = sorted(cells), sorted(verbs)
    columns = [list(column) for column in zip(*ordered, strict=True)] if ordered else [[], [], [], []]
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO lrs_tally AS t (organisation_id, day, agent, course, verb, count)"
            " SELECT %s, * FROM unnest(%s::date[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[])"
            " ON CONFLICT (organisation_id, day, agent, course, verb) DO UPDATE SET count = t.count + excluded.count",
            [organisation_id, *columns, [cells[cell] for cell in ordered]],
        )
        cursor.execute(
            "INSERT INTO lrs_verb AS v (organisation_id, key, iri, display)"
            " SELECT %s, * FROM unnest(%s::bigint[], %s::text[], %s::text[])"
            " ON CONFLICT (organisation_id, key) DO UPDATE SET display = excluded.display WHERE excluded.display NOT IN ('', v.display)",
            [organisation_id, known, [verbs[key][0] for key in known], [verbs[key][1] for key in known]],
        )
