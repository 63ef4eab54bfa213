"""Locks that PostgreSQL keeps by a name, for what has no row that could be locked."""

from django.db import connection


def lock_by_name(name: str) -> None:
    """Wait until no other transaction holds this name; held until the transaction ends (PostgreSQL, advisory
    locks).
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [name])
