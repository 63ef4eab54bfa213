"""Statements that are run thousands of times a minute: read once by us, prepared once by the server, past the
cursors and their cost.

Django's cursor, and psycopg's own, do for every statement what these need once: they take its text apart,
look for a plan, and wait step by step. Here a statement is one call of libpq, on Django's connection and in
its transaction. Parameters travel as text, so that the server's plan is the same for a small number and a
large one.
"""

import re
import threading
from collections.abc import Mapping
from typing import Any

import psycopg
from django.db import DEFAULT_DB_ALIAS, InterfaceError, OperationalError, connections
from psycopg import pq
from psycopg.adapt import PyFormat, Transformer
from psycopg.errors import error_from_result

# What says that the database, or the way to it, was gone.
AWAY = (OperationalError, InterfaceError, psycopg.OperationalError, psycopg.InterfaceError)
_NAMED = re.compile(r"%\((\w+)\)s")


class PreparedStatement:
    """A statement with parameters as ``%(name)s``; ``%`` stands for nothing else in it."""

    def __init__(self, text: str) -> None:
        self.names = list(dict.fromkeys(_NAMED.findall(text)))
        numbers = {name: f"${number}" for number, name in enumerate(self.names, start=1)}
        self.text = _NAMED.sub(lambda match: numbers[match[1]], text).encode()
        self.formats = [PyFormat.TEXT] * len(self.names)

    def row(self, values: Mapping[str, Any]) -> tuple[Any, ...] | None:
        """The first row of its answer. Raises KeyError where a parameter has no value."""
        rows = self.rows(values)
        return rows[0] if rows else None

    def rows(self, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """All rows of its answer. Raises KeyError where a parameter has no value."""
        database = connections[DEFAULT_DB_ALIAS]
        database.ensure_connection()
        with database.wrap_database_errors:
            return _line_of(database.connection).rows(self, [values[name] for name in self.names])


class PreparedConnection:
    """A connection, and what was prepared on it."""

    def __init__(self, server: psycopg.Connection[Any]) -> None:
        self.server = server
        self.adapter = Transformer(server)
        self.prepared: dict[PreparedStatement, bytes] = {}

    def rows(self, statement: PreparedStatement, values: list[Any]) -> list[tuple[Any, ...]]:
        name = self.prepared.get(statement) or self._prepare(statement)
        if not self.server.autocommit and self.server.pgconn.transaction_status == pq.TransactionStatus.IDLE:
            self.checked(self.server.pgconn.exec_(b"BEGIN"))
        texts = self.adapter.dump_sequence(values, statement.formats)
        return self.read(self.checked(self.server.pgconn.exec_prepared(name, texts)))  # type: ignore[arg-type]  # None is NULL

    def read(self, result: pq.abc.PGresult) -> list[tuple[Any, ...]]:
        """The rows of a result."""
        if not result.ntuples:
            return []
        self.adapter.set_pgresult(result)
        return self.adapter.load_rows(0, result.ntuples, tuple)

    def _prepare(self, statement: PreparedStatement) -> bytes:
        name = f"heliograph_{len(self.prepared)}".encode()
        self.checked(self.server.pgconn.prepare(name, statement.text))
        self.prepared[statement] = name
        return name

    def checked(self, result: pq.abc.PGresult) -> pq.abc.PGresult:
        """The result, where it is one. Raises what psycopg raises for it."""
        if result.status in (pq.ExecStatus.TUPLES_OK, pq.ExecStatus.COMMAND_OK):
            return result
        if self.server.pgconn.status == pq.ConnStatus.BAD:
            raise psycopg.OperationalError(self.server.pgconn.error_message.decode(errors="replace").strip())
        raise error_from_result(result)


_mine = threading.local()


def _line_of(server: psycopg.Connection[Any]) -> PreparedConnection:
    """This thread's line on its connection as it is now."""
    line: PreparedConnection | None = getattr(_mine, "line", None)
    if line is None or line.server is not server:
        line = _mine.line = PreparedConnection(server)
    return line
