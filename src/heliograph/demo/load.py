"""Loading the demo organization, once: its people, and with it what `setup` and `history` make."""

from datetime import datetime
from typing import Final

from django.db import connection, transaction

from heliograph.accounts import actions as accounts
from heliograph.accounts import queries as people
from heliograph.accounts.models import Membership, Organization, User
from heliograph.core import clock
from heliograph.core.actor import Actor, system
from heliograph.core.database.partitions import ensure_months
from heliograph.core.roles import Role
from heliograph.demo import colleagues
from heliograph.demo.history.plan import beginning
from heliograph.demo.history.writing import write_history

KEY: Final = "demo"
PASSWORD: Final = "sunlight-by-mirror"  # noqa: S105 - it is printed at every start
PEOPLE: Final = (
    ("owner@demo.example", "Olga Owner", Role.OWNER),
    ("manager@demo.example", "Marek Manager", Role.MANAGER),
    ("reporter@demo.example", "Rosa Reporter", Role.REPORTER),
)


def load(partitioned: list[str], *, empty: bool = False) -> str:
    """Load the demo, unless it is there; returns the sign-ins as text.

    ``partitioned`` are the tables of which history needs months. ``empty`` leaves the organization as it is
    for somebody who begins: people, and nothing else.
    """
    if not Organization.objects.filter(key=KEY).exists():
        now = clock.now().replace(microsecond=0)
        if not empty:
            with clock.at(beginning(now)):
                ensure_months(partitioned)
        with transaction.atomic(), connection.cursor() as cursor:  # all or nothing, also where it is stopped
            cursor.execute("SET LOCAL synchronous_commit = off")
            manager = _organization(now if empty else beginning(now))
            if not empty:
                write_history(manager, now)
                colleagues.write(_people(manager), now)
    lines = [f"    {email}  ({role.word})" for email, _, role in PEOPLE]
    return "\n".join(["  Sign in as", *lines, f"  with the password {PASSWORD}"])


def _organization(since: datetime) -> Actor:
    """The organization with its people, who have been there since; the manager."""
    with clock.at(since):
        organization = accounts.create_organization(KEY, "Northlight Safety")
        for email, name, role in PEOPLE:
            person = User.objects.filter(email=email).first() or accounts.create_account(
                email, name, PASSWORD
            )
            accounts.join(system(organization.id, "demo"), person, role)
    return people.actor_of_member(organization.memberships.select_related("user").get(role=Role.MANAGER.word))


def _people(of: Actor) -> list[Membership]:
    """Those who sign in, in the order in which they came."""
    mine = Membership.objects.filter(organization_id=of.organization_id)
    return list(mine.select_related("user", "organization").order_by("id"))
