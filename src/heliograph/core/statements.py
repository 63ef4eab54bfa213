"""Statements that are run thousands of times a minute: prepared once by the server, past Django's cursor, which would cost as much as they do."""

import threading
from typing import Any, LiteralString

from django.db import connection
from psycopg import Cursor


def one_row(statement: LiteralString, parameters: Any) -> tuple[Any, ...] | None:
    """The first row of a statement that the server prepares once: at this rate, making a cursor would cost as much as the statement."""
    connection.ensure_connection()
    with connection.wrap_database_errors:
        return _cursor().execute(statement, parameters, prepare=True).fetchone()


_mine = threading.local()


def _cursor() -> Cursor[Any]:
    """This thread's cursor on its connection as it is now."""
    cursor: Cursor[Any] | None = getattr(_mine, "cursor", None)
    if cursor is None or cursor.connection is not connection.connection:
        cursor = _mine.cursor = Cursor(connection.connection)
    return cursor
