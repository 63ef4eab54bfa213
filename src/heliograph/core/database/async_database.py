"""Statements whose answers an event loop waits for, without a thread: the same statements as
`core.database.prepared`, each a transaction of its own.

A few connections serve all who ask; whoever finds none free waits for the next. What went wrong is told as
psycopg tells it.
"""

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from typing import Any

import psycopg
from django.db import DEFAULT_DB_ALIAS, connections
from psycopg import pq

from heliograph.core.database.prepared import PreparedConnection, PreparedStatement

Row = tuple[Any, ...]
InThread = Callable[[Callable[[], Any]], "asyncio.Future[Any]"]


class Lines:
    """At most ``most`` connections, opened when they are needed by ``in_thread``, which runs what would hold
    the loop up.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, in_thread: InThread, most: int) -> None:
        self._loop = loop
        self._in_thread = in_thread
        self._free: list[_AsyncLine] = []
        self._places = asyncio.Semaphore(most)

    async def row(self, statement: PreparedStatement, values: Mapping[str, Any]) -> Row | None:
        """The first row of the answer. Raises what psycopg raises."""
        async with self._places:
            line = self._free.pop() if self._free else await self._opened()
            try:
                rows = await line.rows(statement, [values[name] for name in statement.names])
            except BaseException:
                if line.usable:
                    self._free.append(line)
                else:
                    line.close()
                raise
            self._free.append(line)
            return rows[0] if rows else None

    def close(self) -> None:
        """End the connections that nobody uses."""
        while self._free:
            self._free.pop().close()

    async def _opened(self) -> "_AsyncLine":
        return _AsyncLine(self._loop, await self._in_thread(_connected))


def _connected() -> psycopg.Connection[Any]:
    """A connection like those of Django's own, which nobody else has."""
    wrapper = connections.create_connection(DEFAULT_DB_ALIAS)
    wrapper.ensure_connection()
    connection: psycopg.Connection[Any] = wrapper.connection
    return connection


class _AsyncLine(PreparedConnection):
    """A connection that is watched by the loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop, server: psycopg.Connection[Any]) -> None:
        super().__init__(server)
        self._loop = loop
        self._readable: asyncio.Future[None] | None = None
        server.pgconn.nonblocking = 1
        self._socket = server.pgconn.socket  # a lost connection no longer tells it
        loop.add_reader(self._socket, self._on_readable)

    @property
    def usable(self) -> bool:
        """Whether it waits for the next statement."""
        return self.server.pgconn.transaction_status == pq.TransactionStatus.IDLE

    async def rows(self, statement: PreparedStatement, values: list[Any]) -> list[Row]:  # type: ignore[override]
        name = self.prepared.get(statement)
        if name is None:
            name = f"heliograph_{len(self.prepared)}".encode()
            await self._answer(lambda: self.server.pgconn.send_prepare(name, statement.text))
            self.prepared[statement] = name
        texts = self.adapter.dump_sequence(values, statement.formats)
        return self.read(await self._answer(lambda: self.server.pgconn.send_query_prepared(name, texts)))

    async def _answer(self, send: Callable[[], None]) -> pq.abc.PGresult:
        server = self.server.pgconn
        send()
        while server.flush():  # a large statement: the rest goes when there is room
            await asyncio.sleep(0)
        while server.is_busy():
            self._readable = self._loop.create_future()
            await self._readable
        result = server.get_result()
        while server.get_result() is not None:
            pass
        if result is None:
            raise psycopg.OperationalError("the connection was closed")
        return self.checked(result)

    def _on_readable(self) -> None:
        ended, self._readable = self._readable, None
        try:
            self.server.pgconn.consume_input()
        except psycopg.Error as reason:
            self._unwatch()
            if ended and not ended.done():
                ended.set_exception(reason)
            return
        if ended and not ended.done():
            if self.server.pgconn.is_busy():
                self._readable = ended
            else:
                ended.set_result(None)

    def _unwatch(self) -> None:
        """Once, and at once: the next connection may have the same number, and would not be heard."""
        if self._socket >= 0:
            self._loop.remove_reader(self._socket)
            self._socket = -1

    def close(self) -> None:
        """End it; what it was doing is given up."""
        self._unwatch()
        if self.server.pgconn.transaction_status == pq.TransactionStatus.ACTIVE:
            with contextlib.suppress(psycopg.Error):
                self.server.cancel()
        self.server.close()
