"""Statements that an event loop waits for: many at once on a few connections, each kept or told of, and a
lost connection replaced.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import psycopg
import pytest
from django.db import connection
from tests.running import until

from heliograph.core.database.async_database import Lines
from heliograph.core.database.prepared import PreparedStatement

pytestmark = pytest.mark.django_db(transaction=True)
ECHO = PreparedStatement("SELECT %(number)s::bigint, %(text)s::text")
KEEP = PreparedStatement("INSERT INTO notes VALUES (%(number)s, %(text)s) RETURNING number")
WHO = PreparedStatement("SELECT pg_backend_pid()")
SLEEP = PreparedStatement("SELECT pg_sleep(600)")
BUSY = PreparedStatement(
    """
    SELECT count(*)
      FROM pg_stat_activity
     WHERE datname = current_database() AND state = 'active' AND pid <> pg_backend_pid()
    """
)
END = PreparedStatement("SELECT pg_terminate_backend(%(number)s::int)")


Answer = TypeVar("Answer")


@pytest.fixture
def notes():
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE notes (number bigint PRIMARY KEY, text text)")
    yield
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE notes")


def with_lines(work: Callable[[Lines], Awaitable[Answer]], most: int = 2) -> Answer:
    async def run() -> Answer:
        loop = asyncio.get_running_loop()
        lines = Lines(loop, lambda open_: loop.run_in_executor(None, open_), most)
        try:
            return await work(lines)
        finally:
            lines.close()

    return asyncio.run(run())


def ended_by_another(backend: int) -> None:
    END.row({"number": backend})
    connection.close()  # this thread's


def test_many_at_once_are_answered_each_with_its_own(notes):
    async def work(lines):
        return await asyncio.gather(*(lines.row(ECHO, {"number": n, "text": str(n)}) for n in range(200)))

    assert with_lines(work) == [(n, str(n)) for n in range(200)]


def test_no_more_connections_are_opened_than_are_allowed():
    async def work(lines):
        await asyncio.gather(*(lines.row(ECHO, {"number": n, "text": ""}) for n in range(50)))
        return {(await lines.row(WHO, {}))[0] for _ in range(10)}

    assert len(with_lines(work, most=1)) == 1


def test_what_it_answers_is_kept_by_then(notes):
    async def work(lines):
        return await lines.row(KEEP, {"number": 7, "text": "seven"})

    assert with_lines(work) == (7,)
    assert PreparedStatement("SELECT text FROM notes").row({}) == ("seven",)


def test_a_value_larger_than_the_network_takes_at_once_arrives_whole(notes):
    async def work(lines):
        return await lines.row(KEEP, {"number": 1, "text": "ü" * 8_000_000})

    with_lines(work)
    assert PreparedStatement("SELECT length(text) FROM notes").row({}) == (8_000_000,)


def test_what_the_database_refuses_is_told_and_the_connection_goes_on(notes):
    async def work(lines):
        await lines.row(KEEP, {"number": 1, "text": ""})
        with pytest.raises(psycopg.errors.UniqueViolation):
            await lines.row(KEEP, {"number": 1, "text": ""})
        return await lines.row(KEEP, {"number": 2, "text": ""})

    assert with_lines(work, most=1) == (2,)


@pytest.mark.parametrize("busy", [False, True])
def test_a_connection_that_the_database_ends_is_told_and_replaced(busy):
    async def work(lines):
        [ended] = await lines.row(WHO, {})
        waiting = asyncio.ensure_future(lines.row(SLEEP if busy else ECHO, {"number": 1, "text": ""}))
        if busy:
            await asyncio.sleep(0)
        else:
            await waiting
            waiting = None
        await asyncio.to_thread(ended_by_another, ended)
        with pytest.raises(psycopg.OperationalError):
            await (waiting or eventually_fails(lines))
        [other] = await lines.row(WHO, {})
        return other != ended

    async def eventually_fails(lines):
        while True:  # until the loop has heard of it
            await lines.row(ECHO, {"number": 1, "text": ""})

    assert with_lines(work, most=1) is True


def test_who_gives_up_leaves_a_connection_for_the_next(notes):
    async def work(lines):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await lines.row(SLEEP, {})
        return await lines.row(ECHO, {"number": 3, "text": "three"})

    assert with_lines(work, most=1) == (3, "three")
    until(lambda: BUSY.row({}) == (0,), "the database no longer works for whoever gave up")
