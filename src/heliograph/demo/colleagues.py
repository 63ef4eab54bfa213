"""The demo's own people: colleagues in departments and a cohort, with managers, and courses that they are
to complete, some of them overdue and some done.
"""

from datetime import datetime, timedelta
from random import Random
from typing import Final

from django.contrib.auth.hashers import make_password

from heliograph.accounts import queries as people
from heliograph.accounts.groups import actions as groups
from heliograph.accounts.models import Membership, User
from heliograph.core import clock
from heliograph.core.actor import Actor
from heliograph.core.ids import new_id, slug
from heliograph.core.roles import Role
from heliograph.courses.models import Course
from heliograph.demo import learners
from heliograph.organizations.assignments import actions as assignments
from heliograph.organizations.models import Assignment
from heliograph.runtime.models import Registration

COLLEAGUES: Final = 45
# A group's name and kind, the places of its people among the colleagues, and the role that manages it.
GROUPS: Final = (
    ("Operations", "department", slice(0, 20), Role.MANAGER),
    ("Sales", "department", slice(20, 35), Role.REPORTER),
    ("Office", "department", slice(35, 45), None),
    ("New starters", "cohort", slice(0, 45, 4), Role.MANAGER),
)
# A course, the group that it is assigned to beside those who sign in, how many days ago, in how many days it
# is due (negative: overdue; None: never), and of how many one has completed it.
ASSIGNED: Final = (
    ("fire", "Operations", 30, 20, 3),
    ("privacy", "Sales", 40, -5, 2),
    ("phishing", "New starters", 10, 12, 4),
    ("firstaid", "Office", 60, None, 1),
)


def write(organization_people: list[Membership], now: datetime) -> None:
    """Write them: colleagues have been there for 80 days, courses were assigned since."""
    owner = people.actor_of_member(next(one for one in organization_people if one.role == Role.OWNER.word))
    with clock.at(now - timedelta(days=80)):
        colleagues = _colleagues(owner)
        in_groups = _groups(owner, colleagues, organization_people)
    for key, group, ago, due_in, share in ASSIGNED:
        due_at = None if due_in is None else now + timedelta(days=due_in)
        course = Course.objects.get(organization_id=owner.organization_id, key=key)
        with clock.at(now - timedelta(days=ago)):
            made = assignments.assign(owner, course, [*organization_people, *in_groups[group]], due_at=due_at)
        # The first two are the owner and the manager, who have something left to do.
        _complete(made[2::share] if share > 1 else made, now - timedelta(days=ago / 2))
    overdue = Assignment.objects.filter(organization_id=owner.organization_id, due_at__lt=now)
    overdue.update(next_reminder_at=None)  # they were reminded long ago


def _colleagues(actor: Actor) -> list[Membership]:
    """People whom a file brought, as an import makes them: they have not joined."""
    names = [name for _, name in zip(range(COLLEAGUES), learners.people(Random(7)), strict=False)]  # noqa: S311
    users = [
        User(id=new_id(), email=f"{slug(first)}.{slug(last)}@demo.example", password=make_password(None))
        for first, last in names
    ]
    User.objects.bulk_create(users)
    members = [
        Membership(
            organization_id=actor.organization_id,
            user=user,
            name=f"{first} {last}",
            role=Role.LEARNER.word,
            joined_at=None,
        )
        for user, (first, last) in zip(users, names, strict=True)
    ]
    return Membership.objects.bulk_create(members)


def _groups(
    actor: Actor, colleagues: list[Membership], organization_people: list[Membership]
) -> dict[str, list[Membership]]:
    """The people of each group, by its name."""
    by_role = {member.role: member for member in organization_people}
    for name, kind, places, manager in GROUPS:
        group = groups.create(actor, name, kind)
        groups.add(actor, group, colleagues[places])
        if manager:
            groups.set_manager(actor, group, by_role[manager.word], True)
    return {name: colleagues[places] for name, _, places, _ in GROUPS}


def _complete(done: list[Assignment], at: datetime) -> None:
    """These people have completed the course, on paper as it were: without a launch."""
    Registration.objects.filter(assignment__in=done).update(
        completion="completed",
        success="passed",
        score_scaled=0.9,
        progress=1,
        completed_at=at,
        last_activity_at=at,
    )
