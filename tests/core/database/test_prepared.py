"""Hot statements: one plan for all values, in Django's transaction, with Django's errors."""

import threading
import time
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.db import DataError, InterfaceError, OperationalError, connection, transaction

from heliograph.core.database.prepared import PreparedStatement
from heliograph.core.ids import new_id

pytestmark = pytest.mark.django_db
IN_TRANSACTIONS_OF_ITS_OWN = pytest.mark.django_db(transaction=True)
ECHO = PreparedStatement(
    """
    SELECT %(text)s::text, %(id)s::uuid, %(moment)s::timestamptz,
           %(flag)s::boolean, %(number)s::bigint, %(share)s::numeric
    """
)


@pytest.fixture
def notes():
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE notes (number bigint PRIMARY KEY, text text)")
    yield PreparedStatement("INSERT INTO notes VALUES (%(number)s, %(text)s) RETURNING number")
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE notes")


def _count() -> int:
    row = PreparedStatement("SELECT count(*) FROM notes").row({})
    assert row is not None
    return row[0]


def test_every_kind_of_value_comes_back_as_it_was_given():
    values = {
        "text": "naïve “%s” 100 % \\ ' 𝄞",
        "id": new_id(),
        "moment": datetime(2026, 2, 3, 4, 5, 6, 789, tzinfo=UTC),
        "flag": True,
        "number": 2**62,
        "share": Decimal("0.125"),
    }
    assert ECHO.row(values) == tuple(values.values())
    assert ECHO.row(dict.fromkeys(values)) == (None,) * len(values)


def test_a_small_number_and_a_large_one_share_a_plan(notes):
    for number in (None, 1, 2**20, 2**40):
        notes.row({"number": number or 0, "text": None if number else "x"})
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE 'INSERT INTO notes%'"
        )
        assert cursor.fetchone() == (1,)


def test_a_statement_without_a_row_says_none(notes):
    assert PreparedStatement("SELECT text FROM notes WHERE number = %(number)s").row({"number": 5}) is None


def test_a_value_that_is_missing_is_named():
    with pytest.raises(KeyError, match="moment"):
        ECHO.row({"text": "", "id": None})


@IN_TRANSACTIONS_OF_ITS_OWN
def test_a_statement_belongs_to_the_transaction_around_it_also_as_its_first(notes):
    with transaction.atomic():
        notes.row({"number": 1, "text": "gone"})
        transaction.set_rollback(True)
    assert _count() == 0
    with transaction.atomic():
        notes.row({"number": 1, "text": "kept"})
    assert _count() == 1


@IN_TRANSACTIONS_OF_ITS_OWN
def test_what_the_database_refuses_is_djangos_error_and_the_connection_goes_on():
    with pytest.raises(DataError, match="bigint"):
        ECHO.row({"text": "", "id": None, "moment": None, "flag": None, "number": "many", "share": None})
    assert PreparedStatement("SELECT 1").row({}) == (1,)


@IN_TRANSACTIONS_OF_ITS_OWN
def test_a_database_that_goes_away_is_said_as_such_and_the_next_connection_works():
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (pid,) = cursor.fetchone()
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
    other.close()
    with pytest.raises((OperationalError, InterfaceError)):
        PreparedStatement("SELECT 1").row({})
    connection.close()
    assert PreparedStatement("SELECT 1").row({}) == (1,)


def test_other_threads_go_on_while_a_statement_waits():
    steps, done = [], threading.Event()

    def count():
        while not done.is_set():
            steps.append(time.monotonic())
            time.sleep(0.01)

    counting = threading.Thread(target=count)
    counting.start()
    begun = time.monotonic()
    PreparedStatement("SELECT pg_sleep(0.5)::text").row({})
    ended = time.monotonic()
    done.set()
    counting.join()
    assert len([step for step in steps if begun < step < ended]) > 5
