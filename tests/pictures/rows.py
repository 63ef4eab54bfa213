"""Long lists: rows of the demo written again, set by set in the database, until there are so many of each."""

from typing import LiteralString, cast
from uuid import UUID

import psycopg
from psycopg import sql

# A new id for a copy: as many bytes of the old one as hold its time, which partitions go by.
_AGAIN: LiteralString = """
CREATE FUNCTION pg_temp.again(id uuid, number bigint) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
  SELECT (left(id::text, 24) || left(md5(id::text || number), 12))::uuid
$$
"""
_COPY: LiteralString = """
INSERT INTO {table}
SELECT (jsonb_populate_record(old, {changes})).*
  FROM {table} old, generate_series(1, {times}) n
 WHERE {which}
"""
_BIGGEST: LiteralString = """
SELECT dispatch_id, count(*) FROM runtime_registration GROUP BY dispatch_id ORDER BY count(*) DESC LIMIT 1
"""
_COPIED: LiteralString = (
    "CREATE TEMP TABLE copied AS SELECT id, learner_id FROM runtime_registration WHERE dispatch_id = %s"
)
_COPIED_ONES: LiteralString = "registration_id IN (SELECT id FROM copied)"
# What is copied of everything, with what is another in a copy.
_OF_ORGANIZATION: tuple[tuple[LiteralString, LiteralString], ...] = (
    (
        "dispatch_destination",
        "'id', pg_temp.again(old.id, n), 'key', old.key || '-' || n, 'name', old.name || ' ' || n",
    ),
    (
        "courses_courseversion",
        "'id', pg_temp.again(old.id, n), 'course_id', pg_temp.again(old.course_id, n)",
    ),
    (
        "courses_course",
        "'id', pg_temp.again(old.id, n), 'key', old.key || '-' || n, 'title', old.title || ' ' || n,"
        " 'published_id', pg_temp.again(old.published_id, n)",
    ),
)
_DISPATCHES: LiteralString = (
    "'id', pg_temp.again(old.id, n), 'key', old.key || '-' || n, 'name', old.name || ' ' || n,"
    " 'stub_key', md5(old.id::text || n), 'destination_id',"
    " CASE WHEN n % 40 = 0 THEN old.destination_id ELSE pg_temp.again(old.destination_id, n % 100 + 1) END"
)
_LICENSES: LiteralString = "'id', pg_temp.again(old.id, n), 'dispatch_id', pg_temp.again(old.dispatch_id, n)"
# Of the learners of one dispatch.
_OF_LEARNERS: tuple[tuple[LiteralString, LiteralString, LiteralString], ...] = (
    (
        "runtime_learner",
        "'id', pg_temp.again(old.id, n), 'identifier', old.identifier || '-' || n,"
        " 'name', old.name || ' ' || n",
        "id IN (SELECT learner_id FROM copied)",
    ),
    (
        "runtime_registration",
        "'id', pg_temp.again(old.id, n), 'learner_id', pg_temp.again(old.learner_id, n),"
        " 'key', old.key || '-' || n",
        "id IN (SELECT id FROM copied)",
    ),
    *(
        (
            table,
            "'id', pg_temp.again(old.id, n), 'registration_id', pg_temp.again(old.registration_id, n)",
            _COPIED_ONES,
        )
        for table in cast(tuple[LiteralString, ...], ("runtime_attempt", "dispatch_postback"))
    ),
    (
        "dispatch_session",
        "'id', pg_temp.again(old.id, n), 'registration_id', pg_temp.again(old.registration_id, n),"
        " 'launch_id', pg_temp.again(old.launch_id, n)",
        _COPIED_ONES,
    ),
    (
        "dispatch_lmsresult",
        "'registration_id', pg_temp.again(old.registration_id, n)",
        _COPIED_ONES,
    ),
)
_RECEIPTS: LiteralString = "'id', pg_temp.again(old.id, n), 'sequence', old.sequence + 1000 * n"
_ENTRIES: LiteralString = "'id', pg_temp.again(old.id, n)"
# Those that wait do so until nobody looks any more: the worker has other things to do.
_DELIVERIES: LiteralString = (
    "'id', pg_temp.again(old.id, n), 'next_try_at', old.next_try_at + interval '1 day'"
)
_COUNTED: LiteralString = """
UPDATE dispatch_dispatch
   SET registrations_used = registrations_used + {more}, launch_count = launch_count + {more}
 WHERE id = {dispatch};
UPDATE dispatch_deployment SET learners = learners + {more}, launches = launches + {more}
 WHERE dispatch_id = {dispatch};
UPDATE dispatch_license SET registrations_used = registrations_used + {more}, registration_limit = {more} * 2
 WHERE dispatch_id = {dispatch};
"""


def fill(database: str, number: int) -> None:
    """About ``number`` dispatches, licenses, audit entries and mails, as many learners of one dispatch with
    all that is theirs, and a thousand courses and customers.
    """
    with psycopg.connect(database) as connection:
        connection.execute(_AGAIN)
        biggest = connection.execute(_BIGGEST).fetchone()
        assert biggest, "the demo has no registrations"
        dispatch, learners = biggest
        connection.execute(_COPIED, [dispatch])
        for table, changes in _OF_ORGANIZATION:
            _copy(connection, table, changes, 100)
        for table, changes, which in _OF_LEARNERS:
            _copy(connection, table, changes, -(-number // learners), which)
        _copy(connection, "dispatch_relayreceipt", _RECEIPTS, 10, _COPIED_ONES)
        _copy_to(connection, "audit_entry", _ENTRIES, number)
        _copy_to(connection, "delivery_mail", _ENTRIES, number)
        times = _copy_to(connection, "dispatch_dispatch", _DISPATCHES, number)
        _copy(connection, "dispatch_license", _LICENSES, times, "dispatch_id IS NOT NULL")
        _count(connection, dispatch, number)
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")


def fill_deliveries(database: str, number: int) -> None:
    """About ``number`` deliveries of webhooks."""
    with psycopg.connect(database) as connection:
        connection.execute(_AGAIN)
        _copy_to(connection, "webhooks_message", _DELIVERIES, number)
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE webhooks_message")


def _copy(
    connection: psycopg.Connection,
    table: LiteralString,
    changes: LiteralString,
    times: int,
    which: LiteralString = "true",
) -> None:
    """Each of these rows of a table so many times more."""
    statement = sql.SQL(_COPY).format(
        table=sql.Identifier(table),
        changes=sql.SQL(f"jsonb_build_object({changes})"),
        times=times,
        which=sql.SQL(which),
    )
    connection.execute(statement)


def _copy_to(
    connection: psycopg.Connection, table: LiteralString, changes: LiteralString, number: int
) -> int:
    """All rows of a table until there are so many; how often that is."""
    counted = connection.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table))).fetchone()
    assert counted, table
    assert counted[0], f"the demo has nothing in {table}"
    times = -(-number // counted[0])
    _copy(connection, table, changes, times)
    return times


def _count(connection: psycopg.Connection, dispatch: UUID, more: int) -> None:
    """Raise what actions count, which triggers do not."""
    connection.execute(sql.SQL(_COUNTED).format(more=more, dispatch=dispatch))
