"""A copied organization is one that the actions made."""

import json
import re
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from tests.tenants import MOMENT, ROWS, Tenant, _columns, make_by_actions, make_tenant

from heliograph.core.roles import Role

ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def counts() -> dict[str, int]:
    """How many rows every table has."""
    with connection.cursor() as cursor:
        found = {}
        for model in apps.get_models(include_auto_created=True):
            cursor.execute(f'SELECT count(*) FROM "{model._meta.db_table}"')
            found[model._meta.db_table] = cursor.fetchone()[0]
    return found


def grown(before: dict[str, int], after: dict[str, int]) -> dict[str, int]:
    return {table: after[table] - before[table] for table in before if after[table] != before[table]}


def rows(tenant: Tenant) -> list[Any]:
    """What the database has of it: ids by their place among all ids, times as whether there is one, its key
    as a word.
    """
    written: list[Any] = []
    with connection.cursor() as cursor:
        for table, condition in ROWS.items():
            columns = _columns(cursor, table)
            cursor.execute(
                f"SELECT row_to_json(t) FROM {table} t WHERE {condition} ORDER BY id",
                {"organization": tenant.organization.id},
            )
            for (row,) in cursor.fetchall():
                for name, kind in columns.items():
                    row[name] = bool(row[name]) if kind == MOMENT or name == "password" else row[name]
                written.append(row)
    text = json.dumps(written)
    for place, known in enumerate(
        sorted(set(re.findall(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", text)))
    ):
        text = text.replace(known, f"id {place}")
    key = tenant.organization.key
    return list(json.loads(text.replace(key, "key").replace(key.capitalize(), "Key")))


@pytest.mark.usefixtures("db")
def test_a_copied_organization_has_the_rows_of_one_that_was_made_and_no_others() -> None:
    nothing = counts()
    made = make_by_actions("northlight")
    after_making = counts()
    copied = make_tenant("southlight")
    assert grown(after_making, counts()) == grown(nothing, after_making)
    assert rows(copied) == rows(made)


@pytest.mark.usefixtures("db")
def test_its_actors_are_those_of_its_members_and_sign_in_with_the_password() -> None:
    made, copied = make_by_actions("northlight"), make_tenant("southlight")
    for role in Role:
        mine, theirs = copied.actors[role], made.actors[role]
        assert (mine.kind, mine.label, mine.organization_id) == ("user", theirs.label, copied.organization.id)
        assert mine.role == theirs.role
    assert len({str(actor.id) for actor in copied.actors.values()}) == len(Role)
    member = copied.organization.memberships.get(role="manager")
    assert member.user.email == "manager@southlight.example"
    assert member.user.check_password("long enough")
