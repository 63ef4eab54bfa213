"""Statements that are run thousands of times a minute: read once by us, prepared once by the server, past Django's cursor and its cost."""

import re
import threading
from collections.abc import Mapping
from typing import Any, LiteralString

from django.db import connection
from psycopg import RawCursor

_NAMED = re.compile(r"%\((\w+)\)s")


class Statement:
    """A statement with parameters as ``%(name)s``; ``%`` stands for nothing else in it."""

    def __init__(self, text: LiteralString) -> None:
        self.names = list(dict.fromkeys(_NAMED.findall(text)))
        numbers = {name: f"${number}" for number, name in enumerate(self.names, start=1)}
        self.text = _NAMED.sub(lambda found: numbers[found[1]], text).encode()

    def row(self, values: Mapping[str, Any]) -> tuple[Any, ...] | None:
        """The first row of its answer. Raises KeyError where a parameter has no value."""
        connection.ensure_connection()
        with connection.wrap_database_errors:
            return _cursor().execute(self.text, [values[name] for name in self.names], prepare=True).fetchone()


_mine = threading.local()


def _cursor() -> RawCursor[Any]:
    """This thread's cursor on its connection as it is now."""
    cursor: RawCursor[Any] | None = getattr(_mine, "cursor", None)
    if cursor is None or cursor.connection is not connection.connection:
        cursor = _mine.cursor = RawCursor(connection.connection)
    return cursor
