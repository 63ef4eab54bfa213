"""An organization with a member of every role: made by the actions once in a process, and then copied, for
almost every test begins with one, and ninety statements cost more than many a test.
"""

import functools
import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import connection, transaction

from heliograph.accounts import actions as accounts
from heliograph.accounts import queries as people
from heliograph.accounts.models import Membership, Organization, User
from heliograph.core.actor import Actor, system
from heliograph.core.clock import now
from heliograph.core.ids import new_id
from heliograph.core.roles import Role

PATTERN = "pattern-of-tenants"
MOMENT = "timestamp with time zone"
OF_ORGANIZATION = "organization_id = %(organization)s"
# The tables that it has rows in, and which of their rows; tests/test_tenants.py knows that these are all.
ROWS = {
    "accounts_organization": "id = %(organization)s",
    "accounts_user": f"id IN (SELECT user_id FROM accounts_membership WHERE {OF_ORGANIZATION})",
    "accounts_membership": OF_ORGANIZATION,
    "audit_entry": OF_ORGANIZATION,
}


@dataclass(frozen=True)
class Tenant:
    """An organization and an actor for each role."""

    organization: Organization
    actors: dict[Role, Actor]

    @property
    def manager(self) -> Actor:
        return self.actors[Role.MANAGER]

    @property
    def owner(self) -> Actor:
        return self.actors[Role.OWNER]


def make_tenant(key: str) -> Tenant:
    """An organization with a member of every role; each one's mail address is role@key.example, the password
    “long enough”.
    """
    return _pattern().copy(key)


def make_by_actions(key: str) -> Tenant:
    """The same, as the product makes it."""
    organization = accounts.create_organization(key, key.capitalize())
    actor = system(organization.id)
    members = {
        role: make_member(actor, f"{role.word}@{key}.example", role, role.word.capitalize()) for role in Role
    }
    return Tenant(organization, {role: people.actor_of_member(member) for role, member in members.items()})


def make_member(actor: Actor, email: str, role: Role, name: str = "") -> Membership:
    """A member with an account and the password “long enough”, as after an invitation that was accepted."""
    person = User.objects.filter(email=email).first() or accounts.create_account(email, name, "long enough")
    return accounts.join(actor, person, role)


@functools.cache
def _pattern() -> "_Pattern":
    with transaction.atomic():
        pattern = _Pattern.of(make_by_actions(PATTERN).organization)
        transaction.set_rollback(True)
    return pattern


@dataclass(frozen=True)
class _Pattern:
    """The rows of the organization `PATTERN` as JSON, each with the statement that writes it, and what is
    written anew in each copy: ids and moments, in the order in which they were made.
    """

    rows: dict[str, str]
    ids: list[str]
    moments: list[str]

    @classmethod
    def of(cls, organization: Organization) -> "_Pattern":
        rows: dict[str, str] = {}
        ids: set[str] = set()
        moments: set[str] = set()
        with connection.cursor() as cursor:
            for table, condition in ROWS.items():
                columns = _columns(cursor, table)
                times = [name for name, kind in columns.items() if kind == MOMENT]
                names = ", ".join(f'"{name}"' for name in columns)
                cursor.execute(
                    f"SELECT json_agg(r)::text FROM (SELECT {names} FROM {table} WHERE {condition}) r",
                    {"organization": organization.id},
                )
                [(text,)] = cursor.fetchall()
                rows[
                    f"INSERT INTO {table} ({names}) "
                    f"SELECT {names} FROM json_populate_recordset(NULL::{table}, %s)"
                ] = text
                for row in json.loads(text):
                    ids.add(row["id"])
                    moments.update(row[name] for name in times if row[name])
        return cls(rows, sorted(ids), sorted(moments))

    def copy(self, key: str) -> Tenant:
        anew = self._anew(key)
        with transaction.atomic(), connection.cursor() as cursor:
            for insert, text in self.rows.items():
                cursor.execute(insert, [_replaced(text, anew)])
        members = Membership.objects.filter(organization__key=key).select_related("organization", "user")
        by_role = {member.role: member for member in members}
        organization = by_role[Role.OWNER.word].organization
        return Tenant(organization, {role: people.actor_of_member(by_role[role.word]) for role in Role})

    def _anew(self, key: str) -> dict[str, str]:
        """What becomes of ids, moments and words."""
        began = now()
        ids = {old: str(new_id()) for old in self.ids}
        step = timedelta(microseconds=1 if now() > began else 0)  # some tests let the clock stand
        moments = {old: (began + place * step).isoformat() for place, old in enumerate(self.moments)}
        return {**ids, **moments, PATTERN: key, PATTERN.capitalize(): key.capitalize()}


def _replaced(text: str, anew: dict[str, str]) -> str:
    for old, new in anew.items():
        text = text.replace(old, new)
    return text


def _columns(cursor: Any, table: str) -> dict[str, str]:
    """The columns that are written, and their types."""
    cursor.execute(
        "SELECT column_name, data_type FROM information_schema.columns "
        "WHERE table_name = %s AND is_generated = 'NEVER' ORDER BY ordinal_position",
        [table],
    )
    return dict(cursor.fetchall())
