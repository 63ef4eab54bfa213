"""Registering many people of the organization itself on a course: `actions.register` in sets.

The number of statements grows with every thousand people, and not with each of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

from django.db import transaction

from heliograph.audit.actions import record_many
from heliograph.core import scope
from heliograph.core.ids import random_key
from heliograph.runtime import hooks
from heliograph.runtime.models import Learner, Registration

if TYPE_CHECKING:
    from heliograph.core.actor import Actor
    from heliograph.courses.models import Course

AT_A_TIME = 1_000  # people


class Person(NamedTuple):
    """Somebody to be registered: an ``identifier`` that is unique in the organization, a name and an address
    that replace what the learner has, unless they are empty.
    """

    identifier: str
    name: str = ""
    email: str = ""


@transaction.atomic
def register_all(actor: Actor, course: Course, people: Sequence[Person]) -> dict[str, Registration]:
    """The registrations of these people on the course, without a dispatch, by their identifiers; made where
    there is none. Two who register the same people at once get the same rows.

    Raises `Forbidden` where one is outside of the limits of whoever asks, who renames nobody.
    """
    registrations: dict[str, Registration] = {}
    in_order = sorted({person.identifier: person for person in people}.values())
    for start in range(0, len(in_order), AT_A_TIME):
        learners = _learners(actor, in_order[start : start + AT_A_TIME])
        for registration in _registrations(actor, course, learners):
            registrations[registration.learner.identifier] = registration
    scope.refuse_outside(Registration.objects.filter(id__in=[row.id for row in registrations.values()]))
    return registrations


def _learners(actor: Actor, people: Sequence[Person]) -> list[Learner]:
    """Their learners, held until the transaction ends."""
    known: dict[str, Learner] = {}
    # Whoever was deleted between the two statements is made again.
    while missing := [person for person in people if person.identifier not in known]:
        Learner.objects.bulk_create((_new(actor, person) for person in missing), ignore_conflicts=True)
        held = Learner.objects.select_for_update(no_key=True).filter(
            organization_id=actor.organization_id,
            realm=actor.organization_id,
            identifier__in=[person.identifier for person in missing],
        )
        known |= {learner.identifier: learner for learner in held.order_by("identifier")}
    if not scope.is_limited():
        changed = [learner for person in people if _renamed(learner := known[person.identifier], person)]
        Learner.objects.bulk_update(changed, ["name", "email"])
    return [known[person.identifier] for person in people]


def _new(actor: Actor, person: Person) -> Learner:
    made = Learner(organization_id=actor.organization_id, realm=actor.organization_id)
    made.identifier, made.name, made.email = person.identifier, person.name[:500], person.email[:254]
    return made


def _renamed(learner: Learner, person: Person) -> bool:
    """Whether the learner has another name or address now."""
    before = learner.name, learner.email
    learner.name, learner.email = person.name[:500] or learner.name, person.email[:254] or learner.email
    return before != (learner.name, learner.email)


def _registrations(actor: Actor, course: Course, learners: Sequence[Learner]) -> list[Registration]:
    """Their registrations, in the order of the learners."""
    by_id = {learner.id: learner for learner in learners}
    mine = Registration.objects.filter(
        organization_id=actor.organization_id,
        course=course,
        learner__in=list(by_id),
        dispatch_id=None,
        purpose=Registration.Purpose.LEARNING,
    )
    registered = set(mine.values_list("learner_id", flat=True))
    made = {
        row.id
        for row in Registration.objects.bulk_create(
            _unregistered(actor, course, by_id, registered), ignore_conflicts=True
        )
    }
    rows = {row.learner_id: row for row in mine}
    for row in rows.values():
        row.learner, row.course = by_id[row.learner_id], course
    new = [row for row in rows.values() if row.id in made]
    details = {"course": str(course.id)}
    entries = ((row.id, str(row), {"learner": str(row.learner_id), **details}) for row in new)
    record_many(actor, "created", "registration", entries)
    hooks.registrations_made.call(actor.organization_id, new)
    return [rows[learner.id] for learner in learners]


def _unregistered(
    actor: Actor, course: Course, learners: dict[UUID, Learner], registered: set[UUID]
) -> Iterator[Registration]:
    for learner in learners.values():
        if learner.id not in registered:
            yield Registration(
                organization_id=actor.organization_id, course=course, learner=learner, key=random_key(16)
            )
