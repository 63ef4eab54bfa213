"""Reading rows of SQL."""

from decimal import Decimal
from typing import Any, LiteralString

from django.db import connection


def rows(sql: LiteralString, parameters: dict[str, Any]) -> list[tuple[Any, ...]]:
    """All rows; whole numbers that PostgreSQL has summed into decimals are whole again."""
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return [tuple(map(_plain, row)) for row in cursor.fetchall()]


def _plain(value: Any) -> Any:
    if not isinstance(value, Decimal):
        return value
    return int(value) if value == value.to_integral_value() else float(value)
