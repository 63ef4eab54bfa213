"""How an approved student starts: enrolled, with a row for each part and a registration in each course."""

from __future__ import annotations

from typing import TYPE_CHECKING

from heliograph.marketplace import mails, webhook_topics
from heliograph.marketplace.models import EnrollmentPart
from heliograph.marketplace.rules import EnrollmentState as State
from heliograph.marketplace.states import move
from heliograph.runtime import enrolling
from heliograph.runtime.enrolling import Person

if TYPE_CHECKING:
    from heliograph.core.actor import Actor
    from heliograph.marketplace.models import Enrollment


def begin(actor: Actor, locked: Enrollment) -> None:
    """Enroll the student of a locked enrollment that was approved. Raises `WrongState`."""
    move(actor, locked, State.ENROLLED)
    person = Person(str(locked.student_id), str(locked.student), locked.student.user.email)
    for part in locked.version.parts.select_related("course").order_by("position"):
        registration = None
        if part.course is not None:
            registration = enrolling.register_all(actor, part.course, [person])[person.identifier]
        EnrollmentPart.objects.get_or_create(
            enrollment=locked, part=part, defaults={"registration": registration}
        )
    mails.send(locked, mails.ENROLLED, partners=mails.partners_of(locked))
    webhook_topics.tell_enrollment("enrolled", locked)
