"""Append-only tables, range-partitioned by month on their UUIDv7 id.

A month's rows can be dropped or archived at once, and an insert touches only small indexes. The default
partition takes what no month has been made for, so that a forgotten job never loses a row.
"""

from datetime import UTC, datetime
from itertools import pairwise
from typing import Any
from uuid import UUID

from django.db import connection, migrations, transaction

from heliograph.core.clock import now
from heliograph.core.database.locks import lock_by_name
from heliograph.core.ids import lowest_id

MONTHS_AHEAD = 3


class CreatePartitionedModel(migrations.CreateModel):
    """`CreateModel`, partitioned by range of ``id``, with its default partition."""

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        model = to_state.apps.get_model(app_label, self.name)
        sql, parameters = schema_editor.table_sql(model)
        schema_editor.execute(f"{sql} PARTITION BY RANGE (id)", parameters or None)
        schema_editor.deferred_sql.extend(schema_editor._model_indexes_sql(model))
        table = model._meta.db_table
        schema_editor.execute(f'CREATE TABLE "{table}_default" PARTITION OF "{table}" DEFAULT')


def ensure_months(tables: list[str]) -> None:
    """Make the partitions of this month and the next `MONTHS_AHEAD` for each table; those that exist stay."""
    for table in tables:
        for first, following in _months(now(), MONTHS_AHEAD + 1):
            _ensure_month(table, f"{table}_{first:%Y%m}", lowest_id(first), lowest_id(following))


@transaction.atomic
def _ensure_month(table: str, name: str, start: UUID, end: UUID) -> None:
    """Make one partition, with the month's rows that have gone to the default partition meanwhile."""
    # One at a time, and no row comes between the moving and the attaching.
    lock_by_name(f"partitions of {table}")
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s) IS NULL", [name])
        if not cursor.fetchone()[0]:  # type: ignore[index]
            return
        cursor.execute(f'LOCK TABLE "{table}" IN SHARE ROW EXCLUSIVE MODE')
        cursor.execute(f'CREATE TABLE "{name}" (LIKE "{table}" INCLUDING ALL)')
        cursor.execute(
            f'WITH moved AS (DELETE FROM "{table}_default" WHERE id >= %s AND id < %s RETURNING *) '
            f'INSERT INTO "{name}" SELECT * FROM moved',
            [start, end],
        )
        cursor.execute(
            f"ALTER TABLE \"{table}\" ATTACH PARTITION \"{name}\" FOR VALUES FROM ('{start}') TO ('{end}')"
        )


def _months(start: datetime, count: int) -> list[tuple[datetime, datetime]]:
    index = start.year * 12 + start.month - 1
    firsts = [datetime(n // 12, n % 12 + 1, 1, tzinfo=UTC) for n in range(index, index + count + 1)]
    return list(pairwise(firsts))
