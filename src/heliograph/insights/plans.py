"""Plans that do not depend on what PostgreSQL believes of tables that were empty a moment ago."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, LiteralString

from django.db import connection

FEW: Final = 1_000  # rows that are looked up one by one


@contextmanager
def planned_for(rows: int) -> Iterator[None]:
    """Inside, in a transaction, what so many rows are joined with is looked up by its index where they are
    few, and read once where they are many.

    Otherwise each of them may read a table that seems to be empty, from its beginning to its end.
    """
    unwanted: LiteralString = "enable_seqscan" if rows <= FEW else "enable_nestloop"
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL {unwanted} = off")
        yield
        cursor.execute(f"SET LOCAL {unwanted} TO DEFAULT")
